"""How good are generated digits? Shares of the ten, an inception-style score, copies.

2,000 samples (seeds 0, 1, …) are box-averaged back to the 8×8 pixels of the UCI digits, and
classified by a support vector machine that was trained on the training split, its probabilities
calibrated by temperature. The inception-style score is exp E KL(p(y|x) ‖ p(y)), as a ratio to the
score of the real held-out digits. The ratio depends on the classifier (0.83 to 0.98 over four of
them): compare only figures of the same one.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import SVC

from kgan.data import digits
from kgan.images import to_uint8
from kgan.runs import load_run

SAMPLES = 2000


def to_8x8(images):
    """Returns [N, 64] in [0, 1] for uint8 images [N, S, S, 1], by averaging over boxes."""
    pictures = (Image.fromarray(image[..., 0].astype("float32")) for image in images)
    small = [np.asarray(one.resize((8, 8), Image.Resampling.BOX)) for one in pictures]
    return np.reshape(small, (len(images), 64)).astype("float64") / 255.0


def inception_style_score(probabilities):
    marginal = probabilities.mean(axis=0)
    ratio = np.log(probabilities + 1e-12) - np.log(marginal + 1e-12)
    return float(np.exp((probabilities * ratio).sum(axis=1).mean()))


def nearest(queries, references):
    """Returns each query's root mean square distance to its nearest reference."""
    squares = (queries**2).sum(1)[:, None] - 2 * queries @ references.T + (references**2).sum(1)
    return np.sqrt(np.maximum(squares.min(axis=1), 0.0) / queries.shape[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", metavar="RUN", help="the folder of a run on digits")
    gan, _ = load_run(parser.parse_args().run)
    train, test = (digits(size=8, split=split).arrays() for split in ("train", "test"))
    classifier = CalibratedClassifierCV(SVC(C=10, gamma=0.05), method="temperature", ensemble=False)
    classifier.fit(to_8x8(train["image"]), train["label"])
    real = to_8x8(test["image"])
    fake = to_8x8(to_uint8(gan.sample(range(SAMPLES))))
    real_score = inception_style_score(classifier.predict_proba(real))
    probabilities = classifier.predict_proba(fake)
    score = inception_style_score(probabilities)
    shares = np.bincount(probabilities.argmax(axis=1), minlength=10) / len(fake)
    distances, real_distances = (nearest(x, to_8x8(train["image"])) for x in (fake, real))
    print(
        json.dumps(
            {
                "samples": len(fake),
                "classifier_accuracy_on_held_out_digits": classifier.score(real, test["label"]),
                "shares": [round(share, 4) for share in shares.tolist()],
                "score": round(score, 3),
                "score_of_held_out_digits": round(real_score, 3),
                "score_ratio": round(score / real_score, 4),
                "distance_to_nearest_training_digit": {
                    "least": round(float(distances.min()), 4),
                    "median": round(float(np.median(distances)), 4),
                    "least_of_held_out_digits": round(float(real_distances.min()), 4),
                    "median_of_held_out_digits": round(float(np.median(real_distances)), 4),
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
