"""A folder of pictures, as an evaluation sees it: of which size they are, and what that hides."""

import collections
import pathlib
from typing import NamedTuple

from kgan.data import ImageFacts, scan_folder, survey_folder
from kgan.errors import InputError

_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")


class Pictures(NamedTuple):
    """What the readable files of a folder are.

    Attributes:
        folder: its path, as it was given.
        sizes: `Counter` of `(width, height)` in pixels.
        jpeg: how many are JPEG files by name.
    """

    folder: str
    sizes: collections.Counter
    jpeg: int

    @property
    def side(self):
        """The shorter side, in pixels, of the commonest size."""
        return min(self.sizes.most_common(1)[0][0])

    def notes(self, side):
        """Yields what a reader must know of scores on these pictures, brought to `side` pixels."""
        others = sum(n for size, n in self.sizes.items() if size != (side, side))
        if others:
            yield (
                f"{self.folder}: {others} of {self.sizes.total()} pictures were not {side}x{side}; "
                "cut to a square and resized (antialiased bicubic), which moves scores"
            )
        if self.jpeg:
            yield (
                f"{self.folder}: {self.jpeg} of {self.sizes.total()} are JPEG files, whose "
                "artefacts move scores; compare with the same quality or with PNG"
            )


def survey(folder):
    """Returns the `Pictures` of a folder.

    Raises:
        InputError: no such folder, or no readable picture in it.
    """
    scan = scan_folder(folder)
    verdicts = survey_folder(scan)
    readable = {
        name: facts
        for name, facts in zip(scan.pictures, verdicts, strict=True)
        if isinstance(facts, ImageFacts)
    }
    if not readable:
        raise InputError(
            f"Expected at least one readable picture. Received: folder={str(folder)!r} with "
            f"{len(verdicts)} files of which none is. See kgan data check."
        )
    sizes = collections.Counter((facts.width, facts.height) for facts in readable.values())
    jpeg = sum(pathlib.PurePath(name).suffix.lower() in _JPEG for name in readable)
    return Pictures(str(folder), sizes, jpeg)
