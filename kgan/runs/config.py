"""What a run is: variant, data, training; read from a recipe, a file and the command line."""

import dataclasses
import math
import pathlib
from typing import Any, Literal

import yaml

from kgan.errors import InputError, UnknownNameError
from kgan.files import write_text
from kgan.registry import MODELS
from kgan.types import PathLike

RECIPES = pathlib.Path(__file__).parent.parent / "recipes"
SECTIONS = ("model", "data", "training", "evaluation")


@dataclasses.dataclass(frozen=True)
class Training:
    """How a run trains.

    Args:
        batch_size: examples a round, of all replicas together, ≥ 1.
        epochs: epochs to train for, ≥ 1.
        steps_per_epoch: rounds an epoch; null for one pass over the data.
        seed: seed of weights, data order and every number drawn, in [0, 2³²).
        learning_rate: step size of all players, or of each that is named, such as {discriminator:
            0.002}; null for the paper's own.
        beta_1: Adam's first decay rate, in [0, 1); null for the paper's own.
        beta_2: Adam's second decay rate, in [0, 1); null for the paper's own.
        schedule: the learning rate's way to 0 at the last step: none, a line, or half a cosine.
        precision: what networks compute in; losses and weights stay float32.
        synchronized_batch_norm: take batch normalization's moments over all replicas' examples,
            as one replica with the whole batch would; it costs every replica some waiting.
        steps_per_execution: rounds in one call of the traced function, ≥ 1; tens make tiny
            networks faster. An epoch should be a multiple of it. Replicas take 1.
        gradient_accumulation: rounds whose gradients are averaged before each player moves, ≥ 1:
            what a batch so many times as large would give, in the memory of this one. A round's
            number, and all that is paid every so many rounds, counts rounds, not moves.
        jit_compile: compile the round with XLA (measure it: it is slower on many CPUs).
        samples: images in each grid of `samples/`.
        keep_checkpoints: newest checkpoints to keep, ≥ 1. One is written at the end of each epoch.
        checkpoint_minutes: minutes since the last after which one is written within an epoch
            too; null for never.
        checkpoint_steps: rounds after which one is written within an epoch too; null for never.
        start_from: folder of a run whose weights to start with, of the same variant and sizes, or
            of any whose shapes fit; null for new ones. What belongs to a class is taken from the
            class of the same name. That run is not needed once this one has a checkpoint.
        freeze: with start_from, how many layers with weights of the critic keep them, from the
            pictures on; or of each player that is named, such as {generator: 8} for the first of a
            translator's encoder; or the name of a network inside one, such as encoder of zi2zi.
        rollbacks: how often, after NaN or infinity, the run may go back to its last checkpoint and
            on with other noise, ≥ 0; 0 to stop.
    """

    batch_size: int = 64
    epochs: int = 100
    steps_per_epoch: int | None = None
    seed: int = 0
    learning_rate: float | dict[str, float] | None = None
    beta_1: float | None = None
    beta_2: float | None = None
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    synchronized_batch_norm: bool = False
    steps_per_execution: int = 1
    gradient_accumulation: int = 1
    jit_compile: bool = False
    samples: int = 64
    keep_checkpoints: int = 2
    checkpoint_minutes: float | None = 10.0
    checkpoint_steps: int | None = None
    start_from: str | None = None
    freeze: int | str | dict[str, int] = 0
    rollbacks: int = 0

    def __post_init__(self):
        if self.freeze and self.start_from is None:
            raise InputError(
                "Expected training.start_from, of whose layers to freeze some. Received: "
                f"training.freeze={self.freeze} alone. Give --start_from RUN."
            )
        for name, least, below in (
            ("batch_size", 1, math.inf),
            ("epochs", 1, math.inf),
            ("steps_per_epoch", 1, math.inf),
            ("seed", 0, 2**32),
            ("steps_per_execution", 1, math.inf),
            ("gradient_accumulation", 1, math.inf),
            ("samples", 1, math.inf),
            ("keep_checkpoints", 1, math.inf),
            ("checkpoint_minutes", 0, math.inf),
            ("checkpoint_steps", 1, math.inf),
            ("rollbacks", 0, 1000),
            ("freeze", 0, math.inf),
            ("learning_rate", 1e-30, math.inf),
            ("beta_1", 0, 1),
            ("beta_2", 0, 1),
        ):
            value = getattr(self, name)
            values = value.values() if isinstance(value, dict) else [value]
            if isinstance(value, str):  # a name
                continue
            if not all(one is None or least <= one < below for one in values):
                bound = "" if below == math.inf else f" and < {below}"
                raise InputError(f"Expected training.{name} >= {least}{bound}. Received: {value}.")


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What is scored while a run trains: the best is kept, and a run that gains no more stops.

    Args:
        every: epochs between evaluations; 0 for none. The last epoch is always one.
        metrics: as kgan evaluate names them; the first says which weights are best.
        samples: to generate, ≥ 2, and the most real ones to compare with.
        extractor: what makes the features; null for classifier where pictures are labelled
            characters, efficientnet-lite0 for others, raw for points.
        patience: evaluations without a better score after which the run stops; null for never.
        doctor: epochs between examinations by the doctor, who says in plain words what ails the
            run, see kgan doctor; 0 for none.
    """

    every: int = 0
    metrics: list[str] = dataclasses.field(default_factory=lambda: ["fid"])
    samples: int = 1000
    extractor: str | None = None
    patience: int | None = None
    doctor: int = 0

    def __post_init__(self):
        for name, least in (("every", 0), ("samples", 2), ("patience", 1), ("doctor", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"Expected evaluation.{name} >= {least}. Received: {value}.")
        from kgan.metrics.card import METRICS, parse_name  # kgan list waits for neither

        metrics = [parse_name(name).metric for name in self.metrics]
        if not metrics or METRICS[metrics[0]][1] not in ("lower", "higher"):
            raise InputError(
                f"Expected a first metric of evaluation.metrics that can be better or worse. "
                f"Received: {', '.join(metrics) or 'none'}. Put e.g. fid first."
            )


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Everything a run is made from; `save` and `RunConfig.load` are inverse.

    Attributes:
        model: `{"name": variant, argument: value, ...}`.
        data: `{"source": …, argument: value, ...}`.
        training: the `Training`.
        evaluation: the `Evaluation`.
        examples: `{"count": N, "image_shape": [H, W, C], "licence": text}` that the data turned
            out to hold, and a `digest` of their files' names, sizes and times, so that a run can be
            sampled without its data; None before they were opened.
    """

    model: dict[str, Any]
    data: dict[str, Any]
    training: Training
    evaluation: Evaluation = dataclasses.field(default_factory=Evaluation)
    examples: dict[str, Any] | None = None

    @classmethod
    def load(cls, path: PathLike) -> "RunConfig":
        """Returns the config that `save` wrote.

        Raises:
            InputError: as `read_sections`; a section or option that is missing or unknown.
        """
        sections = read_sections(path)
        for section, key in (("model", "name"), ("data", "source")):
            if key not in sections.get(section, {}):
                raise InputError(f"Expected {section}.{key} in {path}. Received: none.")
        made = {}
        for section, kind in (("training", Training), ("evaluation", Evaluation)):
            values = sections.get(section, {})
            known = [field.name for field in dataclasses.fields(kind)]
            for key in values:
                if key not in known:
                    raise UnknownNameError(f"option in {path}", f"{section}.{key}", known)
            try:
                made[section] = kind(**values)
            except TypeError as error:
                raise InputError(
                    f"Expected the types that kgan train writes. Received: {section} in {path} "
                    f"({error}). Put the file back as it was."
                ) from error
        return cls(sections["model"], sections["data"], **made, examples=sections.get("examples"))

    def sections(self) -> dict[str, dict[str, Any]]:
        """Returns `{"model": {...}, "data": {...}, "training": {...}, …}` of YAML's own types."""
        return to_plain(
            {
                "model": self.model,
                "data": self.data,
                "training": dataclasses.asdict(self.training),
                "evaluation": dataclasses.asdict(self.evaluation),
            }
        )

    def text(self) -> str:
        """Returns the YAML that `kgan train --config` repeats."""
        examples = {} if self.examples is None else {"examples": to_plain(self.examples)}
        return yaml.safe_dump({**self.sections(), **examples}, sort_keys=False)

    def save(self, path: PathLike) -> None:
        """Writes `text()` to `path`, atomically."""
        write_text(
            path,
            "# Repeat this run: kgan train --config config.yaml --out ANOTHER_FOLDER\n"
            "# (examples is what the data turned out to hold, and no option)\n" + self.text(),
        )


def to_plain(value: Any) -> Any:
    """Returns YAML's own types: lists for tuples and arrays, text for paths, Python's numbers."""
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if type(value).__module__ == "numpy":  # which kgan list does not wait for
        return value.tolist()
    return str(value) if isinstance(value, pathlib.PurePath) else value


def list_recipes() -> dict[str, str]:
    """Returns `{name: first comment line}` of the recipes that ship with kgan."""
    return {
        path.stem: path.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        for path in sorted(RECIPES.glob("*.yaml"))
    }


def read_recipe(name: str) -> dict[str, dict[str, Any]]:
    """Returns the sections of a recipe, or of a variant's bare defaults.

    Args:
        name: a recipe, or a registered variant (which then needs `--data`).

    Raises:
        InputError: if it is neither; the known recipes and variants are listed.
    """
    known = [*list_recipes(), *MODELS.entries()]
    if name not in known:
        raise UnknownNameError("recipe or variant", name, known)
    path = RECIPES / f"{name}.yaml"
    return read_sections(path) if path.exists() else {"model": {"name": name}}


def read_sections(path: PathLike) -> dict[str, dict[str, Any]]:
    """Returns the sections of a YAML file, `examples` included if it holds them.

    Raises:
        InputError: if it cannot be read, is no YAML mapping, or has an unknown section.
    """
    try:
        read = yaml.safe_load(pathlib.Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"Expected a config file. Received: {path} ({reason}).") from error
    except (yaml.YAMLError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        reason = "nested too deeply" if deep else " ".join(str(error).split())
        raise InputError(f"Expected YAML. Received: {path} ({reason}).") from error
    if not isinstance(read, dict):
        raise InputError(f"Expected sections {', '.join(SECTIONS)}. Received: {path} without any.")
    for section, values in read.items():
        if section not in (*SECTIONS, "examples"):
            raise UnknownNameError("section", section, SECTIONS)
        if not isinstance(values, dict | None):
            raise InputError(
                f"Expected KEY: VALUE under {section}. Received: {section}={values!r} in {path}."
            )
    return {section: values or {} for section, values in read.items()}
