"""How near do translated glyphs come to their targets? Pixel error and sharpness.

The characters are held out. RMSE is in units of the full range of grey, beside that of copying the
source. Sharpness is the mean size of the gradient between neighbouring pixels; a blurred picture
has less of it than a real one.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kgan.data import open_source
from kgan.images import save_grid
from kgan.metrics import sharpness
from kgan.runs import load_run

PICTURED = 24


def rmse(first, second):
    return float(np.sqrt(np.mean(np.square(first - second)))) / 2.0


def compare(made, source, target):
    copied = rmse(source, target)
    return {
        "rmse": round(rmse(made, target), 4),
        "rmse_of_copying_the_source": round(copied, 4),
        "below_copying": round(1.0 - rmse(made, target) / copied, 4),
        "sharpness": round(sharpness(made), 4),
        "sharpness_of_real": round(sharpness(target), 4),
    }


def nearest_targets(held_out, seen):
    """Returns for each source the target of the nearest source seen: what rote learning scores."""
    flat = [images.reshape(len(images), -1) for images in (held_out["source"], seen["source"])]
    nearest = [np.square(flat[1] - source).sum(axis=1).argmin() for source in flat[0]]
    return seen["target"][nearest]


def scale_images(arrays):
    return {key: v / 127.5 - 1.0 for key, v in arrays.items() if v.dtype == np.uint8}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="the folder of a pix2pix, cyclegan or cut run on glyphs")
    parser.add_argument("--picture", metavar="FILE", help="a .png: source, translation, target")
    parsed = parser.parse_args()
    gan, config = load_run(parsed.run)
    options = {k: v for k, v in config.data.items() if k != "source"}
    # The same pictures for every recipe: characters as the font has them, none seen in training.
    options |= {"split": "test", "variants": 1}
    held_out = scale_images(open_source(config.data["source"], options).arrays())
    count = len(next(iter(held_out.values())))
    ways = [("source", "target")] if "source" in held_out else [("a", "b"), ("b", "a")]
    ways = [way for way in ways if way[0] in gan.image_conditions]  # of cut there is one
    scores, rows = {"held_out_pairs": count}, []
    for start, end in ways:
        made = gan.sample(range(count), {start: held_out[start]})
        scores[f"{start}_to_{end}"] = compare(made, held_out[start], held_out[end])
        rows.append(np.concatenate([held_out[start], made, held_out[end]], axis=2)[:PICTURED])
    if "source" in held_out:
        seen = scale_images(
            open_source(config.data["source"], options | {"split": "train"}).arrays()
        )
        scores["rmse_of_the_nearest_seen"] = round(
            rmse(nearest_targets(held_out, seen), held_out["target"]), 4
        )
    if parsed.picture:
        save_grid(parsed.picture, np.concatenate(rows), columns=6)
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
