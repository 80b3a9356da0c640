"""A folder whose contents are known, in a few numbers."""

import numpy as np
import pytest
from PIL import Image

from kgan.data import summarize_folder
from kgan.errors import InputError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))


def save(path, *shape, kind=np.uint8):
    path.parent.mkdir(parents=True, exist_ok=True)
    high = np.iinfo(kind).max
    values = np.random.default_rng(0).integers(1, high, shape).astype(kind)
    Image.fromarray(values).save(path)


def test_what_is_counted(tmp_path):
    folder = tmp_path / "pictures"
    for number in range(5):
        save(folder / "cats" / f"{number}.png", 40, 60, 3)
    save(folder / "dogs" / "grey.png", 40, 60)
    save(folder / "dogs" / "deep.png", 40, 60, kind=np.uint16)
    save(folder / "dogs" / "clear.png", 60, 40, 4)
    Image.new("RGBA", (60, 40), (1, 2, 3, 255)).save(folder / "dogs" / "opaque.png")
    (folder / "dogs" / "broken.png").write_bytes(b"")
    summary = summarize_folder(folder)
    assert summary.folder == str(folder)
    assert (summary.count, summary.unreadable, summary.grey, summary.deep) == (9, 1, 2, 1)
    assert summary.transparent == 1  # an alpha channel that hides nothing does not count
    assert (summary.height, summary.width) == (40, 60)
    assert summary.alike == 8 / 9
    assert summary.classes == {"cats": 5, "dogs": 4}
    assert summarize_folder(folder) == summary  # from the cache
    save(folder / "outside.png", 40, 60, 3)
    assert summarize_folder(folder).classes == {}
    assert summarize_folder(folder / "cats").classes == {}


def test_nothing_readable_is_a_line(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"Expected readable pictures.*all of whose 1"):
        summarize_folder(tmp_path)
