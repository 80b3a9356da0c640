"""`kgan verify`: checks an artefact."""

import argparse

from kgan.cli.startup import quiet_start

PARSER = {
    "help": "check an artefact: its files, its graph, and that it makes what the model made",
    "description": "Repeats what an artefact passed before it was published, in a process of\n"
    "TensorFlow's C library alone.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("artefact", metavar="ARTEFACT", help="e.g. saved_models/digits")
    parser.add_argument("--version", type=int, metavar="N", help="which [the newest]")


def run(arguments: argparse.Namespace) -> None:
    """Prints what was verified."""
    with quiet_start():
        from kgan.export import verify
    print(f"Verified: {verify(arguments.artefact, arguments.version)}")
