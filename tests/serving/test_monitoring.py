"""The page of figures: what Prometheus reads, and that it counts."""

from prometheus_client.parser import text_string_to_metric_families

from kgan.serving.monitoring import Monitor


def read(text):
    """Returns `{(name, labels): value}` of a page, as Prometheus reads it."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


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
    return read(text), text


def test_a_server_counts(server):
    server.predict({"instances": [[1, 2]] * 3})
    before, _ = page(server)
    server.predict({"instances": [[1, 2]] * 3})
    server.predict({"instances": [3]})
    server.predict({"instances": [3]}, model="nobody")
    server.predict({"instances": [3]}, where="/versions/9")
    after, text = page(server)
    gained = {name: after[name] - before.get(name, 0) for name in after}
    model = ("model_name", "several")
    for status in ("OK", "INVALID_ARGUMENT", "NOT_FOUND"):
        assert gained[":tensorflow:serving:request_count", model, ("status", status)] == 1
    latency = (("API", "predict"), ("entrypoint", "REST"), model)
    assert gained[":tensorflow:serving:request_latency_count", *latency] == 3
    assert 0 < gained[":tensorflow:serving:request_latency_sum", *latency] < 60e6  # microseconds
    rows = "kgan:serving:batch_rows"
    assert (gained[f"{rows}_sum", model], gained[f"{rows}_count", model]) == (3, 1)
    assert gained[f"{rows}_bucket", ("le", "2.0"), model] == 0
    assert gained[f"{rows}_bucket", ("le", "4.0"), model] == 1
    assert after["kgan:serving:model_version", model] == 1
    assert "nobody" not in text  # what clients make up is no label


def test_each_server_counts_its_own():
    first, second = Monitor(), Monitor()
    first.count_batch("a", 3)
    assert "kgan:serving:batch_rows_count" in first.render({}).decode()
    assert "kgan:serving:batch_rows_count" not in second.render({}).decode()


def test_a_model_that_is_gone_has_no_version():
    monitor = Monitor()
    assert b'model_name="a"} 2.0' in monitor.render({"a": 2})
    assert b'model_name="a"' not in monitor.render({})


def test_odd_names_are_escaped():
    monitor, odd = Monitor(), 'a"b\\c\nd'
    monitor.count_request(odd, "OK", 0.1)
    text = monitor.render({}).decode()
    assert r':tensorflow:serving:request_count{model_name="a\"b\\c\nd",status="OK"} 1.0' in text
    key = (":tensorflow:serving:request_count", ("model_name", odd), ("status", "OK"))
    assert read(text)[key] == 1
