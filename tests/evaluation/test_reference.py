"""Real samples: those held out, and the same ones for `kgan evaluate` and for the doctor."""

import subprocess
import sys

import numpy as np
import pytest

import kgan.evaluation
from kgan.data import find_held_out, open_source
from kgan.evaluation.diagnosis.measure import Examiner
from kgan.evaluation.reference import _splits, open_reference, parse_real_data


@pytest.mark.parametrize(
    "split, trained_on, expected",
    [
        ("train", "train", ("train", "test")),
        ("train[:10%]", "train[:10%]", ("train[:10%]", "test")),
        ("validation", None, ("train", "validation")),
        ("test", "test", ("test", None)),
        ("all", None, ("all", None)),
        (None, None, (None, None)),
    ],
)
def test_what_is_held_out(split, trained_on, expected):
    train, real = _splits({"source": "glyphs", "split": split}, trained_on)
    assert (train["split"], real and real["split"]) == expected


def test_a_view_holds_back_what_its_source_does():
    data = {"source": "downsampled", "of": "digits", "split": None}
    assert _splits(data, None) == (data, {**data, "split": "test"})
    assert find_held_out(data) == {**data, "split": "test"}
    assert find_held_out({**data, "of": "images:photos"}) is None


@pytest.mark.parametrize("split", ["train", "all"])
def test_the_doctor_and_kgan_evaluate_compare_with_the_same_samples(split):
    sources = [open_source("digits", {"size": 16, "split": split})]
    if split == "train":
        sources.append(open_source("digits", {"size": 16, "split": "test"}))
    examined = Examiner(sources[0], "image", *sources[1:]).reference
    data = parse_real_data("digits", {}, ["--data.split", split], 16)
    evaluated = open_reference(data, "image", halve_labelled=True)
    assert examined.held_out == evaluated.held_out == (split == "train")
    for one, other in zip(examined.taught.read(), evaluated.taught.read(), strict=True):
        np.testing.assert_array_equal(one, other)
    for side in ("real", "train"):
        one, other = getattr(examined, side), getattr(evaluated, side)
        assert one.count == other.count
        np.testing.assert_array_equal(one.pick(range(99)), other.pick(range(99)))
    np.testing.assert_array_equal(evaluated.taught.labels, examined.taught.read()[1])


def test_the_package_has_the_function_also_after_its_file_is_imported():
    from kgan.evaluation._evaluate import evaluate

    assert kgan.evaluation.evaluate is evaluate


def test_the_illnesses_are_listed_without_tensorflow():
    line = "import sys, kgan.evaluation.diagnosis.findings; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0
