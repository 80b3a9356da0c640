"""Writes or checks digests of all that training and sampling compute: see tools/digest.

Every game is played in a fresh process with one thread, since layer names and thread counts decide
the order of sums. A digest holds the SHA-256 of each variable's shape, type and bytes, in sorted
order: names and nesting may change, values may not.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROUNDS = 20
RECIPES = {
    "dcgan_digits": [],
    "projection_gan_digits": [],
    "cyclegan_glyphs": [],
    "wgan_gp_ring": ["--training.steps_per_execution", "20"],
    "seqgan_grammar": ["--model.pretraining_steps", "6", "--model.critic_pretraining_steps", "4"],
}
ROOT = pathlib.Path(__file__).parents[2]


def digest_of(array):
    """Returns a text of an array's type, shape and content."""
    content = hashlib.sha256(array.tobytes()).hexdigest()[:16]
    return f"{array.dtype}{list(array.shape)} {content}"


def digest_variant(name):
    """Returns the digests of a variant's example after some rounds."""
    import numpy as np

    from kgan.registry import MODELS
    from tests import games

    gan = MODELS.get(name).example()
    gan.compile()
    losses = games.fit(gan, batches=ROUNDS)
    optimizers = [v for optimizer in gan.optimizers.values() for v in optimizer.variables]
    variables = {id(v): v for v in [*gan.weights, *optimizers]}.values()
    arrays = [np.asarray(v.numpy()) for v in variables]
    digests = sorted(digest_of(array) for array in arrays if array.dtype.kind == "f")
    return [*digests, *(f"loss {key} {values[-1]!r}" for key, values in sorted(losses.items()))]


def digest_recipe(name):
    """Returns the digests of a recipe's checkpoint and of its picture after some rounds."""
    import tensorflow as tf

    from kgan.cli import main

    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        arguments = ["--training.epochs", "1", "--training.steps_per_epoch", str(ROUNDS)]
        code = main(["train", name, *arguments, *RECIPES[name], "--out", str(run)])
        if code:
            sys.exit(code)
        reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(run / "checkpoints")))
        shapes = reader.get_variable_to_dtype_map()
        floats = [key for key, dtype in shapes.items() if dtype.is_floating]
        digests = sorted(digest_of(reader.get_tensor(key)) for key in floats)
        for path in sorted((run / "samples").iterdir()):
            digests.append(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}")
    return digests


def digest_artefact(name):
    """Returns the digests of what an artefact answers to its own warm-up requests."""
    import tensorflow as tf

    from kgan.saved_model import warmup

    folder = max((ROOT / "saved_models" / name).glob("[0-9]*"))
    loaded = tf.saved_model.load(str(folder))
    digests = []
    for signature, arrays in warmup.read(folder / "assets.extra" / "tf_serving_warmup_requests"):
        inputs = {key: tf.constant(array) for key, array in arrays.items()}
        for key, value in sorted(loaded.signatures[signature](**inputs).items()):
            array = value.numpy()
            text = str(array.tolist()).encode() if array.dtype.kind == "O" else array.tobytes()
            digests.append(f"{signature} {key} {hashlib.sha256(text).hexdigest()[:16]}")
    return digests


KINDS = {"variant": digest_variant, "recipe": digest_recipe, "artefact": digest_artefact}


def jobs():
    """Returns the names of all that is digested, such as `variant:dcgan`."""
    from kgan.registry import MODELS

    artefacts = sorted(path.parent.name for path in ROOT.glob("saved_models/*/manifest.json"))
    names = {"variant": MODELS.entries(), "recipe": RECIPES, "artefact": artefacts}
    return [f"{kind}:{name}" for kind in KINDS for name in names[kind]]


def run_job(job):
    """Digests one job in a process of its own."""
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "digest.json"
        done = subprocess.run(
            [sys.executable, __file__, "job", str(out), job],
            cwd=ROOT,
            env={**os.environ, **threads, **quiet, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{job} failed:\n{done.stderr[-3000:]}")
        return json.loads(out.read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=["write", "check", "job"])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("jobs", nargs="*", help="such as variant:dcgan [all]")
    parsed = parser.parse_args()
    if parsed.action == "job":
        kind, name = parsed.jobs[0].split(":")
        parsed.file.write_text(json.dumps(KINDS[kind](name)), encoding="utf-8")
        return
    chosen = parsed.jobs or jobs()
    known = json.loads(parsed.file.read_text("utf-8")) if parsed.action == "check" else {}
    digests, differing = {}, []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for job, lines in zip(chosen, pool.map(run_job, chosen), strict=True):
            digests[job] = lines
            before, after = set(known.get(job, lines)), set(lines)
            same = before == after
            print(f"{job}: {len(lines)} digests{'' if same else ', CHANGED'}", flush=True)
            if not same:
                differing.append(job)
                print(*(f"  - {line}" for line in sorted(before - after)[:8]), sep="\n")
                print(*(f"  + {line}" for line in sorted(after - before)[:8]), sep="\n")
    if parsed.action == "write":
        parsed.file.write_text(json.dumps(digests, indent=1), encoding="utf-8")
    elif differing:
        sys.exit(f"{len(differing)} of {len(chosen)} differ: {', '.join(differing)}")
    else:
        print(f"All {len(chosen)} are unchanged.")


if __name__ == "__main__":
    main()
