"""The doctor beside training, and `kgan doctor` as a person meets it."""

import json
import math
import re

import numpy as np
import pytest

from kgan.cli import main
from kgan.data import open_source
from kgan.errors import InputError
from kgan.evaluation import Doctor
from kgan.evaluation.diagnosis import doctor
from kgan.evaluation.diagnosis.findings import ILLNESSES, Finding
from kgan.evaluation.diagnosis.measurements import Diversity, Measurements
from kgan.metrics import _classifier
from kgan.models.core.base import GAN
from kgan.runs import load_run
from kgan.runs.checkpoints import Checkpoints

TINY = ["--model.width", "4", "--data.size", "16", "--training.batch_size", "8"]
TINY += ["--training.epochs", "1", "--training.steps_per_epoch", "2", "--training.samples", "4"]


@pytest.fixture(autouse=True)
def quick(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_classifier.train, "__defaults__", (5,))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", "dcgan_digits", *TINY, "--out", str(folder)]) == 0
    return folder


def zeroed(network):
    for variable in network.trainable_variables:
        variable.assign(np.zeros(variable.shape))


# ---- The callback -----------------------------------------------------------------------------


def test_a_dead_critic_is_told_while_training(tmp_path, capsys):
    """A critic of zeros stays one: neither its weights nor its biases get a gradient."""
    source = open_source("digits", {"size": 16})
    gan = GAN(image_shape=(16, 16, 1), network="mlp", width=8, latent_size=4)
    gan.compile()
    zeroed(gan.discriminator)
    callback = Doctor(source, tmp_path, every=1, samples=40)
    data = source.dataset(batch_size=64).take(2)
    gan.fit(data, epochs=3, callbacks=[callback], verbose=0)
    told = [line for line in capsys.readouterr().out.splitlines() if "dead critic" in line]
    assert len(told) == 1
    assert told[0].startswith("Doctor, epoch 2: dead critic. Every sample, real or generated, has")
    assert "; --training.learning_rate '{discriminator: 0.00005}', or a quarter" in told[0]
    lines = [json.loads(line) for line in (tmp_path / "doctor.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["step"]) for line in lines] == [(1, 2), (2, 4), (3, 6)]
    assert all("dead critic" in line["findings"] for line in lines)
    assert lines[0]["measured"]["critics"][0]["deviation"] == 0.0
    assert len(lines[2]["measured"]["losses"]["generator"]) == 3


@pytest.mark.slow
def test_examinations_do_not_change_training():
    source = open_source("digits", {"size": 16})

    def trained(*callbacks):
        options = {"network": "mlp", "width": 8, "latent_size": 4, "ema_half_life": 100}
        gan = GAN(image_shape=(16, 16, 1), **options)
        gan.compile()
        data = source.dataset(batch_size=64).take(3)
        history = gan.fit(data, epochs=2, callbacks=list(callbacks), verbose=0).history
        return history, [variable.numpy() for role in gan.state().values() for variable in role]

    plain, examined = trained(), trained(Doctor(source, every=1, samples=20))
    assert plain[0] == examined[0]
    for one, other in zip(plain[1], examined[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_kgan_train_sends_for_the_doctor_when_asked(tmp_path, capsys):
    folder = tmp_path / "run"
    line = ["train", "gan_ring", "--data.count", "200", "--training.batch_size", "20"]
    line += ["--training.epochs", "3", "--training.steps_per_epoch", "2"]
    line += ["--training.steps_per_execution", "1", "--out", str(folder)]
    assert main([*line, "--evaluation.doctor", "2"]) == 0
    lines = [json.loads(line) for line in (folder / "doctor.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [2, 3]
    assert "evaluation.doctor >= 0. Received: -1" in refused(capsys, line, "--evaluation.doctor=-1")


def refused(capsys, line, *more):
    capsys.readouterr()
    assert main([*line, *more]) == 2
    return capsys.readouterr().err


class Model:
    """As much of a GAN as the callback looks at itself."""

    real_key, output_kind = "image", "images"
    unused_options = conditions = ()

    def players(self):
        return ()


def scripted(monkeypatch, *spreads, **options):
    """Returns a doctor whose examinations find these spreads, and the epochs it made them at."""
    script, at = iter(spreads), []

    class Examiner:
        def __init__(self, *arguments, **options): ...

        def __call__(self, gan, losses):
            at.append(None)
            return Measurements(900, losses, {}, (), {}, Diversity(100, next(script), 1e4, 1e4))

    monkeypatch.setattr(doctor, "Examiner", Examiner)
    callback = Doctor(None, **options)
    callback.set_model(Model())
    callback.set_params({"epochs": len(spreads)})
    callback.on_train_begin()
    return callback


def told(capsys):
    """Returns `[(when, what)]` of what was said since the last call."""
    return re.findall(r"Doctor, (.*?): (.*?)\. ", capsys.readouterr().out)


@pytest.mark.parametrize("spreads, expected", [
    # Early samples are all alike, and become different.
    ((0.001, 0.01, 0.08, 0.2, 0.6), []),
    ((0.0, 0.0, 0.6), [("epoch 2", "mode collapse")]),
    ((0.9, 0.9, 0.1, 0.05, 0.05, 0.05), [("epoch 4", "mode collapse")]),
    ((0.1, 0.109, 0.3), [("epoch 2", "mode collapse")]),  # hardly better
    ((0.1, 0.111, 0.3), []),
    ((0.9, 0.1, 0.9, 0.1, 0.9), []),  # never twice running
    ((0.1, 0.1, 0.9, 0.1, 0.1), [("epoch 2", "mode collapse"), ("epoch 5", "mode collapse")]),
    ((0.9, 0.1), [("at the end", "mode collapse")]),
    ((0.01, 0.1), [("at the end", "mode collapse")]),
    ((0.1, 0.1), [("epoch 2", "mode collapse")]),  # once
])  # fmt: skip
def test_what_lasts_is_told_once(monkeypatch, capsys, spreads, expected):
    callback = scripted(monkeypatch, *spreads, every=1)
    for epoch in range(len(spreads)):
        callback.on_epoch_end(epoch)
    callback.on_train_end()
    assert told(capsys) == expected


def test_it_examines_every_so_many_epochs_and_at_the_last(monkeypatch, tmp_path):
    callback = scripted(monkeypatch, *[0.9] * 12, folder=tmp_path, every=5)
    for epoch in range(12):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch)
    lines = (tmp_path / "doctor.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [5, 10, 12]


def test_replayed_epochs_replace_their_lines(monkeypatch, tmp_path):
    first = scripted(monkeypatch, *[0.9] * 4, folder=tmp_path, every=1)
    for epoch in range(4):
        first.on_epoch_end(epoch)
    resumed = scripted(monkeypatch, *[0.5] * 4, folder=tmp_path, every=1)
    resumed.on_epoch_begin(2)
    resumed.on_epoch_end(2)
    lines = [json.loads(line) for line in (tmp_path / "doctor.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["measured"]["diversity"]["spread"]) for line in lines] == [
        (1, 0.9), (2, 0.9), (3, 0.5)
    ]  # fmt: skip


def test_a_risk_of_nan_is_told_at_once():
    risk = Finding("NaN risk", "", (), math.inf)
    assert doctor.select_lasting((risk,), ()) == (risk,)
    assert doctor.select_lasting((Finding("dead critic", "", ()),), ()) == ()


def test_lines_hold_nothing_that_json_has_not():
    measured = Measurements(np.int64(1).item(), {}, {"score": math.nan, "loss": 1 / 3}, (), {})
    line = json.loads(json.dumps(doctor._to_json(measured), allow_nan=False))
    assert line["largest"] == {"score": "nan", "loss": 0.3333}
    assert doctor._to_json({"real": np.array([0.5, np.inf])}) == {"real": [0.5, "inf"]}


@pytest.mark.parametrize("options, message", [
    ({"every": 0}, "Expected a whole every >= 1"),
])  # fmt: skip
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Doctor(None, **options)


def test_too_few_samples_are_refused_before_training():
    callback = Doctor(open_source("digits", {"size": 16}), samples=3)
    callback.set_model(Model())
    with pytest.raises(InputError, match="Expected a whole samples >= 20"):
        callback.on_train_begin()


# ---- The command ------------------------------------------------------------------------------


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_is_examined_and_left_alone(run, capfd):
    before = contents(run)
    assert main(["doctor", str(run), "--samples", "60"]) == 0
    out = capfd.readouterr().out
    assert contents(run) == before
    lines = out.splitlines()
    assert lines[0] == f"{run} (dcgan, 2 rounds) against digits, split test"
    looked = [line.split()[0] for line in lines[3 : lines.index("", 3)]]
    assert looked == ["losses", "sizes", "critic", "gradients", "diversity", "classes", "copies"]
    assert re.search(r"losses +discriminator \S+, generator \S+ after 1 epoch", out)
    assert "60 samples, spread 0." in out
    assert "Found: too few rounds. 60 samples" in out
    assert "After 2 rounds it has hardly begun: healthy runs need 500." in out
    assert "\n    --training.epochs" in out
    assert f"kgan train --config {run}/config.yaml" in lines[-1]
    assert max(map(len, lines)) < 400


@pytest.fixture
def ill_run(run, tmp_path):
    """Returns a copy of the run whose newest checkpoint has a dead critic."""
    folder = tmp_path / "ill"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_bytes((run / "config.yaml").read_bytes())
    gan, _ = load_run(run)
    zeroed(gan.discriminator)
    gan.step.assign(5000)
    Checkpoints(folder, gan).save()
    return folder


def test_the_newest_checkpoint_is_read(ill_run, capfd):
    log = [{"epoch": n, "discriminator_loss": loss} for n, loss in enumerate((1, 1, 1, 1, 5e3))]
    (ill_run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))
    assert main(["doctor", str(ill_run), "--samples", "20"]) == 0
    out = capfd.readouterr().out
    assert "(dcgan, 5000 rounds)" in out
    found = re.findall(r"^Found: (.*?)\. ", out, re.MULTILINE)
    assert found[:3] == ["NaN risk", "dead critic", "vanishing generator gradient"]
    assert "begun to learn" not in out


def test_a_healthy_run_has_nothing(run, monkeypatch, capfd):
    healthy = Measurements(900, {"generator": (0.7,)}, {"loss": 0.7}, (), {"generator": 1e-3})
    monkeypatch.setattr(doctor, "examine_run", lambda *_: ("a run", healthy, ()))
    assert main(["doctor", str(run)]) == 0
    out = capfd.readouterr().out
    assert out.splitlines()[0] == "a run"
    assert out.endswith("\nNothing found.\n")
    assert "classes    not looked at: the data name none" in out


@pytest.mark.slow
def test_the_split_test_is_held_out_where_there_is_one(run):
    _, config = load_run(run)
    source, held_out = doctor.open_sources(config)
    assert (source.count, held_out.count) == (1437, 360)
    config.data["split"] = "all"
    source, held_out = doctor.open_sources(config)
    assert source.count == 1797 and held_out is None
    config.data.update(source="ring", split=None)
    points = {"source": "ring", "count": 100}
    config.data.clear()
    config.data.update(points)
    assert doctor.open_sources(config)[1] is None


WRONG = [
    ("{tmp}", "Expected the folder of a run, with config.yaml, or a packed run. Received: {tmp}."),
    ("{tmp}/none", "Received: {tmp}/none."),
    ("{run} --samples 19", "Expected --samples of at least 20. Received: 19."),
    ("{run} --samples many", "argument --samples: invalid int value: 'many'"),
    ("{run} other", "Expected no further arguments. Received: other. See kgan doctor --help."),
    ("{run} --model.width 4", "Expected no further arguments. Received: --model.width 4."),
    ("", "the following arguments are required: RUN"),
]


@pytest.mark.parametrize("line, message", WRONG)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, capfd, line, message):
    names = {"run": run, "tmp": tmp_path}
    capfd.readouterr()
    try:
        code = main(["doctor", *line.format(**names).split()])
    except SystemExit as stop:
        code = stop.code
    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    assert message.format(**names) in err.splitlines()[-1]
    assert len(err.splitlines()) == 1 or err.startswith("usage: kgan doctor")


def test_a_run_without_a_checkpoint_is_refused(run, tmp_path, capfd):
    (tmp_path / "config.yaml").write_bytes((run / "config.yaml").read_bytes())
    assert main(["doctor", str(tmp_path)]) == 2
    assert "which has none yet" in capfd.readouterr().err


def test_the_help_says_what_is_looked_for(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["doctor", "--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    for name, summary in ILLNESSES.items():
        assert name in out and summary in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.slow
def test_replicas_are_examined_as_one(two_replicas):
    source = open_source("digits", {"size": 16})
    with two_replicas.scope():
        gan = GAN(image_shape=(16, 16, 1), network="mlp", width=8, latent_size=4)
        gan.compile()
    callback = Doctor(source, every=1, samples=20)
    data = source.dataset(batch_size=64).take(2)
    gan.fit(data, epochs=1, callbacks=[callback], verbose=0)
    assert [finding.name for finding in callback.findings] == ["too few rounds"]
    assert "After 2 rounds" in callback.findings[0].evidence
    assert gan.rounds == 2
