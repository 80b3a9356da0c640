"""A run: config → data → model → `fit`, in a folder that can be resumed and repeated."""

import contextlib
import dataclasses
import pathlib

from kgan.errors import InputError, RunError
from kgan.runs.build import build_model, compile_model, open_data, steps_per_epoch, with_examples
from kgan.runs.checkpoints import Checkpoints
from kgan.runs.folder import CONFIG, claimed
from kgan.training import distribution
from kgan.training.interrupts import saved_when_stopped
from kgan.training.rounds import Setting, play


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
        options, batch_size = config.training, config.training.batch_size
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
        if "label" in source.spec and "label" not in gan.batch_keys():
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
    from kgan.evaluation.callback import Evaluator  # only for those who ask: it imports the metrics

    return Evaluator(folder, config, gan)


def _doctors(folder, config, source):
    """Returns the `Doctor` a config asks for, in a list."""
    if not config.evaluation.doctor:
        return []
    from kgan.evaluation.diagnosis import doctor

    held_out = doctor.sources_of(config)[1]
    every, batch_size = config.evaluation.doctor, config.training.batch_size
    return [doctor.Doctor(source, folder, every, held_out, batch_size=batch_size)]
