"""`kgan theory`: draws the mathematics that the losses stand on."""

import argparse

PARSER = {"help": "draw the mathematics, and print its numbers"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("topic", metavar="TOPIC", nargs="?", help="leave out to list the topics")
    parser.add_argument("--out", metavar="DIR", default="theory", help="where pictures go [theory]")


def run(arguments: argparse.Namespace) -> None:
    """Draws a topic, or lists them."""
    from kgan.theory import topics

    if arguments.topic is None:
        for name, summary in topics.TOPICS.items():
            print(f"{name:<22} {summary}")
        return
    for path in topics.draw(arguments.topic, arguments.out):
        print(f"Wrote {path}")
