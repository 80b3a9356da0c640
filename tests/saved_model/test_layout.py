"""Which artefacts and versions a folder holds."""

import pytest

from kgan.errors import InputError
from kgan.saved_model.layout import find_version, list_artefacts


@pytest.fixture
def digits(tmp_path):
    for version in ("2", "10", ".export-x", "latest"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "saved_model.pb").touch()
    (tmp_path / "11").mkdir()  # no version: nothing is in it
    return tmp_path


def test_the_newest_is_the_largest_number(digits):
    assert find_version(digits) == digits / "10"
    assert find_version(digits, 2) == digits / "2"
    assert find_version(digits / "2") == digits / "2"


def test_what_is_not_there_is_told(digits):
    with pytest.raises(InputError, match=r"Expected a version of .*: 2, 10\. Received: 11\."):
        find_version(digits, 11)
    with pytest.raises(InputError, match=r"nowhere, which is not there\. Make one"):
        find_version(digits / "nowhere")
    with pytest.raises(InputError, match="11, which holds none"):
        find_version(digits / "11")


def test_only_numbers_are_versions(tmp_path):
    for name in ("a/1", "a/007", "a/.export-x", "a/1x", ".hidden/1", "b/2", "c"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "saved_model.pb").touch()
    (tmp_path / "a" / "9").mkdir()  # without a graph
    listing = list_artefacts(tmp_path)
    assert {name: set(versions) for name, versions in listing.items()} == {"a": {1, 7}, "b": {2}}
