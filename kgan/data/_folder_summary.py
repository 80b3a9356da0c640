"""Sums up a folder of pictures in a few numbers, from which a training can be chosen."""

import collections
import dataclasses
import pathlib
import statistics

from kgan.data._folder_scan import scan_folder, survey_folder
from kgan.data._image_file import ImageFacts, has_clear_pixels, reread_image, to_printable
from kgan.errors import InputError
from kgan.types import PathLike

_LOOKED_AT = 50  # pictures with an alpha channel, to see whether it hides anything
_ALIKE = 1.15  # ratio of two shapes that count as the same


@dataclasses.dataclass(frozen=True)
class FolderSummary:
    """What `summarize_folder` says of a folder.

    Args:
        folder: the folder, absolute.
        count: readable pictures.
        unreadable: files that are no readable pictures, though their names say so.
        grey: readable pictures whose format has no colour.
        transparent: about how many are seen through somewhere.
        deep: how many have more than 8 bits a channel.
        height: median, in pixels.
        width: median, in pixels.
        alike: share of the pictures whose shape is about that of `height` by `width`.
        classes: `{subfolder: count}`; empty unless each picture lies in one of at least two.
    """

    folder: str
    count: int
    unreadable: int = 0
    grey: int = 0
    transparent: int = 0
    deep: int = 0
    height: int = 64
    width: int = 64
    alike: float = 1.0
    classes: dict[str, int] = dataclasses.field(default_factory=dict)


def summarize_folder(folder: PathLike) -> FolderSummary:
    """Reads every picture of a folder, once: what is known of unchanged files is cached.

    Args:
        folder: path of the folder; `~` is the home folder.

    Returns:
        A `FolderSummary`.

    Raises:
        InputError: no such folder, or no readable picture in it.

    Example:
        >>> kgan.data.summarize_folder("~/photos").count
        997
    """
    scan = scan_folder(folder)
    verdicts = survey_folder(scan)
    readable = {
        name: verdict
        for name, verdict in zip(scan.pictures, verdicts, strict=True)
        if isinstance(verdict, ImageFacts)
    }
    if not readable:
        raise InputError(
            f"Expected readable pictures. Received: folder={str(folder)!r}, all of whose "
            f"{len(verdicts)} are damaged. kgan data check {folder} says how."
        )
    facts = list(readable.values())
    ratio = statistics.median(fact.width / fact.height for fact in facts)
    area = statistics.median(fact.width * fact.height for fact in facts)
    alike = [1 / _ALIKE <= fact.width / fact.height / ratio <= _ALIKE for fact in facts]
    with_alpha = [scan.folder / name for name, fact in readable.items() if fact.transparent]
    return FolderSummary(
        folder=to_printable(scan.folder),
        count=len(facts),
        unreadable=len(verdicts) - len(facts),
        grey=sum(not fact.colour for fact in facts),
        transparent=_count_clear(with_alpha),
        deep=sum(fact.deep for fact in facts),
        height=round((area / ratio) ** 0.5),
        width=round((area * ratio) ** 0.5),
        alike=sum(alike) / len(alike),
        classes=_count_classes(readable),
    )


def _count_clear(paths):
    """Returns about how many of the pictures with an alpha channel are not opaque throughout."""
    step = -(-len(paths) // _LOOKED_AT) or 1
    looked_at = paths[::step]
    clear = sum(has_clear_pixels(reread_image(path)) for path in looked_at)
    return round(len(paths) * clear / max(len(looked_at), 1))


def _count_classes(names):
    parts = [pathlib.PurePath(name).parts for name in names]
    if not all(len(some) > 1 for some in parts):
        return {}
    classes = collections.Counter(to_printable(some[0]) for some in parts)
    return dict(sorted(classes.items())) if len(classes) > 1 else {}
