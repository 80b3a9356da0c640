"""A run's folder is ours alone, or left as it was."""

import fcntl
import os
import pathlib

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.runs.config import RunConfig, Training
from kgan.runs.folder import lock_run
from kgan.runs.parse import parse

BARE = {"model": {"name": "dcgan"}, "data": {"source": "digits"}}


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in pathlib.Path(folder).rglob("*")
    }


def refused(folder, config):
    with pytest.raises(InputError) as caught, lock_run(folder, config):
        pytest.fail("It was locked.")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def config():
    return parse([], [BARE])


@pytest.fixture
def begun(tmp_path, config):
    with lock_run(tmp_path / "run", config) as earlier:
        assert earlier is None
        config.save(tmp_path / "run" / "config.yaml")
    return tmp_path / "run"


def test_a_run_is_found_again(begun, config):
    with lock_run(begun, config) as earlier:
        assert earlier == config


def test_what_fails_before_it_begins_leaves_nothing(tmp_path, config):
    for folder, rest in ((tmp_path / "runs" / "a", []), (tmp_path / "empty", ["empty"])):
        for name in rest:
            (tmp_path / name).mkdir()
        with pytest.raises(ValueError, match="bad data"), lock_run(folder, config):
            raise ValueError("bad data")
        assert sorted(contents(tmp_path)) == rest


def test_what_fails_later_leaves_the_run(begun, config):
    before = contents(begun)
    with pytest.raises(ValueError, match="NaN"), lock_run(begun, config):
        raise ValueError("NaN")
    assert contents(begun) == before


def test_another_configuration_is_refused_by_key(begun):
    before = contents(begun)
    message = refused(begun, parse(["--model.width", "8"], [BARE]))
    assert f"{begun} was made with: model.width=None. Received: model.width=8." in message
    message = refused(begun, parse(["--data.source", str(begun)], [BARE]))
    assert f"data.source=digits. Received: data.source={begun}." in message  # the cause first
    assert contents(begun) == before


def test_more_epochs_are_the_same_run_unless_a_schedule_ends_with_them(tmp_path, begun):
    with lock_run(begun, parse(["--training.epochs", "500"], [BARE])) as earlier:
        assert earlier.training.epochs == 100
    linear = ["--training.schedule", "linear"]
    with lock_run(tmp_path / "linear", parse(linear, [BARE])):
        parse(linear, [BARE]).save(tmp_path / "linear" / "config.yaml")
    message = refused(tmp_path / "linear", parse([*linear, "--training.epochs", "500"], [BARE]))
    assert "training.epochs=100. Received: training.epochs=500." in message


def test_a_foreign_folder_and_a_file_stay_as_they_are(tmp_path, config):
    (tmp_path / "thesis.tex").write_text("years of work")
    before = contents(tmp_path)
    assert f"Received: {tmp_path}, which holds thesis.tex. Choose" in refused(tmp_path, config)
    message = refused(tmp_path / "thesis.tex", config)
    assert message == f"Expected a folder for --out. Received: the file {tmp_path}/thesis.tex."
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_made_or_written_is_refused(tmp_path, config, monkeypatch):
    assert "that can be written. Received: /proc/run (No such file" in refused("/proc/run", config)

    really_open = os.open

    def read_only(path, *rest, **options):
        if str(path).endswith(".lock"):
            raise PermissionError(13, "Permission denied")
        return really_open(path, *rest, **options)

    monkeypatch.setattr(os, "open", read_only)  # root may write anywhere
    assert f"Received: {tmp_path} (Permission denied)." in refused(tmp_path, config)
    assert contents(tmp_path) == {}
    assert "(Permission denied)" in refused(tmp_path / "runs" / "new", config)
    assert contents(tmp_path) == {}


def test_two_processes_cannot_hold_one_folder(begun, config):
    before = contents(begun)
    other = os.open(begun / ".lock", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    try:
        assert f"Received: {begun}, locked. Wait for the other" in refused(begun, config)
        assert contents(begun) == before
    finally:
        os.close(other)
    with lock_run(begun, config):
        assert "locked" in refused(begun, config)


def test_the_lock_of_a_run_that_is_just_beginning_is_left_alone(tmp_path, config):
    with lock_run(tmp_path / "run", config):
        refused(tmp_path / "run", config)
        assert sorted(contents(tmp_path)) == ["run", "run/.lock"]


def test_litter_is_swept_and_other_hidden_files_are_not(begun, config):
    (begun / "samples").mkdir()
    litter = [
        ".metrics-abc_1234.jsonl",
        ".config-abcd1234.yaml",
        "samples/.epoch_0012-abcd1234.png",
    ]
    for name in [*litter, ".notes", "samples/.keep-abcd1234.png"]:
        (begun / name).write_text("half")
    with lock_run(begun, config):
        names = set(contents(begun))
    assert names == {".lock", ".notes", "config.yaml", "samples", "samples/.keep-abcd1234.png"}


def test_a_start_killed_before_its_config_was_whole_is_no_run(tmp_path, config):
    (tmp_path / ".config-abcd1234.yaml").write_text("half")
    (tmp_path / ".lock").touch()
    with lock_run(tmp_path, config) as earlier:
        assert earlier is None


def test_a_config_of_pythons_own_types_is_the_same_when_it_is_read_back(tmp_path):
    model = {"name": "dcgan", "latent_size": np.int64(8), "sizes": (1, 2), "rates": np.ones(2)}
    data = {"source": pathlib.Path("/photos"), "channels": None}
    config = RunConfig(model, data, Training(learning_rate={"generator": np.float32(0.5)}))
    with lock_run(tmp_path / "run", config):
        config.save(tmp_path / "run" / "config.yaml")
    with lock_run(tmp_path / "run", config) as earlier:
        assert earlier.sections() == config.sections()


@pytest.mark.parametrize("kind", ["symlink", "dangling", "hard", "folder"])
def test_a_lock_that_is_another_file_is_neither_followed_nor_emptied(tmp_path, config, kind):
    target, lock = tmp_path / "target", tmp_path / "run" / ".lock"
    target.write_text("mine")
    lock.parent.mkdir()
    if kind == "folder":
        lock.mkdir()
    elif kind == "hard":
        lock.hardlink_to(target)
    else:
        lock.symlink_to(target if kind == "symlink" else tmp_path / "nowhere")
    assert "a link or a folder" in refused(lock.parent, config)
    assert target.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_lock_keeps_what_is_in_it(tmp_path, config):
    (tmp_path / ".lock").write_text("mine")
    with lock_run(tmp_path, config):
        assert (tmp_path / ".lock").read_text() == "mine"
        (tmp_path / "config.yaml").touch()
    assert (tmp_path / ".lock").read_text() == "mine"
