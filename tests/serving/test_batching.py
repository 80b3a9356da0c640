"""Requests that come together run together, and get what each would get alone."""

import asyncio
import concurrent.futures
import threading
import time

import numpy as np
import pytest

from kgan.serving.batching import Batcher
from kgan.serving.limits import Limits, RequestError


class Recording:
    """A signature that doubles, remembers its batches, and can be held up.

    Args:
        joins: whether requests may be stacked.
    """

    def __init__(self, joins=True):
        self.joins, self.batches = joins, []
        self.open = threading.Event()
        self.open.set()

    def run(self, arrays):
        assert self.open.wait(10)
        self.batches.append(len(arrays["x"]))
        if (arrays["x"] < 0).any():
            raise ValueError("x must not be negative")
        return {"y": arrays["x"] * 2}


def played(signature, play, limits=Limits()):  # noqa: B008  (a NamedTuple cannot be changed)
    """Runs a coroutine function with a batcher; returns its result and the rows counted."""
    rows = []

    async def main():
        with concurrent.futures.ThreadPoolExecutor(2) as executor:
            return await play(Batcher(signature, limits, executor, rows.append))

    return asyncio.run(main()), rows


def column(*values):
    return {"x": np.array(values, np.float32)[:, None]}


async def together(batcher, requests):
    return await asyncio.gather(*map(batcher.run, requests), return_exceptions=True)


def test_a_request_alone_runs_at_once_and_others_gather_meanwhile():
    signature = Recording()
    requests = [column(i, i + 0.5) for i in range(6)]

    async def play(batcher):
        signature.open.clear()
        first = asyncio.create_task(batcher.run(requests[0]))
        await asyncio.sleep(0.05)  # it has begun; these wait
        others = [asyncio.create_task(batcher.run(request)) for request in requests[1:]]
        await asyncio.sleep(0.05)
        signature.open.set()
        return await asyncio.gather(first, *others)

    results, rows = played(signature, play)
    for request, result in zip(requests, results, strict=True):
        np.testing.assert_array_equal(result["y"], request["x"] * 2)
    assert signature.batches == rows == [2, 10]


def test_a_batch_has_at_most_so_many_rows():
    signature = Recording()

    async def play(batcher):
        return await together(batcher, [column(*range(3))] * 5)

    results, _ = played(signature, play, Limits(rows=7))
    assert [result["y"].ravel().tolist() for result in results] == [[0, 2, 4]] * 5
    assert signature.batches == [6, 6, 3]


def test_one_bad_request_does_not_spoil_the_others():
    signature = Recording()

    async def play(batcher):
        return await together(batcher, [column(1), column(-1), column(2)])

    results, _ = played(signature, play)
    assert results[0]["y"].tolist() == [[2.0]]
    assert results[2]["y"].tolist() == [[4.0]]
    assert isinstance(results[1], RequestError)
    assert (results[1].text, results[1].status) == ("x must not be negative", 400)


def test_what_cannot_be_stacked_runs_alone():
    signature = Recording(joins=False)

    async def play(batcher):
        return await together(batcher, [column(1, 2), column(3)])

    played(signature, play)
    assert signature.batches == [2, 1]
    signature = Recording()

    async def play(batcher):
        wide = {"x": np.zeros((1, 2))}
        return await together(batcher, [column(1), column(2), wide, wide, column()])

    played(signature, play)
    assert signature.batches == [2, 2, 0]


def test_a_signature_whose_answer_has_another_length_is_not_stacked():
    signature = Recording()
    real = signature.run
    signature.run = lambda arrays: {"y": real(arrays)["y"].sum(0)}

    async def play(batcher):
        return await together(batcher, [column(1), column(2)])

    results, _ = played(signature, play)
    assert [result["y"].tolist() for result in results] == [[2.0], [4.0]]


def test_a_full_queue_refuses():
    signature = Recording()

    async def play(batcher):
        signature.open.clear()
        waiting = asyncio.create_task(together(batcher, [column(1)] * 5))
        await asyncio.sleep(0.05)  # one runs, four wait
        with pytest.raises(RequestError, match="Too many requests in the queue") as caught:
            await batcher.run(column(1, 2))
        signature.open.set()
        return caught.value.status, await waiting

    (status, results), _ = played(signature, play, Limits(queued_rows=5, rows=1))
    assert status == 503
    assert [result["y"].tolist() for result in results] == [[[2.0]]] * 5


def test_nobody_waits_for_ever_when_something_breaks():
    signature = Recording()
    signature.run = lambda arrays: {}["y"]

    async def play(batcher):
        return await together(batcher, [column(1), column(2)])

    results, _ = played(signature, play)
    assert [(type(result), result.status) for result in results] == [(RequestError, 500)] * 2


def test_with_company_a_request_waits_for_more():
    """The last batch had two requests: a batch begins when there are two, or after the wait."""
    signature = Recording()

    async def play(batcher):
        await together(batcher, [column(1), column(2)])
        first = asyncio.create_task(batcher.run(column(1)))
        await asyncio.sleep(0.02)
        await asyncio.gather(first, batcher.run(column(2)))  # they meet
        await batcher.run(column(3))  # this one waits in vain
        await batcher.run(column(4))  # and this one not at all

    start = time.monotonic()
    played(signature, play, Limits(wait_seconds=0.2))
    assert signature.batches == [2, 2, 1, 1]
    assert time.monotonic() - start < 0.5
