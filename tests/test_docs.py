"""What the documents name is there: linked files, commands, tools, modules and files of kgan."""

import argparse
import importlib
import pathlib
import re

import pytest

import kgan
from kgan.cli import build_parser
from kgan.runs.config import RECIPES

ROOT = pathlib.Path(__file__).parent.parent
PATHS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/**/*.md")]
PATHS += RECIPES.glob("*.yaml")
# One adds names, which tests/test_contributing.py imports; the other has names of the past.
CURRENT = [path for path in PATHS if path.name not in ("CONTRIBUTING.md", "CHANGELOG.md")]
FOLDERS = {"bench": "benchmarks", "reproduce": "experiments"}


def each(paths):
    ids = [str(path.relative_to(ROOT)) for path in paths]
    return pytest.mark.parametrize("path", paths, ids=ids)


@each(PATHS)
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not re.match(r"https?:|#", link):
            assert (path.parent / link.partition("#")[0]).exists(), link


@each(CURRENT)
def test_commands_are_there(path):
    text = path.read_text(encoding="utf-8")
    shell = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    words = re.findall(r"^kgan ([a-z]+)", shell, re.MULTILINE) + re.findall(r"`kgan ([a-z]+)", text)
    actions = build_parser()._actions
    commands = next(a for a in actions if isinstance(a, argparse._SubParsersAction)).choices
    assert set(words) <= set(commands)


@each(CURRENT)
def test_tools_are_there(path):
    text = path.read_text(encoding="utf-8")
    for tool, name in re.findall(r"\btools/(\w+)(?: (\w+))?", text):
        assert (ROOT / "tools" / tool).exists(), tool
        if tool in FOLDERS and name and name != "NAME":
            assert (ROOT / "tools" / FOLDERS[tool] / f"{name}.py").exists(), f"{tool} {name}"


@each(CURRENT)
def test_names_of_kgan_can_be_imported(path):
    text = path.read_text(encoding="utf-8")
    for name in set(re.findall(r"\bkgan(?:\.[A-Za-z_]\w*)+", text)):
        value = kgan
        for part in name.split(".")[1:]:
            if not hasattr(value, part):
                importlib.import_module(f"{value.__name__}.{part}")
            value = getattr(value, part)


def test_files_of_the_architecture_are_there():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:\w+/)*\w+\.py)`", text):
        places = (folder / name for folder in (ROOT, ROOT / "kgan", ROOT / "kgan/models/core"))
        assert any(place.exists() for place in places), name
