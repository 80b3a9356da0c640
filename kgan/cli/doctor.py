"""`kgan doctor`: says what ails a run."""

import argparse

from kgan.cli.startup import quiet_start
from kgan.evaluation.diagnosis.findings import ILLNESSES

_LIST = "\n".join(f"  {name:<30}{summary}" for name, summary in ILLNESSES.items())

PARSER = {
    "help": "say what ails a run, finished or training",
    "description": "Says in plain words what ails a run, with the evidence and what to try.",
    "epilog": f"""\
looks for:
{_LIST}

The run may be training: its newest checkpoint is read, and nothing is changed. Classes are read
where data have labels; copies are looked for among pictures, more sharply where data have a split
test. Findings are no errors: the exit code is 0 with and without.

examples:
  kgan doctor runs/dcgan_digits
  kgan doctor runs/dcgan_digits --samples 2000
""",
    "allow_abbrev": False,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument(
        "--samples", metavar="N", type=int, default=500, help="at most, of each kind, ≥ 20 [500]"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints what was found."""
    with quiet_start():
        from kgan.evaluation.diagnosis.doctor import report
    print(report(arguments.run, arguments.samples))
