"""Checkpoints: when they are written, what damage does, and that nothing bad is kept."""

import gc
import pathlib
import re
import signal
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.checkpoint import checkpoint_management

from kgan.errors import InputError, Interrupted, RunError
from kgan.runs.checkpoints import Checkpoints, find_newest_step, restore_networks
from kgan.training.callbacks import ResumeMidEpoch
from kgan.training.interrupts import save_on_stop
from tests.games import dataset_for, linear_gan


def game():
    gan = linear_gan()
    gan.compile()
    return gan


def played(gan, rounds, *callbacks, **options):
    data = dataset_for(gan, 4, rounds)
    gan.fit(data, shuffle=False, verbose=0, callbacks=list(callbacks), **options)


def values(gan):
    return [variable.numpy() for group in gan.state().values() for variable in group]


def numbers(folder):
    return sorted(int(p.stem[5:]) for p in (folder / "checkpoints").glob("ckpt-*.index"))


@pytest.fixture
def saved(tmp_path):
    """Returns a folder with checkpoints of steps 2 and 4, and the values of each."""
    gan = game()
    checkpoints = Checkpoints(tmp_path, gan, keep=5)
    kept = {}
    for step in (2, 4):
        played(gan, 2)
        checkpoints.save()
        kept[step] = values(gan)
    return tmp_path, kept


def restored(folder):
    gan = game()
    return Checkpoints(folder, gan, keep=5).restore(), values(gan)


def assert_equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_newest_is_restored_whole(saved, capfd):
    folder, kept = saved
    step, found = restored(folder)
    assert step == 4 == find_newest_step(folder)
    assert_equal(found, kept[4])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["run [a]", "x[1-3]y*"])
def test_a_folder_whose_name_is_a_pattern_to_tensorflow(tmp_path, name):
    gan, folder = game(), tmp_path / name / "run"
    checkpoints = Checkpoints(folder, gan, keep=2)
    for _ in range(3):
        played(gan, 1)
        checkpoints.save()
    assert numbers(folder) == [2, 3]  # the oldest is deleted
    step, found = restored(folder)
    assert step == 3
    assert_equal(found, values(gan))
    restore_networks(folder, game())
    assert str(tmp_path) not in (folder / "checkpoints" / "checkpoint").read_text()


def data_file(folder, step):
    return folder / "checkpoints" / f"ckpt-{step}.data-00000-of-00001"


def test_a_truncated_one_is_named_and_passed_over(saved, capfd):
    folder, kept = saved
    path = data_file(folder, 4)
    path.write_bytes(path.read_bytes()[:-40])
    step, found = restored(folder)
    assert step == 2
    assert_equal(found, kept[2])
    said = capfd.readouterr().err
    assert re.search(r"checkpoints/ckpt-4 is damaged \(.+\): going back to ckpt-2\.\n$", said)


@pytest.mark.parametrize("suffix", ["data-00000-of-00001", "index"])
def test_a_flipped_bit_anywhere_changes_nothing_in_silence(saved, suffix):
    folder, kept = saved
    path = folder / "checkpoints" / f"ckpt-4.{suffix}"
    whole = path.read_bytes()
    found_damage = 0
    for place in np.random.default_rng(0).choice(len(whole), 20, replace=False):
        damaged = bytearray(whole)
        damaged[place] ^= 16
        path.write_bytes(damaged)
        step, found = restored(folder)
        assert_equal(found, kept[step])
        found_damage += step == 2
    assert found_damage >= 10  # the others hit names of graph nodes, or padding


def test_without_a_whole_one_a_run_does_not_start_over(saved):
    folder, _ = saved
    for step in (2, 4):
        data_file(folder, step).write_bytes(b"")
    with pytest.raises(InputError, match=r"Expected a whole checkpoint .* and 1 others like it"):
        restored(folder)
    with pytest.raises(InputError, match="Expected a whole checkpoint"):
        restore_networks(folder, linear_gan())


def test_one_of_another_model_is_told_in_a_line_and_no_more(saved, capfd):
    folder, _ = saved
    gan = linear_gan(ema_half_life=10)
    gan.compile()
    with pytest.raises(InputError, match=r"\(ema_generator/0 is missing, and should be") as caught:
        Checkpoints(folder, gan).restore()
    assert "\n" not in str(caught.value)
    del gan, caught
    gc.collect()  # TensorFlow complains when what it could not restore goes
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [None, "", "model_checkpoint_path: 7 oops", "\0\0\0"])
def test_a_lost_or_damaged_list_loses_nothing(saved, content):
    folder, kept = saved
    listing = folder / "checkpoints" / "checkpoint"
    listing.unlink()
    if content is not None:
        listing.write_text(content)
    step, found = restored(folder)
    assert step == 4
    assert_equal(found, kept[4])
    gan = game()
    checkpoints = Checkpoints(folder, gan, keep=2)
    checkpoints.restore()
    played(gan, 1)
    checkpoints.save()
    assert numbers(folder) == [4, 5]  # the one of step 2 was known, and has made room


def test_one_is_written_every_so_many_rounds_and_at_the_end_of_an_epoch(tmp_path):
    gan = game()
    played(gan, 5, Checkpoints(tmp_path, gan, keep=9, steps=2), epochs=2)
    assert numbers(tmp_path) == [2, 4, 5, 7, 9, 10]


def test_an_epochs_last_round_is_saved_after_what_other_callbacks_write(tmp_path):
    """A run that is killed in between logs that epoch again."""
    gan, seen = game(), []
    logs = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(find_newest_step(tmp_path))
    )
    played(gan, 4, logs, Checkpoints(tmp_path, gan, steps=2), epochs=2)
    assert seen == [2, 6]
    assert find_newest_step(tmp_path) == 8


def test_one_is_written_when_minutes_have_passed(tmp_path, monkeypatch):
    now = [50.0]
    monkeypatch.setattr("kgan.runs.checkpoints.time.monotonic", lambda: now[0])
    gan = game()

    class Clock(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            now[0] += 20.0

    checkpoints = Checkpoints(tmp_path, gan, keep=9, minutes=0.5)
    checkpoints.restore()
    played(gan, 5, Clock(), checkpoints)
    assert numbers(tmp_path) == [2, 4, 5]


@pytest.mark.parametrize("years", [-2, 2])
def test_a_clock_that_jumps_keeps_neither_too_many_nor_too_few(tmp_path, monkeypatch, years):
    def years_later(count):
        now = time.time() + count * 365 * 86400.0
        monkeypatch.setattr(checkpoint_management.time, "time", lambda: now)

    checkpoints = Checkpoints(tmp_path, gan := game(), keep=2)
    for _ in range(3):  # while it runs
        played(gan, 1)
        checkpoints.save()
        years_later(years)
    assert numbers(tmp_path) == [2, 3]
    years_later(years)  # and before the next start
    checkpoints = Checkpoints(tmp_path, gan := game(), keep=2)
    assert checkpoints.restore() == 3
    for _ in range(2):
        played(gan, 1)
        checkpoints.save()
    assert numbers(tmp_path) == [4, 5]


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    gan = game()
    checkpoints = Checkpoints(tmp_path, gan)
    played(gan, 1)
    checkpoints.save()
    gan.generator.trainable_variables[0].assign(np.full((3, 2), np.nan, "float32"))
    gan.step.assign(2)
    with pytest.raises(RunError, match=r"weights with NaN or infinity in .* from the generator"):
        checkpoints.save()
    assert numbers(tmp_path) == [1]


def test_a_full_disk_is_told_with_path_and_bytes(saved, monkeypatch):
    folder, kept = saved
    gan = game()
    checkpoints = Checkpoints(folder, gan)
    checkpoints.restore()
    played(gan, 1)

    def full(**_):
        (folder / "checkpoints" / "ckpt-5_temp").mkdir()
        text = "{{function_node __wrapped__SaveV2}} ckpt-5; No space left on device"
        raise tf.errors.ResourceExhaustedError(None, None, text)

    monkeypatch.setattr(checkpoints._manager, "save", full)
    size = sum(value.nbytes for value in kept[4])
    told = f"A checkpoint of {size:,} bytes could not .*checkpoints at step 5: ckpt-5; No space"
    with pytest.raises(RunError, match=told):
        checkpoints.save()
    assert not (folder / "checkpoints" / "ckpt-5_temp").exists()
    assert restored(folder)[0] == 4


def test_the_rest_of_an_epoch_is_played_and_then_whole_ones():
    gan = game()
    ends = []

    class Ends(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            ends.append((epoch, self.model.rounds))

    data = dataset_for(gan, 4, 20)
    options = {"epochs": 4, "initial_epoch": 1, "steps_per_epoch": 5}
    gan.fit(data, shuffle=False, verbose=0, callbacks=[ResumeMidEpoch(2), Ends()], **options)
    assert ends == [(1, 2), (2, 7), (3, 12)]


def test_another_callback_may_stop_at_the_end_of_that_rest():
    gan = game()

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    played(gan, 20, ResumeMidEpoch(2), Stop(), epochs=3, steps_per_epoch=5)
    assert gan.rounds == 2


@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_saves_what_was_played_and_handlers_are_put_back(tmp_path, number, code):
    before = signal.getsignal(number)
    gan = game()

    class Signal(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                signal.raise_signal(number)

    checkpoints = Checkpoints(tmp_path, gan)
    told = pytest.raises(Interrupted, match="after step 3, which is saved")
    with told as stop, save_on_stop(checkpoints):
        played(gan, 5, Signal())
    assert stop.value.code == code
    assert find_newest_step(tmp_path) == gan.rounds == 3
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_what_nohup_ignores_stays_ignored(tmp_path, number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with save_on_stop(Checkpoints(tmp_path, game())):
            signal.raise_signal(number)
            assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_a_reader_who_has_gone_leaves_a_run_that_is_saved(tmp_path):
    gan = game()

    class Print(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise BrokenPipeError

    told = pytest.raises(Interrupted, match="SIGPIPE after step 3, which is saved")
    with told as stop, save_on_stop(Checkpoints(tmp_path, gan)):
        played(gan, 5, Print())
    assert stop.value.code == 141
    assert find_newest_step(tmp_path) == 3


def test_the_second_signal_does_not_wait(tmp_path):
    checkpoints = Checkpoints(tmp_path, game())
    found = []

    class Saving:
        def save(self):
            found.append([signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)])
            return checkpoints.save()

    with pytest.raises(Interrupted), save_on_stop(Saving()):
        signal.raise_signal(signal.SIGTERM)
    assert found == [[signal.SIG_DFL, signal.SIG_DFL]]


def test_litter_is_swept_and_checkpoints_are_not(saved):
    folder, _ = saved
    inside = folder / "checkpoints"
    litter = [inside / "ckpt-6.data-00000-of-00001", inside / "checkpoint.tmp012"]
    for path in litter:
        path.write_text("half")
    (inside / "ckpt-6_temp").mkdir()
    before = {path.name for path in inside.iterdir()} - {p.name for p in litter} - {"ckpt-6_temp"}
    Checkpoints(folder, game())
    assert {path.name for path in pathlib.Path(inside).iterdir()} == before
