"""`Doctor`, a callback that finds what goes wrong in training, and `kgan doctor RUN`."""

import contextlib
import dataclasses
import json
import math
import pathlib
import sys
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from kgan.data import Source, find_held_out
from kgan.errors import InputError, check_whole
from kgan.evaluation.diagnosis.findings import READ, Finding, diagnose
from kgan.evaluation.diagnosis.measure import Examiner
from kgan.evaluation.diagnosis.measurements import Measurements
from kgan.evaluation.reference import MIN_SAMPLES
from kgan.files import write_text
from kgan.log import count_words, tell
from kgan.models.core.base import GAN
from kgan.runs.build import open_data
from kgan.runs.config import RunConfig
from kgan.runs.load import load_run
from kgan.runs.outputs import refuse_texts
from kgan.types import PathLike

_BETTER = 0.1  # of its size: a finding that shrinks by more between examinations is not reported


class Doctor(keras.callbacks.Callback):
    """Reports what goes wrong while a GAN trains, with the evidence and what to try.

    An illness is reported when two examinations in a row find it, and it has not become a tenth
    milder in between: early samples are all alike, and a critic may win for a while. A risk of NaN
    is reported at once; what the last examination finds, when training ends. What has been reported
    is not repeated until it has been away.

    The first examination of labelled pictures trains a small classifier (half a minute on a CPU,
    once for all runs of the same data).

    Args:
        source: what is trained on, e.g. `open_source("digits", {"split": "train"})`.
        folder: of the run, for `FOLDER/doctor.jsonl` with a line for each examination; or None.
        every: epochs between examinations; the last epoch always has one.
        held_out: examples that are not trained on, which makes copies easier to find; or None.
        samples: how many are made each time, at least 20.
        batch_size: examples of the round that is played, as in training.

    Raises:
        InputError: for options out of range, or a model that writes texts.

    Example:
        >>> source = kgan.data.open_source("digits", {"split": "train"})
        >>> test = kgan.data.open_source("digits", {"split": "test"})
        >>> doctor = kgan.evaluation.Doctor(source, held_out=test)
        >>> gan.fit(source.dataset(batch_size=64), epochs=40, callbacks=[doctor])
        Doctor, epoch 15: mode collapse. 360 samples are spread 0.012 times as widely as …
    """

    def __init__(
        self,
        source: Source,
        folder: PathLike | None = None,
        every: int = 5,
        held_out: Source | None = None,
        samples: int = 500,
        batch_size: int = 64,
    ):
        super().__init__()
        check_whole(1, every=every)
        self.every = every
        self.path = None if folder is None else pathlib.Path(folder) / "doctor.jsonl"
        self.findings = ()
        self._sources = source, held_out
        self._options = {"samples": samples, "batch_size": batch_size}
        self._examine = None
        self._losses = {}
        self._lines = []
        self._reported = set()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        refuse_texts(self.model, "the Doctor")
        source, held_out = self._sources
        self._examine = Examiner(source, self.model.real_key, held_out, **self._options)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.path is not None and not self._lines and self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines()
            self._lines = [line for line in lines if json.loads(line)["epoch"] <= epoch]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for name, losses in collect_losses([logs or {}], self.model).items():
            self._losses.setdefault(name, []).extend(losses)
        if epoch + 1 < self.params["epochs"] and (epoch + 1) % self.every:
            return
        measured = self._examine(self.model, self._losses)
        findings = diagnose(measured, find_unused_options(self.model))
        self._reported &= {finding.name for finding in findings}
        self._report(f"epoch {epoch + 1}", select_lasting(findings, self.findings))
        self.findings = findings
        self._write({
            "epoch": epoch + 1,
            "step": measured.rounds,
            "findings": {finding.name: finding.evidence for finding in findings},
            "measured": _to_json(measured),
        })  # fmt: skip

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._report("at the end", self.findings)

    def _report(self, when, findings):
        # On a terminal the cursor may stand behind a progress line.
        start = "\n" if sys.stderr.isatty() else ""
        for name, evidence, advice, _ in findings:
            if name not in self._reported:
                text = f"{name}. {evidence} Try: {'; '.join(advice)}."
                tell(f"{start}Doctor, {when}: {text}")
            self._reported.add(name)

    def _write(self, line):
        if self.path is not None:
            self._lines.append(json.dumps(line, ensure_ascii=False))
            write_text(self.path, "\n".join(self._lines) + "\n")


def select_lasting(findings: Iterable[Finding], before: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the findings to report: those of two examinations that have not become milder.

    Args:
        findings: of this examination.
        before: of the one before.
    """
    sizes = {finding.name: finding.size for finding in before}

    def lasts(finding):
        if finding.size == math.inf:
            return True
        size_before = sizes.get(finding.name, math.inf)
        return finding.size >= size_before - _BETTER * abs(size_before)

    return tuple(finding for finding in findings if lasts(finding))


def collect_losses(lines: Iterable[dict[str, Any]], gan: GAN) -> dict[str, list[float]]:
    """Returns `{player's name: losses}` of lines of logs, without their terms."""
    collected = {player.name: [] for player in gan.players()}
    for line in lines:
        for name, losses in collected.items():
            if f"{name}_loss" in line:
                losses.append(float(line[f"{name}_loss"]))
    return collected


def examine_run(
    folder: PathLike, samples: int = 500
) -> tuple[str, Measurements, tuple[Finding, ...]]:
    """Examines the newest checkpoint of a run, finished or still training.

    Args:
        folder: of the run.
        samples: how many are made, at least 20.

    Returns:
        What was examined, its `Measurements`, and the `Finding`s.

    Raises:
        InputError: no run, no checkpoint yet, a run of texts, or data that are no longer there.
    """
    if samples < MIN_SAMPLES:
        raise InputError(f"Expected --samples of at least {MIN_SAMPLES}. Received: {samples}.")
    folder = pathlib.Path(folder).expanduser()
    gan, config = load_run(folder)
    refuse_texts(gan, "kgan doctor")
    source, held_out = open_sources(config)
    examine = Examiner(source, gan.real_key, held_out, samples, config.training.batch_size)
    log = folder / "metrics.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    measured = examine(gan, collect_losses(map(json.loads, lines), gan))
    split = ", split test" if held_out else ""
    name = f"{folder} ({config.model['name']}, {count_words(measured.rounds, 'round')})"
    findings = diagnose(measured, find_unused_options(gan))
    return f"{name} against {source.name}{split}", measured, findings


def open_sources(config: RunConfig) -> tuple[Source, Source | None]:
    """Returns the `Source` that a run is trained on, and that of what is held back, or None."""
    held_out, options = None, find_held_out(config.data)
    if options is not None:
        test = dataclasses.replace(config, data=options)
        with contextlib.suppress(InputError):  # a dataset need not have one
            held_out = open_data(test)
    return open_data(config), held_out


def report(folder: PathLike, samples: int = 500) -> str:
    """Returns the text that a person reads of `examine_run`: what was measured, and found."""
    title, measured, findings = examine_run(folder, samples)
    described = [f"  {name:<10} {text}" for name, text in _describe(measured)]
    lines = [title, "", "Looked at:", *described, ""]
    for finding in findings:
        lines += [f"Found: {finding.name}. {finding.evidence}", "  Try:"]
        lines += [f"    {advice}" for advice in finding.advice]
        lines += [""]
    if findings:
        lines.append(f"A try is a new run: kgan train --config {folder}/config.yaml … --out NEW")
    else:
        lines.append("Nothing found.")
    return "\n".join(lines)


def _describe(measured):
    """Yields `(what was measured, its numbers)`."""
    losses = [f"{name} {values[-1]:.3g}" for name, values in measured.losses.items() if values]
    if losses:
        epochs = max(map(len, measured.losses.values()))
        yield "losses", f"{', '.join(losses)} after {count_words(epochs, 'epoch')}"
    sizes = ", ".join(f"{name} {value:.2g}" for name, value in measured.largest.items())
    yield "sizes", f"largest {sizes}"
    for critic in measured.critics[:2]:
        scores = f"scores {critic.real:.3g} for real, {critic.fake:.3g} for generated samples"
        order = f"{critic.order:.0%} of pairs in the right order"
        yield "critic", f"{scores}; {order}; slope of its loss {critic.slope:.2f} of a new critic's"
    yield "gradients", ", ".join(f"{k} {v:.1g} a weight" for k, v in measured.gradients.items())
    diversity = measured.diversity
    if diversity is not None:
        spread = f"{diversity.count} samples, spread {diversity.spread:.2f} of the data's"
        different = f"as often alike as {diversity.different:,.0f} different ones"
        yield "diversity", f"{spread}; {different} (real ones: {diversity.real_different:,.0f})"
    if measured.variety is not None:
        yield "variety", f"{measured.variety:.2f} of the data's within a condition"
    yield "classes", _describe_classes(measured.classes)
    both = measured.reconstruction
    if both is not None:
        described = f"training images with {both.trained:.1f} dB, unseen ones with"
        yield "critic", f"describes {described} {both.unseen:.1f} dB"
    copies = measured.copies
    if copies is not None:
        part = "" if copies.searched == copies.total else f" (looked for in {copies.searched})"
        real = copies.real_rate
        unseen = "" if real is None else f", of unseen real images {real:.1%}"
        ct = "" if copies.ct is None else f"; C_T {copies.ct:.1f}"
        yield "copies", f"{copies.rate:.1%} of samples near a training image{part}{unseen}{ct}"


def _describe_classes(classes):
    if classes is None:
        return "not looked at: the data name none, or too few samples for each"
    if classes.count < READ * classes.made:
        return f"not judged: only {classes.count} of {classes.made} points lie on a class"
    rarest = int(np.nanargmin(classes.present))
    return (
        f"{(classes.present > 0).sum()} of {(classes.real > classes.misread).sum()} found; the "
        f"rarest, {classes.names[rarest]}, at {classes.present[rarest]:.2f} of its share in the "
        "data"
    )


def _to_json(value):
    """Returns JSON's own types: named tuples become dicts, NaN and infinity texts."""
    if isinstance(value, dict):
        return {name: _to_json(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return _to_json(value.tolist())
    if isinstance(value, tuple | list):
        fields = getattr(value, "_fields", None)
        return [*map(_to_json, value)] if fields is None else _to_json(value._asdict())
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else str(value)
    return value


def find_unused_options(gan: GAN) -> tuple[str, ...]:
    """Returns the options of a model that are no advice for it.

    Another variant is none where the generator is told something: few others take it.
    """
    return (*gan.unused_options, *(("name",) if gan.conditions else ()))
