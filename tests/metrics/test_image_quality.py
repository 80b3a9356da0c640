"""Errors of pictures by hand, and the alikeness of sets whose diversity is known."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _image_quality


def test_errors_by_hand():
    target = np.zeros((2, 16, 16, 1), np.uint8)
    output = target.copy()
    output[0] = 51  # an error of 0.2 everywhere
    output[1, :, :8] = 255  # and of 1 on one half
    score = _image_quality.reconstruction(target, output)
    assert score.l1 == pytest.approx((0.2 + 0.5) / 2)
    assert score.rmse == pytest.approx(np.sqrt((0.04 + 0.5) / 2))
    assert score.psnr == pytest.approx(-10 * (np.log10(0.04) + np.log10(0.5)) / 2)
    # Of two constants only the comparison of brightness is left: C₁ / (0.2² + C₁).
    first = _image_quality.reconstruction(target[:1], output[:1])
    assert first.ssim == pytest.approx(1e-4 / (0.04 + 1e-4), rel=1e-3)


def test_equal_images_are_perfect_in_either_range(random):
    pixels = random.integers(0, 256, size=(3, 12, 14, 3), dtype=np.uint8)
    score = _image_quality.reconstruction(pixels, pixels / 127.5 - 1.0)
    assert score.l1 == pytest.approx(0.0, abs=1e-12)
    assert score.ssim == pytest.approx(1.0, abs=1e-6)
    assert _image_quality.reconstruction(pixels, pixels).psnr == np.inf


def test_batches_do_not_matter(random, monkeypatch):
    one, other = random.uniform(-1.0, 1.0, size=(2, 20, 16, 16, 1))
    expected = _image_quality.reconstruction(one, other)
    for size in (1, 7, 1000):
        monkeypatch.setattr(_image_quality, "_BATCH", size)
        np.testing.assert_allclose(_image_quality.reconstruction(one, other), expected, rtol=1e-6)


def test_bad_pairs_are_refused():
    one = np.zeros((2, 16, 16, 1))
    with pytest.raises(InputError, match="Received: 2 and 1"):
        _image_quality.reconstruction(one, one[:1])
    with pytest.raises(InputError, match=r"\(16, 16, 1\), fake=\(16, 16, 3\)"):
        _image_quality.reconstruction(one, np.zeros((2, 16, 16, 3)))
    with pytest.raises(InputError, match="at least 11 pixels"):
        _image_quality.reconstruction(one[:, :8], one[:, :8])


@pytest.fixture
def varied(random):
    return random.integers(0, 256, size=(12, 32, 32, 1), dtype=np.uint8)


def test_copies_have_no_diversity(varied):
    assert _image_quality.ms_ssim_diversity(np.repeat(varied[:1], 5, 0), pairs=20) == pytest.approx(
        1.0
    )
    assert _image_quality.ms_ssim_diversity(varied, pairs=50) < 0.3


def test_pairs_within_a_class(varied):
    twice = np.concatenate([varied[:3], varied[:3]])
    labels = np.array([0, 1, 2, 0, 1, 2])
    assert _image_quality.ms_ssim_diversity(twice, labels, pairs=20) == pytest.approx(1.0, abs=1e-5)
    assert _image_quality.ms_ssim_diversity(twice, labels // 2, pairs=20) < 0.9
    with pytest.raises(InputError, match="at least 2 images of each class"):
        _image_quality.ms_ssim_diversity(varied, np.arange(12))


def test_pairs_do_not_depend_on_the_order_and_never_repeat_an_image(varied, random):
    expected = _image_quality.ms_ssim_diversity(varied, pairs=40)
    score = _image_quality.ms_ssim_diversity(random.permutation(varied), pairs=40)
    assert score == pytest.approx(expected, rel=1e-6)
    labels = np.repeat([0, 1], [9, 3])
    one, other = _image_quality._draw_pairs(varied, labels, 500, 0)
    assert (one != other).all()
    np.testing.assert_array_equal(labels[one], labels[other])
    # Each image is drawn as often as any other.
    assert np.bincount(one, minlength=12).min() > 20


def test_scales_follow_the_size(random):
    import tensorflow as tf

    one, other = random.uniform(size=(2, 2, 176, 176, 1)).astype(np.float32)
    expected = tf.image.ssim_multiscale(one, other, 1.0).numpy()
    np.testing.assert_allclose(
        _image_quality.ms_ssim(one * 2 - 1, other * 2 - 1), expected, rtol=1e-4
    )
    # With one scale left it is SSIM.
    small = one[:, :16, :16], other[:, :16, :16]
    expected = tf.image.ssim(*small, 1.0).numpy()
    score = _image_quality.ms_ssim(*(x * 2 - 1 for x in small))
    np.testing.assert_allclose(score, np.maximum(expected, 0.0), rtol=1e-3, atol=1e-6)


def test_perceptual_distance_by_hand():
    one = [np.array([1.0, 0.0]).reshape(1, 1, 1, 2) * np.ones((2, 3, 3, 1))]
    other = [np.array([0.0, 5.0]).reshape(1, 1, 1, 2) * np.ones((2, 3, 3, 1))]
    np.testing.assert_allclose(_image_quality.perceptual_distance(one, other), [2.0, 2.0])
    weighted = _image_quality.perceptual_distance(one * 2, other * 2, [np.array([1.0, 3.0]), 0.5])
    np.testing.assert_allclose(weighted, [4.0 + 1.0] * 2)
    scaled = [7.0 * one[0]]
    np.testing.assert_allclose(_image_quality.perceptual_distance(one, scaled), 0.0, atol=1e-12)
    half = [one[0].copy()]
    half[0][:, 0] = other[0][:, 0]  # one of three rows
    np.testing.assert_allclose(_image_quality.perceptual_distance(one, half), [2 / 3] * 2)


def test_layers_that_do_not_fit_are_refused():
    layer = np.zeros((1, 2, 2, 3))
    with pytest.raises(InputError, match="1 and 2 layers"):
        _image_quality.perceptual_distance([layer], [layer, layer])
    with pytest.raises(InputError, match="in layer 1"):
        _image_quality.perceptual_distance([layer, layer], [layer, layer[..., :1]])
    with pytest.raises(InputError, match="NaN"):
        _image_quality.perceptual_distance([layer * np.nan], [layer])
