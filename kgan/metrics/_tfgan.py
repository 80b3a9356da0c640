"""TF-GAN's FID, KID and Inception Score, to check kgan's own: two implementations must agree.

TF-GAN 2.1.0 does not import on TensorFlow >= 2.16, because its package needs `tf.estimator`. The
two modules that compute scores do not: they load under empty parent packages. These are removed
from `sys.modules` again, so that `import tensorflow_gan` elsewhere behaves as it would without
kgan.

Reference: https://github.com/tensorflow/gan
"""

import contextlib
import functools
import importlib
import importlib.metadata
import pathlib
import sys
import types
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import RunError
from kgan.metrics import _validation

TOLERANCE = 1e-4  # relative difference up to which two implementations agree
_PARENTS = ("tensorflow_gan", "tensorflow_gan.python", "tensorflow_gan.python.eval")


class Agreement(NamedTuple):
    """One score by kgan and by TF-GAN.

    Attributes:
        name: e.g. `"fid"`.
        kgan: kgan's float64 value.
        tfgan: TF-GAN's.
        difference: |kgan − tfgan| / |tfgan|, or over the least that `compare` says.
        version: of TF-GAN.
    """

    name: str
    kgan: float
    tfgan: float
    difference: float
    version: str

    @property
    def agrees(self) -> bool:
        """Whether the relative difference is at most 1e-4."""
        return self.difference <= TOLERANCE

    def __str__(self) -> str:
        verdict = "agree" if self.agrees else "DISAGREE"
        return (
            f"{self.name}: kgan {self.kgan:.6g}, TF-GAN {self.version} {self.tfgan:.6g}: "
            f"{verdict} (relative difference {self.difference:.1e})"
        )


def fid(real: ArrayLike, fake: ArrayLike) -> float:
    """Returns TF-GAN's Fréchet distance of features [N, D] and [M, D], computed in float64.

    TF-GAN counts singular values of the covariances' product below 1e-10 as 0, so that features
    with variances of about 1e-5 and less give too large a distance; kgan's own does not.
    """
    real, fake = _validation.check_row_pair(real, fake)
    metrics = modules()["classifier_metrics"]
    return float(metrics.frechet_classifier_distance_from_activations(_widen(real), _widen(fake)))


def kid(real: ArrayLike, fake: ArrayLike, block_size: int = 1000) -> float:
    """Returns TF-GAN's kernel distance over consecutive blocks, computed in float64."""
    import tensorflow as tf

    real, fake = _validation.check_row_pair(real, fake)
    metrics = modules()["classifier_metrics"]
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # its own call of `tf.map_fn` is deprecated
    try:
        distance = metrics.kernel_classifier_distance_from_activations(
            tf.constant(_widen(real)), tf.constant(_widen(fake)), max_block_size=block_size
        )
    finally:
        logger.setLevel(level)
    return float(distance)


def inception_score(logits: ArrayLike) -> float:
    """Returns TF-GAN's classifier score of logits [N, K], computed in float64."""
    logits = _validation.check_rows("logits", logits, least=1)
    return float(modules()["classifier_metrics"].classifier_score_from_logits(_widen(logits)))


def compare(name: str, own: float, tfgan: float, size: float = 0.0) -> Agreement:
    """Returns the `Agreement` of two values of one score.

    Args:
        name: of the score.
        own: kgan's.
        tfgan: TF-GAN's.
        size: of the terms of which the score is the difference: a millionth of it is the least that
            a difference is taken relative to, for of equal samples rounding is all there is.

    Example:
        >>> print(compare("fid", kgan.metrics.fid(real, fake), fid(real, fake)))
        fid: kgan 3.1702, TF-GAN 2.1.0 3.1702: agree (relative difference 2.1e-12)
    """
    # Below the rounding of float64 sums there is nothing left to be relative to.
    scale = max(abs(tfgan), 1e-12, 1e-6 * size)
    difference = abs(own - tfgan) / scale
    return Agreement(name, own, tfgan, difference, importlib.metadata.version("tensorflow-gan"))


def _widen(values):
    return values.astype(np.float64)


@functools.cache
def modules() -> dict[str, types.ModuleType]:
    """Returns TF-GAN's `{"classifier_metrics": module, "sliced_wasserstein": module}`.

    Raises:
        RunError: TF-GAN is not installed, or its modules do not load.
    """
    try:
        root = importlib.metadata.distribution("tensorflow-gan").locate_file(_PARENTS[0])
    except importlib.metadata.PackageNotFoundError as error:
        raise RunError("Expected TF-GAN. Install it: pip install tensorflow-gan==2.1.0") from error
    with _parents(root), warnings.catch_warnings():
        # TensorFlow Probability 0.25 compares versions with distutils, which is deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return {
                name: importlib.import_module(f"{_PARENTS[-1]}.{name}")
                for name in ("classifier_metrics", "sliced_wasserstein")
            }
        except (ImportError, AttributeError) as error:
            raise RunError(f"TF-GAN's metrics do not load: {error}. Install 2.1.0.") from error


@contextlib.contextmanager
def _parents(root):
    """Puts empty parent packages into `sys.modules`, and what was there back afterwards."""
    before = {name: module for name, module in sys.modules.items() if _is_tfgan(name)}
    for name in before:
        del sys.modules[name]
    for name in _PARENTS:
        package = types.ModuleType(name)
        package.__path__ = [str(pathlib.Path(root).joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in [name for name in sys.modules if _is_tfgan(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_tfgan(name):
    return name.partition(".")[0] == _PARENTS[0]
