"""`kgan sample`: makes pictures or texts with a trained run."""

import argparse
from typing import Any

from kgan.cli.startup import quiet_start
from kgan.errors import InputError
from kgan.models.core.flags import FLAGS

PARSER = {
    "help": "make pictures or texts with a trained run",
    "epilog": """\
examples:
  kgan sample RUN --count 64 --seed 7 --out grid.png
  kgan sample RUN --label 3                       a class; --prompt 'a red 7' for captions
  kgan sample RUN --from photo.png --out new.png  a picture to translate, at its own size
  kgan sample RUN --from ~/drawings               a folder of them, as a grid; --out DIR/ for a
                                                  file of each, at its own size
  kgan sample RUN --from ~/faces --label glasses  any two of these together
  kgan sample RUN --from lines.txt --to polite    each line in another style; --out new.txt
  kgan sample RUN --seed 7 --out pictures/        a PNG of each seed: pictures/0007.png, …
  kgan sample RUN --interpolate 0 1 --frames 16   a walk between two seeds
  kgan sample RUN --arithmetic '3 - 17 + 42'      sums of seeds, or of saved .npy and .npz files
  kgan sample RUN --truncation 0.7                of StyleGAN2 and BigGAN: better, less varied
  kgan sample RUN --interpolate 7 7 --codes any,-1:1
                                                  one code of InfoGAN moves, all else stays
with StyleGAN2:
  kgan sample RUN --mix 0,1,2 3,4 --crossover 4   styles of one seed in the first layers, of
                                                  another in the rest
""",
}

# The options of each mode beside RUN, --seed, --out, --npz and those of conditions. An option that
# bears a mode's name chooses that mode.
_OPTIONS = {
    "from": ("side", "to"),
    "mix": ("crossover",),
    "arithmetic": (),
    "interpolate": ("frames",),
    "samples": ("count",),
}
_IN_MODE = {
    "from": "beside --from",
    "mix": "beside --mix",
    "arithmetic": "beside --arithmetic",
    "interpolate": "in a walk",
}
_OUT_OF_MODE = {
    "side": "without --from",
    "to": "without --from",
    "frames": "without a walk",
    "crossover": "without --mix",
}
_CONDITIONS = [flag for flag in FLAGS if flag.name not in _OPTIONS]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("--count", type=int, help="pictures or texts to make [64]")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first picture [0]")
    told = parser.add_argument_group("what the run is told, where it takes that")
    for flag in FLAGS:
        action = "append" if flag.repeats else "store"
        told.add_argument(str(flag), metavar=flag.metavar, action=action, help=flag.help)
    told.add_argument("--side", metavar="NAME", help="which side they are, for CycleGAN: a, b [a]")
    told.add_argument("--to", metavar="STYLE", help="of lines of text: the style they get")
    parser.add_argument(
        "--out", metavar="FILE", help="a .png grid, a .gif of a walk, a .txt, or a FOLDER/ of .png"
    )
    parser.add_argument("--npz", metavar="FILE", help="the pictures as arrays: images uint8")
    parser.add_argument(
        "--interpolate", type=int, nargs=2, metavar=("FROM", "TO"), help="walk between two seeds"
    )
    parser.add_argument("--frames", type=int, help="frames of a walk [16]")
    parser.add_argument(
        "--arithmetic", metavar="SUM", help="of seeds and saved latents, e.g. '3 - 17 + 42'"
    )
    parser.add_argument(
        "--mix", nargs=2, metavar=("SEEDS", "SEEDS"), help="styles of two seeds, or lists: 0,1 2,3"
    )
    parser.add_argument(
        "--crossover", type=int, metavar="LAYER", help="the second's first layer [half of them]"
    )


def run(arguments: argparse.Namespace) -> None:
    """Makes what the options ask for, and says which files it wrote."""
    options = vars(arguments)
    mode, condition = _choose_mode(options), _collect_condition(options)
    with quiet_start():
        from kgan.generation import combine, mix, rewrite, sample, translate, walk
    walks = mode == "interpolate"
    out = arguments.out or ("walk.gif" if walks else None)
    if mode in ("mix", "arithmetic") and not arguments.npz:
        out = out or "grid.png"
    files = out, arguments.npz
    if mode == "from" and options["from"].lower().endswith(".txt"):
        _refuse_beside_lines(arguments, condition)
        written = rewrite(arguments.run, options["from"], arguments.to, *files)
    elif mode == "from":
        if arguments.to is not None:
            raise InputError(
                f"Expected a .txt for --from, beside --to. Received: {options['from']}."
            )
        start = options["from"], arguments.side, arguments.seed
        written = translate(arguments.run, *start, *files, condition)
    elif mode == "mix":
        written = mix(arguments.run, *arguments.mix, arguments.crossover, *files, condition)
    elif mode == "arithmetic":
        written = combine(arguments.run, arguments.arithmetic, *files, condition)
    elif walks:
        frames = 16 if arguments.frames is None else arguments.frames
        ends = arguments.interpolate or (arguments.seed, arguments.seed)
        written = walk(arguments.run, *ends, frames, *files, condition)
    else:
        count = 64 if arguments.count is None else arguments.count
        written = sample(arguments.run, count, arguments.seed, *files, condition)
    if written:
        print(f"Wrote {', '.join(map(str, written))}")


def _choose_mode(options: dict[str, Any]) -> str:
    """Returns the mode that the options ask for, a key of `_OPTIONS`.

    Raises:
        InputError: for an option that the mode would pass over.
    """
    twice = any(len(options[flag.name] or ()) == 2 for flag in FLAGS if flag.repeats)
    mode = "interpolate" if twice else "samples"
    mode = next((name for name in _IN_MODE if options[name] is not None), mode)
    known = {name for names in _OPTIONS.values() for name in names} | set(_IN_MODE)
    for name in sorted(known - {mode, *_OPTIONS[mode]}):
        if options[name] is not None:
            where = _IN_MODE.get(mode) or _OUT_OF_MODE[name]
            raise InputError(f"Expected no --{name} {where}. Received: --{name}.")
    return mode


def _refuse_beside_lines(arguments, condition):
    """Refuses what lines of text do not take."""
    beside = [f"--{name}" for name in condition or ()]
    beside += ["--side"] * (arguments.side is not None)
    if beside:
        raise InputError(
            f"Expected --to alone beside lines of text. Received: {', '.join(beside)}. "
            "Leave it out."
        )


def _collect_condition(options: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the condition that the options give, as `GAN.sample` takes it, or None."""
    names = [flag.name for flag in _CONDITIONS if options[flag.name] is not None]
    return {name: options[name] for name in names} or None
