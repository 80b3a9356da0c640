"""Draws examples of a source into one picture, or returns them as lines of text."""

import dataclasses
import math
import textwrap
import warnings

import numpy as np
from PIL import Image

from kgan.data._detokenize import detokenize
from kgan.data._source import Source, build_memory_fetch
from kgan.errors import InputError, check_whole
from kgan.files import replace_atomically
from kgan.images import to_uint8
from kgan.signals import draw_signals
from kgan.types import PathLike

# Keys of what is drawn of an example, side by side.
_SIDES = (("source", "target"), ("a", "b"), ("image",), ("signal",))
_PICTURES, _POINTS, _LINES, _SIGNALS = 32, 4000, 16, 16  # drawn if no count is given
_DPI = 100
_PAGE = 1100  # pixels, about the width of the page
_SIDE = 96  # least height of a drawn picture; smaller ones are enlarged by a whole factor
_LARGEST = 160  # greatest height; larger ones are shrunk to it
_NARROWEST = 120  # least width of a cell, so that text has room
_GAP, _BETWEEN = 12, 4  # pixels between cells and about the page; between the sides of a pair
_PAPER = 240  # grey, so that white pictures have an edge
_LETTER, _LINE = 6.6, 15  # pixels: width of a letter, height of a line of text
_FONT = 8  # points


def preview(source: Source, path: PathLike | None = None, count: int | None = None) -> str | None:
    """Draws shuffled examples of a source into one PNG; texts are returned.

    Pictures are laid out in a grid, pairs side by side, over what the source says of them:
    caption, class, domain. Points in the plane become a scatter plot, points on the line a
    histogram.

    Args:
        source: a `Source`.
        path: of the PNG, which is written atomically. None for texts.
        count: examples to draw; by default 32 pictures, 4000 points or 16 texts, or all if there
            are fewer.

    Returns:
        The texts, a line each, after a line on what the source holds; None where a picture is
        written.

    Raises:
        InputError: no path for a picture, one that does not end in .png, or one for texts; a count
            below 1; or examples that are neither pictures, points nor texts.

    Example:
        >>> kgan.data.preview(kgan.data.captions(), "captions.png", count=24)
    """
    if count is not None:
        check_whole(1, count=count)
    if "tokens" in source.spec:
        if path is not None:
            raise InputError(
                f"Expected no --out for {source.name}, whose texts are printed. Received: {path}."
            )
        return _write_lines(source, count or _LINES)
    if path is None:
        raise InputError(f"Expected --out FILE.png for {source.name}. Received: none.")
    if not str(path).lower().endswith(".png"):
        raise InputError(f"Expected --out to end in .png. Received: {path}.")
    keys = _find_keys(source)
    if keys == ("signal",):
        examples = _choose_examples(source, count or _SIGNALS)
        drawn = {"image": draw_signals(examples.pop("signal")), **examples}
        drawn = dataclasses.replace(source, **_in_memory(drawn), mirror=False)
        figure = _draw_grid(drawn, ("image",), drawn.count, _describe(source, keys))
    elif len(source.spec[keys[0]].shape) == 3:
        figure = _draw_grid(source, keys, count)
    else:
        figure = _plot_points(source, _choose_examples(source, count or _POINTS))
    with replace_atomically(path) as temporary, warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(temporary, format="png", dpi=_DPI)
    return None


def _write_lines(source, count):
    texts = detokenize(_choose_examples(source, count)["tokens"], source.vocabulary)
    return "\n".join([_describe(source, ("tokens",)), *texts])


def _find_keys(source):
    """Returns the keys of what is drawn of an example."""
    for keys in _SIDES:
        if all(key in source.spec for key in keys):
            shape = source.spec[keys[0]].shape
            if (
                len(shape) == 3
                or keys == ("signal",)
                or (keys == ("image",) and shape in ([1], [2]))
            ):
                return keys
    shapes = ", ".join(f"{key} {tuple(spec.shape)}" for key, spec in source.spec.items())
    raise InputError(
        f"Expected pictures, or points in the plane or on the line. Received: {source.name} with "
        f"{shapes}. Choose another source."
    )


def _choose_examples(source, count):
    """Returns `{key: [N, ...]}` of shuffled examples, sorted by label if they have no caption."""
    batch = next(source.dataset(min(count, source.count)).as_numpy_iterator())
    if "label" in batch and "caption" not in batch:
        order = np.argsort(batch["label"], kind="stable")
        batch = {key: values[order] for key, values in batch.items()}
    return batch


def _choose_table(whole, count):
    """Returns `{key: [N, ...]}`, the same labels of each domain in turn, and how many labels."""
    domains = np.unique(whole["domain"])
    labels = np.unique(whole["label"])
    for domain in domains:
        labels = np.intersect1d(labels, whole["label"][whole["domain"] == domain])
    columns = np.random.default_rng(0).permutation(labels)[: max(1, count // len(domains))]
    rows = [
        np.flatnonzero((whole["domain"] == domain) & (whole["label"] == label))[0]
        for domain in domains
        for label in np.sort(columns)
    ]
    return {key: values[rows] for key, values in whole.items()}, len(columns)


def _in_memory(arrays):
    """Returns the fields of a source that holds these arrays."""
    fetch, spec = build_memory_fetch(arrays)
    return {"count": len(arrays["image"]), "fetch": fetch, "spec": spec}


def _draw_grid(source, keys, count, title=None):
    widths, heights = zip(*(_drawn_size(source.spec[key].shape) for key in keys), strict=True)
    width, height = sum(widths) + _BETWEEN * (len(keys) - 1), max(heights)
    cell = max(width, _NARROWEST) + _GAP
    columns = max(1, _PAGE // cell)
    if {"domain", "label"} <= source.spec.keys():
        examples, columns = _choose_table(source.arrays(), count or _PICTURES)
    else:
        # Full rows, unless a number was asked for.
        examples = _choose_examples(source, count or columns * max(1, _PICTURES // columns))
    rows = list(zip(*(examples[key] for key in keys), strict=True))
    columns = min(columns, len(rows))
    title = _wrap(title or _describe(source, keys), max(columns * cell, _PAGE // 2))
    texts = [_wrap(text, cell - _GAP) for text in _describe_examples(source, examples, len(rows))]
    top, below = _text_height(title) + 2 * _GAP, max(map(_text_height, texts)) + _GAP
    page_height = top + math.ceil(len(rows) / columns) * (height + below)
    page_width = max(columns * cell, _PAGE // 2) + _GAP
    canvas = np.full((page_height, page_width, 3), _PAPER, np.uint8)
    figure = _figure(page_width, page_height)

    def write(x, y, text):
        place = (x / page_width, 1.0 - y / page_height)
        figure.text(*place, text, fontsize=_FONT, va="top", parse_math=False)

    write(_GAP, _GAP, title)
    for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
        y = top + number // columns * (height + below)
        x = _GAP + number % columns * cell
        write(x, y + height + 3, text)
        for picture in map(_resize, row):
            canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
            x += picture.shape[1] + _BETWEEN
    figure.figimage(canvas, origin="upper")
    return figure


def _plot_points(source, examples):
    points, label = examples["image"], examples.get("label")
    figure = _figure(600, 600, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(_wrap(_describe(source, ("image",)), 560), fontsize=_FONT + 1, loc="left")
    if points.shape[1] == 2:
        colors = {} if label is None else {"c": label % 10, "cmap": "tab10", "vmin": 0, "vmax": 9}
        axes.scatter(*points.T, s=4, linewidths=0, **colors)
        axes.set(aspect="equal", xlabel="first coordinate", ylabel="second coordinate")
    else:
        axes.hist(points[:, 0], bins=100, density=True)
        axes.set(xlabel="value", ylabel="density")
    return figure


def _figure(width, height, layout=None):
    # The object-oriented interface: no window, no global state. It is slow to import.
    from matplotlib.figure import Figure

    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, layout=layout)


def _drawn_size(shape):
    """Returns width and height in pixels at which a picture [H, W, C] is drawn."""
    height, width, _ = shape
    if height > _LARGEST:
        return max(1, round(width * _LARGEST / height)), _LARGEST
    factor = math.ceil(_SIDE / height)
    return width * factor, height * factor


def _resize(picture):
    """Returns a picture as uint8 [H, W, 3] at the size at which it is drawn."""
    picture = to_uint8(picture)
    picture = picture[..., :3] if picture.shape[-1] >= 3 else picture[..., :1].repeat(3, axis=2)
    larger = picture.shape[0] <= _LARGEST
    how = Image.Resampling.NEAREST if larger else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(picture).resize(_drawn_size(picture.shape), how))


def _describe(source, keys):
    counts = [f"{source.count:,} examples"]
    if source.sides:
        counts = [f"{n:,} of {key}" for key, n in zip(keys, source.sides, strict=True)]
    values = {"label": source.classes, **source.names}
    if isinstance(source.vocabulary, tuple):
        values["tokens"] = source.vocabulary
    kinds = []
    for key, spec in source.spec.items():
        shape = "×".join(map(str, spec.shape))
        known = f"{len(values[key])} values" if values.get(key) else ""
        kinds.append(" ".join(filter(None, (key, shape, spec.dtype.name, known))))
    order = f" Shown: {' | '.join(keys)}." if len(keys) > 1 else ""
    return f"{source.name}: {', '.join(counts)}. Each: {'; '.join(kinds)}.{order}"


def _describe_examples(source, examples, count):
    """Returns the text under each example."""
    if "caption" in examples:
        return [caption.decode() for caption in examples["caption"]]
    values = {"label": source.classes, **source.names}
    known = [key for key in values if key in examples and values[key]]
    return [", ".join(values[key][examples[key][n]] for key in known) for n in range(count)]


def _wrap(text, width):
    return textwrap.fill(text, max(8, int(width / _LETTER)))


def _text_height(text):
    return (text.count("\n") + 1) * _LINE if text else 0
