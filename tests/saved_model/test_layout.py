"""Which version of an artefact is meant."""

import pytest

from kgan.errors import InputError
from kgan.saved_model.layout import version_folder


@pytest.fixture
def digits(tmp_path):
    for version in ("2", "10", ".export-x", "latest"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "saved_model.pb").touch()
    (tmp_path / "11").mkdir()  # no version: nothing is in it
    return tmp_path


def test_the_newest_is_the_largest_number(digits):
    assert version_folder(digits) == digits / "10"
    assert version_folder(digits, 2) == digits / "2"
    assert version_folder(digits / "2") == digits / "2"


def test_what_is_not_there_is_told(digits):
    with pytest.raises(InputError, match=r"Expected a version of .*: 2, 10\. Received: 11\."):
        version_folder(digits, 11)
    with pytest.raises(InputError, match=r"nowhere, which is not there\. Make one"):
        version_folder(digits / "nowhere")
    with pytest.raises(InputError, match="11, which holds none"):
        version_folder(digits / "11")
