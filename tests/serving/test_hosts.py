"""A server answers to its own names."""

import pytest

from kgan.serving.hosts import is_host, list_hosts


@pytest.mark.parametrize(
    "host, allowed, answer",
    [
        ("localhost:8501", ("localhost",), True),
        ("LOCALHOST.", ("localhost",), True),
        ("[::1]:8501", ("::1",), True),
        ("evil.example:8501", ("localhost", "::1"), False),
        ("localhost.evil.example", ("localhost",), False),
        ("a.example.org", (".example.org",), True),
        ("example.org", (".example.org",), False),
        ("notexample.org", (".example.org",), False),
        ("", ("localhost",), False),
        ("anything", ("*",), True),
    ],
)
def test_hosts(host, allowed, answer):
    assert is_host(host, allowed) == answer


@pytest.mark.parametrize(
    "address, names, host, answer",
    [
        ("127.0.0.1", (), "rebound.example", False),
        ("127.0.0.2", (), "127.0.0.2:80", True),
        ("::1", (), "[::1]:80", True),
        ("0.0.0.0", (), "serving", True),
        ("0.0.0.0", ("gan.example",), "serving", False),
        ("0.0.0.0", ("gan.example",), "localhost", True),
    ],
)
def test_a_server_of_this_machine_answers_to_its_names_alone(address, names, host, answer):
    assert is_host(host, list_hosts(address, names)) == answer
