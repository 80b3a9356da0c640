"""`kgan project`: finds the style whose picture is a given one."""

import argparse

from kgan.cli.startup import quiet_start

PARSER = {"help": "find the style whose picture is a given one"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run of stylegan2")
    parser.add_argument("image", metavar="IMAGE", help="a picture of the run's size")
    parser.add_argument(
        "--out", metavar="FILE", default="projected.png", help="a .png; its .npz gets the style"
    )
    parser.add_argument("--steps", type=int, default=500, help="steps of the search [500]")
    parser.add_argument(
        "--every_layer", action="store_true", help="a style for each layer: nearer, less lifelike"
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the style of a picture, and what the run makes of it."""
    with quiet_start():
        from kgan.generation import project_picture
    paths, error = project_picture(
        arguments.run, arguments.image, arguments.out, arguments.every_layer, arguments.steps
    )
    print(f"Wrote {', '.join(map(str, paths))}: {error:.1f} of 255 from the picture")
