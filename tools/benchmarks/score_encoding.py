"""What does an encoder keep of digits? Nearest neighbours by latents, and reconstruction error.

Held-out digits are classified by their nearest training digit, once by latents and once by pixels.
The error of their reconstructions is printed beside that of the nearest training digit.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from kgan.data import digits
from kgan.runs import load_run


def flatten(images):
    """Returns uint8 or [-1, 1] images as rows [N, D] in [0, 1], float64."""
    whole = images / 255.0 if images.dtype == np.uint8 else (images + 1.0) / 2.0
    return whole.reshape(len(images), -1).astype(np.float64)


def score(folder):
    """Returns the figures of one run."""
    gan, config = load_run(folder)
    sizes = {"size": config.data["size"]}
    train, test = (digits(**sizes, split=split).arrays() for split in ("train", "test"))
    codes = {kind: gan.encode(part["image"]) for kind, part in (("train", train), ("test", test))}
    real, known = flatten(test["image"]), flatten(train["image"])
    by_latents = KNeighborsClassifier(1).fit(codes["train"], train["label"])
    by_pixels = KNeighborsClassifier(1).fit(known, train["label"])
    distances, _ = by_pixels.kneighbors(real)
    off = flatten(gan.reconstruct(test["image"])) - real
    return {
        "held_out_digits": len(real),
        "nearest_neighbour_accuracy": {
            "latents": round(by_latents.score(codes["test"], test["label"]), 4),
            "pixels": round(by_pixels.score(real, test["label"]), 4),
        },
        "rmse": {
            "reconstruction": round(float(np.sqrt((off**2).mean(axis=1)).mean()), 4),
            "nearest_training_digit": round(float((distances / real.shape[1] ** 0.5).mean()), 4),
            "mean_digit": round(float((real - known.mean(axis=0)).std(axis=1).mean()), 4),
        },
        "standard_deviation_of_latents": round(float(codes["test"].std(axis=0).mean()), 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", metavar="RUN", nargs="+", help="a run on digits with an encoder")
    for run in parser.parse_args().runs:
        print(json.dumps({"run": run, **score(run)}, indent=2))


if __name__ == "__main__":
    main()
