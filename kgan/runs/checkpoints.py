"""Checkpoints through `tf.train.CheckpointManager`: at the end of epochs, and within them."""

import contextlib
import pathlib
import re
import shutil
import time
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kgan.errors import InputError, RunError
from kgan.files import name_literally, write_text
from kgan.log import warn
from kgan.models.core.base import GAN
from kgan.runs.finite import check_weights
from kgan.types import PathLike

_PREFIX = "ckpt"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"  # after a variable's name in a checkpoint
_ONLY_TO_TRAIN = ("optimizers", "mean_losses", "rollbacks")  # what samples do not depend on


class Checkpoints(keras.callbacks.Callback):
    """Saves all that training changes to `FOLDER/checkpoints`, and restores it.

    Args:
        folder: the run's folder.
        gan: the compiled model.
        keep: newest checkpoints to keep.
        minutes: save within an epoch too when so many have passed since the last; None for not.
        steps: save within an epoch too every so many rounds; None for not.
        writes: whether this process writes; of several workers only the chief does.

    Example:
        >>> checkpoints = Checkpoints("runs/mine", gan)
        >>> checkpoints.restore()                     # rounds played before; 0 for a new run
        >>> gan.fit(data, callbacks=[checkpoints])
    """

    def __init__(
        self,
        folder: PathLike,
        gan: GAN,
        keep: int = 2,
        minutes: float | None = None,
        steps: int | None = None,
        writes: bool = True,
    ) -> None:
        super().__init__()
        folder = pathlib.Path(folder) / "checkpoints"
        self._checkpoint = _build_checkpoint(gan.state())
        self._gan = gan
        self._minutes, self._steps = minutes, steps
        self._saved_at = None, 0.0  # step, and time
        self._means = None
        self._folder, self._manager = folder, None
        if writes:
            _sweep(folder)
            _repair_list(folder)
            self._manager = tf.train.CheckpointManager(
                self._checkpoint,
                str(name_literally(folder)),
                max_to_keep=keep,
                checkpoint_name=_PREFIX,
            )

    def restore(self) -> int:
        """Restores the newest checkpoint that is whole, if any. Returns the rounds before it.

        Raises:
            InputError: if there are checkpoints, and none is whole and fits the model.
        """
        _load_newest(self._folder, self._load)
        step = self._gan.rounds
        if step:
            self._means = [variable.numpy() for variable in self._gan.state()["mean_losses"]]
        self._saved_at = step, time.monotonic()
        return step

    def _load(self, path: str) -> None:
        _check_fits(path, self._gan.state(), whole=True)
        self._checkpoint.restore(path).assert_consumed()

    def save(self) -> int:
        """Saves now, unless these rounds are saved already. Returns how many there are.

        Raises:
            RunError: if weights are not finite, the disk is full, or the folder can no longer be
                written. What was saved before stays.
        """
        step = self._gan.rounds
        if step == self._saved_at[0] or self._manager is None:
            return step
        check_weights(self._gan)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)  # TensorFlow may have a link to it
            self._manager.save(checkpoint_number=step)
        except (tf.errors.OpError, OSError) as error:
            with contextlib.suppress(OSError):
                _sweep(self._folder)  # the half that was written takes room too
            stays = "The one before it stays. " if self._manager.latest_checkpoint else ""
            size = sum(tf.size(v).numpy() * v.dtype.size for v in self._variables())
            raise RunError(
                f"A checkpoint of {size:,} bytes could not be written to {self._folder} at step "
                f"{step}: {_summarize(error)}. {stays}Make room there, and go on with the same "
                "line."
            ) from error
        self._saved_at = step, time.monotonic()
        return step

    def _variables(self) -> list[tf.Variable]:
        return [v.value for variables in self._gan.state().values() for v in variables]

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        # Keras has just set the means of the losses to 0: in the middle of an epoch they go on.
        if self._means is not None and self._gan.rounds % self.params["steps"]:
            for variable, value in zip(self._gan.state()["mean_losses"], self._means, strict=True):
                variable.assign(value)
        self._means = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        steps = self.params["steps"]  # None for data of unknown length
        if steps and self._gan.rounds % steps == 0:
            return  # at the epoch's end, after its logs: a run killed in between would lack them
        step, moment = self._saved_at
        due = self._minutes is not None and time.monotonic() - moment >= 60.0 * self._minutes
        if not due and self._steps is not None:
            due = self._gan.rounds - (step or 0) >= self._steps
        if due:
            self.save()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.save()


def find_newest_step(folder: PathLike) -> int:
    """Returns the rounds played before the newest checkpoint of a run's folder, 0 without one."""
    paths = _list_checkpoints(pathlib.Path(folder) / "checkpoints")
    return _read_step(paths[-1]) if paths else 0


def select_networks(gan: GAN) -> dict[str, list[keras.Variable]]:
    """Returns `{attribute: variables}` of all that samples depend on, without optimizers."""
    return {
        role: variables
        for role, variables in gan.state().items()
        if role.partition(".")[0] not in _ONLY_TO_TRAIN
    }


def restore_networks(folder: PathLike, gan: GAN) -> None:
    """Restores the networks of a run's newest whole checkpoint, without optimizers.

    Raises:
        InputError: if there is none, or none fits.
    """
    state = select_networks(gan)
    checkpoint = _build_checkpoint(state)

    def load(path: str) -> None:
        _check_fits(path, state)
        checkpoint.restore(path).assert_existing_objects_matched().expect_partial()

    if not _load_newest(pathlib.Path(folder) / "checkpoints", load):
        raise InputError(
            f"Expected a run with a checkpoint. Received: {folder}, which has none yet. "
            "Train it first: kgan train."
        )


def _build_checkpoint(state: dict[str, Any]) -> tf.train.Checkpoint:
    # Variables in lists by role: independent of how Keras nests and names its layers.
    return tf.train.Checkpoint(**{role: [v.value for v in state[role]] for role in state})


def _check_fits(path: str, state: dict[str, Any], whole: bool = False) -> None:
    """Refuses a checkpoint of other variables, before TensorFlow says it in a line for each.

    Args:
        path: as TensorFlow names it.
        state: `{role: variables}` that it should hold.
        whole: whether it should hold nothing else.

    Raises:
        ValueError: for a variable that is missing, left over, or of another shape.
    """
    held = tf.train.load_checkpoint(path).get_variable_to_shape_map()
    held = {  # TensorFlow doubles the dots of names
        name.removesuffix(_VALUE).replace("..", "."): shape
        for name, shape in held.items()
        if name.endswith(_VALUE)
    }
    held.pop("save_counter", None)
    wanted = {f"{role}/{n}": list(v.shape) for role in state for n, v in enumerate(state[role])}
    for name, shape in wanted.items():
        if held.get(name) != shape:
            raise ValueError(f"{name} is {held.get(name, 'missing')}, and should be {shape}")
    if whole and held.keys() - wanted.keys():
        raise ValueError(f"{min(held.keys() - wanted.keys())} is not of this model")


def _load_newest(folder: pathlib.Path, load: Callable[[str], None]) -> bool:
    """Loads the newest checkpoint that can be loaded; returns whether there was one to load."""
    failures = []
    for path in reversed(_list_checkpoints(folder)):
        try:
            load(str(name_literally(folder) / pathlib.Path(path).name))
        except Exception as error:  # TensorFlow says damage in many ways
            failures.append((path, _summarize(error)))
            continue
        for damaged, reason in failures:
            warn(f"{damaged} is damaged ({reason}): going back to {pathlib.Path(path).name}.")
        return True
    if failures:
        path, reason = failures[0]
        raise InputError(
            f"Expected a whole checkpoint of this configuration. Received: {path} ({reason}), and "
            f"{len(failures) - 1} others like it. Choose another --out, or the configuration it "
            "was made with."
        )
    return False


def _list_checkpoints(folder: pathlib.Path) -> list[str]:
    """Returns the checkpoints in a folder, as TensorFlow names them, oldest first.

    Those on disk, not those in TensorFlow's list: a kill may have come before the list was written,
    and it may be what is damaged. The index of a checkpoint is written last.
    """
    indices = folder.glob(f"{_PREFIX}-*.index")
    return sorted((str(path.with_suffix("")) for path in indices), key=_read_step)


def _read_step(path: str) -> int:
    return int(path.rsplit("-", 1)[1])


def _repair_list(folder: pathlib.Path) -> None:
    """Writes TensorFlow's list of checkpoints anew if it lacks one, or is dated in the future.

    The manager deletes old checkpoints by this list, a `CheckpointState` in the text format of
    protocol buffers.
    """
    names = [pathlib.Path(path).name for path in _list_checkpoints(folder)]
    listing = folder / "checkpoint"
    if not names:
        listing.unlink(missing_ok=True)
        return
    text = listing.read_text("utf-8", "replace") if listing.exists() else ""
    listed = [pathlib.Path(path).name for path in re.findall(r'all_\w+_paths: "([^"]+)"', text)]
    # Where the clock was set back, the manager would preserve all that is there for ever.
    preserved = re.search(r"last_preserved_timestamp: ([\d.e+]+)", text)
    if set(listed) == set(names) and preserved and float(preserved[1]) <= time.time():
        return
    lines = [f'model_checkpoint_path: "{names[-1]}"']
    for number, name in enumerate(names, start=1):  # later than what is preserved for ever
        lines += [f'all_model_checkpoint_paths: "{name}"']
        lines += [f"all_model_checkpoint_timestamps: {number}.0"]
    write_text(listing, "\n".join([*lines, "last_preserved_timestamp: 0.0"]) + "\n")


def _sweep(folder: pathlib.Path) -> None:
    """Removes what a killed save left behind: temporary files, and data without an index."""
    whole = {pathlib.Path(path).name for path in _list_checkpoints(folder)}
    orphans = [
        path
        for path in folder.glob(f"{_PREFIX}-*.data-*")
        if path.name.partition(".data-")[0] not in whole
    ]
    for litter in [*folder.glob("*_temp*"), *folder.glob("checkpoint.tmp*"), *orphans]:
        if litter.is_dir():
            shutil.rmtree(litter)
        else:
            litter.unlink()


def _summarize(error: Exception) -> str:
    text = re.sub(r"\{\{function_node .*?\}\} ", "", str(error)).strip()  # TensorFlow's own names
    text = re.sub(r" \[Op:\w+\]", "", text)
    return text.splitlines()[0][:200] if text else type(error).__name__
