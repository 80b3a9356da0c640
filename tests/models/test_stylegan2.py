"""StyleGAN2: mixing in training, path lengths, the mean style, and what people do with styles."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models import DCGAN, StyleGAN2
from kgan.random import RandomStream
from tests.games import batch_for, fit, still


def example(**options):
    return StyleGAN2.example(**{"image_shape": (16, 16, 1), **options})


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


def stream(step=0):
    return RandomStream(0, tf.constant(step, tf.int64))


# ---- Training -------------------------------------------------------------------------------


def styles_painted(gan, count, monkeypatch):
    """Returns the styles [B, L, D] that a round would paint, and the two it chose from."""
    made = []
    mapping = gan.generator.get_layer("mapping")
    monkeypatch.setattr(gan, "paint", lambda styles, rng: styles)
    styles = gan.generate(batch_for(gan, count), stream()).numpy()
    for name in ("latents", "others"):
        made.append(mapping(stream().purpose(name).normal((count, 8))).numpy())
    return styles, *made


def test_half_of_mixed_samples_changes_style_at_a_random_layer(monkeypatch):
    gan = example(style_mixing=0.5)
    styles, first, second = styles_painted(gan, 2000, monkeypatch)
    is_second = np.isclose(styles, second[:, None], atol=1e-5).all(axis=-1)
    is_first = np.isclose(styles, first[:, None], atol=1e-5).all(axis=-1)
    assert (is_first ^ is_second).all() and is_first[:, 0].all()
    assert (np.diff(is_second.astype(int), axis=1) >= 0).all()  # one change at most
    assert abs(is_second[:, -1].mean() - 0.5) < 0.04
    crossovers = 6 - is_second.sum(axis=1)
    shares = np.bincount(crossovers[crossovers < 6], minlength=6) / 2000
    assert shares[0] == 0 and np.abs(shares[1:] - 0.1).max() < 0.03


def test_without_mixing_all_layers_share_a_style(monkeypatch):
    styles, first, _ = styles_painted(example(style_mixing=0.0), 5, monkeypatch)
    np.testing.assert_allclose(styles, np.repeat(first[:, None], 6, axis=1), atol=1e-5)


def test_the_critic_is_shown_what_a_sample_would_be_within_the_bounds_of_data(gan):
    styles = 30 * gan.styles_of(gan.latents_of(range(4)))
    images = gan.paint(tf.constant(styles), stream()).numpy()
    assert 0.9 < np.abs(images).max() <= 1.0
    assert np.abs(gan.images_of_styles(styles)).max() <= 1.0


def test_noise_is_fresh_in_training_and_fixed_in_samples(gan):
    styles = np.repeat(np.ones((2, 1, 8), "float32"), 6, axis=1)
    one, other = gan.paint(tf.constant(styles), stream()).numpy()
    assert np.abs(one - other).max() > 1e-3
    one, other = gan.images_of_styles(styles)
    np.testing.assert_allclose(one, other, atol=1e-6)


def path_lengths(gan, step):
    (term,) = gan.regularize("generator", gan.name_batch(batch_for(gan, 4)), stream(step)).values()
    return float(term)


def test_path_lengths_are_paid_every_8_rounds_and_their_mean_is_kept():
    gan = example(regularizers={"path_length": {"weight": 3.0}})
    ((mean,),) = (regularizer.state for regularizer in gan.regularizers)
    mean.assign(0.25)
    paid = path_lengths(gan, 8)
    after = float(mean)
    seen = (after - 0.99 * 0.25) / 0.01
    assert seen > 0.26
    # Of two samples, whose lengths differ: E (‖·‖ − a)² is at least the square of their mean.
    assert 0.99 * 8 * 3.0 * (seen - 0.25) ** 2 <= paid < 3 * 8 * 3.0 * (seen - 0.25) ** 2
    assert path_lengths(gan, 9) == 0.0
    np.testing.assert_allclose(float(mean), after)
    assert gan.state()["regularizers.0"] == [mean]


def test_a_round_keeps_the_mean_length_and_a_new_model_starts_anew():
    gan = example()
    gan.compile(still(), run_eagerly=True)
    fit(gan, 4, batches=1)
    assert float(gan.regularizers[1].state[0]) > 0.0
    assert float(example().regularizers[1].state[0]) == 0.0
    assert not StyleGAN2.regularizers[1].state


def test_the_papers_weights():
    r1, path_length = StyleGAN2.regularizers
    assert (r1.name, r1.weight, r1.every) == ("r1", 10.0, 16)
    assert (path_length.name, path_length.every) == ("path_length", 8)
    # γ_pl = ln 2 / (r² (ln r − ln 2)) for noise of size 1; here it is of size 1/r, and r = 16.
    both = [
        path_lengths(example(regularizers={"path_length": options}), 8)
        for options in ({}, {"weight": 1.0})
    ]
    np.testing.assert_allclose(both[0], both[1] / 3, rtol=1e-5)


def test_paths_are_measured_of_styles_only():
    with pytest.raises(InputError, match=r"Unknown regularizer\. Received: 'path_length'"):
        DCGAN.example(regularizers={"path_length": {}})


def test_the_mean_style_follows_and_its_average_after_it():
    gan = example(ema_half_life=4)
    gan.compile(still(), run_eagerly=True)
    gan.step.assign(1000)
    fit(gan, 4, batches=1)
    mapping, copy = (network.get_layer("mapping") for network in (gan.generator, gan.ema_generator))
    rng = stream(1000).purpose(0).purpose("generate")
    drawn = [rng.purpose(name).normal((4, 8)) for name in ("latents", "others")]
    batch_mean = mapping(tf.concat(drawn, axis=0)).numpy().mean(axis=0)
    mean = mapping.get_layer("mean_latent").mean.numpy()
    np.testing.assert_allclose(mean, 0.005 * batch_mean, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(copy.get_layer("mean_latent").mean, 0.5 * mean, rtol=1e-5)
    np.testing.assert_array_equal(gan.mean_style, copy.get_layer("mean_latent").mean)


def test_the_mapping_learns_at_its_share_of_the_rate():
    slow, fast = (example(mapping_rate=rate).generator for rate in (0.01, 0.1))
    for network, rate in ((slow, 0.01), (fast, 0.1)):
        kernels = [v for v in network.get_layer("mapping").weights if v.name == "kernel"]
        assert len(kernels) == 2
        for kernel in kernels:
            # Used times the rate, they are the same N(0, 1) at the start.
            np.testing.assert_allclose(kernel.numpy().std() * rate, 1.0, rtol=0.2)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"mapping_layers": 0}, "mapping_layers"),
        ({"mapping_rate": 0.0}, "mapping_rate"),
        ({"style_mixing": 1.5}, "style_mixing=1.5"),
        ({"regularizers": {"path_length": {"weight": -1.0}}}, "weight > 0"),
        ({"network": "dcgan"}, "network='dcgan'"),
        ({"image_shape": (12, 12, 1)}, "image_shape"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        example(**options)


# ---- Styles ---------------------------------------------------------------------------------


def test_truncation_from_the_mean_picture_to_the_sample(gan):
    seeds = range(3)
    whole = gan.sample(seeds)
    np.testing.assert_allclose(gan.sample(seeds, {"truncation": 1.0}), whole, atol=1e-5)
    mean = gan.images_of_styles(gan.mean_style[None])
    none = gan.sample(seeds, {"truncation": 0.0})
    np.testing.assert_allclose(none, np.repeat(mean, 3, axis=0), atol=1e-5)
    half = gan.styles_of(gan.latents_of(seeds), 0.5)
    full = gan.styles_of(gan.latents_of(seeds))
    np.testing.assert_allclose(half - gan.mean_style, 0.5 * (full - gan.mean_style), atol=1e-6)
    each = gan.sample(seeds, {"truncation": [0.0, 1.0, 0.0]})
    np.testing.assert_allclose(each, [mean[0], whole[1], mean[0]], atol=1e-5)
    with pytest.raises(InputError, match="one truncation for all images, or 3"):
        gan.sample(seeds, {"truncation": [0.0, 1.0]})
    with pytest.raises(InputError, match="condition out of truncation"):
        gan.sample(seeds, {"label": 1})


def test_mixing_from_one_picture_to_the_other(gan):
    latents = gan.latents_of([0, 1])
    first, second = gan.styles_of(latents)[:, None]
    images = gan.images_of(latents)
    for crossover, wanted in ((6, images[0]), (0, images[1])):
        mixed = gan.mix_styles(first, second, crossover)
        np.testing.assert_allclose(gan.images_of_styles(mixed)[0], wanted, atol=1e-5)
    mixed = gan.mix_styles(first, second, 2)[0]
    np.testing.assert_array_equal(mixed[:2], np.repeat(first, 2, axis=0))
    np.testing.assert_array_equal(mixed[2:], np.repeat(second, 4, axis=0))
    for crossover in (-1, 7):
        with pytest.raises(InputError, match=f"from 0 to 6.*crossover={crossover}"):
            gan.mix_styles(first, second, crossover)
    with pytest.raises(InputError, match=r"\[N, 8\] or \[N, 6, 8\]"):
        gan.images_of_styles(np.zeros((1, 5, 8)))


def test_a_walk_is_a_straight_line_between_styles(gan):
    latents = gan.latents_of([4, 5])
    way = np.stack([latents[0], 100 * latents[1], latents[1]])  # only the ends count
    got = gan.interpolate(way, [0.0, 0.25, 1.0], None)
    one, other = gan.styles_of(latents)
    styles = np.stack([one, 0.75 * one + 0.25 * other, other])
    np.testing.assert_allclose(got, gan.images_of_styles(styles), atol=1e-5)
    still_there = gan.interpolate(way, [0.0, 1.0], {"truncation": 0.0})
    np.testing.assert_allclose(still_there[0], still_there[1], atol=1e-6)


def test_sums_of_styles_are_taken_from_the_mean(gan):
    codes = gan.codes_of(gan.latents_of([1, 2, 3]))
    a, b, c = codes
    np.testing.assert_allclose(gan.combine_codes(codes, [1, -1, 1]), a - b + c, atol=1e-5)
    np.testing.assert_allclose(gan.combine_codes(codes[:1], [1]), a, atol=1e-6)
    both = gan.combine_codes(codes[:2], [1, 1])
    np.testing.assert_allclose(both, a + b - gan.mean_style, atol=1e-5)
    np.testing.assert_allclose(gan.images_of_codes(codes, None), gan.sample([1, 2, 3]), atol=1e-5)
    flat = gan.images_of_codes(codes, {"truncation": 0.0})
    np.testing.assert_allclose(flat[0], flat[2], atol=1e-6)
