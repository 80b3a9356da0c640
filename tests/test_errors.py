"""Messages a person can act on."""

import pickle

import pytest

from kgan.errors import (
    InputError,
    MissingExtraError,
    UnknownNameError,
    check_fraction,
    check_positive,
)


def test_unknown_names_the_known_nearest_first():
    error = UnknownNameError("recipe", "dcgan_digit", ["gan_digits", "dcgan_digits", "biggan"])
    assert isinstance(error, InputError)
    assert str(error) == (
        "Unknown recipe. Received: 'dcgan_digit'. "
        "Known, nearest first: dcgan_digits, gan_digits, biggan."
    )


def test_many_known_names_are_cut():
    text = str(UnknownNameError("option", "option_07", [f"option_{n:02d}" for n in range(40)]))
    assert "first: option_07, " in text and text.endswith(", …") and text.count("option_") == 9


def test_nothing_known():
    assert str(UnknownNameError("recipe", "x", [])).endswith("nearest first: none.")


@pytest.mark.parametrize(
    "error",
    [UnknownNameError("recipe", "x", {"y": 1}), MissingExtraError("to serve", "uvicorn", "web")],
)
def test_errors_survive_the_way_between_processes(error):
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_fractions_are_from_0_to_1():
    check_fraction(none=0, all=1.0)
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match=f"Expected mix from 0 to 1. Received: mix={value}"):
            check_fraction(mix=value)


def test_positive_numbers():
    check_positive(rate=1e-9)
    for value in (0, -0.1, float("nan")):
        with pytest.raises(InputError, match=f"Expected rate > 0. Received: rate={value}"):
            check_positive(rate=value)
