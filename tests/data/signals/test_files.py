"""Recordings of one's own: windows, rates, channels, classes, and what is refused."""

import numpy as np
import pytest

from kgan.data import open_source, signals
from kgan.data._signals.windows import cut_windows, resample
from kgan.errors import InputError


def wave(count, period=50.0):
    return np.sin(2 * np.pi * np.arange(count) / period)


def test_windows_overlap_and_none_is_short():
    windows = cut_windows(np.arange(10.0)[:, None], 4, 3)
    np.testing.assert_array_equal(windows[..., 0], [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]])
    assert cut_windows(np.zeros((3, 2)), 4, 3).shape == (0, 4, 2)


def test_half_of_the_rate_is_each_second_sample():
    again = resample(wave(1000)[:, None], 8000, 4000)
    np.testing.assert_allclose(again[20:-20, 0], wave(500, 25.0)[20:-20], atol=2e-3)


def test_tables_with_and_without_a_header(tmp_path):
    table = np.stack([10.0 + wave(300), 2.0 * wave(300)], axis=1)
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header="left,right", comments="")
    np.save(tmp_path / "b.npy", table)
    source = signals(str(tmp_path), length=64, rate=100, hop=118)
    arrays = source.arrays()["signal"]
    assert source.rate == 100 and arrays.shape == (6, 64, 2) and arrays.dtype == np.float32
    np.testing.assert_allclose(arrays[:3], arrays[3:], atol=1e-6)
    assert np.abs(arrays).max() == pytest.approx(0.95, abs=1e-3)
    one = open_source(f"signals:{tmp_path}/a.csv", {"length": 64, "rate": 100, "column": 0})
    assert one.spec["signal"].shape == (64, 1)
    resampled = signals(str(tmp_path), length=64, rate=50, table_rate=100, hop=64)
    assert resampled.count == 4  # 150 samples each


def test_the_end_is_held_out_and_no_window_is_in_both(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(1000.0))
    options = {"length": 50, "rate": 10, "hop": 50, "held_out": 0.25}
    train, test = (signals(str(tmp_path), **options, part=part) for part in ("train", "test"))
    assert (train.count, test.count) == (15, 5)
    assert train.arrays()["signal"].max() < test.arrays()["signal"].min()


def test_subfolders_are_classes_and_short_recordings_are_named(tmp_path):
    for name, count in (("dogs", 200), ("cats", 100), ("birds", 40)):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "a.npy", wave(count))
    source = signals(str(tmp_path), length=100, rate=10, hop=100, labels=True)
    assert source.classes == ("birds", "cats", "dogs")
    assert source.arrays()["label"].tolist() == [1, 2, 2]
    assert source.notes[0].startswith("1 of 3 recordings are shorter than a window")


def test_sound_files_know_their_rate(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.flac", 0.5 * wave(4000), 8000)
    source = signals(str(tmp_path / "a.flac"), length=512)
    assert source.rate == 8000 and source.count == 14
    assert signals(str(tmp_path), length=512, rate=4000).count == 6
    (tmp_path / "a.flac").write_bytes(b"fLaC, or not")
    with pytest.raises(InputError, match="Expected a sound file"):
        signals(str(tmp_path), length=512)


def test_mistakes_are_named(tmp_path):
    with pytest.raises(InputError, match="not there"):
        signals(str(tmp_path / "none"))
    with pytest.raises(InputError, match="without any"):
        signals(str(tmp_path))
    np.save(tmp_path / "a.npy", wave(100))
    with pytest.raises(InputError, match="table_rate"):
        signals(str(tmp_path), length=64)
    with pytest.raises(InputError, match="all shorter"):
        signals(str(tmp_path), rate=10)
    with pytest.raises(InputError, match="held_out above 0"):
        signals(str(tmp_path), length=64, rate=10, part="test")
    with pytest.raises(InputError, match="every recording in a subfolder"):
        signals(str(tmp_path), length=64, rate=10, labels=True)
    np.save(tmp_path / "b.npy", np.stack([wave(100)] * 2, axis=1))
    with pytest.raises(InputError, match="of as many channels"):
        signals(str(tmp_path), length=64, rate=10)
    (tmp_path / "b.npy").unlink()
    (tmp_path / "c.csv").write_text("a,b\n1,2\n3,\n")
    with pytest.raises(InputError, match=r"finite numbers in .*c\.csv"):
        signals(str(tmp_path / "c.csv"), length=64, rate=10)
