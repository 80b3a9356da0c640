"""`kgan data`: looks at data before training."""

import argparse

from kgan.cli.options import check_data_options
from kgan.cli.startup import quiet_start

PARSER = {"help": "look at data before training"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the actions `check` and `show`, and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="decode every picture of a folder and report")
    check.add_argument("folder", metavar="FOLDER")
    show = actions.add_parser(
        "show",
        help="draw examples of a source into one picture, or print its texts",
        usage="kgan data show SOURCE --out FILE [--count N] [--data.OPTION VALUE …]\n"
        "       kgan data show SOURCE_OF_TEXTS [--count N] [--data.OPTION VALUE …]",
    )
    show.set_defaults(options=[])
    show.add_argument("source", metavar="SOURCE", help="a source, a folder, or tfds:NAME")
    show.add_argument("--out", metavar="FILE", help="a .png")
    show.add_argument(
        "--count", type=int, help="examples to show [32 pictures, 4000 points, 16 texts]"
    )


def run(arguments: argparse.Namespace) -> None:
    """Reports on a folder of pictures, or shows what a source holds."""
    if arguments.action == "check":
        _check(arguments)
    else:
        _show(arguments)


def _check(arguments: argparse.Namespace) -> None:
    from kgan.data import audit_folder

    print(audit_folder(arguments.folder))


def _show(arguments: argparse.Namespace) -> None:
    check_data_options(arguments.options, "data show", "one source")
    with quiet_start():
        from kgan.data import open_source, preview
        from kgan.runs.parse import parse_data
    options = parse_data([*arguments.options, f"--data.source={arguments.source}"], [])
    source = open_source(options.pop("source"), options)
    for note in source.notes:
        print(note)
    text = preview(source, arguments.out, arguments.count)
    print(text or f"Wrote {arguments.out}")
