"""Files from outside: downloaded once, held against their SHA-256, refused when damaged."""

import functools
import hashlib
import http.server
import socket
import threading
import time

import pytest

from kgan.errors import InputError
from kgan.metrics import _download


class Quiet(http.server.SimpleHTTPRequestHandler):
    served = 0

    def do_GET(self):
        Quiet.served += 1
        if self.path == "/silent":
            time.sleep(1.0)
            return
        if self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"ten bytes.")
            return
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    (tmp_path / "web").mkdir()
    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        Quiet.served = 0
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))


def test_a_download_is_fetched_once(server, tmp_path):
    content = b"weights" * 1000
    (tmp_path / "web" / "graph.pb").write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    path, digest = _download.locate_file(f"{server}/graph.pb", expected.upper())
    assert (path.read_bytes(), digest) == (content, expected)
    assert _download.locate_file(f"{server}/graph.pb") == (path, expected)
    assert Quiet.served == 1


def test_a_wrong_hash_is_refused_and_not_kept(server, tmp_path):
    (tmp_path / "web" / "graph.pb").write_bytes(b"other")
    with pytest.raises(InputError, match=r"with sha256=00ff\. Received: sha256="):
        _download.locate_file(f"{server}/graph.pb", "00ff")
    assert list((tmp_path / "cache" / "downloads").iterdir()) == []
    _download.locate_file(f"{server}/graph.pb")
    with pytest.raises(InputError, match="another file, or damaged"):
        _download.locate_file(f"{server}/graph.pb", "00ff")


def test_a_changed_cache_is_refused(server, tmp_path):
    (tmp_path / "web" / "graph.pb").write_bytes(b"right")
    path, _ = _download.locate_file(f"{server}/graph.pb")
    path.write_bytes(b"wrong")
    with pytest.raises(InputError, match=r"has changed\. Delete that file"):
        _download.locate_file(f"{server}/graph.pb")


def test_a_download_that_ends_early_is_refused(server, tmp_path):
    with pytest.raises(InputError, match="only 10 out of 100 bytes"):
        _download.locate_file(f"{server}/short")
    assert list((tmp_path / "cache" / "downloads").iterdir()) == []


def test_a_server_that_says_nothing_is_given_up(server, monkeypatch, capfd):
    monkeypatch.setattr(_download, "_PATIENCE", 0.2)
    with pytest.raises(InputError, match=r"Expected to reach .*silent\. Received: .*timed out"):
        _download.locate_file(f"{server}/silent")
    assert socket.getdefaulttimeout() is None
    assert capfd.readouterr().out == ""  # progress is no result


def test_without_network_the_message_says_what_to_do(server):
    with pytest.raises(InputError, match=r"Expected to reach .* not found.* give its path"):
        _download.locate_file(f"{server}/missing")
    with pytest.raises(InputError, match="copy the file here"):
        _download.locate_file("http://127.0.0.1:9/graph.pb")


def test_local_files_and_folders(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a").write_text("1")
    one = _download.hash_file(tmp_path / "model")
    (tmp_path / "model" / "a").rename(tmp_path / "model" / "b")
    other = _download.hash_file(tmp_path / "model")
    assert one != other
    assert _download.locate_file(tmp_path / "model", other) == (tmp_path / "model", other)
    with pytest.raises(InputError, match="with sha256"):
        _download.locate_file(tmp_path / "model", one)
    with pytest.raises(InputError, match=r"Received: '/no/such'"):
        _download.locate_file("/no/such")
