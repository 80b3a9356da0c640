"""Sums of seeds and files, and projections of pictures."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.generation import latents, project
from kgan.layers import modulation
from kgan.models import StyleGAN2
from tests.games import fit


def test_sums_are_read_with_blanks_or_without():
    assert latents.parse_sum("3 - 17 + 42") == ([1, -1, 1], [3, 17, 42])
    assert latents.parse_sum("3-17+42") == ([1, -1, 1], [3, 17, 42])
    assert latents.parse_sum("a-b.npz + 5") == ([1, 1], ["a-b.npz", 5])
    assert latents.parse_sum("w.npy") == ([1], ["w.npy"])


@pytest.mark.parametrize(
    "text", ["", "3 -", "- 3", "3 4", "3 * 4", "3 - x", "3 + -4", "1.5", "3--4"]
)
def test_what_is_no_sum_is_refused(text):
    with pytest.raises(InputError, match=r"with \+ or - between"):
        latents.parse_sum(text)


class Codes:
    """Takes codes of length 2, as a GAN does."""

    def read_codes(self, arrays):
        return np.asarray(arrays)


def test_codes_are_read_from_files(tmp_path):
    np.save(tmp_path / "w.npy", [1.0, 2.0])
    np.savez(tmp_path / "w.npz", latents=[3.0, 4.0], images=[0])
    for name, wanted in (("w.npy", [[1.0, 2.0]]), ("w.npz", [[3.0, 4.0]])):
        np.testing.assert_array_equal(latents._load_code(Codes(), str(tmp_path / name)), wanted)
    np.savez(tmp_path / "other.npz", images=[0])
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "empty.npy").write_bytes(b"")
    for name in ("other.npz", "broken.npz", "empty.npy", "nowhere.npy"):
        with pytest.raises(InputError, match=f"an .npz file with latents. Received: .*{name}"):
            latents._load_code(Codes(), str(tmp_path / name))


# ---- Projection -------------------------------------------------------------------------------


def example(**options):
    return StyleGAN2.example(image_shape=(16, 16, 1), **options)


@pytest.fixture(scope="module")
def gan():
    """A trained example whose noise counts and whose mean style is not 0."""
    gan = example(ema_half_life=8)
    gan.compile(run_eagerly=True)  # three rounds take less than a trace
    fit(gan, 4, batches=3)
    for network in (gan.generator, gan.ema_generator):
        for layer in network.get_layer("synthesis").layers:
            if layer.__class__.__name__ == "AddNoise":
                layer.strength.assign(0.5)
        mean = network.get_layer("mapping").get_layer("mean_latent").mean
        mean.assign(np.linspace(-0.5, 0.5, 8))
    return gan


@pytest.mark.slow
@pytest.mark.parametrize("every_layer", [False, True])
def test_projection_recovers_a_picture_of_the_generator(gan, every_layer):
    before = [weight.numpy() for weight in gan.sampling_generator.weights]
    (wanted,) = gan.sample([1001])  # none of the samples at which a search may begin
    start = gan.images_of_styles(gan.mean_style[None])[0]
    style, found = project(gan, wanted, every_layer, steps=300)
    assert style.shape == ((6, 8) if every_layer else (8,))
    np.testing.assert_allclose(gan.images_of_styles(style[None])[0], found, atol=1e-5)
    assert np.square(found - wanted).mean() < 1e-3 * np.square(start - wanted).mean()
    for old, weight in zip(before, gan.sampling_generator.weights, strict=True):
        np.testing.assert_array_equal(old, weight)


def test_projection_begins_at_the_nearest_samples_and_keeps_the_best(gan):
    (wanted,) = gan.sample([1001])
    samples = gan.sample(range(latents.PROJECTION_SAMPLES))
    off = np.sort(np.square(samples - wanted).mean(axis=(1, 2, 3)))
    _, found = project(gan, wanted, steps=3)
    assert np.square(found - wanted).mean() < off[0] < off[latents.PROJECTION_SEARCHES - 1] / 1.5


@pytest.mark.parametrize("every_layer", [pytest.param(False, marks=pytest.mark.slow), True])
def test_projection_leaves_where_tanh_is_flat(every_layer):
    gan = example()
    for layer in gan.sampling_generator.get_layer("synthesis").layers:
        if isinstance(layer, modulation.ModulatedConv2D) and layer.kernel.shape[-1] == 1:
            layer.kernel.assign(300 * layer.kernel)  # colours lie on the bounds, as a trained one's
    (wanted,) = gan.sample([1001])
    _, found = project(gan, wanted, every_layer, steps=300)
    assert np.square(found - wanted).mean() < 5e-3
