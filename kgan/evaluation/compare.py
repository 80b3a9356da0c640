"""Compares recipes: trains each with several seeds, scores every run, and tabulates the scores."""

import json
import pathlib
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgan.data import parse_source
from kgan.errors import InputError, RunError, check_whole
from kgan.evaluation.output import CARD
from kgan.log import warn
from kgan.metrics import parse_name
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.types import PathLike


class Measurement(NamedTuple):
    """A number that was measured of one run.

    Attributes:
        value: the number.
        better: which values are better: `"lower"`, `"higher"` or `"near the ideal"`.
    """

    value: float
    better: str


def compare_recipes(
    rows: Sequence[str],
    seeds: int = 3,
    names: Sequence[str] | None = None,
    samples: int = 1000,
    against: str | None = None,
    out: PathLike = "runs/compare",
) -> str:
    """Trains recipes with several seeds, scores every run, and returns a table of the scores.

    Every training and every evaluation is a `kgan` process of its own, one after the other, so
    that their seconds can be compared. Runs that are finished are not trained again; interrupted
    ones are resumed.

    Args:
        rows: recipes or variants, each with its options in one text, e.g.
            `"dcgan_digits --model.width 16"`.
        seeds: runs of each row, with `training.seed` 0, 1, …; ≥ 1.
        names: metric names, as for `evaluate`; None for all that fit.
        samples: generated samples of each run, ≥ 2.
        against: the real data, as for `evaluate`; None for each run's own.
        out: folder of the runs, `OUT/ROW-SEED`.

    Returns:
        A table in Markdown: the mean of each metric over the seeds, ± its standard deviation, and
        the minutes of training.

    Raises:
        InputError: for a row, an option, a metric or data that kgan does not know; before
            anything is trained.
        RunError: for a training or an evaluation that fails.

    Example:
        >>> print(compare_recipes(["dcgan_digits", "vae_digits"], names=["fid", "recall"]))
        | recipe (3 seeds) | fid/classifier/1000 | recall/classifier/1000 | minutes |
        …
    """
    check_whole(1, seeds=seeds)
    check_whole(2, samples=samples)
    lines = {row: _parse_row(row) for row in rows}
    if len(lines) < len(rows):
        raise InputError(f"Expected different rows. Received: {', '.join(rows)}.")
    for name in names or ():
        parse_name(name)
    if against is not None:
        parse_source(against)
    evaluate = ["--samples", str(samples), "--repeats", "1"]
    evaluate += ["--against", against] if against is not None else []
    evaluate += ["--metrics", *names] if names else []
    scores = {}
    for row, line in lines.items():
        folders = [pathlib.Path(out) / f"{_to_file_name(row)}-{seed}" for seed in range(seeds)]
        for seed, folder in enumerate(folders):
            warn(f"{row}, seed {seed}: {folder}")
            _run_kgan("train", *line, "--training.seed", str(seed), "--out", str(folder))
            _run_kgan("evaluate", str(folder), *evaluate)
        scores[row] = [read_measurements(folder) for folder in folders]
    return format_table(scores)


def read_measurements(folder: PathLike) -> dict[str, Measurement]:
    """Returns `{name: Measurement}` of a run's card, and its minutes of training.

    Args:
        folder: of a run that was trained, and evaluated into `folder/evaluation`.
    """
    folder = pathlib.Path(folder)
    card = json.loads((folder / "evaluation" / CARD).read_text(encoding="utf-8"))
    log = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    seconds = sum(json.loads(line)["seconds"] for line in log)
    scores = card["scores"]
    measured = {one["name"]: Measurement(float(one["value"]), one["better"]) for one in scores}
    return {**measured, "minutes": Measurement(seconds / 60, "lower")}


def format_table(scores: dict[str, list[dict[str, Measurement]]]) -> str:
    """Returns a Markdown table, a row for each recipe and a column for each metric.

    Args:
        scores: for each row, as many dicts of measurements as there are seeds.

    Example:
        >>> print(format_table({"a": [{"fid": Measurement(1.0, "lower")}]}))
        | recipe (1 seed) | fid |
        | --- | --- |
        | better is | lower |
        | `a` | 1 |
    """
    runs = [run for of_row in scores.values() for run in of_row]
    better = {name: one.better for run in runs for name, one in run.items()}
    count = len(next(iter(scores.values())))
    head = f"recipe ({count} seed{'s' if count > 1 else ''})"
    lines = [[head, *better], ["---"] * (1 + len(better)), ["better is", *better.values()]]
    for row, of_row in scores.items():
        columns = [[run[name].value for run in of_row if name in run] for name in better]
        lines.append([f"`{row}`", *map(_format_spread, columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _format_spread(values):
    if not values:
        return ""
    mean = f"{np.mean(values):.4g}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values, ddof=1):.2g}"


def _parse_row(row):
    """Returns the arguments of `kgan train` that a row stands for, once they have been checked."""
    try:
        recipe, *options = shlex.split(row)
    except ValueError as error:
        raise InputError(
            f"Expected a recipe, then --SECTION.KEY VALUE. Received: {row!r}."
        ) from error
    options = [
        option.replace("--data", "--data.source", 1)
        if option == "--data" or option.startswith("--data=")
        else option
        for option in options
    ]
    if any(option.partition("=")[0] == "--training.seed" for option in options):
        raise InputError(f"Expected rows without --training.seed. Received: {row}. Give --seeds.")
    parse(options, [read_recipe(recipe)])
    return [recipe, *options]


def _to_file_name(row):
    return re.sub(r"[^\w.]+", "-", row)


def _run_kgan(*arguments):
    """Runs a command of kgan, which prints to standard error: the table is all that is output."""
    process = subprocess.Popen([sys.executable, "-m", "kgan.cli", *arguments], stdout=sys.stderr)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()  # Ctrl-C reaches it too: it saves the round
        raise
    if code:
        line = shlex.join(["kgan", *arguments])
        raise RunError(f"Expected `{line}` to succeed. Received: exit code {code}; see above.")
