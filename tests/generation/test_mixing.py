"""Sums of seeds and files, read."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.generation import mixing


def test_sums_are_read_with_blanks_or_without():
    assert mixing.parse_sum("3 - 17 + 42") == ([1, -1, 1], [3, 17, 42])
    assert mixing.parse_sum("3-17+42") == ([1, -1, 1], [3, 17, 42])
    assert mixing.parse_sum("a-b.npz + 5") == ([1, 1], ["a-b.npz", 5])
    assert mixing.parse_sum("w.npy") == ([1], ["w.npy"])


@pytest.mark.parametrize(
    "text", ["", "3 -", "- 3", "3 4", "3 * 4", "3 - x", "3 + -4", "1.5", "3--4"]
)
def test_what_is_no_sum_is_refused(text):
    with pytest.raises(InputError, match=r"with \+ or - between"):
        mixing.parse_sum(text)


class Codes:
    """Takes codes of length 2, as a GAN does."""

    def read_codes(self, arrays):
        return np.asarray(arrays)


def test_codes_are_read_from_files(tmp_path):
    np.save(tmp_path / "w.npy", [1.0, 2.0])
    np.savez(tmp_path / "w.npz", latents=[3.0, 4.0], images=[0])
    for name, wanted in (("w.npy", [[1.0, 2.0]]), ("w.npz", [[3.0, 4.0]])):
        np.testing.assert_array_equal(mixing._code(Codes(), str(tmp_path / name)), wanted)
    np.savez(tmp_path / "other.npz", images=[0])
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "empty.npy").write_bytes(b"")
    for name in ("other.npz", "broken.npz", "empty.npy", "nowhere.npy"):
        with pytest.raises(InputError, match=f"an .npz file with latents. Received: .*{name}"):
            mixing._code(Codes(), str(tmp_path / name))
