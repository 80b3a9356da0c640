"""Checkpoints through `tf.train.CheckpointManager`, at the end of epochs."""

import pathlib
import shutil

import keras
import tensorflow as tf

from kgan.errors import InputError


class Checkpoints(keras.callbacks.Callback):
    """Saves all that training changes to `FOLDER/checkpoints` and restores it.

    Args:
        folder: the run's folder.
        gan: the compiled model.
        keep: newest checkpoints to keep.

    Example:
        >>> checkpoints = Checkpoints("runs/mine", gan)
        >>> checkpoints.restore()                     # rounds played before; 0 for a new run
        >>> gan.fit(data, callbacks=[checkpoints])
    """

    def __init__(self, folder, gan, keep=2):
        super().__init__()
        folder = pathlib.Path(folder) / "checkpoints"
        # Variables in lists by role: independent of how Keras nests and names its layers.
        self._checkpoint = tf.train.Checkpoint(
            **{role: [v.value for v in variables] for role, variables in gan.state().items()}
        )
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(folder), max_to_keep=keep)
        self._gan = gan

    def restore(self):
        """Restores the newest checkpoint, if any. Returns the rounds played before it.

        Raises:
            InputError: if the newest checkpoint does not fit the model in every variable.
        """
        self._sweep()
        latest = self._manager.latest_checkpoint
        if latest is None:
            return 0
        try:
            self._checkpoint.restore(latest).assert_consumed()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            reason = str(error).splitlines()[0][:200]
            raise InputError(
                f"Expected a whole checkpoint of this configuration. Received: {latest} "
                f"({reason}). Choose another --out, or the configuration it was made with."
            ) from error
        return int(self._gan.step)

    def _sweep(self):
        """Removes what a killed save left behind: TensorFlow's own temporary names."""
        folder = pathlib.Path(self._manager.directory)
        for litter in [*folder.glob("*_temp*"), *folder.glob("checkpoint.tmp*")]:
            if litter.is_dir():
                shutil.rmtree(litter)
            else:
                litter.unlink()

    def on_epoch_end(self, epoch, logs=None):
        self._manager.save(checkpoint_number=int(self._gan.step))


def newest_step(folder):
    """Returns the rounds played before the newest checkpoint under `folder`, 0 without one."""
    latest = tf.train.latest_checkpoint(str(pathlib.Path(folder) / "checkpoints"))
    return 0 if latest is None else int(latest.rsplit("-", 1)[1])


def restore_networks(folder, gan):
    """Restores the networks of the newest checkpoint under `folder`, without optimizers.

    Raises:
        InputError: if there is none, or it does not fit.
    """
    latest = tf.train.latest_checkpoint(str(pathlib.Path(folder) / "checkpoints"))
    if latest is None:
        raise InputError(
            f"Expected a run with a checkpoint. Received: {folder}, which has none yet. "
            "Train it for at least one epoch: kgan train."
        )
    checkpoint = tf.train.Checkpoint(
        **{role: [v.value for v in variables] for role, variables in gan.state().items()}
    )
    try:
        checkpoint.restore(latest).assert_existing_objects_matched().expect_partial()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"Expected a checkpoint that fits {folder}/config.yaml. Received: {latest} "
            f"({str(error).splitlines()[0][:200]})."
        ) from error
