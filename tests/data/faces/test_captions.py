"""Sentences say what a face has, in known words, and nothing else."""

import re

from kgan.data._faces.attributes import VALUES, name_kind, sample_face
from kgan.data._faces.captions import _EXTRAS, _HAIRS, _SKINS, describe_face, list_words

FACE = {**sample_face(0), "skin_color": "pale", "hair_color": "dark brown"}


def test_the_plainest():
    bare = {**FACE, "accessory": "none", "facial_hair": "none"}
    assert describe_face(bare) == "a face with pale skin and dark brown hair"
    face = {**FACE, "accessory": "round glasses", "facial_hair": "long beard"}
    assert describe_face(face) == "a face with pale skin, dark brown hair, glasses and a beard"


def test_every_value_has_words():
    assert set(_SKINS) == set(VALUES["skin_color"]) and set(_HAIRS) == set(VALUES["hair_color"])
    kinds = {name_kind(value) for key in ("accessory", "facial_hair") for value in VALUES[key]}
    assert set(_EXTRAS) == kinds


def test_a_caption_can_be_read_back():
    """A reader of its own: the words before 'skin' and 'hair', and the words for the rest."""
    words, wordings = set(list_words()), set()
    for seed in range(300):
        face = sample_face(seed)
        text = describe_face(face, wording=seed)
        wordings.add(text.split(" with ")[0])
        assert set(re.sub(",", "", text).split()) <= words
        parts = re.split(r", | and ", text.split(" with ")[1])
        for end, table, value in (
            (" skin", _SKINS, face["skin_color"]), (" hair", _HAIRS, face["hair_color"]),
        ):  # fmt: skip
            (said,) = [part.removesuffix(end) for part in parts if part.endswith(end)]
            assert [name for name, synonyms in table.items() if said in synonyms] == [value]
        extras = [part for part in parts if not part.endswith((" skin", " hair"))]
        said = {kind for part in extras for kind, of in _EXTRAS.items() if part in of}
        assert said == {name_kind(face["accessory"]), name_kind(face["facial_hair"])} - {"none"}
    assert len(wordings) == 4
