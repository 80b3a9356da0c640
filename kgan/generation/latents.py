"""Latents and styles: of several seeds mixed, added and subtracted, and of a given picture."""

import pathlib
import re
import zipfile

import keras
import numpy as np
from keras import ops

from kgan.data import UnreadableImage, convert_image, read_image
from kgan.errors import InputError, check_whole
from kgan.generation._sample import (
    Condition,
    check_images,
    check_suffix,
    complete_condition,
    list_paths,
    load_generator,
    save_arrays,
)
from kgan.images import save_grid
from kgan.layers.modulation import LearnedConstant
from kgan.losses import auxiliary
from kgan.models.core import ema
from kgan.models.core.base import GAN
from kgan.models.families.styles import StyleBased
from kgan.progress import track
from kgan.runs.load import load_run
from kgan.types import Array, PathLike

PROJECTION_SAMPLES = 256  # of which the nearest are where searches begin
PROJECTION_SEARCHES = 8  # side by side, which takes little longer than one; the best is kept
_RATE = 0.05  # Adam's at the start; it falls to 0 along a cosine
_LEAK = 0.02  # of a gradient, which passes where tanh is flat: a black picture would stay black


# ---- Mixing and sums --------------------------------------------------------------------------


def mix(
    folder: PathLike,
    first: str,
    second: str,
    crossover: int | None = None,
    out: PathLike | None = None,
    npz: PathLike | None = None,
    condition: Condition | None = None,
) -> list[PathLike]:
    """Mixes the styles of each of one list of seeds with each of another.

    Args:
        folder: the run's folder.
        first: seeds whose styles the first layers take, as text: `"3"` or `"0,1,2"`.
        second: seeds whose styles the other layers take.
        crossover: the first layer of those, 0 … their number; None for half of it.
        out: path of a PNG, or None: a row for each first seed, a column for each second, and
            before them their own pictures, as in Figure 3 of arXiv:1812.04948.
        npz: path of an archive with `images` uint8 [N, H, W, C], row by row, and their `styles`
            [N, L, D], or None.
        condition: `{"truncation": PSI}`, or None.

    Returns:
        A list of the paths written.

    Raises:
        InputError: for a run without styles, seeds that are none, or a crossover out of range.
    """
    check_suffix("--out", out, ".png")
    check_suffix("--npz", npz, ".npz")
    rows, columns = _parse_seeds(first), _parse_seeds(second)
    gan = load_style_run(folder, "--mix")
    inputs = gan.read_condition(condition, 1)
    coarse, fine = (gan.styles_of(gan.latents_of(seeds), **inputs) for seeds in (rows, columns))
    crossover = gan.style_layers // 2 if crossover is None else crossover
    pairs = np.repeat(coarse, len(columns), axis=0), np.tile(fine, (len(rows), 1))
    styles = gan.mix_styles(*pairs, crossover)
    images = gan.images_of_styles(styles)
    if out:
        above, beside = gan.images_of_styles(fine), gan.images_of_styles(coarse)
        page = [np.zeros_like(above[:1]), above]
        for row, own in enumerate(beside):
            page += [own[None], images[row * len(columns) : (row + 1) * len(columns)]]
        save_grid(out, np.concatenate(page), columns=len(columns) + 1)
    return list_paths(out, save_arrays(npz, images=images, styles=styles))


def combine(
    folder: PathLike,
    text: str,
    out: PathLike | None = None,
    npz: PathLike | None = None,
    condition: Condition | None = None,
) -> list[PathLike]:
    """Makes the picture of a sum of latents, or of styles where the variant has them.

    Args:
        folder: the run's folder.
        text: seeds and saved files, added and subtracted: `"3 - 17 + face.npz"`.
        out: path of a PNG, or None: each term's picture, then the sum's.
        npz: path of an archive with the sum's `images` uint8 [1, H, W, C] and `latents`, which
            another sum can name, or None.
        condition: as for `sample`; None for the variant's own, of the first class.

    Returns:
        A list of the paths written.

    Raises:
        InputError: for text that is no sum, or a file that holds no latent of this run.

    Reference: Section 6.3.2, Radford et al. 2016, arXiv:1511.06434.
    """
    check_suffix("--out", out, ".png")
    check_suffix("--npz", npz, ".npz")
    signs, terms = parse_sum(text)
    gan = load_generator(folder, condition)
    check_images(gan, folder, "--arithmetic")
    condition = complete_condition(gan, condition)
    codes = np.concatenate([_load_code(gan, term) for term in terms])
    total = gan.combine_codes(codes, signs)
    images = gan.images_of_codes(np.concatenate([codes, total[None]]), condition)
    if out:
        save_grid(out, images, columns=len(images))
    return list_paths(out, save_arrays(npz, images=images[-1:], latents=total))


def load_style_run(folder: PathLike, flag: str) -> GAN:
    """Returns the `GAN` of a run whose generator has styles.

    Args:
        folder: the run's folder.
        flag: the option that asks for styles, for the message.

    Raises:
        InputError: for another run.
    """
    gan, config = load_run(folder)
    if not isinstance(gan, StyleBased):
        raise InputError(
            f"Expected a run with styles for {flag}, e.g. of stylegan2. Received: {folder}, "
            f"{config.model['name']}. Choose another run."
        )
    return gan


def parse_sum(text: str) -> tuple[list[int], list[int | str]]:
    """Returns `(signs, terms)` of a sum: +1 or -1 each, and integer seeds or names of files.

    Signs stand alone between blanks, so that names may hold them; a sum of seeds needs no blanks.

    Raises:
        InputError: for text that is no such sum.

    Example:
        >>> parse_sum("3 - 17 + face.npz")
        ([1, -1, 1], [3, 17, 'face.npz'])
    """
    words = text.split()
    if len(words) == 1 and re.fullmatch(r"\d+([+-]\d+)+", text.strip()):
        words = re.findall(r"\d+|[+-]", text)
    signs, terms = [], []
    if len(words) % 2 == 1:
        signs = [{"+": 1, "-": -1}.get(word) for word in ["+", *words[1::2]]]
        terms = words[::2]
    readable = all(term.isdecimal() or _is_file(term) for term in terms)
    if not terms or None in signs or not readable:
        raise InputError(
            "Expected seeds or .npy and .npz files with + or - between, e.g. '3 - 17 + 42'. "
            f"Received: {text!r}."
        )
    return signs, [int(term) if term.isdecimal() else term for term in terms]


def _is_file(term):
    return pathlib.Path(term).suffix.lower() in (".npy", ".npz")


def _load_code(gan, term):
    """Returns the code [1, ...] of a seed, or of a file."""
    if isinstance(term, int):
        return gan.codes_of(gan.latents_of([term]))
    try:
        with open(term, "rb") as file:  # np.load leaves a broken archive open
            loaded = np.load(file)
            code = loaded if isinstance(loaded, np.ndarray) else loaded["latents"]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"Expected a .npy file, or an .npz file with latents. Received: {term} ({error})."
        ) from error
    return gan.read_codes(code[None])


def _parse_seeds(text):
    """Returns the seeds of `"0,1,2"`."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise InputError(f"Expected seeds such as 3 or 0,1,2 for --mix. Received: {text!r}.")
    return [int(word) for word in words]


# ---- Projection -------------------------------------------------------------------------------


def project_picture(
    folder: PathLike,
    image: PathLike,
    out: PathLike,
    every_layer: bool = False,
    steps: int = 500,
) -> tuple[list[PathLike], float]:
    """Finds the style with which a run's generator comes nearest to a picture file.

    Args:
        folder: the run's folder.
        image: path of a picture of the run's size.
        out: path of a PNG: the picture, and beside it the generator's. An .npz of the same name
            gets `latents`, the style [D] or [L, D], which `kgan sample --arithmetic` reads.
        every_layer: as for `project`.
        steps: as for it.

    Returns:
        `(paths, error)`: a list of the paths written, and the root mean squared difference of the
        two pictures' pixels, of 255.

    Raises:
        InputError: for a run without styles, or a picture that is none or of another size.
    """
    check_whole(steps=steps, least=1)
    check_suffix("--out", out, ".png")
    gan = load_style_run(folder, "kgan project")
    wanted = _read_picture(image, gan.image_shape)
    style, nearest = project(gan, wanted, every_layer, steps)
    arrays = pathlib.Path(out).with_suffix(".npz")
    save_grid(out, np.stack([wanted, nearest]), columns=2)
    save_arrays(arrays, latents=style)
    error = float(np.sqrt(np.mean(np.square(nearest - wanted))) * 127.5)
    return list_paths(out, arrays), error


def project(
    gan: GAN, image: Array, every_layer: bool = False, steps: int = 500
) -> tuple[Array, Array]:
    """Returns the style whose picture is nearest to an image, searched from samples by Adam.

    Args:
        gan: a `StyleBased` `GAN`.
        image: [H, W, C], float32 in [-1, 1].
        every_layer: give each layer a style of its own (the space W+): nearer to the image, and
            further from what the generator knows.
        steps: of Adam, ≥ 1.

    Returns:
        `(style, picture)`: [D], or [L, D] with `every_layer`; and its image [H, W, C].

    Raises:
        InputError: for no steps.

    Differs from the paper: pixels at several scales are compared, not the features of a network
    trained on photographs; eight searches begin at the nearest of 256 samples, not one at the mean,
    which of digits in many colours is like none; the noise stays as it is, and none is added to w.

    Reference: Appendix D, Karras et al. 2020, arXiv:1912.04958; W+ of Abdal et al. 2019,
    arXiv:1904.03189.
    """
    check_whole(steps=steps, least=1)
    generator = ema.copy_network(gan.sampling_generator)  # whose weights must not move
    starts = _nearest_styles(gan, image)
    if every_layer:
        starts = np.repeat(starts[:, None], gan.style_layers, axis=1)
    anything = keras.Input((1,))
    constant = LearnedConstant(starts.shape, name="styles")
    styles = constant(anything)[0]
    if not every_layer:
        styles = keras.layers.RepeatVector(gan.style_layers)(styles)
    noise = generator.get_layer("fixed_noise")(anything)
    synthesis = generator.get_layer("synthesis")
    before_tanh = keras.Model(synthesis.input, synthesis.get_layer("images").input)
    sums = before_tanh({"styles": styles, "noise": noise})
    images = ops.tanh(sums) + _LEAK * (sums - ops.stop_gradient(sums))
    constant.set_weights([starts])
    # Keras' own step: the styles are all that is trainable here.
    search = keras.Model(anything, images)
    rate = keras.optimizers.schedules.CosineDecay(_RATE, steps)
    search.compile(keras.optimizers.Adam(rate), loss=auxiliary.multi_scale_l2)
    wanted = np.repeat(np.asarray(image, np.float32)[None], PROJECTION_SEARCHES, axis=0)
    rows = np.zeros((PROJECTION_SEARCHES, 1), np.float32)
    for _ in track(range(steps), steps, "Projecting, steps"):
        search.train_on_batch(rows, wanted)
    styles = ops.convert_to_numpy(constant.constant)
    pictures = gan.images_of_styles(styles)
    best = _differences(pictures, image).argmin()
    return styles[best], pictures[best]


def _nearest_styles(gan, image):
    """Returns the styles [SEARCHES, D] of the samples whose pixels are nearest to an image's."""
    styles = gan.styles_of(gan.latents_of(range(PROJECTION_SAMPLES)))
    order = _differences(gan.images_of_styles(styles), image).argsort()
    return styles[order[:PROJECTION_SEARCHES]]


def _differences(pictures, image):
    """Returns the mean squared difference [N] of pictures from an image."""
    return np.square(pictures - image).mean(axis=(1, 2, 3))


def _read_picture(path, shape):
    """Returns a picture file as an image [H, W, C] in [-1, 1]."""
    height, width, channels = shape
    try:
        image, facts = read_image(path)
    except UnreadableImage as error:
        raise InputError(f"Expected a picture to project. Received: {path} ({error}).") from error
    if (facts.width, facts.height) != (width, height):
        raise InputError(
            f"Expected a picture of {height}x{width}, as the run makes. Received: {path} of "
            f"{facts.height}x{facts.width}. Resize it."
        )
    pixels = convert_image(image, (height, width), channels, "crop", "white")
    return pixels.astype(np.float32) / 127.5 - 1.0
