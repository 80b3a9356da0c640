"""A run: config → data → model → `fit`, in a folder that can be resumed and repeated."""

import dataclasses
import os
import pathlib

import keras
import numpy as np
import tensorflow as tf

from kgan.data.opening import open_source
from kgan.errors import InputError
from kgan.registry import MODELS, arguments_of
from kgan.training.callbacks import MetricsLog, NaNGuard, Progress, SampleGrid
from kgan.training.checkpoints import Checkpoints, newest_step, restore_networks
from kgan.training.folder import CONFIG, claimed
from kgan.training.options import load_config


def train(config, folder, callbacks=()):
    """Trains a run in `folder`, or goes on with the one that is there.

    Args:
        config: the `RunConfig`.
        folder: where the run lives; made if missing.
        callbacks: more Keras callbacks.

    Returns:
        The trained `GAN`.

    Raises:
        InputError: if the folder holds something else or another configuration, if data and
            model do not fit, or if another process trains there.
        RunError: if a loss is not finite.
    """
    folder = pathlib.Path(folder)
    with claimed(folder, config) as earlier:
        options, batch_size = config.training, config.data["batch_size"]
        source = open_data(config)
        for note in source.notes:
            print(note, flush=True)
        config = _with_examples(config, source, earlier)
        steps = options.steps_per_epoch or source.steps_per_epoch(batch_size)
        if steps % options.steps_per_execution:
            raise InputError(
                f"Expected an epoch of a multiple of {options.steps_per_execution} steps, as "
                f"training.steps_per_execution says. Received: {steps}. Give another "
                "--training.steps_per_epoch."
            )
        total, done = options.epochs * steps, newest_step(folder)
        if done > total:
            raise InputError(
                f"Expected training.epochs of at least {done // steps}, which {folder} has "
                f"trained already. Received: {options.epochs}. Give --training.epochs."
            )
        batches = source.stream(batch_size, options.seed, start_step=done)
        gan = build_model(config)
        compile_model(gan, options, total)
        if done < total:
            config.save(folder / CONFIG)
        checkpoints = Checkpoints(folder, gan, options.keep_checkpoints)
        checkpoints.restore()
        if done == total:
            print(f"{folder} has trained its {options.epochs} epochs already.", flush=True)
            return gan
        name = config.model["name"]
        if "label" in source.spec and "label" not in gan.batch_keys:
            print(f"{source.name} has labels, which {name} does not use; see cgan, projection_gan.")
        evaluators = ()
        if config.evaluation.every:
            from kgan.training.evaluator import Evaluator

            evaluators = (Evaluator(folder, config, gan),)
            if evaluators[0].resumed(done // steps):
                print(f"{folder} has stopped gaining, and stopped.", flush=True)
                return gan
        how = (
            f"Resuming {name} at step {done} of {total}"
            if done
            else (f"Training {name} for {total} steps")
        )
        print(f"{how} on {_device()}, {options.precision}: {folder}", flush=True)
        gan.fit(
            batches,
            epochs=options.epochs,
            initial_epoch=done // steps,
            steps_per_epoch=steps,
            shuffle=False,
            verbose=0,
            callbacks=[
                NaNGuard(),  # before anything is written
                SampleGrid(folder, options.samples, examples=_spread(source, options.samples)),
                *evaluators,
                MetricsLog(folder),
                keras.callbacks.TensorBoard(str(folder / "tensorboard"), write_graph=False),
                # After the logs: a resumed run replays epochs without a checkpoint, logs included.
                checkpoints,
                Progress(batch_size),
                *callbacks,
            ],
        )
        return gan


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
    optimizers = {}
    for player in gan.players():
        optimizer = gan.default_optimizers()[player.name]
        config = optimizer.get_config()
        rate = options.learning_rate or config["learning_rate"]
        if player.name == "discriminator":
            rate = options.discriminator_learning_rate or rate
        config["learning_rate"] = _schedule(options.schedule, rate, rounds * player.moves)
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


def _schedule(name, rate, moves):
    if name == "linear":
        return keras.optimizers.schedules.PolynomialDecay(rate, moves, 0.0)
    if name == "cosine":
        return keras.optimizers.schedules.CosineDecay(rate, moves)
    return rate


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


def _with_examples(config, source, earlier):
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


def _spread(source, count):
    """Returns examples from all over the data, for variants that draw them beside their own."""
    count = min(count, source.count)
    examples = source.examples(np.arange(count) * source.count // count)
    return {key: tf.constant(values) for key, values in examples.items()}


def _device():
    gpus = tf.config.list_logical_devices("GPU")
    return "GPU" if gpus else f"CPU ({len(os.sched_getaffinity(0))} cores)"
