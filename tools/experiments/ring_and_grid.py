"""Which game finds all modes of the ring and of the grid, and with how many good samples?

A row is what follows `kgan train`; runs that --out holds are not repeated. All rows train alike:
networks `mlp_points` (128-128 each), two latents, 256 examples a critic move, 10,000 critic moves
(20,000 for the first three; 4,000 for consensus, unrolled and improved, the last of 64 examples),
learning rates that fall to 0 along a cosine, averaged weights. Protocol: Srivastava et al.
2017, arXiv:1705.07761; Lin et al. 2018, arXiv:1712.04086.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import pathlib
import shlex
import sys
import tempfile
import time

import numpy as np

SAMPLES = 2500
ROWS = (
    "r1_gan_ring",
    "r1_gan_grid",
    "pacgan_grid",
    "gan_ring",
    "lsgan_ring",
    "hinge_gan_ring",
    "gan_ring --model.name fgan",
    "relativistic_gan_ring",
    "wgan_ring",
    "wgan_gp_ring",
    "sngan_ring",
    "dragan_ring",
    "consensus_gan_ring",
    "unrolled_gan_ring",
    "improved_gan_ring",
)
# Modes and high quality in % of the ring, then of the grid: arXiv:1705.07761, 1712.04086.
PUBLISHED = {
    "GAN": (1, 99.3, 3.3, 0.5),
    "Unrolled GAN": (7.6, 35.6, 23.6, 16.0),
    "VEEGAN": (8, 52.9, 24.6, 40.0),
    "GDPP": (8, 71.7, 24.8, 68.5),
    "PacGAN 4": (7.8, 95.9, 24.8, 93.6),
}


def open_data(name):
    """Returns the source, its modes, and their standard deviation."""
    import kgan.data

    if name == "ring":
        return kgan.data.ring(), kgan.data.ring_modes(), 0.01
    return kgan.data.grid(), kgan.data.grid_modes(), 0.05


def train(job):
    """Trains one run, (row, data, seed); returns a line of the results."""
    row, data, seed = job
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    from kgan.errors import RunError
    from kgan.metrics import count_modes
    from kgan.runs.config import read_recipe
    from kgan.runs.parse import parse
    from kgan.training import loop

    # Matrices here are small. Set again in a process that has trained before, it would be refused.
    if tf.config.threading.get_intra_op_parallelism_threads() != 1:
        tf.config.threading.set_intra_op_parallelism_threads(1)
    recipe, *arguments = shlex.split(row)
    arguments += ["--data.source", data, "--training.seed", str(seed)]
    config = parse(arguments, [read_recipe(recipe)])
    _, centres, scale = open_data(data)
    start = time.monotonic()
    modes, quality = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        silent = io.StringIO()
        # A run that diverged (RunError) has no modes.
        with (
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
            contextlib.suppress(RunError),
        ):
            gan = loop.train(config, pathlib.Path(folder) / "run")
            modes, quality = count_modes(gan.sample(range(SAMPLES)), centres, scale)
    seconds = time.monotonic() - start
    line = {"row": row, "data": data, "seed": seed, "modes": modes, "s": seconds}
    return line | {"high_quality_rate": quality}


def count_baselines(data):
    """Returns the `Modes` of the true density, and of one Gaussian with its moments."""
    from kgan.metrics import count_modes

    source, centres, scale = open_data(data)
    random = np.random.default_rng(1)
    true = source.arrays()["image"]
    perfect = random.choice(true, SAMPLES)
    gaussian = random.multivariate_normal(true.mean(axis=0), np.cov(true.T), SAMPLES)
    return [count_modes(points, centres, scale) for points in (perfect, gaussian)]


def print_table(lines, rows):
    """Prints the table in Markdown."""
    print(
        "| | ring: modes of 8 | ring: high quality % | grid: modes of 25 | grid: high quality % "
        "| runs | s a run |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        own = [line for line in lines if line["row"] == row]
        if not own:
            continue
        cells = []
        for data in ("ring", "grid"):
            runs = np.array(
                [[r["modes"], 100 * r["high_quality_rate"]] for r in own if r["data"] == data]
            )
            statistics = zip(runs.mean(axis=0), runs.std(axis=0), strict=True)
            cells += [f"{mean:.1f} ± {sd:.1f}" for mean, sd in statistics]
        seeds = {line["seed"] for line in own}
        seconds = np.mean([line["s"] for line in own])
        print(f"| `{row}` | {' | '.join(cells)} | {len(seeds)} | {seconds:.0f} |")
    both = list(zip(count_baselines("ring"), count_baselines("grid"), strict=True))
    for name, (ring, grid) in zip(("true samples", "one Gaussian"), both, strict=True):
        cells = [f"{modes.covered} | {100 * modes.high_quality_rate:.1f}" for modes in (ring, grid)]
        print(f"| {name} | {' | '.join(cells)} | | |")
    for name, numbers in PUBLISHED.items():
        print(f"| published: {name} | {' | '.join(str(n) for n in numbers)} | | |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="runs of each row and data [5]")
    parser.add_argument("--only", nargs="*", choices=ROWS, default=ROWS, metavar="ROW")
    parser.add_argument("--workers", type=int, default=1, help="runs at once [1]")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/modes.jsonl"))
    parsed = parser.parse_args()
    lines = []
    if parsed.out.exists():
        lines = [json.loads(line) for line in parsed.out.read_text().splitlines()]
    done = {(line["row"], line["data"], line["seed"]) for line in lines}
    jobs = [
        (row, data, seed)
        for seed in range(parsed.seeds)
        for row in parsed.only
        for data in ("ring", "grid")
        if (row, data, seed) not in done
    ]
    parsed.out.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    # A process keeps what TensorFlow traced: it is replaced after some runs.
    pool = multiprocessing.get_context("spawn").Pool(parsed.workers, maxtasksperchild=8)
    with pool, parsed.out.open("a") as out:
        for number, line in enumerate(pool.imap_unordered(train, jobs), 1):
            lines.append(line)
            out.write(json.dumps(line) + "\n")
            out.flush()
            left = (time.monotonic() - start) / number * (len(jobs) - number)
            print(
                f"{number}/{len(jobs)} {line['row']}, {line['data']}, seed {line['seed']}: "
                f"{line['modes']} modes, {100 * line['high_quality_rate']:.1f} % of high quality, "
                f"{line['s']:.0f} s; {left / 60:.0f} min left",
                file=sys.stderr,
            )
    print_table(lines, parsed.only)


if __name__ == "__main__":
    main()
