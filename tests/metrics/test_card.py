"""Names that carry their settings, and cards that say what a score rests on."""

import json

import pytest

from kgan.errors import InputError
from kgan.metrics.card import METRICS, Card, MetricName, Score, parse_name


@pytest.mark.parametrize(
    "text, expected",
    [
        ("fid", MetricName("fid")),
        ("kid/classifier", MetricName("kid", "classifier")),
        ("is/raw/100", MetricName("is", "raw", 100)),
        ("fid/inception-2015/50000/clean", MetricName("fid", "inception-2015", 50_000, "clean")),
    ],
)
def test_names_there_and_back(text, expected):
    assert parse_name(text) == expected
    assert str(expected) == text
    assert parse_name(expected) == expected


@pytest.mark.parametrize(
    "text, message",
    [
        ("fud", "Unknown metric. Received: 'fud'. Known, nearest first: fid"),
        ("fid/raw/many", "Expected a count of samples"),
        ("fid/raw/0", "Expected a count of samples"),
        ("fid/raw/10/cubic", "Unknown resize"),
        ("fid//10", "metric/extractor/samples/resize"),
        ("fid/a/1/clean/b", "metric/extractor/samples/resize"),
    ],
)
def test_bad_names(text, message):
    with pytest.raises(InputError, match=message):
        parse_name(text)


def test_only_the_graph_of_2015_makes_a_fid():
    assert MetricName("fid", "inception-2015", 1).title == "FID"
    assert MetricName("is", "inception-2015", 1).title == "Inception Score"
    for extractor in ("keras-inception", "classifier", "lenet"):
        for metric in METRICS:
            title = MetricName(metric, extractor, 1).title
            assert "FID" not in title and "KID" not in title and "Inception Score" not in title
            assert title.endswith(f"on {extractor}")


@pytest.fixture
def card():
    name = MetricName("fid", "classifier", 100)
    fid = Score(name, (3.0, 5.0), bias=0.5, check="fid: agree", warnings=("few", "unequal"))
    kl = Score(name._replace(metric="kl"), (float("inf"),), ideal=0.0, warnings=("unequal",))
    return Card((fid, kl), "classifier", "ab" * 32, "none", 90, 100, (0, 100), notes=("JPEG",))


def test_a_score_has_mean_and_spread(card):
    assert card["fid"].value == 4.0
    assert card["fid"].sd == pytest.approx(2.0**0.5)
    assert card["fid/classifier/100"] is card["fid"]
    assert card["kl"].sd is None
    with pytest.raises(InputError, match="Unknown score"):
        card["recall"]


def test_the_text_says_what_one_must_know(card):
    text = str(card)
    expected = [
        "fid/classifier/100  4 ± 1.4",
        "lower is better",
        "bias about 0.5",
        "fid: agree",
        "a true sampler: 0",
        "100 generated against 90 real",
        "abababababab",
        "seeds from 0, 100",
        "note: JPEG",
        "warning: few",
    ]
    for part in expected:
        assert part in text
    assert text.count("warning: unequal") == 1


def test_a_card_is_json(card, tmp_path):
    card.write(tmp_path / "card.json")
    written = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert written["scores"][0]["name"] == "fid/classifier/100"
    assert written["scores"][0]["title"] == "Fréchet distance on classifier"
    assert written["scores"][0]["values"] == [3.0, 5.0]
    assert written["scores"][1]["value"] == "inf"
    assert written["extractor_sha256"] == "ab" * 32
    assert written["warnings"] == ["few", "unequal"]
    assert written["seeds"] == [0, 100]
