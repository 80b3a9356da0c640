"""Runs of texts as a person meets them."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from kgan.cli import main
from kgan.data import grammar

TOKENS = grammar(count=1).vocabulary
SMALL = """
    --data grammar --data.length 6 --data.count 40 --training.batch_size 8 --training.epochs 1
    --training.steps_per_epoch 2 --training.samples 3 --model.hidden 4 --model.embedding 4
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "texts"
    assert main(["train", "language_model", *SMALL.split(), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_run_keeps_its_vocabulary_and_writes_its_samples(folder):
    lines = (folder / "samples" / "epoch_0001.txt").read_text().splitlines()
    assert len(lines) == 3 and set("".join(lines)) <= set("".join(TOKENS))
    assert "  length: 6\n  vocabulary:\n  - ''\n  - '0'\n" in (folder / "config.yaml").read_text()
    log = json.loads((folder / "metrics.jsonl").read_text())
    assert log["generator_loss"] == pytest.approx(np.log(len(TOKENS)), rel=0.1)


def test_samples_are_printed_or_written(folder, capsys):
    assert main(["sample", str(folder), "--count", "4", "--seed", "3"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 4
    line = ["sample", str(folder), "--count", "4", "--seed", "3"]
    assert main([*line, "--out", "x.txt", "--npz", "x.npz"]) == 0
    assert capsys.readouterr().out == "Wrote x.txt, x.npz\n"
    assert pathlib.Path("x.txt").read_text() == printed
    with np.load("x.npz") as arrays:
        assert arrays["tokens"].shape == (4, 6) and arrays["tokens"].dtype == np.int32


@pytest.mark.slow
def test_an_artefact_makes_tokens_and_names_them(folder, capsys):
    assert main(["export", str(folder), "--to", "texts"]) == 0
    manifest = json.loads(pathlib.Path("texts/manifest.json").read_text())
    assert manifest["vocabulary"] == list(TOKENS)
    outputs = {name: of["outputs"] for name, of in manifest["signatures"].items()}
    tokens, text = {"tokens": "int32 [N, 6]"}, {"text": "string [N], tokens by name"}
    assert outputs == {"serving_default": tokens, "sample": tokens, "sample_text": text}
    assert main(["sample", str(folder), "--count", "2", "--npz", "x.npz"]) == 0
    sample = tf.saved_model.load("texts/1").signatures["sample"]
    made = sample(seed=tf.constant([[0, 0], [1, 0]]))["tokens"]
    with np.load("x.npz") as arrays:
        np.testing.assert_array_equal(made, arrays["tokens"])
    capsys.readouterr()
    assert main(["evaluate", "texts", "--against", "digits"]) == 2
    assert "Received: texts, which writes texts" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line, message",
    [
        ("sample RUN --out x.png", "Expected --out to end in .txt. Received: x.png."),
        ("sample RUN --out x.jpg", "Expected --out to end in .png or .txt. Received: x.jpg."),
        ("sample RUN --interpolate 0 1", "Expected a run of images for --interpolate."),
        ("sample RUN --from .", "Expected a run that starts from pictures for --from."),
        ("evaluate RUN --data.length 5 --out x", "texts with tokens of 6 tokens of the run's own"),
        ("doctor RUN", "pictures or points for kgan doctor. Received: LanguageModel, which"),
        ("train language_model --data digits", "data with tokens for language_model. Received:"),
        ("train dcgan --data oracle --data.count 9", "Expected data with image for dcgan."),
        (
            "train seqgan --data grammar --model.pretraining_steps -1",
            "Expected a whole pretraining_steps >= 0. Received: pretraining_steps=-1.",
        ),
    ],
)
def test_what_does_not_apply_is_one_line(folder, capfd, line, message):
    assert main(line.replace("RUN", str(folder)).split()) == 2
    err = capfd.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not list(pathlib.Path().iterdir())


def test_texts_are_shown(capsys):
    assert main(["data", "show", "grammar", "--count", "3", "--data.count", "50"]) == 0
    title, *texts = capsys.readouterr().out.splitlines()
    assert title == "grammar: 50 examples. Each: tokens 20 int32 16 values."
    assert len(texts) == 3 and set("".join(texts)) <= set("".join(TOKENS))
    assert main(["data", "show", "oracle", "--count", "2", "--data.count", "5"]) == 0
    assert len(capsys.readouterr().out.splitlines()[1].split()) == 20
    assert main(["data", "show", "grammar", "--out", "x.png", "--data.count", "50"]) == 2
    assert "Expected no --out for grammar, whose texts are printed." in capsys.readouterr().err
