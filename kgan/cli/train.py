"""`kgan train`: trains a run, or resumes it."""

import argparse

from kgan.cli.options import OWN_PICTURES, add_option, add_run_arguments, read_layers
from kgan.cli.startup import quiet_start, share_cores

PARSER = {
    "help": "train a recipe or a variant",
    "add_help": False,  # the options of a recipe are known once it is read
    "allow_abbrev": False,
    "usage": "kgan train [RECIPE] [--data SOURCE] [--config FILE] [--out DIR] [--start_from RUN] "
    "[--freeze N] [--KEY VALUE …]",
}

_IMAGES_HELP = """\
usage: kgan train images --data FOLDER [--out DIR] [--KEY VALUE …]

Looks at a folder of pictures (how many, their sizes and shape, colour, transparency, subfolders)
and at this machine; chooses recipe, size, channels, augmentation and length; says what and why,
and how long it takes; and trains. The run is as if you had named that recipe and these options:
the same line resumes it. Subfolders of at least 20 pictures each are classes.

Options that you give override what is chosen: kgan train images --data FOLDER --help shows all,
with what is chosen for that folder. kgan plan images --data FOLDER measures how long it takes, and
does not train.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_run_arguments(parser)
    parser.add_argument("--out", metavar="DIR", help="the run's folder [runs/RECIPE]")
    option = "--training.start_from"
    text = "start with another run's weights, where their shapes fit"
    add_option(parser, "--start_from", option, metavar="RUN", help=text)
    text = "and keep those of the critic's first N layers, or of a network: encoder"
    add_option(parser, "--freeze", "--training.freeze", metavar="N", help=text)
    parser.add_argument(
        "--distribute", metavar="HOW", default="auto", help="auto, none, mirrored, multiworker, tpu"
    )
    parser.add_argument("--print_config", action="store_true", help="print it all and stop")
    parser.add_argument("-h", "--help", action="store_true", help="all options of this recipe")
    parser.set_defaults(parser=parser)


def run(arguments: argparse.Namespace) -> None:
    """Trains a run, or prints its options."""
    if not (arguments.recipe or arguments.config) and arguments.help:
        arguments.parser.print_help()
        print("\nGive a recipe to see all its options: kgan train RECIPE --help")
        return
    if arguments.recipe == OWN_PICTURES and arguments.help and not arguments.options:
        print(_IMAGES_HELP, end="")
        return
    layers = read_layers(arguments)
    share_cores()
    with quiet_start():
        from kgan.runs import parse
        from kgan.training import loop
    if arguments.help:
        title = arguments.recipe or f"--config {arguments.config}"
        parse.print_help(title, arguments.options, layers)
        return
    config = parse.parse(arguments.options, layers)
    if arguments.print_config:
        print(config.text(), end="")
        return
    folder = arguments.out or f"runs/{arguments.recipe or config.model['name']}"
    loop.train(config, folder, distribute=arguments.distribute)
    print(f"Trained: {folder} (pictures in {folder}/samples)")
