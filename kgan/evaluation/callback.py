"""Scores while a run trains: the best weights are kept, and a run that gains no more stops."""

import json
import pathlib

import keras
import numpy as np

from kgan.evaluation import candidates, evaluate
from kgan.evaluation.scorer import Yardstick
from kgan.metrics.card import METRICS, MetricName, parse_name, resolve_name
from kgan.runs.checkpoints import Checkpoints
from kgan.runs.folder import CONFIG

BEST = "best"


class Evaluator(keras.callbacks.Callback):
    """Scores samples every few epochs, as `kgan evaluate` does.

    Scores join the epoch's logs under their full names, such as `fid/classifier/1000`, and with
    them reach `metrics.jsonl` and TensorBoard; it stands before the callbacks that write these. The
    weights that scored best are kept in `FOLDER/best`, a run of its own: `kgan sample FOLDER/best`.

    Args:
        folder: the run's folder.
        config: its `RunConfig`; see `Evaluation` for what is scored, and when.
        gan: the compiled model.

    Raises:
        InputError: data that cannot be scored, or metrics that they do not have.
    """

    def __init__(self, folder, config, gan):
        super().__init__()
        self._folder = pathlib.Path(folder)
        self._config = config
        self._options = options = config.evaluation
        subject = candidates.Run(gan, config, folder)
        compared = evaluate.compared(subject, extractor=options.extractor)
        network = compared.network
        known = MetricName("", network.name, options.samples, network.resize)
        names = [str(resolve_name(name, known)) for name in options.metrics]
        real_count = min(compared.reference.real.count, options.samples)
        self._yardstick = Yardstick(
            names, network, compared.generated, compared.reference, real_count
        )
        self._name = names[0]
        self._best = Checkpoints(self._folder / BEST, gan, keep=1)
        self._merits = []  # of the first metric, higher is better

    def resumed(self, epochs):
        """Reads what a run that goes on scored in its first `epochs`; returns whether it is over.

        It is where the last `patience` evaluations brought nothing better.
        """
        path = self._folder / "metrics.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
        logs = [log for log in map(json.loads, lines) if log["epoch"] <= epochs]
        self._merits = [self._merit(log[self._name]) for log in logs if self._name in log]
        return self._over()

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self._options.every and epoch + 1 < self.params["epochs"]:
            return
        card = self._yardstick.scored(self._options.samples, compare_tfgan=False).card
        for score in card.scores:
            logs[str(score.name)] = score.value
        merit = self._merit(logs[self._name])
        if merit > max(self._merits, default=-np.inf):
            self._config.save(self._folder / BEST / CONFIG)
            self._best.save()
        self._merits.append(merit)
        if self._over():
            self.model.stop_training = True
            print(
                f"Stopped: no better {self._name} in {self._options.patience} evaluations. "
                f"The best weights: {self._folder / BEST}",
                flush=True,
            )

    def _merit(self, value):
        if np.isnan(value):  # of samples that cannot be scored: never the best, nor an improvement
            return -np.inf
        return -value if METRICS[parse_name(self._name).metric][1] == "lower" else value

    def _over(self):
        since = len(self._merits) - 1 - int(np.argmax(self._merits)) if self._merits else 0
        return self._options.patience is not None and since >= self._options.patience
