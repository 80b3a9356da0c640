"""Files appear whole or not at all."""

import errno
import hashlib
import os
import re
import stat

import numpy as np
import pytest

from kgan import files
from kgan.errors import InputError
from kgan.files import replace_atomically, write_text


def test_a_file_is_replaced_whole_and_readable_by_others(tmp_path):
    path = tmp_path / "new" / "config.yaml"
    write_text(path, "first")
    write_text(path, "zweite £")
    assert path.read_text(encoding="utf-8") == "zweite £"
    assert [entry.name for entry in path.parent.iterdir()] == ["config.yaml"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replace_atomically(path) as temporary:
        temporary.write_text("half")
        assert path.read_text() == "old"
        raise RuntimeError("disk on fire")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_the_temporary_file_is_hidden_beside_it_and_keeps_the_suffix(tmp_path):
    with replace_atomically(tmp_path / "grid.png") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".grid-")
        assert temporary.suffix == ".png"
        temporary.write_bytes(b"x")


def test_contents_are_durable_before_the_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, name=name, real=real: (calls.append(name), real(*a))[1]
        )
    write_text(tmp_path / "a", "text")
    # The file's contents, then its name, then the folder that holds the name.
    assert calls == ["fsync", "replace", "fsync"]


def test_digests_are_those_of_the_files(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b").write_bytes(b"two")
    (tmp_path / "a").write_bytes(b"one")
    wanted = {"a": hashlib.sha256(b"one"), "inner/b": hashlib.sha256(b"two")}
    found = files.digest_files(tmp_path)
    assert found == {name: digest.hexdigest() for name, digest in wanted.items()}


def test_a_folder_is_made_durable_files_first(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b").write_bytes(b"two")
    synced, real = [], os.fsync

    def fsync(descriptor):
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    files.sync_files(tmp_path)
    assert sorted(synced) == [str(tmp_path), str(tmp_path / "inner"), str(tmp_path / "inner/b")]
    assert synced[-1] == str(tmp_path)


@pytest.mark.parametrize("name", ["run[1]", "a*b", "what?", "back\\slash", "[", "]x["])
def test_tensorflow_gets_a_name_without_patterns_for_the_same_folder(tmp_path, name):
    folder = tmp_path / name / "checkpoints"
    literal = files.name_literally(folder)  # before it is there, as for a new run
    folder.mkdir(parents=True)
    (literal / "a").write_text("x")
    assert (folder / "a").read_text() == "x"
    assert not set(str(literal)) & set("[]*?\\")
    assert files.name_literally(folder) == literal
    assert files.name_literally(tmp_path) == tmp_path


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / "own"
    monkeypatch.delenv("KGAN_CACHE")
    assert files.cache_folder() == tmp_path / "kgan"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert files.cache_folder().parts[-2:] == (".cache", "kgan")


def test_saved_arrays_and_damage(tmp_path, random):
    path = tmp_path / "arrays.npz"
    arrays = {str(i): random.normal(size=(30, 30)) for i in range(12)}
    files.save_arrays(path, arrays)
    loaded = files.load_arrays(path)
    assert list(loaded) == list(arrays)
    for name, values in arrays.items():
        np.testing.assert_array_equal(loaded[name], values)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], bytes(flipped)):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"is damaged .* Delete it"):
            files.load_arrays(path)


def test_a_full_disk_is_named(tmp_path):
    path = tmp_path / "a.txt"
    message = re.escape(f"No space left on device: '{path}'")
    with pytest.raises(OSError, match=message), replace_atomically(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())
