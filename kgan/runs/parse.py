"""The options of a run, from recipe, file and command line to a `RunConfig`.

The options are the arguments of the variant's constructor (`--model.…`), of the data source's
function (`--data.…`), of `Training` (`--training.…`) and of `Evaluation` (`--evaluation.…`), parsed
by jsonargparse: a new argument is an option at once. Variants and sources are named through
registries, never by import path, and arguments are plain values: a config cannot run code.
"""

import argparse
import inspect
import pathlib
import re
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import jsonargparse
import keras

from kgan.data import parse_source
from kgan.errors import InputError, UnknownNameError
from kgan.models.core.condition import CONDITION_ARGUMENTS
from kgan.registry import MODELS, SOURCES, Registry, arguments_of
from kgan.runs.config import SECTIONS, Evaluation, RunConfig, Training, to_plain

Sections = dict[str, dict[str, Any]]  # {section: {key: value}}

_HELP = """\
  -h, --help      print this and stop
  --data SOURCE   what to train on: a source (see kgan list), a folder of pictures, or tfds:NAME
  --config FILE   a config.yaml, e.g. another run's; the options below override it
  --out DIR       the run's folder [runs/RECIPE]; the same line again resumes
  --start_from RUN  start with the weights of another run: --training.start_from
  --freeze N      and keep those of the critic's first N layers, or of a network inside, such as
                  encoder: --training.freeze
  --distribute H  on which devices: none, mirrored (all GPUs), multiworker (TF_CONFIG), tpu [auto]
  --print_config  print the whole configuration as YAML and stop"""


class _Choice(NamedTuple):
    """The option of a section that decides what its other options are."""

    key: str
    registry: Registry
    flag: str
    text: str
    other: str  # what may be given beside a registered name


_CHOICES = {
    "model": _Choice("name", MODELS, "--model.name", "the variant; see kgan list", ""),
    "data": _Choice("source", SOURCES, "--data", "the same as --data SOURCE", ", or a folder"),
}


_OWN_PICTURES = "images:FOLDER"  # whose options help shows where a recipe leaves data open


class _HelpFormatter(jsonargparse.DefaultHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the description's lines as they are, and writes types for people."""

    def _get_type_str(self, action: argparse.Action) -> str | None:
        text = super()._get_type_str(action)
        return text and _describe_type(text)


def parse(arguments: list[str], layers: Iterable[Sections]) -> RunConfig:
    """Returns the `RunConfig` of defaults, then each layer, then command-line arguments.

    Args:
        arguments: e.g. `["--training.epochs", "40", "--data.source", "digits"]`.
        layers: of `{section: {key: value}}`, later ones override earlier ones.

    Raises:
        InputError: for an unknown key or a value of the wrong type.
    """
    layers = list(layers)
    parsed = _parse_sections(arguments, layers, SECTIONS)
    origin = parsed["training"]["start_from"]
    if origin is not None:  # must not depend on where we are
        parsed["training"]["start_from"] = str(pathlib.Path(origin).expanduser().absolute())
    examples = next((layer["examples"] for layer in layers if "examples" in layer), None)
    training, evaluation = Training(**parsed["training"]), Evaluation(**parsed["evaluation"])
    return RunConfig(parsed["model"], parsed["data"], training, evaluation, examples)


def parse_data(arguments: list[str], layers: Iterable[Sections]) -> dict[str, Any]:
    """Returns the section `data` alone, `{"source": text, option: value}`, parsed as in `parse`.

    Raises:
        InputError: as `parse`.
    """
    return _parse_sections(arguments, list(layers), ("data",))["data"]


def print_help(title: str, arguments: list[str], layers: Iterable[Sections]) -> None:
    """Prints every option of the run that `parse` would return, with the layers' values shown."""
    sections = _merge(layers, arguments, SECTIONS)
    _check_choice("model", sections["model"])
    if sections["data"] and "source" not in sections["data"]:
        sections["data"]["source"] = _OWN_PICTURES
    _check_names(_flatten(sections), _option_types(sections))
    parser = _build_parser(sections)
    parser.usage = f"kgan train {title} [--data SOURCE] [--config FILE] [--out DIR] [--KEY VALUE …]"
    parser.description = _HELP
    parser.set_defaults(_flatten(sections))
    parser.print_help()


def _parse_sections(arguments: list[str], layers: list[Sections], names: tuple) -> Sections:
    sections = _merge(layers, arguments, names)
    for section in sections.keys() & _CHOICES:
        _check_choice(section, sections[section])
    accepted = _option_types(sections)
    given = [argument[2:].split("=")[0] for argument in arguments if argument.startswith("--")]
    _check_names((*given, *_flatten(sections)), accepted)
    _take_needs(sections, arguments)
    parser = _build_parser(sections)
    try:
        parser.parse_object(sections)  # for jsonargparse does not check defaults
        parser.set_defaults(_flatten(sections))
        parsed = parser.parse_args(arguments).as_dict()
    except (jsonargparse.ArgumentError, TypeError, ValueError) as error:
        raise _explain(error, parser, sections, arguments, accepted) from error
    source = parsed["data"]["source"]
    if parse_source(source)[1] == source:  # a path: must not depend on where we are
        parsed["data"]["source"] = str(pathlib.Path(source).expanduser().absolute())
    return {section: to_plain(parsed[section]) for section in names}


def _check_names(names: Iterable[str], accepted: Iterable[str]) -> None:
    for name in names:
        if name not in accepted:
            raise UnknownNameError("option", name, accepted)


def _take_needs(sections: Sections, arguments: list[str]) -> None:
    """Puts what no layer may leave out into the sections, where the command line has it."""
    for section, values in sections.items():
        for name, parameter in _options(section, values).items():
            value = _last_value(arguments, f"--{section}.{name}")
            if parameter.default is parameter.empty and value is not None:
                values.setdefault(name, value)


def _merge(layers: Iterable[Sections], arguments: list[str], names: tuple) -> Sections:
    """Merges the layers. Options of a source or variant go when another one is chosen."""
    last = {}
    for section, choice in _CHOICES.items():
        name = _last_value(arguments, f"--{section}.{choice.key}")
        last |= {} if name is None else {section: {choice.key: name}}
    merged: Sections = {section: {} for section in names}
    for layer in [*layers, last]:
        for section in names:
            values, choice = layer.get(section, {}), _CHOICES.get(section)
            if choice is not None and choice.key in values:
                _check_choice(section, values)
                chosen = values[choice.key]
                if merged[section].get(choice.key, chosen) != chosen:
                    options = _options(section, values)
                    merged[section] = {k: v for k, v in merged[section].items() if k in options}
            merged[section].update(values)
    return merged


def _check_choice(section: str, values: dict[str, Any]) -> None:
    choice = _CHOICES[section]
    name = values.get(choice.key)
    if not isinstance(name, str):
        raise InputError(
            f"Expected a name for {section}.{choice.key}. Received: {name}. "
            f"Give {choice.flag}: {', '.join(choice.registry.entries())}{choice.other}."
        )


def _options(section: str, values: dict[str, Any]) -> dict[str, inspect.Parameter]:
    """Returns `{name: parameter}` of the options that a section has, its choice aside."""
    function, taken = _function(section, values)
    if function is None:
        return {}
    return {name: p for name, p in arguments_of(function).items() if name not in taken}


def _function(section: str, values: dict[str, Any]) -> tuple[Callable | None, set[str]]:
    """Returns what a section's options are arguments of, and which of its arguments are none."""
    if section == "training":
        return Training, set()
    if section == "evaluation":
        return Evaluation, set()
    if _CHOICES[section].key not in values:
        return None, set()
    if section == "data":
        kind, argument = parse_source(values["source"])
        source = SOURCES.get(kind)
        return source, set() if argument is None else {next(iter(arguments_of(source)))}
    variant = MODELS.get(values["name"])
    networks = {name for name, p in arguments_of(variant).items() if _is_network(p.annotation)}
    # No options: what the data say of conditions; networks, which are no plain values; and the
    # seed, which is the run's.
    return variant, {*variant.data_arguments(), *CONDITION_ARGUMENTS, *networks, "seed"}


def _is_network(annotation: Any) -> bool:
    kinds = (annotation, *typing.get_args(annotation))
    return any(inspect.isclass(kind) and issubclass(kind, keras.Model) for kind in kinds)


def _option_types(sections: Sections) -> dict[str, Any]:
    """Returns `{"section.key": type}` of all options."""
    accepted = {f"{section}.{_CHOICES[section].key}": str for section in sections.keys() & _CHOICES}
    for section, values in sections.items():
        for name, parameter in _options(section, values).items():
            accepted[f"{section}.{name}"] = parameter.annotation
    return accepted


def _build_parser(sections: Sections) -> jsonargparse.ArgumentParser:
    parser = jsonargparse.ArgumentParser(
        exit_on_error=False, formatter_class=_HelpFormatter, add_help=False
    )
    for section, values in sections.items():
        function, taken = _function(section, values)
        summary = inspect.getdoc(function).split("\n")[0] if function else "choose one to see more"
        group = parser.add_argument_group(f"{section}: {summary.rstrip('.')}")
        if section in _CHOICES:
            choice = _CHOICES[section]
            group.add_argument(f"--{section}.{choice.key}", type=str, help=choice.text)
        if inspect.isclass(function):
            group.add_class_arguments(function, section, as_group=False, skip=taken)
        elif function:
            group.add_function_arguments(function, section, as_group=False, skip=taken)
    return parser


def _explain(
    error: Exception,
    parser: jsonargparse.ArgumentParser,
    sections: Sections,
    arguments: list[str],
    accepted: dict[str, Any],
) -> InputError:
    """Returns the line about the value that jsonargparse refuses, found by trying each alone."""
    # Where a required option is missing, each alone is refused too.
    missing = _refuses(parser.parse_args, [])
    for key, value, refused in () if missing else _trials(parser, sections, arguments):
        if refused:
            kind = accepted[key]
            name = kind.__name__ if kind in (str, int, float, bool) else str(kind)
            return InputError(f"Expected {key} of type {_describe_type(name)}. Received: {value}.")
    text = " ".join(str(error).split())
    return InputError(f"Expected options as --SECTION.KEY VALUE. Received: {text}.")


def _describe_type(text: str) -> str:
    """Returns Python's name of a type for people: `1 | 3 | null` for `Optional[Literal[1, 3]]`."""
    text = text.replace("typing.", "").replace("None", "null")
    text = re.sub(r"^Optional\[(.*)\]$", r"\1 | null", text)
    return re.sub(
        r"Literal\[([^]]*)\]", lambda match: re.sub(r",\s*", " | ", match[1].replace("'", "")), text
    )


def _trials(
    parser: jsonargparse.ArgumentParser, sections: Sections, arguments: list[str]
) -> Iterator[tuple[str, Any, bool]]:
    """Yields `(option, value, whether it is refused)` of files, then of the command line."""
    for section, values in sections.items():
        for key, value in values.items():
            yield f"{section}.{key}", value, _refuses(parser.parse_object, {section: {key: value}})
    starts = [index for index, word in enumerate(arguments) if word.startswith("--")]
    for start, end in zip(starts, [*starts[1:], len(arguments)], strict=False):
        words = arguments[start:end]
        key, equals, value = words[0][2:].partition("=")
        value = value if equals else " ".join(words[1:])
        yield key, value, _refuses(parser.parse_args, words)


def _refuses(parse_one: Callable, given: Any) -> bool:
    try:
        parse_one(given)
    except (jsonargparse.ArgumentError, TypeError, ValueError):
        return True
    return False


def _last_value(arguments: list[str], flag: str) -> str | None:
    value = None
    for index, argument in enumerate(arguments):
        if argument == flag and index + 1 < len(arguments):
            value = arguments[index + 1]
        elif argument.startswith(f"{flag}="):
            value = argument.split("=", 1)[1]
    return value


def _flatten(sections: Sections) -> dict[str, Any]:
    return {f"{name}.{key}": value for name, of in sections.items() for key, value in of.items()}
