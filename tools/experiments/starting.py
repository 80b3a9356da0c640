"""How much sooner does a run on five digits end that starts from the other five? FID by rounds.

Three runs for each seed: on the digits 0 to 4; on 5 to 9 from scratch; on 5 to 9 with the weights
of the first, as `--start_from` takes them. FID of 1,000 samples against all training digits 5 to 9,
by a classifier of ten digits, every so many rounds. The score to reach is the median of the last
five of the run from scratch.
"""

import argparse
import contextlib
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image

from kgan.cli.startup import share_cores

share_cores()

from kgan import metrics
from kgan.data import digits
from kgan.images import to_uint8
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.training import loop

SIZE = 32
SAMPLES = 1000
LAST = 5  # scores whose median is to be reached


class Scores(keras.callbacks.Callback):
    """Keeps `(rounds, FID)`, an epoch each."""

    def __init__(self, extractor, real):
        super().__init__()
        self.extractor, self.lines = extractor, []
        self.real = extractor(real).pooled

    def on_epoch_end(self, epoch, logs=None):
        fake = to_uint8(self.model.sample(range(SAMPLES)))
        features = self.extractor(fake).pooled
        self.lines.append((self.model.rounds, metrics.fid(self.real, features)))


def write_pictures(images, folder):
    """Writes a folder of PNGs."""
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(folder / f"{number:04d}.png")


def train(pictures, folder, arguments, callbacks=()):
    """Trains a run, as `kgan train dcgan_digits` does, with what it prints on standard error."""
    data = ["--data.source", pictures, "--data.size", SIZE, "--data.channels", 1]
    config = parse([str(one) for one in (*data, *arguments)], [read_recipe("dcgan_digits")])
    with contextlib.redirect_stdout(sys.stderr):
        loop.train(config, folder, callbacks)


def count_rounds(lines, target):
    """Returns the rounds after which a run had reached the target; infinity for never."""
    return next((rounds for rounds, score in lines if score <= target), float("inf"))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Further options go to kgan train, e.g. --model.width 32."
    )
    parser.add_argument("--rounds", type=int, default=1200, help="of each run [1200]")
    parser.add_argument("--every", type=int, default=60, help="rounds between scores [60]")
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0, 1, … [1]")
    parser.add_argument("--freeze", type=int, default=0, help="layers of the critic [0]")
    parsed, options = parser.parse_known_args()
    if parsed.seeds < 1 or not 1 <= parsed.every * LAST <= parsed.rounds:
        parser.error(f"expected at least one seed, and {LAST} scores of each run")
    whole = digits(size=SIZE).arrays()
    extractor = metrics.classifier(whole["image"], whole["label"])
    halves = [whole["image"][half] for half in (whole["label"] < 5, whole["label"] >= 5)]
    print("| seed | FID to reach | rounds from scratch | rounds from the other half | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for seed in range(parsed.seeds):
        line = ["--model.width", 16, "--training.seed", seed, *options]
        line += ["--training.epochs", parsed.rounds // parsed.every]
        line += ["--training.steps_per_epoch", parsed.every]
        scratch, started = (Scores(extractor, halves[1]) for _ in range(2))
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for half, images in zip(("low", "high"), halves, strict=True):
                write_pictures(images, folder / half)
            train(folder / "low", folder / "origin", line)
            train(folder / "high", folder / "scratch", line, [scratch])
            line += ["--training.start_from", folder / "origin"]
            line += ["--training.freeze", parsed.freeze]
            train(folder / "high", folder / "started", line, [started])
        target = float(np.median([score for _, score in scratch.lines[-LAST:]]))
        both = [count_rounds(scores.lines, target) for scores in (scratch, started)]
        ratio = both[1] / both[0]
        print(f"| {seed} | {target:.3f} | {both[0]} | {both[1]} | {ratio:.2f} |", flush=True)
        for name, scores in (("scratch", scratch), ("started", started)):
            history = (f"{rounds}: {score:.3f}" for rounds, score in scores.lines)
            print(f"seed {seed}, {name}:", *history, sep="  ", file=sys.stderr)


if __name__ == "__main__":
    main()
