"""One meaning in two styles: sentences whose right transfer is known, and a person's own files.

register     hey sam bring the red cup      | dear sam would you please bring the red cup
word_order   the old dog sees the red cup   | sees the dog old the cup red
cipher       the old dog sees the red cup   | another word for each, always the same
"""

import hashlib
import pathlib
import random
from typing import Literal, NamedTuple

import numpy as np

from kgan.data._hashing import hash_to_unit
from kgan.data._source import MADE_BY_KGAN, Source
from kgan.data._tokenize import UNKNOWN, collect_vocabulary, tokenize
from kgan.errors import InputError, check_whole
from kgan.registry import SOURCES

register = SOURCES.register

_SEED = 0  # of the sentences; the order in which they are read has its own
_HELD_OUT = 0.1  # share of what can be said that training does not say in any style
_PLACE = 0.5  # chance that a request says from where
_NAMES = ("sam", "ann", "tom", "eve", "max", "joe", "kim", "leo")
_VERBS = ("bring", "pass", "show", "fetch", "lend", "send")
_COLOURS = ("red", "blue", "new", "small", "long", "soft", "cold", "clean")
_THINGS = ("cup", "book", "lamp", "key", "map", "coat", "box", "ring")
_PLACES = ("kitchen", "garden", "car", "office")
_BEASTS = ("dog", "cat", "fox", "bear", "bird", "wolf")
_AGES = ("old", "young", "wild", "tired", "quick")
_DEEDS = ("sees", "finds", "takes", "hides", "likes")


class _Styles(NamedTuple):
    """Names of two styles, a draw of what is said, and each style's way to say it."""

    names: tuple
    draw: object
    write: tuple


def _draw_request(draws):
    place = _choose(draws, _PLACES) if draws.random() < _PLACE else None
    return (*(_choose(draws, words) for words in (_NAMES, _VERBS, _COLOURS, _THINGS)), place)


def _write_request(opening, said):
    name, verb, colour, thing, place = said
    start = opening.format(name)
    return f"{start} {verb} the {colour} {thing}" + (f" from the {place}" if place else "")


def _draw_scene(draws):
    return tuple(_choose(draws, words) for words in (_AGES, _BEASTS, _DEEDS, _COLOURS, _THINGS))


def _write_scene(said):
    return "the {} {} {} a {} {}".format(*said)


def _write_scene_backwards(said):
    age, beast, deed, colour, thing = said
    return f"{deed} the {beast} {age} a {thing} {colour}"


def _write_secret_scene(said):
    return " ".join(_SECRETS[word] for word in _write_scene(said).split())


def _make_secrets():
    """Returns a made-up word for each word of a scene."""
    draws, secrets = random.Random(_SEED), {}
    for word in ("the", "a", *_AGES, *_BEASTS, *_DEEDS, *_COLOURS, *_THINGS):
        while word not in secrets:
            made = "".join(draws.choice("bdfgklmnprstvz") + draws.choice("aeiou") for _ in "ab")
            secrets |= {} if made in secrets.values() else {word: made}
    return secrets


def _choose(draws, words):
    """Returns a word; the k-th is drawn in proportion to 1 / k."""
    return draws.choices(words, [1.0 / (place + 1) for place in range(len(words))])[0]


_SECRETS = _make_secrets()
_KINDS = {
    "register": _Styles(
        ("curt", "polite"),
        _draw_request,
        (
            lambda said: _write_request("hey {}", said),
            lambda said: _write_request("dear {} would you please", said),
        ),
    ),
    "word_order": _Styles(
        ("straight", "turned"), _draw_scene, (_write_scene, _write_scene_backwards)
    ),
    "cipher": _Styles(("plain", "cipher"), _draw_scene, (_write_scene, _write_secret_scene)),
}


@register("text_styles")
def text_styles(
    kind: Literal["register", "word_order", "cipher"] = "register",
    count: int = 20_000,
    split: Literal["train", "test"] = "train",
) -> Source:
    """Sentences in two styles, and in the split test what each is in the other.

    No meaning of the split test is said in training, and none of training in both styles.

    Args:
        kind: `"register"` (curt and polite requests), `"word_order"`, or `"cipher"` (each word is
            replaced by another, which the other style does not have).
        count: sentences, ≥ 2; half of them in each style.
        split: `"train"` or `"test"`.

    Returns:
        A `Source` of `tokens` [T] int32 and `label`, its style; in the split test also of `target`
        [T], the same said in the other style.

    Raises:
        InputError: an argument out of range.

    Example:
        >>> source = kgan.data.text_styles(split="test", count=2)
        >>> for key in ("tokens", "target"):
        ...     print(kgan.data.detokenize(source.arrays()[key][:1], source.vocabulary))
        ['hey sam bring the blue box']
        ['dear sam would you please bring the blue box']
    """
    check_whole(2, count=count)
    if kind not in _KINDS or split not in ("train", "test"):
        raise InputError(
            f"Expected kind out of {', '.join(_KINDS)} and split train or test. Received: "
            f"kind={kind!r}, split={split!r}."
        )
    styles = _KINDS[kind]
    draws = random.Random(f"{_SEED}/{kind}/{split}")
    sides = {}  # of each meaning the style in which training says it
    texts = [[], []]  # as they are, and as they are in the other style
    while len(texts[0]) < count:
        said = styles.draw(draws)
        style = len(texts[0]) % 2
        if (hash_to_unit(str(said)) < _HELD_OUT) != (split == "test"):
            continue
        if split == "train" and sides.setdefault(said, style) != style:
            continue
        texts[0].append(styles.write[style](said))
        texts[1].append(styles.write[1 - style](said))
    vocabulary, length = _measure(styles)
    arrays = {
        "tokens": tokenize(texts[0], vocabulary, length),
        "label": (np.arange(count) % 2).astype(np.int32),
    }
    if split == "test":
        arrays["target"] = tokenize(texts[1], vocabulary, length)
    facts = {"vocabulary": vocabulary, "classes": styles.names, "licence": MADE_BY_KGAN}
    return Source.from_arrays(f"text_styles:{kind}", arrays, **facts)


def _measure(styles):
    """Returns every word of two styles, in an order of the alphabet, and the longest's words."""
    draws = random.Random(_SEED)
    said = [styles.draw(draws) for _ in range(5000)]
    texts = [write(one) for one in said for write in styles.write]
    words = sorted({word for text in texts for word in text.split()})
    return ("", *words), max(len(text.split()) for text in texts)


@register("unpaired_text")
def unpaired_text(files: str, length: int = 16, min_count: int = 2) -> Source:
    """Two text files, a sentence a line, each in a style of its own; lines need not correspond.

    Words are what stands between blanks; letters and signs stay as they are.

    Args:
        files: paths of both, separated by a comma: `"curt.txt,polite.txt"`; the styles are named
            after them, without folder and ending.
        length: words of the longest sentence that is read, ≥ 1; longer ones are left out.
        min_count: how often a word must stand in both files together, ≥ 1; a rarer one is
            `<unknown>`.

    Returns:
        A `Source` of `tokens` [length] int32 and `label`, the style.

    Raises:
        InputError: other than two files, one that cannot be read, or one without a sentence.

    Example:
        >>> source = kgan.data.unpaired_text("curt.txt,polite.txt")
        >>> source.classes
        ('curt', 'polite')
    """
    check_whole(1, length=length, min_count=min_count)
    paths = [pathlib.Path(part.strip()).expanduser() for part in files.split(",")]
    if len(paths) != 2:
        raise InputError(
            f"Expected two text files with a comma between them. Received: files={files!r}. "
            "Write unpaired_text:FIRST,SECOND."
        )
    sides = [_read_lines(path) for path in paths]
    kept = [[line for line in lines if len(line.split()) <= length] for lines in sides]
    for path, lines in zip(paths, kept, strict=True):
        if not lines:
            raise InputError(
                f"Expected sentences of at most {length} words. Received: {path} without any. "
                "Give a larger length."
            )
    texts = [line for lines in kept for line in lines]
    vocabulary = collect_vocabulary(texts, min_count)
    if len(vocabulary) <= 2:
        raise InputError(
            f"Expected words that stand {min_count} times in both files. Received: none. "
            "Give a smaller min_count, or longer files."
        )
    tokens = tokenize(texts, vocabulary, length)
    label = np.repeat(np.arange(2, dtype=np.int32), [len(lines) for lines in kept])
    names = tuple(path.stem for path in paths)
    if names[0] == names[1]:
        names = tuple(str(path) for path in paths)
    left_out = sum(map(len, sides)) - len(texts)
    rare = int((tokens == vocabulary.index(UNKNOWN)).sum())
    notes = [f"{left_out} sentences of more than {length} words left out"] * bool(left_out)
    notes += [f"{rare} rare words are {UNKNOWN}"] * bool(rare)
    return Source.from_arrays(
        f"unpaired_text:{files}",
        {"tokens": tokens, "label": label},
        vocabulary=vocabulary,
        classes=names,
        notes=tuple(notes),
        digest=hashlib.sha256("\n".join(texts).encode()).hexdigest(),
    )


def _read_lines(path):
    """Returns the lines of a text file that hold words."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"Expected a text file. Received: {path} ({reason}).") from error
    return [line for line in lines if line.split()]
