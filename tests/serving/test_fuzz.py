"""Whatever comes, the answer is JSON with the right status, and the server goes on."""

import json
import random

import pytest

WORDS = ["instances", "inputs", "signature_name", "x", "a", "b", "b64", "two", "text", "types",
         "serving_default", "flag", "large", "small", "exact", "place", "pick", ""]  # fmt: skip
FINE = {"instances": [[1, 2]]}


def value(dice, depth=0):
    """Returns a random JSON value that looks a little like a request."""
    kinds = 9 if depth < 6 else 6
    kind = dice.randrange(kinds)
    if kind == 0:
        return dice.choice([0, 1, -1, 2**31, 2**63, 2**64, -(2**70), 10**30])
    if kind == 1:
        return dice.choice([0.5, -1e38, 1e39, 1e308, 5e-324, -0.0])
    if kind == 2:
        return dice.choice([True, False, None])
    if kind == 3:
        return dice.choice(WORDS)
    if kind == 4:
        return "".join(chr(dice.choice([0, 34, 92, 127, 255, 0x20AC, 0xD800, 0x1F600]))
                       for _ in range(dice.randrange(5)))  # fmt: skip
    if kind == 5:
        return {"b64": dice.choice(["", "YQ", "YQ==", "?", "Y", "=", "ä"])}
    if kind in (6, 7):
        same = value(dice, depth + 1) if dice.random() < 0.5 else None
        return [value(dice, depth + 1) if same is None else same for _ in range(dice.randrange(5))]
    return {dice.choice(WORDS): value(dice, depth + 1) for _ in range(dice.randrange(4))}


def body(dice):
    """Returns the bytes of a random body: a request, half of one, one with flipped bytes, noise."""
    kind = dice.randrange(6)
    if kind == 0:
        return dice.randbytes(dice.randrange(200))
    if kind == 1:
        return b"[" * dice.randrange(1, 3000) + dice.choice([b"", b"1", b"]" * 3000])
    request = value(dice) if kind == 2 else {
        dice.choice(WORDS[:3]): value(dice), "instances": value(dice)
    }  # fmt: skip
    data = json.dumps(request, ensure_ascii=True).encode()
    if kind == 3:
        return data[: dice.randrange(len(data) + 1)]
    if kind == 4 and data:
        data = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        return bytes(data)
    return data.replace(b"0.5", dice.choice([b"NaN", b"-Infinity", b"1e999", b"0x1", b"1" * 5000]))


def played(server, count, seed):
    """Sends so many bodies over connections that are kept; returns the statuses."""
    dice, statuses = random.Random(seed), []
    connection = server.connect()
    for _ in range(count):
        data = body(dice)
        connection.request("POST", "/v1/models/several:predict", data)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.headers["content-type"] == "application/json", data
        assert answer.status in (200, 400, 404, 413), (answer.status, told, data)
        assert answer.status == 200 or set(told) == {"error"}, (told, data)
        assert answer.status == 200 or "Traceback" not in told["error"]
        statuses.append(answer.status)
    connection.close()
    assert server.predict(FINE) == (200, {"predictions": [[3.0, 5.0]]})
    return statuses


def test_malformed_bodies(server):
    statuses = played(server, 400, seed=0)
    assert statuses.count(400) > 300
    assert not [line for line in server.said if "failed" in line]


PIECES = ["artefacts", "several", "manifest.json", "grid.png", "index.json", "a.tflite", "..", ".",
          "", "%2e%2e", "%2f", "%5c", "%00", "%ff", "1", "saved_model.pb", "passwd", "app.js",
          "v1", "models", "x" * 300, "*", "?server=http://x", "#"]  # fmt: skip


def test_paths_that_lead_nowhere(server, several):
    (several.parent / "passwd").write_text("secret")
    dice, connection, statuses = random.Random(0), server.connect(), []
    for _ in range(400):
        path = "/" + "/".join(dice.choice(PIECES) for _ in range(dice.randrange(1, 7)))
        connection.request(dice.choice(["GET", "GET", "HEAD", "POST"]), path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status in (200, 307, 400, 404, 405), (answer.status, path)
        assert b"secret" not in body and b"root:" not in body
        if answer.status >= 400 and body:
            assert set(json.loads(body)) == {"error"}, path
        statuses.append(answer.status)
    connection.close()
    assert statuses.count(404) > 200
    assert not [line for line in server.said if "failed" in line]


@pytest.mark.slow
def test_ten_thousand_malformed_bodies_and_their_memory(server):
    played(server, 2000, seed=1)  # what is kept for good is kept by now
    before = resident()
    assert played(server, 10_000, seed=2).count(400) > 8000
    assert resident() - before < 50 * 2**20
    assert not [line for line in server.said if "failed" in line]


def resident():
    """Returns the bytes of memory this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
