"""What every registered variant promises. A new variant is enrolled by existing."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.export import saved_model
from kgan.export.saved_models import input_specs
from kgan.registry import MODELS
from kgan.training.checkpoints import Checkpoints
from tests.games import (
    assert_moved_alike,
    assert_same,
    batch_for,
    dataset_for,
    fit,
    plain,
    weights,
)

VARIANTS = sorted(MODELS.entries())


@pytest.fixture(params=VARIANTS)
def variant(request):
    return MODELS.get(request.param)


def compiled(gan, **options):
    gan.compile(**options)
    return gan


def trained(gan):
    return [v.numpy() for variables in gan.state().values() for v in variables]


def round_size(gan):
    """Examples of a round that leave every move of every player four."""
    return 4 * max(player.moves for player in gan.players())


def without_batch_statistics(variant):
    """An example whose batch normalisation uses what it has stored: a batch's own is a replica's.

    That is what Keras does with a layer that does not train.
    """
    gan = variant.example()
    for layer in gan._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return gan


def condition_for(gan, count):
    return gan.condition_of(gan.named_batch(batch_for(gan, count)))


def test_it_cites_its_paper(variant):
    assert "arXiv:" in variant.__doc__ or "doi:" in variant.__doc__
    assert len(variant.__doc__.split("\n")[0]) <= 100


def test_one_trace_over_several_rounds(variant):
    gan = compiled(variant.example())
    traces, named_batch = [], gan.named_batch
    gan.named_batch = lambda data: traces.append(1) or named_batch(data)
    fit(gan, round_size(gan), batches=4, epochs=2)
    assert len(traces) == 1
    assert int(gan.step) == 8


@pytest.mark.parametrize("mover", range(2))
def test_a_players_variables_move_while_the_opponents_stay(variant, mover):
    gan = variant.example()
    players = gan.players()
    if mover >= len(players):
        pytest.skip(f"{variant.__name__} has {len(players)} player")
    rates = {p.name: keras.optimizers.Adam(0.01 * (i == mover)) for i, p in enumerate(players)}
    compiled(gan, optimizers=rates)
    before = [[v.numpy() for v in player.variables] for player in players]
    fit(gan, round_size(gan))
    for index, player in enumerate(players):
        for old, variable in zip(before[index], player.variables, strict=True):
            assert np.isfinite(variable.numpy()).all(), variable.path
            # Normalised again, a kernel at rest may still be rounded otherwise.
            moved = not np.allclose(variable.numpy(), old, rtol=1e-5, atol=1e-7)
            # A bias may rightly rest: the critic's last one cancels in Wasserstein's loss. (One
            # without any gradient makes Keras warn, and so this test fail.)
            if index != mover or variable.ndim > 1:
                assert moved == (index == mover), f"{player.name}: {variable.path}"


def test_graph_equals_eager(variant):
    results = []
    for eagerly in (False, True):
        gan = plain(variant.example())
        gan.run_eagerly = eagerly
        before = trained(gan)
        fit(gan, round_size(gan))
        results.append(trained(gan))
    assert_moved_alike(before, *results)


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(variant):
    first = compiled(variant.example())
    random.random()  # whatever else the process draws
    second = compiled(variant.example())
    assert_same(trained(first), trained(second))
    other = compiled(variant.from_config({**first.get_config(), "seed": 1}))
    assert any(np.abs(a - b).max() > 0 for a, b in zip(trained(first), trained(other), strict=True))
    for gan in (first, second):
        fit(gan, round_size(gan))
    # In one process layers are numbered on, and with their names summation orders may change.
    assert_same(trained(first), trained(second), rtol=1e-5, atol=1e-6)


def test_replicas_draw_different_noise(variant, two_replicas):
    if "latents" not in input_specs(variant.example()):
        pytest.skip(f"{variant.__name__} has no noise to draw")
    with two_replicas.scope():
        gan = compiled(variant.example())
    half = round_size(gan)
    same = batch_for(gan, half)
    both = two_replicas.experimental_distribute_values_from_function(lambda _: same)

    @tf.function
    def made():
        return two_replicas.run(
            lambda batch: gan.generate(gan.named_batch(batch), gan.draws()), args=(both,)
        )

    images = tf.nest.flatten(made())[0]
    first, second = (part.numpy() for part in two_replicas.experimental_local_results(images))
    assert np.abs(first - second).reshape(half, -1).max(axis=1).min() > 1e-6


def test_two_replicas_with_half_the_batch_equal_one_with_all(variant, two_replicas):
    one = plain(without_batch_statistics(variant))
    with two_replicas.scope():
        two = plain(without_batch_statistics(variant))
    before = trained(one)
    assert_same(before, trained(two))
    losses = [fit(gan, 2 * round_size(gan), batches=3) for gan in (one, two)]
    assert_moved_alike(before, trained(one), trained(two))
    for name, values in losses[0].items():
        np.testing.assert_allclose(values, losses[1][name], rtol=1e-4, atol=1e-5)


def test_saved_and_loaded_it_goes_on_as_if_nothing_had_happened(variant, tmp_path):
    straight = compiled(variant.example())
    data = dataset_for(straight, round_size(straight), 4)
    straight.fit(data, shuffle=False, verbose=0)
    broken = compiled(variant.example())
    broken.fit(data.take(2), shuffle=False, verbose=0)
    broken.save_weights(tmp_path / "gan.weights.h5")
    Checkpoints(tmp_path, broken).on_epoch_end(0)

    by_keras, by_us = compiled(variant.example()), compiled(variant.example())
    by_keras.load_weights(tmp_path / "gan.weights.h5")
    assert Checkpoints(tmp_path, by_us).restore() == 2
    for resumed in (by_keras, by_us):
        assert_same(trained(broken), trained(resumed))  # optimizer slots included
        resumed.fit(data.skip(2), shuffle=False, verbose=0)
        assert_same(trained(straight), trained(resumed), rtol=1e-5, atol=1e-6)


def test_samples_have_the_promised_shape_and_range(variant):
    gan = variant.example()
    seeds, condition = [0, 1, 2**63], condition_for(gan, 3)
    images = gan.sample(seeds, condition)
    assert images.shape == (3, *gan.image_shape) and images.dtype == np.float32
    assert np.abs(images).max() <= 1.0
    assert np.abs(images[0] - images[1]).max() > 0
    second = condition and {name: values[1:2] for name, values in condition.items()}
    np.testing.assert_allclose(gan.sample([1], second), images[1:2], atol=1e-6)


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_stays_finite(variant, precision):
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(precision)
    try:
        gan = compiled(variant.example())
    finally:
        keras.mixed_precision.set_global_policy(before)
    size = round_size(gan)
    start = trained(gan)
    history = fit(gan, size, batches=4)
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(np.isfinite(value).all() for value in trained(gan))
    assert any(np.abs(a - b).max() > 0 for a, b in zip(start, trained(gan), strict=True))
    scaled = [isinstance(o, keras.optimizers.LossScaleOptimizer) for o in gan.optimizers.values()]
    assert all(scaled) == any(scaled) == (precision == "mixed_float16")
    batch = gan.named_batch(batch_for(gan, size))
    scores = gan.critic(gan.shown(batch[gan.real_key], gan.draws()), batch)
    assert scores.dtype == tf.float32
    assert gan.sample([0], condition_for(gan, 1)).dtype == np.float32


def test_config_round_trip(variant):
    gan = variant.example()
    config = gan.get_config()
    again = variant.from_config(config)
    assert again.get_config() == config
    assert_same(
        weights([gan.generator, gan.discriminator]), weights([again.generator, again.discriminator])
    )


def test_the_exported_generator_equals_the_model_on_another_batch_size(variant, tmp_path):
    gan = compiled(variant.example())
    fit(gan, round_size(gan))
    # A young generator paints grey: stretched weights make differences show.
    for variable in gan.sampling_generator.variables:
        if variable.name == "kernel":
            variable.assign(variable * 20.0)
    loaded = tf.saved_model.load(str(saved_model(gan, tmp_path / "artefact")))
    latents, others = gan.latents_of(range(5)), gan.condition_inputs(condition_for(gan, 5), 5)
    inputs = {"latents": latents, **others}
    taken = {name: tf.constant(inputs[name]) for name in input_specs(gan)}
    images = loaded.signatures["serving_default"](**taken)["images"]
    assert images.numpy().std() > 0.1
    np.testing.assert_allclose(images, gan.images_of(latents, **others), atol=1e-5)
