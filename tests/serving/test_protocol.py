"""Requests and answers written out, as TensorFlow Serving's REST API has them."""

import json

import pytest

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
    # 1.2 and 24692.356 in float32, as TensorFlow Serving writes them: no 1.2000000476837158.
    assert text == '{"predictions":[[1.2,24692.3555]]}'


@pytest.mark.parametrize(
    "request_, error",
    [
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"instances": []}, """JSON Value: {"instances": []} No values in 'instances' array"""),
        (
            {"instances": 3},
            """JSON Value: {"instances": 3} Excepting 'instances' to be an list/array""",
        ),
        (
            {"instances": [1], "inputs": [1]},
            """JSON Value: {"instances": [1], "inputs": [1]} Not formatted correctly expecting """
            "only one of 'inputs' or 'instances' keys to exist ",
        ),
        (
            {"signature_name": 3, "inputs": 1},
            """JSON Value: {"signature_name": 3, "inputs": 1} not formatted correctly. """
            "'signature_name' key must be a string value.",
        ),
        (
            {"signature_name": "no", "inputs": 1},
            'Serving signature name: "no" not found in signature def',
        ),
        (
            {"inputs": [["1", 2]]},
            'JSON Value: "1" Type: String is not of expected type: float',
        ),
        (
            {"inputs": [[True, 2]]},
            "JSON Value: true Type: True is not of expected type: float",
        ),
        (
            {"instances": [[1, 2], [None, 2]]},
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
            "JSON Value: null Type: Null is not of expected type: float",
        ),
        (
            {"inputs": [[1, 2], [1]]},
            "Encountered list at unexpected size: 1 at level: 1 expected size: 2",
        ),
        (
            {"inputs": [[1, 2], 1]},
            "JSON Value: 1 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
        ),
        ({"inputs": [1, [2]]}, "Encountered list at unexpected level: 1 expected < 1"),
        ({"inputs": [[1, 2, 3]]}, "Expected input x of shape [?,2]. Received: shape [1,3]."),
        ({"inputs": [[16777217, 1]]}, "Cannot convert JSON value: 16777217 to float without loss "
                                      "of precision."),
        ({"inputs": [[1e39, 1]]}, "Cannot convert JSON value: 1e+39 to float without loss of "
                                  "precision."),
        (
            {"signature_name": "two", "inputs": {"a": [1.0]}},
            "Missing named input: b in 'inputs' object.",
        ),
        (
            {"signature_name": "two", "inputs": [1.0]},
            "inputs is a plain value/list, but expecting an object as multiple input tensors "
            "required as per tensorinfo_map",
        ),
        (
            {"signature_name": "two", "instances": [1.0]},
            "instances is a plain list, but expecting list of objects as multiple input tensors "
            "required as per tensorinfo_map",
        ),
        (
            {"signature_name": "two", "instances": [{"a": 1.0}]},
            """Failed to process element: 0 of 'instances' list. JSON object: {"a": 1.0} keys """
            "must be equal to: a,b",
        ),
        (
            {"signature_name": "two", "instances": [{"a": 1.0, "b": [1, 2]}, 3]},
            "Expecting object but got list at item 1 of input list",
        ),
        (
            {"instances": [[1, 2], {"x": [1, 2]}]},
            "Expecting value/list but got object at item 1 of input list",
        ),
        (
            {"signature_name": "two", "instances": [{"a": 1.0, "b": [1, 2.5]}]},
            "Failed to process element: 0 key: b of 'instances' list. Error: INVALID_ARGUMENT: "
            "JSON Value: 2.5 Type: Number is not of expected type: int32",
        ),
        (
            {"signature_name": "text", "instances": [{"b64": "?"}]},
            "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Unable to "
            "base64 decode",
        ),
        (
            {"signature_name": "text", "inputs": [{"b64": 3}]},
            """JSON Value: {"b64": 3} not formatted correctly for base64 data""",
        ),
        (
            {"signature_name": "types",
             "inputs": {"flag": [1], "large": [1], "small": [1], "exact": [1]}},
            "JSON Value: 1 Type: Number is not of expected type: bool",
        ),
        (
            {"signature_name": "types",
             "inputs": {"flag": [True], "large": [2**63], "small": [1], "exact": [1]}},
            f"JSON Value: {2**63} Type: Number is not of expected type: int64",
        ),
        (
            {"signature_name": "types",
             "inputs": {"flag": [True], "large": [1], "small": [256], "exact": [1]}},
            "JSON Value: 256 Type: Number is not of expected type: uint8",
        ),
        ({"signature_name": "pick", "instances": [3]}, "indices[0] = 3 is not in [0, 3)"),
        (
            {"signature_name": "total", "instances": [1, 2]},
            "Tensor name: total has no shape information ",
        ),
        (
            {"signature_name": "two", "inputs": {"a": [1.0], "b": [[1, 2], [3, 4]]}},
            "Batching session Run() input tensors must have equal 0th-dimension size. "
            "Received: sizes 1, 2.",
        ),
    ],
)  # fmt: skip
def test_refusals(server, request_, error):
    assert server.predict(request_) == (400, {"error": error})


@pytest.mark.parametrize(
    "body, error",
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"instances = [1, 2]", "JSON Parse error: Invalid value. at offset: 0"),
        (b'{"instances": [1, 2]', "JSON Parse error: Expecting ',' delimiter. at offset: 20"),
        (b"[1, 2]", "JSON Value: [1, 2] Is not object"),
        (b'{"instances": [NaN]}', "JSON Parse error: NaN is no JSON. Send finite numbers."),
        (b'{"x": -Infinity}', "JSON Parse error: -Infinity is no JSON. Send finite numbers."),
        (b'{"instances": [[1e999, 1]]}', "Failed to process element: 0 of 'instances' list. Error: "
         "INVALID_ARGUMENT: Cannot convert JSON value: Infinity to float without loss of "
         "precision."),
        (b'\xff{"instances": [1]}', "JSON Parse error: Invalid encoding in string. at offset: 0"),
        ('{"instances": [1]}'.encode("utf-16"), "JSON Parse error: Invalid encoding in string. at "
         "offset: 0"),
        (b'{"signature_name": "text", "inputs": ["\\ud800"]}', "JSON Parse error: Invalid encoding "
         "in string."),
        (b'{"instances": ' + b"1" * 5000 + b"}", "JSON Parse error: Number too big or nested too "
         "deeply."),
    ],
)  # fmt: skip
def test_malformed_bodies(server, body, error):
    assert server.predict(body) == (400, {"error": error})


@pytest.mark.parametrize(
    "method, path, status, error",
    [
        ("POST", "/v1/models/no:predict", 404, "Servable not found for request: Latest(no)"),
        (
            "POST",
            f"{ONE}/versions/7:predict",
            404,
            "Servable not found for request: Specific(several, 7)",
        ),
        ("POST", f"{ONE}/labels/canary:predict", 400, "Unrecognized servable version label: "
         "canary"),
        ("POST", f"{ONE}:classify", 400, "Expected classification signature method_name to be "
         "tensorflow/serving/classify. Was: tensorflow/serving/predict"),
        ("GET", "/v1/models/no", 404, "Could not find any versions of model no"),
        ("GET", f"{ONE}/versions/7", 404, "Could not find version 7 of model several"),
        ("GET", "/v1/models/no/metadata", 404, "Servable not found for request: Latest(no)"),
        ("GET", "/v1/models", 400, "Missing model name in request."),
        ("GET", "/v1/foo", 400, "Malformed request: GET /v1/foo"),
        ("POST", "/v1/models", 400, "Malformed request: POST /v1/models"),
        ("POST", ONE, 400, f"Malformed request: POST {ONE}"),
        ("GET", f"{ONE}:predict", 400, f"Malformed request: GET {ONE}:predict"),
        ("POST", f"{ONE}/versions/x:predict", 400, f"Malformed request: POST {ONE}/versions/x"
         ":predict"),
        ("DELETE", ONE, 400, f"Malformed request: DELETE {ONE}"),
        (
            "POST",
            f"{ONE}/versions/{2**64}:predict",
            400,
            f"Failed to convert version: {2**64} to numeric.",
        ),
        ("GET", "/nothing", 404, "Not Found: GET /nothing"),
        ("PATCH", ONE, 400, f"Malformed request: PATCH {ONE}"),
        ("POST", "/healthz", 405, "Method Not Allowed: POST /healthz"),
        # The names of models are looked up, never opened.
        ("POST", "/v1/models/..:predict", 404, "Servable not found for request: Latest(..)"),
        ("POST", "/v1/models/%2e%2e%2fetc:predict", 400, "Malformed request: POST "
         "/v1/models/../etc:predict"),
        ("GET", "/v1/models/several%00", 404, "Could not find any versions of model several\x00"),
        ("GET", "/v1/models/../../etc/passwd", 400, "Malformed request: GET "
         "/v1/models/../../etc/passwd"),
    ],
)  # fmt: skip
def test_paths(server, method, path, status, error):
    body = {"instances": [[1, 2]]} if method == "POST" else None
    assert server.ask(method, path, body) == (status, {"error": error})


def test_paths_are_read_without_case(server):
    body = {"instances": [[1, 2]]}
    assert server.ask("POST", "/v1/Models/several:PREDICT", body)[0] == 200
    assert server.predict(body, where="/Versions/1")[0] == 200


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
