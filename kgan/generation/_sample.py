"""Pictures, texts and points of a trained run: by seed, from pictures, and between two seeds."""

# Not named like the function `sample`: importing this file would hide it in the package.

import pathlib
from typing import Any, TypeAlias

import numpy as np

from kgan.errors import InputError
from kgan.files import replace_atomically
from kgan.images import save_walk, to_pillow, to_uint8
from kgan.interpolation import slerp
from kgan.log import tell
from kgan.models.core.base import GAN
from kgan.models.core.flags import SOURCE
from kgan.progress import track
from kgan.runs.config import RunConfig
from kgan.runs.load import load_run
from kgan.runs.outputs import choose_suffix, save_output
from kgan.signals import save_wav
from kgan.types import Array, PathLike

Condition: TypeAlias = dict[str, Any]  # as `GAN.sample` takes it


def sample(
    folder: PathLike,
    count: int,
    seed: int,
    out: PathLike | None = None,
    npz: PathLike | None = None,
    condition: Condition | None = None,
) -> list[PathLike]:
    """Makes `count` pictures or texts with seeds `seed`, `seed + 1`, …

    Args:
        folder: the run's folder.
        count: how many, ≥ 1.
        seed: the first one's seed, ≥ 0.
        out: path of a PNG grid, or of a text file with a line for each; a folder, or a path that
            ends in a slash, for a PNG or WAV of each seed, `0007.png`; None for `grid.png`, or to
            print texts, unless `npz` is given.
        npz: path of an archive with `images` uint8 [N, H, W, C] (points: float32 [N, D]) or
            `tokens` int32 [N, T] or `signals` float32 [N, T, C], or None.
        condition: as for `GAN.sample`, e.g. `{"label": "3"}`; None for its defaults.

    Returns:
        A list of the paths written: files, or the folder.

    Raises:
        InputError: for a count or a suffix that cannot be, or a folder that is no trained run.
    """
    if count < 1:
        raise InputError(f"Expected --count of at least 1. Received: {count}.")
    into = out and (str(out).endswith("/") or pathlib.Path(out).is_dir())
    if not into:
        check_suffix("--out", out, ".png", ".txt")
    check_suffix("--npz", npz, ".npz")
    gan = load_generator(folder, condition)
    if into and gan.output_kind != "signals":
        check_images(gan, folder, f"--out {out}")
    elif not into:
        check_suffix("--out", out, choose_suffix(gan))
    made = gan.sample(range(seed, seed + count), condition)
    if not out and not npz:
        if gan.output_kind == "tokens":
            tell("\n".join(gan.texts_of(made)))
            return []
        out = "grid.png"
    if into:
        _save_each(pathlib.Path(out), seed, made, gan)
    elif out:
        save_output(out, gan, made)
    return list_paths(out, save_arrays(npz, **{gan.output_kind: made}))


def _save_each(folder, seed, made, gan):
    """Writes a PNG of each image or a WAV of each signal, named after its seed; alpha stays."""
    folder.mkdir(parents=True, exist_ok=True)
    if gan.output_kind == "signals":
        for number, signal in enumerate(track(made, len(made), "Writing, sounds")):
            save_wav(folder / f"{seed + number:04d}.wav", signal, gan.rate)
        return
    images = to_uint8(made)
    for number, image in enumerate(track(images, len(images), "Writing, pictures")):
        with replace_atomically(folder / f"{seed + number:04d}.png") as temporary:
            to_pillow(image).save(temporary, format="PNG")


def walk(
    folder: PathLike,
    start: int,
    end: int,
    frames: int,
    out: PathLike,
    npz: PathLike | None = None,
    condition: Condition | None = None,
) -> list[PathLike]:
    """Writes a GIF of the pictures between those of two seeds.

    Args:
        folder: the run's folder.
        start: seed of the first frame.
        end: seed of the last frame.
        frames: frames from start to end, ≥ 2.
        out: path of the GIF.
        npz: path of an archive with `images` uint8 [frames, H, W, C], or None.
        condition: of the walk, e.g. `{"label": 3}`, or `{"prompt": [FROM, TO]}` to walk between
            captions.

    Returns:
        A list of the paths written.

    Raises:
        InputError: for fewer frames, another suffix, or a folder that is no trained run.
    """
    if frames < 2:
        raise InputError(f"Expected --frames of at least 2. Received: {frames}.")
    check_suffix("--out", out, ".gif")
    check_suffix("--npz", npz, ".npz")
    gan = load_generator(folder, condition)
    check_images(gan, folder, "--interpolate")
    condition = complete_condition(gan, condition)
    ends = gan.latents_of([start, end])
    fractions = np.linspace(0.0, 1.0, frames)
    latents = slerp(ends[0], ends[1], fractions).astype(np.float32)
    images = gan.interpolate(latents, fractions, condition)
    save_walk(out, images)
    return list_paths(out, save_arrays(npz, images=images))


def load_generator(folder: PathLike, condition: Condition | None) -> GAN:
    """Returns the `GAN` of a run that is to be sampled under a condition, or None.

    Raises:
        InputError: for a folder that is no run, or a condition that its variant does not take.
    """
    gan, config = load_run(folder)
    check_condition(gan, config, condition)
    return gan


def check_condition(gan: GAN, config: RunConfig, condition: Condition | None) -> None:
    """Refuses what the variant of a run is not told, and names what it is."""
    known = {name for one in gan.conditions for name in one.names}
    strange = [f"--{name}" for name in condition or {} if name not in known]
    if strange:
        takes = [SOURCE] if gan.image_conditions else []  # encoders have no condition for it
        takes = dict.fromkeys([*takes, *(one.flag for one in gan.conditions if one.flag)])
        raise InputError(
            f"Expected no {strange[0]} for {config.model['name']}, which takes "
            f"{', '.join(map(str, takes)) or 'no condition'}. Received: {', '.join(strange)}. "
            "Leave it out."
        )


def complete_condition(gan: GAN, condition: Condition | None) -> Condition | None:
    """Returns the condition given, with the first default of what it lacks, the same for all."""
    given = condition or {}
    lacking = [one for one in gan.conditions if not given.keys() & set(one.names)]
    return {**given, **{one.names[0]: one.default(1)[0] for one in lacking}} or None


def check_images(gan: GAN, folder: PathLike, flag: str) -> None:
    """Refuses a run of points for the option `flag`."""
    if len(gan.image_shape) != 3:
        raise InputError(
            f"Expected a run of images for {flag}. Received: {folder}, whose examples have "
            f"shape {gan.image_shape}. Leave it out."
        )


def check_suffix(flag: str, path: PathLike | None, *suffixes: str) -> None:
    """Refuses a path given for `flag` that ends otherwise."""
    if path and not str(path).lower().endswith(suffixes):
        raise InputError(f"Expected {flag} to end in {' or '.join(suffixes)}. Received: {path}.")


def save_arrays(path: PathLike | None, **arrays: Array) -> PathLike | None:
    """Writes named arrays to an .npz file, atomically, images as uint8, and returns its path."""
    if path:
        with replace_atomically(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(
                file,
                **{
                    name: to_uint8(array) if array.ndim == 4 and array.dtype != np.uint8 else array
                    for name, array in arrays.items()
                },
            )
    return path


def list_paths(*paths: PathLike | None) -> list[PathLike]:
    """Returns the paths that there are: what was written."""
    return [path for path in paths if path]
