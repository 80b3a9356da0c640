"""What to train on a person's own pictures: a pure function of their folder and this machine.

Each decision is a table: of recipes, augmentations, sizes and lengths, with the reason in words.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from kgan.data import FolderSummary
from kgan.errors import InputError
from kgan.runs.config import read_recipe
from kgan.system import count_cores

LEAST = 10  # pictures
FEW, MANY = 1000, 10_000
_OF_A_CLASS = 20  # pictures, below which a class is not learnt
_MOST_CLASSES = 100
_CPU_SIDE, _GPU_SIDE, _LEAST_SIDE = 64, 128, 16  # pixels
_STEP = 8  # pixels, of whose multiples networks make sides
_SQUARE, _LONGEST = 1.15, 2.0  # long side over short side
_MOSTLY = 0.5  # share of the pictures that decides for all
# Images a second at 64x64 on two CPU cores, by recipe.
_RATES = {"dcgan_images": 120.0, "projection_gan_images": 105.0, "stylegan2_images": 80.0}
_MINUTES = 20.0  # that a run should take at most on a CPU
_SHORTEST = 60_000  # images, however slow the machine
_GPU_TIMES = 8  # times as many images as on a CPU


class Machine(NamedTuple):
    """What a run has at its disposal.

    Attributes:
        cores: of the CPU.
        gpus: how many.
    """

    cores: int
    gpus: int = 0


class Choice(NamedTuple):
    """What `choose` decided.

    Attributes:
        recipe: its name.
        sections: `{section: {key: value}}` that differ from the recipe's.
        lines: what was seen, what was chosen and why, and how long it takes; then notes.
    """

    recipe: str
    sections: dict[str, dict[str, Any]]
    lines: tuple[str, ...]


class _Rule(NamedTuple):
    value: Any
    reason: str
    applies: Callable[[FolderSummary, Machine], bool]


# The first that applies counts, in each table.
_RECIPES = (
    _Rule("projection_gan_images", "subfolders are classes", lambda of, _: _has_classes(of)),
    _Rule("dcgan_images", "few pictures", lambda of, _: of.count < FEW),
    _Rule("stylegan2_images", "many pictures and a GPU", lambda _, on: on.gpus > 0),
    _Rule("dcgan_images", "the quickest on a CPU", lambda of, on: True),
)
_AUGMENTATIONS = (
    _Rule({"diffaugment": {}}, "DiffAugment, so that few are not learnt by heart",
          lambda of, _: of.count < FEW),
    _Rule({"ada": {"images": 100_000}}, "ADA, should it learn them by heart",
          lambda of, _: of.count < MANY),
    _Rule({}, "no augmentation, as there are many", lambda of, on: True),
)  # fmt: skip
_CHANNELS = (
    _Rule(4, "with transparency", lambda of, _: of.transparent > _MOSTLY * of.count),
    _Rule(1, "grey", lambda of, _: of.grey == of.count),
    _Rule(3, "in colour", lambda of, on: True),
)


def describe_machine() -> Machine:
    """Returns what this process may use; imports TensorFlow, which knows the GPUs."""
    import tensorflow as tf

    return Machine(count_cores(), len(tf.config.list_physical_devices("GPU")))


def choose(folder: FolderSummary, machine: Machine) -> Choice:
    """Chooses recipe, size, channels, augmentation, batch and length for a folder of pictures.

    Args:
        folder: from `kgan.data.summarize_folder`.
        machine: from `describe_machine`.

    Raises:
        InputError: for fewer than 10 pictures.

    Example:
        >>> choose(kgan.data.summarize_folder("~/photos"), Machine(cores=2)).recipe
        'dcgan_images'
    """
    if folder.count < LEAST:
        raise InputError(
            f"Expected at least {LEAST} pictures to learn from, better some hundreds. Received: "
            f"{folder.count} in {folder.folder}. Add more."
        )
    recipe = _pick(_RECIPES, folder, machine)
    augmentation = _pick(_AUGMENTATIONS, folder, machine)
    channels = _pick(_CHANNELS, folder, machine)
    height, width = choose_size(folder, machine)
    training = read_recipe(recipe.value)["training"]
    batch_size = min(training["batch_size"], 2 ** int(math.log2(folder.count)))
    whole = training["batch_size"] * training["steps_per_epoch"] * training["epochs"]
    rate = _RATES[recipe.value] * machine.cores / 2 * _CPU_SIDE**2 / (height * width)
    images = choose_length(whole, rate, machine)
    steps = max(1, round(images / training["epochs"] / batch_size))
    images = steps * training["epochs"] * batch_size
    size = height if height == width else f"{height}x{width}"
    sections = {
        "model": {"augmentations": augmentation.value},
        "data": {"size": size, "channels": channels.value},
        "training": {"batch_size": batch_size, "steps_per_epoch": steps},
    }
    lines = (
        _describe(folder),
        f"Takes {recipe.value} ({recipe.reason}), {height}x{width} (height x width) "
        f"{channels.reason}; {augmentation.reason}.",
        f"Reads {images:,} images, {images / folder.count:,.0f} of each picture: "
        f"{_tell_time(images / rate, machine)}",
    )
    return Choice(recipe.value, sections, (*lines, *_list_notes(folder, channels.value)))


def choose_size(folder: FolderSummary, machine: Machine) -> tuple[int, int]:
    """Returns height and width: the pictures' shape where most share one, else a square.

    Its area is about 64x64 on a CPU and 128x128 on a GPU, but no larger than the pictures.
    """
    ratio = folder.width / folder.height
    shared = folder.alike > _MOSTLY and max(ratio, 1 / ratio) > _SQUARE
    ratio = min(max(ratio, 1 / _LONGEST), _LONGEST) if shared else 1.0
    own = math.sqrt(folder.width * folder.height) if shared else min(folder.width, folder.height)
    side = min(_GPU_SIDE if machine.gpus else _CPU_SIDE, own)
    sides = side / math.sqrt(ratio), side * math.sqrt(ratio)
    height, width = (max(_LEAST_SIDE, _STEP * round(length / _STEP)) for length in sides)
    return height, width


def choose_length(whole: int, rate: float, machine: Machine) -> int:
    """Returns how many images a run reads.

    Args:
        whole: what the recipe reads.
        rate: images a second that a CPU of these cores is expected to read.
        machine: a GPU reads 8 times as many; a slow CPU fewer, so that it takes 20 minutes.
    """
    if machine.gpus:
        return whole * _GPU_TIMES
    return min(whole, max(_SHORTEST, round(rate * _MINUTES * 60)))


def _explain_no_classes(classes):
    """Returns why subfolders are not taken for classes, and what to do."""
    if len(classes) == 1:
        return "there is one."
    if len(classes) > _MOST_CLASSES:
        return f"there are more than {_MOST_CLASSES}."
    small = {name: count for name, count in classes.items() if count < _OF_A_CLASS}
    name, count = min(small.items(), key=lambda one: one[1])
    more = f" and {len(small) - 1} more hold" if len(small) > 1 else " holds"
    return f"{name} ({count}){more} fewer than {_OF_A_CLASS} pictures. Add some or move it away."


def _pick(rules, folder, machine):
    return next(rule for rule in rules if rule.applies(folder, machine))


def _has_classes(folder):
    small = [name for name, count in folder.classes.items() if count < _OF_A_CLASS]
    return 1 < len(folder.classes) <= _MOST_CLASSES and not small


def _describe(folder):
    parts = [f"{folder.count} pictures"]
    parts += [f"{folder.grey} of them grey"] if 0 < folder.grey < folder.count else []
    parts += [f"{folder.transparent} with transparency"] if folder.transparent else []
    parts += [f"{folder.deep} of 16 bits, read as 8"] if folder.deep else []
    parts += [f"usually {folder.height}x{folder.width}"]
    parts += [f"in {len(folder.classes)} subfolders"] if folder.classes else []
    parts += [f"{folder.unreadable} more cannot be read"] if folder.unreadable else []
    return f"{folder.folder}: {', '.join(parts)}."


def _tell_time(seconds, machine):
    if machine.gpus:
        return "kgan plan images says how long that takes on this GPU."
    cores = "one CPU core" if machine.cores == 1 else f"{machine.cores} CPU cores"
    return f"about {max(1, round(seconds / 60))} minutes on {cores} (kgan plan images measures it)."


def _list_notes(folder, channels):
    if folder.transparent and channels != 4:
        yield f"{folder.transparent} with transparency are laid over white."
    if folder.classes and not _has_classes(folder):
        yield f"The subfolders are no classes: {_explain_no_classes(folder.classes)}"
    if 0 < folder.grey < folder.count:
        yield f"{folder.grey} grey pictures are read as colour."
