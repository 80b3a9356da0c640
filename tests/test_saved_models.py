"""The generators that come with the source still make what their models made."""

import pathlib

import pytest

from kgan.export import verify

FOLDER = pathlib.Path(__file__).parent.parent / "saved_models"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/manifest.json"))


def test_there_are_some():
    assert {"digits", "fonts"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_verifies(name):
    verified = verify(FOLDER / name)
    assert verified.farthest < 1e-4 or verified.farthest == 1 / 255
    weights = [p.stat().st_size for p in FOLDER.glob(f"{name}/*/variables/*")]
    assert sum(weights) < 3_000_000
