"""Draws a face: python-avatars writes it as SVG, resvg turns that into pixels."""

import io
from collections.abc import Mapping

from PIL import Image

from kgan.data._faces.attributes import VALUES, check_face
from kgan.data._image_file import check_conversion, convert_image
from kgan.packages import import_package, name_version
from kgan.types import Array


def draw_face(face: Mapping[str, str], size: int = 64, background: str = "white") -> Array:
    """Draws a face.

    With an attribute changed, it is the same face but for that: the known result of an edit.

    Args:
        face: `{attribute: value}`, from `sample_face`.
        size: height and width in pixels, at least 1.
        background: a colour name or `#rrggbb`.

    Returns:
        uint8 [size, size, 3].

    Raises:
        InputError: an attribute that is missing or unknown, an option out of range, or a package
            that is missing.

    Example:
        >>> face = kgan.data.sample_face(7)
        >>> before = kgan.data.draw_face(face)
        >>> after = kgan.data.draw_face({**face, "accessory": "round glasses"})
    """
    check_face(face)
    check_conversion(size, 3, "crop", background)
    avatars = import_package("python_avatars", "python-avatars", "draws faces")
    resvg = import_package("resvg_py", "resvg-py", "draws faces")

    def member(kind, attribute):
        return kind[VALUES[attribute][face[attribute]]]

    avatar = avatars.Avatar(
        style=avatars.AvatarStyle.TRANSPARENT,
        top=member(avatars.HairType, "hair"),
        hair_color=member(avatars.HairColor, "hair_color"),
        facial_hair=member(avatars.FacialHairType, "facial_hair"),
        facial_hair_color=member(avatars.HairColor, "hair_color"),
        skin_color=member(avatars.SkinColor, "skin_color"),
        eyes=member(avatars.EyeType, "eyes"),
        eyebrows=member(avatars.EyebrowType, "eyebrows"),
        mouth=member(avatars.MouthType, "mouth"),
        accessory=member(avatars.AccessoryType, "accessory"),
        clothing=member(avatars.ClothingType, "clothing"),
        clothing_color=member(avatars.ClothingColor, "clothing_color"),
        shirt_graphic=avatars.ClothingGraphic.DIAMOND,
    )
    # Fonts are not needed, and what is installed must not matter.
    png = resvg.svg_to_bytes(svg_string=avatar.render(), width=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as image:
        # A little taller than wide: the lowest sixteenth is shirt.
        return convert_image(image.crop((0, 0, size, size)), size, 3, background=background)


def name_versions() -> str:
    """Returns what a drawing depends on beside its attributes, as a text.

    Raises:
        InputError: a package that is missing.
    """
    for module, distribution in (("python_avatars", "python-avatars"), ("resvg_py", "resvg-py")):
        import_package(module, distribution, "draws faces")
    return f"{name_version('python-avatars')}, {name_version('resvg-py')}"
