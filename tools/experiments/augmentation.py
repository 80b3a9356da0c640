"""Do generated digits help a classifier that has few real ones? Accuracy with and without.

A seed chooses the real digits (the same number of each class), and the initial weights of the GAN
and of the classifier. Both are trained on these digits alone. Accuracy is on the 360 held-out
digits. Runs that are finished are not trained again.
"""

import argparse
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

from kgan.data import digits
from kgan.images import to_uint8
from kgan.metrics import classification_accuracy_score
from kgan.runs import load_run

CLASSES = 10
STEPS = 1500  # batches of 64 for every classifier: the same work for all


def choose_digits(source, count, seed):
    """Returns images and labels of `count` digits, the same number of each class."""
    arrays = source.arrays()
    order = np.random.default_rng(seed).permutation(len(arrays["label"]))
    labels = arrays["label"][order]
    kept = np.concatenate([np.flatnonzero(labels == k)[: count // CLASSES] for k in range(CLASSES)])
    return arrays["image"][order][kept], labels[kept]


def train_gan(images, labels, folder, seed, options):
    """Trains the conditional GAN on these digits alone; returns it."""
    pictures = folder / "real"
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = pictures / str(label) / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path)
    data = ["--data", pictures, "--data.labels", "true", "--data.channels", 1]
    line = ["train", "projection_gan_digits", *data, "--training.seed", seed, *options]
    command = [sys.executable, "-m", "kgan.cli", *map(str, line), "--out", str(folder / "run")]
    done = subprocess.run(command, check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit(done.returncode)  # its own line has said why
    gan, _ = load_run(folder / "run")
    return gan


def measure_accuracies(count, seed, parsed, options, test):
    """Returns the accuracy with real digits, with both, and with generated ones."""
    images, labels = choose_digits(digits(size=32, split="train"), count, seed)
    folder = pathlib.Path(parsed.out) / f"{count}-{seed}"
    gan = train_gan(images, labels, folder, seed, options)
    given = np.arange(parsed.generated) % CLASSES
    made = to_uint8(gan.sample(range(parsed.generated), {"label": given}))
    sets = [
        (images, labels),
        (np.concatenate([images, made]), np.concatenate([labels, given])),
        (made, given),
    ]
    return [
        classification_accuracy_score(*taught, test["image"], test["label"], seed, STEPS)
        for taught in sets
    ]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Further options go to kgan train, e.g. --training.epochs 4."
    )
    parser.add_argument("--real", type=int, nargs="+", default=[100, 400], help="[100 400]")
    parser.add_argument("--generated", type=int, default=2000, help="generated digits [2000]")
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0, 1, … [3]")
    parser.add_argument("--out", default="runs/augmentation", help="[runs/augmentation]")
    parsed, options = parser.parse_known_args()
    if min(parsed.real) < CLASSES or max(parsed.real) > 1000 or min(parsed.seeds, 1) < 1:
        parser.error("expected 10 to 1000 real digits and at least one seed")
    test = digits(size=32, split="test").arrays()
    print("| real digits | real only | and generated | generated only |")
    print("| --- | --- | --- | --- |")
    for count in parsed.real:
        rows = [
            measure_accuracies(count, seed, parsed, options, test) for seed in range(parsed.seeds)
        ]
        cells = [
            f"{np.mean(column):.2%} ± {np.std(column, ddof=min(1, len(column) - 1)):.2%}"
            for column in zip(*rows, strict=True)
        ]
        print(f"| {count} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
