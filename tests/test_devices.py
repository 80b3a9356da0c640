"""The Python of docs/devices.md runs as it stands there, without kgan and TensorFlow."""

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from kgan.export import litert
from kgan.images import to_uint8
from kgan.models import CGAN

DOC = (pathlib.Path(__file__).parent.parent / "docs" / "devices.md").read_text(encoding="utf-8")
# A small computer has none of these.
BARE = """
import runpy, sys
for name in ("kgan", "tensorflow", "keras", "PIL", "matplotlib", "scipy"):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("channels, file", [(1, "sample.pgm"), (3, "sample.ppm")])
def test_the_picture_on_the_device_is_the_models(channels, file, tmp_path):
    gan = CGAN.example(image_shape=(16, 16, channels))
    for weight in gan.sampling_generator.variables:
        if weight.name == "kernel":
            weight.assign(weight * 16.0)
    litert.write(gan, tmp_path, "digits")
    (code,) = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    (tmp_path / "sample.py").write_text(code, encoding="utf-8")
    seed = 2**40 + 3
    done = subprocess.run(
        [sys.executable, "-c", BARE, "sample.py", "digits.tflite", str(seed), "label=3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{file}: 16 x 16\n"
    header, pixels = (tmp_path / file).read_bytes().split(b"\n", 1)
    assert header == (b"P5" if channels == 1 else b"P6") + b" 16 16 255"
    made = np.frombuffer(pixels, np.uint8).reshape(16, 16, channels).astype(int)
    expected = to_uint8(gan.sample([seed], {"label": 3}))[0]
    assert np.ptp(expected) > 100
    assert np.abs(made - expected).max() <= 1


def test_what_was_never_run_is_called_so():
    for language in ("kotlin", "swift"):
        before = DOC.partition(f"```{language}")[0].rpartition("## ")[2]
        assert "Never compiled and never run" in before
