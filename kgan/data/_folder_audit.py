"""Reports what a folder of pictures holds, before one trains on it."""

import collections
import dataclasses
import hashlib
import pathlib

from kgan.data._folder_scan import list_files, list_suffixes, scan_folder, survey_folder
from kgan.data._image_file import ImageFacts, to_printable
from kgan.types import PathLike

_BATCH = 64  # `training.batch_size`, where nothing else is said
_EXTREME = 3.0  # long side over short side
_TINY = 32  # pixels of the short side
_NAMED = 10  # files a section of the report names


@dataclasses.dataclass(frozen=True)
class FolderReport:
    """What `audit_folder` says of a folder; `str()` of it is the report for people.

    Args:
        folder: the folder, absolute.
        readable: number of pictures that can be used.
        unreadable: `{file: reason}`.
        odd: `{what: (file, ...)}`: pictures that are used, but perhaps not as intended.
        duplicates: groups of files with the same pixels.
        sizes: `{lower bound in pixels: count}` of the short sides, by powers of two.
        channels: `{1: grey, 3: colour, 4: with transparency}` counts.
        ignored: `{suffix: count}` of files that are no pictures by name.
        hints: what training would refuse, and the option that helps.
    """

    folder: str
    readable: int
    unreadable: dict[str, str]
    odd: dict[str, tuple[str, ...]]
    duplicates: tuple[tuple[str, ...], ...]
    sizes: dict[int, int]
    channels: dict[int, int]
    ignored: dict[str, int]
    hints: tuple[str, ...] = ()

    def __str__(self) -> str:
        total = self.readable + len(self.unreadable)
        lines = [f"{self.folder}: {self.readable} of {total} pictures are readable."]
        if self.ignored:
            lines.append(f"Ignored, not pictures by name: {list_suffixes(self.ignored)}.")
        if self.channels:
            names = {1: "grey", 3: "colour", 4: "with transparency"}
            counts = [f"{count} {names[key]}" for key, count in self.channels.items()]
            lines.append(f"Channels: {', '.join(counts)}.")
        if self.sizes:
            lines.append("Short side in pixels:")
            lines += _bars(self.sizes)
        reasons = [f"{name} ({reason})" for name, reason in self.unreadable.items()]
        lines += _section("Unreadable, skipped in training", reasons)
        for what, names in self.odd.items():
            lines += _section(f"Odd: {what}", names)
        groups = [" = ".join(group) for group in self.duplicates]
        lines += _section("Duplicates, the same pixels", groups)
        lines += self.hints
        return "\n".join(lines)


def audit_folder(folder: PathLike) -> FolderReport:
    """Reads every picture of a folder and reports what training on it would meet.

    Args:
        folder: path of the folder; `~` is the home folder.

    Returns:
        A `FolderReport`.

    Raises:
        InputError: no such folder, or no picture in it.

    Example:
        >>> print(kgan.data.audit_folder("~/photos"))
        /home/me/photos: 997 of 1000 pictures are readable.
        ...
    """
    scan = scan_folder(folder)
    digests = {}

    def digest(number, image):
        # Palettes and transparency belong to the pixels: compare what is seen, where 8 bits do.
        seen = image if image.mode.startswith("I;16") else image.convert("RGBA")
        digests[number] = hashlib.sha256(f"{seen.mode} {seen.size} ".encode() + seen.tobytes())

    verdicts = survey_folder(scan, digest)
    names = [to_printable(name) for name in scan.pictures]
    facts = {n: verdict for n, verdict in enumerate(verdicts) if isinstance(verdict, ImageFacts)}
    same = collections.defaultdict(list)
    for number in facts:
        same[digests[number].digest()].append(names[number])
    sizes = collections.Counter(1 << _short_side(f).bit_length() - 1 for f in facts.values())
    channels = collections.Counter(map(_count_channels, facts.values()))
    return FolderReport(
        folder=to_printable(scan.folder),
        readable=len(facts),
        unreadable={names[n]: v for n, v in enumerate(verdicts) if not isinstance(v, ImageFacts)},
        odd=_list_odd(names, facts),
        duplicates=tuple(tuple(group) for group in same.values() if len(group) > 1),
        sizes=dict(sorted(sizes.items())),
        channels=dict(sorted(channels.items())),
        ignored=scan.ignored,
        hints=tuple(_list_hints(names, facts)),
    )


def _list_hints(names, facts):
    """Yields what training on these pictures needs to be told."""
    if not facts:
        yield "Training needs at least one readable picture."
        return
    if len({fact.colour for fact in facts.values()}) > 1:
        yield "Grey and colour are mixed: all are read as colour; --data.channels 1 makes all grey."
    clear = sum(fact.transparent for fact in facts.values())
    if clear:
        yield f"{clear} with transparency: --data.channels 4 keeps it, 3 lays them over white."
    if len(facts) < _BATCH:
        yield f"Fewer than {_BATCH} pictures: training asks for --training.batch_size {len(facts)}."
    parts = [pathlib.PurePath(names[number]).parts for number in facts]
    classes = collections.Counter(some[0] for some in parts if len(some) > 1)
    if len(classes) > 1 and classes.total() == len(parts):
        small = [name for name, count in classes.items() if count == 1]
        few = f", of one picture only: {list_files(small, _NAMED)}" if small else ""
        yield f"Subfolders are {len(classes)} classes with --data.labels true{few}."
    elif len(classes) > 1:
        yield "Some pictures lie in no subfolder: --data.labels true would be refused."


def _short_side(facts):
    return min(facts.width, facts.height)


def _count_channels(facts):
    if facts.transparent:
        return 4
    return 3 if facts.colour else 1


def _list_odd(names, facts):
    questions = {
        "CMYK, converted to RGB without a colour profile": lambda f: f.mode == "CMYK",
        "more than 8 bits a channel, reduced to 8": lambda f: f.deep,
        "animated, only the first frame is used": lambda f: f.animated,
        "turned upright by their EXIF orientation": lambda f: f.rotated,
        f"one side over {_EXTREME:g} times the other": lambda f: (
            max(f.width, f.height) > _EXTREME * _short_side(f)
        ),
        f"short side under {_TINY} pixels": lambda f: _short_side(f) < _TINY,
    }
    answers = {
        what: tuple(names[number] for number, fact in facts.items() if question(fact))
        for what, question in questions.items()
    }
    return {what: files for what, files in answers.items() if files}


def _section(title, entries):
    if not entries:
        return []
    more = [f"  and {len(entries) - _NAMED} more"] if len(entries) > _NAMED else []
    return [f"{title}: {len(entries)}", *(f"  {entry}" for entry in entries[:_NAMED]), *more]


def _bars(sizes):
    most = max(sizes.values())
    return [
        f"  {low:>6}-{2 * low - 1:<6} {'#' * max(1, round(40 * count / most))} {count}"
        for low, count in sizes.items()
    ]
