"""Folders of pictures: what is read, what is skipped and said, and what is refused."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan.data
from kgan.data import _image_file, _images
from kgan.data._images import images
from kgan.errors import InputError
from kgan.models import GAN


def picture(number, shape=(8, 8, 3)):
    return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)


def fill(folder, count, shape=(8, 8, 3)):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.fromarray(picture(number, shape)).save(folder / f"{number:04}.png")
    return folder


@pytest.fixture(params=["in memory", "decoded per batch"])
def both_ways(request, monkeypatch):
    if request.param == "decoded per batch":
        monkeypatch.setattr(_images, "_MEMORY", 0)


def test_pictures_come_back_in_the_order_of_their_names(tmp_path, both_ways):
    source = images(str(fill(tmp_path / "a", 20)), size=8)
    expected = np.stack([picture(number) for number in range(20)])
    np.testing.assert_array_equal(source.arrays()["image"], expected)
    batch = next(iter(source.dataset(20, shuffle=False)))["image"]
    assert batch.shape == (20, 8, 8, 3)
    np.testing.assert_array_equal(batch, expected)
    assert source.notes == ()


def test_of_a_thousand_files_exactly_the_five_bad_are_named(tmp_path, both_ways):
    fill(tmp_path / "deep" / "er", 1000)
    content = (tmp_path / "deep" / "er" / "0000.png").read_bytes()
    noise = tmp_path / "noise.png"
    Image.fromarray(picture(0, (64, 64, 3))).save(noise)
    damaged = bytearray(noise.read_bytes())
    (tmp_path / "b_truncated.png").write_bytes(damaged[:3000])
    damaged[5000] ^= 0xFF
    (tmp_path / "a_damaged.png").write_bytes(damaged)
    (tmp_path / "c_empty.jpg").write_bytes(b"")
    (tmp_path / "d_text.png").write_text("not a picture")
    (tmp_path / "e_link.png").symlink_to("nowhere.png")
    (tmp_path / "notes.txt").write_text("ignored")
    (tmp_path / ".hidden.png").write_bytes(content)
    noise.unlink()
    source = images(str(tmp_path), size=8)
    assert source.count == 1000
    skipped, ignored = source.notes
    assert skipped.startswith("5 of 1005 pictures skipped: a_damaged.png (damaged")
    for entry in (
        "b_truncated.png (truncated)",
        "c_empty.jpg (empty file)",
        "d_text.png (not a picture",
        "e_link.png (cannot be opened: No such file or directory)",
    ):
        assert entry in skipped
    assert ignored == "Ignored, not pictures by name: 1 .txt, 1 hidden"
    np.testing.assert_array_equal(source.arrays(limit=1)["image"][0], picture(0))


def test_links_that_loop_end(tmp_path):
    fill(tmp_path / "a", 3)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    assert images(str(tmp_path), size=8).count == 3


def test_linked_folders_are_read(tmp_path):
    fill(tmp_path / "elsewhere", 3)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "elsewhere")
    assert images(str(tmp_path / "data"), size=8).count == 3


def test_labels_are_the_subfolders(tmp_path, both_ways):
    for name, count in (("dogs", 2), ("cats", 3)):
        fill(tmp_path / name / "inner", count)
    source = images(str(tmp_path), size=8, labels=True)
    assert source.classes == ("cats", "dogs")
    whole = source.arrays()
    np.testing.assert_array_equal(whole["label"], np.array([0, 0, 0, 1, 1], np.int32))
    np.testing.assert_array_equal(whole["image"][4], picture(1))
    fill(tmp_path, 1)
    with pytest.raises(InputError, match=r"Received: 0000\.png in the folder itself"):
        images(str(tmp_path), size=8, labels=True)


def test_channels_are_what_the_files_are(tmp_path, both_ways):
    fill(tmp_path, 2, (8, 8))
    source = images(str(tmp_path), size=8)
    assert source.spec["image"] == tf.TensorSpec((8, 8, 1), tf.uint8)
    np.testing.assert_array_equal(source.arrays()["image"][1, ..., 0], picture(1, (8, 8)))
    fill(tmp_path / "colour", 1)
    mixed = images(str(tmp_path), size=8)
    assert mixed.spec["image"].shape == (8, 8, 3)
    assert mixed.notes == ("2 of 3 pictures are grey, and are read as colour",)
    assert images(str(tmp_path), size=8, channels=3).notes == ()
    assert images(str(tmp_path), size=8, channels=1).spec["image"].shape == (8, 8, 1)


def test_a_file_that_breaks_later_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(_images, "_MEMORY", 0)
    source = images(str(fill(tmp_path, 4)), size=8)
    (tmp_path / "0002.png").write_bytes(b"")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"0002\.png \(empty file\)"):
        next(iter(source.stream(4, seed=0)))
    gan = GAN(image_shape=(8, 8, 1), latent_size=4, network="mlp", width=4)
    gan.compile(run_eagerly=True)
    with pytest.raises(InputError, match=r"^.{,200}0002\.png \(empty file\).{,100}$"):
        gan.fit(source.stream(4, seed=0), steps_per_epoch=1, verbose=0)


def test_verdicts_are_remembered_by_size_and_time(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(_images, "_MEMORY", 0)
    fill(tmp_path, 3)
    (tmp_path / "bad.png").write_bytes(b"x")
    first = images(str(tmp_path), size=8)
    (written,) = (cache / "kgan" / "pictures").iterdir()
    assert set(json.loads(written.read_text())["verdicts"]) == {
        *(f"{number:04}.png" for number in range(3)),
        "bad.png",
    }

    reads = []
    read = _image_file.read_image
    monkeypatch.setattr(
        "kgan.data._folder_scan.read_image", lambda path: reads.append(path.name) or read(path)
    )
    assert images(str(tmp_path), size=8).notes == first.notes
    assert reads == []
    Image.fromarray(picture(9)).save(tmp_path / "bad.png")
    repaired = images(str(tmp_path), size=8)
    assert reads == ["bad.png"] and repaired.count == 4 and repaired.notes == ()
    for damage in ("damaged cache", "[]"):
        written.write_text(damage)
        assert images(str(tmp_path), size=8).count == 4


def test_dataset_of_dicts(tmp_path):
    dataset = kgan.data.images(str(fill(tmp_path, 5)), size=4).dataset(2)
    assert dataset.cardinality() == 2
    assert dataset.element_spec == {"image": tf.TensorSpec((2, 4, 4, 3), tf.uint8)}


def test_names_that_are_not_utf8(tmp_path):
    fill(tmp_path, 1)
    with open(os.fsencode(tmp_path) + b"/b\xff.png", "wb"):
        pass
    (note,) = images(str(tmp_path), size=8).notes
    assert note == "1 of 2 pictures skipped: b\ufffd.png (empty file)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folder": "missing"}, "Received: folder='missing' .nothing there"),
        ({"folder": "file.txt"}, "Received: folder='file.txt' .a file"),
        ({"folder": "empty"}, "Received: folder='empty' with no files"),
        ({"folder": "texts"}, "with 1 .txt. Give a folder"),
        ({"folder": "broken"}, "at least one readable.*a.png .empty file"),
        ({"folder": "good", "size": 0}, "Received: size=0"),
        ({"folder": "good", "channels": 2}, "Received: channels=2"),
        ({"folder": "good", "fit": "zoom"}, "Unknown fit. Received: 'zoom'"),
        ({"folder": "good", "background": "nocolour"}, "Received: background='nocolour'"),
    ],
)
def test_mistakes_are_named(tmp_path, monkeypatch, options, message):
    for name in ("empty", "texts", "broken", "good"):
        (tmp_path / name).mkdir()
    for name in ("file.txt", "texts/a.txt", "broken/a.png"):
        (tmp_path / name).touch()
    fill(tmp_path / "good", 1)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        images(**options)


ENDING = """
import sys
from kgan.data import _images
_images._MEMORY = 0
batches = iter(_images.images(sys.argv[1], size=64).stream(8, 0))
next(batches)
raise KeyboardInterrupt
"""


def test_a_program_that_dies_while_pictures_are_read_ends(tmp_path):
    # Without care, TensorFlow's threads and the interpreter wait for each other for ever.
    fill(tmp_path, 64, (200, 200, 3))
    command = [sys.executable, "-c", ENDING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "KeyboardInterrupt" in done.stderr


def test_folders_that_systems_make_are_no_classes(tmp_path):
    for name in ("cats", "dogs", "@eaDir", "__MACOSX", "lost+found", "cats/@eaDir"):
        fill(tmp_path / name, 2)
    source = images(str(tmp_path), size=8, labels=True)
    assert source.classes == ("cats", "dogs") and source.count == 4
    assert source.notes == ("Ignored, not pictures by name: 2 @eaDir/, 1 __MACOSX/, 1 lost+found/",)


def test_a_class_of_one_picture_is_named(tmp_path):
    fill(tmp_path / "cats", 2)
    fill(tmp_path / "dogs", 1)
    source = images(str(tmp_path), size=8, labels=True)
    assert source.notes == ("1 of 2 classes with one example only: dogs",)
    assert images(str(tmp_path), size=8).notes == ()


def test_icons_keep_their_transparency(tmp_path, both_ways):
    fill(tmp_path / "grey", 2, (8, 8))
    fill(tmp_path / "clear", 2, (8, 8, 4))
    source = images(str(tmp_path), size=8, channels=4)
    assert source.spec["image"].shape == (8, 8, 4)
    alpha = source.arrays()["image"][..., 3]
    np.testing.assert_array_equal(alpha[0], picture(0, (8, 8, 4))[..., 3])
    assert (alpha[2:] == 255).all()


def test_what_is_held_out_is_decided_by_the_files_themselves(tmp_path, both_ways):
    fill(tmp_path / "a", 300)
    held = {"held_out": 0.2}
    train, test = (images(str(tmp_path), size=8, part=part, **held) for part in ("train", "test"))
    assert train.count + test.count == 300 and 40 <= test.count <= 80
    assert train.notes == (f"held_out=0.2: {train.count} of 300 pictures to train",)
    pictures = [{image.tobytes() for image in side.arrays()["image"]} for side in (train, test)]
    assert not pictures[0] & pictures[1]
    # Other names, and more files, move none.
    (tmp_path / "a").rename(tmp_path / "b")
    fill(tmp_path / "c", 10, (9, 9, 3))
    again = images(str(tmp_path), size=8, part="test", **held)
    assert pictures[1] <= {image.tobytes() for image in again.arrays()["image"]}


@pytest.mark.parametrize(
    "options, message",
    [
        ({"held_out": 1.0}, r"held_out in \[0, 1\). Received: held_out=1.0"),
        ({"held_out": 1e-6, "part": "test"}, "of 2 pictures, which leaves none to test"),
        ({"part": "test"}, "held_out above 0 for part='test'"),
        ({"part": "val", "held_out": 0.5}, "Unknown part. Received: 'val'"),
    ],
)
def test_parts_that_are_none_are_refused(tmp_path, options, message):
    fill(tmp_path, 2)
    with pytest.raises(InputError, match=message):
        images(str(tmp_path), size=8, **options)


def test_a_digest_changes_with_the_files(tmp_path):
    fill(tmp_path, 3)
    before = images(str(tmp_path), size=8).digest
    assert len(before) == 32 and images(str(tmp_path), size=16).digest == before
    path = tmp_path / "0001.png"
    os.utime(path, ns=(1, 1))
    touched = images(str(tmp_path), size=8).digest
    path.rename(tmp_path / "0009.png")
    assert len({before, touched, images(str(tmp_path), size=8).digest}) == 3
