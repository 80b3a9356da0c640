"""The README's lines run as they stand there."""

import pathlib
import re
import subprocess

import numpy as np
import pytest

from kgan.registry import MODELS
from kgan.runs.config import list_recipes
from tests.games import fit

ROOT = pathlib.Path(__file__).parent.parent
SOURCED = {"environment", "script"}  # by the others: no commands
TOOLS = sorted({path.name for path in (ROOT / "tools").iterdir() if path.is_file()} - SOURCED)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = blocks("python")[0].replace("epochs=40", "epochs=1")
    code = code.replace("(32, 32, 1))", "(32, 32, 1), width=4)")
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["images"].shape == (16, 32, 32, 1) and names["images"].dtype == np.float32
    assert (tmp_path / "runs/mine/samples/epoch_0001.png").exists()
    assert (tmp_path / "saved_models/mine/1/saved_model.pb").exists()


def test_the_readmes_own_variant_is_one(monkeypatch):
    monkeypatch.setattr(MODELS, "_registered", dict(MODELS._registered))
    code = next(block for block in blocks("python") if "@register" in block)
    exec(compile(code, "README.md", "exec"), {"__name__": "my_gan"})
    gan = MODELS.get("my_gan").example()
    gan.compile()
    losses = fit(gan)
    assert {"discriminator_adversarial", "discriminator_r1", "generator_loss"} <= set(losses)


def test_the_readme_names_every_variant_and_recipe():
    for name in [*MODELS.entries(), *list_recipes()]:
        assert f"`{name}`" in README, name


@pytest.mark.parametrize("name", TOOLS)
def test_tools_are_executable_and_parse(name):
    path = ROOT / "tools" / name
    assert path.stat().st_mode & 0o100
    subprocess.run(["bash", "-n", path], check=True)
