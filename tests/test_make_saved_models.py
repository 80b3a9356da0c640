"""tools/make_saved_models runs the lines it prints, and takes the runs that are there."""

import importlib.util
import pathlib
import shlex
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture
def tool():
    path = ROOT / "tools" / "benchmarks" / "make_saved_models.py"
    spec = importlib.util.spec_from_file_location("make_saved_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pretended(tool, tmp_path, monkeypatch):
    """The tool in an empty folder, where lines are noted and exports make files of one size."""
    monkeypatch.chdir(tmp_path)
    lines, size = [], [1000]

    class Done:
        returncode = 0

    def run(line, **options):
        arguments = line[3:]
        lines.append(shlex.join(arguments))
        if arguments[0] == "export":
            folder = pathlib.Path(arguments[arguments.index("--to") + 1])
            (folder / "1" / "variables").mkdir(parents=True)
            (folder / "1" / "variables" / "variables.index").write_bytes(bytes(10))
            (folder / "1" / "variables" / "variables.data").write_bytes(bytes(size[0]))
            (folder / f"{folder.name}.tflite").write_bytes(bytes(20_000))
        return Done

    monkeypatch.setattr(tool.subprocess, "run", run)

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["make_saved_models", *words])
        lines.clear()
        tool.main()
        return list(lines)

    called.size, called.done = size, Done
    return called


def test_all_are_trained_scored_and_exported(pretended, capsys):
    lines = pretended()
    assert lines[:3] == [
        "train projection_gan_digits --out runs/projection_gan_digits",
        "evaluate runs/projection_gan_digits --samples 1000",
        "export runs/projection_gan_digits --to saved_models/digits --formats saved_model,litert "
        "--quantize none,int8",
    ]
    assert len(lines) == 18
    printed = capsys.readouterr().out
    readme = pathlib.Path("saved_models/README.md").read_text()
    for line in lines:
        assert f"$ kgan {line}\n" in printed
    row = "| [fonts](fonts) | `cyclegan_glyphs` | 0.00 | `fonts.tflite` 0.02 |"
    assert row in printed and row in readme


def test_a_run_that_is_there_is_taken_with_its_own_options(pretended):
    run = pathlib.Path("runs/stylegan2_digits")
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("model: {name: stylegan2}")
    lines = pretended("stylegan2_digits", "captions", "--options", "--training.epochs 1")
    train = [line for line in lines if line.startswith("train")]
    assert train == [
        "train --config runs/stylegan2_digits/config.yaml --out runs/stylegan2_digits",
        "train text_to_image_glyphs --training.epochs 1 --out runs/text_to_image_glyphs",
    ]
    readme = pathlib.Path("saved_models/README.md").read_text()
    assert "[captions](captions)" in readme and "[digits](digits)" not in readme
    pretended("digits")  # what was there before stays in the table
    readme = pathlib.Path("saved_models/README.md").read_text()
    assert "[captions](captions)" in readme and "[digits](digits)" in readme


def test_what_is_too_large_or_there_or_unknown_or_fails_ends_it(pretended, capsys):
    pretended.size[0] = 3_000_001
    with pytest.raises(SystemExit, match=r"at most 3000000 bytes for digits. Received: 3000011"):
        pretended("digits")
    with pytest.raises(SystemExit):
        pretended("fonts", "digits")
    assert "saved_models/digits is there: remove it" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        pretended("nothing")
    assert "expected names of digits, stylegan2_digits" in capsys.readouterr().err
    pretended.done.returncode = 2
    with pytest.raises(SystemExit) as ended:
        pretended("fonts")
    assert ended.value.code == 2 and not pathlib.Path("saved_models/fonts").exists()


@pytest.mark.slow
def test_a_tiny_one_is_made_for_good(tool, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    options = "--data.size 16 --model.width 4 --training.epochs 1 --training.steps_per_epoch 2"
    words = ["digits", "--samples", "100", "--options", options]
    monkeypatch.setattr(sys, "argv", ["make_saved_models", *words])
    tool.main()
    tool_printed = capfd.readouterr().out
    assert "| [digits](digits) | `projection_gan_digits` | 0." in tool_printed
    folder = tmp_path / "saved_models" / "digits"
    assert (folder / "digits.tflite").exists() and (folder / "digits.int8.tflite").exists()
