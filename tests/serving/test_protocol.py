"""Requests and answers of TensorFlow Serving's REST API: JSON, status codes, what is refused."""

import contextlib
import json

import pytest

from tests.serving.servers import running

ONE = "/v1/models/several"
STATUS_OK = {"error_code": "OK", "error_message": ""}


@pytest.mark.parametrize(
    "request_, answer",
    [
        # One input, one output: no names needed.
        ({"instances": [[1.0, 2.0], [3, 4]]}, {"predictions": [[3.0, 5.0], [7.0, 9.0]]}),
        ({"inputs": [[1.0, 2.0]]}, {"outputs": [[3.0, 5.0]]}),
        ({"instances": [{"x": [0.25, 0]}]}, {"predictions": [[1.5, 1.0]]}),
        ({"inputs": {"x": [[1.0, 2.0]]}}, {"outputs": [[3.0, 5.0]]}),
        ({"inputs": [[1, 2]], "signature_name": ""}, {"outputs": [[3.0, 5.0]]}),
        ({"inputs": [[1, 2]], "unknown": 1}, {"outputs": [[3.0, 5.0]]}),
        # Several inputs and outputs: objects; `_bytes` comes in base64.
        (
            {
                "signature_name": "two",
                "instances": [{"a": 0.5, "b": [1, 2]}, {"b": [-3, 4], "a": 0}],
            },
            {
                "predictions": [
                    {"row": "1", "row_bytes": {"b64": "MQ=="}, "sum": 3.5},
                    {"row": "-3", "row_bytes": {"b64": "LTM="}, "sum": 1.0},
                ]
            },
        ),
        (
            {"signature_name": "two", "inputs": {"a": [0.5], "b": [[1, 2]]}},
            {"outputs": {"row": ["1"], "row_bytes": [{"b64": "MQ=="}], "sum": [3.5]}},
        ),
        # Strings, and bytes in base64 with and without padding.
        (
            {"signature_name": "text", "instances": ["a", "ß", {"b64": "Yg=="}, {"b64": "Yg"}]},
            {"predictions": ["<a>", "<ß>", "<b>", "<b>"]},
        ),
        (
            {"signature_name": "text", "inputs": {"text": [{"b64": "Yg=="}]}},
            {"outputs": ["<b>"]},
        ),
        # Each type keeps its values; float64 and int64 to the last digit.
        (
            {
                "signature_name": "types",
                "instances": [
                    {"flag": True, "large": 2**62 + 1, "small": 254, "exact": 0.1},
                    {"flag": False, "large": -(2**63), "small": 0, "exact": 1e300},
                ],
            },
            {
                "predictions": [
                    {"e": 0.1, "flag": False, "large": 2**62 + 1, "small": 255},
                    {"e": 1e300, "flag": True, "large": -(2**63), "small": 1},
                ]
            },
        ),
        # What is no row from a row has its own answer in columns.
        ({"signature_name": "total", "inputs": [1, 2, 3]}, {"outputs": 6.0}),
    ],
)
def test_predict(server, request_, answer):
    assert server.predict(request_) == (200, answer)


def test_a_float_is_written_with_the_digits_it_has(server):
    connection = server.connect()
    connection.request("POST", f"{ONE}:predict", '{"instances": [[0.1, 12345.678]]}')
    text = connection.getresponse().read().decode()
    connection.close()
    # 1.2 and 24692.356 in float32, with the fewest digits that read back: no 1.2000000476837158.
    assert text == '{"predictions":[[1.2,24692.355]]}'


@pytest.mark.parametrize(
    "request_, error",
    [
        ({}, "Expected either instances or inputs. Received: none."),
        ({"instances": [1], "inputs": [1]}, "Expected either instances or inputs. Received: both."),
        ({"instances": []}, "Expected a list of at least one instance. Received: []."),
        ({"instances": 3}, "Expected a list of at least one instance. Received: 3."),
        (
            {"signature_name": 3, "inputs": 1},
            "Expected a text as signature_name. Received: 3.",
        ),
        ({"signature_name": "no", "inputs": 1}, "Received: no."),
        ({"inputs": [["1", 2]]}, 'Expected float32 for x. Received: "1"'),
        ({"inputs": [[True, 2]]}, "Expected float32 for x. Received: true"),
        ({"instances": [[1, 2], [None, 2]]}, "Expected float32 for x. Received: null"),
        ({"inputs": [[1, 2], [1]]}, "Expected nested lists of one shape for x."),
        ({"inputs": [[1, 2], 1]}, "Expected nested lists of one shape for x."),
        ({"inputs": [1, [2]]}, "Expected nested lists of one shape for x."),
        ({"inputs": [[1, 2, 3]]}, "Expected input x of shape [?,2]. Received: shape [1,3]."),
        ({"inputs": [[16777217, 1]]}, "Expected float32 for x. Received: 16777217"),
        ({"inputs": [[1e39, 1]]}, "Expected float32 for x. Received: 1e+39"),
        ({"signature_name": "two", "inputs": {"a": [1.0]}}, "Expected inputs with a, b."),
        ({"signature_name": "two", "inputs": [1.0]}, "Expected inputs with a, b."),
        ({"signature_name": "two", "instances": [1.0]}, "Received: 1.0 at 0."),
        ({"signature_name": "two", "instances": [{"a": 1.0}]}, 'Received: {"a": 1.0} at 0.'),
        (
            {"signature_name": "two", "instances": [{"a": 1.0, "b": [1, 2]}, 3]},
            "Expected instances that are objects with a, b. Received: 3 at 1.",
        ),
        (
            {"instances": [[1, 2], {"x": [1, 2]}]},
            'Expected instances that are values or lists. Received: {"x": [1, 2]} at 1.',
        ),
        (
            {"signature_name": "two", "instances": [{"a": 1.0, "b": [1, 2.5]}]},
            "Expected int32 for b. Received: 2.5",
        ),
        (
            {"signature_name": "text", "instances": [{"b64": "?"}]},
            'Expected string for text. Received: {"b64": "?"}',
        ),
        (
            {"signature_name": "text", "inputs": [{"b64": 3}]},
            'Expected string for text. Received: {"b64": 3}',
        ),
        (
            {"signature_name": "types",
             "inputs": {"flag": [1], "large": [1], "small": [1], "exact": [1]}},
            "Expected bool for flag. Received: 1",
        ),
        (
            {"signature_name": "types",
             "inputs": {"flag": [True], "large": [2**63], "small": [1], "exact": [1]}},
            f"Expected int64 for large. Received: {2**63}",
        ),
        (
            {"signature_name": "types",
             "inputs": {"flag": [True], "large": [1], "small": [256], "exact": [1]}},
            "Expected uint8 for small. Received: 256",
        ),
        ({"signature_name": "pick", "instances": [3]}, "indices[0] = 3 is not in [0, 3)"),
        (
            {"signature_name": "total", "instances": [1, 2]},
            "Expected outputs with a row for each instance. Received: total [].",
        ),
        (
            {"signature_name": "two", "inputs": {"a": [1.0], "b": [[1, 2], [3, 4]]}},
            "Expected inputs of one number of rows. Received: 1, 2.",
        ),
    ],
)  # fmt: skip
def test_refusals(server, request_, error):
    status, told = server.predict(request_)
    assert (status, set(told)) == (400, {"error"})
    assert error in told["error"]


@pytest.mark.parametrize(
    "body, error",
    [
        (b"", "Expected JSON."),
        (b"instances = [1, 2]", "Expected JSON."),
        (b'{"instances": [1, 2]', "Expected JSON."),
        (b"[1, 2]", "Expected a JSON object. Received: [1, 2]."),
        (b'{"instances": [NaN]}', "Expected JSON. Received: unexpected character"),
        (b'{"x": -Infinity}', "Expected JSON. Received: "),
        (b'{"instances": [[1e999, 1]]}', "number is infinity"),
        (b'\xff{"instances": [1]}', "Expected JSON. Received: "),
        ('{"instances": [1]}'.encode("utf-16"), "Expected JSON. Received: "),
        (b'{"signature_name": "text", "inputs": ["\\ud800"]}', "no low surrogate"),
        (b'{"instances": ' + b"1" * 5000 + b"}", "number is infinity"),
    ],
)  # fmt: skip
def test_malformed_bodies(server, body, error):
    status, told = server.predict(body)
    assert (status, set(told)) == (400, {"error"})
    assert error in told["error"]


@pytest.mark.parametrize(
    "method, path, status, received",
    [
        ("POST", "/v1/models/no:predict", 404, "no."),
        ("POST", f"{ONE}/versions/7:predict", 404, "several, version 7."),
        ("POST", f"{ONE}/labels/canary:predict", 400, "the label canary."),
        ("POST", f"{ONE}:classify", 400, "classify."),
        ("GET", "/v1/models/no", 404, "no."),
        ("GET", f"{ONE}/versions/7", 404, "several, version 7."),
        ("GET", "/v1/models/no/metadata", 404, "no."),
        ("GET", "/v1/models", 400, "GET /v1/models"),
        ("GET", "/v1/foo", 400, "GET /v1/foo"),
        ("POST", "/v1/models", 400, "POST /v1/models"),
        ("POST", ONE, 400, f"POST {ONE}"),
        ("GET", f"{ONE}:predict", 400, f"GET {ONE}:predict"),
        ("POST", f"{ONE}/versions/x:predict", 400, f"POST {ONE}/versions/x:predict"),
        ("DELETE", ONE, 400, f"DELETE {ONE}"),
        ("POST", f"{ONE}/versions/{2**64}:predict", 400, f"{2**64}."),
        ("PATCH", ONE, 400, f"PATCH {ONE}"),
        # The names of models are looked up, never opened.
        ("POST", "/v1/models/..:predict", 404, "..."),
        ("POST", "/v1/models/%2e%2e%2fetc:predict", 400, "POST /v1/models/../etc:predict"),
        ("GET", "/v1/models/several%00", 404, "several\x00."),
        ("GET", "/v1/models/../../etc/passwd", 400, "GET /v1/models/../../etc/passwd"),
    ],
)  # fmt: skip
def test_paths(server, method, path, status, received):
    body = {"instances": [[1, 2]]} if method == "POST" else None
    found, told = server.ask(method, path, body)
    assert (found, set(told)) == (status, {"error"})
    assert told["error"].startswith("Expected ")
    assert told["error"].endswith(f" Received: {received}")


@pytest.mark.parametrize(
    "method, path, status, error",
    [
        ("GET", "/nothing", 404, "Not Found: GET /nothing"),
        ("POST", "/healthz", 405, "Method Not Allowed: POST /healthz"),
    ],
)
def test_paths_that_are_not_of_models(server, method, path, status, error):
    assert server.ask(method, path) == (status, {"error": error})


def test_paths_are_read_without_case(server):
    body = {"instances": [[1, 2]]}
    assert server.ask("POST", "/v1/Models/several:PREDICT", body)[0] == 200
    assert server.predict(body, where="/Versions/1")[0] == 200
    assert server.ask("GET", "/V1/models/several")[0] == 200


@pytest.mark.parametrize("where", ["", "/versions/1"])
def test_status(server, where):
    wanted = [{"version": "1", "state": "AVAILABLE", "status": STATUS_OK}]
    assert server.ask("GET", ONE + where) == (200, {"model_version_status": wanted})


def test_metadata(server):
    status, told = server.ask("GET", f"{ONE}/metadata")
    assert status == 200
    assert told["model_spec"] == {"name": "several", "signature_name": "", "version": "1"}
    signature = told["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert list(signature["inputs"]) == ["x"]
    x = signature["inputs"]["x"]
    assert (x["dtype"], x["name"]) == ("DT_FLOAT", "serving_default_x:0")
    dimensions = [{"size": "-1", "name": ""}, {"size": "2", "name": ""}]
    assert x["tensor_shape"] == {"dim": dimensions, "unknown_rank": False}


def test_health(server):
    assert server.ask("GET", "/healthz") == (200, {"status": "ok"})


def test_answers_are_json(server):
    connection = server.connect()
    for body in ('{"instances": [[1, 2]]}', "no"):
        connection.request("POST", f"{ONE}:predict", body)
        answer = connection.getresponse()
        assert answer.headers["content-type"] == "application/json"
        json.loads(answer.read())
    connection.close()


def ask_with(server, method, path, **headers):
    with contextlib.closing(server.connect()) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer


def test_a_page_elsewhere_reads_nothing_unless_it_may(several, server):
    origin = {"Origin": "https://a.example"}
    assert "access-control-allow-origin" not in ask_with(server, "GET", ONE, **origin).headers
    with running(several, origins=["https://a.example"]) as open_server:
        answer = ask_with(open_server, "GET", ONE, **origin)
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
        answer = ask_with(open_server, "GET", ONE, Origin="https://b.example")
        assert "access-control-allow-origin" not in answer.headers
        asked = {"Access-Control-Request-Method": "POST", **origin}
        assert ask_with(open_server, "OPTIONS", f"{ONE}:predict", **asked).status == 200


def test_a_name_that_is_not_the_servers_is_refused(several):
    with running(several, hosts=["localhost", "127.0.0.1"]) as server:
        assert server.ask("GET", "/healthz")[0] == 200
        for path in (ONE, "/", "/healthz", "/artefacts/index.json"):
            assert ask_with(server, "GET", path, Host="rebound.example:80").status == 403
