"""Styles, sums of latents and projection, on the command line."""

import pathlib

import numpy as np
import pytest
from PIL import Image

from kgan.cli import main
from kgan.images import to_uint8
from kgan.runs import load_run
from tests.cli.test_cli import refused
from tests.small_runs import without_tracing

TINY = ["--model.width", "4", "--model.latent_size", "8", "--data.size", "16"]
TINY += ["--training.batch_size", "4", "--training.epochs", "1", "--training.steps_per_epoch", "1"]
TINY += ["--training.samples", "4"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def trained(tmp_path_factory, *line):
    folder = tmp_path_factory.mktemp("runs") / line[0]
    with without_tracing():
        assert main(["train", *line, *TINY, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def style(tmp_path_factory):
    return trained(tmp_path_factory, "stylegan2_digits")


@pytest.fixture(scope="module")
def dcgan(tmp_path_factory):
    return trained(tmp_path_factory, "dcgan_digits")


def sampled(run, *line):
    assert main(["sample", str(run), "--npz", "x.npz", *line]) == 0
    with np.load("x.npz") as archive:
        return dict(archive)


def test_truncated_samples(style):
    gan, _ = load_run(style)
    images = sampled(style, "--truncation", "0.5", "--count", "2")["images"]
    np.testing.assert_array_equal(images, to_uint8(gan.sample([0, 1], {"truncation": 0.5})))
    assert np.ptp(sampled(style, "--truncation", "0", "--count", "5")["images"], axis=0).max() <= 1


@pytest.mark.slow
def test_a_walk_runs_through_styles(style):
    line = ("--interpolate", "5", "6", "--frames", "3", "--out", "x.gif")
    frames = sampled(style, *line)["images"]
    gan, _ = load_run(style)
    one, other = gan.styles_of(gan.latents_of([5, 6]))
    wanted = to_uint8(gan.images_of_styles([one, (one + other) / 2, other]))
    assert np.abs(frames.astype(int) - wanted).max() <= 1


def test_styles_of_lists_of_seeds_are_mixed_in_a_grid(style):
    line = ("--mix", "0,1", "2,3,4", "--crossover", "2", "--out", "x.png")
    arrays = sampled(style, *line)
    gan, _ = load_run(style)
    own = to_uint8(gan.sample(range(5)))
    page = np.asarray(Image.open("x.png"))
    assert page.shape == (3 * 17 - 1, 4 * 17 - 1)

    def cell(row, column):
        return page[17 * row : 17 * row + 16, 17 * column : 17 * column + 16]

    for column in range(3):
        assert np.abs(cell(0, column + 1) - own[2 + column, ..., 0].astype(int)).max() <= 1
    for row in range(2):
        assert np.abs(cell(row + 1, 0) - own[row, ..., 0].astype(int)).max() <= 1
    np.testing.assert_array_equal(cell(2, 3), arrays["images"][5, ..., 0])
    codes = gan.codes_of(gan.latents_of([1, 4]))
    np.testing.assert_allclose(arrays["styles"][5, :2], codes[0, :2], atol=1e-6)
    np.testing.assert_allclose(arrays["styles"][5, 2:], codes[1, 2:], atol=1e-6)


@pytest.mark.slow
def test_sums_of_seeds_and_of_what_was_saved(style, dcgan):
    for run in (style, dcgan):
        first = sampled(run, "--arithmetic", "3 - 17 + 42", "--out", "sum.png")
        assert np.asarray(Image.open("sum.png")).shape == (16, 4 * 17 - 1)
        pathlib.Path("x.npz").rename("sum.npz")
        again = sampled(run, "--arithmetic", "sum.npz")
        assert np.abs(first["images"].astype(int) - again["images"]).max() <= 1
        alone = sampled(run, "--arithmetic", "3")["images"]
        assert (
            np.abs(alone.astype(int) - sampled(run, "--seed", "3", "--count", "1")["images"]).max()
            <= 1
        )


def test_a_sum_in_z_keeps_its_terms_length(dcgan):
    gan, _ = load_run(dcgan)
    total = sampled(dcgan, "--arithmetic", "3 - 17 + 42")["latents"]
    a, b, c = latents = gan.latents_of([3, 17, 42])
    plain = a - b + c
    np.testing.assert_allclose(
        np.linalg.norm(total), np.linalg.norm(latents, axis=1).mean(), rtol=1e-5
    )
    np.testing.assert_allclose(
        total / np.linalg.norm(total), plain / np.linalg.norm(plain), atol=1e-6
    )


@pytest.mark.slow
def test_a_picture_is_projected_and_its_style_saved(style, capfd):
    gan, _ = load_run(style)
    Image.fromarray(to_uint8(gan.sample([3]))[0, ..., 0]).save("three.png")
    assert main(["project", str(style), "three.png", "--steps", "3"]) == 0
    assert capfd.readouterr().out.startswith("Wrote projected.png, projected.npz: ")
    assert np.asarray(Image.open("projected.png")).shape == (16, 33)
    assert np.load("projected.npz")["latents"].shape == (8,)
    line = ["project", str(style), "three.png", "--steps", "3", "--every_layer", "--out", "w.png"]
    assert main(line) == 0
    assert np.load("w.npz")["latents"].shape == (6, 8)
    sampled(style, "--arithmetic", "3 - projected.npz + w.npz")


WRONG = [
    ("style", "sample RUN --mix 0 1 --crossover 7", "crossover from 0 to 6, "),
    ("style", "sample RUN --mix 0,x 1", "Expected seeds such as 3 or 0,1,2 for --mix."),
    ("style", "sample RUN --mix 0 1 --count 3", "Expected no --count beside --mix."),
    ("style", "sample RUN --crossover 3", "Expected no --crossover without --mix."),
    ("style", "sample RUN --truncation much", "for all images, or 64. Received: much."),
    ("style", "sample RUN --truncation nan", "Expected one truncation for all images"),
    ("style", "sample RUN --mix 0 1 --label 3", "Expected condition out of truncation for Style"),
    ("style", "sample RUN --arithmetic 3-", "with + or - between"),
    ("style", "sample RUN --arithmetic no.npy", "Received: no.npy ([Errno 2] No such file"),
    ("style", "sample RUN --arithmetic small.npy", "Expected finite styles [N, 8] or [N, 6, 8]"),
    ("dcgan", "sample RUN --arithmetic small.npy", "Expected finite latents of length 8."),
    (
        "dcgan",
        "sample RUN --truncation 0.5",
        "for dcgan, which takes no condition. Rec",
    ),
    ("dcgan", "sample RUN --mix 0 1", "Expected a run with styles for --mix"),
    ("dcgan", "sample RUN --arithmetic 3 --frames 3", "Expected no --frames beside --arithmetic."),
    ("dcgan", "project RUN small.png", "Expected a run with styles for kgan project"),
    ("style", "project RUN small.png", "Expected a picture of 16x16, as the run makes."),
    ("style", "project RUN small.npy", "Expected a picture to project. Received: small.npy"),
    ("style", "project RUN small.png --steps 0", "Expected a whole steps >= 1."),
    ("style", "project RUN small.png --out a.jpg", "Expected --out to end in .png."),
]


@pytest.mark.parametrize("variant, line, message", WRONG)
def test_bad_input_is_one_line(request, capfd, variant, line, message):
    np.save("small.npy", np.zeros(3))
    Image.new("L", (12, 16)).save("small.png")
    run = str(request.getfixturevalue(variant))
    capfd.readouterr()
    assert message in refused(capfd, *[run if word == "RUN" else word for word in line.split()])
