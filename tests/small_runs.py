"""Runs in fresh processes, and processes that kill themselves at one moment."""

import contextlib
import functools
import hashlib
import os
import subprocess
import sys

import pytest
import tensorflow as tf

from kgan.models.core.base import GAN

# Kills its own process at one moment of a run: no timing, and no luck.
KILLER = """
import os, signal, sys
moment, sent, *line = sys.argv[1:]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job would ignore it
from kgan import cli
from kgan.cli.startup import set_environment
set_environment()  # first, as a person's line does: it chooses TensorFlow's kernels
from kgan.training import loop as run
import keras
from tensorflow.python.checkpoint import checkpoint_management

def die(*_, **__):
    os.kill(os.getpid(), getattr(signal, sent))

class Killer(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if str(self.model.rounds) == moment:
            die()

if moment == "save":  # the checkpoint's files are there, the list that names them is old
    checkpoint_management.update_checkpoint_state_internal = die
train = run.train
run.train = lambda config, folder, **options: train(config, folder, [Killer()], **options)
sys.exit(cli.main(line))
"""


KGAN = "import sys; from kgan.cli import main; sys.exit(main())"


@contextlib.contextmanager
def without_tracing():
    """Lets runs play their rounds eagerly: for tests of a run's pictures, not of its training.

    One round takes a tenth of the time that tracing it takes.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GAN, "compile", functools.partialmethod(GAN.compile, run_eagerly=True))
        yield


def environment():
    """Returns a person's own: without the log level that the tests set for themselves."""
    return {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}


def fresh(program, *arguments):
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment())


def kgan(*arguments):
    """Runs `kgan ARGUMENTS` in a fresh process."""
    return fresh(KGAN, *arguments)


def killed(moment, sent, *arguments):
    return fresh(KILLER, moment, sent, *arguments)


def digest(folder):
    """Returns the SHA-256 of all variables in the newest checkpoint, and their number."""
    reader = tf.train.load_checkpoint(str(folder / "checkpoints"))
    names = sorted(name for name in reader.get_variable_to_shape_map() if "VARIABLE" in name)
    names.remove("save_counter/.ATTRIBUTES/VARIABLE_VALUE")  # of saves, which may well differ
    whole = hashlib.sha256()
    for name in names:
        whole.update(name.encode() + reader.get_tensor(name).tobytes())
    return whole.hexdigest(), len(names)
