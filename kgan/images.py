"""Images as arrays and files: uint8 and floating point, grids and scatter plots as PNG, GIFs."""

import math
import re

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from kgan.errors import InputError, check_whole
from kgan.files import replace_atomically
from kgan.types import Array, PathLike


def to_uint8(images: ArrayLike) -> Array:
    """Returns images as uint8, any shape: float in [-1, 1] is scaled, and halves round to even.

    Example:
        >>> to_uint8([-1.0, 0.0, 1.0])
        array([  0, 128, 255], dtype=uint8)
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    if np.iscomplexobj(images):
        raise InputError(f"Expected images of real numbers. Received: {images.dtype}.")
    return np.rint(np.clip((images.astype(np.float32) + 1.0) * 127.5, 0, 255)).astype(np.uint8)


def from_uint8(pixels: ArrayLike) -> Array:
    """Returns float32 images in [-1, 1] for pixels in 0..255, any shape.

    Example:
        >>> from_uint8([0, 255])
        array([-1.,  1.], dtype=float32)
    """
    return np.asarray(pixels, np.float32) / 127.5 - 1.0


def looks_like_unit_range(images: Array) -> bool:
    """Returns whether floating-point images are all in [0, 1], and not all one colour.

    They are in [-1, 1] too, and would be seen so: pale, and never darker than grey.
    """
    low, high = images.min(initial=np.inf), images.max(initial=-np.inf)
    return bool(0 <= low < high <= 1)


def join_columns(columns: list[ArrayLike]) -> Array:
    """Returns batches of images side by side, [N, H, sum of widths, C].

    Smaller images are enlarged to the tallest by repeating pixels, grey ones gain channels.

    Args:
        columns: batches [N, h, w, c], heights that divide the largest, c of 1 or the most.

    Example:
        >>> join_columns([np.zeros((2, 4, 4, 1)), np.zeros((2, 8, 8, 3))]).shape
        (2, 8, 16, 3)
    """
    columns = [np.asarray(column) for column in columns]
    height, channels = (max(column.shape[axis] for column in columns) for axis in (1, 3))

    def fit(images):
        factor = height // images.shape[1]
        images = images.repeat(factor, axis=1).repeat(factor, axis=2)
        return images.repeat(channels, axis=3) if images.shape[3] == 1 else images

    return np.concatenate([fit(column) for column in columns], axis=2)


def parse_size(size: int | str | tuple[int, int]) -> tuple[int, int]:
    """Returns the height and width that a person gives.

    Args:
        size: of a square; both, as in `"48x64"`, the height first; or the pair itself.

    Raises:
        InputError: for anything else, or less than a pixel.

    Example:
        >>> parse_size(32), parse_size("48x64")
        ((32, 32), (48, 64))
    """
    if isinstance(size, str):
        both = re.fullmatch(r"(\d+)(?:[x×](\d+))?", size.strip())
        if not both:
            raise InputError(
                f"Expected a size such as 64, or HEIGHTxWIDTH such as 48x64. Received: {size!r}."
            )
        size = int(both[1]), int(both[2] or both[1])
    if isinstance(size, tuple | list):
        height, width = size
        check_whole(1, height=height, width=width)
        return height, width
    check_whole(1, size=size)
    return size, size


def format_size(height: int, width: int) -> int | str:
    """Returns what `parse_size` reads, as options and YAML hold it: 32, or `"48x64"`."""
    return height if height == width else f"{height}x{width}"


def draw_grid(images: Array, columns: int | None = None, gap: int = 1) -> Array:
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
    if channels in (2, 4):  # the last is alpha
        page[..., -1] = 0
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        page[top : top + height, left : left + width] = image
    return page[: page.shape[0] - gap, : page.shape[1] - gap]


def to_pillow(image: Array) -> Image.Image:
    """Returns the Pillow image of [H, W, C] uint8 with 1 to 4 channels (2: gray and alpha)."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def save_samples(path: PathLike, samples: Array) -> None:
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


def save_grid(path: PathLike, images: Array, columns: int | None = None) -> None:
    """Writes a grid of images [N, H, W, C] to `path` (PNG), atomically."""
    with replace_atomically(path) as temporary:
        to_pillow(draw_grid(images, columns)).save(temporary, format="PNG")


def save_walk(path: PathLike, images: Array, milliseconds: int = 80) -> None:
    """Writes frames [N, H, W, C] as a GIF that loops there and back, atomically.

    Raises:
        InputError: for fewer than two frames.
    """
    if len(images) < 2:
        raise InputError(f"Expected at least 2 frames. Received: frames={len(images)}.")
    frames = [to_pillow(image).convert("RGB") for image in to_uint8(images)]
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
