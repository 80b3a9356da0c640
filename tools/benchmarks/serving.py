"""How `kgan serve` behaves under load: rates, wrong pictures, reloading, bad bodies.

A small DCGAN (32×32×1) is exported, untrained and stretched so that its pictures are far from
grey. Clients are threads of this process that ask for one picture by seed, again and again, over
connections that stay open; the server is a process of its own.

* `batching`: pictures a second with requests joined and one by one, in turns, so that a machine
  that slows down slows both; quote the ratio.
* `soak`: every picture is compared with what the SavedModel makes of its seed alone; in the middle
  a new version takes over.
* `floats`: requests a second, and the slowest in a hundred, of 16 pictures in floating point.
* `silent`: how long `/healthz` takes while 2,000 connections are silent and 100 send slowly.
* `malformed`: bodies that are broken in random ways, and the server's memory before and after.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kgan.progress import track

SERVE = "import sys; from kgan.serving import Limits, serve; serve(sys.argv[1], 0, limits={})"
SEEDS = 64
PATH = "/v1/models/digits:predict"


def exported(folder, width):
    """Exports an untrained generator; returns what it makes of each seed alone, uint8."""
    import tensorflow as tf

    from kgan.export import publish
    from kgan.models import DCGAN

    gan = DCGAN(image_shape=(32, 32, 1), width=width)
    for weight in gan.sampling_generator.variables:
        if weight.name == "kernel":
            weight.assign(weight * 5.0)
    loaded = tf.saved_model.load(str(publish(gan, folder / "digits").path))
    sample = loaded.signatures["sample"]
    return [sample(seed=tf.constant([[seed, 0]]))["images"].numpy()[0] for seed in range(SEEDS)]


@contextlib.contextmanager
def server(folder, limits="Limits()"):
    """Yields `(port, process)` of a server."""
    command = [sys.executable, "-c", SERVE.format(limits), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.startswith("Serving "):
                break
        else:
            sys.exit("The server did not start.")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield int(line.split(" at ")[1].rsplit(":", 1)[1].split(".")[0]), process
    finally:
        process.terminate()
        process.wait(60)


class Connection:
    """HTTP as plain as it goes: the clients share the cores with the server."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, body):
        """Returns `(status, body of the answer)`."""
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        data = self._socket.recv(1 << 20)
        while b"\r\n\r\n" not in data:
            data += self._socket.recv(1 << 20)
        head, _, answer = data.partition(b"\r\n\r\n")
        parts, left = [answer], length(head) - len(answer)
        while left:
            parts.append(self._socket.recv(1 << 20))
            left -= len(parts[-1])
        return int(head.split()[1]), b"".join(parts)

    def close(self):
        self._socket.close()


def length(head):
    lines = head.lower().split(b"\r\n")
    return next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))


def asking(seed):
    return json.dumps({"signature_name": "sample", "instances": [[seed, 0]]}).encode()


def load(port, clients, seconds, check=None):
    """Returns `{requests, failed, wrong}` of clients that ask without pause.

    Args:
        check: called with `(seed, answer)`; whether the picture is right.
    """
    counts = {"requests": 0, "failed": 0, "wrong": 0}
    lock, end = threading.Lock(), time.monotonic() + seconds
    bodies = [asking(seed) for seed in range(SEEDS)]

    def ask(number):
        dice, own = random.Random(number), dict.fromkeys(counts, 0)
        connection = Connection(port)
        while time.monotonic() < end:
            seed = dice.randrange(SEEDS)
            try:
                status, answer = connection.post(bodies[seed])
            except (OSError, StopIteration):
                connection, status = Connection(port), 0
            own["requests"] += 1
            own["failed"] += status != 200
            own["wrong"] += status == 200 and check is not None and not check(seed, answer)
        connection.close()
        with lock:
            for name, count in own.items():
                counts[name] += count

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def batching(folder, arguments):
    """Returns pictures a second, joined and one by one, of several turns."""
    limits = {"joined": "Limits()", "one by one": "Limits(rows=1)"}
    rates = {name: [] for name in limits}
    seconds = {name: [] for name in limits}  # of the server's CPU, for a picture
    with contextlib.ExitStack() as stack:
        running = {n: stack.enter_context(server(folder, text)) for n, text in limits.items()}
        for port, _ in running.values():
            load(port, arguments.clients, 1.0)  # the first calls are the slow ones
        turns = range(arguments.turns)
        for _ in track(turns, len(turns), "Turns with and without batching"):
            for name, (port, process) in running.items():
                before = cpu_seconds(process.pid)
                counts = load(port, arguments.clients, arguments.seconds)
                if counts["failed"]:
                    sys.exit(f"{counts['failed']} requests failed {name}.")
                rates[name].append(counts["requests"] / arguments.seconds)
                seconds[name].append((cpu_seconds(process.pid) - before) / counts["requests"])
    ratios = [j / o for j, o in zip(*rates.values(), strict=True)]
    return {
        "clients": arguments.clients,
        "pictures_a_second": {n: [round(r, 1) for r in values] for n, values in rates.items()},
        "server_cpu_ms_a_picture": {
            name: round(1e3 * statistics.median(values), 2) for name, values in seconds.items()
        },
        "ratio": round(statistics.median(ratios), 2),
    }


def soak(folder, arguments, expected):
    """Returns the counts of a long load, in whose middle a new version takes over."""
    exact = {}

    def right(seed, answer):
        if exact.get(seed) == answer:
            return True
        made = np.array(json.loads(answer)["predictions"][0])
        if np.abs(made - expected[seed]).max() > 1:  # a tie may round either way
            return False
        exact[seed] = answer
        return True

    def renew():
        time.sleep(arguments.soak / 2)
        aside = shutil.copytree(folder / "digits" / "1", folder / "digits" / ".aside")
        aside.rename(folder / "digits" / "2")

    with server(folder) as (port, process):
        before = memory(process.pid)
        thread = threading.Thread(target=renew)
        thread.start()
        done = threading.Event()
        threading.Thread(target=tell_seconds, args=(arguments.soak, done), daemon=True).start()
        counts = load(port, arguments.clients, arguments.soak, right)
        done.set()
        thread.join()
        grown = memory(process.pid) - before
        text = metrics(port)
    shutil.rmtree(folder / "digits" / "2")
    served = [line for line in text.splitlines() if line.startswith("kgan:serving:model_version{")]
    return {
        "seconds": arguments.soak,
        **counts,
        "served_at_the_end": int(float(served[0].split()[1])),
        "memory_grown_mb": round(grown / 2**20, 1),
    }


def tell_seconds(total, done):
    for _ in track(range(int(total)), int(total), "Seconds of load"):
        if done.wait(1.0):
            return


def malformed(folder, arguments):
    """Returns the statuses of broken bodies, and how much memory the server kept."""
    dice, statuses, not_json = random.Random(0), {}, 0
    with server(folder) as (port, process):
        connection = Connection(port)
        for body in (broken(dice) for _ in range(1000)):
            connection.post(body)  # what is kept for good is kept by now
        before = memory(process.pid)
        for _ in track(range(arguments.bodies), arguments.bodies, "Malformed bodies"):
            status, answer = connection.post(broken(dice))
            statuses[status] = statuses.get(status, 0) + 1
            try:
                json.loads(answer)
            except ValueError:
                not_json += 1
        grown = memory(process.pid) - before
        alive = connection.post(asking(0))[0]
        connection.close()
    return {
        "bodies": arguments.bodies,
        "statuses": statuses,
        "answers_that_are_no_json": not_json,
        "status_of_a_good_one_after": alive,
        "memory_grown_mb": round(grown / 2**20, 1),
    }


def floats(folder, arguments):
    """Returns requests a second of 16 pictures as floats, and milliseconds of an answer."""
    size = json.loads((folder / "digits" / "manifest.json").read_text())["latent_size"]
    latents = np.random.default_rng(0).standard_normal((16, size)).round(6).tolist()
    body = json.dumps({"instances": latents}).encode()
    times = []

    def ask(port, end):
        connection = Connection(port)
        while time.monotonic() < end:
            start = time.monotonic()
            status, _ = connection.post(body)
            times.append(time.monotonic() - start if status == 200 else np.inf)
        connection.close()

    with server(folder) as (port, _):
        load(port, arguments.clients, 1.0)
        for seconds in (2.0, arguments.soak / 4):
            times.clear()
            end = time.monotonic() + seconds
            threads = [
                threading.Thread(target=ask, args=(port, end)) for _ in range(arguments.clients)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    return {
        "clients": arguments.clients,
        "requests_a_second": round(len(times) / seconds, 1),
        "ms": {p: round(1e3 * float(np.percentile(times, p)), 1) for p in (50, 99, 100)},
    }


def silent(folder, arguments):
    """Returns the milliseconds of `/healthz` while many clients are silent or slow."""
    del arguments
    files = 4096
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, hard), hard))
    times, head = [], b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with server(folder) as (port, _), contextlib.ExitStack() as stack:

        def connect():
            return stack.enter_context(
                contextlib.closing(socket.create_connection(("127.0.0.1", port), 10))
            )

        def dribble():
            for byte in b"GET / HTTP/1.1\r\nX: " + b"a" * 100:
                for connection in slow:
                    with contextlib.suppress(OSError):
                        connection.send(bytes([byte]))
                if done.wait(1.0):
                    return

        done = threading.Event()
        idle, slow = [connect() for _ in range(2000)], [connect() for _ in range(100)]
        dribbling = threading.Thread(target=dribble)
        dribbling.start()
        for _ in range(100):
            start = time.monotonic()
            with contextlib.closing(socket.create_connection(("127.0.0.1", port), 10)) as asking:
                asking.sendall(head)
                if not asking.recv(100).startswith(b"HTTP/1.1 200"):
                    sys.exit("The server is not alive.")
            times.append(time.monotonic() - start)
            time.sleep(0.05)
        done.set()
        dribbling.join()
    return {
        "idle": len(idle),
        "slow": len(slow),
        "ms": {p: round(1e3 * float(np.percentile(times, p)), 1) for p in (50, 99, 100)},
    }


def broken(dice):
    """Returns a request that was cut, flipped, doubled, nested, or is noise from the start."""
    body = bytearray(asking(dice.randrange(2**33)))
    kind = dice.randrange(5)
    if kind == 0:
        return bytes(body[: dice.randrange(len(body))])
    if kind == 1:
        for _ in range(dice.randrange(1, 5)):
            body[dice.randrange(len(body))] = dice.randrange(256)
        return bytes(body)
    if kind == 2:
        return bytes(body) * 2
    if kind == 3:
        return b'{"instances":' + b"[" * dice.randrange(1, 50_000)
    return dice.randbytes(dice.randrange(1, 2000))


def memory(process):
    """Returns the bytes a process holds."""
    return int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metrics(port):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/monitoring/prometheus/metrics") as page:
        return page.read().decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--width", type=int, default=16, help="of the DCGAN [16]; recipe: 32")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--turns", type=int, default=5, help="of the batching measurement [5]")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a turn [4]")
    parser.add_argument("--soak", type=float, default=60.0, help="seconds [60]")
    parser.add_argument("--bodies", type=int, default=10_000)
    parser.add_argument("--only", choices=("batching", "soak", "floats", "silent", "malformed"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        expected = exported(folder, arguments.width)
        parts = {
            "batching": lambda: batching(folder, arguments),
            "soak": lambda: soak(folder, arguments, expected),
            "floats": lambda: floats(folder, arguments),
            "silent": lambda: silent(folder, arguments),
            "malformed": lambda: malformed(folder, arguments),
        }
        for name, measure in parts.items():
            if arguments.only in (None, name):
                print(json.dumps({name: measure()}), flush=True)


if __name__ == "__main__":
    main()
