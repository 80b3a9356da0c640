"""Scores 2,000 samples of a run by classifiers trained with all cores, one thread and no oneDNN.

The scores should be equal: a score must not depend on the machine that trained its classifier.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SETTINGS = {
    "all cores": {},
    "one thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    "no oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
}


def score(run, settings):
    """Returns the scores of a card, as dicts, by a classifier that is trained anew."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "evaluation"
        line = ["evaluate", run, "--metrics", "fid", "recall", "--samples", "2000"]
        done = subprocess.run(
            [sys.executable, "-m", "kgan.cli", *line, "--repeats", "1", "--out", str(out)],
            env={**os.environ, **settings, "KGAN_CACHE": folder},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            sys.exit(done.returncode)  # its own line has said why
        return json.loads((out / "card.json").read_text(encoding="utf-8"))["scores"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    run = parser.parse_args().run
    for name, settings in SETTINGS.items():
        values = [f"{one['name']} {one['value']:.8g}" for one in score(run, settings)]
        print(f"{name:>12}", *values, sep="  ", flush=True)


if __name__ == "__main__":
    main()
