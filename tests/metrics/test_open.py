"""Extractors by text: each kind reaches its own function with what was asked for."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _classifier, _inception, _saved_networks
from kgan.metrics._open import open_extractor


@pytest.fixture
def calls(monkeypatch):
    seen = []

    def record(name):
        return lambda *arguments, **named: seen.append((name, *arguments, *named.values()))

    monkeypatch.setattr(_inception, "inception", record("inception"))
    monkeypatch.setattr(_inception, "keras_inception", record("keras"))
    monkeypatch.setattr(_saved_networks, "load_network", record("saved"))
    monkeypatch.setattr(_classifier, "classifier", record("classifier"))
    return seen


@pytest.mark.parametrize(
    "text, expected",
    [
        ("inception-2015", ("inception", _inception.URL, "12", "tf1")),
        ("inception", ("inception", _inception.URL, "12", "tf1")),
        ("inception-2015:http://a/b", ("inception", "http://a/b", "12", "tf1")),
        ("saved:~/net.keras", ("saved", "~/net.keras", "tf1", "12")),
    ],
)
def test_networks_in_files(calls, text, expected):
    open_extractor(text, resize="tf1", sha256="12")
    assert calls == [expected]


def test_the_others(calls):
    images, labels = np.zeros((2, 4, 4, 1)), np.array([0, 1])
    open_extractor("classifier", images, labels)
    open_extractor("keras-inception:w.h5")
    open_extractor("keras-inception")
    assert calls[0][0] == "classifier" and calls[0][1] is images and calls[0][2] is labels
    assert calls[1:] == [("keras", "w.h5", "clean"), ("keras", "imagenet", "clean")]
    assert open_extractor("raw").name == "raw"


@pytest.mark.parametrize(
    "text, message",
    [
        ("inceptoin", "Unknown extractor. Received: 'inceptoin'. Known, nearest first: inception-"),
        ("raw:a", "Expected raw without a colon"),
        ("efficientnet-lite0:a", "Expected efficientnet-lite0 without a colon"),
        ("saved:", "without a colon, or a path"),
        ("saved", "Expected saved:path"),
        ("classifier", "images with labels"),
    ],
)
def test_bad_texts(calls, text, message):
    with pytest.raises(InputError, match=message):
        open_extractor(text)
    assert calls == []


def test_a_hash_is_not_ignored(calls):
    with pytest.raises(InputError, match="no sha256 for raw"):
        open_extractor("raw", sha256="12")
