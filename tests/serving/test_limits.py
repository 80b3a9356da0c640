"""What is too much is refused, in JSON, and the server goes on."""

import concurrent.futures
import contextlib
import gzip
import json
import socket
import threading
import time

import pytest

from kgan.serving.limits import Limits
from tests.serving.servers import running

SMALL = Limits(body_bytes=2000, bodies_bytes=5000, body_seconds=0.5, depth=5, rows=4,
               poll_seconds=0.05)  # fmt: skip
FINE = {"instances": [[1, 2]]}


@pytest.fixture(scope="module")
def small(several):
    with running(several, SMALL) as server:
        yield server


def raw(server, *parts, wait=0.0):
    """Sends bytes as they are; returns the answer's status and JSON."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), 10)) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(wait)
        data = b""
        while b"\r\n\r\n" not in data or not data.endswith(b"}"):
            received = connection.recv(65536)
            if not received:
                break
            data += received
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def head(length):
    return (
        "POST /v1/models/several:predict HTTP/1.1\r\nHost: x\r\n"
        + ("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
        + "\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("size", [2001, 10_000, 1_000_000])
def test_too_large_a_body(small, size):
    status, told = small.predict(b" " * size)
    assert (status, told["error"]) == (
        413,
        "Expected a body of at most 2000 bytes. Received: more.",
    )
    assert small.predict(FINE)[0] == 200
    assert small.predict(b"x" * 2000)[0] == 400  # of the size that is read


def test_too_large_a_body_in_chunks(small):
    chunk = b"3e8\r\n" + b" " * 1000 + b"\r\n"
    assert raw(small, head(None), chunk, chunk, chunk, b"0\r\n\r\n")[0] == 413


def test_too_slow_a_body(small):
    status, told = raw(small, head(100), b'{"inst', wait=0.4)
    assert (status, told["error"]) == (408, "The request's body did not come in 0.5 seconds")


def test_too_many_bodies_at_once(small):
    with contextlib.ExitStack() as stack:
        for _ in range(3):  # 1,900 bytes each are held, and waited for
            connection = socket.create_connection(("127.0.0.1", small.port), 10)
            stack.enter_context(contextlib.closing(connection))
            connection.sendall(head(2000) + b" " * 1900)
        time.sleep(0.2)
        assert small.predict(b" " * 1000)[0] in (400, 503)
        status, told = small.predict(b" " * 2000)
        assert (status, told["error"]) == (503, "Too many requests at once; try again later")
    small.until(lambda: small.predict(b" " * 2000)[0] == 400)  # nothing is held any more


def ask_packed(server, body, encoding="gzip"):
    with contextlib.closing(server.connect()) as connection:
        headers = {"Content-Encoding": encoding}
        connection.request("POST", "/v1/models/several:predict", body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_packed_body(small):
    packed = gzip.compress(json.dumps(FINE).encode())
    assert ask_packed(small, packed) == (200, {"predictions": [[3.0, 5.0]]})
    assert ask_packed(small, gzip.compress(b" " * 1_000_000))[0] == 413
    assert ask_packed(small, packed[:-9])[0] == 400
    assert ask_packed(small, b"{}")[0] == 400
    assert ask_packed(small, packed, "br")[0] == 415


def test_too_many_values(several):
    with running(several, Limits(sent_values=100)) as server:
        for body in (b'{"inputs": [' + b"[]," * 200 + b"[]]}", b"[" + b"1," * 200 + b"1]"):
            status, told = server.predict(body)
            assert status == 400
            assert told["error"].startswith("Expected at most 100 values in a request.")


def test_others_are_answered_while_a_large_request_is_read(several):
    rows = 60_000
    body = json.dumps({"signature_name": "pick", "inputs": [0] * rows}).encode()
    limits = Limits(rows=rows, queued_rows=rows)
    with running(several, limits) as server, concurrent.futures.ThreadPoolExecutor(1) as pool:
        large = pool.submit(server.predict, body)
        threads = {thread.name.split("_")[0] for thread in threading.enumerate()}
        while not large.done():
            assert server.ask("GET", "/healthz")[0] == 200
            threads |= {thread.name.split("_")[0] for thread in threading.enumerate()}
        assert large.result()[0] == 200
        assert "kgan-json" in threads


@pytest.mark.parametrize("body", [{"instances": [[1, 2]] * 5}, {"inputs": [[1, 2]] * 5}])
def test_too_many_rows(small, body):
    error = "Expected at most 4 rows in a request. Received: 5."
    assert small.predict(body) == (400, {"error": error})


def test_too_deep(small):
    deep = "Expected at most 5 nested lists and objects. Received: {}."
    for depth in (6, 900):
        body = b'{"x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
        assert small.predict(body) == (400, {"error": deep.format(depth)})
    brackets = json.dumps({"x": '[[[[[[[[\\"[[[[[[[', **FINE})
    assert small.predict(brackets.encode())[0] == 200


def test_half_a_request_does_no_harm(small):
    for part in (head(100), head(100) + b"{", b"POST /v1", b"\x00\xff\r\n\r\n", b""):
        with contextlib.closing(socket.create_connection(("127.0.0.1", small.port), 10)) as sent:
            sent.sendall(part)
    assert small.predict(FINE)[0] == 200


def test_a_full_queue_is_503_and_over_soon(several):
    limits = Limits(queued_rows=4, rows=4, poll_seconds=0.05)
    with running(several, limits) as server, concurrent.futures.ThreadPoolExecutor(24) as pool:
        asked = list(pool.map(lambda _: server.predict({"instances": [[1, 2]] * 4}), range(200)))
        assert {status for status, _ in asked} <= {200, 503}
        for status, told in asked:
            if status == 503:
                assert told["error"].startswith("Too many requests in the queue")
        assert server.predict(FINE)[0] == 200
