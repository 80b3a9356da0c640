"""Trains, scores and exports the generators of saved_models/: see tools/make_saved_models.

A finished run is used as it is, an interrupted one is resumed. Every command is printed before it
runs. At the end a table of all artefacts is printed, and written to saved_models/README.md.
"""

import argparse
import pathlib
import shlex
import subprocess
import sys

from kgan.files import write_text

RECIPES = {
    "digits": "projection_gan_digits",
    "stylegan2_digits": "stylegan2_digits",
    "fonts": "cyclegan_glyphs",
    "captions": "text_to_image_glyphs",
    "super_resolution": "srgan_faces",
    "colorization": "colorization_faces",
}
LARGEST = 3_000_000  # bytes of weights: these files are cloned with the source
HEAD = """# Small trained generators

Made by `tools/make_saved_models`: train, evaluate, export. `kgan serve saved_models` serves them.
Each folder has a model card (`README.md`), with its scores and the command that made it, and a
manifest; `VERSION/` is what TensorFlow Serving loads, the `.tflite` files are for devices and
browsers.
"""


def kgan(*arguments):
    """Prints a command and runs it; exits if it fails, having said why."""
    print("$", line_of(arguments), flush=True)
    line = [sys.executable, "-m", "kgan.cli"]
    done = subprocess.run([*line, *map(str, arguments)], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def line_of(arguments):
    return shlex.join(["kgan", *map(str, arguments)])


def lines_for(name, parsed):
    """Returns the argument lists of the lines that make an artefact."""
    recipe = RECIPES[name]
    run, options = pathlib.Path(parsed.runs) / recipe, shlex.split(parsed.options)
    # A run's own configuration, so that one with other options is taken too.
    whose = ["--config", run / "config.yaml"] if (run / "config.yaml").exists() else [recipe]
    whose += [] if (run / "config.yaml").exists() else options
    return [
        ["train", *whose, "--out", run],
        ["evaluate", run, "--samples", parsed.samples],
        [
            *("export", run, "--to", pathlib.Path(parsed.to) / name),
            *("--formats", "saved_model,litert", "--quantize", parsed.quantize),
        ],
    ]


def row_of(name, folder):
    """Returns the table's row of an artefact; ends where its weights are too many."""
    (version,) = (path for path in folder.iterdir() if path.name.isdigit())
    weights = sum(path.stat().st_size for path in (version / "variables").iterdir())
    if weights > LARGEST:
        sys.exit(f"Expected weights of at most {LARGEST} bytes for {name}. Received: {weights}.")
    files = [
        f"`{path.name}` {path.stat().st_size / 1e6:.2f}" for path in sorted(folder.glob("*.tflite"))
    ]
    return f"| [{name}]({name}) | `{RECIPES[name]}` | {weights / 1e6:.2f} | {', '.join(files)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(RECIPES)} [all]")
    parser.add_argument("--runs", default="runs", help="folder of the runs [runs]")
    parser.add_argument("--to", default="saved_models", help="folder to make [saved_models]")
    parser.add_argument("--samples", type=int, default=1000, help="for the scores [1000]")
    parser.add_argument("--quantize", default="none,int8", help="as for kgan export [none,int8]")
    parser.add_argument(
        "--options", default="", help="in one word, for new trainings: '--training.epochs 1'"
    )
    parsed = parser.parse_args()
    names = parsed.names or list(RECIPES)
    for name in names:
        if name not in RECIPES:
            parser.error(f"expected names of {', '.join(RECIPES)}, received {name}")
        if (pathlib.Path(parsed.to) / name).exists():
            parser.error(f"{pathlib.Path(parsed.to) / name} is there: remove it, to make it anew")
    for name in names:
        for arguments in lines_for(name, parsed):
            kgan(*arguments)
    there = {name: pathlib.Path(parsed.to) / name for name in RECIPES}
    rows = [row_of(name, folder) for name, folder in there.items() if folder.exists()]
    head = ["| | recipe | weights, MB | LiteRT, MB |", "| --- | --- | --- | --- |"]
    table = "\n".join([*head, *rows])
    print(f"\n{table}")
    write_text(pathlib.Path(parsed.to) / "README.md", f"{HEAD}\n{table}\n")


if __name__ == "__main__":
    main()
