"""Every kind of condition: its option, what a person types, and the way through a manifest."""

import json

import numpy as np
import pytest
from PIL import Image

from kgan.errors import InputError
from kgan.models import CGAN, Pix2Pix
from kgan.models.core.codes import Codes
from kgan.models.core.condition import Condition
from kgan.models.core.conditions import Attributes, Caption, Label, Tokens, Truncation
from kgan.models.core.flags import FLAGS
from kgan.models.core.image_conditions import Mask, SourceImage
from kgan.models.core.kinds import KINDS, restore_condition

SHAPE = (4, 4, 3)
BOUND = [
    Label().bind(SHAPE, {"classes": ("cat", "dog")}),
    Label("domain").bind(SHAPE, {"classes": 3}),
    Attributes().bind(SHAPE, {"attributes": ("glasses", "hat")}),
    Caption(length=3).bind(SHAPE, {"words": ("a", "red", "seven")}),
    Tokens(length=3, vocabulary=7),
    SourceImage("a", other="b").bind(SHAPE, {}),
    Mask().bind(SHAPE, {}),
    Truncation(),
    Truncation(none=6.0),
    Codes(categories=3, continuous=2),
]


def test_every_kind_has_its_option_and_there_are_no_others():
    assert {kind.flag for kind in KINDS.values()} == set(FLAGS)
    assert set(KINDS.values()) == set(Condition.__subclasses__())
    assert len({flag.name for flag in FLAGS}) == len(FLAGS) == len(KINDS)


@pytest.mark.parametrize("condition", BOUND, ids=lambda one: f"{one.kind} {one.key}")
def test_a_manifest_gives_it_back(condition, random):
    metadata = json.loads(json.dumps(condition.metadata()))
    examples = condition.make_examples(5, random)
    for name, taken in condition.inputs.items():
        assert (taken.kind, taken.key) == (condition.kind, condition.key)
        assert examples[name].shape == (5, *taken.shape)
        assert examples[name].dtype == taken.dtype.as_numpy_dtype
        description = {"kind": taken.kind, "key": taken.key}
        again = restore_condition(name, taken.shape, description, metadata)
        assert (type(again), again.key) == (type(condition), condition.key)
        assert again.inputs == condition.inputs


def test_what_no_manifest_describes_goes_by_its_name():
    assert restore_condition("label", (), {}, {}) is None  # nobody says its classes
    assert restore_condition("truncation", (), {}, {}) == Truncation()
    assert restore_condition("seed", (2,), {}, {}) is None
    words = {"caption_words": {"words": ["red"], "length": 3}}
    caption = restore_condition("tokens", (3,), {"kind": "caption"}, words)
    assert (caption.key, caption.length, caption.words) == ("caption", 3, ("red",))


@pytest.mark.parametrize(
    "condition, typed, expected",
    [
        (BOUND[0], "dog", [1, 1]),
        (BOUND[2], "hat, glasses", [[1, 1]] * 2),
        (BOUND[2], "", [[0, 0]] * 2),
        (BOUND[3], ["A RED seven"], [[2, 3, 4]] * 2),
        (BOUND[4], "3,1, 4", [[3, 1, 4]] * 2),
        (BOUND[7], "0.5", [0.5, 0.5]),
        (BOUND[9], "any", [[-2, -2, -2]] * 2),
        (BOUND[9], "1, any,0.5", [[1, -2, 0.5]] * 2),
        (BOUND[9], "0:2,-1:1", [[0, -1, -2], [2, 1, -2]]),
    ],
)
def test_what_a_person_types_is_read(condition, typed, expected):
    (made,) = condition.read(condition.names[-1], typed, 2).values()
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == next(iter(condition.inputs.values())).dtype.as_numpy_dtype


@pytest.mark.parametrize(
    "condition, typed, message",
    [
        (BOUND[2], "beard", "Unknown attribute"),
        (BOUND[4], "3,1", "2 rows of 3 tokens from 0 to 6. Received: 3,1."),
        (BOUND[4], "3,1,7", "2 rows of 3 tokens"),
        (BOUND[4], "3,x,1", "2 rows of 3 tokens"),
        (BOUND[6], "nowhere.png", "Expected a picture as mask. Received: nowhere.png"),
        (BOUND[7], "half", "one truncation for all images, or 2. Received: half."),
        (BOUND[9], "3", "a category from 0 to 2 and up to 2 numbers .* Received: 3."),
        (BOUND[9], "1,0.5,1.5", "numbers from -1 to 1"),
        (BOUND[9], "1,0,0,0", "up to 2 numbers"),
        (BOUND[9], "one", "Received: one."),
    ],
)
def test_what_it_cannot_be_is_refused(condition, typed, message):
    with pytest.raises(InputError, match=message):
        condition.read(condition.names[-1], typed, 2)


def test_a_mask_is_read_from_a_picture_or_a_folder(tmp_path):
    for number in range(2):
        level = np.full((8, 8), 255 * number, np.uint8)
        Image.fromarray(level).save(tmp_path / f"{number}.png")
    one = BOUND[6].read("mask", str(tmp_path / "1.png"), 2)["mask"]
    np.testing.assert_array_equal(one, np.ones((2, 4, 4, 1)))
    both = BOUND[6].read("mask", tmp_path, 2)["mask"]
    np.testing.assert_array_equal(both.mean(axis=(1, 2, 3)), [0.0, 1.0])
    with pytest.raises(InputError, match=r"one mask .* for all images, or 3"):
        BOUND[6].read("mask", tmp_path, 3)


def test_previews_of_what_starts_from_data_ask_for_them():
    gan = Pix2Pix.example()
    with pytest.raises(
        InputError, match=r"^Expected examples with source, target for a preview of"
    ):
        gan.preview(4)
    assert len(CGAN.example().preview(4)) == 4
    with pytest.raises(InputError, match=r"Received: seeds=5\. Put it in a list"):
        gan.sample(5)
