"""Trains recipes with several seeds and prints what they score, as a Markdown table.

Every training and every evaluation is a `kgan` process of its own, one after the other: the same
lines a person would type, and the seconds are comparable.
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys

import numpy as np


def kgan(*arguments):
    line = [sys.executable, "-c", "import sys; from kgan.cli import main; sys.exit(main())"]
    done = subprocess.run([*line, *map(str, arguments)], check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit(done.returncode)  # its own line has said why


def scores_of(row, seed, parsed):
    """Returns `{metric: value}` of a run, trained and evaluated unless it was before."""
    name = "".join(c if c.isalnum() or c in "_-." else "-" for c in row)
    folder = pathlib.Path(parsed.out) / f"{name}-{seed}"
    print(f"--- {row}, seed {seed}: {folder}", file=sys.stderr, flush=True)
    kgan("train", *shlex.split(row), "--training.seed", seed, "--out", folder)
    asked = ["--samples", parsed.samples, "--repeats", 1]
    asked += ["--against", parsed.against] if parsed.against else []
    asked += ["--metrics", *parsed.metrics] if parsed.metrics else []
    kgan("evaluate", folder, *asked)
    card = json.loads((folder / "evaluation" / "card.json").read_text(encoding="utf-8"))
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    seconds = sum(json.loads(line)["seconds"] for line in lines)
    found = {score["name"]: (float(score["value"]), score["better"]) for score in card["scores"]}
    return {**found, "minutes": (seconds / 60, "lower")}


def spread(values):
    if len(values) == 1:
        return f"{values[0]:.4g}"
    return f"{np.mean(values):.4g} ± {np.std(values, ddof=1):.2g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="+", help="recipes, each with its options in one word")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each: seeds 0, 1, … [3]")
    parser.add_argument("--metrics", nargs="+", help="as for kgan evaluate [all that fit]")
    parser.add_argument("--samples", type=int, default=1000, help="generated of each run [1000]")
    parser.add_argument("--against", help="real data [each run's own]")
    parser.add_argument("--out", default="runs/compare", help="folder of the runs [runs/compare]")
    parsed = parser.parse_args()
    if parsed.seeds < 1:
        parser.error(f"expected --seeds of at least 1, received {parsed.seeds}")
    found = {
        row: [scores_of(row, seed, parsed) for seed in range(parsed.seeds)] for row in parsed.rows
    }
    columns = dict.fromkeys(name for runs in found.values() for name in runs[0])
    better = {name: runs[0][name][1] for runs in found.values() for name in runs[0]}
    print(f"| recipe ({parsed.seeds} seeds) | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    print("| better is | " + " | ".join(better[name] for name in columns) + " |")
    for row, runs in found.items():
        cells = [
            spread([run[name][0] for run in runs]) if name in runs[0] else "" for name in columns
        ]
        print(f"| `{row}` | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
