"""Starting from another run: what is taken, what begins anew, and what is refused."""

import shutil

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.export import provenance
from kgan.models import ACGAN, CGAN, DCGAN, R1GAN, CycleGAN
from kgan.runs import RunConfig, load_run, start_from
from kgan.runs.parse import parse
from kgan.runs.start import Start, take_weights
from kgan.training import train
from tests.games import assert_same, compiled, fit, weights
from tests.small_runs import without_tracing

SMALL = {
    "model": {"name": "dcgan", "width": 4, "latent_size": 8},
    "data": {"source": "digits", "size": 16},
    "training": {"batch_size": 8, "epochs": 1, "steps_per_epoch": 1, "samples": 4},
}
LABELLED = {**SMALL, "model": {"name": "cgan", "width": 4, "latent_size": 8}}


def small(*arguments, layers=SMALL):
    return parse(list(arguments), [layers])


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "origin"
    with without_tracing():
        train(small(), folder)
    return folder


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "labelled"
    with without_tracing():
        train(small(layers=LABELLED), folder)
    return folder


def small_gan(variant=DCGAN, **options):
    return variant(**{"image_shape": (16, 16, 1), "latent_size": 8, "width": 4, **options})


def networks(gan):
    return [gan.generator, gan.discriminator]


# ---- What is taken ---------------------------------------------------------------------------


def test_weights_are_taken_and_optimizers_and_the_round_are_not(origin):
    gan = small_gan(seed=3, ema_half_life=10)
    gan.compile()
    start = start_from(gan, origin)
    other, _ = load_run(origin)
    assert start == Start(("generator", "discriminator", "ema_generator"), 1, ())
    assert_same(weights(networks(gan)), weights(networks(other)))
    # The other run has no average: its generator is what the average begins with.
    assert_same(weights([gan.ema_generator]), weights([other.generator]))
    assert gan.rounds == 0
    moments = [v.numpy() for v in gan.optimizers["generator"].variables if v.ndim > 1]
    assert moments and all(not np.any(one) for one in moments)


def test_another_variant_whose_weights_fit_may_start(origin):
    gan = small_gan(R1GAN, network="dcgan")
    start_from(gan, origin)
    assert_same(weights(networks(gan)), weights(networks(load_run(origin)[0])))


def test_classes_of_the_same_name_are_taken_and_others_start_anew(labelled):
    gan = small_gan(CGAN, classes=("9", "zebra", "0"), seed=3)
    before = weights(networks(gan))
    start = start_from(gan, labelled)
    assert start.new_classes == ("zebra",)
    for old, new, other in zip(
        before, weights(networks(gan)), weights(networks(load_run(labelled)[0])), strict=True
    ):
        if new.shape == other.shape:
            np.testing.assert_array_equal(new, other)
        else:  # the embeddings
            assert (new.shape[0], other.shape[0]) == (3, 10)
            np.testing.assert_array_equal(new, [other[9], old[1], other[0]])


def test_a_class_that_is_no_row_but_a_column_is_taken_too(tmp_path):
    """ACGAN's critic has an output for each class."""
    layers = {**LABELLED, "model": {**LABELLED["model"], "name": "acgan"}}
    with without_tracing():
        train(small(layers=layers), tmp_path / "run")
    gan, (other, _) = small_gan(ACGAN, classes=("new", "4")), load_run(tmp_path / "run")
    start_from(gan, tmp_path / "run")
    kernels = [one.discriminator.get_layer("logits").kernel.numpy() for one in (gan, other)]
    np.testing.assert_array_equal(kernels[0][:, 1], kernels[1][:, 4])


def test_all_networks_of_a_translator_are_taken():
    """At another size of pictures, which its networks do not depend on; its pools start empty."""
    gan, other = CycleGAN.example(image_shape=(32, 32, 1)), CycleGAN.example(seed=5)
    other.pools["a"].images.assign(np.ones_like(other.pools["a"].images))
    start = take_weights(gan, other)
    assert set(start.networks) >= {"generator_to_a", "discriminator_of_a"}
    ours, theirs = (
        [network for player in one.players() for network in player.networks] for one in (gan, other)
    )
    assert_same(weights(ours), weights(theirs))
    assert not gan.pools["a"].images.numpy().any()


# ---- What cannot fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: small_gan(width=8),
            r"generator weights kernel of shape \(8, 256\).*Received: .*\(8, 128\) \(.*origin\)",
        ),
        (lambda: small_gan(latent_size=9), r"\(9, 128\).*\(8, 128\)"),
        (lambda: small_gan(image_shape=(16, 16, 3)), r"\(4, 4, 3, 4\).*\(4, 4, 1, 4\)"),
        (lambda: small_gan(image_shape=(32, 32, 1)), r"shape \(8, 256\).*shape \(8, 128\)"),
        (lambda: small_gan(CGAN), "weights embeddings of shape"),
        (CycleGAN.example, r"kernel of shape \(7, 7, 1, 4\).*\(8, 128\)"),
    ],
)
def test_what_cannot_fit_is_refused_and_changes_nothing(origin, make, message):
    gan = make()
    before = gan.get_weights()
    with pytest.raises(InputError, match=message) as caught:
        start_from(gan, origin)
    assert "\n" not in str(caught.value)
    assert_same(before, gan.get_weights())


def test_pictures_of_a_turned_shape_are_refused():
    """A dense layer has as many numbers for 16x32 as for 32x16, in another order."""
    theirs, ours = (small_gan(image_shape=shape) for shape in ((16, 32, 1), (32, 16, 1)))
    before = ours.get_weights()
    with pytest.raises(InputError, match=r"generator maps of .*choose a --data.size of that run"):
        take_weights(ours, theirs)
    assert_same(before, ours.get_weights())


def test_networks_that_the_other_run_lacks_are_refused(origin):
    from kgan.models import BiGAN

    with pytest.raises(InputError, match=r"weights .*Received: "):
        start_from(small_gan(BiGAN), origin)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--training.freeze", "2"], "Give --start_from RUN"),
        (["--training.start_from", "nowhere"], "Expected the folder of a run"),
        (["--training.freeze", "-1", "--training.start_from", "x"], r"training\.freeze >= 0"),
        (["--training.freeze", "[1]", "--training.start_from", "x"], r"a number of the .*\[1\]"),
    ],
)
def test_a_run_refuses_and_leaves_nothing(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        train(small(*arguments), tmp_path / "run")
    assert not (tmp_path / "run").exists()


# ---- Freezing --------------------------------------------------------------------------------


def test_frozen_layers_keep_their_weights_and_the_rest_learns(origin):
    gan = small_gan(seed=3)
    start_from(gan, origin, freeze=2)
    gan.compile()
    layers = [layer for layer in gan.discriminator.layers if layer.weights]
    assert [layer.trainable for layer in layers[:3]] == [False, False, True]
    before = [weights([layer]) for layer in layers]
    fit(gan)
    after = [weights([layer]) for layer in layers]
    for frozen in (0, 1):
        assert_same(before[frozen], after[frozen])
    assert np.abs(after[-1][0] - before[-1][0]).max() > 0
    assert all(layer.trainable for layer in gan.generator.layers)


def test_a_players_layers_may_be_named(origin):
    gan = small_gan()
    start_from(gan, origin, freeze={"generator": 1})
    assert [layer.trainable for layer in gan.generator.layers if layer.weights][:2] == [False, True]
    assert all(layer.trainable for layer in gan.discriminator.layers)


@pytest.mark.parametrize(
    "freeze, message",
    [
        (9, r"fewer than the \d layers with weights of discriminator. Received: freeze=9"),
        ({"critic": 1}, "Unknown player to freeze. Received: 'critic'"),
        ({"generator": -1}, "freeze >= 0"),
    ],
)
def test_what_cannot_be_frozen_is_refused_and_nothing_is_taken(origin, freeze, message):
    gan = small_gan(seed=3)
    before = gan.get_weights()
    with pytest.raises(InputError, match=message):
        start_from(gan, origin, freeze=freeze)
    assert_same(before, gan.get_weights())


def test_a_compiled_model_cannot_be_frozen(origin):
    with pytest.raises(InputError, match="before compile"):
        start_from(compiled(small_gan()), origin, freeze=1)


# ---- Runs ------------------------------------------------------------------------------------


def test_a_run_says_where_it_began_and_goes_on_without_it(origin, tmp_path, capsys):
    lent = shutil.copytree(origin, tmp_path / "lent")
    line = ["--training.start_from", str(lent), "--training.freeze", "2"]
    with without_tracing():
        train(small(*line), tmp_path / "run")
        assert f"Starting from {lent} at its step 1: generator, discriminator." in (
            capsys.readouterr().out
        )
        shutil.rmtree(lent)
        train(small(*line, "--training.epochs", "2"), tmp_path / "run")
    assert "Starting from" not in capsys.readouterr().out
    config = RunConfig.load(tmp_path / "run" / "config.yaml")
    assert (config.training.start_from, config.training.freeze) == (str(lent), 2)
    gan, _ = load_run(tmp_path / "run")
    assert gan.rounds == 2
    layers = [layer for layer in gan.discriminator.layers if layer.weights]
    frozen = [layer for layer in load_run(origin)[0].discriminator.layers if layer.weights]
    assert_same(weights(layers[:2]), weights(frozen[:2]))
    _, told = provenance.load(tmp_path / "run")
    assert told.origin == "the run lent; the critic's first 2 layers kept its weights"
    assert provenance.load(origin)[1].origin is None


def test_the_command_line_has_both_options_at_the_top(origin, tmp_path, capsys, monkeypatch):
    from kgan.cli import main

    monkeypatch.chdir(origin.parent)
    line = ["train", "dcgan_digits", "--start_from", "origin", "--freeze", "1", "--print_config"]
    assert main(line) == 0
    out = capsys.readouterr().out
    assert f"start_from: {origin}\n" in out and "freeze: 1\n" in out
    assert main(["train", "dcgan_digits", "--help"]) == 0
    assert "--start_from RUN" in capsys.readouterr().out
