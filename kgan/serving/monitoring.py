"""Counts and times of a server, for Prometheus.

Names and units are TensorFlow Serving's where it has the same figure, so that dashboards made for
it keep working.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric

_MICROSECONDS = (
    1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7,
)  # fmt: skip
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Monitor:
    """What a server counts. Labels are names of artefacts on disk, never what a client sent."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = _UnsuffixedCounter(
            ":tensorflow:serving:request_count",
            "Predict requests to models that exist.",
            ["model_name", "status"],
            registry=registry,
        )
        self._latency = Histogram(
            ":tensorflow:serving:request_latency",
            "Microseconds from a request's head to its answer.",
            ["model_name", "API", "entrypoint"],
            registry=registry,
            buckets=_MICROSECONDS,
        )
        self._batches = Histogram(
            "kgan:serving:batch_rows",
            "Rows of the batches that ran.",
            ["model_name"],
            registry=registry,
            buckets=_ROWS,
        )
        self._versions = Gauge(
            "kgan:serving:model_version",
            "Newest version that is served.",
            ["model_name"],
            registry=registry,
        )

    def count_request(self, model: str, status: str, seconds: float, api: str = "REST") -> None:
        """Counts a predict request to a model that exists, and the time that it took."""
        self._requests.labels(model, status).inc()
        self._latency.labels(model, "predict", api).observe(seconds * 1e6)

    def count_batch(self, model: str, rows: int) -> None:
        """Counts a batch."""
        self._batches.labels(model).observe(rows)

    def render(self, versions: Mapping[str, int]) -> bytes:
        """Returns the page in Prometheus' text format.

        Args:
            versions: `{model: newest version that is served}`.
        """
        self._versions.clear()
        for model, version in versions.items():
            self._versions.labels(model).set(version)
        return generate_latest(self._registry)


class _UnsuffixedCounter(Counter):
    """A counter without the suffix _total, which TensorFlow Serving's counters do not have."""

    def collect(self) -> Iterator[Metric]:
        for metric in super().collect():
            plain = Metric(metric.name, metric.documentation, "unknown")
            plain.samples = [
                sample._replace(name=metric.name)
                for sample in metric.samples
                if sample.name.endswith("_total")
            ]
            yield plain
