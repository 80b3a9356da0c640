"""Writes a generator for ONNX Runtime and what else reads ONNX: one file for each signature.

The whole way from seed to pixels is inside, as in a SavedModel: a seed gives the same picture.
Batches may be of any number, and images of any size where the generator takes any.
"""

import hashlib
import pathlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from kgan.errors import InputError, MissingExtraError, RunError
from kgan.export import comparison
from kgan.export.examples import Examples
from kgan.export.tracing import refuse_negative
from kgan.files import replace_atomically
from kgan.models.core.base import GAN
from kgan.models.core.signatures import Signature
from kgan.types import Batch, PathLike

try:
    import onnxruntime
    import tf2onnx
    from onnx import TensorProto
    from tf2onnx.onnx_opset.math import FloorDiv, FloorMod

    _FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)

    _MISSING = None
except ModuleNotFoundError as error:
    _MISSING = error.name

OPSET = 18  # the first with exclusive-or of whole numbers, of which the random numbers are made
_LEAST_SAME = 0.999  # of pixels: a sum in another order may round one the other way


def write(
    gan: GAN,
    folder: PathLike,
    name: str | None = None,
    representative: Batch | None = None,
) -> list[dict[str, Any]]:
    """Writes an `.onnx` file for each signature of numbers, checked against the model.

    Args:
        gan: trained.
        folder: where the files go.
        name: of the artefact; None for the folder's. Files are NAME.SIGNATURE.onnx.
        representative: a batch of the data to check on, where the generator starts from images;
            None for noise.

    Returns:
        For each file the measures of `kgan.export.comparison.compare`, with `file`, `signature`,
        `bytes` and `sha256`.

    Raises:
        InputError: no package of the extra `onnx`, or a generator that does not convert.
        RunError: if a file differs too much from the model; that file is not written.

    Example:
        >>> kgan.export.onnx.write(gan, "saved_models/digits")
        [{'file': 'digits.serving_default.onnx', 'signature': 'serving_default', ...}, ...]
    """
    check()
    folder, reports = pathlib.Path(folder), []
    with comparison.silence():
        gan = comparison.to_float32(gan)
        examples = Examples(gan, representative)
        for key in comparison.numeric_signatures(gan):
            signature = gan.signatures()[key]  # whose images may be of any size
            content = convert(gan, signature)
            measures = measure(content, gan, key, signature, examples)
            file = f"{name or folder.name}.{key}.onnx"
            with replace_atomically(folder / file) as temporary:
                temporary.write_bytes(content)
            sha256 = hashlib.sha256(content).hexdigest()
            report = {"file": file, "signature": key, "bytes": len(content), "sha256": sha256}
            reports.append({**report, **measures})
    return reports


def check() -> None:
    """Refuses what `write` would refuse, before anything is converted."""
    if _MISSING:
        raise MissingExtraError("to write ONNX files", _MISSING, "onnx")


def convert(gan: GAN, signature: Signature) -> bytes:
    """Returns a signature as an ONNX file.

    Args:
        gan: the generator's.
        signature: one of its own.

    Raises:
        InputError: if its networks need an operation that ONNX has not.
    """
    names = list(signature.inputs)
    function = refuse_negative(signature)

    def call(*inputs):
        outputs = function(**dict(zip(names, inputs, strict=True)))
        return {name_output(key, signature): value for key, value in outputs.items()}

    specs = list(signature.inputs.values())
    traced = tf.function(call, input_signature=specs)
    try:
        model, _ = tf2onnx.convert.from_function(
            traced,
            input_signature=specs,
            opset=OPSET,
            custom_op_handlers={
                "FloorDiv": (_write_floor_division, []),
                "FloorMod": (_write_floor_mod, []),
            },
        )
    except Exception as error:  # whatever its handlers of single operations raise
        raise InputError(
            f"Expected a generator of operations that ONNX has. Received: {type(gan).__name__}: "
            f"{' '.join(str(error).split())[:200]}. Use other layers, or leave onnx out of "
            "--formats."
        ) from error
    return model.SerializeToString()


# tf2onnx 1.17 divides whole numbers towards zero: −21 // 4 would be −5, and pictures of odd sizes
# would be cut.
def _write_floor_mod(context, node, name, arguments):
    """Writes FloorMod, whose remainders have the divisor's sign, as ONNX' Mod has them."""
    del name, arguments
    if context.get_dtype(node.input[0]) in _FLOATS:
        FloorMod.version_7(context, node)
    else:
        node.type = "Mod"


def _write_floor_division(context, node, name, arguments):
    """Writes FloorDiv: without its remainder a number is divided exactly."""
    del name, arguments
    dtype = context.get_dtype(node.input[0])
    if dtype in _FLOATS:
        FloorDiv.version_6(context, node)
        return
    number, divisor = node.input
    rest = context.make_node("Mod", [number, divisor], dtypes=[dtype])
    multiple = context.make_node("Sub", [number, rest.output[0]], dtypes=[dtype])
    context.replace_input(node, number, multiple.output[0], 0)
    node.type = "Div"


def name_output(key: str, signature: Signature) -> str:
    """Returns an output's name in a file, where no output may have the name of an input.

    Example:
        >>> name_output("images", gan.signatures()["translate"])
        'images_out'
    """
    return f"{key}_out" if key in signature.takes else key


def measure(
    content: bytes, gan: GAN, name: str, signature: Signature, examples: Examples
) -> dict[str, Any]:
    """Returns how an ONNX file compares with the model, at batch sizes 1 and 2.

    One picture alone has another size than those of training, where any will do.

    Args:
        content: the file.
        gan: the model.
        name: of the signature.
        signature: the signature.
        examples: to compare on.

    Raises:
        RunError: if it differs too much.
    """
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs = {key: name_output(key, signature) for key in signature.gives}

    def run(**inputs: Any) -> Mapping[str, Any]:
        return dict(zip(outputs, session.run(list(outputs.values()), inputs), strict=True))

    signatures = {name: signature}
    results = [
        comparison.compare(lambda _: run, gan, signatures, examples, rows) for rows in (2, 1)
    ]
    results.append(comparison.compare(lambda _: run, gan, signatures, examples, 1, [64]))
    far = max(result["max_difference"] for result in results)
    same = min(1.0 if one["same_pixels"] is None else one["same_pixels"] for one in results)
    if not (far <= comparison.FARTHEST and same >= _LEAST_SAME):
        raise RunError(
            f"{type(gan).__name__} in ONNX differs from the model in {name}: by {far:.2g}, "
            f"{same:.2%} of the pixels are equal. It was not written: leave onnx out of --formats."
        )
    return results[1]
