"""Clients that are silent, slow, or send heads without end do not keep others waiting."""

import contextlib
import json
import socket
import time

import pytest

from kgan.serving import server
from kgan.serving.limits import Limits
from tests.serving.servers import running

LIMITS = Limits(head_bytes=2000, head_seconds=0.3, idle_seconds=0.6, connections=20,
                poll_seconds=0.05)  # fmt: skip
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def strict(several):
    with running(several, LIMITS) as server:
        yield server


@contextlib.contextmanager
def connected(server):
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), 5)) as connection:
        yield connection


def read_all(connection):
    """Returns `(status or None, JSON or None)` of what comes until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            data += part
    head, _, body = data.partition(b"\r\n\r\n")
    return (int(head.split()[1]), json.loads(body)) if data else (None, None)


def test_a_silent_connection_is_closed(strict):
    with connected(strict) as connection:
        start = time.monotonic()
        assert read_all(connection) == (None, None)
        assert 0.2 < time.monotonic() - start < 2


def test_a_slow_head_is_told_so(strict):
    with connected(strict) as connection:
        connection.sendall(GET[:10])
        status, told = read_all(connection)
        assert (status, told["error"]) == (408, "The request's head did not come in 0.3 seconds")


def test_a_head_that_drips_is_not_given_more_time(strict):
    with connected(strict) as connection:
        start = time.monotonic()
        with pytest.raises(OSError):
            for _ in range(100):
                connection.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - start < 3


def test_a_connection_stays_open_between_requests_for_a_while(strict):
    with connected(strict) as connection:
        for _ in range(2):
            connection.sendall(GET)
            data = b""
            while not data.endswith(b"}\n"):
                data += connection.recv(65536)
            assert data.startswith(b"HTTP/1.1 200")
            time.sleep(0.4)
        start = time.monotonic()
        assert read_all(connection) == (None, None)
        assert time.monotonic() - start < 2


def test_a_body_that_nobody_reads_is_not_waited_for(strict):
    with connected(strict) as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        start = time.monotonic()
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "head",
    [
        GET[:-2] + b"X: " + b"a" * 3000 + b"\r\n\r\n",
        GET[:-2] + b"X: 1\r\n" * 400 + b"\r\n",
        b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["value", "many", "path"],
)
@pytest.mark.parametrize("whole", [True, False])
def test_too_large_a_head(strict, head, whole):
    with connected(strict) as connection:
        if whole:
            connection.sendall(head)
        else:
            connection.sendall(head[:100])
            time.sleep(0.05)
            connection.sendall(head[100:])
        status, told = read_all(connection)
        assert status == 431
        assert told["error"] == "Expected a head of at most 2000 bytes. Received: more"


def test_headers_after_a_body_have_a_limit_too(strict):
    with connected(strict) as connection:
        connection.sendall(
            b"POST /v1/models/several:predict HTTP/1.1\r\nHost: x\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        )
        with pytest.raises(OSError):
            for _ in range(200):
                connection.sendall(b"X: " + b"a" * 100 + b"\r\n")
                time.sleep(0.01)


def test_what_is_no_http_is_told_so(strict):
    with connected(strict) as connection:
        connection.sendall(b"\x00\xff\r\n\r\n")
        assert read_all(connection) == (400, {"error": "Expected HTTP/1.1. Received: none"})


def test_where_too_many_are_silent_the_oldest_gives_way(strict):
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(connected(strict)) for _ in range(60)]
        start = time.monotonic()
        assert strict.ask("GET", "/healthz")[0] == 200
        assert time.monotonic() - start < 0.2
        silent[0].settimeout(0.2)
        assert read_all(silent[0])[0] == 503
    strict.until(lambda: not strict.server_state.connections)


def test_a_client_that_does_not_read_is_let_go(several):
    limits = LIMITS._replace(idle_seconds=0.3)
    with running(several, limits) as server, connected(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = json.dumps({"signature_name": "text", "inputs": ["x" * 9_000_000]}).encode()
        connection.sendall(
            b"POST /v1/models/several:predict HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        server.until(lambda: server.server_state.connections)
        server.until(lambda: not server.server_state.connections)


def test_fewer_connections_than_files(several, monkeypatch):
    monkeypatch.setattr(server, "allow_files", lambda count: 300)
    with running(several, LIMITS._replace(connections=1000)) as running_server:
        protocol = running_server.config.http
        assert protocol.args[0].connections == 300 - 256
