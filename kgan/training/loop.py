"""Trains a run: config → data → model → `fit`, in a folder that can be resumed and repeated."""

import contextlib
import dataclasses
import json
import pathlib
import sys
from collections.abc import Iterable
from typing import NamedTuple

import keras

from kgan.data import Source
from kgan.errors import InputError, RunError
from kgan.evaluation import samples
from kgan.log import count_words, tell, warn
from kgan.models.core.base import GAN
from kgan.runs.build import build_model, compile_model, count_steps, open_data, record_examples
from kgan.runs.checkpoints import Checkpoints, find_newest_step
from kgan.runs.config import RunConfig, Training
from kgan.runs.finite import NotFinite
from kgan.runs.folder import CONFIG, lock_run
from kgan.runs.start import start_from
from kgan.training import distribution
from kgan.training.callbacks import (
    MetricsLog,
    NaNGuard,
    Progress,
    ResumeMidEpoch,
    SampleGrid,
    ScoreLog,
)
from kgan.training.distribution import Placement
from kgan.training.input_wait import InputWait
from kgan.training.interrupts import save_on_stop
from kgan.types import PathLike

SHORTEST = 30_000  # images; DCGANs of digits, faces and emoji show shapes after 15,000 to 60,000


class TrainingContext(NamedTuple):
    """What a run is trained with.

    Attributes:
        config: of the run.
        folder: where it writes.
        source: its data.
        placement: its devices.
        gan: the compiled model.
        steps: rounds an epoch.
        checkpoints: restored.
        scorers: callbacks that score it meanwhile; they may add to the logs.
    """

    config: RunConfig
    folder: pathlib.Path
    source: Source
    placement: Placement
    gan: GAN
    steps: int
    checkpoints: Checkpoints
    scorers: tuple[keras.callbacks.Callback, ...]


def train(
    config: RunConfig,
    folder: PathLike,
    callbacks: Iterable[keras.callbacks.Callback] = (),
    distribute: str = "none",
) -> GAN:
    """Trains a run in `folder`, or goes on with the one that is there.

    Args:
        config: of the run.
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
        Interrupted: after SIGINT, SIGTERM or SIGHUP, with what was played saved.

    Example:
        >>> config = parse([], [read_recipe("dcgan_digits")])
        >>> gan = kgan.training.train(config, "runs/dcgan_digits")
    """
    folder = pathlib.Path(folder)
    placement = distribution.choose_placement(distribute)
    # One process writes. The others of several workers read the same folder, and lock none.
    lock = lock_run(folder, config) if placement.chief else contextlib.nullcontext()
    with lock as earlier:
        source = open_data(config)
        for note in source.notes:
            tell(note)
        config = record_examples(config, source, earlier)
        # Keras cannot put several rounds into one call under a strategy.
        one = {"steps_per_execution": 1} if placement.distributed else {}
        options = dataclasses.replace(config.training, **one)
        steps = count_steps(config.training, source)
        total = options.epochs * steps
        with placement.strategy.scope():
            gan = build_model(config)
            compile_model(gan, options, total)
        placement.check(
            options.batch_size,
            max(player.moves for player in gan.players()),
            options.gradient_accumulation,
            config.evaluation.patience,
        )
        checkpoints, done = _restore(folder, gan, options, placement)
        if done > total:
            raise InputError(
                f"Expected training.epochs of at least {-(-done // steps)}, which {folder} has "
                f"trained already. Received: {options.epochs}. Give --training.epochs."
            )
        epochs, begun = divmod(done, steps)
        unscored = placement.chief and not begun and _lacks_score(folder, config, epochs)
        if done == total and not unscored:
            tell(f"{folder} has trained its {count_words(options.epochs, 'epoch')} already.")
            return gan
        if options.start_from and not find_newest_step(folder):
            with placement.strategy.scope():
                _start(gan, options)
        if placement.chief:
            config.save(folder / CONFIG)
        name = config.model["name"]
        if "label" in source.spec and "label" not in gan.batch_keys():
            tell(f"{source.name} has labels, which {name} does not use; see cgan, projection_gan.")
        if options != config.training:
            tell(f"training.steps_per_execution is for one device: on {placement.name} it is 1.")
        evaluator = _build_evaluator(folder, config, gan)
        if unscored and evaluator is not None:
            tell(f"Scoring epoch {epochs}, at whose end the run was stopped: {folder}")
            with save_on_stop(checkpoints, placement):
                _score_again(folder, config, evaluator, gan, epochs)
        if evaluator is not None and evaluator.resume(epochs):
            tell(f"{folder} has stopped gaining, and stopped.")
            return gan
        if done == total:
            return gan
        start = f"Resuming {name} at step {done} of {total}"
        start = start if done else f"Training {name} for {count_words(total, 'step')}"
        tell(f"{start} on {placement.name}, {options.precision}: {folder}")
        _warn_of_short_run(gan, options, steps)
        scorers = [] if evaluator is None else [evaluator]
        scorers += _build_doctors(folder, config, source)
        context = TrainingContext(
            config, folder, source, placement, gan, steps, checkpoints, tuple(scorers)
        )
        with save_on_stop(checkpoints, placement) as last:
            _play(context, done, [*(callbacks if placement.chief else ()), *last])
        return gan


def _warn_of_short_run(gan: GAN, options: Training, steps: int) -> None:
    """Says how long a run should be that ends before a GAN's pictures show anything."""
    images = options.epochs * steps * options.batch_size
    if gan.discriminator is None or len(gan.image_shape) != 3 or images >= SHORTEST:
        return
    epochs = -(-SHORTEST // (steps * options.batch_size))
    later = "which may also be done later: the same line goes on"
    if options.schedule != "constant":
        later = f"now: rates that fall ({options.schedule}) end with a run, and it cannot go on"
    warn(
        f"{images:,} images are few: a GAN's pictures seldom show anything before {SHORTEST:,}. "
        f"Give --training.epochs {epochs}, {later}."
    )


def _restore(
    folder: pathlib.Path, gan: GAN, options: Training, placement: Placement
) -> tuple[Checkpoints, int]:
    """Returns the run's `Checkpoints`, and the rounds played before, the same for all workers."""
    every = options.checkpoint_minutes, options.checkpoint_steps
    checkpoints = Checkpoints(folder, gan, options.keep_checkpoints, *every, placement.chief)
    done = checkpoints.restore()
    with placement.report_lost_workers():
        agreed = placement.agree(done)
    if not agreed:
        raise RunError(
            f"Expected one folder that all workers see. Received: {folder}, with a checkpoint of "
            f"step {done} here, and another one elsewhere. Give --out on a shared disk."
        )
    return checkpoints, done


def _start(gan: GAN, options: Training) -> None:
    """Takes the weights of another run, and tells what was taken."""
    start = start_from(gan, options.start_from)
    tell(
        f"Starting from {options.start_from} at its step {start.rounds}: "
        f"{', '.join(start.networks)}."
    )
    if start.new_classes:
        tell(f"Classes that start anew: {', '.join(start.new_classes)}.")


def _build_evaluator(
    folder: pathlib.Path, config: RunConfig, gan: GAN
) -> keras.callbacks.Callback | None:
    """Returns the `Evaluator` that a config asks for, or None."""
    if not config.evaluation.every:
        return None
    from kgan.evaluation.callback import Evaluator  # only for those who ask: it imports the metrics

    return Evaluator(folder, config, gan)


def _lacks_score(folder: pathlib.Path, config: RunConfig, epochs: int) -> bool:
    """Returns whether the last of so many epochs should have a score, and was logged without."""
    every, path = config.evaluation.every, folder / "metrics.jsonl"
    due = every and epochs and (epochs % every == 0 or epochs == config.training.epochs)
    if not due or not path.exists():
        return False
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    logged = {name.partition("/")[0] for line in lines if line["epoch"] == epochs for name in line}
    return bool(logged) and config.evaluation.metrics[0].partition("/")[0] not in logged


def _score_again(
    folder: pathlib.Path,
    config: RunConfig,
    evaluator: keras.callbacks.Callback,
    gan: GAN,
    epochs: int,
) -> None:
    """Does what the last of so many epochs lacks: its scores, in its line of the log too."""
    log, scores = MetricsLog(folder), {}
    log.read(epochs)
    evaluator.set_model(gan)
    evaluator.set_params({"epochs": config.training.epochs})
    evaluator.resume(epochs)
    evaluator.on_epoch_end(epochs - 1, scores)
    log.amend(scores)


def _build_doctors(
    folder: pathlib.Path, config: RunConfig, source: Source
) -> list[keras.callbacks.Callback]:
    """Returns the `Doctor` that a config asks for, in a list."""
    if not config.evaluation.doctor:
        return []
    from kgan.evaluation.diagnosis import doctor

    held_out = doctor.open_sources(config)[1]
    every = config.evaluation.doctor
    return [doctor.Doctor(source, folder, every, held_out, batch_size=config.training.batch_size)]


def _play(
    context: TrainingContext, done: int, callbacks: Iterable[keras.callbacks.Callback]
) -> None:
    """Plays all rounds after the first `done`.

    After NaN or infinity it goes back to the last good checkpoint and on with other noise, as often
    as `training.rollbacks` says. How often it went back is kept in the checkpoints, so that a run
    killed in between plays the same again.

    Raises:
        InputError: for data that can no longer be read.
        NotFinite: for NaN or infinity once more than that.
        RunError: if a checkpoint cannot be written, or another worker is gone.
    """
    while True:
        try:
            with context.placement.report_lost_workers():
                _fit(context, done, callbacks)
            return
        except NotFinite as error:
            done = _roll_back(context, error)


def _fit(
    context: TrainingContext, done: int, callbacks: Iterable[keras.callbacks.Callback]
) -> None:
    config, folder, placement = context.config, context.folder, context.placement
    options = config.training
    begun = done % context.steps  # of the epoch
    guards = [ResumeMidEpoch(context.steps - begun)] if begun else []
    guards += [NaNGuard()]  # before anything is written
    wait = InputWait()
    examples = samples.pick_evenly(context.source, options.samples)
    log = MetricsLog(folder, options.batch_size, wait)
    writers = [
        log,
        # After the logs: a resumed run logs again what it has no checkpoint of. Before what takes
        # long, or fails: pictures and scores can be had again.
        context.checkpoints,
        SampleGrid(folder, options.samples, examples=examples),
        *context.scorers,
        ScoreLog(log),
        keras.callbacks.TensorBoard(str(folder / "tensorboard"), write_graph=False),
        Progress(options.batch_size, resumed=begun, replicas=placement.replicas, input_wait=wait),
    ]
    context.gan.fit(
        placement.stream(context.source, options.batch_size, options.seed, done, wait.measure),
        epochs=options.epochs,
        initial_epoch=done // context.steps,
        steps_per_epoch=context.steps,
        shuffle=False,
        verbose=0,
        callbacks=[*guards, *(writers if placement.chief else []), *callbacks],
    )


def _roll_back(context: TrainingContext, error: NotFinite) -> int:
    """Restores the last good checkpoint. Returns its rounds; raises `error` if that may not be."""
    gan, limit = context.gan, context.config.training.rollbacks
    count = int(gan.rollbacks.numpy()) + 1
    if count > limit or not find_newest_step(context.folder):
        raise error
    done = context.checkpoints.restore()
    gan.rollbacks.assign(count)
    if context.placement.chief:
        start = "\n" if sys.stderr.isatty() else ""  # the cursor may stand behind a progress line
        warn(
            f"{start}Not finite: {error.received}. Back to step {done}, and on with other noise "
            f"(rollback {count} of {limit})."
        )
    return done
