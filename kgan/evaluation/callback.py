"""`Evaluator`, a callback: scores a run while it trains, keeps the best weights, stops early."""

import json
import pathlib

import keras
import numpy as np

from kgan.evaluation._evaluate import compare
from kgan.evaluation.candidates import Run
from kgan.evaluation.scorer import Scorer
from kgan.log import count_words, tell
from kgan.metrics.card import METRICS, MetricName, parse_name, resolve_name
from kgan.models.core.base import GAN
from kgan.runs.checkpoints import Checkpoints
from kgan.runs.config import RunConfig
from kgan.runs.folder import CONFIG
from kgan.types import PathLike

BEST = "best"


class Evaluator(keras.callbacks.Callback):
    """Scores samples every few epochs, as `kgan evaluate` does.

    Scores join the epoch's logs under their full names, such as `fid/classifier/1000`, and with
    them reach `metrics.jsonl` and TensorBoard; put it before the callbacks that write these. The
    weights that scored best are kept in `FOLDER/best`, a run of its own: `kgan sample FOLDER/best`.

    Args:
        folder: the run's folder.
        config: its configuration; `Evaluation` says what is scored, and when.
        gan: the compiled model.

    Raises:
        InputError: data that cannot be scored, or metrics that they do not have.
    """

    def __init__(self, folder: PathLike, config: RunConfig, gan: GAN):
        super().__init__()
        self._folder = pathlib.Path(folder)
        self._config = config
        self._options = options = config.evaluation
        reference, generated, network, _ = compare(
            Run(gan, config, folder), extractor=options.extractor
        )
        known = MetricName("", network.name, options.samples, network.resize)
        names = [str(resolve_name(name, known)) for name in options.metrics]
        real_count = min(reference.real.count, options.samples)
        self._scorer = Scorer(names, network, generated, reference, real_count)
        self._name = names[0]
        self._best = Checkpoints(self._folder / BEST, gan, keep=1)
        self._merits = []  # of the first metric, higher is better

    def resume(self, epochs: int) -> bool:
        """Reads the scores of a resumed run's first `epochs`; returns whether it has ended.

        It has where the last `patience` evaluations brought nothing better.
        """
        path = self._folder / "metrics.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
        logs = [log for log in map(json.loads, lines) if log["epoch"] <= epochs]
        self._merits = [self._merit(log[self._name]) for log in logs if self._name in log]
        return self._is_over()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if (epoch + 1) % self._options.every and epoch + 1 < self.params["epochs"]:
            return
        card = self._scorer.score(self._options.samples, compare_tfgan=False).card
        for score in card.scores:
            logs[str(score.name)] = score.value
        merit = self._merit(logs[self._name])
        if merit > max(self._merits, default=-np.inf):
            self._config.save(self._folder / BEST / CONFIG)
            self._best.save()
        self._merits.append(merit)
        if self._is_over():
            self.model.stop_training = True
            count = count_words(self._options.patience, "evaluation")
            tell(
                f"Stopped: no better {self._name} in {count}. "
                f"The best weights: {self._folder / BEST}"
            )

    def _merit(self, value):
        if np.isnan(value):  # of samples that cannot be scored: never an improvement
            return -np.inf
        return -value if METRICS[parse_name(self._name).metric][1] == "lower" else value

    def _is_over(self):
        since = len(self._merits) - 1 - int(np.argmax(self._merits)) if self._merits else 0
        return self._options.patience is not None and since >= self._options.patience
