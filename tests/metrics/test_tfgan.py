"""The bridge: TF-GAN's functions load, leave no trace, and agree with kgan's own."""

import importlib.metadata
import sys

import numpy as np
import pytest

from kgan.errors import RunError
from kgan.metrics import Features, _fid, _inception_score, _kid, _measure, _tfgan


@pytest.fixture
def loaded():
    return _tfgan.modules()


def test_sys_modules_is_as_before():
    marker = type(sys)("tensorflow_gan")
    sys.modules["tensorflow_gan"] = marker
    try:
        _tfgan.modules.cache_clear()
        loaded = _tfgan.modules()
        assert sys.modules["tensorflow_gan"] is marker
        assert [name for name in sys.modules if name.startswith("tensorflow_gan.")] == []
    finally:
        del sys.modules["tensorflow_gan"]
    assert loaded["classifier_metrics"].__name__.startswith("tensorflow_gan.python.eval")
    assert loaded["sliced_wasserstein"].sliced_wasserstein_distance is not None


def test_sys_modules_is_put_back_after_a_failure(tmp_path):
    before = set(sys.modules)
    with pytest.raises(KeyError), _tfgan._parents(tmp_path):
        assert sys.modules["tensorflow_gan.python"].__path__ == [str(tmp_path / "python")]
        raise KeyError
    assert {name for name in set(sys.modules) - before if "tensorflow_gan" in name} == set()


def test_fid_agrees(loaded, random):
    real = random.normal(size=(300, 12)).astype(np.float32)
    fake = (random.normal(size=(200, 12)) * 1.3 + 0.2).astype(np.float32)
    agreement = _tfgan.compare("fid", _fid.fid(real, fake), _tfgan.fid(real, fake))
    assert agreement.difference < 1e-9
    assert "2.1.0" in str(agreement) and "agree" in str(agreement)


def test_kid_agrees_block_by_block(loaded, random):
    real = random.normal(size=(230, 5)).astype(np.float32)
    fake = random.normal(size=(170, 5)).astype(np.float32) + np.float32(0.3)
    for block_size in (50, 1000):
        own = _kid.kid_blocks(real, fake, block_size).mean()
        agreement = _tfgan.compare("kid", own, _tfgan.kid(real, fake, block_size))
        assert agreement.difference < 1e-9


def test_inception_score_agrees(loaded, random):
    logits = random.normal(size=(500, 10)).astype(np.float32) * 3.0
    own = _inception_score.inception_score(logits)
    assert _tfgan.compare("is", own, _tfgan.inception_score(logits)).difference < 1e-9


def test_a_disagreement_is_said():
    agreement = _tfgan.compare("fid", 1.001, 1.0)
    assert not agreement.agrees
    assert "DISAGREE" in str(agreement)
    assert _tfgan.compare("fid", 1.00005, 1.0).agrees


def test_rounding_of_equal_samples_is_no_disagreement(loaded, random):
    """Of a folder with itself both are rounding: 1e-13 and −2e-12, of terms of hundreds."""
    assert not _tfgan.compare("fid", 1e-13, -2e-12).agrees
    assert _tfgan.compare("fid", 1e-13, -2e-12, size=500.0).agrees
    assert not _tfgan.compare("fid", 1.001, 1.0, size=500.0).agrees
    pixels = random.uniform(-1, 1, size=(12, 48))
    features = Features(pixels, None)
    for metric in ("fid", "kid"):
        both = _measure._Compared(features, features, None, None, None, True, "raw")
        assert _measure._agreement(metric, both).agrees


def test_tiny_variances_are_lost_there_and_not_here(loaded, random):
    # What the docstring of `tfgan.fid` warns of.
    features = random.normal(size=(1000, 4)) * 1e-3
    assert abs(_fid.fid(features, features)) < 1e-15
    assert _tfgan.fid(features, features) > 1e-6


def test_without_tfgan_one_line(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    _tfgan.modules.cache_clear()
    try:
        with pytest.raises(RunError, match="pip install tensorflow-gan"):
            _tfgan.modules()
    finally:
        _tfgan.modules.cache_clear()
