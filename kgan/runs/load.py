"""A run that was trained, read back from its folder."""

import pathlib

from kgan.errors import InputError
from kgan.models.core.base import GAN
from kgan.runs.build import build_model
from kgan.runs.checkpoints import restore_networks
from kgan.runs.config import RunConfig
from kgan.runs.folder import CONFIG
from kgan.runs.packing import read_pack
from kgan.types import PathLike


def load_run(folder: PathLike) -> tuple[GAN, RunConfig]:
    """Returns the `GAN` of a run with its newest weights, ready to sample; and its `RunConfig`.

    The data the run was trained on are not needed.

    Args:
        folder: of a run, or a file that `kgan pack` wrote.

    Raises:
        InputError: if `folder` is no run, or has no checkpoint yet.

    Example:
        >>> gan, config = kgan.runs.load_run("runs/dcgan_digits")
        >>> images = gan.sample(seeds=range(16))
    """
    folder = pathlib.Path(folder).expanduser()
    if folder.is_file():
        return read_pack(folder)
    if not (folder / CONFIG).is_file():
        raise InputError(
            f"Expected the folder of a run, with {CONFIG}, or a packed run. Received: {folder}. "
            "Train one: kgan train RECIPE --out FOLDER."
        )
    config = RunConfig.load(folder / CONFIG)
    if config.examples is None:
        raise InputError(
            f"Expected the section examples in {folder}/{CONFIG}, as kgan train writes it. "
            "Received: none. Resume the run: kgan train --config CONFIG --out FOLDER."
        )
    gan = build_model(config)
    restore_networks(folder, gan)
    return gan, config


def load(path: PathLike) -> GAN:
    """Returns the `GAN` of a run, or of a packed one, ready to sample or to be trained on.

    Args:
        path: of a run's folder, or of a file that `kgan pack` wrote.

    Raises:
        InputError: as `load_run`.

    Example:
        >>> gan = kgan.load("runs/dcgan_digits")
        >>> images = gan.sample(seeds=range(16))
        >>> gan.compile()                              # to fine-tune it on other data
        >>> gan.fit(kgan.data.images("photos").dataset(batch_size=32), epochs=10)
    """
    return load_run(path)[0]
