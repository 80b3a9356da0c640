"""Signals of your own: windows of sound files, or of a recording as a table."""

import pathlib
from typing import Literal

import numpy as np

from kgan.data._images import describe_small_classes
from kgan.data._signals.windows import cut_windows, resample, scale
from kgan.data._source import Source
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.packages import import_package
from kgan.progress import track
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

SOUNDS = frozenset((".wav", ".flac", ".ogg", ".aiff", ".aif", ".mp3"))
TABLES = frozenset((".csv", ".npy"))


@register("signals")
def signals(
    path: str,
    length: int = 4096,
    rate: int | None = None,
    hop: int | None = None,
    table_rate: int | None = None,
    column: int | None = None,
    labels: bool = False,
    held_out: float = 0.0,
    part: Literal["train", "test"] = "train",
) -> Source:
    """Windows of your recordings: a folder of WAV, FLAC, OGG, CSV or .npy files, or one of them.

    Each recording is scaled: its mean becomes 0 and its greatest value 0.95. Files of several
    channels keep them; all files must have as many. Sound files need `pip install 'kgan[signals]'`.

    Args:
        path: of a folder, at any depth, or of a file. A CSV has a column for each channel, and may
            have a header; a .npy holds [N] or [N, C].
        length: samples of a window, ≥ 32.
        rate: samples a second, to which files are resampled; None for the first sound file's.
        hop: samples from the start of one window to that of the next; None for half a window.
        table_rate: samples a second of CSV and .npy files; None for `rate`.
        column: the only column of tables to read, from 0; None for all.
        labels: the folder's subfolders are classes, in alphabetical order.
        held_out: share of each recording, its end, that training does not hear, in [0, 1).
        part: `"train"`, or `"test"` for the ends.

    Returns:
        A `Source` of `signal` [length, C] float32 in [-1, 1], and `label` [] int32 with `labels`.

    Raises:
        InputError: nothing there that can be read, no rate, channels that differ, or recordings
            shorter than a window.

    Example:
        >>> kgan.data.signals("~/bells", length=16384, rate=16000).rate
        16000
    """
    check_whole(32, length=length)
    for name, value in (("rate", rate), ("hop", hop), ("table_rate", table_rate)):
        if value is not None:
            check_whole(1, **{name: value})
    if not 0 <= held_out < 1:
        raise InputError(f"Expected held_out in [0, 1). Received: held_out={held_out}.")
    if part not in ("train", "test"):
        raise UnknownNameError("part", part, ("train", "test"))
    if part == "test" and not held_out:
        raise InputError("Expected held_out above 0 for part='test'. Received: held_out=0.")
    root = pathlib.Path(path).expanduser()
    windows, numbers = [], []
    files = list_recordings(root)
    for number, file in enumerate(track(files, len(files), "Reading recordings")):
        recording, own = read_recording(file, column)
        own = own or table_rate or rate
        rate = rate or own
        if rate is None:
            raise InputError(
                f"Expected the samples a second of a table. Received: {file} without a rate. "
                "Give --data.table_rate or --data.rate."
            )
        recording = scale(resample(recording, own, rate))
        cut = round(len(recording) * (1.0 - held_out))
        kept = recording[:cut] if part == "train" else recording[cut:]
        windows.append(cut_windows(kept, length, hop or length // 2))
        numbers += [number] * len(windows[-1])
    channels = {one.shape[2] for one in windows}
    if len(channels) > 1:
        raise InputError(
            f"Expected recordings of as many channels. Received: {sorted(channels)} in {path}. "
            "Mix them down, or give --data.column for tables."
        )
    examples = {"signal": np.concatenate(windows)}
    if not numbers:
        raise InputError(
            f"Expected recordings of {length} samples or more at {rate} a second. Received: "
            f"{len(files)} in {path}, all shorter. Give a smaller --data.length."
        )
    classes, notes = None, _count_short(windows, files)
    if labels:
        named = [file.relative_to(root).parts[0] for file in files if file.parent != root]
        if len(named) < len(files):
            raise InputError(
                f"Expected every recording in a subfolder, whose name is its class. Received: "
                f"{path} with files of its own. Move them, or leave labels out."
            )
        classes = tuple(sorted(set(named)))
        examples["label"] = np.int32([classes.index(named[number]) for number in numbers])
        notes += describe_small_classes(examples["label"], classes)
    name = f"signals:{path}"
    return Source.from_arrays(name, examples, classes=classes, notes=notes, rate=rate)


def list_recordings(root: pathlib.Path) -> list[pathlib.Path]:
    """Returns the paths of the recordings in a folder, sorted, or of the file itself.

    Raises:
        InputError: nothing there, or nothing that can be read.
    """
    known = SOUNDS | TABLES
    if not root.exists():
        raise InputError(f"Expected a folder or a file of recordings. Received: {root}, not there.")
    files = sorted(root.rglob("*")) if root.is_dir() else [root]
    chosen = [one for one in files if one.suffix.lower() in known and one.is_file()]
    if not chosen:
        raise InputError(
            f"Expected recordings ({', '.join(sorted(known))}). Received: {root} without any. "
            "Give another path."
        )
    return chosen


def read_recording(path: pathlib.Path, column: int | None = None) -> tuple[Array, int | None]:
    """Returns a recording, float64 [N, C], and its samples a second, None for a table.

    Args:
        path: of the file.
        column: the only column of a table to take; None for all.

    Raises:
        InputError: a file that cannot be read, or holds other things than finite numbers.
    """
    if path.suffix.lower() in SOUNDS:
        soundfile = import_package("soundfile", "soundfile", "reads sound files", extra="signals")
        try:
            return soundfile.read(path, always_2d=True)
        except soundfile.LibsndfileError as error:
            raise InputError(f"Expected a sound file. Received: {path} ({error}).") from error
    try:
        if path.suffix.lower() == ".npy":
            table = np.load(path, allow_pickle=False)
        else:
            table = np.genfromtxt(path, delimiter=",", comments=None)
            header = np.isnan(table[0]).all() if len(table) else False
            table = table[1:] if header else table
        table = table.astype(np.float64).reshape(len(table), -1)
    except (OSError, ValueError, TypeError, IndexError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"Expected a table of numbers. Received: {path} ({reason}).") from error
    if column is not None:
        if not 0 <= column < table.shape[1]:
            raise InputError(
                f"Expected a column from 0 to {table.shape[1] - 1} of {path}. Received: {column}."
            )
        table = table[:, [column]]
    if not len(table) or not np.isfinite(table).all():
        raise InputError(
            f"Expected finite numbers in {path}. Received: none, text or gaps. Repair it, or give "
            "--data.column."
        )
    return table, None


def _count_short(windows, files):
    """Returns the note about recordings that are shorter than a window."""
    short = sum(not len(one) for one in windows)
    if not short:
        return ()
    return (f"{short} of {len(files)} recordings are shorter than a window, and are left out",)
