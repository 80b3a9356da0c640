"""New versions take over while requests come; what does not load is told and left alone."""

import contextlib
import json
import shutil
import threading

import pytest
import tensorflow as tf

from kgan.serving.limits import Limits
from kgan.serving.service import Service
from tests.serving.servers import Several, publish, running, spec

ASKED = {"instances": [[1, 2]]}
MADE = {1: [3.0, 5.0], 2: [4.0, 7.0], 3: [5.0, 9.0]}  # by version: x · (version + 1) + 1


def add(folder, number):
    return publish(Several(number + 1.0), folder / "several" / str(number))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "several").mkdir()
    add(tmp_path, 1)
    return tmp_path


def states(server):
    told = server.ask("GET", "/v1/models/several")[1]["model_version_status"]
    return {int(one["version"]): one["state"] for one in told}


def current(server):
    return server.service.manager.get_latest("several").servable.version


class Clients:
    """Threads that ask without pause, and keep what they are told."""

    def __init__(self, server, count=4):
        self.answers, self._server, self._stop = [], server, threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def _ask(self):
        with contextlib.closing(self._server.connect()) as connection:
            while not self._stop.is_set():
                connection.request("POST", "/v1/models/several:predict", json.dumps(ASKED))
                answer = connection.getresponse()
                self.answers.append((answer.status, json.loads(answer.read())))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)


def test_a_new_version_takes_over_and_no_request_fails(folder):
    with running(folder) as server, Clients(server) as clients:
        server.until(lambda: len(clients.answers) > 20)
        add(folder, 2)
        server.until(lambda: current(server) == 2)
        seen = len(clients.answers)
        server.until(lambda: len(clients.answers) > seen + 20)
        add(folder, 3)
        server.until(lambda: current(server) == 3)
        shutil.rmtree(folder / "several" / "2")
        seen = len(clients.answers)
        server.until(lambda: len(clients.answers) > seen + 20)
    assert {status for status, _ in clients.answers} == {200}
    made = [told["predictions"][0] for _, told in clients.answers]
    assert all(values in MADE.values() for values in made)
    assert made[0] == MADE[1] and made[-1] == MADE[3]
    assert server.said == [f"several: Version {n} is served." for n in (1, 2, 3)]


def test_an_older_version_can_be_asked_for_while_it_is_there(folder):
    add(folder, 2)
    with running(folder) as server:
        assert states(server) == {2: "AVAILABLE", 1: "START"}
        assert server.predict(ASKED)[1]["predictions"] == [MADE[2]]
        old = server.predict(ASKED, where="/versions/1")
        assert old == (200, {"predictions": [MADE[1]]})
        assert states(server) == {2: "AVAILABLE", 1: "AVAILABLE"}
        shutil.rmtree(folder / "several" / "1")
        server.until(lambda: states(server) == {2: "AVAILABLE"})
        status, told = server.predict(ASKED, where="/versions/1")
        assert status == 404 and "several, version 1" in told["error"]


def test_only_so_many_older_versions_stay_loaded(folder):
    add(folder, 2)
    add(folder, 3)
    with running(folder, Limits(poll_seconds=0.05, pinned_versions=1)) as server:
        for number in (1, 2, 1):
            told = server.predict(ASKED, where=f"/versions/{number}")
            assert told == (200, {"predictions": [MADE[number]]})
            assert set(server.service.manager.models["several"].loaded) == {3, number}


def test_what_does_not_load_is_told_and_the_old_version_stays(folder):
    with running(folder) as server:
        broken = shutil.copytree(folder / "several" / "1", folder / "several" / ".aside")
        data = bytearray((broken / "saved_model.pb").read_bytes())
        data[100] ^= 1
        (broken / "saved_model.pb").write_bytes(data)
        broken.rename(folder / "several" / "2")
        server.until(lambda: states(server) == {1: "AVAILABLE", 2: "END"})
        told = server.ask("GET", "/v1/models/several/versions/2")[1]["model_version_status"][0]
        assert told["status"]["error_code"] == "FAILED_PRECONDITION"
        reason = "Received: several/2/saved_model.pb, whose SHA-256 is not"
        assert reason in told["status"]["error_message"]
        assert server.predict(ASKED) == (200, {"predictions": [MADE[1]]})
        assert server.ask("GET", "/healthz")[0] == 200
        assert server.predict(ASKED, where="/versions/2")[0] == 404
        # Put right, it is tried again.
        data[100] ^= 1
        (folder / "several" / "2" / "saved_model.pb").write_bytes(data)
        server.until(lambda: states(server) == {1: "AVAILABLE", 2: "AVAILABLE"})
    refusals = [line for line in server.said if "is not served" in line]
    assert len(refusals) == 1  # said once, not at every look


def test_a_version_whose_first_call_fails_does_not_take_over(folder):
    module = tf.Module()
    module.pick = tf.function(
        lambda x: {"y": tf.gather([1.0], x + 1)}, input_signature=[spec(tf.int32)]
    )
    with running(folder) as server:
        publish(module, folder / "several" / "2", {"serving_default": module.pick})
        server.until(lambda: states(server) == {1: "AVAILABLE", 2: "END"})
        told = server.ask("GET", "/v1/models/several/versions/2")[1]["model_version_status"][0]
        assert "whose first call fails: indices[0] = 1" in told["status"]["error_message"]


def test_an_unsafe_version_is_never_run(folder, tmp_path_factory):
    touched = tmp_path_factory.mktemp("touched") / "file"
    module = tf.Module()

    def writes(x):
        tf.io.write_file(str(touched), "x")
        return {"y": x}

    module.writes = tf.function(writes, input_signature=[spec(tf.float32)])
    with running(folder) as server:
        publish(module, folder / "several" / "2", {"serving_default": module.writes})
        server.until(lambda: states(server) == {1: "AVAILABLE", 2: "END"})
        assert server.predict({"instances": [1.0]}, where="/versions/2")[0] == 404
    assert not touched.exists()
    assert any("which also holds WriteFile. It is not run." in line for line in server.said)


def test_when_the_newest_goes_the_one_before_is_served_again(folder):
    path = add(folder, 2)
    with running(folder) as server, Clients(server, 2) as clients:
        server.until(lambda: len(clients.answers) > 5)
        shutil.rmtree(path)
        server.until(lambda: current(server) == 1)
    assert {status for status, _ in clients.answers} == {200}


def test_artefacts_come_and_go(folder):
    with running(folder) as server:
        (folder / "other").mkdir()
        publish(Several(9.0), folder / "other" / "1")
        server.until(lambda: server.predict(ASKED, model="other")[0] == 200)
        shutil.rmtree(folder / "other")
        server.until(lambda: server.predict(ASKED, model="other")[0] == 404)
        assert server.predict(ASKED)[0] == 200


def test_a_version_whose_first_call_never_ends_is_refused_and_others_come(folder):
    module = tf.Module()
    module.loop = tf.function(
        lambda x: {
            "y": tf.while_loop(lambda i: i[0] < 1, lambda i: (tf.minimum(i, 0),), (x,), None, 1)[0]
        },
        input_signature=[tf.TensorSpec((None,), tf.int32)],
    )
    limits = Limits(poll_seconds=0.05, run_seconds=0.5)
    with running(folder, limits) as server, Clients(server, 1) as clients:
        publish(module, folder / "several" / "2", {"serving_default": module.loop})
        server.until(lambda: states(server) == {1: "AVAILABLE", 2: "END"})
        told = server.ask("GET", "/v1/models/several/versions/2")[1]["model_version_status"][0]
        assert "answers within 0.5 seconds" in told["status"]["error_message"]
        add(folder, 3)
        server.until(lambda: current(server) == 3)
    assert {status for status, _ in clients.answers} == {200}


@pytest.mark.parametrize("vanish", ["several", "several/1", "."])
def test_what_is_gone_for_a_moment_is_served_on(folder, vanish):
    with running(folder, Limits(poll_seconds=60.0)) as server:
        path, aside = folder / vanish, folder.parent / f"{folder.name}-aside"
        path.resolve().rename(aside)
        for _ in range(10 if vanish == "." else 2):
            server.service.refresh().result()
            assert server.predict(ASKED) == (200, {"predictions": [MADE[1]]})
        aside.rename(path)
        server.service.refresh().result()
        assert states(server) == {1: "AVAILABLE"}
    assert server.said == ["several: Version 1 is served."]


def test_an_empty_folder_unloads_nothing(folder):
    """As where a disk is not mounted."""
    with running(folder, Limits(poll_seconds=60.0)) as server:
        shutil.rmtree(folder / "several")
        for _ in range(10):
            server.service.refresh().result()
        assert server.predict(ASKED)[0] == 200


def test_ready_as_long_as_anything_is_served(folder):
    (folder / "broken").mkdir()
    (folder / "broken" / "1").mkdir()
    (folder / "broken" / "1" / "saved_model.pb").write_bytes(b"no graph")
    with running(folder, Limits(poll_seconds=60.0)) as server:
        ready = {"status": "ok", "models": ["several"], "not_served": ["broken"]}
        assert server.ask("GET", "/readyz") == (200, ready)
        (folder / "several" / "1").rename(folder / "several" / ".aside")
        for _ in range(3):
            server.service.refresh().result()
        assert server.ask("GET", "/readyz")[0] == 503
        assert server.ask("GET", "/healthz") == (200, {"status": "ok"})


def test_memory_is_put_in_order_when_versions_come_or_go(folder):
    calls = []
    service = Service(folder, Limits(), lambda line: None, lambda: calls.append(1))
    try:
        for expected in (1, 1):
            service.refresh().result()
            assert len(calls) == expected
        add(folder, 2)
        service.refresh().result()
        assert len(calls) == 2
    finally:
        assert service.stop(10.0)
