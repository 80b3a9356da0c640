"""Seconds and memory of kgan's scores, and of torch-fidelity's on the same features.

Every row is a process of its own, one after the other: seconds are of the score alone, without
imports and without making the features; memory is the whole process's peak.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

NAMES = ("fid", "kid", "precision and recall")


def features(samples, width, side, start=0):
    """Returns float32 [N, D] such as a rectifier's: correlated, half of them zero.

    Args:
        samples: N.
        width: D.
        side: 0 or 1, of two samples that differ a little.
        start: number of the first row.
    """
    mixing = np.random.default_rng(0).standard_normal((64, width), np.float32)
    rows = np.empty((samples, width), np.float32)
    for place in range(0, samples, 1000):  # no second array of this size: peak memory is measured
        random = np.random.default_rng((side, start + place))
        part = rows[place : place + 1000]
        part[:] = random.standard_normal((len(part), 64), np.float32) @ mixing
        part += 0.1 * side + random.standard_normal(part.shape, np.float32)
        np.maximum(part, 0.0, out=part)
    return rows


def by_kgan(name, samples, width):
    from kgan import metrics

    functions = {
        "fid": metrics.fid,
        "kid": metrics.kid,
        "precision and recall": lambda real, fake: metrics.precision_recall(real, fake)[1],
    }
    return functions[name], features(samples, width, 0), features(samples, width, 1)


def by_torch_fidelity(name, samples, width):
    import torch

    def module(short):
        return importlib.import_module(f"torch_fidelity.metric_{short}")

    def fid(real, fake):
        statistics = [module("fid").fid_features_to_statistics(f) for f in (real, fake)]
        scores = module("fid").fid_statistics_to_metric(*statistics, verbose=False)
        return scores["frechet_inception_distance"]

    def kid(real, fake):
        scores = module("kid").kid_features_to_metric(real, fake, verbose=False)
        return scores["kernel_inception_distance_mean"]

    def recall(real, fake):
        return module("prc").prc_features_to_metric(fake, real, verbose=False)["recall"]

    functions = {"fid": fid, "kid": kid, "precision and recall": recall}
    whole = (torch.from_numpy(features(samples, width, seed)) for seed in (0, 1))
    return functions[name], *whole


def streamed(samples, width):
    """Returns the FID of features that come in batches and are never held together."""
    from kgan.metrics import Moments, fid

    both = Moments(), Moments()
    for start in range(0, samples, 1000):
        for side, moments in enumerate(both):
            moments.update(features(min(1000, samples - start), width, side, start))
    return fid(*both)


def of_pictures(samples):
    """Returns the seconds that FID of 32x32 pictures takes, `classifier` making the features."""
    import kgan.data
    from kgan import metrics

    digits = kgan.data.digits(split="train").arrays()
    extractor = metrics.classifier(digits["image"], digits["label"])  # trained once, then cached
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (2, samples, 32, 32, 1), np.uint8)
    started = time.perf_counter()
    real, fake = (extractor(part).pooled for part in pictures)
    return metrics.fid(real, fake), time.perf_counter() - started


def row(kind, name, samples, width):
    """Measures one row in this process, and prints it as JSON."""
    if kind == "pictures":
        value, seconds = of_pictures(samples)
    else:
        if kind == "streamed":
            compute, arguments = streamed, (samples, width)
        else:
            make = by_kgan if kind == "kgan" else by_torch_fidelity
            compute, *arguments = make(name, samples, width)
        started = time.perf_counter()
        value = compute(*arguments)
        seconds = time.perf_counter() - started
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"value": float(value), "seconds": seconds, "gib": gib}))


def measured(python, *arguments):
    line = [python, __file__, "--row", *map(str, arguments)]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000, help="of each side [10000]")
    parser.add_argument("--features", type=int, default=2048, help="of each sample [2048]")
    parser.add_argument("--torch-python", help="python of an environment with torch-fidelity")
    parser.add_argument("--row", nargs=4, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.row:
        kind, name, samples, width = parsed.row
        row(kind, name, int(samples), int(width))
        return
    size = parsed.samples, parsed.features
    print("| score | of | samples | by | value | seconds | peak GiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    rows = [(name, by) for name in NAMES for by in ("kgan", "torch-fidelity")]
    rows += [("fid", "streamed"), ("fid", "pictures")]
    for name, by in rows:
        python = parsed.torch_python if by == "torch-fidelity" else sys.executable
        if python is None:
            continue
        count = 50_000 if by == "streamed" else size[0]
        result = measured(python, by, name, count, size[1])
        what = "32x32 pictures, classifier" if by == "pictures" else f"{size[1]} features"
        who = {"streamed": "kgan, in batches", "pictures": "kgan"}.get(by, by)
        print(
            f"| {name} | {what} | {count} | {who} | {result['value']:.6g} | "
            f"{result['seconds']:.1f} | {result['gib']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
