"""Pictures of many samples: grids and scatter plots as PNG, walks as GIF."""

import math

import numpy as np
from PIL import Image

from kgan.errors import InputError
from kgan.files import replace_atomically


def to_uint8(images):
    """Returns uint8 images for float images in [-1, 1], any shape; halves round to even.

    Images that are uint8 already are returned as they are.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    return np.rint(np.clip((np.asarray(images, np.float32) + 1.0) * 127.5, 0, 255)).astype(np.uint8)


def grid(images, columns=None, gap=1):
    """Lays images out row by row.

    Args:
        images: [N, H, W, C] uint8, or float in [-1, 1]; C is 1 to 4.
        columns: images a row; None for the squarest grid.
        gap: pixels between images.

    Returns:
        [rows·(H + gap) − gap, columns·(W + gap) − gap, C] uint8.
    """
    images = to_uint8(images)
    count, height, width, channels = images.shape
    columns = min(columns or math.ceil(math.sqrt(count)), count)
    rows = math.ceil(count / columns)
    page = np.full((rows * (height + gap), columns * (width + gap), channels), 127, np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        page[top : top + height, left : left + width] = image
    return page[: page.shape[0] - gap, : page.shape[1] - gap]


def picture(array):
    """Returns the Pillow image of [H, W, C] uint8 with 1 to 4 channels (2: gray and alpha)."""
    return Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)


def save_samples(path, samples):
    """Writes a PNG of samples: images as a grid, points in the plane or on the line as a plot.

    Args:
        path: where to write it, atomically.
        samples: [N, H, W, C], [N, 2] or [N, 1].

    Raises:
        InputError: for samples of another rank or dimension.
    """
    if samples.ndim == 4:
        save_grid(path, samples)
    elif samples.ndim == 2 and samples.shape[1] <= 2:
        _save_points(path, samples)
    else:
        raise InputError(
            f"Expected images [N, H, W, C] or points [N, 1 or 2] to draw. "
            f"Received: shape={samples.shape}. Ask for arrays instead: --npz FILE."
        )


def _save_points(path, points):
    from matplotlib.figure import Figure  # slow to import, and only points need it

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot(title=f"{len(points)} samples")
    if points.shape[1] == 2:
        axes.scatter(*points.T, s=3, alpha=0.4, linewidths=0)
        axes.set(aspect="equal", xlabel="first coordinate", ylabel="second coordinate")
    else:
        axes.hist(points[:, 0], bins=100, density=True)
        axes.set(xlabel="value", ylabel="density")
    with replace_atomically(path) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def save_grid(path, images, columns=None):
    """Writes a grid of images [N, H, W, C] to `path` (PNG), atomically."""
    with replace_atomically(path) as temporary:
        picture(grid(images, columns)).save(temporary, format="PNG")


def save_walk(path, images, milliseconds=80):
    """Writes frames [N, H, W, C] as a GIF that runs there and back for ever, atomically.

    Raises:
        InputError: for fewer than two frames.
    """
    if len(images) < 2:
        raise InputError(f"Expected at least 2 frames. Received: frames={len(images)}.")
    frames = [picture(grid(image[None])).convert("RGB") for image in images]
    frames += frames[-2:0:-1]
    with replace_atomically(path) as temporary:
        frames[0].save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=frames[1:],
            duration=milliseconds,
            loop=0,
        )
