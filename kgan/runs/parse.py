"""The options of a run: typed by signatures, layered from recipe, file and command line.

The options are the arguments of the variant's constructor (`--model.…`), of the data source's
function (`--data.…`), of `Training` (`--training.…`) and of `Evaluation` (`--evaluation.…`), parsed
by jsonargparse: a new argument is an option at once. Variants and sources are named through
registries, never by import path, and arguments are plain values: a config cannot run code.
"""

import argparse
import inspect
import pathlib
import re

import jsonargparse

from kgan.data import _open
from kgan.errors import InputError, UnknownNameError
from kgan.registry import MODELS, SOURCES, arguments_of
from kgan.runs.config import SECTIONS, Evaluation, RunConfig, Training, read_sections

_CHOICE = {"model": "name", "data": "source"}  # the option that decides what the others are

# Constructor arguments that are not plain values, or that a run decides itself.
_NOT_OPTIONS = {"generator", "discriminator", "seed"} | {
    "image_shape", "classes", "words", "length", "vocabulary"
}  # fmt: skip

_HELP = """\
  -h, --help      print this and stop
  --data SOURCE   what to train on: a source (see kgan list), a folder of pictures, or tfds:NAME
  --config FILE   a config.yaml, e.g. another run's; the options below override it
  --out DIR       the run's folder [runs/RECIPE]; the same line again resumes
  --distribute H  on which devices: none, mirrored (all GPUs), multiworker (TF_CONFIG), tpu [auto]
  --print_config  print the whole configuration as YAML and stop"""


class _HelpFormatter(jsonargparse.DefaultHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the description's lines as they are."""


def load_config(path):
    """Returns the `RunConfig` that `RunConfig.save` wrote."""
    return parse([], [read_sections(path)])


def parse(arguments, layers):
    """Returns the `RunConfig` of defaults, then each layer, then command-line arguments.

    Args:
        arguments: e.g. `["--training.epochs", "40", "--data.source", "digits"]`.
        layers: list of `{section: {key: value}}`, later ones override earlier ones.

    Raises:
        InputError: for an unknown key or a value of the wrong type.
    """
    sections = _merged(layers, arguments)
    for section in _CHOICE:
        _check_chosen(section, sections[section])
    accepted = _accepted(sections)
    given = [argument[2:].split("=")[0] for argument in arguments if argument.startswith("--")]
    given += [f"{section}.{key}" for section, values in sections.items() for key in values]
    for key in given:
        if key not in accepted:
            raise UnknownNameError("option", key, accepted)
    parser = _parser(sections)
    try:
        parser.parse_object(sections)  # defaults are believed: what files say is checked first
        parser.set_defaults(_dotted(sections))
        parsed = parser.parse_args(arguments).as_dict()
    except (jsonargparse.ArgumentError, TypeError, ValueError) as error:
        raise _mistyped(error, accepted) from error
    text = parsed["data"]["source"]
    if _open.parse(text)[1] == text:  # a path: where it is must not depend on where we are
        parsed["data"]["source"] = str(pathlib.Path(text).expanduser().absolute())
    examples = next((layer["examples"] for layer in layers if "examples" in layer), None)
    return RunConfig(
        _plain(parsed["model"]),
        _plain(parsed["data"]),
        Training(**parsed["training"]),
        Evaluation(**parsed["evaluation"]),
        examples,
    )


def print_help(title, arguments, layers):
    """Prints every option of the run that `parse` would return, with the layers' values shown."""
    sections = _merged(layers, arguments)
    _check_chosen("model", sections["model"])
    parser = _parser(sections)
    parser.usage = f"kgan train {title} [--data SOURCE] [--config FILE] [--out DIR] [--KEY VALUE …]"
    parser.description = _HELP
    parser.set_defaults(_dotted(sections))
    parser.print_help()


def _merged(layers, arguments):
    """Merges the layers. What a layer says of a source or variant goes when another is chosen."""
    last = {}
    for section, choice in _CHOICE.items():
        name = _last_value(arguments, f"--{section}.{choice}")
        last |= {} if name is None else {section: {choice: name}}
    merged = {section: {} for section in SECTIONS}
    for layer in [*layers, last]:
        for section in SECTIONS:
            values = layer.get(section, {})
            choice = _CHOICE.get(section)
            if choice in values:
                _check_chosen(section, values)
            if choice in values and merged[section].get(choice, values[choice]) != values[choice]:
                function, _ = _functions({**merged, section: values})[section]
                kept = {*arguments_of(function), "batch_size"}
                merged[section] = {k: v for k, v in merged[section].items() if k in kept}
            merged[section].update(values)
    return merged


def _check_chosen(section, values):
    choice = _CHOICE[section]
    name = values.get(choice)
    if not isinstance(name, str):
        registry = {"model": MODELS, "data": SOURCES}[section]
        flag, other = ("--data", ", or a folder") if section == "data" else ("--model.name", "")
        raise InputError(
            f"Expected a name for {section}.{choice}. Received: {name}. "
            f"Give {flag}: {', '.join(registry.entries())}{other}."
        )


def _functions(sections):
    """Returns `{section: (function, its arguments that are no options)}` of the chosen names."""
    functions = {"training": (Training, set()), "evaluation": (Evaluation, set())}
    if "name" in sections["model"]:
        functions["model"] = MODELS.get(sections["model"]["name"]), _NOT_OPTIONS
    if "source" in sections["data"]:
        kind, argument = _open.parse(sections["data"]["source"])
        function = SOURCES.get(kind)
        first = next(iter(arguments_of(function)))
        functions["data"] = function, set() if argument is None else {first}
    return {section: functions[section] for section in SECTIONS if section in functions}


def _accepted(sections):
    """Returns `{"section.key": type}` of all options."""
    accepted = {"model.name": str, "data.source": str, "data.batch_size": int}
    for section, (function, skip) in _functions(sections).items():
        for name, parameter in arguments_of(function).items():
            if name not in skip:
                accepted[f"{section}.{name}"] = parameter.annotation
    return accepted


def _parser(sections):
    parser = jsonargparse.ArgumentParser(
        exit_on_error=False, formatter_class=_HelpFormatter, add_help=False
    )
    functions = _functions(sections)
    for section in SECTIONS:
        function, skip = functions.get(section, (None, None))
        summary = inspect.getdoc(function).split("\n")[0] if function else "choose one to see more"
        group = parser.add_argument_group(f"{section}: {summary.rstrip('.')}")
        if section == "model":
            group.add_argument("--model.name", type=str, help="the variant; see kgan list")
        if section == "data":
            group.add_argument("--data.source", type=str, help="the same as --data SOURCE")
            group.add_argument("--data.batch_size", type=int, default=64, help="examples a round")
        if inspect.isclass(function):
            group.add_class_arguments(function, section, as_group=False, skip=skip)
        elif function:
            group.add_function_arguments(function, section, as_group=False, skip=skip)
    return parser


def _mistyped(error, accepted):
    """Returns the `InputError` for a parser's error, in a line."""
    text = " ".join(str(error).split())
    key = re.match(r'Parser key "([^"]+)"', text)
    value = re.search(r"Given value: (.*)", text) or re.search(r"Got value: (.*)", text)
    if key and value and key[1] in accepted:
        kind = accepted[key[1]]
        name = kind.__name__ if kind in (str, int, float, bool) else str(kind)
        return InputError(
            f"Expected {key[1]} of type {name.replace('typing.', '')}. Received: {value[1]}."
        )
    return InputError(f"Expected options as --SECTION.KEY VALUE. Received: {text}.")


def _last_value(arguments, flag):
    value = None
    for index, argument in enumerate(arguments):
        if argument == flag and index + 1 < len(arguments):
            value = arguments[index + 1]
        elif argument.startswith(f"{flag}="):
            value = argument.split("=", 1)[1]
    return value


def _dotted(sections):
    return {f"{name}.{key}": value for name, of in sections.items() for key, value in of.items()}


def _plain(value):
    """Returns YAML's own types: tuples become lists, paths strings."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, pathlib.Path) else value
