"""A face's attributes, and its split, are functions of its seed."""

import collections

import pytest

from kgan.data._faces.attributes import (
    BINARY,
    VALUES,
    check_face,
    is_held_out,
    list_binary,
    list_seeds,
    name_kind,
    sample_face,
)
from kgan.errors import InputError


def test_a_seed_is_a_face_for_ever():
    face = sample_face(3)
    assert list(face) == list(VALUES)
    assert (face["skin_color"], face["hair_color"], face["hair"]) == (
        "dark brown",
        "black",
        "twist long hair 2",
    )
    assert sample_face(3) == face != sample_face(4)


def test_values_are_equally_frequent_and_half_of_the_faces_are_bare():
    faces = [sample_face(seed) for seed in range(4000)]
    for attribute, values in VALUES.items():
        counts = collections.Counter(face[attribute] for face in faces)
        assert set(counts) == set(values)
        if attribute in ("accessory", "facial_hair"):
            assert abs(counts.pop("none") / 4000 - 0.5) < 0.03
        expected = counts.total() / len(counts)
        # Four standard deviations of a binomial count.
        assert all(abs(n - expected) < 4 * expected**0.5 + 1 for n in counts.values()), attribute


def test_attributes_are_drawn_apart():
    faces = [sample_face(seed) for seed in range(4000)]
    both = sum(f["accessory"] != "none" != f["facial_hair"] for f in faces)
    assert abs(both / 4000 - 0.25) < 0.03


def test_splits_are_disjoint_and_unseen_shares_no_combination():
    splits = {s: set(list_seeds(s, 300)) for s in ("train", "validation", "test", "unseen")}
    assert len(set.union(*splits.values())) == 1200

    def combinations(split):
        faces = map(sample_face, splits[split])
        return {
            (
                f["skin_color"],
                f["hair_color"],
                name_kind(f["accessory"]),
                name_kind(f["facial_hair"]),
            )
            for f in faces
        }

    known = combinations("train") | combinations("validation") | combinations("test")
    assert not known & combinations("unseen")
    assert list_seeds("all", 5) == [0, 1, 2, 3, 4]
    assert list_seeds("train", 50) == list_seeds("train", 300)[:50]
    assert abs(sum(is_held_out(sample_face(seed)) for seed in range(2000)) / 2000 - 0.1) < 0.04


def test_binary_attributes():
    face = {**sample_face(0), "skin_color": "dark brown", "hair_color": "red", "mouth": "smile"}
    face |= {"accessory": "violet wayfarer sunglasses", "facial_hair": "bushy moustache"}
    has = [name for name, flag in zip(BINARY, list_binary(face), strict=True) if flag]
    assert has == ["dark brown skin", "red hair", "sunglasses", "moustache", "smile"]
    bare = {**face, "accessory": "none", "facial_hair": "none", "mouth": "sad"}
    assert sum(list_binary(bare)) == 2


def test_mistakes_are_named():
    with pytest.raises(InputError, match=r"Expected a whole seed >= 0"):
        sample_face(-1)
    with pytest.raises(InputError, match=r"Unknown split. Received: 'dev'"):
        list_seeds("dev", 1)
    with pytest.raises(InputError, match=r"none of hair. Begin with sample_face"):
        check_face({k: v for k, v in sample_face(0).items() if k != "hair"})
    with pytest.raises(InputError, match=r"Unknown hair_color. Received: 'green'"):
        check_face({**sample_face(0), "hair_color": "green"})
    with pytest.raises(InputError, match=r"Unknown attribute of faces. Received: 'nose'"):
        check_face({**sample_face(0), "nose": "wide"})
