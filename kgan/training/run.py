"""A run: config → data → model → `fit`, in a folder that can be resumed and repeated."""

import contextlib
import dataclasses
import pathlib

import keras

from kgan.data.opening import open_source
from kgan.errors import InputError, RunError, unknown
from kgan.layers import synchronized_batch_norm
from kgan.registry import MODELS, arguments_of
from kgan.training import distribution
from kgan.training.checkpoints import Checkpoints, restore_networks
from kgan.training.folder import CONFIG, claimed
from kgan.training.options import load_config
from kgan.training.playing import Setting, play
from kgan.training.schedules import scheduled
from kgan.training.stopping import saved_when_stopped


def train(config, folder, callbacks=(), distribute="none"):
    """Trains a run in `folder`, or goes on with the one that is there.

    Args:
        config: the `RunConfig`.
        folder: where the run lives; made if missing.
        callbacks: more Keras callbacks.
        distribute: on which devices: none, mirrored, multiworker, tpu or auto, see
            `kgan.training.distribution`.

    Returns:
        The trained `GAN`.

    Raises:
        InputError: if the folder holds something else or another configuration, if data and
            model do not fit, or if another process trains there.
        RunError: if a loss is not finite, a checkpoint cannot be written, or another worker is
            gone.
        Interrupted: after SIGINT or SIGTERM, with what was played saved.
    """
    folder = pathlib.Path(folder)
    place = distribution.opened(distribute)
    # One process writes. The others of several workers read the same folder, and hold none.
    claim = claimed(folder, config) if place.chief else contextlib.nullcontext()
    with claim as earlier:
        source = open_data(config)
        for note in source.notes:
            print(note, flush=True)
        config = with_examples(config, source, earlier)
        options, batch_size = config.training, config.data["batch_size"]
        steps = steps_per_epoch(options, source, batch_size)
        total = options.epochs * steps
        # Keras cannot put several rounds into one call under a strategy.
        in_step = {"steps_per_execution": 1} if place.distributed else {}
        options = dataclasses.replace(options, **in_step)
        with place.strategy.scope():
            gan = build_model(config)
            compile_model(gan, options, total)
        moves = max(player.moves for player in gan.players())
        patience = config.evaluation.patience
        place.check(batch_size, moves, options.gradient_accumulation, patience)
        checkpoints, done = _restored(folder, gan, options, place)
        if done > total:
            raise InputError(
                f"Expected training.epochs of at least {-(-done // steps)}, which {folder} has "
                f"trained already. Received: {options.epochs}. Give --training.epochs."
            )
        if done == total:
            print(f"{folder} has trained its {options.epochs} epochs already.", flush=True)
            return gan
        if place.chief:
            config.save(folder / CONFIG)
        name = config.model["name"]
        if "label" in source.spec and "label" not in gan.batch_keys:
            print(f"{source.name} has labels, which {name} does not use; see cgan, projection_gan.")
        if options != config.training:
            print(f"training.steps_per_execution is for one device: on {place.name} it is 1.")
        evaluator = _evaluator(folder, config, gan)
        if evaluator is not None and evaluator.resumed(done // steps):
            print(f"{folder} has stopped gaining, and stopped.", flush=True)
            return gan
        how = f"Resuming {name} at step {done} of" if done else f"Training {name} for"
        unit = "" if done else " steps"
        print(f"{how} {total}{unit} on {place.name}, {options.precision}: {folder}", flush=True)
        scorers = [] if evaluator is None else [evaluator]
        scorers += _doctors(folder, config, source)
        setting = Setting(config, folder, source, place, gan, steps, checkpoints, tuple(scorers))
        with saved_when_stopped(checkpoints, place) as last:
            play(setting, done, [*(callbacks if place.chief else ()), *last])
        return gan


def steps_per_epoch(options, source, batch_size):
    """Returns the rounds of an epoch. Raises `InputError` where the options do not fit the data."""
    whole = source.steps_per_epoch(batch_size)  # refuses a batch larger than the data
    steps = options.steps_per_epoch or whole
    if steps % options.steps_per_execution:
        raise InputError(
            f"Expected an epoch of a multiple of {options.steps_per_execution} steps, as "
            f"training.steps_per_execution says. Received: {steps}. Give another "
            "--training.steps_per_epoch."
        )
    return steps


def _restored(folder, gan, options, place):
    """Returns the run's `Checkpoints`, and the rounds played before, the same for all workers."""
    every = options.checkpoint_minutes, options.checkpoint_steps
    checkpoints = Checkpoints(folder, gan, options.keep_checkpoints, *every, place.chief)
    done = checkpoints.restore()
    with place.watched():
        agreed = place.agree(done)
    if not agreed:
        raise RunError(
            f"Expected one folder that all workers see. Received: {folder}, with a checkpoint of "
            f"step {done} here, and another one elsewhere. Give --out on a shared disk."
        )
    return checkpoints, done


def _evaluator(folder, config, gan):
    """Returns the `Evaluator` a config asks for, or None."""
    if not config.evaluation.every:
        return None
    from kgan.training.evaluator import Evaluator  # only for those who ask: it imports the metrics

    return Evaluator(folder, config, gan)


def _doctors(folder, config, source):
    """Returns the `Doctor` a config asks for, in a list."""
    if not config.evaluation.doctor:
        return []
    from kgan.training import doctor

    held_out = doctor.sources_of(config)[1]
    every, batch_size = config.evaluation.doctor, config.data["batch_size"]
    return [doctor.Doctor(source, folder, every, held_out, batch_size=batch_size)]


def load_run(folder):
    """Returns the `GAN` of a run with its newest weights, ready to sample; and its `RunConfig`.

    The data the run was trained on are not needed.

    Raises:
        InputError: if `folder` is no run, or has no checkpoint yet.

    Example:
        >>> gan, config = kgan.training.load_run("runs/dcgan_digits")
        >>> images = gan.sample(seeds=range(16))
    """
    folder = pathlib.Path(folder)
    if not (folder / CONFIG).is_file():
        raise InputError(
            f"Expected the folder of a run, with {CONFIG}. Received: {folder}. "
            "Train one: kgan train RECIPE --out FOLDER."
        )
    config = load_config(folder / CONFIG)
    if config.examples is None:
        raise InputError(
            f"Expected the section examples in {folder}/{CONFIG}, as kgan train writes it. "
            "Received: none. Resume the run: kgan train --config CONFIG --out FOLDER."
        )
    gan = build_model(config)
    restore_networks(folder, gan)
    return gan, config


def open_data(config):
    """Returns the `Source` of a config."""
    options = {k: v for k, v in config.data.items() if k not in ("source", "batch_size")}
    return open_source(config.data["source"], options)


def build_model(config):
    """Returns the uncompiled `GAN` of a config whose `examples` are known."""
    arguments = {key: value for key, value in config.model.items() if key != "name"}
    variant = MODELS.get(config.model["name"])
    found = {key: config.examples[key] for key in _facts_for(variant)}
    facts = {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}
    before = keras.mixed_precision.dtype_policy()
    # Layers take the policy when they are made; left set, it would reach the next model too.
    keras.mixed_precision.set_dtype_policy(config.training.precision)
    try:
        with synchronized_batch_norm(config.training.synchronized_batch_norm):
            return variant(seed=config.training.seed, **facts, **arguments)
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def compile_model(gan, options, rounds):
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
            raise unknown("player in training.learning_rate", name, names)
    optimizers = {}
    for player in players:
        optimizer = gan.default_optimizers()[player.name]
        config = optimizer.get_config()
        rate = rates.get(player.name) or config["learning_rate"]
        config["learning_rate"] = scheduled(options.schedule, rate, rounds, player)
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


# What data can be asked for a variant's constructor.
_FACTS = {
    "image_shape": lambda source, variant: list(source.spec[variant.image_keys[0]].shape),
    "classes": lambda source, variant: list(source.classes or ()),
    "words": lambda source, variant: list(source.words or ()),
    "length": lambda source, variant: source.spec["tokens"].shape[0],
    "vocabulary": lambda source, variant: (
        list(source.vocabulary) if isinstance(source.vocabulary, tuple) else source.vocabulary
    ),
}


def _facts_for(variant):
    """Returns which facts of the data a variant's constructor takes."""
    return [fact for fact in _FACTS if fact in arguments_of(variant)]


def with_examples(config, source, earlier=None):
    """Returns the config with what its data hold, which must be what an earlier start found."""
    name = config.model["name"]
    variant = MODELS.get(name)
    if not set(variant.batch_keys) <= set(source.spec):
        raise InputError(
            f"Expected data with {', '.join(variant.batch_keys)} for {name}. Received: "
            f"{source.name} with {', '.join(source.spec)}. Choose other --data, or a variant "
            "that needs no more."
        )
    facts = {fact: _FACTS[fact](source, variant) for fact in _facts_for(variant)}
    found = {"count": source.count, **facts}
    before = found if earlier is None or earlier.examples is None else earlier.examples
    if found != before:
        raise InputError(
            f"Expected the data the run began with: {before}. Received: {found} from "
            f"{source.name}. Put the data back, or choose another --out."
        )
    return dataclasses.replace(config, examples=found)
