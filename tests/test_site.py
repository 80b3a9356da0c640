"""The pages build without a warning, and each variant has one."""

import os
import pathlib
import subprocess
import sys

import pytest

from kgan.registry import MODELS

ROOT = pathlib.Path(__file__).parents[1]


@pytest.mark.slow
def test_the_pages_build_and_each_variant_has_one(tmp_path):
    pytest.importorskip("mkdocs_gen_files", reason="needs pip install '.[docs]'")
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    environment = {**os.environ, "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for name in MODELS.entries():
        page = (tmp_path / "variants" / name / "index.html").read_text(encoding="utf-8")
        assert MODELS.get(name).__name__ in page
    start = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'src="dcgan_faces.png"' in start
