"""Runs that go back after NaN, and data that break while they are read."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from kgan.data import _images
from kgan.errors import InputError
from kgan.runs.checkpoints import find_newest_step
from kgan.runs.finite import NotFinite
from kgan.runs.parse import parse
from kgan.training import train
from tests.games import assert_same

POINTS = {
    "model": {"name": "gan", "network": "mlp_points", "width": 8, "latent_size": 4},
    "data": {"source": "ring", "count": 200},
    "training": {
        "batch_size": 8,
        "epochs": 2,
        "steps_per_epoch": 4,
        "samples": 4,
        "checkpoint_steps": 3,
    },
}


class Poison(keras.callbacks.Callback):
    """Puts NaN into the generator after a step, as long as the run went back less often."""

    def __init__(self, step, times):
        super().__init__()
        self.poisoned_step, self.times = step, times

    def on_train_batch_end(self, batch, logs=None):
        gan = self.model
        if gan.rounds == self.poisoned_step and int(gan.rollbacks.numpy()) < self.times:
            last = gan.generator.trainable_variables[-1]  # past rectifiers, which make NaN a 0
            last.assign(last + np.nan)


class Killed(Exception):
    pass


class Kill(keras.callbacks.Callback):
    """Ends a run without a word when it has gone back, and played on to a step."""

    def __init__(self, step):
        super().__init__()
        self.last_step = step

    def on_train_batch_end(self, batch, logs=None):
        if self.model.rounds == self.last_step and int(self.model.rollbacks.numpy()) == 1:
            raise Killed


def points(*arguments):
    return parse(list(arguments), [POINTS])


def state(gan):
    return [variable.numpy() for group in gan.state().values() for variable in group]


@pytest.fixture(scope="module")
def gone_back(tmp_path_factory):
    """Returns a run that was poisoned after its fifth step, and went back to its fourth."""
    folder = tmp_path_factory.mktemp("runs") / "gone_back"
    return train(points("--training.rollbacks", "2"), folder, [Poison(5, times=1)]), folder


def test_a_run_goes_back_and_on_with_other_noise(gone_back, tmp_path, capfd):
    folder = tmp_path / "run"
    gan = train(points("--training.rollbacks", "1"), folder, [Poison(5, times=1)])
    assert (gan.rounds, int(gan.rollbacks.numpy())) == (8, 1)
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("Not finite")]
    assert len(told) == 1
    assert told[0].endswith(
        " at step 6. Back to step 4, and on with other noise (rollback 1 of 1)."
    )
    assert_same(state(gan), state(gone_back[0]), rtol=1e-5, atol=1e-6)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["step"]) for line in lines] == [(1, 4), (2, 8)]
    undisturbed = train(points(), tmp_path / "undisturbed")
    apart = [
        np.abs(a - b).max() for a, b in zip(state(gan)[:2], state(undisturbed)[:2], strict=True)
    ]
    assert min(apart) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("step", [5, 7])  # before and after the first checkpoint since
def test_killed_in_between_it_plays_the_same_again(gone_back, tmp_path, step):
    config, poison = points("--training.rollbacks", "2"), Poison(5, times=1)
    with pytest.raises(Killed):
        train(config, tmp_path, [poison, Kill(step)])
    assert find_newest_step(tmp_path) == (4 if step == 5 else 7)
    gan = train(config, tmp_path, [poison])
    assert_same(state(gan), state(gone_back[0]), rtol=1e-5, atol=1e-6)


def test_it_goes_back_so_often_and_no_more(tmp_path, capfd):
    with pytest.raises(NotFinite, match=r"^Expected finite losses .*\. Received: .*step 6"):
        train(points("--training.rollbacks", "2"), tmp_path, [Poison(5, times=99)])
    assert [part[0] for part in capfd.readouterr().err.split("(rollback ")[1:]] == ["1", "2"]
    assert find_newest_step(tmp_path) == 4
    # One more than was allowed is another start, and not another configuration.
    gan = train(points("--training.rollbacks", "3"), tmp_path, [Poison(5, times=3)])
    assert (gan.rounds, int(gan.rollbacks.numpy())) == (8, 3)


def test_without_a_checkpoint_there_is_no_way_back(tmp_path):
    with pytest.raises(NotFinite, match=r"from the \w+ at step 2"):
        train(points("--training.rollbacks", "9"), tmp_path, [Poison(1, times=99)])


@pytest.mark.slow
def test_a_thousand_pictures_of_which_five_are_bad_and_one_breaks_later(
    tmp_path, monkeypatch, capfd, random
):
    monkeypatch.setattr(_images, "_MEMORY", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    photos = tmp_path / "photos"
    photos.mkdir()
    for number, pixels in enumerate(random.integers(0, 256, (1000, 16, 16, 1), np.uint8)):
        Image.fromarray(pixels[..., 0]).save(photos / f"{number:03}.png")
    whole = (photos / "000.png").read_bytes()
    (photos / "100.png").write_bytes(whole[:150])
    (photos / "200.png").write_bytes(whole[:90] + bytes([whole[90] ^ 0xFF]) + whole[91:])
    (photos / "300.png").write_bytes(b"")
    (photos / "400.png").write_text("not a picture")
    (photos / "500.png").unlink()
    (photos / "500.png").symlink_to("nowhere.png")

    class Break(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                for path in photos.iterdir():
                    path.rename(photos / f"{path.stem}.gone")

    sections = {
        "model": {"name": "gan", "network": "mlp", "width": 4, "latent_size": 4},
        "data": {"source": str(photos), "size": 16},
        "training": {"batch_size": 16, "epochs": 2, "steps_per_epoch": 12, "samples": 4},
    }
    config = parse([], [sections])
    with pytest.raises(InputError) as told:
        train(config, tmp_path / "run", [Break()])
    message = str(told.value)
    assert message.startswith("Expected the picture that was readable at the start. Received: ")
    assert str(photos) in message and "Put it back, and resume." in message and "\n" not in message
    assert told.value.__cause__ is None and told.value.__suppress_context__
    said = capfd.readouterr().out
    assert "5 of 1000 pictures skipped: 100.png (" in said
    assert all(f"{number}.png (" in said for number in (200, 300, 400, 500))
    assert find_newest_step(tmp_path / "run") == 12
    for path in photos.iterdir():
        path.rename(photos / f"{path.stem}.png")
    assert train(config, tmp_path / "run").rounds == 24
    assert "count: 995" in (tmp_path / "run" / "config.yaml").read_text()
