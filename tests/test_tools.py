"""tools/bench and tools/reproduce list their scripts, and refuse names that are none."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parent.parent
FOLDERS = {"bench": "benchmarks", "reproduce": "experiments"}


def call(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, cwd="/")


@pytest.mark.parametrize("launcher", FOLDERS)
def test_without_a_name_all_scripts_are_listed(launcher):
    scripts = sorted((ROOT / "tools" / FOLDERS[launcher]).glob("*.py"))
    done = call(ROOT / "tools" / launcher)
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    assert [name for name, _ in lines] == [script.stem for script in scripts]
    for (_, summary), script in zip(lines, scripts, strict=True):
        assert script.read_text(encoding="utf-8").startswith(f'"""{summary}')
    assert done.returncode == 0


@pytest.mark.parametrize("launcher", FOLDERS)
def test_an_unknown_name_is_refused(launcher):
    done = call(ROOT / "tools" / launcher, "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Expected one of the names below. Received: nope.\n")
