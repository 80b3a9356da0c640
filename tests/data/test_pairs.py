"""Pairs in folders: side by side or in two sub-folders, and never a wrong match."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan.data
from kgan.data import _pairs
from kgan.data._pairs import pairs
from kgan.errors import InputError


def pixels(number, width=8, channels=(3,)):
    shape = (8, width, *channels)
    return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def beside(folder, count):
    for number in range(count):
        save(folder / f"{number:02}.png", pixels(number, 16))
    return folder


def in_two(folder, count):
    for number in range(count):
        save(folder / "day" / "deep" / f"{number:02}.png", pixels(number))
        save(folder / "night" / "deep" / f"{number:02}.png", pixels(100 + number))
    return folder


@pytest.fixture(params=["in memory", "decoded per batch"])
def both_ways(request, monkeypatch):
    if request.param == "decoded per batch":
        monkeypatch.setattr(_pairs, "_MEMORY", 0)


def test_halves_of_pictures_side_by_side(tmp_path, both_ways):
    source = pairs(str(beside(tmp_path, 5)), size=8)
    whole = source.arrays()
    expected = np.stack([pixels(number, 16) for number in range(5)])
    np.testing.assert_array_equal(whole["source"], expected[:, :, :8])
    np.testing.assert_array_equal(whole["target"], expected[:, :, 8:])
    assert source.spec == {key: tf.TensorSpec((8, 8, 3), tf.uint8) for key in ("source", "target")}
    turned = pairs(str(tmp_path), size=8, direction="b_to_a").arrays()
    np.testing.assert_array_equal(turned["source"], whole["target"])
    np.testing.assert_array_equal(turned["target"], whole["source"])


def test_two_sub_folders_with_equal_names(tmp_path, both_ways):
    source = pairs(str(in_two(tmp_path, 4)), size=8)
    whole = source.arrays()
    for number in range(4):
        np.testing.assert_array_equal(whole["source"][number], pixels(number))
        np.testing.assert_array_equal(whole["target"][number], pixels(100 + number))
    assert source.notes == () and source.name == f"pairs:{tmp_path}"
    turned = pairs(str(tmp_path), size=8, direction="b_to_a").arrays()
    np.testing.assert_array_equal(turned["source"], whole["target"])


def test_two_folders_with_a_comma_between(tmp_path, both_ways):
    in_two(tmp_path, 3)
    save(tmp_path / "other" / "unasked.png", pixels(9))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "day").rename(tmp_path / "elsewhere" / "z")
    for text, start in (("elsewhere/z,{}/night", 0), ("night,{}/elsewhere/z", 100)):
        first, second = text.format(tmp_path).split(",")
        whole = pairs(f"{tmp_path}/{first},{second}", size=8).arrays()
        for number in range(3):
            np.testing.assert_array_equal(whole["source"][number], pixels(start + number))
            np.testing.assert_array_equal(whole["target"][number], pixels(100 - start + number))


def test_endings_may_differ_and_do_not_change_who_belongs_to_whom(tmp_path, both_ways):
    # By full names "a.b.png" stands before "a.png", but after "a.PNG".
    for number, name in enumerate(("a", "a.b", "c")):
        save(tmp_path / "x" / f"{name}.png", pixels(number))
        save(tmp_path / "y" / f"{name}.{('PNG', 'png', 'bmp')[number]}", pixels(100 + number))
    whole = pairs(str(tmp_path), size=8).arrays()
    numbers = [
        next(n for n in range(3) if (pixels(n) == picture).all()) for picture in whole["source"]
    ]
    assert sorted(numbers) == [0, 1, 2]
    for number, target in zip(numbers, whole["target"], strict=True):
        np.testing.assert_array_equal(target, pixels(100 + number))


def test_batches_keep_pairs_together(tmp_path, both_ways):
    dataset = kgan.data.pairs(str(in_two(tmp_path, 6)), size=8, mirror=True).dataset(6)
    whole = pairs(str(tmp_path), size=8).arrays()
    batch = next(dataset.as_numpy_iterator())
    flips = 0
    for source, target in zip(batch["source"], batch["target"], strict=True):
        for flipped in (False, True):
            one = source[:, ::-1] if flipped else source
            found = [n for n in range(6) if (whole["source"][n] == one).all()]
            if found:
                other = target[:, ::-1] if flipped else target
                np.testing.assert_array_equal(other, whole["target"][found[0]])
                flips += flipped
    assert 0 < flips < 6


def test_size_fit_and_channels_apply_to_each_half(tmp_path):
    save(tmp_path / "a.png", np.concatenate([np.zeros((8, 16, 3)), np.full((8, 16, 3), 255)],
                                            axis=1).astype(np.uint8))  # fmt: skip
    for fit, grey in (("crop", 0), ("stretch", 0), ("pad", 127)):
        whole = pairs(str(tmp_path), size=4, channels=1, fit=fit, background="#7f7f7f").arrays()
        assert whole["source"].shape == (1, 4, 4, 1)
        assert whole["source"][0, 0].max() == grey and whole["source"][0, 2].max() == 0
        assert whole["target"][0, 2].min() == 255  # no pixel of the other half


def test_pairs_that_cannot_be_read_are_skipped_together(tmp_path, both_ways):
    in_two(tmp_path, 4)
    (tmp_path / "night" / "deep" / "01.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("ignored")
    source = pairs(str(tmp_path), size=8)
    assert source.notes == (
        "1 of 4 pairs skipped: night/deep/01.png (empty file)",
        "Ignored, not pictures by name: 1 .txt",
    )
    whole = source.arrays()
    assert source.count == 3
    np.testing.assert_array_equal(whole["source"][1], pixels(2))
    np.testing.assert_array_equal(whole["target"][1], pixels(102))


def test_counterparts_of_another_shape_are_mentioned(tmp_path):
    in_two(tmp_path, 2)
    save(tmp_path / "night" / "deep" / "00.png", pixels(0, 16))
    (note,) = pairs(str(tmp_path), size=8).notes
    assert note == "Pairs whose pictures differ in shape, 1: day/deep/00.png"
    # A larger picture of the same shape is none.
    save(tmp_path / "night" / "deep" / "00.png", pixels(0).repeat(3, 0).repeat(3, 1))
    assert pairs(str(tmp_path), size=8).notes == ()


def test_a_file_that_breaks_later_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(_pairs, "_MEMORY", 0)
    source = pairs(str(beside(tmp_path, 3)), size=8)
    (tmp_path / "01.png").write_bytes(b"")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"01\.png \(empty file\)"):
        next(iter(source.stream(3, seed=0)))


def make(folder):
    """Makes a folder for each mistake."""
    beside(folder / "odd", 3)
    save(folder / "odd" / "07.png", pixels(0, 15))
    in_two(folder / "lacking", 3)
    (folder / "lacking" / "day" / "deep" / "01.png").unlink()
    in_two(folder / "one", 2)
    for path in (folder / "one" / "night" / "deep").iterdir():
        path.unlink()
    in_two(folder / "three", 2)
    save(folder / "three" / "dusk" / "00.png", pixels(0))
    in_two(folder / "mixed", 2)
    save(folder / "mixed" / "00.png", pixels(0, 16))
    in_two(folder / "twice", 1)
    save(folder / "twice" / "day" / "deep" / "00.bmp", pixels(0))
    (folder / "empty").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken" / "a.png").write_bytes(b"x")
    beside(folder / "good", 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folder": "odd"}, "even width. Received: 1 of odd width .07.png, 15 pixels wide.. Crop"),
        ({"folder": "lacking"}, "2 and 3, of which 1 lack their counterpart .night/deep/01.. Add"),
        ({"folder": "one"}, "in two sub-folders. Received: .*one with pictures in day. Give a"),
        ({"folder": "three"}, "three with pictures in day, dusk, night. Give"),
        ({"folder": "mixed"}, "mixed with pictures in itself, day, night. Give"),
        ({"folder": "twice"}, "one picture under each name. Received: day/deep/00.bmp and day"),
        ({"folder": "empty"}, "Received: folder='empty' with no files"),
        ({"folder": "nowhere"}, "Received: folder='nowhere' .nothing there"),
        ({"folder": "broken"}, "one readable pair. Received: .*1 of 1 pairs skipped: a.png"),
        ({"folder": "one,one/day"}, "two folders, none inside the other. Received: one,one/day"),
        ({"folder": "good,good"}, "two folders, none inside the other"),
        ({"folder": "good,nowhere"}, "Received: folder='nowhere' .nothing there"),
        ({"folder": "good", "size": 0}, "Received: size=0"),
        ({"folder": "good", "channels": 2}, "Received: channels=2"),
        ({"folder": "good", "fit": "zoom"}, "Unknown fit. Received: 'zoom'"),
        ({"folder": "good", "background": "nocolour"}, "Received: background='nocolour'"),
        ({"folder": "good", "direction": "up"}, "Unknown direction. Received: 'up'"),
    ],
)
def test_mistakes_are_named(tmp_path, monkeypatch, options, message):
    make(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        pairs(**options)
    assert "\n" not in str(caught.value)
