"""What a run is: variant, data, training; read from a recipe, a file and the command line.

The options of a run are the arguments of the variant's constructor (`--model.…`), of the data
source's function (`--data.…`) and of `Training` (`--training.…`), parsed and typed by jsonargparse
from their signatures: a new argument is an option at once. Variants and sources are named through
registries, never by import path, and arguments are plain values: a config cannot run code.
"""

import dataclasses
import inspect
import pathlib
from typing import Any, Literal

import yaml

from kgan.data import opening
from kgan.errors import InputError, unknown
from kgan.files import replacing
from kgan.registry import MODELS, SOURCES

RECIPES = pathlib.Path(__file__).parent.parent / "recipes"

# Constructor arguments that are not plain values, or that a run decides itself.
_NOT_OPTIONS = {"self", "generator", "discriminator", "image_shape", "seed"}


@dataclasses.dataclass(frozen=True)
class Training:
    """How a run trains.

    Args:
        epochs: epochs to train for, ≥ 1.
        steps_per_epoch: rounds an epoch; null for one pass over the data.
        seed: seed of weights, data order and every number drawn.
        learning_rate: step size; null for the paper's own.
        discriminator_learning_rate: the discriminator's, where it differs; null for the same.
        beta_1: Adam's first decay rate; null for the paper's own.
        beta_2: Adam's second decay rate; null for the paper's own.
        schedule: the learning rate's way to 0 at the last step: none, a line, or half a cosine.
        precision: what networks compute in; losses and weights stay float32.
        jit_compile: compile the round with XLA (measure it: it is slower on many CPUs).
        samples: images in each grid of `samples/`.
        keep_checkpoints: newest checkpoints to keep, ≥ 1.
    """

    epochs: int = 100
    steps_per_epoch: int | None = None
    seed: int = 0
    learning_rate: float | None = None
    discriminator_learning_rate: float | None = None
    beta_1: float | None = None
    beta_2: float | None = None
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    jit_compile: bool = False
    samples: int = 64
    keep_checkpoints: int = 2

    def __post_init__(self):
        least = {"epochs": 1, "steps_per_epoch": 1, "seed": 0, "samples": 1, "keep_checkpoints": 1}
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and value < bound:
                raise InputError(f"Expected training.{name} >= {bound}. Received: {value}.")
        for name in ("learning_rate", "discriminator_learning_rate"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InputError(f"Expected training.{name} > 0. Received: {value}.")


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Everything a run is made from; `save` and `load_config` are inverse.

    Attributes:
        model: `{"name": variant, argument: value, ...}`.
        data: `{"source": …, "batch_size": …, argument: value, ...}`.
        training: the `Training`.
    """

    model: dict[str, Any]
    data: dict[str, Any]
    training: Training

    def sections(self):
        """Returns `{"model": {...}, "data": {...}, "training": {...}}` of plain values."""
        return {
            "model": self.model,
            "data": self.data,
            "training": dataclasses.asdict(self.training),
        }

    def save(self, path):
        """Writes YAML that `kgan train --config` repeats, atomically."""
        with replacing(path) as temporary:
            temporary.write_text(
                "# Repeat this run: kgan train --config config.yaml --out ANOTHER_FOLDER\n"
                + yaml.safe_dump(self.sections(), sort_keys=False),
                encoding="utf-8",
            )


def recipes():
    """Returns `{name: first comment line}` of the recipes that ship with kgan."""
    return {
        path.stem: path.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        for path in sorted(RECIPES.glob("*.yaml"))
    }


def recipe_sections(name):
    """Returns the sections of a recipe, or of a variant's bare defaults.

    Args:
        name: a recipe, or a registered variant (which then needs `--data`).

    Raises:
        InputError: if it is neither; the known recipes and variants are listed.
    """
    path = RECIPES / f"{name}.yaml"
    known = [*recipes(), *MODELS.entries()]
    if name not in known:
        raise unknown("recipe or variant", name, known)
    return read_sections(path) if path.exists() else {"model": {"name": name}}


def read_sections(path):
    """Returns the sections of a YAML file.

    Raises:
        InputError: if it cannot be read, is no YAML mapping, or has an unknown section.
    """
    try:
        read = yaml.safe_load(pathlib.Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Expected a config file. Received: {path} ({error}).") from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"Expected YAML. Received: {path} ({reason}).") from error
    if not isinstance(read, dict) or not all(isinstance(v, dict) for v in read.values()):
        raise InputError(f"Expected sections model, data and training. Received: {path}.")
    for section in read:
        if section not in ("model", "data", "training"):
            raise unknown("section", section, ("model", "data", "training"))
    return read


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
    parser = build_parser(sections["model"]["name"], sections["data"]["source"])
    known = {key for key in parser.get_defaults().keys() if key != "print_config"}
    given = [argument[2:].split("=")[0] for argument in arguments if argument.startswith("--")]
    given += [f"{section}.{key}" for section, values in sections.items() for key in values]
    for key in given:
        if key not in known | {"print_config", "help"}:
            raise unknown("option", key, known)
    return _parsed(parser, arguments, sections)


def print_help(arguments, layers):
    """Prints every option of the run that `parse` would return, with the layers' values shown."""
    sections = _merged(layers, arguments)
    parser = build_parser(sections["model"]["name"], sections["data"]["source"])
    parser.set_defaults(_dotted(sections))
    parser.print_help()


def build_parser(variant, source):
    """Returns the jsonargparse parser of a run of `variant` on `source`."""
    import jsonargparse

    model = MODELS.get(variant)
    parser = jsonargparse.ArgumentParser(prog="kgan train", exit_on_error=False)
    parser.add_argument("--print_config", action="store_true", help="print the config and stop")
    parser.add_argument("--model.name", type=str, help="the variant; see kgan list")
    parser.add_class_arguments(model, "model", skip=_NOT_OPTIONS, sub_configs=False)
    parser.add_argument("--data.source", type=str, help="a source, a folder, or tfds:NAME")
    parser.add_argument("--data.batch_size", type=int, default=64, help="examples a round")
    function, taken = _source_function(source)
    parser.add_function_arguments(function, "data", skip=taken, sub_configs=False)
    parser.add_class_arguments(Training, "training", sub_configs=False)
    return parser


def _merged(layers, arguments):
    """Merges the layers. What a layer says of a source or variant goes when another is chosen."""
    chosen = {
        "model": _last_value(arguments, "--model.name"),
        "data": _last_value(arguments, "--data.source"),
    }
    merged = {"model": {}, "data": {}, "training": {}}
    for layer in [*layers, {key: {_NAMES[key]: name} for key, name in chosen.items() if name}]:
        for section, values in layer.items():
            name = _NAMES.get(section)
            changed = name in values and values[name] != merged[section].get(name)
            if changed and merged[section]:
                merged[section] = _still_valid(section, values[name], merged[section])
            merged[section].update(values)
    for section, name in _NAMES.items():
        if name not in merged[section]:
            registry = {"model": MODELS, "data": SOURCES}[section]
            raise InputError(
                f"Expected {section}.{name}. Received: none. Known: "
                f"{', '.join(registry.entries())}{', or a folder' if section == 'data' else ''}; "
                f"give --{section if section == 'data' else 'model.name'}."
            )
    return merged


_NAMES = {"model": "name", "data": "source"}


def _still_valid(section, name, values):
    function = MODELS.get(name) if section == "model" else _source_function(name)[0]
    accepted = {*inspect.signature(function).parameters, "batch_size"} - {_NAMES[section]}
    return {key: value for key, value in values.items() if key in accepted}


def _source_function(text):
    """Returns the function behind a source's text, and the names of the arguments in the text."""
    kind, argument = opening.parse(text)
    function = SOURCES.get(kind)
    first = next(iter(inspect.signature(function).parameters))
    return function, set() if argument is None else {first}


def _last_value(arguments, flag):
    value = None
    for index, argument in enumerate(arguments):
        if argument == flag and index + 1 < len(arguments):
            value = arguments[index + 1]
        elif argument.startswith(f"{flag}="):
            value = argument.split("=", 1)[1]
    return value


def _parsed(parser, arguments, sections):
    import jsonargparse

    try:
        parser.set_defaults(_dotted(sections))
        parsed = parser.parse_args(arguments).as_dict()
    except (jsonargparse.ArgumentError, TypeError, ValueError) as error:
        raise InputError(" ".join(str(error).split())) from error
    config = RunConfig(
        _plain(parsed["model"]), _plain(parsed["data"]), Training(**parsed["training"])
    )
    if parsed["print_config"]:
        print(yaml.safe_dump(config.sections(), sort_keys=False), end="")
        raise SystemExit(0)
    return config


def _dotted(sections):
    return {f"{section}.{key}": value for section, of in sections.items() for key, value in of.items()}


def _plain(value):
    """Returns YAML's own types: tuples become lists, paths strings."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, pathlib.Path) else value
