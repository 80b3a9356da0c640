"""Which recipe, size, augmentation and length a folder of pictures gets, rule by rule."""

import dataclasses

import pytest

from kgan.data import FolderSummary
from kgan.errors import InputError
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.training.choice import Machine, choose, choose_length, choose_size

CPU, GPU = Machine(cores=2), Machine(cores=8, gpus=1)
USUAL = FolderSummary("/photos", count=2000, height=200, width=200)


def chosen(machine=CPU, **facts):
    return choose(dataclasses.replace(USUAL, **facts), machine)


@pytest.mark.parametrize(
    "machine, facts, recipe",
    [
        (CPU, {}, "dcgan_images"),
        (GPU, {}, "stylegan2_images"),
        (GPU, {"count": 999}, "dcgan_images"),
        (CPU, {"classes": {"cats": 20, "dogs": 300}}, "projection_gan_images"),
        (GPU, {"classes": {"cats": 20, "dogs": 300}}, "projection_gan_images"),
        (CPU, {"classes": {"cats": 19, "dogs": 300}}, "dcgan_images"),
        (CPU, {"classes": {str(n): 20 for n in range(101)}}, "dcgan_images"),
    ],
)
def test_recipes(machine, facts, recipe):
    assert chosen(machine, **facts).recipe == recipe


@pytest.mark.parametrize(
    "count, names", [(999, ["diffaugment"]), (1000, ["ada"]), (9999, ["ada"]), (10_000, [])]
)
def test_augmentations(count, names):
    assert list(chosen(count=count).sections["model"]["augmentations"]) == names


@pytest.mark.parametrize(
    "facts, channels",
    [
        ({}, 3),
        ({"grey": 1999}, 3),
        ({"grey": 2000}, 1),
        ({"transparent": 1001}, 4),
        ({"transparent": 1000}, 3),
        ({"transparent": 2000, "grey": 2000}, 4),
    ],
)
def test_channels(facts, channels):
    assert chosen(**facts).sections["data"]["channels"] == channels


@pytest.mark.parametrize(
    "machine, facts, size",
    [
        (CPU, {}, (64, 64)),
        (GPU, {}, (128, 128)),
        (GPU, {"height": 100, "width": 100}, (96, 96)),  # nothing is enlarged
        (CPU, {"height": 28, "width": 28}, (32, 32)),
        (CPU, {"height": 9, "width": 9}, (16, 16)),
        (CPU, {"width": 229}, (64, 64)),
        (CPU, {"width": 300}, (56, 80)),
        (CPU, {"height": 300}, (80, 56)),
        (CPU, {"width": 900}, (48, 88)),  # at most two to one: the rest is cut off
        (CPU, {"width": 300, "alike": 0.5}, (64, 64)),
    ],
)
def test_sizes(machine, facts, size):
    assert choose_size(dataclasses.replace(USUAL, **facts), machine) == size


@pytest.mark.parametrize(
    "rate, machine, images",
    [(120.0, CPU, 115_200), (60.0, CPU, 72_000), (1.0, CPU, 60_000), (1.0, GPU, 921_600)],
)
def test_lengths(rate, machine, images):
    assert choose_length(115_200, rate, machine) == images


@pytest.mark.parametrize("count, batch", [(10, 8), (63, 32), (64, 64), (5000, 64)])
def test_a_batch_is_no_larger_than_the_folder_and_the_images_are_as_many(count, batch):
    training = chosen(count=count).sections["training"]
    assert training["batch_size"] == batch
    assert training["steps_per_epoch"] * batch * 12 == 115_200


def test_too_few_are_refused():
    assert chosen(count=10).recipe == "dcgan_images"
    with pytest.raises(InputError, match=r"at least 10 pictures.*Received: 9 in /photos. Add more"):
        chosen(count=9)


def test_it_says_what_it_saw_what_it_takes_and_how_long():
    seen, takes, reads = chosen(count=210, unreadable=2, deep=3).lines
    assert seen == (
        "/photos: 210 pictures, 3 of 16 bits, read as 8, usually 200x200, 2 more cannot be read."
    )
    assert takes.startswith("Takes dcgan_images (few pictures), 64x64 (height x width) in colour;")
    assert "115,200 images, 549 of each picture: about 16 minutes on 2 CPU cores" in reads
    assert "on one CPU core" in chosen(Machine(cores=1)).lines[2]
    assert "on this GPU" in chosen(GPU).lines[2]


@pytest.mark.parametrize(
    "facts, note",
    [
        ({"grey": 5}, "5 grey pictures are read as colour."),
        ({"transparent": 5}, "5 with transparency are laid over white."),
        ({"classes": {"a": 1, "b": 1999}}, "The subfolders are no classes: a (1) holds fewer"),
        ({"classes": {"a": 3, "b": 1, "c": 99}}, "The subfolders are no classes: b (1) and 1 more"),
    ],
)
def test_notes(facts, note):
    (line,) = chosen(**facts).lines[3:]
    assert line.startswith(note)


def test_what_is_all_of_a_kind_needs_no_note():
    assert chosen(grey=2000).lines[3:] == chosen(transparent=2000).lines[3:] == ()


@pytest.mark.parametrize(
    "machine, facts", [(CPU, {}), (GPU, {}), (CPU, {"classes": {"a": 50, "b": 50}})]
)
def test_what_is_chosen_is_a_configuration(machine, facts):
    choice = chosen(machine, **facts)
    layers = [read_recipe(choice.recipe), choice.sections]
    config = parse(["--data.source", "/photos", "--training.seed", "3"], layers)
    assert config.training.seed == 3
    for section, values in choice.sections.items():
        for key, value in values.items():
            assert config.sections()[section][key] == value
