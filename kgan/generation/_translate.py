"""Pictures from pictures: one of any size, or all of a folder."""

# Not named like the function `translate`: importing this file would hide it in the package.

import collections
import pathlib

import numpy as np

from kgan.data import (
    UnreadableImage,
    convert_image,
    open_source,
    read_image,
    scan_folder,
    take_pixels,
)
from kgan.errors import InputError, UnknownNameError
from kgan.files import replace_atomically
from kgan.generation._sample import (
    Condition,
    check_condition,
    check_suffix,
    list_paths,
    save_arrays,
)
from kgan.images import format_size, join_columns, save_samples, to_pillow, to_uint8
from kgan.log import tell
from kgan.models.core.base import GAN
from kgan.models.core.picture_kinds import fit_picture, restore_picture
from kgan.models.core.sampling import read_inputs
from kgan.networks import strips
from kgan.runs.config import RunConfig
from kgan.runs.load import load_run
from kgan.types import Array, PathLike

MEMORY = 2 * 2**30  # bytes, within which a picture is translated unless told otherwise


def translate_picture(
    gan: GAN,
    picture: Array,
    side: str | None = None,
    condition: Condition | None = None,
    seed: int = 0,
    memory_limit: int = MEMORY,
) -> Array:
    """Translates a picture of any size and kind, and gives it back in this size and kind.

    Alpha is carried unchanged, and a picture without colour stays so, unless the network's target
    has other colours than its source; see `kgan.models.core.picture_kinds`. What does not fit into
    memory whole is computed in overlapping strips, layer by layer: the result is the same, with the
    statistics of the whole picture and without a seam.

    Args:
        gan: one that starts from images.
        picture: [h, w, C] uint8, C from 1 to 4: grey, grey and alpha, RGB, RGB and alpha.
        side: which of the variant's sources it is, e.g. `"b"`; None for the first.
        condition: what else the generator is told, as for `GAN.sample`.
        seed: of the noise, where there is any.
        memory_limit: bytes to stay within, beside the weights, the picture and its translation. A
            network that is not functional, or of one size, is not split.

    Returns:
        [h, w, C] uint8; a network that enlarges gives more rows and columns, one that colours grey
        pictures more channels.

    Raises:
        InputError: for a variant without images to start from, an unknown side, another shape, or a
            size that the network does not take.

    Example:
        >>> kgan.generation.translate_picture(gan, np.asarray(PIL.Image.open("photo.png"))).shape
        (1080, 1920, 3)
    """
    side = _choose_side(gan, side)
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or not 1 <= picture.shape[2] <= 4:
        raise InputError(
            "Expected a picture [h, w, 1 to 4] of uint8. Received: "
            f"shape={picture.shape}, dtype={picture.dtype}."
        )
    channels = gan.image_conditions[side][-1]
    given = {**(condition or {}), side: fit_picture(picture, channels).numpy()[None]}
    made = to_uint8(_sample_within(gan, side, given, seed, memory_limit))
    return restore_picture(made[0], picture, channels).numpy()


def _sample_within(gan, side, condition, seed, memory_limit):
    """Returns what `gan.sample` makes, in strips where it would take too much memory."""
    network = gan.image_generators[side]
    if None not in gan.open_image_shapes[side] or not strips.can_run_in_strips(network):
        return gan.sample([seed], condition)
    inputs = gan.read_condition(condition, 1)
    if gan.takes_latents:
        inputs["latents"] = gan.latents_of([seed])
    inputs = {name: inputs[name] for name in read_inputs(network) or (side,)}
    shapes = {name: value.shape for name, value in inputs.items()}
    if strips.estimate_bytes(network, shapes) <= memory_limit:
        return gan.sample([seed], condition)
    return strips.run_in_strips(network, inputs, memory_limit)


def translate(
    folder: PathLike,
    pictures: PathLike,
    side: str | None = None,
    seed: int = 0,
    out: PathLike | None = None,
    npz: PathLike | None = None,
    condition: Condition | None = None,
) -> list[PathLike]:
    """Translates a picture, or every one of a folder, as pix2pix and CycleGAN do.

    A single picture, and pictures written one by one, keep size, alpha and grey, as
    `translate_picture` says. For a grid, and for a network of one size, pictures are cut and sized
    as the run's own data were; a line says so.

    Args:
        folder: the run's folder.
        pictures: a picture file, or a folder of pictures.
        side: which of the variant's sources they are, e.g. `"b"`; None for the first.
        seed: of the first picture's noise, where there is any.
        out: of a picture, the path of its translation, a PNG; of a folder, that of a PNG grid, each
            picture beside its translation, or a folder (it ends in `/`, or is there) for a PNG of
            each. None for `grid.png`, or `translated.png`, unless `npz` is given.
        npz: path of an archive with `source` and `images` uint8 [N, H, W, C], or None.
        condition: what else the generator is told, as for `GAN.sample`.

    Returns:
        A list of the paths written; of a folder its own.

    Raises:
        InputError: for a run that does not translate, an unknown side, or no readable picture.
    """
    apart = out is not None and (str(out).endswith("/") or pathlib.Path(out).is_dir())
    if not apart:
        check_suffix("--out", out, ".png")
    check_suffix("--npz", npz, ".npz")
    pictures = pathlib.Path(pictures).expanduser()
    if npz and apart:
        raise InputError(
            "Expected a .png for --out beside --npz, whose pictures have one size. "
            f"Received: {out}."
        )
    if not pictures.exists():
        raise InputError(
            f"Expected a picture or a folder of pictures for --from. Received: {pictures}, "
            "which is not there."
        )
    gan, config = load_run(folder)
    side = _choose_side(gan, side, f"{folder}, {config.model['name']}")
    check_condition(gan, config, condition)
    any_size = None in gan.open_image_shapes[side]
    if apart and not any_size:
        raise InputError(
            f"Expected a .png for --out of a network that takes "
            f"{format_size(*gan.image_conditions[side][:2])} pictures only. Received: {out}."
        )
    if apart:
        _translate_apart(gan, pictures, side, seed, pathlib.Path(out), condition)
        return [out]
    one = pictures.is_file()
    out = out or (None if npz else "translated.png" if one else "grid.png")
    if one and any_size:
        given = take_pixels(_decode(pictures))
        made = translate_picture(gan, given, side, condition, seed)
        tell(f"Translated at its own size, {format_size(*given.shape[:2])}")
        if out:
            _save(out, made)
        save_arrays(npz, images=made[None], source=given[None])
    else:
        given = _read_alike(gan, config, pictures, side)
        made = to_uint8(
            gan.sample(range(seed, seed + len(given)), {**(condition or {}), side: given})
        )
        if out:
            save_samples(out, join_columns([given, made]))
        save_arrays(npz, images=made, source=given)
    return list_paths(out, npz)


def _choose_side(gan, side, name=None):
    if not gan.image_conditions:
        raise InputError(
            "Expected a run that starts from pictures for --from. Received: "
            f"{name or type(gan).__name__}. Leave it out."
        )
    if side not in (None, *gan.image_conditions):
        raise UnknownNameError("side", side, gan.image_conditions)
    return side or next(iter(gan.image_conditions))


def _translate_apart(gan, pictures, side, seed, out, condition):
    """Writes a PNG for each picture of a folder, or for one, into the folder `out`."""
    top, paths = pictures.parent, [pictures.name]
    if not pictures.is_file():
        scan = scan_folder(pictures)
        top, paths = scan.folder, scan.pictures
    names = collections.Counter(pathlib.Path(path).with_suffix("") for path in paths)
    written = 0
    for number, path in enumerate(paths):
        try:
            picture = take_pixels(_decode(top / path))
        except InputError as error:
            tell(f"Skipped: {error}")
            continue
        alone = names[pathlib.Path(path).with_suffix("")] == 1
        target = out / (pathlib.Path(path).with_suffix(".png") if alone else f"{path}.png")
        target.parent.mkdir(parents=True, exist_ok=True)
        _save(target, translate_picture(gan, picture, side, condition, seed + number))
        written += 1
    if not written:
        raise InputError(
            f"Expected at least one readable picture. Received: {pictures}. See kgan data check."
        )
    tell(f"Translated {written} of {len(paths)} pictures, each at its own size")


def _decode(path):
    try:
        return read_image(path)[0]
    except UnreadableImage as error:
        raise InputError(f"Expected a picture to translate. Received: {path} ({error}).") from error


def _read_alike(gan, config: RunConfig, pictures, side):
    """Returns a folder's pictures, or one alone, [N, H, W, C] uint8, as the run's own data are."""
    height, width, channels = gan.image_conditions[side]
    size = format_size(height, width)
    cut = {key: config.data[key] for key in ("fit", "background") if key in config.data}
    why = "which the network takes" if pictures.is_file() else "for a grid"
    if pictures.is_file():
        picture = _decode(pictures)
        tell(f"Cut and resized to {height}x{width}, {why}")
        return convert_image(picture, size, channels, **cut)[None]
    source = open_source("images", {"folder": pictures, "size": size, "channels": channels, **cut})
    for note in (*source.notes, f"Cut and resized to {height}x{width}, {why}"):
        tell(note)
    return source.arrays()["image"]


def _save(path, picture):
    with replace_atomically(path) as temporary:
        to_pillow(picture).save(temporary, format="PNG")
