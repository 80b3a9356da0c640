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
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/**/*.md")]
PATHS = [*DOCUMENTS, *RECIPES.glob("*.yaml")]
OTHER_NAMES = {
    "CONTRIBUTING.md": "adds names, which tests/test_contributing.py imports",
    "CHANGELOG.md": "has names of the past",
}
FOLDERS = {"bench": "benchmarks", "reproduce": "experiments"}


@pytest.fixture(params=PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def path(request):
    return request.param


@pytest.fixture
def text(path):
    return path.read_text(encoding="utf-8")


def test_links_lead_somewhere(path, text):
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?:|#", link):
            assert (path.parent / link.partition("#")[0]).exists(), link


def test_commands_are_there(path, text):
    if path.name in OTHER_NAMES:
        pytest.skip(OTHER_NAMES[path.name])
    shell = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    words = re.findall(r"^kgan ([a-z]+)", shell, re.MULTILINE) + re.findall(r"`kgan ([a-z]+)", text)
    actions = build_parser()._actions
    commands = next(a for a in actions if isinstance(a, argparse._SubParsersAction)).choices
    assert set(words) <= set(commands)


def test_tools_are_there(path, text):
    if path.name in OTHER_NAMES:
        pytest.skip(OTHER_NAMES[path.name])
    for tool, name in re.findall(r"\btools/(\w+)(?: (\w+))?", text):
        assert (ROOT / "tools" / tool).exists(), tool
        if tool in FOLDERS and name and name != "NAME":
            assert (ROOT / "tools" / FOLDERS[tool] / f"{name}.py").exists(), f"{tool} {name}"


def test_names_of_kgan_can_be_imported(path, text):
    if path.name in OTHER_NAMES:
        pytest.skip(OTHER_NAMES[path.name])
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
