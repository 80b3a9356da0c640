"""Counts and times of a server, in the text format of Prometheus.

A counter, a gauge and two histograms with one label each need no library: the format is a line a
number. Names and units are TensorFlow Serving's where it has the same figure, so that dashboards
made for it keep working.

Reference: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import bisect
import threading

_REQUESTS = ":tensorflow:serving:request_count"
_LATENCY = ":tensorflow:serving:request_latency"
_BATCHES = "kgan:serving:batch_rows"
_VERSION = "kgan:serving:model_version"
_MICROSECONDS = (
    1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7,
)  # fmt: skip
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Histogram:
    """Counts of values up to bounds.

    Args:
        bounds: upper bounds, ascending.
    """

    def __init__(self, bounds):
        self.bounds, self.counts, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def add(self, value):
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.total += value

    def lines(self, name, labels):
        """Yields its lines: cumulative buckets, sum, count."""
        seen = 0
        for bound, count in zip((*self.bounds, "+Inf"), self.counts, strict=True):
            seen += count
            edge = bound if isinstance(bound, str) else f"{bound:g}"
            yield f'{name}_bucket{{{labels},le="{edge}"}} {seen}'
        yield f"{name}_sum{{{labels}}} {self.total:.10g}"
        yield f"{name}_count{{{labels}}} {seen}"


class Monitor:
    """What a server counts. Labels are names of artefacts on disk, never what a client sent."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests, self._latencies, self._batches = {}, {}, {}

    def answered(self, model, status, seconds):
        """Counts a predict request to a model that exists, and the time that it took."""
        with self._lock:
            key = (model, status)
            self._requests[key] = self._requests.get(key, 0) + 1
            self._latencies.setdefault(model, Histogram(_MICROSECONDS)).add(seconds * 1e6)

    def ran(self, model, rows):
        """Counts a batch."""
        with self._lock:
            self._batches.setdefault(model, Histogram(_ROWS)).add(rows)

    def page(self, versions):
        """Returns the page.

        Args:
            versions: `{model: newest version that is served}`.
        """
        with self._lock:
            lines = [f"# TYPE {_REQUESTS} counter"]
            for (model, status), count in sorted(self._requests.items()):
                lines.append(f'{_REQUESTS}{{{_label(model)},status="{status}"}} {count}')
            for name, histograms, labels in (
                (_LATENCY, self._latencies, ',API="predict",entrypoint="REST"'),
                (_BATCHES, self._batches, ""),
            ):
                lines.append(f"# TYPE {name} histogram")
                for model, histogram in sorted(histograms.items()):
                    lines += histogram.lines(name, _label(model) + labels)
        lines.append(f"# TYPE {_VERSION} gauge")
        lines += [f"{_VERSION}{{{_label(m)}}} {number}" for m, number in sorted(versions.items())]
        return "\n".join(lines) + "\n"


def _label(model):
    escaped = model.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'model_name="{escaped}"'
