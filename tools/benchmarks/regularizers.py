"""What regularizers and augmentations cost: rounds of DCGAN's networks with each, beside none.

They take turns in one process, so that a machine that slows down slows all of them; the ratios are
medians over turns. DCGAN with a plain critic, 32×32×3, width 32, batch 64.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

CONTESTANTS = {
    "none": {},
    "r1": {"regularizers": {"r1": {"weight": 1.0}}},
    "r1 + r2": {"regularizers": {"r1": {"weight": 1.0}, "r2": {"weight": 1.0}}},
    "r1 every 16": {"regularizers": {"r1": {"weight": 1.0, "every": 16}}},
    "gradient_penalty": {"regularizers": {"gradient_penalty": {}}},
    "lecam": {"regularizers": {"lecam": {}}},
    "balanced_consistency": {"regularizers": {"balanced_consistency": {}}},
    "orthogonal": {"regularizers": {"orthogonal": {}}},
    "diffaugment": {"augmentations": {"diffaugment": {}}},
    "ada": {"augmentations": {"ada": {"probability": 0.5}}},
}


def build(options):
    """Returns a traced round of a new model, and its batch."""
    import tensorflow as tf

    from kgan.models import DCGAN

    gan = DCGAN((32, 32, 3), width=32, network="dcgan_plain_critic", **options)
    gan.compile()
    batch = {"image": tf.random.stateless_uniform((64, 32, 32, 3), (0, 0), -1.0, 1.0)}
    step = tf.function(gan.train_step)
    step(batch)
    return lambda: step(batch)["discriminator_loss"].numpy()


def measure(step, rounds):
    """Returns the seconds of some rounds."""
    start = time.perf_counter()
    for _ in range(rounds):
        step()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=16)
    arguments = parser.parse_args()
    steps = {name: build(options) for name, options in CONTESTANTS.items()}
    seconds = {name: [] for name in steps}
    for _ in range(arguments.turns):
        for name, step in steps.items():
            seconds[name].append(measure(step, arguments.rounds))
    for name, turns in seconds.items():
        ratios = [own / none for own, none in zip(turns, seconds["none"], strict=True)]
        rate = 64 * arguments.rounds / statistics.median(turns)
        low, high = min(ratios), max(ratios)
        print(
            f"{name:22} {rate:7.0f} images/s   x {statistics.median(ratios):.2f} "
            f"of a plain round's time ({low:.2f} to {high:.2f})"
        )


if __name__ == "__main__":
    main()
