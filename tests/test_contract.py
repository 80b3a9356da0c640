"""What every registered variant promises. A new variant is enrolled by existing."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import networks
from kgan.augmentation import Augmentation
from kgan.errors import InputError
from kgan.export import c_api, saved_model
from kgan.export.verification import EXAMPLES
from kgan.losses.regularizers import Regularizer
from kgan.models.core.sampling import without_graph_rewrites
from kgan.registry import MODELS, arguments_of
from kgan.runs.checkpoints import Checkpoints
from kgan.saved_model import safety
from tests.games import (
    assert_moved_alike,
    assert_same,
    batch_for,
    dataset_for,
    fit,
    plain,
    weights,
)

# What a graph adds to the others is a slow test.
IN_GRAPHS = ("dcgan", "language_model", "wgan_gp")


def each_variant(slow=lambda name: False):
    """All variants as parameters. One worker plays all tests of one: they share what is traced."""
    return [
        pytest.param(name, marks=[pytest.mark.xdist_group(name)] + [pytest.mark.slow] * slow(name))
        for name in MODELS.entries()
    ]


@pytest.fixture(scope="module", params=each_variant())
def variant(request):
    yield MODELS.get(request.param)


@pytest.fixture(params=each_variant(slow=lambda name: name not in IN_GRAPHS))
def in_a_graph(request):
    """A variant, for a test that traces a graph of its own."""
    yield MODELS.get(request.param)


class Game:
    """A compiled example that is traced once, for all tests that do not need their own.

    Its optimizers keep momentum, so that they have a state; see `plain` for why not Adam. The
    paper's own train in half precision below.
    """

    def __init__(self, variant):
        self.gan = plain(variant.example(), momentum=0.5)
        self.start = trained(self.gan)
        self.traces = 0
        self._named_batch = self.gan.name_batch
        self.gan.name_batch = self._counting

    def _counting(self, data):
        self.traces += tf.inside_function()
        return self._named_batch(data)

    def rewind(self):
        """Takes weights, optimizers and the round back to the start."""
        for variable, value in zip(variables(self.gan), self.start, strict=True):
            variable.assign(value)


@pytest.fixture(scope="module")
def traced(variant):
    return Game(variant)


@pytest.fixture
def game(traced):
    """The game at its start, in a graph that TensorFlow does not rewrite.

    Rewriting takes up to half of a first round, and sums in other orders, not always the same.
    """
    traced.rewind()
    with without_graph_rewrites():
        yield traced


def eager(gan):
    gan.run_eagerly = True
    return gan


def variables(gan):
    """All that training changes, but for the means that are logged, which begin again each fit."""
    groups = (group for role, group in gan.state().items() if role != "mean_losses")
    return [variable for group in groups for variable in group]


def trained(gan):
    return [variable.numpy() for variable in variables(gan)]


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


def assert_same_losses(first, second):
    for name, values in first.items():
        np.testing.assert_allclose(values, second[name], rtol=1e-4, atol=1e-5)


def condition_for(gan, count):
    return gan.condition_in(gan.name_batch(batch_for(gan, count)))


def test_it_cites_its_paper(variant):
    assert "arXiv:" in variant.__doc__ or "doi:" in variant.__doc__
    assert len(variant.__doc__.split("\n")[0]) <= 100


@pytest.mark.in_full
def test_one_trace_over_several_rounds(game):
    fit(game.gan, round_size(game.gan), batches=4, epochs=2)
    assert game.traces == 1
    assert game.gan.rounds == 8


@pytest.mark.in_full
def test_a_players_variables_move_while_the_opponents_stay(game):
    players = game.gan.players()
    for mover in players:
        game.rewind()
        for player in players:
            game.gan.optimizers[player.name].learning_rate = 1.0 * (player is mover)
        before = [[v.numpy() for v in player.variables] for player in players]
        movers = {id(v) for v in mover.variables}  # which another player may move too
        fit(game.gan, round_size(game.gan))
        for values, player in zip(before, players, strict=True):
            for old, variable in zip(values, player.variables, strict=True):
                assert np.isfinite(variable.numpy()).all(), variable.path
                # Normalised again, a kernel at rest may still be rounded otherwise.
                moved = not np.allclose(variable.numpy(), old, rtol=1e-5, atol=1e-7)
                # A bias may rightly rest: the critic's last one cancels in Wasserstein's loss.
                # (One without any gradient makes Keras warn, and so this test fail.)
                moves = id(variable) in movers
                if not moves or variable.ndim > 1:
                    assert moved == moves, f"{player.name}: {variable.path}"
    assert game.traces == 1


def check_against_eager(graph):
    aside = eager(plain(type(graph).example(), momentum=0.5))
    before = trained(graph)
    losses = [fit(gan, round_size(gan)) for gan in (graph, aside)]
    assert_moved_alike(before, trained(graph), trained(aside))
    assert_same_losses(*losses)


@pytest.mark.in_full
def test_graph_equals_eager(game):
    check_against_eager(game.gan)


def test_a_graph_that_tensorflow_rewrites_equals_eager(in_a_graph):
    check_against_eager(plain(in_a_graph.example(), momentum=0.5))


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(variant, game):
    random.random()  # whatever else the process draws
    again = plain(variant.example(), momentum=0.5)
    assert_same(game.start, trained(again))
    other = plain(variant.from_config({**again.get_config(), "seed": again.seed + 1}), momentum=0.5)
    pairs = zip(game.start, trained(other), strict=True)
    assert any(np.abs(a - b).max() > 0 for a, b in pairs)


@pytest.mark.in_full
def test_replicas_draw_different_noise(variant, two_replicas):
    if not variant.example().takes_latents or "index" in variant.batch_keys():
        pytest.skip(f"{variant.__name__} has no noise to draw")
    with two_replicas.scope():
        gan = plain(variant.example())
        gan.step.assign(100)  # past rounds in which nothing is generated yet
    half = round_size(gan)
    same = batch_for(gan, half)
    both = two_replicas.experimental_distribute_values_from_function(lambda _: same)
    made = two_replicas.run(
        lambda batch: gan.generate(gan.name_batch(batch), gan.random_stream()), args=(both,)
    )
    images = tf.nest.flatten(made)[0]
    first, second = (part.numpy() for part in two_replicas.experimental_local_results(images))
    assert np.abs(first - second).reshape(half, -1).max(axis=1).min() > 1e-6


def check_two_replicas(variant, two_replicas, eagerly):
    one = eager(plain(without_batch_statistics(variant)))  # a graph makes the same, as was shown
    with two_replicas.scope():
        two = plain(without_batch_statistics(variant))
    two.run_eagerly = eagerly
    before = trained(one)
    assert_same(before, trained(two))
    with without_graph_rewrites():
        losses = [fit(gan, 2 * round_size(gan)) for gan in (one, two)]
    assert_moved_alike(before, trained(one), trained(two))
    assert_same_losses(*losses)


@pytest.mark.in_full
def test_two_replicas_with_half_the_batch_equal_one_with_all(variant, two_replicas):
    check_two_replicas(variant, two_replicas, eagerly=True)


def test_two_replicas_in_a_graph_equal_one_with_all(in_a_graph, two_replicas):
    check_two_replicas(in_a_graph, two_replicas, eagerly=False)


@pytest.mark.in_full
def test_saved_and_loaded_it_goes_on_as_if_nothing_had_happened(variant, game, tmp_path):
    straight = game.gan
    data = dataset_for(straight, round_size(straight), 4)
    straight.fit(data.take(2), shuffle=False, verbose=0)
    halfway = trained(straight)
    straight.save_weights(tmp_path / "gan.weights.h5")
    Checkpoints(tmp_path, straight).save()
    straight.fit(data.skip(2), shuffle=False, verbose=0)

    by_keras, by_us = (plain(variant.example(), momentum=0.5) for _ in range(2))
    by_keras.load_weights(tmp_path / "gan.weights.h5")
    assert Checkpoints(tmp_path, by_us).restore() == 2
    for resumed in (by_keras, by_us):
        assert_same(halfway, trained(resumed))  # optimizer slots included
    after = trained(straight)
    straight.load_weights(tmp_path / "gan.weights.h5")  # after it went on, into what is traced
    straight.fit(data.skip(2), shuffle=False, verbose=0)
    assert_same(after, trained(straight))
    assert game.traces == 1

    by_us.fit(data.skip(2), shuffle=False, verbose=0)
    assert_same(after, trained(by_us))
    for variable, value in zip(variables(by_us), game.start, strict=True):
        variable.assign(value)
    by_us.fit(data.take(2), shuffle=False, verbose=0)  # the seed's training, not the instance's
    assert_same(halfway, trained(by_us))


def test_samples_have_the_promised_shape_and_range(game):
    gan = game.gan
    seeds, condition = [0, 1, 2**63], condition_for(gan, 3)
    images = gan.sample(seeds, condition)
    assert images.shape == (3, *gan.image_shape) and images.dtype == gan.output_dtype
    low, high = (0, gan.vocabulary - 1) if gan.output_kind == "tokens" else (-1.0, 1.0)
    assert low <= images.min() and images.max() <= high
    assert np.abs(images[0] - images[1]).max() > 0
    second = condition and {name: values[1:2] for name, values in condition.items()}
    np.testing.assert_allclose(gan.sample([1], second), images[1:2], atol=1e-6)


OPTIONS = {
    "network": ("dcgan", networks, "get_pair"),
    "regularizers": ({"r1": {"weight": 1.0}}, Regularizer, "__call__"),
    "augmentations": ({"instance_noise": {}}, Augmentation, "__call__"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_is_used_or_refused(variant, name, monkeypatch):
    value, owner, function = OPTIONS[name]
    original, calls = getattr(owner, function), []

    def record(*arguments, **options):
        calls.append(name)
        return original(*arguments, **options)

    monkeypatch.setattr(owner, function, record)
    if name not in arguments_of(variant):
        return
    if name in variant.unused_options:
        with pytest.raises(InputError, match=f"Expected no {name} for {variant.__name__}"):
            variant.example(**{name: value})
        return
    gan = variant.example(**{name: value})
    if name != "network":
        batch, rng = gan.name_batch(batch_for(gan, 4)), gan.random_stream()
        gan.discriminator_loss(batch, gan.generate(batch, rng), rng)
    assert calls


def check_half_precision(variant, precision, eagerly):
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(precision)
    try:
        gan = variant.example()
        gan.compile()  # with the paper's optimizers
    finally:
        keras.mixed_precision.set_global_policy(before)
    size = round_size(gan)
    start = trained(gan)
    gan.run_eagerly = eagerly
    # A float16 loss may take some rounds until its scale fits.
    with without_graph_rewrites():
        history = fit(gan, size, batches=2 if precision == "mixed_bfloat16" else 4)
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(np.isfinite(value).all() for value in trained(gan))
    assert any(np.abs(a - b).max() > 0 for a, b in zip(start, trained(gan), strict=True))
    scaled = [isinstance(o, keras.optimizers.LossScaleOptimizer) for o in gan.optimizers.values()]
    assert all(scaled) == any(scaled) == (precision == "mixed_float16")
    batch = gan.name_batch(batch_for(gan, size))
    fake = gan.generate(batch, gan.random_stream())
    for player in gan.players():
        losses = player.loss(batch, fake, gan.random_stream())
        assert {name: loss.dtype for name, loss in losses.items()} == dict.fromkeys(
            losses, tf.float32
        )
    assert gan.sample([0], condition_for(gan, 1)).dtype == gan.output_dtype


@pytest.mark.parametrize(
    "precision", ["mixed_float16", pytest.param("mixed_bfloat16", marks=pytest.mark.slow)]
)
def test_half_precision_stays_finite(variant, precision):
    check_half_precision(variant, precision, eagerly=True)


def test_half_precision_in_a_graph_stays_finite(in_a_graph):
    # A second graph would refuse no type that this one takes.
    check_half_precision(in_a_graph, "mixed_float16", eagerly=False)


def test_config_round_trip(variant, game):
    gan = game.gan
    config = gan.get_config()
    again = variant.from_config(config)
    assert again.get_config() == config
    networks = [[n for player in game.players() for n in player.networks] for game in (gan, again)]
    assert_same(*map(weights, networks))


@pytest.mark.in_full
def test_held_out_data_move_nothing_and_have_the_losses_of_training(game):
    gan = game.gan
    names = set(fit(gan, round_size(gan), batches=1))
    before = trained(gan)
    gan.run_eagerly, gan.test_function = True, None
    try:
        losses = gan.evaluate(dataset_for(gan, round_size(gan), 1), verbose=0)
    finally:
        gan.run_eagerly, gan.test_function = False, None
    assert set(losses) == names and np.isfinite(list(losses.values())).all()
    assert_same(before, trained(gan))


@pytest.mark.in_full
def test_a_keras_file_holds_the_whole_model(game, tmp_path):
    game.gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert type(again) is type(game.gan) and again.get_config() == game.gan.get_config()
    assert_same(game.start, trained(again))


@pytest.mark.in_full
def test_the_exported_generator_equals_the_model_on_another_batch_size(game, tmp_path):
    gan = game.gan
    fit(gan, round_size(gan))
    # A young generator paints grey: stretched weights make differences show.
    for variable in gan.sampling_generator.variables:
        if variable.name == "kernel":
            variable.assign(variable * 20.0)
    saved_model.write(gan, tmp_path, "artefact")  # tests/export proves one of each family
    meta = safety.read_meta_graph(tmp_path, "artefact")  # kgan serve takes it
    safety.check_portable(meta, "artefact")
    declared = gan.signatures()
    assert set(safety.get_signatures(meta)) == set(declared)
    with np.load(tmp_path / EXAMPLES) as arrays:
        made = c_api.unpack(arrays)
    for name, signature in declared.items():
        for rows in (2, 1):
            outputs = made[f"made/{name}/{rows}"]
            assert set(outputs) == set(signature.gives)
            for key, value in outputs.items():
                assert len(value) == rows
                assert value.dtype in (np.float32, np.uint8, np.int32, object)
                assert (value.dtype == object) == (key in ("image_bytes", "audio_bytes", "text"))
    loaded = tf.saved_model.load(str(tmp_path))
    latents, others = gan.latents_of(range(5)), gan.read_condition(condition_for(gan, 5), 5)
    inputs = {"latents": latents, **others}
    taken = {name: tf.constant(inputs[name]) for name in declared["serving_default"].inputs}
    images = loaded.signatures["serving_default"](**taken)[gan.output_kind]
    assert images.numpy().std() > 0.1
    np.testing.assert_allclose(images, gan.images_of(latents, **others), atol=1e-5)
