"""Drawings are made once, kept whole, and drawn anew where the cache is no use."""

import numpy as np
import pytest

from kgan.data._drawings import draw_once
from kgan.errors import InputError

SHAPE = (2, 2, 1)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def draw(calls):
    def draw_number(number):
        calls.append(number)
        return np.full(SHAPE, number, np.uint8)

    return draw_number


def test_only_what_is_new_is_drawn(draw, calls):
    images = draw_once("a", 3, SHAPE, draw, "Drawing")
    assert images[:, 0, 0, 0].tolist() == [0, 1, 2] == calls
    assert draw_once("a", 2, SHAPE, draw, "Drawing")[:, 0, 0, 0].tolist() == [0, 1]
    assert len(calls) == 3
    assert draw_once("a", 5, SHAPE, draw, "Drawing")[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert calls == [0, 1, 2, 3, 4]
    draw_once("b", 1, SHAPE, draw, "Drawing")
    assert calls[5:] == [0]


def test_work_that_is_stopped_goes_on(draw, calls):
    def stop(number):
        if number == 2:
            raise KeyboardInterrupt
        return draw(number)

    with pytest.raises(KeyboardInterrupt):
        draw_once("a", 4, SHAPE, stop, "Drawing")
    draw_once("a", 4, SHAPE, draw, "Drawing")
    assert calls == [0, 1, 2, 3]


def test_a_damaged_file_is_drawn_anew(draw, calls, cache):
    draw_once("a", 3, SHAPE, draw, "Drawing")
    (path,) = cache.rglob("*.npz")
    whole = path.read_bytes()
    for damage in (whole[:50], b"", whole.replace(b"\x01\x01\x01\x01", b"\x01\x01\x01\x09")):
        path.write_bytes(damage)
        calls.clear()
        assert draw_once("a", 3, SHAPE, draw, "Drawing")[:, 1, 1, 0].tolist() == [0, 1, 2]
        assert calls == [0, 1, 2]


def test_a_cache_that_cannot_be_written_costs_only_time(draw, calls, cache):
    (cache / "kgan").write_text("a file")
    assert len(draw_once("a", 3, SHAPE, draw, "Drawing")) == 3


def test_too_much_is_refused_before_it_is_drawn(draw, calls):
    with pytest.raises(
        InputError, match=r"at most 4 GiB of pictures. Received: 100000 of 256x256x3"
    ):
        draw_once("a", 100_000, (256, 256, 3), draw, "Drawing")
    assert not calls
