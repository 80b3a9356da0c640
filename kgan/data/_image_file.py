"""Reads one picture file and converts it to uint8 [H, W, channels]."""

import dataclasses
import os
import stat

import numpy as np
from PIL import Image, ImageColor, ImageOps

from kgan.errors import InputError, UnknownNameError
from kgan.images import parse_size
from kgan.types import Array, PathLike

SUFFIXES = frozenset(
    [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp"]
)
FITS = ("crop", "pad", "stretch")

Image.init()  # loads Pillow's decoders now, before many threads would

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
_GREY = ("1", "L", "LA", "La")
_COLOUR = ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "CMYK", "YCbCr")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # by channels
_ORIENTATION = 0x0112  # EXIF tag; 1 means upright


class UnreadableImage(Exception):
    """A file that is no usable picture; the message is the reason, in a few words."""


class UnreachableImage(UnreadableImage):
    """A file that the system could not open this time."""


@dataclasses.dataclass(frozen=True)
class ImageFacts:
    """What a file says about its picture, before any conversion.

    Args:
        width: pixels, after the EXIF orientation is applied.
        height: pixels, likewise.
        mode: Pillow's name of the pixel format, e.g. `"RGB"`, `"I;16"`.
        colour: whether the pixel format has colour; a grey picture stored as RGB has.
        transparent: whether it has an alpha channel or a transparent colour.
        deep: whether it has more than 8 bits a channel.
        animated: whether it has several frames, of which the first is taken.
        rotated: whether the EXIF orientation turns or flips it.
    """

    width: int
    height: int
    mode: str
    colour: bool
    transparent: bool
    deep: bool
    animated: bool
    rotated: bool


def read_image(path: PathLike) -> tuple[Image.Image, ImageFacts]:
    """Decodes a picture file fully.

    Args:
        path: the file; its content says which format it is, not its name.

    Returns:
        `(image, facts)`: the first frame as an upright Pillow image, and its `ImageFacts`.

    Raises:
        UnreadableImage: the file cannot be read, or not as a picture.

    Example:
        >>> image, facts = kgan.data.read_image("holiday.jpg")
        >>> facts.width, facts.height
        (4000, 3000)
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImage("not a regular file")
        if status.st_size == 0:
            raise UnreadableImage("empty file")
        with Image.open(path, formats=_FORMATS) as image:
            # Pillow only warns between one and two times its limit.
            if image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise UnreadableImage("too many pixels: a decompression bomb")
            deep = any(";16" in str(tile.args) for tile in image.tile) or "16" in image.mode
            animated = getattr(image, "is_animated", False) and image.format != "MPO"
            image.load()
            rotated = image.getexif().get(_ORIENTATION, 1) in range(2, 9)
            upright = ImageOps.exif_transpose(image)
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImage("too many pixels: a decompression bomb") from error
    except Image.UnidentifiedImageError as error:
        raise UnreadableImage("not a picture, or its header is damaged") from error
    except OSError as error:
        if error.errno is not None:  # the system's; a decoder's has no number
            raise UnreachableImage(f"cannot be opened: {error.strerror}") from error
        raise UnreadableImage(_describe_damage(error)) from error
    except Exception as error:
        # Decoders raise whatever a damaged file leads them to: struct, zlib, index errors, ...
        raise UnreadableImage(_describe_damage(error)) from error
    if not (image.mode in _GREY + _COLOUR or image.mode.startswith("I;16")):
        raise UnreadableImage(f"pixels of mode {image.mode!r}, whose range no file states")
    facts = ImageFacts(
        width=upright.width,
        height=upright.height,
        mode=image.mode,
        colour=image.mode in _COLOUR,
        transparent=image.has_transparency_data,
        deep=deep,
        animated=animated,
        rotated=rotated,
    )
    return upright, facts


def reread_image(path: PathLike) -> Image.Image:
    """Decodes a picture file that could be read when a source was opened.

    Raises:
        InputError: it can no longer be read.
    """
    try:
        return read_image(path)[0]
    except UnreadableImage as error:
        raise InputError(
            f"Expected the picture that was readable at the start. Received: "
            f"{to_printable(path)} ({error}). Put it back, and resume."
        ) from error


def convert_image(
    image: Image.Image,
    size: int | str | tuple[int, int],
    channels: int,
    fit: str = "crop",
    background: str = "white",
) -> Array:
    """Brings a decoded picture to `size` and `channels` by the rules that `images` states.

    Args:
        image: a Pillow image of any mode that `read_image` returns.
        size: of the result in pixels, see `kgan.images.parse_size`.
        channels: 1 (grey), 3 (RGB) or 4 (RGB and alpha, which is kept).
        fit: `"crop"`, `"pad"` or `"stretch"`.
        background: a colour name or `#rrggbb`, behind transparency and in padding; of pictures
            with alpha, the colour of what is wholly transparent, as their padding is.

    Returns:
        uint8 [H, W, channels].
    """
    mode = _MODES[channels]
    image = _show_alpha(image) if channels == 4 else _flatten(image, background)
    image = image if image.mode == mode else image.convert(mode)
    height, width = parse_size(size)
    if image.size != (width, height):
        if fit == "crop":
            wide = min(image.width, image.height * width / height)
            tall = min(image.height, image.width * height / width)
            left, top = (image.width - wide) / 2, (image.height - tall) / 2
            box = (left, top, left + wide, top + tall)
            image = image.resize((width, height), Image.Resampling.BICUBIC, box=box)
        elif fit == "stretch":
            image = image.resize((width, height), Image.Resampling.BICUBIC)
        else:
            image = _pad(image, (width, height), background)
    pixels = np.asarray(image).reshape(height, width, channels)
    if channels == 4:  # what nobody sees is any colour: of each file another
        seen, hidden = pixels[..., 3:] > 0, (*ImageColor.getrgb(background)[:3], 0)
        pixels = np.where(seen, pixels, np.uint8(hidden))
    return pixels


def take_pixels(image: Image.Image) -> Array:
    """Returns a decoded picture as it is: grey, grey and alpha, RGB, or RGB and alpha.

    Palettes and CMYK become RGB, a transparent colour becomes alpha, 16-bit grey is divided by 257.

    Args:
        image: a Pillow image of any mode that `read_image` returns.

    Returns:
        uint8 [H, W, C], C from 1 to 4.
    """
    image = _to_eight_bits(image)
    mode = "L" if image.mode in _GREY else "RGB"
    if _is_transparent(image):
        mode += "A"
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return pixels.reshape(image.height, image.width, len(mode))


def has_clear_pixels(image: Image.Image) -> bool:
    """Returns whether a decoded picture is seen through anywhere."""
    pixels = take_pixels(image)
    return pixels.shape[2] in (2, 4) and bool((pixels[..., -1] < 255).any())


def check_conversion(
    size: int | str | tuple[int, int], channels: int, fit: str, background: str
) -> None:
    """Refuses options that `convert_image` does not know.

    Raises:
        InputError: an option out of range.
    """
    parse_size(size)
    if channels not in _MODES:
        raise InputError(
            f"Expected 1, 3 or 4 channels. Received: channels={channels!r}. "
            "Choose 1 for grey, 3 for colour, or 4 for colour with transparency."
        )
    if fit not in FITS:
        raise UnknownNameError("fit", fit, FITS)
    try:
        ImageColor.getrgb(background)
    except ValueError as error:
        raise InputError(
            f"Expected a colour. Received: background={background!r}. "
            "Write a name such as 'white', or '#rrggbb'."
        ) from error


def to_printable(name: PathLike) -> str:
    """Returns a file name with bytes that are not UTF-8 replaced, so that it can be printed."""
    return os.fsencode(name).decode("utf-8", "replace")


def _describe_damage(error):
    truncated = "truncated" in str(error).lower() or isinstance(error, EOFError)
    return "truncated" if truncated else f"damaged ({error})"


def _show_alpha(image):
    """Returns the picture as RGBA."""
    if image.mode.startswith("I;16"):
        image = _flatten(image, "white")
    if image.mode == "La":  # which Pillow converts to LA alone
        image = image.convert("LA")
    return image.convert("RGBA")


def _flatten(image, background):
    """Returns the picture as L or RGB, transparency laid over `background`."""
    image = _to_eight_bits(image)
    if _is_transparent(image):
        grey = image.mode in _GREY
        image = image.convert("LA" if grey else "RGBA")
        mode = "L" if grey else "RGB"
        below = Image.new(mode, image.size, ImageColor.getcolor(background, mode))
        below.paste(image.convert(mode), mask=image.getchannel("A"))
        return below
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode in _GREY else "RGB")


def _to_eight_bits(image):
    if not image.mode.startswith("I;16"):
        return image
    # 65535 / 257 = 255; Pillow's own conversion would clip everything above 255.
    deep = np.asarray(image).astype(np.uint32)
    return Image.fromarray(((deep + 128) // 257).astype(np.uint8))


def _is_transparent(image):
    return image.has_transparency_data or image.mode in ("RGBa", "La")


def _pad(image, size, background):
    scale = min(whole / side for whole, side in zip(size, image.size, strict=True))
    width, height = (max(1, round(side * scale)) for side in image.size)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    colour = ImageColor.getcolor(background, image.mode)
    if image.mode == "RGBA":
        colour = (*colour[:3], 0)
    frame = Image.new(image.mode, size, colour)
    frame.paste(image, ((size[0] - width) // 2, (size[1] - height) // 2))
    return frame
