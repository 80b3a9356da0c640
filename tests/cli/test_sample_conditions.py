"""Samples under a condition, on the command line: by label, by caption, from a folder."""

import pathlib

import numpy as np
import pytest
from PIL import Image

from kgan.cli import main
from kgan.generation import translate_picture
from kgan.runs import load_run
from tests.small_runs import without_tracing

TINY = ["--model.width", "4", "--data.size", "16", "--training.epochs", "1"]
TINY += ["--training.steps_per_epoch", "1", "--training.samples", "6"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Returns a folder of side-by-side pictures of 20x20, left half dark."""
    folder = tmp_path_factory.mktemp("pairs")
    random = np.random.default_rng(0)
    for number in range(8):
        left, right = random.integers(0, 90, (20, 20, 3)), random.integers(150, 256, (20, 20, 3))
        both = np.concatenate([left, right], axis=1).astype(np.uint8)
        Image.fromarray(both).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Returns a folder of three colour pictures, one of them unreadable."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(2):
        values = np.random.default_rng(number).integers(0, 256, (24, 16, 3)).astype(np.uint8)
        Image.fromarray(values).save(folder / f"{number}.png")
    (folder / "empty.png").write_bytes(b"")
    return folder


def trained(tmp_path_factory, *line):
    folder = tmp_path_factory.mktemp("runs") / line[0]
    with without_tracing():
        assert (
            main(["train", *line, *TINY, "--training.batch_size", "4", "--out", str(folder)]) == 0
        )
    return folder


@pytest.fixture(scope="module")
def pix2pix(tmp_path_factory, pairs):
    return trained(tmp_path_factory, "pix2pix", "--data", f"pairs:{pairs}")


@pytest.fixture(scope="module")
def cyclegan(tmp_path_factory, pairs, photos):
    small = ("--model.blocks", "1", "--model.pool_size", "4")
    return trained(tmp_path_factory, "cyclegan", "--data", f"unpaired:{pairs},{photos}", *small)


@pytest.fixture(scope="module")
def projection(tmp_path_factory):
    return trained(tmp_path_factory, "projection_gan_digits", "--model.ema_half_life", "0")


@pytest.fixture(scope="module")
def captions(tmp_path_factory):
    return trained(tmp_path_factory, "text_to_image_glyphs", "--model.ema_half_life", "0")


def sampled(run, *line):
    assert main(["sample", str(run), "--npz", "x.npz", *line]) == 0
    with np.load("x.npz") as arrays:
        return dict(arrays)


def refused(capfd, *line):
    capfd.readouterr()
    assert main([*line]) == 2
    err = capfd.readouterr().err
    assert err.startswith("kgan: ") and err.count("\n") == 1
    assert list(pathlib.Path().iterdir()) == []
    return err


def test_pictures_of_a_folder_are_translated_as_sample_does(pix2pix, photos, capfd):
    arrays = sampled(pix2pix, "--from", str(photos), "--seed", "3", "--out", "x.png")
    assert "1 of 3 pictures skipped: empty.png (empty file)" in capfd.readouterr().out
    gan, _ = load_run(pix2pix)
    expected = gan.sample([3, 4], {"source": arrays["source"]})
    np.testing.assert_allclose(arrays["images"] / 127.5 - 1, expected, atol=1 / 127)
    with Image.open("x.png") as picture:
        assert picture.size == (2 * 32 + 1, 16)  # each beside what became of it


@pytest.mark.parametrize("mode", ["RGBA", "L", "RGB"])
def test_one_picture_comes_back_as_it_is(pix2pix, mode, random, capfd):
    bands = len(Image.new(mode, (1, 1)).getbands())
    pixels = random.integers(0, 256, (37, 53, bands), np.uint8)
    Image.fromarray(pixels if bands > 1 else pixels[..., 0]).save("in.png")
    assert main(["sample", str(pix2pix), "--from", "in.png", "--seed", "2", "--out", "o.png"]) == 0
    assert "Translated at its own size, 37x53\nWrote o.png\n" in capfd.readouterr().out
    with Image.open("o.png") as made:
        assert (made.mode, made.size) == (mode, (53, 37))
        shown = np.asarray(made).reshape(pixels.shape)
    gan, _ = load_run(pix2pix)
    np.testing.assert_array_equal(shown, translate_picture(gan, pixels, seed=2))


def test_a_folder_comes_back_as_a_folder(pix2pix, photos, tmp_path, capfd):
    inside = tmp_path / "in" / "more"
    inside.mkdir(parents=True)
    for name in ("0.png", "empty.png"):
        (inside.parent / name).write_bytes((photos / name).read_bytes())
    for name, size in (("1.png", (30, 20)), ("1.gif", (9, 8))):
        Image.new("RGB", size, "red").save(inside / name)
    assert main(["sample", str(pix2pix), "--from", "in", "--out", "new/"]) == 0
    out = capfd.readouterr().out
    assert "empty.png (empty file)" in out and "Translated 3 of 4 pictures" in out
    sizes = {}
    for path in sorted(pathlib.Path("new").rglob("*.*")):
        with Image.open(path) as picture:
            sizes[str(path)] = picture.size
    assert sizes == {
        "new/0.png": (16, 24), "new/more/1.gif.png": (9, 8), "new/more/1.png.png": (30, 20)
    }  # fmt: skip


def test_cyclegan_goes_both_ways(cyclegan, photos):
    there = sampled(cyclegan, "--from", str(photos))
    back = sampled(cyclegan, "--from", str(photos), "--side", "b")
    np.testing.assert_array_equal(there["source"], back["source"])
    assert np.abs(there["images"].astype(int) - back["images"]).max() > 0
    gan, _ = load_run(cyclegan)
    expected = gan.sample([0, 1], {"b": back["source"]})
    np.testing.assert_allclose(back["images"] / 127.5 - 1, expected, atol=1 / 127)


def test_a_label_is_asked_for_by_number(projection):
    threes = sampled(projection, "--label", "3", "--count", "4")["images"]
    turns = sampled(projection, "--count", "10")["images"]
    gan, _ = load_run(projection)
    np.testing.assert_allclose(
        threes / 127.5 - 1, gan.sample(range(4), {"label": 3}), atol=1.01 / 127
    )
    np.testing.assert_array_equal(turns[3], sampled(projection, "--label", "3", "--seed", "3",
                                                    "--count", "1")["images"][0])  # fmt: skip


@pytest.mark.slow
def test_a_walk_keeps_its_label(projection):
    line = ("--interpolate", "5", "6", "--frames", "3", "--label", "7", "--out", "x.gif")
    frames = sampled(projection, *line)["images"]
    ends = sampled(projection, "--label", "7", "--seed", "5", "--count", "2")["images"]
    np.testing.assert_allclose(frames[[0, 2]].astype(int), ends, atol=1)


def test_a_walk_without_a_label_is_of_the_first_class(projection):
    line = ("--interpolate", "5", "6", "--frames", "2", "--out", "x.gif")
    expected = sampled(projection, *line, "--label", "0")["images"]
    np.testing.assert_array_equal(sampled(projection, *line)["images"], expected)


def test_a_caption_is_painted_and_unknown_words_are_named(captions, capfd):
    prompt = ("--prompt", "a red 7 on blue", "--count", "2")
    images = sampled(captions, *prompt)["images"]
    capfd.readouterr()
    gan, _ = load_run(captions)
    expected = gan.sample([0, 1], {"prompt": "a red 7 on blue"})
    np.testing.assert_allclose(images / 127.5 - 1, expected, atol=1 / 127)
    sampled(captions, "--prompt", "a red frabjous 7 on blue", "--count", "2")
    assert capfd.readouterr().err.startswith("Unknown words, passed over: frabjous. Known: ")


@pytest.mark.slow
def test_a_walk_between_captions_starts_and_ends_at_them(captions):
    prompts = ("--prompt", "a red 7 on blue", "--prompt", "a green 3 on white")
    frames = sampled(captions, *prompts, "--seed", "4", "--frames", "5", "--out", "x.gif")["images"]
    assert len(frames) == 5
    for frame, prompt in ((0, prompts[1]), (4, prompts[3])):
        end = sampled(captions, "--prompt", prompt, "--seed", "4", "--count", "1")["images"][0]
        np.testing.assert_allclose(frames[frame].astype(int), end, atol=1)


@pytest.mark.parametrize(
    ("run", "line", "line_of_help"),
    [
        ("pix2pix", "", "Give --from FOLDER."),
        ("pix2pix", "--from nowhere", "nowhere"),
        ("pix2pix", "--label 3", "Expected no --label for pix2pix, which takes --from. Received: "),
        ("pix2pix", "--from {photos} --mask x", "Expected no --mask for pix2pix, which takes --f"),
        ("cyclegan", "--from {photos} --side c", "Unknown side. Received: 'c'."),
        ("projection", "--label 10", "Unknown class. Received: '10'."),
        ("projection", "--from {photos}", "Expected a run that starts from pictures for --from."),
        ("projection", "--side b", "Expected no --side without --from. Received: --side."),
        ("projection", "--frames 3", "Expected no --frames without a walk."),
        ("projection", "--interpolate 1 2 --count 3", "Expected no --count in a walk."),
        ("cyclegan", "--from {photos} --label 3", "Expected no --label for cyclegan, which takes"),
        ("captions", "--interpolate 1 2 --label 3", "Expected no --label for text_to_image, which"),
        ("captions", "--prompt red --prompt blue --prompt 7", "one prompt for all images, or 64."),
        ("captions", "", "Give --prompt 'a red 7 on blue'."),
        ("captions", "--prompt frabjous", "Received: 'frabjous'."),
        ("captions", "--prompt ''", "Received: ''."),
    ],
)
def test_what_cannot_be_sampled_is_one_line(request, capfd, photos, run, line, line_of_help):
    folder = request.getfixturevalue(run)
    words = [word.strip("'").format(photos=photos) for word in line.split()]
    assert line_of_help in refused(capfd, "sample", str(folder), *words)


@pytest.mark.parametrize(
    ("line", "line_of_help"),
    [
        ("cyclegan --data unpaired:{photos}", "Received: "),
        ("projection_gan --data {photos}", "Expected data with image, label for projection_gan."),
        ("pix2pix --data digits", "Expected data with source, target for pix2pix."),
        ("pix2pix --data glyph_pairs --model.l1_weight -1", "l1_weight >= 0"),
        ("cyclegan --data unpaired_glyphs --model.cycle_weight -1", "cycle_weight >= 0"),
        ("cyclegan --data unpaired_glyphs --model.pool_size 0", "pool_size"),
        ("acgan --data digits --model.classification_weight -1", "classification_weight >= 0"),
    ],
)
def test_what_cannot_be_trained_is_one_line(capfd, photos, line, line_of_help):
    words = [word.format(photos=photos) for word in line.split()]
    assert line_of_help in refused(capfd, "train", *words)
