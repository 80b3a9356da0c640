"""The client: named arrays in, arrays of the declared types out, errors in one line."""

import subprocess
import sys

import numpy as np
import pytest

from kgan.errors import InputError, RunError
from kgan.serving import Client


@pytest.fixture(scope="module")
def client(server):
    return Client(server.url)


def test_the_signature_is_the_one_with_these_inputs(client):
    made = client.predict("several", x=[[1.0, 2.0]], signature="serving_default")
    np.testing.assert_array_equal(made, np.array([[3.0, 5.0]], np.float32))
    assert made.dtype == np.float32
    assert client.predict("several", place=np.array([2, 0])).tolist() == [30.0, 10.0]
    assert client.predict("several", version=1, place=[1]).tolist() == [20.0]


def test_several_outputs_come_by_name(client):
    made = client.predict("several", a=np.float32([0.5]), b=np.array([[1, 2]]))
    assert made["sum"].tolist() == [3.5]
    assert made["row"].tolist() == ["1"]
    assert made["row_bytes"].tolist() == [b"1"]


def test_types_are_those_declared(client):
    made = client.predict("several", flag=[True], large=[2**62 + 1], small=[3], exact=[0.1])
    assert {name: array.dtype for name, array in made.items()} == {
        "flag": np.bool_, "large": np.int64, "small": np.uint8, "e": np.float64,
    }  # fmt: skip
    assert (made["large"][0], made["e"][0]) == (2**62 + 1, 0.1)


def test_bytes_go_in_base64(client):
    assert client.predict("several", text=[b"ab", "c"]).tolist() == ["<ab>", "<c>"]


@pytest.mark.parametrize(
    "model, inputs, error",
    [
        ("no", {"x": 1}, r"answers 404: Expected a model that is served\. Received: no\.$"),
        ("../etc", {"x": 1}, "answers 400: Expected .* Received: GET /v1/models/../etc/metadata$"),
        ("several", {"z": 1}, r"Expected the inputs of one signature of several \(pick: place;"),
        ("several", {"x": [1]}, r"Received: x. Choose with signature=\.$"),
        ("several", {"place": [3]}, r"answers 400: indices\[0\] = 3 is not in \[0, 3\)$"),
    ],
)
def test_what_the_server_refuses(client, model, inputs, error):
    with pytest.raises(InputError, match=error) as caught:
        client.predict(model, **inputs)
    assert "\n" not in str(caught.value)


def test_no_server(client):
    with pytest.raises(RunError, match=r"^No answer from http://127.0.0.1:1: .*refused$"):
        Client("http://127.0.0.1:1").predict("several", x=1)
    with pytest.raises(InputError, match="Expected an address http://HOST:PORT"):
        Client("file:///etc/passwd")


def test_it_needs_numpy_and_nothing_else():
    program = "import kgan.serving, sys; kgan.serving.Client('http://x');"
    program += "print({'tensorflow', 'keras', 'starlette', 'uvicorn'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
