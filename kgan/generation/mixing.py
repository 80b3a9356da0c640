"""Pictures of several seeds together: mixed styles, and sums of latents."""

import pathlib
import re
import zipfile

import numpy as np

from kgan.errors import InputError
from kgan.generation.sample import check_images, check_suffix, for_all, loaded, save_arrays
from kgan.images import save_grid
from kgan.models.families.styles import StyleBased
from kgan.runs.load import load_run


def mix(folder, first, second, crossover=None, out=None, npz=None, condition=None):
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

    Raises:
        InputError: for a run without styles, seeds that are none, or a crossover out of range.
    """
    check_suffix("--out", out, ".png")
    check_suffix("--npz", npz, ".npz")
    rows, columns = _seeds(first), _seeds(second)
    gan = style_run(folder, "--mix")
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
    save_arrays(npz, images=images, styles=styles)


def arithmetic(folder, text, out=None, npz=None, condition=None):
    """Makes the picture of a sum of latents, or of styles where the variant has them.

    Args:
        folder: the run's folder.
        text: seeds and saved files, added and subtracted: `"3 - 17 + face.npz"`.
        out: path of a PNG, or None: each term's picture, then the sum's.
        npz: path of an archive with the sum's `images` uint8 [1, H, W, C] and `latents`, which
            another sum can name, or None.
        condition: as for `sample`; None for the variant's own, of the first class.

    Raises:
        InputError: for text that is no sum, or a file that holds no latent of this run.

    Reference: Section 6.3.2, Radford et al. 2016, arXiv:1511.06434.
    """
    check_suffix("--out", out, ".png")
    check_suffix("--npz", npz, ".npz")
    signs, terms = parse_sum(text)
    gan = loaded(folder, condition)
    check_images(gan, folder, "--arithmetic")
    condition = for_all(gan, condition)
    codes = np.concatenate([_code(gan, term) for term in terms])
    total = gan.combine_codes(codes, signs)
    images = gan.images_of_codes(np.concatenate([codes, total[None]]), condition)
    if out:
        save_grid(out, images, columns=len(images))
    save_arrays(npz, images=images[-1:], latents=total)


def style_run(folder, flag):
    """Returns the `GAN` of a run whose generator has styles.

    Raises:
        InputError: for another run, naming the option that asks for styles.
    """
    gan, config = load_run(folder)
    if not isinstance(gan, StyleBased):
        raise InputError(
            f"Expected a run with styles for {flag}, e.g. of stylegan2. Received: {folder}, "
            f"{config.model['name']}. Choose another run."
        )
    return gan


def parse_sum(text):
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


def _code(gan, term):
    """Returns the code [1, ...] of a seed, or of a file."""
    if isinstance(term, int):
        return gan.codes_of(gan.latents_of([term]))
    try:
        with open(term, "rb") as file:  # np.load leaves a broken archive open
            held = np.load(file)
            held = held if isinstance(held, np.ndarray) else held["latents"]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"Expected a .npy file, or an .npz file with latents. Received: {term} ({error})."
        ) from error
    return gan.read_codes(held[None])


def _seeds(text):
    """Returns the seeds of `"0,1,2"`."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise InputError(f"Expected seeds such as 3 or 0,1,2 for --mix. Received: {text!r}.")
    return [int(word) for word in words]
