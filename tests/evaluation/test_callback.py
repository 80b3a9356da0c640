"""Scores while a run trains: in its logs, for its best weights, and to know when to stop."""

import json
import signal

import pytest

from kgan.cli import main
from kgan.errors import InputError, Interrupted
from kgan.evaluation import callback, evaluate
from kgan.runs import load_run
from kgan.runs.checkpoints import find_newest_step
from kgan.runs.parse import parse
from kgan.training import train

TINY = {
    "model": {"name": "gan", "width": 8, "latent_size": 2},
    "data": {"source": "ring"},
    "training": {"batch_size": 32, "epochs": 6, "steps_per_epoch": 2, "samples": 4},
    "evaluation": {"every": 2, "metrics": ["swd", "high_quality_rate"], "samples": 200},
}
SWD, QUALITY = "swd/raw/200", "high_quality_rate/raw/200"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))


def tiny(*arguments):
    return parse(list(arguments), [TINY])


def logged(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def scores(folder):
    return {line["epoch"]: line[SWD] for line in logged(folder) if SWD in line}


def scoring(monkeypatch, *values):
    """Lets the evaluations of a run find these merits in turn."""
    left = list(values)
    monkeypatch.setattr(callback.Evaluator, "_merit", lambda self, value: left.pop(0))


def test_scores_are_logged_every_few_epochs_and_are_those_of_kgan_evaluate(tmp_path):
    folder = tmp_path / "run"
    train(tiny("--training.epochs", "5"), folder)
    assert list(scores(folder)) == [2, 4, 5]
    card, _ = evaluate(folder, names=["swd", "high_quality_rate"], samples=200, repeats=1)
    last = logged(folder)[-1]
    assert last[SWD] == pytest.approx(card["swd"].value, rel=1e-6)
    assert last[QUALITY] == card["high_quality_rate"].value


def test_the_best_weights_are_kept_as_a_run_of_their_own(tmp_path, monkeypatch):
    scoring(monkeypatch, 0.1, 0.3, 0.2)
    train(tiny(), tmp_path / "run")
    best = tmp_path / "run" / "best"
    assert find_newest_step(best) == 8  # of the fourth epoch
    gan, config = load_run(best)
    assert gan.rounds == 8 and config.evaluation.every == 2
    assert main(["sample", str(best), "--npz", str(tmp_path / "x.npz"), "--count", "3"]) == 0


@pytest.mark.slow
def test_lower_distances_and_higher_recalls_are_better(tmp_path):
    train(tiny("--training.epochs", "4"), tmp_path / "swd")
    found = scores(tmp_path / "swd")
    best = min(found, key=found.get)
    assert find_newest_step(tmp_path / "swd" / "best") == 2 * best
    config = tiny("--training.epochs", "4", "--evaluation.metrics", "[recall]")
    train(config, tmp_path / "recall")
    name = "recall/raw/200"
    found = {line["epoch"]: line[name] for line in logged(tmp_path / "recall") if name in line}
    assert find_newest_step(tmp_path / "recall" / "best") == 2 * max(found, key=found.get)


@pytest.mark.slow
def test_a_run_that_gains_no_more_stops_and_stays_so(tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as scored:
        scoring(scored, 0.1, 0.3, 0.2, 0.2, 9.9)
        train(tiny("--training.epochs", "20", "--evaluation.patience", "2"), tmp_path / "run")
    assert find_newest_step(tmp_path / "run") == 16
    assert "no better swd/raw/200 in 2 evaluations" in capsys.readouterr().out
    with monkeypatch.context() as scored:
        scoring(scored, 0.1, 0.3, 0.2, 0.2)
        train(tiny("--training.epochs", "20", "--evaluation.patience", "2"), tmp_path / "run")
    assert find_newest_step(tmp_path / "run") == 16
    assert "has stopped gaining" in capsys.readouterr().out


@pytest.mark.slow
def test_a_score_that_is_none_counts_as_no_gain(tmp_path, monkeypatch):
    merit = callback.Evaluator._merit
    values = iter([-0.1, float("nan"), float("nan")])
    monkeypatch.setattr(callback.Evaluator, "_merit", lambda self, _: merit(self, next(values)))
    train(tiny("--training.epochs", "20", "--evaluation.patience", "2"), tmp_path / "run")
    assert find_newest_step(tmp_path / "run") == 12
    assert find_newest_step(tmp_path / "run" / "best") == 4


@pytest.mark.slow
def test_a_resumed_run_knows_what_was_best(tmp_path):
    train(tiny(), tmp_path / "straight")
    train(tiny("--training.epochs", "3"), tmp_path / "resumed")
    train(tiny(), tmp_path / "resumed")
    straight = scores(tmp_path / "straight")
    resumed = scores(tmp_path / "resumed")
    assert resumed.pop(3) and resumed == straight  # it had ended with the third
    epochs = {**resumed, 3: scores(tmp_path / "resumed")[3]}
    assert find_newest_step(tmp_path / "resumed" / "best") == 2 * min(epochs, key=epochs.get)


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 2])  # one before the last, and the last
def test_a_run_that_is_stopped_while_it_is_scored_scores_later(tmp_path, monkeypatch, epochs):
    config = tiny("--training.epochs", "2", "--evaluation.every", "1")
    train(config, tmp_path / "straight")
    score = callback.Scorer.score

    def stop(self, *arguments, **options):
        if find_newest_step(tmp_path / "run") == 2 * epochs:
            signal.raise_signal(signal.SIGINT)
        return score(self, *arguments, **options)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(callback.Scorer, "score", stop)
        with pytest.raises(Interrupted, match=f"after step {2 * epochs}, which is saved"):
            train(config, tmp_path / "run")
    assert [line["epoch"] for line in logged(tmp_path / "run")] == list(range(1, epochs + 1))
    assert epochs not in scores(tmp_path / "run")
    train(config, tmp_path / "run")
    assert scores(tmp_path / "run") == scores(tmp_path / "straight")
    best = find_newest_step(tmp_path / "straight" / "best")
    assert find_newest_step(tmp_path / "run" / "best") == best


def test_an_evaluation_that_fails_loses_no_epoch(tmp_path, monkeypatch):
    def fail(self, *arguments, **options):
        raise MemoryError

    monkeypatch.setattr(callback.Scorer, "score", fail)
    with pytest.raises(MemoryError):
        train(tiny(), tmp_path / "run")
    assert find_newest_step(tmp_path / "run") == 4  # of the second epoch


@pytest.mark.slow
def test_what_is_looked_at_may_change(tmp_path):
    train(tiny("--training.epochs", "2"), tmp_path / "run")
    train(tiny("--training.epochs", "4", "--evaluation.metrics", "[recall]"), tmp_path / "run")
    assert "recall/raw/200" in logged(tmp_path / "run")[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--evaluation.every", "-1"), "evaluation.every >= 0. Received: -1."),
        (("--evaluation.patience", "0"), "evaluation.patience >= 1. Received: 0."),
        (("--evaluation.samples", "1"), "evaluation.samples >= 2. Received: 1."),
        (("--evaluation.metrics", "[ct]"), "can be better or worse. Received: ct."),
        (("--evaluation.metrics", "[]"), "can be better or worse. Received: none."),
        (("--evaluation.metrics", "[beauty]"), "Unknown metric. Received: 'beauty'."),
        (("--evaluation.metrics", "[fid/raw/7]"), "Expected fid/raw/200"),
        (("--evaluation.metrics", "[classes]"), "an extractor that names classes"),
        (("--evaluation.extractor", "crystal"), "crystal"),
        (("--training.steps_per_execution", "4"), "a multiple of 4 steps"),
    ],
)
def test_bad_input_is_one_line(tmp_path, arguments, message):
    with pytest.raises(InputError) as caught:
        train(tiny(*arguments), tmp_path / "run")
    assert message in str(caught.value) and "\n" not in str(caught.value)
