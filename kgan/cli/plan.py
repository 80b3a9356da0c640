"""`kgan plan`: measures how long a run will take here, and how much memory."""

import argparse

from kgan.cli.options import add_run_arguments, read_layers
from kgan.cli.startup import quiet_start, share_cores

PARSER = {
    "help": "how long a run will take here, and how much memory",
    "allow_abbrev": False,
    "usage": "kgan plan [RECIPE] [--data SOURCE] [--config FILE] [--KEY VALUE …]",
    "description": "Plays a few rounds of a run at several batch sizes, and says what fits.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_run_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Prints the plan of a run."""
    layers = read_layers(arguments)
    share_cores()
    with quiet_start():
        from kgan.runs.parse import parse
        from kgan.training.plan import plan
    print(plan(parse(arguments.options, layers)))
