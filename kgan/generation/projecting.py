"""A given picture, as a run's generator can paint it."""

import pathlib

import numpy as np

from kgan.data import UnreadableImage, convert_image, read_image
from kgan.errors import InputError, check_whole
from kgan.generation.mixing import style_run
from kgan.generation.projection import project
from kgan.generation.sample import check_suffix, save_arrays
from kgan.images import from_uint8, save_grid


def project_picture(folder, image, out, every_layer=False, steps=500):
    """Finds the style of a run whose picture is a given one.

    Args:
        folder: the run's folder.
        image: path of a picture of the run's size.
        out: path of a PNG: the picture, and beside it what was found. An .npz of the same name
            gets `latents`, the style [D] or [L, D], which `kgan sample --arithmetic` reads.
        every_layer: as for `kgan.generation.projection.project`.
        steps: as for it.

    Returns:
        `(paths, error)`: the two paths written, and the root mean squared difference of the two
        pictures' pixels, of 255.

    Raises:
        InputError: for a run without styles, or a picture that is none or of another size.
    """
    check_whole(steps=steps, least=1)
    check_suffix("--out", out, ".png")
    gan = style_run(folder, "kgan project")
    wanted = _read(image, gan.image_shape)
    style, found = project(gan, wanted, every_layer, steps)
    arrays = pathlib.Path(out).with_suffix(".npz")
    save_grid(out, np.stack([wanted, found]), columns=2)
    save_arrays(arrays, latents=style)
    error = float(np.sqrt(np.mean(np.square(found - wanted))) * 127.5)
    return (out, arrays), error


def _read(path, shape):
    """Returns a picture file as an image [H, W, C] in [-1, 1]."""
    size, _, channels = shape
    try:
        image, facts = read_image(path)
    except UnreadableImage as error:
        raise InputError(f"Expected a picture to project. Received: {path} ({error}).") from error
    if (facts.width, facts.height) != (size, size):
        raise InputError(
            f"Expected a picture of {size}x{size}, as the run paints. Received: {path} of "
            f"{facts.width}x{facts.height}. Resize it."
        )
    return from_uint8(convert_image(image, size, channels))
