"""Are generated digits of the class that was given? Conditional accuracy, by class.

The classifier is a support vector machine trained on the training split, as in score_digits.py; it
classifies 99 % of the held-out digits rightly.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from score_digits import to_8x8
from sklearn.svm import SVC

from kgan.data import digits
from kgan.images import to_uint8
from kgan.runs import load_run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="the folder of a run on digits with labels")
    parser.add_argument("--count", type=int, default=200, help="samples of each class [200]")
    parsed = parser.parse_args()
    train, test = (digits(size=8, split=split).arrays() for split in ("train", "test"))
    classifier = SVC(C=10, gamma=0.05).fit(to_8x8(train["image"]), train["label"])
    gan, _ = load_run(parsed.run)
    labels = np.repeat(np.arange(10), parsed.count)
    made = gan.sample(range(len(labels)), {"label": labels})
    right = classifier.predict(to_8x8(to_uint8(made))) == labels
    by_class = right.reshape(10, -1).mean(axis=1)
    print(
        json.dumps(
            {
                "samples": len(labels),
                "classifier_accuracy_on_held_out_digits": round(
                    classifier.score(to_8x8(test["image"]), test["label"]), 4
                ),
                "conditional_accuracy": round(float(right.mean()), 4),
                "conditional_accuracy_by_class": [round(float(share), 3) for share in by_class],
                "spread_within_a_class": round(
                    float(made.reshape(10, parsed.count, -1).std(axis=1).mean()), 4
                ),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
