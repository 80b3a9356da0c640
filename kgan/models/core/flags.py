"""Options of `kgan sample` by which a person gives conditions; `kgan --help` reads them quickly."""

from typing import NamedTuple


class Flag(NamedTuple):
    """An option of the command line that gives a condition.

    Attributes:
        name: of the option, and of the condition in `GAN.sample`.
        metavar: how its help calls the value.
        help: what it is, with the default in brackets.
        repeats: whether it can be given twice, for a walk from the first to the second.
    """

    name: str
    metavar: str
    help: str
    repeats: bool = False

    def __str__(self) -> str:
        return f"--{self.name}"


LABEL = Flag("label", "CLASS", "a class by name or number [each in turn]")
ATTRIBUTES = Flag(
    "attributes", "NAMES", "properties to have, e.g. glasses,beard [none, then each alone]"
)
CAPTION = Flag("prompt", "TEXT", "what to paint; given twice, walk between", repeats=True)
TOKENS = Flag("tokens", "NUMBERS", "a sequence to start from, e.g. 3,1,4, or a sentence")
SOURCE = Flag("from", "PATH", "a picture or a folder to translate, for pix2pix, …; lines of a .txt")
MASK = Flag("mask", "FILE", "a picture or a folder of them, white where to fill in")
TRUNCATION = Flag(
    "truncation", "PSI", "of styles towards their mean, 0 to 1 [1]; largest number of a latent [6]"
)
CODES = Flag("codes", "CODES", "InfoGAN's, e.g. 3,0.5; any is the seed's, -1:1 a range [any]")
FLAGS = (LABEL, ATTRIBUTES, CAPTION, TOKENS, SOURCE, MASK, TRUNCATION, CODES)
