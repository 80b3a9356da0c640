"""The card of an artefact says where it comes from, what it can be asked, and how good it is."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.data import open_source
from kgan.errors import InputError
from kgan.export import model_card
from kgan.export.provenance import Provenance, load
from kgan.models import CycleGAN, LanguageModel, TextToImageGAN, VanillaGAN
from kgan.models.core.conditions import Caption
from kgan.runs import Training

SCORE = {"name": "fid/classifier/100", "value": 3.21734, "sd": 0.041, "better": "lower"}
SCORE["baselines"] = {"copying": 9.0}
MANIFEST = {
    "variant": "gan",
    "version": 3,
    "rounds_trained": 7,
    "made_with": {"kgan": "0.1.0"},
    "verified": {"farthest": 0.0, "batch_sizes": [2, 1]},
    "signatures": {"sample": {"inputs": {"seed": "int32 [N, 2]"}, "outputs": {"images": "a | b"}}},
    "seed_rule": "Threefry",
    "sha256": {"saved_model.pb": "abc"},
}


def card_of(gan, folder, provenance=Provenance()):  # noqa: B008 (never changed)
    model_card.write(gan, folder, "mine", MANIFEST, provenance)
    return (folder / "README.md").read_text()


def test_what_is_known_is_told(tmp_path):
    card = {"scores": [SCORE], "evaluated": "runs/a (gan, 7 rounds)", "warnings": ["few samples"]}
    provenance = Provenance(
        "runs/a", {"source": "digits", "size": 16}, "CC BY 4.0", "kgan export runs/a --to mine",
        None, {"runs/a/evaluation/card.json": card}, "the run b",
    )  # fmt: skip
    text = card_of(VanillaGAN.example(), tmp_path, provenance)
    for line in [
        "# mine",
        "Generative adversarial nets (Goodfellow et al. 2014), with dense networks. "
        "arXiv:1406.2661.",
        "Differs from the paper: Adam instead of momentum, LeakyReLU instead of maxout, no "
        "dropout.",
        "![samples](grid.png)",
        "| version | 3 |",
        "| started from | the run b |",
        "| data | `digits` (size=16) |",
        "| licence of the data | CC BY 4.0 |",
        "| made by | `kgan export runs/a --to mine` |",
        "| `sample` | `seed` int32 [N, 2] | `images` a \\| b |",
        "runs/a (gan, 7 rounds) against its own data:",
        "| fid/classifier/100 | 3.217 | 0.041 |  | lower | copying 9 |",
        "* few samples",
        "| `3/saved_model.pb` | `abc` |",
    ]:
        assert line in text.splitlines(), line
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size == (8 * 17 - 1, 8 * 17 - 1)


def test_what_was_not_measured_is_told(tmp_path):
    text = card_of(VanillaGAN.example(), tmp_path, Provenance("runs/a"))
    assert "None was measured. `kgan evaluate runs/a`, then export again." in text
    assert "| data | not known |" in text


def test_texts_and_points_and_what_starts_from_data(tmp_path, random):
    model = LanguageModel.example(vocabulary=("", "red", "seven"))
    assert f"```\n{model.texts_of(model.sample([0]))[0]}" in card_of(model, tmp_path)
    assert not (tmp_path / "grid.png").exists()
    card_of(CycleGAN.example(), tmp_path)
    assert not (tmp_path / "grid.png").exists()  # nothing to start from
    pictures = {
        side: tf.constant(random.integers(0, 256, (4, 16, 16, 1), np.uint8)) for side in "ab"
    }
    card_of(CycleGAN.example(), tmp_path, Provenance(batch=pictures))
    assert (tmp_path / "grid.png").exists()
    captions = {"caption": tf.constant(["a seven", "a red seven"])}
    card_of(TextToImageGAN.example(), tmp_path, Provenance(batch=captions))
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size == (33, 16)
    card_of(VanillaGAN.example(image_shape=(2,), network="mlp_points"), tmp_path)
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size == (500, 500)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of captions whose weights are not needed."""
    data = {"source": "captions", "size": 16}
    source = open_source("captions", {"size": 16})
    gan = TextToImageGAN.example(words=source.words)
    model = {"name": "text_to_image"}
    facts = {
        "model": model,
        "data": data,
        "examples": {"licence": source.licence},
        "training": Training(),
    }
    config = type("Config", (), facts)
    monkeypatch.setattr("kgan.export.provenance.load_run", lambda folder: (gan, config))
    return tmp_path / "run"


def test_a_run_brings_its_data_and_its_cards(run):
    for place in ("evaluation", "evaluation/other"):
        (run / place).mkdir(parents=True, exist_ok=True)
        (run / place / "card.json").write_text(json.dumps({"scores": [SCORE]}))
    gan, provenance = load(run, "kgan export")
    assert list(provenance.cards) == [
        str(run / "evaluation/card.json"), str(run / "evaluation/other/card.json")
    ]  # fmt: skip
    assert provenance.licence.startswith("that of matplotlib's fonts")
    examples = gan.metadata(provenance.batch)["caption_words"]["examples"]
    words = gan.condition(Caption).words
    assert len(examples) == 8 and set(examples[0].lower().split()) <= set(words)
    (run / "evaluation/card.json").write_text('{"scores": [1')
    with pytest.raises(InputError, match=r"Expected a metric card.*card\.json, which is damaged"):
        load(run)


def test_data_that_have_moved_are_needed_for_ranges_only(run, monkeypatch):
    def gone(config):
        raise InputError("no such folder")

    monkeypatch.setattr("kgan.export.provenance.open_data", gone)
    assert load(run)[1].batch is None
    with pytest.raises(InputError, match="no such folder"):
        load(run, calibrates=True)
