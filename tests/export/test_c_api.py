"""Cases travel between processes without pickles."""

import subprocess
import sys

import numpy as np

from kgan.export import c_api


def test_what_is_packed_comes_back(tmp_path):
    strings = np.empty(3, object)
    strings[:] = [b"\x00\x01\x00", b"", b"PNG\x00"]  # ends that NumPy's own strings would lose
    cases = {
        "sample/2": {"seed": np.arange(4, dtype=np.int32).reshape(2, 2)},
        "made/sample/2": {"image_bytes": strings, "images": np.ones((2, 1), np.uint8)},
    }
    np.savez(tmp_path / "cases.npz", **c_api.pack(cases))
    with np.load(tmp_path / "cases.npz", allow_pickle=False) as arrays:
        found = c_api.unpack(arrays)
    assert found.keys() == cases.keys()
    for case, named in cases.items():
        assert found[case].keys() == named.keys()
        for name, array in named.items():
            np.testing.assert_array_equal(found[case][name], array)
            assert found[case][name].dtype == array.dtype


def test_the_other_process_has_neither_kgan_nor_keras_nor_python_s_tensorflow(artefact, tmp_path):
    cases = {"sample_png/1": {"seed": np.array([[7, 0]], np.int32)}}
    np.savez(tmp_path / "given.npz", **c_api.pack(cases))
    program = f"""
import runpy, sys
arguments = {[str(artefact / "1"), str(tmp_path / "given.npz"), str(tmp_path / "made.npz")]!r}
code = runpy.run_path({c_api.__file__!r})["main"](*arguments)
loaded = [name for name in sys.modules if sys.modules[name] is not None]
print(code, [n for n in loaded if n.split(".")[0] in ("kgan", "keras")],
      [n for n in loaded if n.startswith("tensorflow") and "_pb2" not in n])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    packages = ["tensorflow", "tensorflow.core", "tensorflow.core.protobuf"]
    assert done.stdout == f"0 [] {[*packages, 'tensorflow.core.framework']}\n"
    with np.load(tmp_path / "made.npz") as arrays:
        (file,) = c_api.unpack(arrays)["sample_png/1"]["image_bytes"]
    assert file.startswith(b"\x89PNG")
