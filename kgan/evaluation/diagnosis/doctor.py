"""The doctor: during training a callback, afterwards or beside it `kgan doctor RUN`."""

import contextlib
import dataclasses
import json
import math
import pathlib
import sys

import keras
import numpy as np

from kgan.errors import InputError, check_whole
from kgan.evaluation.diagnosis.findings import READ, diagnose
from kgan.evaluation.diagnosis.measure import Examination
from kgan.evaluation.diagnosis.standards import LEAST
from kgan.files import write_text
from kgan.runs.build import open_data
from kgan.runs.load import load_run
from kgan.runs.outputs import refuse_texts

_BETTER = 0.1  # by which a finding's size has to shrink between two examinations to be waited for


class Doctor(keras.callbacks.Callback):
    """Says in plain words what ails a GAN while it trains, with the evidence and what to try.

    An illness is told when two examinations running have found it, and it has not become a tenth
    milder in between: early samples are all alike, and a critic may win for a while. A risk of NaN
    is told at once, and what the last examination has found, when training ends. What has been
    told is not repeated until it has been away.

    The first examination of labelled pictures trains a small classifier (half a minute on a CPU,
    once for all runs of the same data).

    Args:
        source: the `Source` that is trained on, e.g. `open_source("digits", {"split": "train"})`.
        folder: of the run, for `FOLDER/doctor.jsonl` with a line for each examination; or None.
        every: epochs between examinations; the last epoch always has one.
        held_out: a `Source` of examples that are not trained on, for a sharper look for copies;
            or None.
        samples: how many are made each time, at least 20.
        batch_size: examples of the round that is played, as in training.

    Example:
        >>> source = kgan.data.open_source("digits", {"split": "train"})
        >>> test = kgan.data.open_source("digits", {"split": "test"})
        >>> doctor = kgan.evaluation.Doctor(source, held_out=test)
        >>> gan.fit(source.dataset(batch_size=64), epochs=40, callbacks=[doctor])
        Doctor, epoch 15: mode collapse. 360 samples are spread 0.012 times as widely as …
    """

    def __init__(self, source, folder=None, every=5, held_out=None, samples=500, batch_size=64):
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
        self._told = set()

    def on_train_begin(self, logs=None):
        refuse_texts(self.model, "the Doctor")
        source, held_out = self._sources
        self._examine = Examination(source, self.model.real_key, held_out, **self._options)

    def on_epoch_begin(self, epoch, logs=None):
        if self.path is not None and not self._lines and self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines()
            self._lines = [line for line in lines if json.loads(line)["epoch"] <= epoch]

    def on_epoch_end(self, epoch, logs=None):
        for name, losses in losses_of([logs or {}], self.model).items():
            self._losses.setdefault(name, []).extend(losses)
        if epoch + 1 < self.params["epochs"] and (epoch + 1) % self.every:
            return
        measured = self._examine(self.model, self._losses)
        found = diagnose(measured)
        self._told &= {finding.name for finding in found}
        self._tell(f"epoch {epoch + 1}", lasting(found, self.findings))
        self.findings = found
        self._keep({
            "epoch": epoch + 1,
            "step": measured.rounds,
            "findings": {finding.name: finding.evidence for finding in found},
            "measured": _plain(measured),
        })  # fmt: skip

    def on_train_end(self, logs=None):
        self._tell("at the end", self.findings)

    def _tell(self, when, findings):
        # On a terminal the cursor may stand behind a progress line.
        start = "\n" if sys.stderr.isatty() else ""
        for name, evidence, advice, _ in findings:
            if name not in self._told:
                text = f"{name}. {evidence} Try: {'; '.join(advice)}."
                print(f"{start}Doctor, {when}: {text}", flush=True)
            self._told.add(name)

    def _keep(self, line):
        if self.path is not None:
            self._lines.append(json.dumps(line, ensure_ascii=False))
            write_text(self.path, "\n".join(self._lines) + "\n")


def lasting(found, before):
    """Returns the findings to tell: those of two examinations that have not become milder.

    Args:
        found: `Finding`s of this examination.
        before: `Finding`s of the one before.
    """
    sizes = {finding.name: finding.size for finding in before}

    def lasts(finding):
        if finding.size == math.inf:
            return True
        was = sizes.get(finding.name, math.inf)
        return finding.size >= was - _BETTER * abs(was)

    return tuple(finding for finding in found if lasts(finding))


def losses_of(lines, gan):
    """Returns `{player's name: losses}` of lines of logs, without their terms."""
    found = {player.name: [] for player in gan.players()}
    for line in lines:
        for name, losses in found.items():
            if f"{name}_loss" in line:
                losses.append(float(line[f"{name}_loss"]))
    return found


def examined(folder, samples=500):
    """Examines the newest checkpoint of a run, finished or still training.

    Args:
        folder: of the run.
        samples: how many are made, at least 20.

    Returns:
        What was examined, its `Measurements`, and the `Finding`s.

    Raises:
        InputError: no run, no checkpoint yet, a run of texts, or data that are no longer there.
    """
    if samples < LEAST:
        raise InputError(f"Expected --samples of at least {LEAST}. Received: {samples}.")
    folder = pathlib.Path(folder).expanduser()
    gan, config = load_run(folder)
    refuse_texts(gan, "kgan doctor")
    source, held_out = sources_of(config)
    examine = Examination(source, gan.real_key, held_out, samples, config.training.batch_size)
    log = folder / "metrics.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    measured = examine(gan, losses_of(map(json.loads, lines), gan))
    split = ", split test" if held_out else ""
    name = f"{folder} ({config.model['name']}, {measured.rounds} rounds)"
    return f"{name} against {source.name}{split}", measured, diagnose(measured)


def sources_of(config):
    """Returns the `Source` a run is trained on, and that of the split `test`, or None.

    Args:
        config: the `RunConfig`.
    """
    held_out = None
    if (config.data.get("split") or "").startswith("train"):  # "train[:10%]" too
        test = dataclasses.replace(config, data={**config.data, "split": "test"})
        with contextlib.suppress(InputError):  # a dataset need not have one
            held_out = open_data(test)
    return open_data(config), held_out


def report(folder, samples=500):
    """Returns the text of `examined` that a person reads: what was looked at, and found."""
    title, measured, findings = examined(folder, samples)
    looked = [f"  {name:<10} {text}" for name, text in _looked_at(measured)]
    lines = [title, "", "Looked at:", *looked, ""]
    for finding in findings:
        lines += [f"Found: {finding.name}. {finding.evidence}", "  Try:"]
        lines += [f"    {advice}" for advice in finding.advice]
        lines += [""]
    if findings:
        lines.append(f"A try is a new run: kgan train --config {folder}/config.yaml … --out NEW")
    else:
        lines.append("Nothing found.")
    return "\n".join(lines)


def _looked_at(measured):
    """Yields `(what, its numbers)`."""
    losses = [f"{name} {values[-1]:.3g}" for name, values in measured.losses.items() if values]
    if losses:
        epochs = max(map(len, measured.losses.values()))
        yield "losses", f"{', '.join(losses)} after {epochs} epochs"
    sizes = ", ".join(f"{name} {value:.2g}" for name, value in measured.largest.items())
    yield "sizes", f"largest {sizes}"
    for critic in measured.critics[:2]:
        scores = f"scores {critic.real:.3g} for real, {critic.fake:.3g} for generated samples"
        order = f"{critic.order:.0%} of pairs in the right order"
        yield "critic", f"{scores}; {order}; slope of its loss {critic.slope:.2f} of a new critic's"
    yield "gradients", ", ".join(f"{k} {v:.1g} a weight" for k, v in measured.gradients.items())
    found = measured.diversity
    if found is not None:
        spread = f"{found.count} samples, spread {found.spread:.2f} of the data's"
        different = f"as often alike as {found.different:,.0f} different ones"
        yield "diversity", f"{spread}; {different} (real ones: {found.real_different:,.0f})"
    yield "classes", _classes_text(measured.classes)
    found = measured.copies
    if found is not None:
        part = "" if found.searched == found.total else f" (looked for in {found.searched})"
        unseen = "" if found.real_rate is None else f", of unseen real images {found.real_rate:.1%}"
        ct = "" if found.ct is None else f"; C_T {found.ct:.1f}"
        yield "copies", f"{found.rate:.1%} of samples near a training image{part}{unseen}{ct}"


def _classes_text(found):
    if found is None:
        return "not looked at: the data name none, or too few samples for each"
    if found.count < READ * found.made:
        return f"not judged: only {found.count} of {found.made} points lie on a class"
    rarest = int(np.nanargmin(found.present))
    return (
        f"{(found.present > 0).sum()} of {(found.real > found.misread).sum()} found; the rarest, "
        f"{found.names[rarest]}, at {found.present[rarest]:.2f} of its share in the data"
    )


def _plain(value):
    """Returns JSON's own types: named tuples become dicts, NaN and infinity texts."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, tuple | list):
        fields = getattr(value, "_fields", None)
        return [*map(_plain, value)] if fields is None else _plain(value._asdict())
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else str(value)
    return value
