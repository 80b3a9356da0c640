"""Requests have names, which answers and log bear; answers are packed for those who take it."""

import contextlib
import gzip
import json
import re

import pytest

from kgan.serving.access import choose_name, describe
from kgan.serving.app import _takes_gzip
from tests.serving.servers import QUICK, running


def ask(server, body=None, path="/v1/models/several:predict", **headers):
    """Returns the answer's status, headers and bytes."""
    with contextlib.closing(server.connect()) as connection:
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        data = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, data, names)
        answer = connection.getresponse()
        told = {key.lower(): value for key, value in answer.getheaders()}
        return answer.status, told, answer.read()


def test_each_answer_has_a_name_and_a_line(several):
    log = []
    with running(several, QUICK, log=log.append) as server:
        _, headers, body = ask(server, {"instances": [[1, 2]]}, x_request_id="job-7/a")
        assert headers["x-request-id"] == "job-7/a"
        server.until(lambda: log)  # the line comes after the answer
        assert re.fullmatch(
            r"job-7/a 127\.0\.0\.1 POST /v1/models/several:predict 200 [\d.]+ ms "
            rf"{len(body)} bytes", log[-1],
        )  # fmt: skip
        status, headers, _ = ask(server, path="/nowhere%0A7f", x_request_id="bad name")
        assert status == 404 and re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
        server.until(lambda: len(log) == 2)
        assert log[-1].startswith(f"{headers['x-request-id']} 127.0.0.1 GET /nowhere\\n7f 404 ")


def test_names_and_lines_hold_nothing_that_breaks_a_log():
    assert choose_name("a.b:7") == "a.b:7"
    for sent in (None, "", "a b", "ä", "a\nb", "x" * 65):
        assert re.fullmatch("[0-9a-f]{16}", choose_name(sent))
    line = describe("7f", "::1", "GET /a\r\nb\x1b[31m" + "c" * 300, 200, 0.0012, 17)
    assert "\n" not in line and "\x1b" not in line and line.endswith("c 200 1.2 ms 17 bytes")


def test_large_answers_are_packed_for_those_who_take_it(several):
    body = {"instances": [[row, 1] for row in range(200)]}
    with running(several, QUICK) as server:
        _, plain, text = ask(server, body)
        _, packed, data = ask(server, body, accept_encoding="deflate, gzip;q=0.5")
        _, small, _ = ask(server, {"instances": [[1, 2]]}, accept_encoding="gzip")
    assert "content-encoding" not in plain and "content-encoding" not in small
    assert packed["content-encoding"] == "gzip" and packed["vary"] == "accept-encoding"
    assert gzip.decompress(data) == text and len(data) < len(text) / 2


@pytest.mark.parametrize(
    "header, takes",
    [("", False), ("gzip", True), ("br, GZIP", True), ("*", True), ("gzip;q=0", False),
     ("gzip; q=0.0", False), ("gzip;q=0.1", True), ("br", False)],
)  # fmt: skip
def test_which_header_takes_gzip(header, takes):
    assert _takes_gzip(header) is takes
