"""`kgan font`: makes a font that can be installed, in a hand that a run has learnt."""

import argparse

from kgan.cli.startup import quiet_start
from kgan.errors import InputError

PARSER = {
    "help": "make an installable font in a hand that a run has learnt",
    "epilog": """\
examples:
  kgan font runs/zi2zi_latin --label STIXGeneralItalic --characters latin --out mine.ttf
  kgan font RUN --label 0 --characters letters.txt --out mine.ttf --name 'My Hand'
  kgan font RUN --label 0 --blend 3 0.5 --out between.ttf       half way to another hand
""",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run on fonts, such as of zi2zi")
    parser.add_argument("--label", metavar="HAND", help="the hand, by name or number")
    parser.add_argument(
        "--blend", nargs=2, metavar=("HAND", "SHARE"), help="another hand, and how much of it, 0..1"
    )
    parser.add_argument(
        "--characters",
        metavar="WHICH",
        help="a set such as latin or gb2312_level1, a .txt file, or the characters [the run's]",
    )
    parser.add_argument("--out", metavar="FILE", default="font.ttf", help="a .ttf [font.ttf]")
    parser.add_argument("--name", metavar="NAME", help="of the font in menus [the file's]")
    parser.add_argument("--licence", metavar="TEXT", help="of the font [what is known of the data]")
    parser.add_argument(
        "--originals", action="store_true", help="keep characters that the hand's own font has"
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the font and its specimen, and says how near they are to the network's pictures."""
    blend = _read_blend(arguments.blend)
    with quiet_start():
        from kgan.generation import make_font
    report = make_font(
        arguments.run,
        arguments.out,
        arguments.label,
        arguments.characters,
        blend,
        arguments.name,
        arguments.licence,
        arguments.originals,
    )
    print(
        f"Wrote {', '.join(map(str, report.paths))}: {report.characters} characters, "
        f"{report.points} points, {report.size / max(report.points, 1):.1f} bytes a point; "
        f"{report.error:.3f} from the network's pictures (root mean square, 1 is full ink)"
    )


def _read_blend(given):
    """Returns `(hand, share)`, or None where none is given."""
    if given is None:
        return None
    try:
        return given[0], float(given[1])
    except ValueError as error:
        raise InputError(
            f"Expected --blend HAND SHARE, a share from 0 to 1. Received: {' '.join(given)}."
        ) from error
