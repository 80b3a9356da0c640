"""What a face is said to have is to be seen in it, and an edit changes nothing else."""

import builtins

import numpy as np
import pytest

from kgan.data._faces.attributes import VALUES, sample_face
from kgan.data._faces.drawing import draw_face
from kgan.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def packages():
    pytest.importorskip("python_avatars")
    pytest.importorskip("resvg_py")


BARE = {**sample_face(0), "accessory": "none", "facial_hair": "none", "hair": "short flat"}


def difference(face, other, size=64):
    both = (draw_face(each, size).astype(int) for each in (face, other))
    return (np.abs(np.subtract(*both)).max(axis=-1) > 20).sum()


@pytest.mark.parametrize("attribute", VALUES)
def test_every_value_looks_otherwise(attribute):
    images = {draw_face({**BARE, attribute: v}, 64).tobytes() for v in VALUES[attribute]}
    assert len(images) == len(VALUES[attribute])


@pytest.mark.parametrize("hair", VALUES["hair"])
def test_no_hair_hides_what_is_said(hair):
    face = {**BARE, "hair": hair, "hair_color": "black"}
    assert difference(face, {**face, "hair_color": "red"}) > 40
    assert difference(face, {**face, "facial_hair": "light beard"}) > 40
    assert difference(face, {**face, "accessory": "round glasses"}) > 40


@pytest.mark.parametrize("clothing", VALUES["clothing"])
def test_no_clothes_hide_their_colour(clothing):
    face = {**BARE, "clothing": clothing, "clothing_color": "black"}
    assert difference(face, {**face, "clothing_color": "red"}) > 40


def test_colours_are_those_of_the_names():
    image = draw_face({**BARE, "skin_color": "pale", "hair_color": "red"}, 64)
    colors = image.reshape(-1, 3)
    for color in ((0xFF, 0xDB, 0xB4), (0xC9, 0x33, 0x05)):  # of python-avatars
        assert (np.abs(colors.astype(int) - color).max(axis=1) <= 1).sum() > 20
    np.testing.assert_array_equal(image[0, 0], 255)
    np.testing.assert_array_equal(draw_face(BARE, 32, "#102030")[0, 0], (0x10, 0x20, 0x30))


@pytest.mark.parametrize("size", [16, 33, 128])
def test_any_size(size):
    image = draw_face(BARE, size)
    assert image.shape == (size, size, 3) and image.dtype == np.uint8


def test_a_missing_package_is_one_line(monkeypatch):
    load = builtins.__import__

    def refuse(name, *rest):
        if name == "python_avatars":
            raise ModuleNotFoundError(name=name)
        return load(name, *rest)

    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(InputError, match=r"python-avatars, which draws faces.*'kgan\[pictures\]'"):
        draw_face(BARE)
