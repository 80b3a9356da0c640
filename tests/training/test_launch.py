"""`kgan launch` with workers that are small programs of our own."""

import json
import os
import signal
import threading
import time

import pytest

from kgan.cli import main
from kgan.errors import InputError, Interrupted, RunError
from kgan.training import launch as launching

# What a worker does: writes down its number and whom it knows, then what the test says.
BEFORE = """
import json, os, sys, time, pathlib
config = json.loads(os.environ["TF_CONFIG"])
index, folder = config["task"]["index"], pathlib.Path(sys.argv[-3])
starts = len(list(folder.glob(f"{index}-*")))
(folder / f"{index}-{starts}").write_text(json.dumps([config, sys.argv[1:]]))

def wait_for_the_other():
    while not (folder / f"{1 - index}-{starts}").exists():
        time.sleep(0.01)
"""


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """Returns a function that launches two workers, and what each start of each knew."""

    def launch(program, **options):
        monkeypatch.setattr(launching, "_KGAN", BEFORE + program)
        launching.launch(["train", "x", str(tmp_path)], 2, **options)

    def known():
        return {path.name: json.loads(path.read_text()) for path in sorted(tmp_path.iterdir())}

    launch.known = known
    return launch


def test_every_worker_gets_the_line_and_knows_the_others(worker, tmp_path):
    worker("")
    known = worker.known()
    assert list(known) == ["0-0", "1-0"]
    for index, (config, line) in enumerate(known.values()):
        assert config["task"] == {"type": "worker", "index": index}
        assert line == ["train", "x", str(tmp_path), "--distribute", "multiworker"]
    (first, _), (second, _) = known.values()
    assert first["cluster"] == second["cluster"]
    assert len(set(first["cluster"]["worker"])) == 2


def test_when_one_fails_all_start_again(worker, capfd):
    worker("""
if index == 1 and starts == 0:
    wait_for_the_other()
    sys.exit("oh dear")
if index == 0 and starts == 0:
    time.sleep(600)  # as one that waits for the other
""")
    assert list(worker.known()) == ["0-0", "0-1", "1-0", "1-1"]
    assert capfd.readouterr().err == (
        "Worker 1 ended with 1. It said: oh dear Starting all again, 1 of 3.\n"
    )


def test_it_starts_again_so_often_and_no_more(worker, capfd):
    with pytest.raises(RunError, match="Workers failed 2 times"):
        worker(
            """
if index == 0:
    wait_for_the_other()
    os.kill(os.getpid(), 9)
time.sleep(600)
""",
            restarts=1,
        )
    assert list(worker.known()) == ["0-0", "0-1", "1-0", "1-1"]
    assert capfd.readouterr().err == (
        "Worker 0 was killed by SIGKILL. Starting all again, 1 of 1.\nWorker 0 was killed by "
        "SIGKILL.\n"
    )


def test_bad_input_is_not_tried_again(worker):
    with pytest.raises(InputError, match=r"^Expected more\.$"):
        worker("print('kgan: Expected more.', file=sys.stderr)\nsys.exit(2 * index)")
    assert len(worker.known()) == 2


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_stop_is_handed_on(worker, tmp_path, number, code):
    def send():
        while not all((tmp_path / f"ready-{index}").exists() for index in range(2)):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=send).start()
    with pytest.raises(Interrupted) as stop:
        worker("""
import signal
def leave(number, frame):
    (folder / f"left-{index}").write_text(str(number))
    os._exit(0)
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, leave)
(folder / f"ready-{index}").write_text("0")
time.sleep(600)
""")
    assert stop.value.code == code
    assert [(tmp_path / f"left-{index}").read_text() for index in range(2)] == [str(number)] * 2


@pytest.mark.parametrize(
    "line, message",
    [
        (["launch", "--workers", "0", "train", "gan_ring"], "Expected a whole workers >= 1."),
        (["launch", "--restarts", "-1", "train", "gan_ring"], "Expected a whole restarts >= 0."),
        (["launch", "sample", "x"], "Received: sample x command. Only training has workers."),
        (["launch"], "Received: no command."),
    ],
)
def test_bad_lines_are_one_line(capsys, line, message):
    assert main(line) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
