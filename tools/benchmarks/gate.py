"""Does training still find all modes? Four games; non-zero exit where a published bar is missed.

Points: modes with a sample within three standard deviations, and the share of samples so near to
one (Srivastava et al. 2017, arXiv:1705.07761); true samples have 98.9 %. Stacked MNIST: a network
that was taught digits reads each channel of 25,600 samples; modes of 1,000, and the divergence
KL(read ‖ uniform), of which a true sampler has 0.0195 (Metz et al. 2017, arXiv:1611.02163).
"""

import argparse
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kgan import data, metrics
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.training import train

# The recipe, modes, and the least share of high-quality samples or the largest divergence.
POINTS = {
    "ring": ("r1_gan_ring", 8, 0.97),
    "grid": ("r1_gan_grid", 25, 0.97),
    "hundred": ("r1_gan_hundred", 99, 0.97),
}
STACKED = ("dcgan_stacked_mnist", 1000, 0.04)
SAMPLES, STACKED_SAMPLES = 10_000, 25_600
BATCH = 256


def train_recipe(recipe, seed, out, arguments):
    config = parse([*arguments, "--training.seed", str(seed)], [read_recipe(recipe)])
    start = time.monotonic()
    gan = train(config, out / f"{recipe}-{seed}")
    return gan, config, time.monotonic() - start


def play_points(name, seed, out, arguments):
    recipe, modes, quality = POINTS[name]
    gan, config, seconds = train_recipe(recipe, seed, out, arguments)
    options = config.data
    if options["source"] == "ring":
        centres = data.ring_modes(options["modes"], options["radius"])
    else:
        centres = data.grid_modes(options["side"], options["spacing"])
    counted = metrics.count_modes(gan.sample(range(SAMPLES)), centres, options["scale"])
    passed = counted.covered >= modes and counted.high_quality_rate >= quality
    scores = {"modes": counted.covered, "high_quality_rate": counted.high_quality_rate}
    return {**scores, "rounds": gan.rounds, "seconds": seconds, "passed": passed}


def play_stacked(seed, out, arguments):
    recipe, modes, divergence = STACKED
    gan, config, seconds = train_recipe(recipe, seed, out, arguments)
    digits = data.mnist(config.data["size"], "all").arrays()
    read = metrics.classifier(digits["image"], digits["label"])
    numbers = np.zeros(STACKED_SAMPLES, int)
    for start in range(0, STACKED_SAMPLES, BATCH):
        images = gan.sample(range(start, start + BATCH))
        for place in range(3):
            logits = read([images[..., place : place + 1]], BATCH).logits
            numbers[start : start + BATCH] += 10 ** (2 - place) * logits.argmax(axis=1)
    shares = np.bincount(numbers, minlength=1000) / STACKED_SAMPLES
    present = shares[shares > 0]
    kl = float(np.sum(present * np.log(present * 1000)))
    passed = len(present) >= modes and kl <= divergence
    scores = {"modes": len(present), "kl": kl}
    return {**scores, "rounds": gan.rounds, "seconds": seconds, "passed": passed}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*POINTS, "stacked_mnist"]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/gate"))
    parsed, arguments = parser.parse_known_args()
    results = []
    for name in parsed.only:
        for seed in parsed.seeds:
            common = (seed, parsed.out, arguments)
            played = play_points(name, *common) if name in POINTS else play_stacked(*common)
            results.append({"game": name, "seed": seed, **played})
            print(json.dumps(results[-1]), flush=True)
    missed = [f"{one['game']}, seed {one['seed']}" for one in results if not one["passed"]]
    if missed:
        sys.exit(f"Missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
