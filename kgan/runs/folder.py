"""The folder of a run: who may write there, and what it holds already."""

import contextlib
import fcntl
import pathlib
import re

from kgan.errors import InputError
from kgan.runs.config import RunConfig

CONFIG = "config.yaml"
_LOCK = ".lock"
_LITTER = re.compile(r"\.(config|metrics|doctor|epoch_\d+)-\w{8}\.\w+")  # of `kgan.files`


@contextlib.contextmanager
def claimed(folder, config):
    """Holds the folder of a run, cleared of what a killed run left half-written.

    Args:
        folder: path of the run's folder.
        config: the `RunConfig` to train there.

    Yields:
        The `RunConfig` of the run that is there already, or None.

    Raises:
        InputError: if the folder cannot be written, holds something else or a run of another
            configuration, or if another process holds it.
    """
    folder = pathlib.Path(folder)
    with held(folder, CONFIG, lambda: _checked(folder, config)) as earlier:
        for path in [*folder.glob(".*"), *folder.glob("samples/.*")]:
            if _LITTER.fullmatch(path.name):
                path.unlink()
        yield earlier


@contextlib.contextmanager
def held(folder, sign, check):
    """Makes and locks a folder: two processes in one folder would overwrite each other.

    If the block ends before it has written the file `sign`, nothing that was made here is left.

    Args:
        folder: `pathlib.Path`.
        sign: name of the file by which the folder is known as kgan's.
        check: called before anything is touched, and again under the lock; raises `InputError`
            if the folder is not for us.

    Yields:
        What `check` returned.

    Raises:
        InputError: if `check` does, if the folder cannot be written, or if another process holds
            it.
    """
    check()
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _LOCK).touch()
    except OSError as error:
        _remove(made)
        raise InputError(
            f"Expected a folder that can be written. Received: {folder} ({error.strerror}). "
            "Choose another."
        ) from error
    with open(folder / _LOCK, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"Expected a folder no other process is writing. Received: {folder}, locked. "
                "Wait for the other, or choose another folder."
            ) from error
        try:
            yield check()  # again: another process may have been here before we had the lock
        finally:
            if not (folder / sign).exists():
                (folder / _LOCK).unlink()
                _remove(made)


def _checked(folder, config):
    """Returns the `RunConfig` in the folder, None if empty; refuses all but this configuration."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise InputError(f"Expected a folder for --out. Received: the file {folder}.")
    held = {path.name for path in folder.iterdir()} - {_LOCK}
    if all(_LITTER.fullmatch(name) for name in held):
        return None
    if CONFIG not in held:
        raise InputError(
            f"Expected an empty folder or a run. Received: {folder}, which holds "
            f"{', '.join(sorted(held)[:3])}. Choose another --out."
        )
    earlier = RunConfig.load(folder / CONFIG)
    before, now = earlier.sections(), config.sections()
    if now["training"]["schedule"] == "constant":
        # More epochs of the same: the steps done are the steps that would have been done.
        before["training"]["epochs"] = now["training"]["epochs"]
    del now["evaluation"]  # what is looked at changes no weight
    # Nor what is saved, nor how often a run may go back.
    for name in ("keep_checkpoints", "checkpoint_minutes", "checkpoint_steps", "rollbacks"):
        before["training"].pop(name)
        now["training"].pop(name)
    for section, values in now.items():
        # In order: the name of a variant or source comes before what follows from it.
        for key in [*values, *before[section]]:
            old, new = before[section].get(key), values.get(key)
            if old != new:
                raise InputError(
                    f"Expected the configuration {folder} was made with: {section}.{key}={old}. "
                    f"Received: {section}.{key}={new}. Choose another --out, or leave the "
                    "option as it was."
                )
    return earlier


def _remove(folders):
    for folder in folders:
        # Not there, if making it failed; not empty, if another process has used it meanwhile.
        with contextlib.suppress(OSError):
            folder.rmdir()
