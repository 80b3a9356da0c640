"""A run: config → data → model → `fit`, in a folder that can be resumed and repeated."""

import contextlib
import fcntl
import pathlib

import keras

from kgan.data.opening import open_source
from kgan.errors import InputError
from kgan.registry import MODELS
from kgan.training.callbacks import MetricsLog, NaNGuard, Progress, SampleGrid
from kgan.training.checkpoints import Checkpoints, restore_networks
from kgan.training.config import load_config


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
        TrainingError: if a loss is not finite.
    """
    folder = pathlib.Path(folder)
    _claim(folder, config)
    with _locked(folder):
        config.save(folder / "config.yaml")
        options = config.training
        source = open_data(config)
        for note in source.notes:
            print(note, flush=True)
        batch_size = config.data["batch_size"]
        steps = options.steps_per_epoch or source.steps_per_epoch(batch_size)
        gan = build_model(config, source.spec)
        compile_model(gan, options, options.epochs * steps)
        checkpoints = Checkpoints(folder, gan, options.keep_checkpoints)
        done = checkpoints.restore()
        if done >= options.epochs * steps:
            print(f"{folder} has trained its {options.epochs} epochs already.", flush=True)
            return gan
        if done:
            print(f"Resuming {folder} at step {done}.", flush=True)
        gan.fit(
            source.stream(batch_size, options.seed, start_step=done),
            epochs=options.epochs,
            initial_epoch=done // steps,
            steps_per_epoch=steps,
            shuffle=False,
            verbose=0,
            callbacks=[
                NaNGuard(),
                SampleGrid(folder, options.samples),
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

    Raises:
        InputError: if `folder` is no run, or has no checkpoint yet.

    Example:
        >>> gan, config = kgan.training.load_run("runs/dcgan_digits")
        >>> images = gan.sample(seeds=range(16))
    """
    folder = pathlib.Path(folder)
    if not (folder / "config.yaml").exists():
        raise InputError(
            f"Expected the folder of a run, with config.yaml. Received: {folder}. "
            "Train one: kgan train RECIPE --out FOLDER."
        )
    config = load_config(folder / "config.yaml")
    gan = build_model(config)
    restore_networks(folder, gan)
    return gan, config


def open_data(config):
    """Returns the `Source` of a config."""
    options = {k: v for k, v in config.data.items() if k not in ("source", "batch_size")}
    return open_source(config.data["source"], options)


def build_model(config, spec=None):
    """Returns the uncompiled `GAN` of a config.

    Args:
        config: the `RunConfig`.
        spec: `{key: tf.TensorSpec}` of one example; None opens the data to ask it.
    """
    spec = open_data(config).spec if spec is None else spec
    keras.mixed_precision.set_global_policy(config.training.precision)
    arguments = {key: value for key, value in config.model.items() if key != "name"}
    return MODELS.get(config.model["name"])(
        image_shape=tuple(spec["image"].shape), seed=config.training.seed, **arguments
    )


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
                config[name] = getattr(options, name)
        optimizers[player.name] = type(optimizer).from_config(config)
    gan.compile(optimizers, jit_compile=options.jit_compile)


def _schedule(name, rate, moves):
    if name == "linear":
        return keras.optimizers.schedules.PolynomialDecay(rate, moves, 0.0)
    if name == "cosine":
        return keras.optimizers.schedules.CosineDecay(rate, moves)
    return rate


def _claim(folder, config):
    """Refuses a folder that holds something else, or a run of another configuration."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Expected a folder for --out. Received: the file {folder}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = {path.name for path in folder.iterdir()} - {".lock"}
        (folder / ".lock").touch()
    except OSError as error:
        raise InputError(
            f"Expected a folder that can be written. Received: {folder} ({error.strerror})."
        ) from error
    if not held:
        return
    if "config.yaml" not in held:
        raise InputError(
            f"Expected an empty folder or a run. Received: {folder}, which holds "
            f"{', '.join(sorted(held)[:3])}. Choose another --out."
        )
    before, now = load_config(folder / "config.yaml").sections(), config.sections()
    if now["training"]["schedule"] == "constant":
        # More epochs of the same: the steps done are the steps that would have been done.
        before["training"]["epochs"] = now["training"]["epochs"]
    for section, values in now.items():
        for key in sorted({*values, *before[section]}):
            old, new = before[section].get(key), values.get(key)
            if old != new:
                raise InputError(
                    f"Expected the configuration {folder} was made with: {section}.{key}={old}. "
                    f"Received: {section}.{key}={new}. Choose another --out, or leave the "
                    "option as it was."
                )


@contextlib.contextmanager
def _locked(folder):
    """Holds the run's lock: two processes in one folder would overwrite each other."""
    with open(folder / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"Expected a run no other process trains. Received: {folder}, locked. "
                "Wait for the other, or choose another --out."
            ) from error
        yield
