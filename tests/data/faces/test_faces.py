"""The source of faces: what it holds, its splits, its edits."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.data._faces import faces as module
from kgan.data._faces.attributes import BINARY, VALUES, sample_face
from kgan.data._faces.captions import describe_face
from kgan.data._faces.drawing import draw_face
from kgan.data._faces.faces import faces
from kgan.errors import InputError


@pytest.fixture(scope="module", autouse=True)
def packages():
    pytest.importorskip("python_avatars")
    pytest.importorskip("resvg_py")


def test_what_an_example_holds():
    source = faces(size=32, count=8, label="accessory")
    assert source.count == 8 and source.classes == tuple(VALUES["accessory"])
    assert source.spec["image"] == tf.TensorSpec((32, 32, 3), tf.uint8)
    assert source.spec["attributes"] == tf.TensorSpec((len(BINARY),), tf.int32)
    assert source.names["attributes"] == BINARY
    arrays = source.arrays()
    for n, seed in enumerate(arrays["seed"]):
        face = sample_face(int(seed))
        np.testing.assert_array_equal(arrays["image"][n], draw_face(face, 32))
        assert {name: source.names[name][arrays[name][n]] for name in VALUES} == face
        assert arrays["label"][n] == arrays["accessory"][n]
        assert arrays["caption"][n].decode() == describe_face(face, int(seed))
        assert set(arrays["caption"][n].decode().replace(",", "").split()) <= set(source.words)


def test_splits_share_no_face():
    splits = ("train", "validation", "test", "unseen")
    seeds = [set(faces(16, 4, split).arrays()["seed"]) for split in splits]
    assert len(set.union(*seeds)) == 16


def test_an_edit_is_the_same_face_with_one_attribute_changed():
    source = faces(32, 8, edit="accessory=round glasses")
    arrays = source.arrays()
    assert 0 < source.count <= 8 and set(arrays["accessory"]) == {4}
    for n, seed in enumerate(arrays["seed"]):
        face = sample_face(int(seed))
        edited = {**face, "accessory": "round glasses"}
        np.testing.assert_array_equal(arrays["source"][n], draw_face(face, 32))
        np.testing.assert_array_equal(arrays["target"][n], draw_face(edited, 32))
        assert arrays["caption"][n].decode() == describe_face(edited, int(seed))


def test_faces_are_drawn_once(monkeypatch):
    first = faces(16, 4).arrays()["image"]
    drawn = []

    def count(face, *rest):
        drawn.append(face)
        return draw_face(face, *rest)

    monkeypatch.setattr(module, "draw_face", count)
    np.testing.assert_array_equal(faces(16, 3).arrays()["image"], first[:3])
    assert not drawn
    np.testing.assert_array_equal(faces(16, 6).arrays()["image"][:4], first)
    assert len(drawn) == 2
    assert (faces(16, 2, background="black").arrays()["image"] != first[:2]).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 15}, "Received: size=15"),
        ({"count": 0}, "Received: count=0"),
        ({"label": "nose"}, "Unknown label of faces. Received: 'nose'"),
        ({"edit": "glasses"}, "Expected edit as attribute=value"),
        ({"edit": "hair_color=green"}, "Unknown hair_color"),
        ({"background": "grue"}, "Received: background='grue'"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        faces(**{"size": 16, "count": 2, **options})
