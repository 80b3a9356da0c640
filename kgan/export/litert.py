"""Writes a generator for phones, small computers and browsers: LiteRT files of built-in operations.

Each file holds the signatures of a `SavedModel` that take and give numbers only, for a fixed batch
size, with one set of weights. The whole way from seed to pixels is inside, so that a seed gives the
same picture everywhere.
"""

import hashlib
import pathlib
import re
import tempfile
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow.lite.python.convert import ConverterError

from kgan.errors import InputError, MissingExtraError, RunError, UnknownNameError, check_whole
from kgan.export.comparison import FARTHEST, numeric_signatures, silence, to_float32
from kgan.export.examples import Examples
from kgan.export.tracing import collect_variables, takes_any_size
from kgan.files import replace_atomically
from kgan.images import format_size
from kgan.models.core.base import GAN
from kgan.types import Batch, PathLike

try:
    from kgan.export import litert_verify
    from kgan.export.quantize import quantize_file

    _MISSING = None
except ModuleNotFoundError as error:
    _MISSING = error.name

FLOAT = "none"
PRECISIONS = {FLOAT: "", "float16": ".float16", "dynamic": ".dynamic", "int8": ".int8"}
_LEAST_PSNR = 30.0  # dB, of quantized files
_CALIBRATED = 64  # examples by which full int8 chooses its ranges


def write(
    gan: GAN,
    folder: PathLike,
    name: str | None = None,
    quantize: Sequence[str] = (FLOAT,),
    representative: Batch | None = None,
    batch_size: int = 1,
    size: tuple[int, int] | None = None,
) -> list[dict[str, Any]]:
    """Writes one `.tflite` for each precision, checked and measured against the model.

    * `none`: float32.
    * `float16`: weights of half the size, float32 arithmetic.
    * `dynamic`: int8 weights of convolutions and matrix products, whose inputs are quantized as
      they come.
    * `int8`: full int8 convolutions, with dense layers as in `dynamic`. Of ranges as wide as all
      representative examples need and some narrower ones, those are taken whose images agree best
      with float32 on the same examples. Random numbers, normalisation, modulation by styles,
      sums of colours and pixels stay float32: quantizing them would cost most quality, and they
      hold no weights.

    A generator of mixed precision is converted in float32, the type of its weights.

    Args:
        gan: trained.
        folder: where the files go.
        name: of the artefact; None for the folder's. Files are NAME.tflite, NAME.float16.tflite,
            NAME.dynamic.tflite and NAME.int8.tflite.
        quantize: the precisions.
        representative: a batch of the data, as for `fit`, which int8 needs of a generator that
            starts from images; 80 examples or more, so that the check has others than the ranges.
            None for generators that take only latents, labels and prompts: they are drawn.
        batch_size: examples of a call, ≥ 1.
        size: height and width of the images that it starts from, where it takes any; None for those
            of training.

    Returns:
        For each file the measures of `kgan.export.comparison.compare`, with `file`,
        `precision`, `bytes` and `sha256`.

    Raises:
        InputError: for an unknown precision, no package of the extra `lite`, a generator that does
            not convert, int8 of images without a `representative` batch, or quantized tokens.
        RunError: if a file differs too much from the model; that file is not written.

    Example:
        >>> kgan.export.litert.write(gan, "saved_models/digits", quantize=("none", "int8"))
        [{'file': 'digits.tflite', 'precision': 'none', 'bytes': 1398004, ...}, ...]
    """
    check(gan, quantize, representative, batch_size, size)
    folder, reports = pathlib.Path(folder), []
    with silence():
        gan = to_float32(gan)
        signatures = numeric_signatures(gan, size)
        examples = Examples(gan, representative)
        whole = convert(gan, batch_size, size)
        for precision in quantize:
            if precision == "int8":
                calibration = examples.make_calls(signatures, range(_CALIBRATED), batch_size)
                equal = _convert_equal_channels(gan, whole, batch_size, size)
                content = quantize_file(equal, precision, calibration)
            else:
                content = quantize_file(whole, precision)
            measures = litert_verify.measure(content, gan, signatures, examples, batch_size)
            _check_quality(gan, precision, measures)
            file = f"{name or folder.name}{PRECISIONS[precision]}.tflite"
            with replace_atomically(folder / file) as temporary:
                temporary.write_bytes(content)
            sha256 = hashlib.sha256(content).hexdigest()
            report = {"file": file, "precision": precision, "bytes": len(content), "sha256": sha256}
            reports.append({**report, **measures})
    return reports


def check(
    gan: GAN,
    quantize: Sequence[str] = (FLOAT,),
    representative: Batch | None = None,
    batch_size: int = 1,
    size: tuple[int, int] | None = None,
) -> None:
    """Refuses arguments that `write` would refuse, before anything is converted."""
    if size and not takes_any_size(gan):
        raise InputError(
            f"Expected no --size for {type(gan).__name__}, which makes images of one size. "
            f"Received: {format_size(*size)}. Leave it out."
        )
    check_whole(batch_size=batch_size, least=1)
    for precision in quantize:
        if precision not in PRECISIONS:
            raise UnknownNameError("precision", precision, PRECISIONS)
    if not quantize:
        raise InputError(
            f"Expected at least one precision of {', '.join(PRECISIONS)}. Received: none."
        )
    if _MISSING:
        raise MissingExtraError("to check LiteRT files", _MISSING, "lite")
    others = [precision for precision in quantize if precision != FLOAT]
    if gan.output_kind == "tokens" and others:
        raise InputError(
            f"Expected precision {FLOAT} for {type(gan).__name__}, which writes other texts when "
            f"its probabilities are rounded. Received: {', '.join(others)}."
        )
    if "int8" in quantize and representative is None and gan.image_conditions:
        raise InputError(
            f"Expected a batch of representative images for int8 of {type(gan).__name__}, which "
            "starts from images. Received: none. Give a batch of its data, or leave int8 out."
        )


def convert(gan: GAN, batch_size: int = 1, size: tuple[int, int] | None = None) -> bytes:
    """Returns a generator as a float32 LiteRT file.

    Args:
        gan: the generator's.
        batch_size: examples of a call: with an open size some convolutions do not convert, and
            LiteRT's compiled models do not run.
        size: as for `write`.

    Raises:
        InputError: if its networks need an operation that LiteRT has not.
    """
    functions = {}
    for name, signature in numeric_signatures(gan, size).items():
        specs = {
            key: tf.TensorSpec((batch_size, *taken.shape), taken.dtype, name=key)
            for key, taken in signature.takes.items()
        }
        functions[name] = tf.function(signature.function).get_concrete_function(**specs)
    with tempfile.TemporaryDirectory() as aside:
        tf.saved_model.save(collect_variables(functions), aside, signatures=functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(aside, signature_keys=list(functions))
        # Nothing else: TensorFlow's own operations would need a runtime a hundred times as large.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            return converter.convert()
        except ConverterError as error:
            missing = sorted(set(re.findall(r"'tf\.(\w+)' op", str(error))))
            raise InputError(
                "Expected a generator of operations that LiteRT has. Received: "
                f"{type(gan).__name__} with {', '.join(missing) or 'others'}. Use other layers, "
                "or leave litert out of --formats."
            ) from error


def _convert_equal_channels(gan, whole, batch_size, size):
    """Returns the float32 file of which to make int8: `whole`, or one easier to quantize."""
    weights = gan.sampling_generator.get_weights()
    try:
        changed = gan.equalize_channels(range(_CALIBRATED))
        return convert(gan, batch_size, size) if changed else whole
    finally:
        gan.sampling_generator.set_weights(weights)


def _check_quality(gan, precision, measures):
    far = precision == FLOAT and not measures["max_difference"] <= FARTHEST
    psnr = measures["psnr_db"]
    if far or (psnr is not None and not psnr >= _LEAST_PSNR):
        raise RunError(
            f"{type(gan).__name__} in LiteRT with precision {precision} differs from the model by "
            f"{measures['max_difference']:.2g}, PSNR {psnr} dB ({_LEAST_PSNR:g} are wanted). It "
            "was not written: leave that precision out of --quantize."
        )
