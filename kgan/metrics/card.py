"""Scores with their settings in their names, and a card of counts, hashes and spread.

A number without its protocol misleads: FID moves by points with the resize and with the sample
count, so both are in the name: `fid/inception-2015/50000/clean`.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from kgan.errors import InputError, UnknownNameError
from kgan.files import write_text
from kgan.metrics import _resizing
from kgan.types import PathLike

# Each metric's title where its known name is reserved (see below), and which values are better.
METRICS = {
    "fid": ("Fréchet distance", "lower"),
    "kid": ("kernel distance", "lower"),
    "is": ("classifier score", "higher"),
    "precision": ("precision", "higher"),
    "recall": ("recall", "higher"),
    "density": ("density", "higher"),
    "coverage": ("coverage", "higher"),
    "swd": ("sliced Wasserstein distance", "lower"),
    "classes": ("classes found", "higher"),
    "kl": ("KL of the class shares", "lower"),
    "conditional_accuracy": ("conditional accuracy", "higher"),
    "intra_fid": ("intra-class Fréchet distance", "lower"),
    "intra_recall": ("recall within a class", "higher"),
    "variety": ("variety within a condition", "near the ideal"),
    "l1": ("mean absolute error", "lower"),
    "rmse": ("root mean squared error", "lower"),
    "psnr": ("peak signal-to-noise ratio in dB", "higher"),
    "ssim": ("structural similarity", "higher"),
    "sharpness": ("sharpness", "near the ideal"),
    "delta_e": ("colour difference CIEDE2000", "lower"),
    "colorfulness": ("colourfulness", "near the ideal"),
    "ct": ("C_T data-copying test", "near the ideal"),
    "authenticity": ("authenticity", "near the ideal"),
    "copies": ("copy rate", "lower"),
    "modes": ("modes found", "higher"),
    "high_quality_rate": ("high-quality samples", "near the ideal"),
    "valid": ("texts of the grammar", "higher"),
    "own_entropy": ("own entropy in nats a text", "near the ideal"),
    "ngram_overlap": ("4-grams that the data hold", "near the ideal"),
    "forward_perplexity": ("perplexity of samples to a model of the data", "near the ideal"),
    "reverse_perplexity": ("perplexity of the data to a model of samples", "lower"),
    "style_read": ("texts read as the style wanted", "higher"),
    "exact_copy": ("texts that stay themselves in their own style", "higher"),
    "exact_transfer": ("texts that are exactly right in the other style", "higher"),
    "word_accuracy": ("right words at their places", "higher"),
    "spectrum_distance": ("distance of spectra in dB", "lower"),
    "envelope_distance": ("distance of envelopes", "lower"),
    "peak_rate_distance": ("distance of peak rates", "lower"),
    "peak_shape_ratio": ("error of the mean peak, over a Gaussian process's", "lower"),
}
DEFAULT_METRICS = ("fid", "kid", "precision", "recall", "density", "coverage")
COLOR_METRICS = ("delta_e", "colorfulness")  # of three channels
# Of pictures with a target each.
PAIR_METRICS = ("l1", "rmse", "psnr", "ssim", "sharpness", *COLOR_METRICS)
TEXT_METRICS = (
    *("valid", "own_entropy", "ngram_overlap", "forward_perplexity", "reverse_perplexity"),
    *("style_read", "exact_copy", "exact_transfer", "word_accuracy"),
)
SIGNAL_METRICS = (
    "spectrum_distance", "envelope_distance", "peak_rate_distance", "peak_shape_ratio",
)  # fmt: skip
VARIETY = "variety"  # of samples that share a condition, see `conditional_variety`
COPY_RATE_LIMIT = 0.05  # above it samples are copies; a true sampler has 0.01
CT_LIMIT = -3.0  # C_T below it is copying; a true sampler has about N(0, 1)
# These names are kept for the Inception graph of 2015; on other features they would mislead.
_RESERVED = {"fid": "FID", "kid": "KID", "is": "Inception Score"}
_INCEPTION = "inception-2015"
_PIXELS = "pixels"  # in place of an extractor, for `PAIR_METRICS`
_SAMPLES = "samples"  # the same for `SIGNAL_METRICS`
_PLAIN = "none"


class MetricName(NamedTuple):
    """A metric and the settings that its value depends on.

    Attributes:
        metric: a key of `METRICS`.
        extractor: of the features, e.g. `"inception-2015"`.
        samples: how many generated ones.
        resize: `"clean"`, `"tf1"`, or `"none"`, which is left out of the text.

    Example:
        >>> str(MetricName("fid", "inception-2015", 50_000, "clean"))
        'fid/inception-2015/50000/clean'
    """

    metric: str
    extractor: str | None = None
    samples: int | None = None
    resize: str = _PLAIN

    def __str__(self) -> str:
        parts = [self.metric, self.extractor, self.samples]
        parts += [] if self.resize == _PLAIN else [self.resize]
        return "/".join(str(part) for part in parts if part is not None)

    @property
    def title(self) -> str:
        """Its name for people: FID, KID and Inception Score only on the Inception graph of 2015."""
        if self.extractor == _INCEPTION and self.metric in _RESERVED:
            return _RESERVED[self.metric]
        title = METRICS[self.metric][0]
        return f"{title} on {self.extractor}" if self.extractor else title


def parse_name(text: "str | MetricName") -> MetricName:
    """Returns the `MetricName` of a text; settings that it leaves out are None, or `"none"`.

    Args:
        text: `metric`, `metric/extractor`, `metric/extractor/samples` or
            `metric/extractor/samples/resize`.

    Raises:
        InputError: an unknown metric or resize, or something that is not a count.

    Example:
        >>> parse_name("fid/classifier").extractor
        'classifier'
    """
    metric, *settings = str(text).split("/")
    if metric not in METRICS:
        raise UnknownNameError("metric", metric, METRICS)
    if len(settings) > 3 or "" in settings:
        raise InputError(
            f"Expected metric/extractor/samples/resize. Received: {text!r}. "
            f"Write e.g. fid/{_INCEPTION}/50000/clean."
        )
    extractor, samples, resize = (settings + [None] * 3)[:3]
    if samples is not None and not (samples.isdecimal() and int(samples) > 0):
        raise InputError(f"Expected a count of samples. Received: {samples!r} in {text!r}.")
    if resize not in (None, _PLAIN, *_resizing.RESIZES):
        raise UnknownNameError("resize", resize, _resizing.RESIZES)
    return MetricName(metric, extractor, samples and int(samples), resize or _PLAIN)


def resolve_name(name: str | MetricName, known: MetricName) -> MetricName:
    """Returns the full `MetricName`, if the settings that `name` gives are those of the samples.

    Args:
        name: text, e.g. `"fid"` or `"fid/inception-2015/50000"`.
        known: `MetricName` of the samples; its metric does not matter.

    Raises:
        InputError: an unknown metric, or other settings than these samples'.

    Example:
        >>> str(resolve_name("fid/raw", MetricName("", "raw", 500)))
        'fid/raw/500'
    """
    given = parse_name(name)
    if given.metric in PAIR_METRICS:
        known = MetricName("", _PIXELS, known.samples)
    elif given.metric in SIGNAL_METRICS:
        known = MetricName("", _SAMPLES, known.samples)
    full = known._replace(metric=given.metric)
    filled = given._replace(
        extractor=given.extractor or full.extractor,
        samples=given.samples or full.samples,
        resize=full.resize if given.resize == _PLAIN else given.resize,
    )
    if filled != full:
        raise InputError(f"Expected {full}, as these samples were made. Received: {name}.")
    return full


@dataclasses.dataclass(frozen=True)
class Score:
    """One metric, measured once or several times.

    Args:
        name: `MetricName`.
        values: a value for each repeat.
        ideal: the score of a true sampler with these counts, or None where it is unknown.
        bias: estimate of how much of the value is due to small samples, or None.
        check: how TF-GAN's own value compares, or None.
        warnings: lines that a reader of the number must see.
        baselines: `{name: value}` of what needs no network, for a translator to beat.
    """

    name: MetricName
    values: tuple[float, ...]
    ideal: float | None = None
    bias: float | None = None
    check: str | None = None
    warnings: tuple[str, ...] = ()
    baselines: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def value(self) -> float:
        """Mean over the repeats."""
        return float(np.mean(self.values))

    @property
    def sd(self) -> float | None:
        """Standard deviation over the repeats; None for one, NaN where one is infinite."""
        if len(self.values) == 1:
            return None
        return float(np.std(self.values, ddof=1)) if np.isfinite(self.values).all() else math.nan

    def __str__(self) -> str:
        spread = "" if self.sd is None or math.isnan(self.sd) else f" ± {self.sd:.2g}"
        value = f"{self.value:.5g}" if math.isfinite(self.value) else "infinite"
        notes = [f"{METRICS[self.name.metric][1]} is better"]
        notes += [] if self.ideal is None else [f"a true sampler: {self.ideal:.4g}"]
        notes += [] if self.bias is None else [f"bias about {self.bias:.3g}"]
        notes += [] if self.check is None else [self.check]
        notes += [f"{name}: {value:.4g}" for name, value in self.baselines.items()]
        return f"{self.name}  {value}{spread}  ({'; '.join(notes)})"


@dataclasses.dataclass(frozen=True)
class Card:
    """Scores, and what they were computed from.

    Args:
        scores: tuple of `Score`.
        extractor: its name.
        extractor_sha256: of its weights.
        resize: how pictures were resized for it.
        real_count: number of real samples.
        fake_count: number of generated samples of each repeat.
        seeds: first seed of each repeat, or empty where samples were given.
        dtype: of features and sums.
        notes: lines about the data, e.g. that JPEG files were read.

    Example:
        >>> print(card)
        fid/classifier/10000  3.217 ± 0.041  (lower is better; bias about 0.12)
    """

    scores: tuple[Score, ...]
    extractor: str
    extractor_sha256: str
    resize: str
    real_count: int
    fake_count: int
    seeds: tuple[int, ...] = ()
    dtype: str = "float32 features, float64 sums"
    notes: tuple[str, ...] = ()

    def __getitem__(self, metric: str) -> Score:
        """Returns the `Score` of a metric: `card["fid"].value`."""
        for score in self.scores:
            if metric in (score.name.metric, str(score.name)):
                return score
        raise UnknownNameError("score", metric, [score.name.metric for score in self.scores])

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings of all scores, each once."""
        return tuple(dict.fromkeys(line for score in self.scores for line in score.warnings))

    def to_dict(self) -> dict[str, Any]:
        """Returns everything as plain values; numbers that are not finite as text, for JSON."""
        scores = [
            {
                "name": str(score.name),
                "title": score.name.title,
                "value": score.value,
                "sd": score.sd,
                "values": list(score.values),
                "better": METRICS[score.name.metric][1],
                "ideal": score.ideal,
                "bias": score.bias,
                "check": score.check,
                "warnings": list(score.warnings),
                "baselines": dict(score.baselines),
            }
            for score in self.scores
        ]
        return _to_plain(dataclasses.asdict(self) | {"scores": scores, "warnings": self.warnings})

    def write(self, path: PathLike) -> None:
        """Writes the card as JSON, atomically."""
        write_text(path, json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n")

    def __str__(self) -> str:
        lines = [str(score) for score in self.scores]
        lines.append(
            f"{self.fake_count} generated against {self.real_count} real; {self.extractor} "
            f"(sha256 {self.extractor_sha256[:12]}), resize {self.resize}, {self.dtype}"
            + (f", seeds from {', '.join(map(str, self.seeds))}" if self.seeds else "")
        )
        lines += [f"note: {note}" for note in self.notes]
        lines += [f"warning: {line}" for line in self.warnings]
        return "\n".join(lines)


def _to_plain(value):
    if isinstance(value, dict):
        return {key: _to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
