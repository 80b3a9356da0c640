"""What people are told, and where."""

import logging
import os

import pytest

from kgan.log import count_words, logger, tell, warn


def test_lines_go_to_standard_output_and_warnings_to_standard_error(capsys):
    tell("3 of 1000% files skipped")
    warn("odd")
    assert capsys.readouterr() == ("3 of 1000% files skipped\n", "odd\n")


def test_a_level_makes_it_quiet(capsys, request):
    request.addfinalizer(lambda level=logger.level: logger.setLevel(level))
    logger.setLevel(logging.WARNING)
    tell("all is well")
    warn("odd")
    assert capsys.readouterr() == ("", "odd\n")


def test_a_reader_that_has_gone_is_an_error_as_it_is_for_print(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", buffering=1) as broken:
        monkeypatch.setattr("sys.stdout", broken)
        with pytest.raises(BrokenPipeError):
            tell("anybody there?")
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)  # so that it can be closed


def test_one_is_one():
    assert [count_words(n, "epoch") for n in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]
