"""Sentences in two styles: what is right, what training does not see, and a person's own files."""

import numpy as np
import pytest

from kgan.data import detokenize, find_held_out, open_source, text_styles, unpaired_text
from kgan.errors import InputError

KINDS = ("register", "word_order", "cipher")


def read(source, key, style):
    arrays = source.arrays()
    return detokenize(arrays[key][arrays["label"] == style], source.vocabulary)


def test_the_right_transfer_is_known():
    requests = text_styles("register", count=200, split="test")
    for curt, polite in zip(read(requests, "tokens", 0), read(requests, "target", 0), strict=True):
        _, name, *rest = curt.split()
        assert polite == f"dear {name} would you please {' '.join(rest)}"
    scenes = text_styles("word_order", count=200, split="test")
    for turned, straight in zip(read(scenes, "tokens", 1), read(scenes, "target", 1), strict=True):
        deed, the, beast, age, a, thing, colour = turned.split()
        assert straight == f"{the} {age} {beast} {deed} {a} {colour} {thing}"


def test_a_cipher_has_another_word_for_each():
    source = text_styles("cipher", count=400, split="test")
    key = {}
    for plain, secret in zip(read(source, "tokens", 0), read(source, "target", 0), strict=True):
        for word, other in zip(plain.split(), secret.split(), strict=True):
            assert key.setdefault(word, other) == other
    assert len(set(key.values())) == len(key) and not set(key) & set(key.values())


@pytest.mark.parametrize("kind", KINDS)
def test_no_meaning_is_in_both_styles_or_in_both_splits(kind):
    train, test = text_styles(kind, count=600), text_styles(kind, count=300, split="test")
    assert "target" not in train.spec
    known = {row.tobytes() for row in train.arrays()["tokens"]}
    arrays = test.arrays()
    for rows in (arrays["tokens"], arrays["target"]):
        assert not known & {row.tobytes() for row in rows}
    # What training says in one style, another text of the same meaning would say in the other.
    rows = {style: set(read(train, "tokens", style)) for style in (0, 1)}
    if kind == "register":
        back = {"hey " + " ".join((t.split()[1], *t.split()[5:])) for t in rows[1]}
        assert not rows[0] & back
    assert train.vocabulary == test.vocabulary and train.spec["tokens"] == test.spec["tokens"]
    assert np.bincount(train.arrays()["label"]).tolist() == [300, 300]


def test_what_is_held_out_is_found():
    options = {"source": "text_styles", "kind": "cipher", "count": 9, "split": "train"}
    assert find_held_out(options)["split"] == "test"


@pytest.mark.parametrize("wrong", [{"kind": "rude"}, {"split": "all"}, {"count": 1}])
def test_what_is_not_there_is_refused(wrong):
    with pytest.raises(InputError, match=r"Received: .*(rude|all|1)"):
        text_styles(**wrong)


def test_two_files_of_lines(tmp_path):
    (tmp_path / "curt.txt").write_text("bring the cup\n\nbring it\n", "utf-8")
    (tmp_path / "polite.txt").write_text("please bring the cup\ndo it at once now\n", "utf-8")
    source = open_source(f"unpaired_text:{tmp_path}/curt.txt,{tmp_path}/polite.txt", {"length": 4})
    assert source.classes == ("curt", "polite") and source.count == 3
    assert read(source, "tokens", 0) == ["bring the cup", "bring <unknown>"]
    assert read(source, "tokens", 1) == ["<unknown> bring the cup"]
    assert source.notes[0] == "1 sentences of more than 4 words left out"
    (tmp_path / "curt.txt").write_text("bring the cup\nbring the cup\n", "utf-8")
    again = unpaired_text(f"{tmp_path}/curt.txt,{tmp_path}/polite.txt", 4)
    assert again.digest != source.digest


@pytest.mark.parametrize(
    "files, message",
    [
        ("one.txt", "Expected two text files"),
        ("no.txt,one.txt", r"Received: no.txt \(No such file"),
        ("one.txt,empty.txt", "Received: empty.txt without any"),
    ],
)
def test_other_files_are_refused(files, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text("a b\na b\n", "utf-8")
    (tmp_path / "empty.txt").write_text("\n", "utf-8")
    with pytest.raises(InputError, match=message):
        unpaired_text(files)
