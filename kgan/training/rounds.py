"""The rounds of a run: `fit` with all that goes on beside it, and back again after NaN."""

import sys
from typing import NamedTuple

import keras

from kgan.evaluation import samples
from kgan.runs.checkpoints import newest_step
from kgan.runs.finite import NotFinite
from kgan.training.callbacks import (
    MetricsLog,
    NaNGuard,
    Progress,
    RestOfEpoch,
    SampleGrid,
)
from kgan.training.waiting import Waiting


class Setting(NamedTuple):
    """What a run plays with.

    Attributes:
        config: its `RunConfig`.
        folder: where it writes, a `pathlib.Path`.
        source: its `Source`.
        place: its `Place`.
        gan: the compiled model.
        steps: rounds an epoch.
        checkpoints: its `Checkpoints`, restored.
        scorers: callbacks that score it meanwhile; they may add to the logs.
    """

    config: object
    folder: object
    source: object
    place: object
    gan: object
    steps: int
    checkpoints: object
    scorers: tuple


def play(setting, done, callbacks=()):
    """Plays a run to its end.

    After NaN or infinity it goes back to the last good checkpoint and on with other noise, as often
    as `training.rollbacks` says. How often it went back is kept in the checkpoints, so that a run
    killed in between plays the same again.

    Args:
        setting: the `Setting`.
        done: rounds played before.
        callbacks: more Keras callbacks.

    Raises:
        InputError: for data that can no longer be read.
        NotFinite: for NaN or infinity once more than that.
        RunError: if a checkpoint cannot be written, or another worker is gone.
    """
    while True:
        try:
            with setting.place.watched():
                _fit(setting, done, callbacks)
            return
        except NotFinite as error:
            done = _gone_back(setting, error)


def _fit(setting, done, callbacks):
    config, folder, place = setting.config, setting.folder, setting.place
    options, batch_size = config.training, config.training.batch_size
    begun = done % setting.steps  # of the epoch
    guards = [RestOfEpoch(setting.steps - begun)] if begun else []
    guards += [NaNGuard()]  # before anything is written
    waiting = Waiting()
    examples = samples.spread(setting.source, options.samples)
    writers = [
        SampleGrid(folder, options.samples, examples=examples),
        *setting.scorers,
        MetricsLog(folder, batch_size, waiting),
        keras.callbacks.TensorBoard(str(folder / "tensorboard"), write_graph=False),
        # After the logs: a resumed run logs again what it has no checkpoint of.
        setting.checkpoints,
        Progress(batch_size, resumed=begun, replicas=place.replicas, waiting=waiting),
    ]
    batches = place.batches(setting.source, batch_size, options.seed, done, waiting.measured)
    setting.gan.fit(
        batches,
        epochs=options.epochs,
        initial_epoch=done // setting.steps,
        steps_per_epoch=setting.steps,
        shuffle=False,
        verbose=0,
        callbacks=[*guards, *(writers if place.chief else []), *callbacks],
    )


def _gone_back(setting, error):
    """Restores the last good checkpoint. Returns its rounds; raises `error` if that may not be."""
    gan, limit = setting.gan, setting.config.training.rollbacks
    count = int(gan.rollbacks.numpy()) + 1
    if count > limit or not newest_step(setting.folder):
        raise error
    done = setting.checkpoints.restore()
    gan.rollbacks.assign(count)
    if setting.place.chief:
        start = "\n" if sys.stderr.isatty() else ""  # the cursor may stand behind a progress line
        print(
            f"{start}Not finite: {error.received}. Back to step {done}, and on with other noise "
            f"(rollback {count} of {limit}).",
            file=sys.stderr,
            flush=True,
        )
    return done
