"""Does a generator of faces show all there is? The share of each skin, hair colour and accessory.

A small network that was trained on real faces reads the attributes of generated ones and of real
ones that it has not seen. A value of which real faces have more than 3 % is there as often as it
should be if its share is within a factor of 2.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from kgan.data import faces
from kgan.images import from_uint8
from kgan.runs import load_run

ATTRIBUTES = ("skin_color", "hair_color", "accessory")
RARE = 0.03


def train_reader(source):
    """Returns a function of images [N, H, W, 3] in [-1, 1] to `{attribute: values [N]}`."""
    keras.utils.set_random_seed(0)
    arrays = source.arrays()
    image = keras.Input(source.spec["image"].shape)
    x = image
    for width in (32, 64, 96, 128):
        x = layers.Conv2D(width, 3, 2, "same", activation="elu")(x)
    x = layers.Dropout(0.3)(layers.Dense(128, "elu")(layers.Flatten()(x)))
    heads = {name: layers.Dense(len(source.names[name]), name=name)(x) for name in ATTRIBUTES}
    network = keras.Model(image, heads)
    loss = {n: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for n in ATTRIBUTES}
    network.compile(keras.optimizers.Adam(1e-3), loss)
    values = {name: arrays[name] for name in ATTRIBUTES}
    network.fit(from_uint8(arrays["image"]), values, batch_size=64, epochs=8, verbose=0)

    def read(images):
        logits = network.predict(images, batch_size=256, verbose=0)
        return {name: logits[name].argmax(axis=1) for name in ATTRIBUTES}

    return read


def compare_shares(real, generated, values):
    """Returns `{value: [share of real ones, of generated ones]}`, and whether all is there."""
    shares = [np.bincount(each, minlength=len(values)) / len(each) for each in (real, generated)]
    common = shares[0] > RARE
    factors = shares[1][common] / shares[0][common]
    table = dict(zip(values, np.round(np.stack(shares, axis=1), 3).tolist(), strict=True))
    missing = [v for v, real, own in zip(values, *shares, strict=True) if real > 0 and own == 0]
    factor = float(np.maximum(factors, 1 / np.maximum(factors, 1e-9)).max())
    return {"shares": table, "missing": missing, "largest_factor": round(factor, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="the folder of a run on faces")
    parser.add_argument("--samples", type=int, default=2000)
    parsed = parser.parse_args()
    gan, config = load_run(parsed.run)
    read = train_reader(faces(config.data["size"], split="train"))
    unseen = faces(config.data["size"], parsed.samples, split="test")
    real = unseen.arrays()
    told = gan.condition_in(gan.name_batch(real)) if gan.condition_keys else {}
    generated = read(gan.sample(range(parsed.samples), told))
    known = read(from_uint8(real["image"]))
    scores = {}
    for name in ATTRIBUTES:
        scores[name] = compare_shares(real[name], generated[name], unseen.names[name])
        scores[name]["reader_accuracy"] = round(float((known[name] == real[name]).mean()), 4)
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
