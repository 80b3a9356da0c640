"""Two folders as two sides."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan.data
from kgan.data._unpaired import unpaired_source
from kgan.errors import InputError


def fill(folder, values):
    folder.mkdir(parents=True, exist_ok=True)
    for value in values:
        Image.new("RGB", (8, 8), (value,) * 3).save(folder / f"{value:03}.png")
    return folder


def test_folders_of_different_lengths(tmp_path):
    a, b = fill(tmp_path / "a", range(5)), fill(tmp_path / "b", range(100, 112))
    source = unpaired_source(f"{a},{b}", size=4)
    assert source.sides == (5, 12) and source.count == 12
    assert source.spec == {key: tf.TensorSpec((4, 4, 3), tf.uint8) for key in "ab"}
    batches = list(source.stream(4, seed=0).take(3).as_numpy_iterator())
    assert sorted(np.concatenate([batch["b"][:, 0, 0, 0] for batch in batches])) == [
        *range(100, 112)
    ]
    assert {value for batch in batches for value in batch["a"][:, 0, 0, 0]} == set(range(5))


def test_a_dataset_with_options(tmp_path):
    a, b = fill(tmp_path / "a", [3]), fill(tmp_path / "b", [5])
    batch = next(iter(kgan.data.unpaired(f"{a}, {b}", size=2, channels=1, batch_size=1)))
    assert batch["a"].shape == (1, 2, 2, 1) and batch["a"][0, 0, 0, 0] == 3


def test_names_with_commas(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "a,b", [1])
    fill(tmp_path / "c", [2])
    whole = unpaired_source("a,b,c", size=8).arrays()
    assert whole["a"].max() == 1 and whole["b"].min() == 2


def test_notes_say_which_folder(tmp_path):
    a, b = fill(tmp_path / "a", [1]), fill(tmp_path / "b", [2])
    (b / "bad.png").write_bytes(b"")
    assert unpaired_source(f"{a},{b}", size=8).notes == (
        f"{b}: 1 of 2 pictures skipped: bad.png (empty file)",
    )


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ("a", "Expected two folders with a comma.*Received: folders='a'. Write unpaired:FIRST,SEC"),
        ("a,", "Expected two folders with a comma.*Received: folders='a,'"),
        (",a", "Expected two folders with a comma.*Received: folders=',a'"),
        ("a,empty/../a", "Expected two folders. Received: .*, the same one twice"),
        ("a,nowhere", "Received: folder='nowhere' .nothing there"),
        ("a,empty", "Received: folder='empty' with no files"),
    ],
)
def test_mistakes_are_named(tmp_path, monkeypatch, folders, message):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "a", [1])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=message):
        unpaired_source(folders)


def test_both_doors_open_by_name(tmp_path):
    a, b = fill(tmp_path / "x" / "a", [1, 2]), fill(tmp_path / "x" / "b", [1, 2])
    assert kgan.data.open_source(f"unpaired:{a},{b}", {"size": 4}).sides == (2, 2)
    assert kgan.data.open_source(f"pairs:{tmp_path / 'x'}", {"size": 4}).count == 2
