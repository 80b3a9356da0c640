"""The folder of a run: who may write there, and what it holds already."""

import contextlib
import os
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import filelock

from kgan.errors import InputError
from kgan.runs.config import RunConfig
from kgan.types import PathLike

T = TypeVar("T")

CONFIG = "config.yaml"
_LOCK = ".lock"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has none, and rarely links
_LITTER = re.compile(r"\.(config|metrics|doctor|epoch_\d+)-\w{8}\.\w+")  # of `kgan.files`


@contextlib.contextmanager
def lock_run(folder: PathLike, config: RunConfig) -> Iterator[RunConfig | None]:
    """Locks the folder of a run, and removes what a killed run left half-written.

    Args:
        folder: the run's folder.
        config: to train there.

    Yields:
        The `RunConfig` of the run that is there already, or None.

    Raises:
        InputError: if the folder cannot be written, holds something else or a run of another
            configuration, or if another process has locked it.
    """
    folder = pathlib.Path(folder)
    with lock_folder(folder, CONFIG, lambda: _check(folder, config)) as earlier:
        for path in [*folder.glob(".*"), *folder.glob("samples/.*")]:
            if _LITTER.fullmatch(path.name):
                path.unlink()
        yield earlier


@contextlib.contextmanager
def lock_folder(folder: pathlib.Path, sign: str, check: Callable[[], T]) -> Iterator[T]:
    """Makes and locks a folder: two processes in one folder would overwrite each other.

    If the block ends before it has written the file `sign`, nothing that was made here is left.

    Args:
        folder: made if missing, with its parents.
        sign: name of the file by which the folder is known as kgan's.
        check: called before anything is touched, and again under the lock; raises `InputError`
            if the folder is not for us.

    Yields:
        What `check` returned.

    Raises:
        InputError: if `check` does, if the folder cannot be written, or if another process has
            locked it.
    """
    check()
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_lock(folder / _LOCK)
        # Not through a link that has come meanwhile, and never emptied.
        os.close(os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666))
    except OSError as error:
        _remove(new)
        raise InputError(
            f"Expected a folder that can be written. Received: {folder} ({error.strerror}). "
            "Choose another."
        ) from error
    lock = filelock.FileLock(folder / _LOCK, blocking=False)
    try:
        lock.acquire()
    except OSError as error:  # filelock.Timeout is one
        raise InputError(
            f"Expected a folder no other process is writing. Received: {folder}, locked. "
            "Wait for the other, or choose another folder."
        ) from error
    try:
        yield check()  # again: another process may have been here before we had the lock
    finally:
        begun = (folder / sign).exists()
        if not begun:
            with contextlib.suppress(PermissionError):  # of Windows, where it goes when released
                (folder / _LOCK).unlink()
        lock.release()
        if not begun:
            _remove(new)


def _check_lock(path):
    """Refuses a lock that is not a file of its own: another program may empty what it locks."""
    if path.is_symlink() or (path.exists() and not (path.is_file() and path.stat().st_nlink == 1)):
        raise InputError(
            f"Expected a plain file, or none. Received: {path}, a link or a folder. Remove it."
        )


def _explain(key, sections):
    """Returns why more epochs are refused, or nothing for another option."""
    schedule = sections["training"]["schedule"]
    if key != "epochs" or schedule == "constant":
        return ""
    return f" Rates that fall ({schedule}) end with a run, and it cannot become longer."


def _check(folder: pathlib.Path, config: RunConfig) -> RunConfig | None:
    """Returns the `RunConfig` in the folder, None if empty; refuses all but this configuration."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise InputError(f"Expected a folder for --out. Received: the file {folder}.")
    names = {path.name for path in folder.iterdir()} - {_LOCK}
    if all(_LITTER.fullmatch(name) for name in names):
        return None
    if CONFIG not in names:
        raise InputError(
            f"Expected an empty folder or a run. Received: {folder}, which holds "
            f"{', '.join(sorted(names)[:3])}. Choose another --out."
        )
    earlier = RunConfig.load(folder / CONFIG)
    before, now = earlier.sections(), config.sections()
    if now["training"]["schedule"] == "constant":
        # More epochs of the same: the steps done are the steps that would have been done.
        before["training"]["epochs"] = now["training"]["epochs"]
    # What is scored changes no weight, nor what is saved, nor how often a run may go back.
    del now["evaluation"]
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
                    f"option as it was.{_explain(key, now)}"
                )
    return earlier


def _remove(folders: Iterable[pathlib.Path]) -> None:
    for folder in folders:
        # Not there, if making it failed; not empty, if another process has used it meanwhile.
        with contextlib.suppress(OSError):
            folder.rmdir()
