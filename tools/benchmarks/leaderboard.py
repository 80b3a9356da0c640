"""GANs side by side: each trains for the same minutes on this machine, then all are scored alike.

A row's rounds are as many as fit into the minutes, by a measurement of a few; so schedules come to
their end. Runs that --out holds are not repeated: more seeds and rows can be added later. Writes a
table in Markdown and a picture of a row of samples each.
"""

import argparse
import json
import os
import pathlib
import platform
import shlex

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kgan.evaluation import evaluate
from kgan.evaluation.compare import Measurement, format_table, read_measurements
from kgan.files import write_text
from kgan.images import save_grid, to_uint8
from kgan.runs import build, load_run
from kgan.runs.config import read_recipe
from kgan.runs.parse import parse
from kgan.training import train
from kgan.training.plan import probe

# The recipe of each row, with what differs; sizes and networks are those of the recipes.
ROWS = {
    "dcgan": "dcgan_faces",
    "lsgan": "dcgan_faces --model.name lsgan",
    "wgan_gp": "dcgan_faces --model.name wgan_gp --model.regularizers null",
    "sngan": "sngan_faces",
    "sagan": "sagan_faces",
    "biggan": "biggan_faces",
    "stylegan2": "stylegan2_faces",
    "r3gan": "r3gan_faces",
    "projected_gan": "projected_gan_faces",
    # What each part of R3GAN is worth.
    "r3gan without R2": "r3gan_faces --model.regularizers '{r1: {weight: 2.0}}'",
    "r3gan without pairing": "r3gan_faces --model.adversarial non_saturating",
}
MNIST = "--data.source mnist --data.size 32"
METRICS = ("fid", "kid", "precision", "recall", "coverage", "copies")
EPOCHS = 10
PICTURED = 12


def plan_rounds(arguments, recipe, minutes):
    """Returns rounds an epoch, so that `EPOCHS` of them take the minutes."""
    config = parse(arguments, [read_recipe(recipe)])
    measured = probe(config, config.training.batch_size, config.training.precision)
    if measured.failure:
        raise SystemExit(measured.failure)
    return max(1, int(60 * minutes / measured.seconds / EPOCHS))


def run_row(name, data, seed, minutes, samples, out):
    """Trains and scores one run; returns its folder."""
    recipe, *arguments = shlex.split(ROWS[name])
    arguments += shlex.split(MNIST) if data == "mnist" else []
    if data == "mnist" and name == "biggan":
        arguments += ["--model.latent_size", "64"]
    folder = out / f"{data}-{name.replace(' ', '_')}-{seed}"
    if not (folder / "evaluation" / "card.json").exists():
        length = out / f"{data}-{name.replace(' ', '_')}.json"
        if not length.exists():  # seeds of a row have one length
            rounds = plan_rounds(arguments, recipe, minutes)
            write_text(length, json.dumps({"steps_per_epoch": rounds}))
        rounds = json.loads(length.read_text())["steps_per_epoch"]
        arguments += ["--training.seed", str(seed), "--training.epochs", str(EPOCHS)]
        arguments += ["--training.steps_per_epoch", str(rounds)]
        train(parse(arguments, [read_recipe(recipe)]), folder)
        evaluate(folder, names=METRICS, samples=samples, repeats=1)
    return folder


def describe(folder):
    """Returns the measurements of a run: scores, images a second and millions of parameters."""
    gan, config = load_run(folder)
    measured = read_measurements(folder)
    images = gan.rounds * config.training.batch_size
    networks = [network for network in (gan.generator, gan.discriminator) if network]
    weights = sum(int(np.prod(w.shape)) for n in networks for w in n.trainable_weights)
    speed = images / (60 * measured["minutes"].value)
    return {
        **measured,
        "thousands of images": Measurement(images / 1000, "higher"),
        "images/s": Measurement(speed, "higher"),
        "million weights": Measurement(weights / 1e6, "lower"),
    }


def draw(folders, path):
    """Writes a row of samples of each run."""
    rows = []
    for folder in folders:
        gan, config = load_run(folder)
        told = {}
        if gan.condition_keys:
            source = build.open_data(config)
            told = gan.condition_in(gan.name_batch(source.examples(np.arange(PICTURED))))
        rows.append(to_uint8(gan.sample(range(PICTURED), told)))
    save_grid(path, np.concatenate(rows), columns=PICTURED)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=("faces", "mnist"), default="faces")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS)[:9])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/leaderboard"))
    parsed = parser.parse_args()
    parsed.out.mkdir(parents=True, exist_ok=True)
    scores, pictured = {}, []
    for name in parsed.rows:
        common = (parsed.minutes, parsed.samples, parsed.out)
        folders = [run_row(name, parsed.data, seed, *common) for seed in parsed.seeds]
        scores[name] = [describe(folder) for folder in folders]
        pictured.append(folders[0])
        table = format_table(scores)
        write_text(parsed.out / f"{parsed.data}.md", table + "\n")
    draw(pictured, parsed.out / f"{parsed.data}.png")
    print(f"{parsed.minutes:g} minutes each on {os.cpu_count()} cores, {platform.processor()}\n")
    print(table)


if __name__ == "__main__":
    main()
