"""`kgan pack`: a run in one file."""

import argparse
import pathlib

from kgan.cli.startup import quiet_start

PARSER = {
    "help": "pack a run into one file, to move and share",
    "description": "Writes configuration, newest weights and a card as one file, which cannot run\n"
    "code. kgan.load, kgan sample, export and --start_from take it as they take the run.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("--to", metavar="FILE", help="a new file [RUN.kgan]")


def run(arguments: argparse.Namespace) -> None:
    """Prints the file's path and size."""
    with quiet_start():
        from kgan.export import provenance
        from kgan.runs.packing import SUFFIX, write_pack
    to = arguments.to or f"{pathlib.Path(arguments.run).resolve().name}{SUFFIX}"
    gan, config, cards = provenance.load_with_scores(arguments.run)
    path = write_pack(gan, config, to, cards)
    print(f"Packed: {path} ({path.stat().st_size / 2**20:.2g} MiB)")
