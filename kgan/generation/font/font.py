"""From a run that redraws characters to a font: its pictures, their outlines, the file."""

import pathlib
from typing import NamedTuple

import numpy as np

from kgan.data import FontFile, expand_characters, find_missing, open_frame, open_hand
from kgan.errors import InputError, check_fraction
from kgan.generation.font.outlines import trace_outlines
from kgan.generation.font.specimen import write_specimen
from kgan.generation.font.typeface import Names, read_metrics, write_typeface
from kgan.log import warn
from kgan.models.core.base import GAN
from kgan.models.core.conditions import Label
from kgan.progress import track
from kgan.runs.load import load_run
from kgan.types import Array, PathLike

_CHUNK = 64  # characters that are drawn at once
_ENLARGEMENT = 2  # of pictures of a hand's own characters


class FontReport(NamedTuple):
    """What was written, and how well.

    Attributes:
        paths: of the font, its specimen as a picture and as a page.
        characters: how many the font has.
        error: root-mean-square difference of the font, drawn at the network's size, from the
            network's pictures; 1 is full ink.
        points: of all outlines.
        size: bytes of the font.
    """

    paths: list[pathlib.Path]
    characters: int
    error: float
    points: int
    size: int


def make_font(
    folder: PathLike,
    out: PathLike,
    label: str | None = None,
    characters: str | None = None,
    blend: tuple[str, float] | None = None,
    name: str | None = None,
    licence: str | None = None,
    originals: bool = False,
) -> FontReport:
    """Writes a TrueType font in one of the hands of a run, or between two of them.

    Advance widths and the heights of lines are those of the font the run starts from.

    Args:
        folder: of a run on `fonts`.
        out: path of the font, a .ttf; a .png and a .html beside it show it.
        label: the hand, by name or number; None where the run has but one.
        characters: as for `kgan.data.fonts`: a set's name, a text file, or the characters; None for
            those that the run was trained on.
        blend: `(another hand, share of it from 0 to 1)`.
        name: of the font in menus; None for the file's.
        licence: what the font says of its licence; None for what is known of the data's.
        originals: whether characters that the hand's own font has are kept as they are there.

    Returns:
        The `FontReport`.

    Raises:
        InputError: for another run, an unknown hand, or a character that the source font lacks.

    Example:
        >>> report = make_font("runs/zi2zi_latin", "mine.ttf", "STIXGeneralItalic", "latin")
        >>> report.characters
        428
    """
    out = pathlib.Path(out)
    if out.suffix.lower() != ".ttf":
        raise InputError(f"Expected --out to end in .ttf. Received: {out}.")
    gan, config = load_run(folder)
    if config.data["source"] != "fonts":
        raise InputError(
            f"Expected a run on fonts. Received: {folder}, on {config.data['source']}. "
            "Train one: kgan train zi2zi_latin."
        )
    font, frame = open_frame(config.data)
    wanted = expand_characters(characters or config.data["characters"])
    missing = find_missing(font, wanted) if wanted else set()
    if characters is None:
        wanted = tuple(one for one in wanted if one not in missing)
        missing = set()
    if missing or not wanted:
        lacking = "".join(one for one in wanted if one in missing) or "none"
        raise InputError(
            f"Expected characters that {font.name}, which the run starts from, has. Received: "
            f"{lacking[:20]}{'…' if len(lacking) > 20 else ''}. Leave them out."
        )
    scales = frame.find_scales(font, wanted)
    hand = _choose_hand(gan, label, blend)
    inks = _paint(gan, frame.draw(font, wanted, scales)[..., np.newaxis], hand)
    kept = _draw_originals(frame, config.data, hand, wanted) if originals else {}
    metrics = read_metrics(font.path, font.index)
    outlines, points = {}, 0
    works = track(enumerate(wanted), len(wanted), "Tracing outlines")
    for number, character in works:
        if character in kept:
            inks[number], scales[number], large = kept[character]
            contours = [
                [(x / _ENLARGEMENT, y / _ENLARGEMENT, on) for x, y, on in contour]
                for contour in trace_outlines(large)
            ]
        else:
            contours = trace_outlines(inks[number])
        points += sum(map(len, contours))
        units = metrics.units / (frame.em * scales[number])
        middle = metrics.advances[character] / 2
        outlines[character] = [
            [((x - frame.size / 2) * units + middle, (frame.baseline - y) * units, on)
             for x, y, on in contour] for contour in contours
        ]  # fmt: skip
    if blank := [character for character, contours in outlines.items() if not contours]:
        warn(f"{len(blank)} characters came out blank: {''.join(blank[:20])}")
    names = _name(out, name, licence, config, hand)
    write_typeface(out, outlines, metrics, names)
    drawn = frame.draw(FontFile(out, 0, out.stem), wanted, scales)
    error = float(np.sqrt(np.mean((drawn / 255.0 - inks) ** 2)))
    paths = [out, *write_specimen(out, wanted, names.family, names.description)]
    return FontReport(paths, len(wanted), error, points, out.stat().st_size)


def _draw_originals(frame, options, hand, wanted):
    """Returns `{character: (ink [H, W], scale, ink in more pixels)}` of those that a hand has."""
    if hand is None or hand[1] is not None:
        raise InputError("Expected one hand, whose own characters to keep. Received: two, or none.")
    font, scale = open_hand(options, hand[0])
    missing = find_missing(font, wanted)
    held = [one for one in wanted if one not in missing]
    rooms = frame.find_scales(font, held, scale)
    small, large = (frame.draw(font, held, scale * rooms, n) / 255.0 for n in (1, _ENLARGEMENT))
    return dict(zip(held, zip(small, rooms, large, strict=True), strict=True))


def _choose_hand(gan, label, blend):
    """Returns `(label, other label or None, share of the other)`; None where there are no hands."""
    hands = next((one.classes for one in gan.conditions if isinstance(one, Label)), ())
    if not hands:
        if label is not None or blend is not None:
            raise InputError(f"Expected no hand for a run that has but one. Received: {label}.")
        return None
    if label is None and len(hands) > 1:
        raise InputError(f"Expected --label, one of {', '.join(hands)}. Received: none.")
    other, share = blend or (None, 0.0)
    check_fraction(blend=share)
    label = hands[0] if label is None else label
    condition = gan.condition(Label)
    chosen = [int(condition.read("label", one, 1)["label"][0])
              for one in (label, other) if one is not None]  # fmt: skip
    return hands[chosen[0]], hands[chosen[1]] if other is not None else None, share


def _paint(gan: GAN, sources: Array, hand: tuple | None) -> Array:
    """Returns ink [N, H, W] from 0 to 1 of what a run makes of sources [N, H, W, 1] uint8."""
    made = []
    starts = range(0, len(sources), _CHUNK)
    for start in track(starts, len(starts), "Drawing characters"):
        part = sources[start : start + _CHUNK]
        condition = {next(iter(gan.image_conditions)): part}
        if hand is None or hand[1] is None:
            condition |= {} if hand is None else {"label": hand[0]}
            made.append(gan.sample([0] * len(part), condition))
            continue
        latents = gan.latents_of([0] * len(part))
        shares = np.full(len(part), hand[2], np.float32)
        made.append(gan.interpolate(latents, shares, {**condition, "label": hand[:2]}))
    return (np.concatenate(made).mean(axis=-1) + 1.0) / 2.0


def _name(out, name, licence, config, hand):
    family = name or out.stem
    known = (config.examples or {}).get("licence", "not recorded")
    origin = f"Drawn by a network, kgan's {config.model['name']}"
    if hand is not None:
        between = f" and {hand[1]} ({hand[2]:.0%} of it)" if hand[1] else ""
        origin += f", in the hand of {hand[0]}{between}"
    copyright = f"{origin}. Licence of the fonts it learnt from: {known}."
    return Names(family, copyright, licence or f"Licence of the fonts it learnt from: {known}.",
                 f"{origin}.")  # fmt: skip
