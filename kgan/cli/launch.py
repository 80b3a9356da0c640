"""`kgan launch`: trains one run with several workers on this machine."""

import argparse

PARSER = {
    "help": "train with several workers on this machine",
    "usage": "kgan launch [--workers N] [--restarts K] train …",
    "description": "When a worker fails, all start again from what was saved.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--workers", type=int, default=2, help="processes, in step [2]")
    parser.add_argument("--restarts", type=int, default=3, help="at most [3]")
    parser.add_argument("line", nargs=argparse.REMAINDER, help="a line of kgan train")


def run(arguments: argparse.Namespace) -> None:
    """Trains with several workers."""
    from kgan.training.launch import launch

    launch(arguments.line, arguments.workers, arguments.restarts)
