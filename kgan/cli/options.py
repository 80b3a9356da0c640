"""Arguments that several commands share: which run is meant, and `--SECTION.KEY VALUE`."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from kgan.cli.startup import quiet_start, share_cores
from kgan.errors import InputError

OWN_PICTURES = "images"  # stands where a recipe's name does: kgan chooses one for a folder
_SOURCE = "--data.source="


class OptionParser(argparse.ArgumentParser):
    """Collects `--SECTION.KEY VALUE` in `options`, for a command that has set `options=[]`.

    Which ones there are depends on variant and data, and is known to `kgan.runs.parse`, which needs
    TensorFlow. An unknown option has no value for argparse, which would take VALUE for the recipe.
    """

    def parse_known_args(
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if self.get_default("options") is not None:
            names = dict.fromkeys(word.partition("=")[0] for word in args)
            for name in names:
                if re.match(r"--\w+\.", name):
                    add_option(self, name, name, help=argparse.SUPPRESS)
        return super().parse_known_args(args, namespace)


def add_option(parser: argparse.ArgumentParser, flag: str, option: str, **keywords: Any) -> None:
    """Adds an argument `flag VALUE` that appends `option=VALUE` to what is parsed as `options`."""
    parser.add_argument(
        flag, dest="options", action="append", type=lambda value: f"{option}={value}", **keywords
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what says which run is meant, and its options."""
    parser.set_defaults(options=[])
    text = "a recipe or a variant, see kgan list; images: chosen for the folder --data"
    parser.add_argument("recipe", nargs="?", help=text)
    parser.add_argument("--config", metavar="FILE", help="a config.yaml, e.g. another run's")
    source = {"metavar": "SOURCE", "help": "a source, a folder, or tfds:NAME"}
    add_option(parser, "--data", "--data.source", **source)


def read_layers(arguments: argparse.Namespace) -> list[dict[str, dict[str, Any]]]:
    """Returns the sections of the recipe and of the config file, as `kgan.runs.parse` takes them.

    Raises:
        InputError: for neither of them, or for more than one recipe.
    """
    recipe, config, options = arguments.recipe, arguments.config, arguments.options
    if not (recipe or config):
        raise InputError("Expected a recipe or --config FILE. Received: neither. See kgan list.")
    if options and not options[0].startswith("-"):
        raise InputError(
            f"Expected one recipe, then --SECTION.KEY VALUE. Received: {options[0]} after "
            f"{recipe}. See kgan {arguments.command} --help."
        )
    from kgan.runs.config import read_recipe, read_sections

    if recipe == OWN_PICTURES:
        layers = _choose_layers(options, arguments)
    else:
        layers = [read_recipe(recipe)] if recipe else []
    return layers + ([read_sections(config)] if config else [])


def _choose_layers(
    options: list[str], arguments: argparse.Namespace
) -> list[dict[str, dict[str, Any]]]:
    """Returns the sections of a recipe and of what differs, chosen for a folder; says what."""
    from kgan.data import parse_source, summarize_folder
    from kgan.runs.config import read_recipe

    sources = [option.partition("=")[2] for option in options if option.startswith(_SOURCE)]
    kind, folder = parse_source(sources[-1]) if sources else (None, None)
    if kind != "images" or not folder:
        raise InputError(
            f"Expected --data FOLDER, of pictures, for {OWN_PICTURES}. Received: "
            f"{sources[-1] if sources else 'none'}. Other data have recipes: see kgan list."
        )
    summary = summarize_folder(folder)
    share_cores()
    with quiet_start():
        from kgan.training.choice import choose, describe_machine

        machine = describe_machine()
    choice = choose(summary, machine)
    own = [option for option in options if not option.startswith(_SOURCE)]
    lines = list(choice.lines)
    if own:
        lines += [f"Your own options come on top, and change what is said above: {' '.join(own)}"]
    # What is printed beside a configuration is a comment in it.
    mark = "# " if vars(arguments).get("print_config") else ""
    print("\n".join(f"{mark}{line}" for line in lines), flush=True)
    return [read_recipe(choice.recipe), choice.sections]


def check_data_options(options: list[str], command: str, before: str) -> None:
    """Refuses all but options of data.

    Args:
        options: of the command line.
        command: such as `"data show"`, whose help to point to.
        before: what the command takes before them, in words.

    Raises:
        InputError: if there is anything but `--data.OPTION VALUE`.
    """
    if not all(option.startswith("--data.") for option in options):
        raise InputError(
            f"Expected {before}, then --data.OPTION VALUE. Received: {' '.join(options)}. "
            f"See kgan {command} --help."
        )
