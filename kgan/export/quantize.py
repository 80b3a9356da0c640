"""Quantizes a float32 LiteRT file by Google's quantizer for such files.

Only operations that hold weights are quantized.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_quantizer import calibrator, qtyping, quantizer, recipe_manager
from ai_edge_quantizer.algorithm_manager import AlgorithmName
from ai_edge_quantizer.utils import qsv_utils

from kgan.export.litert_verify import measure_agreement
from kgan.types import Array

_OP = qtyping.TFLOperationName
_CONVOLUTIONS = (_OP.CONV_2D, _OP.CONV_2D_TRANSPOSE)
_DENSE = _OP.FULLY_CONNECTED
_OLDEST = b"2.18.0"
_SHARES = (1.0, 0.85, 0.7, 0.6)  # of the widest range that int8 may cover


def quantize_file(
    content: bytes,
    precision: str,
    calibration: Mapping[str, Sequence[Mapping[str, Array]]] | None = None,
) -> bytes:
    """Returns a LiteRT file in another precision.

    Args:
        content: the float32 file.
        precision: none, float16, dynamic or int8; see `kgan.export.litert.write`.
        calibration: for int8, `{signature's name: list of dicts of inputs}`.
    """
    if precision == "none":
        return content
    recipe = {"float16": _float16, "dynamic": _dynamic, "int8": _int8}[precision]()
    worker = quantizer.Quantizer(content, recipe.get_quantization_recipe())
    if not worker.need_calibration:
        content = bytes(worker.quantize().quantized_model)
        return content if precision == "float16" else mark_runtime(content)
    # The widest of all examples: by default a moving mean of ranges would cut what is rare, which
    # costs 5 to 15 dB.
    watch = calibrator.Calibrator(content, qsv_update_func=qsv_utils.min_max_update)
    watch.calibrate(calibration, recipe)
    ranges = watch.get_model_qsvs()
    # A narrower range cuts what is very rare and has finer steps for the rest.
    files = [bytes(worker.quantize(_narrow(ranges, share)).quantized_model) for share in _SHARES]
    best = max(files, key=lambda file: measure_agreement(file, content, calibration))
    return mark_runtime(best)


def mark_runtime(content: bytes) -> bytes:
    """Returns a file that names the oldest TensorFlow in which int8 weights were seen to work.

    The quantizer leaves what the float32 file says, 2.14: there `dynamic` does not load, and `int8`
    makes other pictures.
    """
    marked = bytearray(content)
    model = schema.Model.GetRootAs(marked, 0)
    for place in range(model.MetadataLength()):
        entry = model.Metadata(place)
        if entry.Name() == b"min_runtime_version":
            text = model.Buffers(entry.Buffer()).DataAsNumpy()
            text[:] = np.frombuffer(_OLDEST.ljust(len(text), b"\0"), np.uint8)
    return bytes(marked)


def _narrow(ranges, share):
    return {
        tensor: {bound: value * np.float32(share) for bound, value in bounds.items()}
        for tensor, bounds in ranges.items()
    }


def _float16():
    recipe = recipe_manager.RecipeManager()
    casting = AlgorithmName.FLOAT_CASTING
    for operation in (*_CONVOLUTIONS, _DENSE):
        recipe.add_weight_only_config(".*", operation, num_bits=16, algorithm_key=casting)
    return recipe


def _dynamic():
    recipe = recipe_manager.RecipeManager()
    for operation in (*_CONVOLUTIONS, _DENSE):
        recipe.add_dynamic_config(".*", operation, num_bits=8)
    return recipe


def _int8():
    recipe = recipe_manager.RecipeManager()
    for operation in _CONVOLUTIONS:
        recipe.add_static_config(".*", operation, activation_num_bits=8, weight_num_bits=8)
    # Latents have long tails: in int8 of a fixed range they alone would cost 40 dB.
    recipe.add_dynamic_config(".*", _DENSE, num_bits=8)
    return recipe
