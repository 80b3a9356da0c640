"""`kgan train images --data FOLDER` chooses, says what, and trains as a recipe would."""

import numpy as np
import pytest
import yaml
from PIL import Image

from kgan.cli import main
from tests.small_runs import without_tracing

TINY = ["--model.width", "4", "--training.epochs", "1", "--training.steps_per_epoch", "1"]
TINY += ["--training.samples", "4", "--training.batch_size", "4"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(12):
        shape = (16, 24, 3) if number else (16, 24)  # one is grey
        pixels = random.integers(0, 256, shape, np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def test_a_folder_is_trained_on_and_the_run_is_one_as_any(folder, capsys):
    line = ["train", "images", "--data", str(folder), *TINY]
    with without_tracing():
        assert main(line) == 0
        out = capsys.readouterr().out
        assert f"{folder}: 12 pictures, 1 of them grey, usually 16x24." in out
        assert "Takes dcgan_images (few pictures), 16x24 (height x width) in colour" in out
        assert "1 grey pictures are read as colour." in out
        assert "Your own options come on top, and change what is said above: --model.width=4" in out
        config = yaml.safe_load((folder.parent / "runs/images/config.yaml").read_text())
        assert config["model"]["name"] == "dcgan" and config["model"]["width"] == 4
        assert config["data"]["size"] == "16x24" and config["data"]["channels"] == 3
        assert main(line) == 0  # resumes
        assert "has trained its 1 epoch already" in capsys.readouterr().out
        assert main(["sample", "runs/images", "--count", "4", "--out", "grid.png"]) == 0


def test_a_printed_configuration_is_one(folder, capsys):
    assert main(["train", "images", "--data", str(folder), "--print_config"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# {folder}: 12 pictures")
    assert yaml.safe_load(out)["training"]["batch_size"] == 8


def test_help_says_what_it_does(capsys):
    assert main(["train", "images", "--help"]) == 0
    assert "Looks at a folder of pictures" in capsys.readouterr().out


@pytest.mark.parametrize("data", [[], ["--data", "faces"], ["--data", "pairs:a,b"]])
def test_anything_but_a_folder_is_refused(data, capsys):
    assert main(["train", "images", *data]) == 2
    assert capsys.readouterr().err.startswith("kgan: Expected --data FOLDER, of pictures")
