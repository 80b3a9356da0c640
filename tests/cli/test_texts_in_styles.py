"""Runs of texts in two styles, and scores of texts, as a person meets them."""

import json
import pathlib

import numpy as np
import pytest

from kgan.cli import main
from kgan.data import text_styles
from tests.small_runs import without_tracing

SMALL = """
    --data.count 40 --training.batch_size 8 --training.epochs 1 --training.steps_per_epoch 2
    --training.samples 4
"""
STYLE = "--model.content_size 6 --model.style_size 2 --model.embedding 4 --model.width 2"
WRITER = "--data.length 6 --model.hidden 4 --model.embedding 4 --model.width 4"


def train(recipe, options, folder):
    with without_tracing():
        assert main(["train", recipe, *SMALL.split(), *options.split(), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return train("text_style_grammar", STYLE, tmp_path_factory.mktemp("runs") / "style")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(capsys, line):
    assert main(line.split()) == 2
    return capsys.readouterr().err


def test_samples_are_texts_each_with_its_other_style(folder):
    lines = (folder / "samples" / "epoch_0001.txt").read_text().splitlines()
    assert len(lines) == 4
    words = set(text_styles(count=2).vocabulary)
    assert {word for line in lines for word in line.split()} <= words
    assert any(lines[0].startswith(start) for start in ("hey", "dear"))


def test_each_line_of_a_file_is_rewritten(folder, capsys):
    pathlib.Path("lines.txt").write_text("hey sam bring the red cup\n\nhey ann send the new map\n")
    line = f"sample {folder} --from lines.txt --to polite --out new.txt --npz new.npz"
    assert main(line.split()) == 0
    assert capsys.readouterr().out == "Wrote new.txt, new.npz\n"
    written = pathlib.Path("new.txt").read_text().splitlines()
    assert len(written) == 3 and written[1] == ""
    with np.load("new.npz") as arrays:
        assert arrays["tokens"].shape == (2, 12)
    assert main(f"sample {folder} --from lines.txt".split()) == 0  # of two, the second
    assert capsys.readouterr().out.splitlines() == written


@pytest.mark.parametrize(
    "options, message",
    [
        ("--from lines.txt --to rude", "Unknown class. Received: 'rude'"),
        ("--from no.txt", "Received: no.txt (No such file"),
        ("--from strange.txt", "Unknown word. Received: 'quux'"),
        ("--from empty.txt", "Expected a line with words. Received: empty.txt"),
        ("--from lines.txt --label polite", "Expected --to alone beside lines of text"),
        ("--from lines.png --to polite", "Expected a .txt for --from, beside --to"),
        ("--to polite", "Expected no --to without --from"),
        ("--from lines.txt --out x.png", "Expected --out to end in .txt"),
    ],
)
def test_what_does_not_fit_is_refused(folder, options, message, capsys):
    pathlib.Path("lines.txt").write_text("hey sam bring the red cup\n")
    pathlib.Path("strange.txt").write_text("hey quux\n")
    pathlib.Path("empty.txt").write_text("\n")
    assert message in refused(capsys, f"sample {folder} {options}")


def test_styles_are_scored_against_the_right_sentences(folder, capsys):
    assert main(f"evaluate {folder} --samples 30 --out scores".split()) == 0
    card = json.loads(pathlib.Path("scores/card.json").read_text())
    names = [score["name"].split("/")[0] for score in card["scores"]]
    assert names == ["style_read", "exact_copy", "exact_transfer", "word_accuracy"]
    assert card["scores"][0]["ideal"] > 0.9  # the classifier reads real sentences rightly
    assert pathlib.Path("scores/report.html").exists()
    message = refused(capsys, f"evaluate {folder} --metrics valid --samples 30 --out more")
    assert "Expected metrics out of style_read" in message


@pytest.mark.slow
def test_texts_are_scored_by_how_likely_and_varied_they_are(tmp_path, capsys):
    folder = train("scratchgan_grammar", WRITER, tmp_path / "run")
    assert main(f"evaluate {folder} --samples 30 --repeats 2".split()) == 0
    card = json.loads((folder / "evaluation/card.json").read_text())
    scores = {score["name"].split("/")[0]: score for score in card["scores"]}
    assert set(scores) == {
        *("valid", "own_entropy", "ngram_overlap", "forward_perplexity", "reverse_perplexity"),
        "fid",
    }
    assert scores["own_entropy"]["value"] == pytest.approx(6 * np.log(17), rel=0.05)  # untrained
    assert 7.0 < scores["own_entropy"]["ideal"] < 9.0  # of expressions of at most 6 letters
    assert scores["valid"]["value"] < 0.3 and scores["reverse_perplexity"]["value"] > 5.0
    assert "scores while it trains" in refused(
        capsys, f"train scratchgan_grammar {' '.join(SMALL.split())} {WRITER} --evaluation.every 1"
    )
