"""The package's names: each exists, none is hidden by a file, and importing it costs nothing."""

import subprocess
import sys

import pytest

from kgan import metrics


def test_every_public_name_is_a_function_or_class_with_a_docstring():
    for name in metrics.__all__:
        value = getattr(metrics, name)
        assert callable(value) and value.__doc__, name
    for name in metrics.__all__:  # again, now that all files are imported
        assert callable(getattr(metrics, name)), name
    assert {"fid", "measure", "Report"} <= set(metrics.__all__) <= set(dir(metrics))


def test_unknown_names_are_no_attributes():
    with pytest.raises(AttributeError, match="attribute fud"):
        metrics.fud  # noqa: B018


def test_scores_of_arrays_need_no_tensorflow():
    code = (
        "import sys, kgan.metrics as m; m.fid([[0.], [1.]], [[0.], [2.]]); m.kid;"
        "m.inception_score; m.neighbourhoods; m.data_copying; print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
