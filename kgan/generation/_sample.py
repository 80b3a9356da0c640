"""Pictures, texts and points of a trained run: by seed, from pictures, and between two seeds."""

# Not named like the function `sample`: importing this file would hide it in the package.

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from kgan.errors import InputError
from kgan.files import replace_atomically
from kgan.images import save_walk, to_uint8
from kgan.log import tell
from kgan.models.core.base import GAN
from kgan.models.families.styles import StyleBased
from kgan.runs.load import load_run
from kgan.runs.outputs import choose_suffix, save_output
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
        out: path of a PNG grid, or of a text file with a line for each; None for `grid.png`, or to
            print texts, unless `npz` is given.
        npz: path of an archive with `images` uint8 [N, H, W, C] (points: float32 [N, D]) or
            `tokens` int32 [N, T], or None.
        condition: as for `GAN.sample`, e.g. `{"label": "3"}`; None for its defaults.

    Returns:
        A list of the paths written.

    Raises:
        InputError: for a count or a suffix that cannot be, or a folder that is no trained run.
    """
    if count < 1:
        raise InputError(f"Expected --count of at least 1. Received: {count}.")
    check_suffix("--out", out, ".png", ".txt")
    check_suffix("--npz", npz, ".npz")
    gan = load_generator(folder, condition)
    check_suffix("--out", out, choose_suffix(gan))
    made = gan.sample(range(seed, seed + count), condition)
    if not out and not npz:
        if gan.output_kind == "tokens":
            tell("\n".join(gan.texts_of(made)))
            return []
        out = "grid.png"
    if out:
        save_output(out, gan, made)
    save_arrays(npz, **{gan.output_kind: made})
    return [path for path in (out, npz) if path]


def walk(
    folder: PathLike,
    start: int,
    end: int,
    frames: int,
    out: PathLike,
    npz: PathLike | None = None,
    condition: Condition | None = None,
) -> None:
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
    images = gan.interpolate(slerp(ends[0], ends[1], fractions), fractions, condition)
    save_walk(out, images)
    save_arrays(npz, images=images)


def slerp(start: Array, end: Array, fractions: Sequence[float] | Array) -> Array:
    """Interpolates along the great circle between two latents, and linearly between their lengths.

    A straight line between two normal latents passes near the origin, where training has no
    latents.

    Args:
        start: [D].
        end: [D].
        fractions: [N] in [0, 1].

    Returns:
        [N, D] float32; `start` at 0, `end` at 1.

    Example:
        >>> slerp([2.0, 0.0], [0.0, 2.0], [0.5])
        array([[1.4142135, 1.4142135]], dtype=float32)

    Reference: White 2016, arXiv:1609.04468.
    """
    fractions = np.asarray(fractions, np.float64)[:, None]
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    cosine = np.clip(start @ end / max(lengths[0] * lengths[1], 1e-12), -1.0, 1.0)
    angle = np.arccos(cosine)
    if min(lengths) == 0 or np.sin(angle) < 1e-6:
        # Parallel: the circle is not defined, the line is.
        return ((1.0 - fractions) * start + fractions * end).astype(np.float32)
    weights = np.sin((1.0 - fractions) * angle), np.sin(fractions * angle)
    unit = (weights[0] * start / lengths[0] + weights[1] * end / lengths[1]) / np.sin(angle)
    length = (1.0 - fractions) * lengths[0] + fractions * lengths[1]
    return (unit * length).astype(np.float32)


def load_generator(folder: PathLike, condition: Condition | None) -> GAN:
    """Returns the `GAN` of a run that is to be sampled under a condition, or None.

    Raises:
        InputError: for a folder that is no run, or truncation for a variant without styles.
    """
    gan, config = load_run(folder)
    if condition and "truncation" in condition and not isinstance(gan, StyleBased):
        raise InputError(
            f"Expected no --truncation for a variant without styles. Received: {folder}, "
            f"{config.model['name']}. Leave it out."
        )
    return gan


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


def save_arrays(path: PathLike | None, **arrays: Array) -> None:
    """Writes named arrays to an .npz file, atomically, images as uint8; nothing without a path."""
    if path:
        with replace_atomically(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(
                file,
                **{
                    name: to_uint8(array) if array.ndim == 4 and array.dtype != np.uint8 else array
                    for name, array in arrays.items()
                },
            )
