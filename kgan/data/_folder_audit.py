"""What is in a folder of pictures: a report for people, before they train on it."""

import collections
import dataclasses
import hashlib

from kgan.data import _folder_scan
from kgan.data._image_file import Facts

_EXTREME = 3.0  # long side over short side
_TINY = 32  # pixels of the short side
_NAMED = 10  # files a section of the report names


@dataclasses.dataclass(frozen=True)
class FolderReport:
    """What `check_folder` found; `str()` of it is the report for people.

    Args:
        folder: the folder, absolute.
        readable: number of pictures that can be used.
        unreadable: `{file: reason}`.
        odd: `{what: (file, ...)}`: pictures that are used, but perhaps not as was meant.
        duplicates: groups of files with the same pixels.
        sizes: `{lower bound in pixels: count}` of the short sides, by powers of two.
        channels: `{1: grey, 3: colour, 4: with transparency}` counts.
        ignored: `{suffix: count}` of files that are no pictures by name.
    """

    folder: str
    readable: int
    unreadable: dict[str, str]
    odd: dict[str, tuple[str, ...]]
    duplicates: tuple[tuple[str, ...], ...]
    sizes: dict[int, int]
    channels: dict[int, int]
    ignored: dict[str, int]

    def __str__(self):
        total = self.readable + len(self.unreadable)
        lines = [f"{self.folder}: {self.readable} of {total} pictures are readable."]
        if self.ignored:
            lines.append(f"Ignored, not pictures by name: {_folder_scan.described(self.ignored)}.")
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
        return "\n".join(lines)


def check_folder(folder: str):
    """Reads every picture of a folder and reports what training on it would meet.

    Args:
        folder: path of the folder; `~` is the home folder.

    Returns:
        A `FolderReport`.

    Raises:
        InputError: no such folder, or no picture in it.

    Example:
        >>> print(check_folder("~/photos"))
        /home/me/photos: 997 of 1000 pictures are readable.
        ...
    """
    scanned = _folder_scan.scan(folder)
    digests = {}

    def digest(number, image, facts):
        # Palettes and transparency belong to the pixels: compare what is seen, where 8 bits do.
        seen = image if image.mode.startswith("I;16") else image.convert("RGBA")
        digests[number] = hashlib.sha256(f"{seen.mode} {seen.size} ".encode() + seen.tobytes())

    verdicts = _folder_scan.survey(scanned, digest, needs_visit=True)
    names = [_folder_scan.printable(name) for name in scanned.pictures]
    facts = {n: verdict for n, verdict in enumerate(verdicts) if isinstance(verdict, Facts)}
    same = collections.defaultdict(list)
    for number in facts:
        same[digests[number].digest()].append(names[number])
    sizes = collections.Counter(1 << _short(fact).bit_length() - 1 for fact in facts.values())
    channels = collections.Counter(_channels(fact) for fact in facts.values())
    return FolderReport(
        folder=_folder_scan.printable(str(scanned.folder)),
        readable=len(facts),
        unreadable={names[n]: v for n, v in enumerate(verdicts) if not isinstance(v, Facts)},
        odd=_odd(names, facts),
        duplicates=tuple(tuple(group) for group in same.values() if len(group) > 1),
        sizes=dict(sorted(sizes.items())),
        channels=dict(sorted(channels.items())),
        ignored=scanned.ignored,
    )


def _short(fact):
    return min(fact.width, fact.height)


def _channels(fact):
    if fact.transparent:
        return 4
    return 3 if fact.colour else 1


def _odd(names, facts):
    questions = {
        "CMYK, converted to RGB without a colour profile": lambda f: f.mode == "CMYK",
        "more than 8 bits a channel, reduced to 8": lambda f: f.deep,
        "animated, only the first frame is used": lambda f: f.animated,
        "turned upright by their EXIF orientation": lambda f: f.rotated,
        f"one side over {_EXTREME:g} times the other": lambda f: (
            max(f.width, f.height) > _EXTREME * _short(f)
        ),
        f"short side under {_TINY} pixels": lambda f: _short(f) < _TINY,
    }
    answers = {
        what: tuple(names[number] for number, fact in facts.items() if question(fact))
        for what, question in questions.items()
    }
    return {what: found for what, found in answers.items() if found}


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
