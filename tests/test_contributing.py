"""The examples of CONTRIBUTING.md work: each file is imported, and its test passes."""

import inspect
import pathlib
import re
import sys
import types

import pytest

from kgan import cli
from kgan.registry import MODELS, SOURCES

TEXT = (pathlib.Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w/]+)\.py`:\n\n```python\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE))
EXAMPLES = [path for path in FILES if path.startswith("kgan/")]


def load(path):
    module = types.ModuleType(path.replace("/", "."))
    exec(compile(FILES[path], f"{path}.py", "exec"), vars(module))
    return module


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_passes_its_test(path, monkeypatch, request):
    for registry in (MODELS, SOURCES):
        for name in registry.entries():
            registry.get(name)  # what is imported from here on is forgotten after the test
        monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    room, name = path.split("/")[1:]
    monkeypatch.setattr(cli, "_COMMANDS", (*cli._COMMANDS, *([name] if room == "cli" else [])))
    monkeypatch.setitem(sys.modules, path.replace("/", "."), load(path))
    tests = vars(load(f"tests/{room}/test_{name.lstrip('_')}"))
    functions = [test for key, test in tests.items() if key.startswith("test_")]
    assert functions
    for test in functions:
        test(**{name: request.getfixturevalue(name) for name in inspect.signature(test).parameters})


def test_there_is_an_example_of_each_kind():
    assert [path.split("/")[1] for path in EXAMPLES] == ["models", "data", "metrics", "cli"]
