"""How near does projection come to held-out pictures? Pixel error of stylegan2, of 255.

Root mean squared differences of pixels: with one style for all layers, with a style for each layer,
and of the nearest of as many training pictures as the search has samples to start from.
"""

import argparse
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kgan.evaluation.diagnosis import doctor
from kgan.generation import latents
from kgan.images import from_uint8
from kgan.models.families.styles import StyleBased
from kgan.runs import load_run


def pick_pictures(source, count):
    """Returns pictures [count, H, W, C] in [-1, 1], the same each time."""
    images = source.arrays()["image"]
    chosen = np.random.default_rng(0).permutation(len(images))[:count]
    return from_uint8(images[chosen])


def pixel_errors(pictures, images):
    """Returns the root mean squared differences [N] of images, of 255."""
    return np.sqrt(np.square(pictures - images).mean(axis=(-3, -2, -1))) * 127.5


def summarize(values):
    figures = {"median": np.median(values), "mean": np.mean(values), "most": np.max(values)}
    return {name: round(float(value), 1) for name, value in figures.items()}


def score(folder, count, steps):
    """Returns the figures of one run."""
    gan, config = load_run(folder)
    train, held_out = doctor.open_sources(config)
    if not isinstance(gan, StyleBased) or held_out is None:
        sys.exit(f"Expected a run with styles whose data hold pictures back. Received: {folder}.")
    images = pick_pictures(held_out, count)
    known = pick_pictures(train, latents.PROJECTION_SAMPLES)
    projections = {
        every_layer: [latents.project(gan, one, every_layer, steps)[1] for one in images]
        for every_layer in (False, True)
    }
    return {
        "held_out_pictures": len(images),
        "one_style": summarize(pixel_errors(np.stack(projections[False]), images)),
        "every_layer": summarize(pixel_errors(np.stack(projections[True]), images)),
        "nearest_training_picture": summarize([pixel_errors(known, one).min() for one in images]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", metavar="RUN", nargs="+", help="a run of stylegan2")
    parser.add_argument("--count", type=int, default=24, help="held-out pictures [24]")
    parser.add_argument("--steps", type=int, default=500, help="of each search [500]")
    parsed = parser.parse_args()
    for run in parsed.runs:
        print(json.dumps({"run": run, **score(run, parsed.count, parsed.steps)}, indent=2))


if __name__ == "__main__":
    main()
