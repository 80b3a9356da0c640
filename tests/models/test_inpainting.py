"""Known pixels stay, holes are not seen, and the critic knows what was filled."""

import numpy as np
import pytest

from kgan.models.inpainting import Inpainting, turn_known
from kgan.networks.inpainting import build_inpainter


@pytest.mark.parametrize("size", [(32, 32), (37, 53)])
def test_known_pixels_stay_to_the_bit_and_holes_are_not_seen(size, random):
    network = build_inpainter((32, 32, 3), 2)
    source = random.uniform(-1, 1, (2, *size, 3)).astype("float32")
    mask = random.integers(0, 2, (2, *size, 1)).astype("float32")
    images = np.asarray(network({"source": source, "mask": mask}))
    known = np.broadcast_to(mask == 0, source.shape)
    np.testing.assert_array_equal(images[known], source[known])
    assert np.abs(images - source)[~known].mean() > 0.1
    other = np.where(known, source, 0.7).astype("float32")
    np.testing.assert_array_equal(network({"source": other, "mask": mask}), images)


def test_a_filled_picture_is_real_where_nothing_was_filled():
    scores = np.float32([[2.0, -3.0]]).reshape(1, 1, 2, 1)
    mask = np.zeros((1, 4, 8, 1), "float32")
    mask[0, 0, 7] = 1.0  # the right patch has a hole

    def softplus(x):
        return np.log1p(np.exp(x))

    real = np.mean(softplus(-scores))
    expected = real + (softplus(-2.0) + softplus(-3.0)) / 2
    loss = Inpainting.adversarial.discriminator(scores, turn_known(scores, mask))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_pixels_are_measured_in_the_hole():
    gan = Inpainting.example(width=2)
    target = np.zeros((1, *gan.image_shape), "float32")
    mask = np.zeros((1, *gan.image_shape[:2], 1), "float32")
    mask[0, :2] = 1.0
    fake = np.full_like(target, 0.5)
    batch = {"target": target, "mask": mask}
    np.testing.assert_allclose(gan.measure_pixels(batch, fake), 0.5, rtol=1e-6)
