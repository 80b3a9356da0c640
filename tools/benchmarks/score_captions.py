"""Do painted glyphs or faces show what the caption says? Accuracy of each thing that it says.

Each attribute is classified by a small convolutional network that was trained on real pictures of
all combinations; its accuracy on real pictures that it has not seen is printed too.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from kgan.data import open_source
from kgan.images import from_uint8
from kgan.runs import load_run

# What a caption says, by source, and the split whose combinations training never showed.
ATTRIBUTES = {
    "captions": ("label", "color", "background"),
    "faces": ("skin_color", "hair_color", "accessory", "facial_hair"),
}
UNSEEN = {"captions": "test", "faces": "unseen"}


def train_classifier(images, values):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            layers.Conv2D(32, 3, 2, "same", activation="relu"),
            layers.Conv2D(64, 3, 2, "same", activation="relu"),
            layers.Conv2D(64, 3, 2, "same", activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(int(values.max()) + 1),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-3), loss)
    network.fit(images, values, batch_size=64, epochs=4, verbose=0)
    return lambda images: network.predict(images, batch_size=256, verbose=0).argmax(axis=1)


def read_examples(config, split):
    """Returns the arrays of a split in a fixed random order."""
    options = {k: v for k, v in config.data.items() if k != "source"}
    source = open_source(config.data["source"], {**options, "split": split})
    arrays = source.arrays()
    for key in ("accessory", "facial_hair"):
        if key in source.names:  # of which a caption says the kind: any glasses, any beard
            kinds = [value.split()[-1] for value in source.names[key]]
            arrays[key] = np.array([sorted(set(kinds)).index(kind) for kind in kinds])[arrays[key]]
    order = np.random.default_rng(0).permutation(len(arrays["caption"]))
    return {key: values[order] for key, values in arrays.items()}


def train_readers(config):
    """Returns `{attribute: classifier}`, and their accuracy on real pictures they have not seen."""
    everything = read_examples(config, "all")
    images = from_uint8(everything["image"])
    held = len(images) // 5
    readers = {
        key: train_classifier(images[held:], everything[key][held:])
        for key in ATTRIBUTES[config.data["source"]]
    }
    right = {key: read(images[:held]) == everything[key][:held] for key, read in readers.items()}
    return readers, {key: round(float(hits.mean()), 4) for key, hits in right.items()}


def score(gan, config, readers, count):
    """Returns how often the captions' attributes are recognised, for captions of both splits."""
    scores = {}
    for split in ("train", UNSEEN[config.data["source"]]):
        examples = {key: values[:count] for key, values in read_examples(config, split).items()}
        prompts = [caption.decode() for caption in examples["caption"]]
        made = gan.sample(range(len(prompts)), {"prompt": prompts})
        right = {key: read(made) == examples[key] for key, read in readers.items()}
        scores[f"captions_of_{split}"] = {
            **{key: round(float(hits.mean()), 4) for key, hits in right.items()},
            "all": round(float(np.all(list(right.values()), axis=0).mean()), 4),
            "captions": len(prompts),
        }
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders of text_to_image runs on the same data")
    parser.add_argument("--count", type=int, default=1000, help="captions of each split [1000]")
    parsed = parser.parse_args()
    readers = None
    for run in parsed.runs:
        gan, config = load_run(run)
        if readers is None:
            readers, real = train_readers(config)
            print(json.dumps({"real": real}, indent=2), flush=True)
        scores = score(gan, config, readers, parsed.count)
        print(json.dumps({"run": run, **scores}, indent=2), flush=True)


if __name__ == "__main__":
    main()
