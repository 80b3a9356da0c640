"""How much sooner does a run on five digits end that starts from the other five?

For each seed runs on the digits 0 to 4, on 5 to 9 from scratch, and on 5 to 9 with the weights of
the first, as `kgan train --start_from RUN --freeze N` takes them. Every so
many rounds 1,000 samples are scored by a classifier of ten digits: FID against all digits 5 to 9,
and the inception score. The score to reach is the median of the last five of the run from scratch.
"""

import argparse
import contextlib
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as kgan train sets it

import keras
import numpy as np
from PIL import Image
from scipy.special import softmax

from kgan import metrics
from kgan.data import digits
from kgan.images import to_uint8
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.training import loop

SIZE = 16
SAMPLES = 1000
METRICS = {1: "FID", 2: "inception score"}  # by their place in a line of scores
LAST = 5  # scores whose median is to be reached


class Scores(keras.callbacks.Callback):
    """Keeps `(rounds, FID, inception score)`, an epoch each."""

    def __init__(self, extractor, real):
        super().__init__()
        self.extractor, self.lines = extractor, []
        self.real = extractor(real).pooled

    def on_epoch_end(self, epoch, logs=None):
        features = self.extractor(to_uint8(self.model.sample(range(SAMPLES))))
        odds = softmax(features.logits.astype(np.float64), axis=1)
        score = metrics.inception_score_from_probabilities(odds)
        self.lines.append((self.model.rounds, metrics.fid(self.real, features.pooled), score))


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


def plan(rounds, every):
    """Returns the options of a run of so many rounds, in epochs of so many."""
    return ["--training.epochs", rounds // every, "--training.steps_per_epoch", every]


def tell_scores(name, scores):
    """Prints all scores of a run on standard error."""
    history = (f"{rounds}: {fid:.3f} {score:.2f}" for rounds, fid, score in scores.lines)
    print(f"{name}:", *history, sep="  ", file=sys.stderr)


def count_rounds(lines, column, target):
    """Returns the rounds after which a run had reached the target; infinity for never."""
    sign = 1 if METRICS[column] == "FID" else -1  # lower is better, or higher
    reached = (line[0] for line in lines if sign * line[column] <= sign * target)
    return next(reached, float("inf"))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Further options go to kgan train, e.g. --model.width 32."
    )
    parser.add_argument("--rounds", type=int, default=900, help="of runs on 5 to 9 [900]")
    parser.add_argument("--origin", type=int, default=3000, help="rounds on 0 to 4 [3000]")
    parser.add_argument("--every", type=int, default=30, help="rounds between scores [30]")
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0, 1, … [1]")
    parser.add_argument("--freeze", type=int, nargs="+", default=[0], help="layers, a row each [0]")
    parsed, options = parser.parse_known_args()
    if parsed.seeds < 1 or not 1 <= parsed.every * LAST <= parsed.rounds:
        parser.error(f"expected at least one seed, and {LAST} scores of each run")
    whole = digits(size=SIZE).arrays()
    extractor = metrics.classifier(whole["image"], whole["label"])
    halves = [whole["image"][half] for half in (whole["label"] < 5, whole["label"] >= 5)]
    print("| seed | freeze | score | to reach | rounds from scratch | from the others | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for seed in range(parsed.seeds):
        line = ["--model.width", 16, "--training.seed", seed, *options]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for half, images in zip(("low", "high"), halves, strict=True):
                write_pictures(images, folder / half)
            train(folder / "low", folder / "origin", [*line, *plan(parsed.origin, parsed.origin)])
            scratch = Scores(extractor, halves[1])
            line += plan(parsed.rounds, parsed.every)
            train(folder / "high", folder / "scratch", line, [scratch])
            tell_scores(f"seed {seed}, from scratch", scratch)
            for freeze in parsed.freeze:
                started = Scores(extractor, halves[1])
                more = ["--training.start_from", folder / "origin", "--training.freeze", freeze]
                train(folder / "high", folder / f"started_{freeze}", [*line, *more], [started])
                tell_scores(f"seed {seed}, freeze {freeze}", started)
                for column, metric in METRICS.items():
                    target = float(np.median([line[column] for line in scratch.lines[-LAST:]]))
                    both = [count_rounds(one.lines, column, target) for one in (scratch, started)]
                    ratio = f"{both[1] / both[0]:.2f}"
                    cells = [seed, freeze, metric, f"{target:.3f}", *both, ratio]
                    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
