"""A hand-written artefact and a server of it, made once for each module."""

import pytest

from tests.serving.servers import Several, publish, running


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A folder with one artefact, `several`, version 1."""
    folder = tmp_path_factory.mktemp("saved_models")
    (folder / "several").mkdir()
    publish(Several(), folder / "several" / "1")
    return folder


@pytest.fixture(scope="module")
def server(several):
    with running(several) as server:
        yield server
