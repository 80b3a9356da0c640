"""Every artefact of the repository gives in an older TensorFlow what it gave when exported."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
VERSION = "2.18.1"
SCRIPT = """
import json, pathlib, sys
import numpy as np, tensorflow as tf
root = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(root / "kgan" / "export"))
import c_api

told = {"version": tf.__version__}
for graph in sorted(root.glob("saved_models/*/*/saved_model.pb")):
    functions = tf.saved_model.load(str(graph.parent)).signatures
    with np.load(graph.parent / "assets.extra" / "examples.npz", allow_pickle=False) as arrays:
        examples = c_api.unpack(arrays)
    for case, inputs in examples.items():
        if case.startswith("made/"):
            continue
        made = functions[case.split("/")[0]](**{k: tf.constant(v) for k, v in inputs.items()})
        for output, expected in examples["made/" + case].items():
            if expected.dtype != object:
                off = np.abs(made[output].numpy().astype(float) - expected.astype(float))
                told[f"{graph.parent.parent.name}/{case}/{output}"] = [
                    expected.dtype.kind, float(off.max()), float((off > 0).mean())]
for file in sorted(root.glob("saved_models/*/*.tflite")):
    runner = tf.lite.Interpreter(model_path=str(file))
    name = "sample" if "sample" in runner.get_signature_list() else "translate"
    runner = runner.get_signature_runner(name)
    inputs = {k: np.zeros(d["shape"], d["dtype"]) for k, d in runner.get_input_details().items()}
    told[file.name] = float(runner(**inputs)["images"].mean())
print(json.dumps(told))
"""


@pytest.mark.slow
def test_artefacts_run_in_an_older_tensorflow(tmp_path):
    python = os.environ.get("KGAN_OLDER_PYTHON")  # one that has it
    if python is None:
        subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
        python = tmp_path / "venv" / "bin" / "python"
        line = [python, "-m", "pip", "install", "--quiet", f"tensorflow-cpu=={VERSION}"]
        if subprocess.run(line, capture_output=True, check=False).returncode:
            pytest.skip(f"tensorflow-cpu {VERSION} is not to be had")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-c", SCRIPT, ROOT], capture_output=True, text=True, check=True, env=clean
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("version") == VERSION
    means = {name: value for name, value in told.items() if name.endswith(".tflite")}
    floats = {name: value for name, value in told.items() if name not in means}
    for name, (kind, farthest, share) in floats.items():
        if kind == "f":
            assert farthest <= 1e-4, name
        else:
            assert farthest <= 1 and share <= 0.01, name
    for name, value in means.items():
        whole = means[name.replace(".int8", "")]
        assert abs(value - whole) < 10, name  # of 255; in 2.14 it was 80
    assert len(means) >= 8 and len(told) > 20
