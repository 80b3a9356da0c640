"""Files from outside: fetched once, held against their SHA-256, refused when damaged."""

import functools
import hashlib
import http.server
import threading

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _cache


class Quiet(http.server.SimpleHTTPRequestHandler):
    served = 0

    def do_GET(self):
        Quiet.served += 1
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


def test_the_folder_is_the_environments_or_the_home(monkeypatch, tmp_path):
    assert _cache.folder() == tmp_path / "cache"
    monkeypatch.delenv("KGAN_CACHE")
    assert _cache.folder().parts[-2:] == (".cache", "kgan")


def test_a_download_is_fetched_once(server, tmp_path):
    content = b"weights" * 1000
    (tmp_path / "web" / "graph.pb").write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    path, found = _cache.local(f"{server}/graph.pb", expected.upper())
    assert (path.read_bytes(), found) == (content, expected)
    assert _cache.local(f"{server}/graph.pb") == (path, expected)
    assert Quiet.served == 1


def test_a_wrong_hash_is_refused_and_not_kept(server, tmp_path):
    (tmp_path / "web" / "graph.pb").write_bytes(b"other")
    with pytest.raises(InputError, match=r"with sha256=00ff\. Received: sha256="):
        _cache.local(f"{server}/graph.pb", "00ff")
    assert list((tmp_path / "cache" / "downloads").iterdir()) == []
    _cache.local(f"{server}/graph.pb")
    with pytest.raises(InputError, match="another file, or damaged"):
        _cache.local(f"{server}/graph.pb", "00ff")


def test_a_changed_cache_is_refused(server, tmp_path):
    (tmp_path / "web" / "graph.pb").write_bytes(b"right")
    path, _ = _cache.local(f"{server}/graph.pb")
    path.write_bytes(b"wrong")
    with pytest.raises(InputError, match=r"has changed\. Delete that file"):
        _cache.local(f"{server}/graph.pb")


def test_a_download_that_ends_early_is_refused(server, tmp_path):
    with pytest.raises(InputError, match="10 of 100 bytes came"):
        _cache.local(f"{server}/short")
    assert list((tmp_path / "cache" / "downloads").iterdir()) == []


def test_without_network_the_message_says_what_to_do(server):
    with pytest.raises(InputError, match=r"Expected to reach .* not found.* give its path"):
        _cache.local(f"{server}/missing")
    with pytest.raises(InputError, match="copy the file here"):
        _cache.local("http://127.0.0.1:9/graph.pb")


def test_local_files_and_folders(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a").write_text("1")
    one = _cache.sha256_of(tmp_path / "model")
    (tmp_path / "model" / "a").rename(tmp_path / "model" / "b")
    other = _cache.sha256_of(tmp_path / "model")
    assert one != other
    assert _cache.local(tmp_path / "model", other) == (tmp_path / "model", other)
    with pytest.raises(InputError, match="with sha256"):
        _cache.local(tmp_path / "model", one)
    with pytest.raises(InputError, match=r"Received: '/no/such'"):
        _cache.local("/no/such")


def test_arrays_are_known_by_content():
    a = np.arange(6, dtype=np.float32)
    known = _cache.sha256_of_arrays(a, a)
    assert _cache.sha256_of_arrays(a.copy(), a.copy()) == known
    others = (a[:3], a[3:], a), (a, a.astype(np.float64)), (a, a.reshape(2, 3)), (a, a + 1)
    assert known not in {_cache.sha256_of_arrays(*other) for other in others}


def test_saved_arrays_and_damage(tmp_path, random):
    path = tmp_path / "arrays.npz"
    arrays = {str(i): random.normal(size=(30, 30)) for i in range(12)}
    _cache.save_arrays(path, arrays)
    found = _cache.load_arrays(path)
    assert list(found) == list(arrays)
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], bytes(flipped)):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"is damaged .* Delete it"):
            _cache.load_arrays(path)
