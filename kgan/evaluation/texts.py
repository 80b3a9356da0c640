"""Scores of runs that write texts: how likely, how varied and how right they are."""

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from kgan import metrics
from kgan.data import (
    Oracle,
    Source,
    are_expressions,
    detokenize,
    expression_entropy,
    find_held_out,
    open_source,
    parse_source,
)
from kgan.errors import InputError
from kgan.evaluation.candidates import Run
from kgan.metrics import card as cards
from kgan.metrics.report.panels import Lines, Scatter
from kgan.progress import track

_SAMPLES = 5000  # generated, if nobody says how many and there are as many real ones
_LEARNT = 20_000  # texts of the training set that a model of it learns, at most
_REPEATS = 3
_SHOWN = 16
_FEATURES = "ngrams"  # what makes the features of texts


@dataclasses.dataclass(frozen=True)
class _Texts:
    """Real texts, and what is known of them."""

    name: str
    kind: str
    options: dict
    vocabulary: tuple | int
    train: dict
    real: dict
    held_out: bool

    @property
    def words(self) -> int:
        known = self.vocabulary
        return known if isinstance(known, int) else len(known)


def score_texts(
    run: Run,
    data: dict[str, Any],
    names: Sequence[str] | None = None,
    samples: int | None = None,
    repeats: int | None = None,
) -> tuple[cards.Card, list, str]:
    """Scores a run that writes texts.

    Args:
        run: of a model that makes tokens, by seed, or of texts in another style.
        data: `{"source": text, option: value}` of the real texts.
        names: metric names, or None for all that fit.
        samples: generated ones of each repeat; None for as many as there are real ones, at most
            5,000.
        repeats: how many times they are generated, with fresh seeds; None for 3.

    Returns:
        The card, the panels of a report, and the name of the real texts.

    Raises:
        InputError: other data than texts of the run's length and words, or a metric that they do
            not have.
    """
    texts = _open_texts(run, data)
    count = min(samples or _SAMPLES, len(texts.real["tokens"]))
    if count < 2:
        raise InputError(f"Expected at least 2 real texts. Received: {count} in {texts.name}.")
    real = {key: rows[:count] for key, rows in texts.real.items()}
    texts = dataclasses.replace(texts, real=real)
    writes = run.gan.takes_latents
    repeats = (repeats or _REPEATS) if writes else 1
    count = (samples or count) if writes else count
    score = _score_written if writes else _score_transfers
    values, ideals, lines, vectors = score(run.gan, texts, count, repeats)
    known = cards.MetricName("", _FEATURES, count)
    chosen = [cards.resolve_name(name, known).metric for name in names or values]
    for name in chosen:
        if name not in values:
            raise InputError(
                f"Expected metrics out of {', '.join(values)} for {run.name}. Received: {name}."
            )
    settings = hashlib.sha256(b"tf-idf of 1 to 3 words, 32 directions").hexdigest()
    notes = () if texts.held_out else (f"{texts.name} holds nothing back",)
    card = cards.Card(
        tuple(
            cards.Score(known._replace(metric=name), tuple(values[name]), ideals.get(name))
            for name in chosen
        ),
        _FEATURES,
        settings,
        "none",
        len(texts.real["tokens"]),
        count,
        tuple(repeat * count for repeat in range(repeats)) if writes else (),
        dtype="float64 sums",
        notes=notes,
    )
    return card, [Lines(tuple(lines)), Scatter.of_features(*vectors)], texts.name


def _open_texts(run, data):
    kind, _ = parse_source(data["source"])
    held_out = find_held_out(data)
    train, real = _open(data), None if held_out is None else _open(held_out)
    source = real or train
    needed = ("tokens",) if run.gan.takes_latents else ("tokens", "label")
    shape = source.spec["tokens"].shape if "tokens" in source.spec else ()
    words = run.gan.token_names or run.gan.vocabulary
    fits = set(needed) <= set(source.spec) and tuple(shape) == run.shape
    if not fits or source.vocabulary != words:
        raise InputError(
            f"Expected texts with {', '.join(needed)} of {run.shape[0]} tokens of the run's own "
            f"vocabulary. Received: {source.name} with {', '.join(source.spec)}. Choose other data."
        )
    return _Texts(
        source.name + (", split test" if real else ""),
        kind,
        data,
        words,
        train.arrays(limit=_LEARNT),
        source.arrays(),
        real is not None,
    )


def _open(data) -> Source:
    return open_source(data["source"], {k: v for k, v in data.items() if k != "source"})


def _score_written(gan, texts, count, repeats):
    """Returns values and ideals by metric, some texts, and vectors of real and generated ones."""
    train, real = texts.train["tokens"], texts.real["tokens"]
    alike = train[:count]
    outside = metrics.NGramModel(train, texts.words)
    # A model of generated texts is as good as one of so many real ones at best.
    few = metrics.NGramModel(alike, texts.words)
    vectors = metrics.vectorize_texts(train, real, alike)
    ideals = {
        "own_entropy": _find_entropy(texts, outside),
        "ngram_overlap": metrics.ngram_overlap(train, real),
        "forward_perplexity": outside.perplexity(real),
        "reverse_perplexity": few.perplexity(real),
    }
    if texts.held_out:
        ideals["fid"] = metrics.fid(vectors[0], vectors[1])
    grammar = texts.kind == "grammar"
    values = {name: [] for name in (*["valid"] * grammar, *ideals, "fid")}
    ideals |= {"valid": 1.0}
    first = None
    for repeat in track(range(repeats), repeats, "Scoring, repeats"):
        made = gan.sample(range(repeat * count, (repeat + 1) * count))
        own = metrics.vectorize_texts(train, made)[0]
        first = (made, own) if first is None else first
        learnt = metrics.NGramModel(made, texts.words)
        values["own_entropy"].append(-float(gan.log_probabilities(made).mean()))
        values["fid"].append(metrics.fid(vectors[0], own))
        values["ngram_overlap"].append(metrics.ngram_overlap(train, made))
        values["forward_perplexity"].append(outside.perplexity(made))
        values["reverse_perplexity"].append(learnt.perplexity(real))
        if grammar:
            values["valid"].append(float(are_expressions(made).mean()))
    lines = detokenize(first[0][:_SHOWN], texts.vocabulary)
    return values, ideals, lines, (vectors[0], first[1])


def _find_entropy(texts, outside) -> float:
    """Returns the entropy of real texts in nats a text: exact, or what a model of them thinks."""
    options = texts.options
    if texts.kind == "grammar":
        return expression_entropy(options["length"])
    if texts.kind == "oracle":
        oracle = Oracle(options["vocabulary"], seed=options["oracle_seed"])
        return options["length"] * oracle.entropy(2000, options["length"])
    return -float(outside.log_probabilities(texts.real["tokens"]).mean())


def _score_transfers(gan, texts, count, repeats):
    """Returns the same of texts that are written in another style."""
    del count, repeats
    tokens, label = texts.real["tokens"], texts.real["label"]
    wanted = (label + 1) % gan.styles
    made = gan.sample(range(len(tokens)), {"tokens": tokens, "label": wanted})

    def read(rows, styles):
        known = texts.train["tokens"], texts.train["label"]
        return metrics.style_share(*known, rows, styles)

    values = {"style_read": [read(made, wanted)]}
    ideals = {"style_read": read(tokens, label)}
    back = gan.sample(range(len(tokens)), {"tokens": tokens, "label": label})
    values["exact_copy"] = [metrics.transfer_accuracy(tokens, back)[0]]
    ideals["exact_copy"] = 1.0
    if "target" in texts.real:
        exact, words = metrics.transfer_accuracy(texts.real["target"], made)
        values |= {"exact_transfer": [exact], "word_accuracy": [words]}
        ideals |= {"exact_transfer": 1.0, "word_accuracy": 1.0}
    pairs = zip(tokens[:_SHOWN], made[:_SHOWN], strict=True)
    rows = np.concatenate([np.stack(pair) for pair in pairs])
    written = detokenize(rows, texts.vocabulary)
    lines = [f"→ {text}" if row % 2 else text for row, text in enumerate(written)]
    vectors = metrics.vectorize_texts(texts.train["tokens"], tokens, made)
    return values, ideals, lines, tuple(vectors)
