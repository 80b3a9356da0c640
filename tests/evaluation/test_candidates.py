"""An artefact that paints captions, held against data with captions and without."""

import json
import shutil

import numpy as np
import pytest

from kgan.cli import main
from kgan.data import open_source
from kgan.errors import InputError
from kgan.evaluation import evaluate
from kgan.evaluation.candidates import open_candidate
from kgan.evaluation.reference import open_reference, parse_real_data
from kgan.export import publish
from kgan.images import to_uint8
from kgan.models.text_to_image import TextToImageGAN
from kgan.saved_model import layout
from tests.export.conftest import vivid

DATA = {"characters": "7", "variants": 1, "size": 16}
ARGUMENTS = [word for key, value in DATA.items() for word in (f"--data.{key}", str(value))]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def gan():
    """An untrained painter that knows the words of the sevens, but for one."""
    words = [word for word in open_source("captions", DATA).words if word != "on"]
    gan = vivid(TextToImageGAN.example(image_shape=(16, 16, 3), words=tuple(words)))
    reader = gan.sampling_generator.get_layer("caption_reader")
    kernel = reader.get_layer("log_variance").kernel
    kernel.assign(0.0 * kernel)  # so wide a choice would hide what the caption says
    return gan


@pytest.fixture(scope="module")
def artefact(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "captions"
    publish(gan, folder)
    return folder


def reference_of(against, arguments):
    return open_reference(parse_real_data(against, {}, arguments, 16), "image", True)


def test_the_captions_of_the_data_are_painted(gan, artefact, capfd):
    reference = reference_of("captions", ARGUMENTS)
    samples = open_candidate(artefact).samples(reference)
    made = samples.pick([5, 0, 4])
    held = reference.source.arrays()
    places = np.random.default_rng(0).permutation(len(held["caption"]))[[5, 0, 4]]
    prompts = [caption.decode() for caption in held["caption"][places]]
    assert len(set(prompts)) == 3
    expected = to_uint8(gan.sample([5, 0, 4], {"prompt": prompts}))
    np.testing.assert_allclose(made.astype(int), expected, atol=1)
    others = to_uint8(gan.sample([5, 0, 4], {"prompt": prompts[::-1]}))
    assert np.abs(made.astype(int) - others).max() > 20
    np.testing.assert_array_equal(samples.labels([5, 0]), [0, 0])
    samples.pick([1, 2, 3])
    told = [line for line in capfd.readouterr().err.splitlines() if "Unknown words" in line]
    assert {line.partition(". ")[0] for line in told} == {"Unknown words, passed over: on"}
    assert len(told) == 2  # once by the artefact, once by the model


def test_it_is_evaluated_by_one_line(artefact, capfd):
    line = ["evaluate", str(artefact), "--against", "captions", *ARGUMENTS]
    line += ["--samples", "8", "--repeats", "1", "--metrics", "swd", "--extractor", "raw"]
    assert main(line) == 0
    out = capfd.readouterr().out
    assert out.startswith("swd/raw/8  ")
    assert "under the caption of the real samples, each in turn" in out


def test_data_without_captions_are_refused_in_one_line(artefact, capfd):
    data = ["--data.size", "16", "--data.variants", "1"]
    assert main(["evaluate", str(artefact), "--against", "glyphs", *data]) == 2
    err = capfd.readouterr().err
    assert f"Expected data with caption, which {artefact} (version 1) starts from. Rec" in err
    assert err.count("\n") == 1


def test_without_its_words_it_cannot_be_evaluated(artefact, tmp_path):
    copied = shutil.copytree(artefact, tmp_path / "copied")
    path = copied / "1" / "assets.extra" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["caption_words"], manifest["manifest_sha256"]
    path.write_text(layout.seal(manifest), "utf-8")
    with pytest.raises(InputError, match="Expected a manifest with caption_words, the words that"):
        evaluate(copied, "captions")
