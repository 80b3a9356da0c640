"""`kgan compare`: what it runs, the table it makes of cards, and what it refuses."""

import json
import pathlib

import pytest

from kgan.cli import main
from kgan.errors import InputError, RunError
from kgan.evaluation import compare, compare_recipes
from kgan.evaluation.compare import Measurement, format_table

FID = {"lower": "fid/classifier/1000", "higher": "recall/classifier/1000"}


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """Returns the lines that were run: they write cards, whose scores follow from the seed."""
    monkeypatch.chdir(tmp_path)
    lines = []

    def run(command, *arguments):
        lines.append(" ".join([command, *arguments]))
        if command == "train":
            folder = pathlib.Path(arguments[arguments.index("--out") + 1])
            folder.mkdir(parents=True)
            (folder / "metrics.jsonl").write_text('{"seconds": 20}\n{"seconds": 40}\n')
            return
        folder = pathlib.Path(arguments[0])
        seed = int(folder.name[-1])
        scores = [{"name": FID["lower"], "value": 0.5 + seed, "better": "lower"}]
        if folder.name.startswith("dcgan"):
            scores.append({"name": FID["higher"], "value": "nan", "better": "higher"})
        (folder / "evaluation").mkdir()
        (folder / "evaluation" / "card.json").write_text(json.dumps({"scores": scores}))

    monkeypatch.setattr(compare, "_run_kgan", run)
    return lines


def test_each_row_is_trained_and_scored_with_each_seed(lines, capfd):
    arguments = ["--seeds", "2", "--metrics", "fid", "recall", "--samples", "500"]
    rows = ["dcgan_digits --data glyphs", "vae_digits"]
    assert main(["compare", *rows, *arguments, "--against", "digits", "--out", "both"]) == 0
    first = "both/dcgan_digits-data-glyphs-0"
    scored = "--samples 500 --repeats 1 --against digits --metrics fid recall"
    assert lines[:2] == [
        f"train dcgan_digits --data.source glyphs --training.seed 0 --out {first}",
        f"evaluate {first} {scored}",
    ]
    assert lines[-1] == f"evaluate both/vae_digits-1 {scored}" and len(lines) == 8
    out = capfd.readouterr().out
    assert out.splitlines() == [
        "| recipe (2 seeds) | fid/classifier/1000 | recall/classifier/1000 | minutes |",
        "| --- | --- | --- | --- |",
        "| better is | lower | higher | lower |",
        "| `dcgan_digits --data glyphs` | 1 ± 0.71 | nan ± nan | 1 ± 0 |",
        "| `vae_digits` | 1 ± 0.71 |  | 1 ± 0 |",
    ]


def test_one_seed_has_no_spread():
    table = format_table({"a": [{"fid": Measurement(1.25, "lower")}]})
    assert table.splitlines()[0] == "| recipe (1 seed) | fid |"
    assert table.splitlines()[-1] == "| `a` | 1.25 |"


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (["dcgan_digit"], {}, "Unknown recipe or variant. Received: 'dcgan_digit'"),
        (["dcgan_digits --model.widht 4"], {}, "Unknown option. Received: 'model.widht'"),
        (["dcgan_digits --model.width x"], {}, "Expected model.width of type .* Received: x"),
        (["dcgan_digits 'x"], {}, "Expected a recipe, then --SECTION.KEY VALUE. Received"),
        ([""], {}, "Expected a recipe, then --SECTION.KEY VALUE. Received: ''"),
        (["vae_digits", "vae_digits"], {}, "Expected different rows. Received: vae_digits, vae"),
        (["vae_digits --training.seed 3"], {}, "rows without --training.seed.* Give --seeds"),
        (["vae_digits"], {"seeds": 0}, "Expected a whole seeds >= 1. Received: seeds=0"),
        (["vae_digits"], {"samples": 1}, "Expected a whole samples >= 2. Received: samples=1"),
        (["vae_digits"], {"names": ["fidd"]}, "Unknown metric. Received: 'fidd'"),
        (["vae_digits"], {"against": "digit"}, "Unknown data source. Received: 'digit'"),
    ],
)
def test_mistakes_are_named_before_anything_is_trained(lines, rows, options, message):
    with pytest.raises(InputError, match=message):
        compare_recipes(rows, **options)
    assert lines == []


def test_a_command_that_fails_ends_it(capfd):
    with pytest.raises(RunError, match="Expected `kgan train nope` to succeed"):
        compare._run_kgan("train", "nope")
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("kgan: Unknown recipe or variant. Received: 'nope'.")
