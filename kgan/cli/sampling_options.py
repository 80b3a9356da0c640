"""The options of `kgan sample`, and which go together: nothing heavy is imported for them."""

from kgan.errors import InputError

EXAMPLES = """\
examples:
  kgan sample RUN --count 64 --seed 7 --out grid.png
  kgan sample RUN --label 3                       a class; --prompt 'a red 7' for captions
  kgan sample RUN --from ~/drawings               pictures to translate
  kgan sample RUN --interpolate 0 1 --frames 16   a walk between two seeds
  kgan sample RUN --arithmetic '3 - 17 + 42'      sums of seeds, or of saved .npy and .npz files
with StyleGAN2:
  kgan sample RUN --truncation 0.7                nearer to the mean: better, and less varied
  kgan sample RUN --mix 0,1,2 3,4 --crossover 4   styles of one seed in the first layers, of
                                                  another in the rest
"""
# What each way to make pictures takes beside RUN, --seed, --out and --npz.
_TAKES = {
    "pictures": ("side",),
    "mix": ("crossover", "truncation"),
    "arithmetic": ("label", "prompt", "truncation"),
    "interpolate": ("label", "prompt", "frames", "truncation"),
    "samples": ("count", "label", "prompt", "truncation"),
}
_HOW = {
    "pictures": "beside --from",
    "mix": "beside --mix",
    "arithmetic": "beside --arithmetic",
    "interpolate": "in a walk",
}
_ONLY = {
    "side": "without --from",
    "frames": "without a walk",
    "crossover": "without --mix",
}
_FLAGS = {"pictures": "from"}  # where the option's name is another


def add_to(sample):
    """Adds the options of `kgan sample` to its argparse parser."""
    sample.add_argument("run", metavar="RUN", help="the run's folder")
    sample.add_argument("--count", type=int, help="pictures or texts to make [64]")
    sample.add_argument("--seed", type=int, default=0, help="seed of the first picture [0]")
    sample.add_argument("--label", metavar="CLASS", help="a class by name or number [each in turn]")
    sample.add_argument(
        "--prompt", metavar="TEXT", action="append", help="what to paint; given twice, walk between"
    )
    sample.add_argument(
        "--from", metavar="FOLDER", dest="pictures", help="pictures to translate, for pix2pix, …"
    )
    sample.add_argument(
        "--side", metavar="NAME", help="which side they are, for CycleGAN: a, b [a]"
    )
    sample.add_argument("--out", metavar="FILE", help="a .png grid, the .gif of a walk, or a .txt")
    sample.add_argument("--npz", metavar="FILE", help="the pictures as arrays: images uint8")
    sample.add_argument(
        "--interpolate", type=int, nargs=2, metavar=("FROM", "TO"), help="walk between two seeds"
    )
    sample.add_argument("--frames", type=int, help="frames of a walk [16]")
    sample.add_argument(
        "--arithmetic", metavar="SUM", help="of seeds and saved latents, e.g. '3 - 17 + 42'"
    )
    sample.add_argument(
        "--truncation", type=float, metavar="PSI", help="of styles towards their mean, 0 to 1 [1]"
    )
    sample.add_argument(
        "--mix", nargs=2, metavar=("SEEDS", "SEEDS"), help="styles of two seeds, or lists: 0,1 2,3"
    )
    sample.add_argument(
        "--crossover", type=int, metavar="LAYER", help="the second's first layer [half of them]"
    )


def way_of(parsed):
    """Returns which way to make pictures the options ask for, a key of `_TAKES`.

    Raises:
        InputError: for options that would be passed over.
    """
    way = "interpolate" if len(parsed.prompt or ()) == 2 else "samples"
    way = next((name for name in _HOW if getattr(parsed, name) is not None), way)
    options = {name for names in _TAKES.values() for name in names} | set(_HOW)
    for name in sorted(options - {way, *_TAKES[way]}):
        if getattr(parsed, name) is not None:
            flag = f"--{_FLAGS.get(name, name)}"
            where = _HOW.get(way) or _ONLY[name]
            raise InputError(f"Expected no {flag} {where}. Received: {flag}.")
    return way


def condition_of(parsed):
    """Returns the condition the options give, as `GAN.sample` takes it, or None."""
    given = {name: getattr(parsed, name) for name in ("label", "prompt", "truncation")}
    return {name: value for name, value in given.items() if value is not None} or None
