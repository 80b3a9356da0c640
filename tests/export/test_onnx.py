"""An ONNX file makes what the model makes, from a seed or a picture, at any batch size."""

import numpy as np
import pytest

from kgan.errors import InputError, MissingExtraError, RunError
from kgan.export import publish, verify
from kgan.images import to_uint8
from kgan.models import DCGAN, CycleGAN
from kgan.random import split_seeds
from tests.export.test_litert import lively

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("kgan.export.onnx")
SEEDS = [0, 7, 2**40 + 3, 2**64 - 1, 12]


def open_session(path):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx") / "digits"
    gan = lively(DCGAN.example(width=16), factor=8.0)
    return gan, folder, onnx.write(gan, folder)


def test_a_seed_gives_the_models_picture(digits):
    gan, folder, reports = digits
    expected = to_uint8(gan.sample(SEEDS))
    assert np.ptp(expected) > 200
    session = open_session(folder / "digits.sample.onnx")
    for rows in (5, 1):
        (made,) = session.run(["images"], {"seed": split_seeds(SEEDS)[:rows]})
        assert made.dtype == np.uint8
        assert (made == expected[:rows]).mean() >= 0.999
        assert np.abs(made.astype(int) - expected[:rows]).max() <= 1
    assert {one["signature"] for one in reports} == {"sample", "serving_default"}
    assert all(one["bytes"] == (folder / one["file"]).stat().st_size for one in reports)
    assert all(one["max_difference"] <= 1e-4 for one in reports)


def test_latents_give_the_models_images(digits):
    gan, folder, _ = digits
    latents = np.asarray(gan.latents_of(SEEDS))
    session = open_session(folder / "digits.serving_default.onnx")
    (made,) = session.run(["images"], {"latents": latents})
    np.testing.assert_allclose(made, gan.sample(SEEDS), atol=1e-5)


def test_pictures_are_translated_at_any_size(tmp_path):
    gan = lively(CycleGAN.example(), factor=2.0)
    reports = onnx.write(gan, tmp_path / "it")
    files = {one["signature"]: tmp_path / "it" / one["file"] for one in reports}
    assert files.keys() >= {"serving_default", "translate", "translate_to_a"}
    signature = gan.signatures()["translate"]
    session = open_session(files["translate"])
    for shape in ((2, 16, 24), (1, 21, 17)):
        images = np.random.default_rng(0).integers(0, 256, (*shape, 1), np.uint8)
        (made,) = session.run(["images_out"], {"images": images})
        expected = signature.function(images=images)["images"].numpy()
        assert made.shape == expected.shape and np.ptp(expected) > 10
        assert (made == expected).mean() >= 0.999


def test_a_file_that_differs_is_not_written(digits, tmp_path, monkeypatch):
    gan, _, _ = digits
    convert = onnx.convert
    other = DCGAN.example(width=16)
    monkeypatch.setattr(onnx, "convert", lambda gan, signature: convert(
        other, other.signatures()["serving_default"]))  # fmt: skip
    with pytest.raises(RunError, match="differs from the model in serving_default"):
        onnx.write(gan, tmp_path)
    assert not list(tmp_path.iterdir())


def test_operations_without_a_counterpart_are_told(digits, monkeypatch):
    def fail(*_, **__):
        raise ValueError("no\nsuch op")

    monkeypatch.setattr(onnx.tf2onnx.convert, "from_function", fail)
    gan = digits[0]
    with pytest.raises(InputError, match=r"Received: DCGAN: no such op\. Use other"):
        onnx.convert(gan, gan.signatures()["sample"])


def test_without_its_packages_one_line_says_so(monkeypatch):
    monkeypatch.setattr(onnx, "_MISSING", "tf2onnx")
    with pytest.raises(MissingExtraError, match=r"no tf2onnx. pip install 'kgan\[onnx\]'"):
        onnx.check()


@pytest.mark.slow
def test_an_artefact_has_them_beside_it(tmp_path):
    gan = lively(DCGAN.example(width=16), factor=8.0)
    publish(gan, tmp_path / "digits", ("saved_model", "onnx"))
    card = (tmp_path / "digits" / "README.md").read_text("utf-8")
    assert "## ONNX" in card and "digits.sample.onnx" in card
    verify(tmp_path / "digits")
    path = tmp_path / "digits" / "digits.sample.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=r"digits/digits.sample.onnx, whose SHA-256"):
        verify(tmp_path / "digits")
    publish(gan, tmp_path / "digits")  # without them: those of the old version go
    assert not list((tmp_path / "digits").glob("*.onnx"))
