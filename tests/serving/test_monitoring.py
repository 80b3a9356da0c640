"""The page of figures: what Prometheus reads, and that it counts."""

import re

import numpy as np

from kgan.serving.monitoring import Histogram, Monitor

LINE = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*\{([a-zA-Z_]+="([^"\\\n]|\\.)*",?)+\} [0-9.e+-]+$')


def page(server):
    connection = server.connect()
    connection.request("GET", "/monitoring/prometheus/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert (answer.status, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines()
            if not line.startswith("#")}, text  # fmt: skip


def test_a_server_counts(server):
    server.predict({"instances": [[1, 2]] * 3})
    before, text = page(server)
    for line in text.splitlines():
        assert LINE.match(line) or line.startswith("# TYPE "), line
    server.predict({"instances": [[1, 2]] * 3})
    server.predict({"instances": [3]})
    server.predict({"instances": [3]}, model="nobody")
    server.predict({"instances": [3]}, where="/versions/9")
    after, text = page(server)
    gained = {name: after[name] - before.get(name, 0) for name in after}
    count = ':tensorflow:serving:request_count{model_name="several",status="%s"}'
    latency = '{model_name="several",API="predict",entrypoint="REST"}'
    rows = 'kgan:serving:batch_rows_%s{model_name="several"%s}'
    assert gained[count % "OK"] == 1
    assert gained[count % "INVALID_ARGUMENT"] == 1
    assert gained[count % "NOT_FOUND"] == 1
    assert gained[":tensorflow:serving:request_latency_count" + latency] == 3
    assert 0 < gained[":tensorflow:serving:request_latency_sum" + latency] < 60e6  # microseconds
    assert (gained[rows % ("sum", "")], gained[rows % ("count", "")]) == (3, 1)
    assert gained[rows % ("bucket", ',le="2"')] == 0
    assert gained[rows % ("bucket", ',le="4"')] == 1
    assert after['kgan:serving:model_version{model_name="several"}'] == 1
    assert "nobody" not in text  # what clients make up is no label


def test_a_histogram_is_cumulative(random):
    histogram, values = Histogram((1, 2, 4)), [0.5, 1, 1.5, 2, 3, 9]
    for value in values:
        histogram.add(value)
    assert list(histogram.lines("h", 'a="b"')) == [
        'h_bucket{a="b",le="1"} 2',
        'h_bucket{a="b",le="2"} 4',
        'h_bucket{a="b",le="4"} 5',
        'h_bucket{a="b",le="+Inf"} 6',
        f'h_sum{{a="b"}} {np.sum(values):g}',
        'h_count{a="b"} 6',
    ]


def test_odd_names_are_escaped():
    monitor = Monitor()
    monitor.answered('a"b\\c\nd', "OK", 0.1)
    (line, *_) = [line for line in monitor.page({}).splitlines() if "request_count{" in line]
    assert line == r':tensorflow:serving:request_count{model_name="a\"b\\c\nd",status="OK"} 1'
