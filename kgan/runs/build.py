"""From a config to what it names: the data, the model, its optimizers, the rounds of an epoch."""

import dataclasses

from keras.optimizers import schedules

from kgan.data import Source, open_source, parse_source
from kgan.errors import InputError, UnknownNameError
from kgan.layers import synchronize_batch_norm
from kgan.log import warn
from kgan.models.core.base import GAN
from kgan.models.core.config import use_precision
from kgan.models.core.player import Player
from kgan.registry import MODELS, SOURCES, arguments_of
from kgan.runs.config import RunConfig, Training
from kgan.runs.freezing import freeze_layers


def open_data(config: RunConfig) -> Source:
    """Returns the `Source` of a config, its examples numbered where the variant needs that."""
    options = {k: v for k, v in config.data.items() if k != "source"}
    source = open_source(config.data["source"], options)
    return source.number() if "index" in MODELS.get(config.model["name"]).batch_keys() else source


def record_examples(
    config: RunConfig, source: Source, earlier: RunConfig | None = None
) -> RunConfig:
    """Returns the config with what its data hold, which must be what an earlier start found."""
    name = config.model["name"]
    variant = MODELS.get(name)
    lacks = set(variant.batch_keys()) - set(source.spec)
    if lacks:
        mend = "Choose other --data, or a variant that needs no more."
        takes = arguments_of(SOURCES.get(parse_source(config.data["source"])[0]))
        if lacks == {"label"} and "labels" in takes:
            mend = "Subfolders are classes with --data.labels true."
        raise InputError(
            f"Expected data with {', '.join(variant.batch_keys())} for {name}. Received: "
            f"{source.name} with {', '.join(source.spec)}. {mend}"
        )
    examples = {"count": source.count, **variant.arguments_from(source)}
    before, digest = examples, source.digest
    if earlier is not None and earlier.examples is not None:
        before = dict(earlier.examples)
        before.pop("licence", None)
        digest = before.pop("digest", digest)
    if examples != before:
        raise InputError(
            f"Expected the data the run began with: {before}. Received: {examples} from "
            f"{source.name}. Put the data back, or choose another --out."
        )
    if digest != source.digest:
        warn(
            f"{source.name} has changed since the run was last started: files of other names, "
            "sizes or times. It goes on with them as they are now."
        )
    examples |= {"digest": source.digest} if source.digest else {}
    return dataclasses.replace(config, examples={**examples, "licence": source.licence})


def build_model(config: RunConfig) -> GAN:
    """Returns the uncompiled `GAN` of a config whose `examples` are known.

    Raises:
        InputError: for options or examples of another variant.
    """
    arguments = {key: value for key, value in config.model.items() if key != "name"}
    variant = MODELS.get(config.model["name"])
    _check_one_variant(config, variant, arguments)
    decided = {name: config.examples[name] for name in variant.data_arguments()}
    decided = {name: tuple(v) if isinstance(v, list) else v for name, v in decided.items()}
    synchronized = synchronize_batch_norm(config.training.synchronized_batch_norm)
    with use_precision(config.training.precision), synchronized:
        gan = variant(seed=config.training.seed, **decided, **arguments)
    freeze_layers(gan, config.training.freeze)
    return gan


def _check_one_variant(config, variant, arguments):
    """Refuses a config whose name was changed to that of another variant."""
    name, known = config.model["name"], arguments_of(variant)
    lacks = [key for key in variant.data_arguments() if key not in config.examples]
    strange = [key for key in arguments if key not in known]
    if lacks or strange:
        what = f"the option {strange[0]}" if strange else f"examples without {lacks[0]}"
        raise InputError(
            f"Expected a configuration of {name}. Received: model.name={name} with {what}, as "
            "another variant has it. Put config.yaml back as it was."
        )


def compile_model(gan: GAN, options: Training, rounds: int) -> None:
    """Compiles `gan` with the paper's optimizers, changed as the `Training` options say.

    Args:
        gan: the model.
        options: the `Training`.
        rounds: rounds of the whole run, after which a schedule reaches 0.
    """
    players, rates = gan.players(), options.learning_rate
    names = [player.name for player in players]
    if not isinstance(rates, dict):
        rates = dict.fromkeys(names, rates)
    for name in rates:
        if name not in names:
            raise UnknownNameError("player in training.learning_rate", name, names)
    optimizers = {}
    for player in players:
        optimizer = gan.default_optimizers()[player.name]
        config = optimizer.get_config()
        rate = rates.get(player.name) or config["learning_rate"]
        config["learning_rate"] = schedule_rate(options.schedule, rate, rounds, player)
        if options.gradient_accumulation > 1:
            config["gradient_accumulation_steps"] = options.gradient_accumulation
        for name in ("beta_1", "beta_2"):
            if getattr(options, name) is not None:
                if name not in config:
                    raise InputError(
                        f"Expected no training.{name} for {type(optimizer).__name__}, the "
                        f"{player.name}'s optimizer. Received: {getattr(options, name)}. "
                        "Leave it out."
                    )
                config[name] = getattr(options, name)
        optimizers[player.name] = type(optimizer).from_config(config)
    gan.compile(
        optimizers,
        jit_compile=options.jit_compile,
        steps_per_execution=options.steps_per_execution,
    )


def schedule_rate(
    name: str, rate: float, rounds: int, player: Player
) -> float | schedules.LearningRateSchedule:
    """Returns a player's learning rate, or the schedule that brings it to 0.

    Args:
        name: `constant`, `linear` or `cosine`.
        rate: where it starts.
        rounds: of the whole run.
        player: a `kgan.models.core.player.Player`, whose optimizer counts from its `start`.
    """
    if name == "constant":
        return rate
    moves = max(rounds - player.start, 1) * player.moves
    if name == "linear":
        return schedules.PolynomialDecay(rate, moves, 0.0)
    return schedules.CosineDecay(rate, moves)


def count_steps(options: Training, source: Source) -> int:
    """Returns the rounds of an epoch. Raises `InputError` where the options do not fit the data."""
    whole = source.steps_per_epoch(options.batch_size)  # refuses a batch larger than the data
    steps = options.steps_per_epoch or whole
    if steps % options.steps_per_execution:
        raise InputError(
            f"Expected an epoch of a multiple of {options.steps_per_execution} steps, as "
            f"training.steps_per_execution says. Received: {steps}. Give another "
            "--training.steps_per_epoch."
        )
    return steps
