"""Set-up of all tests: a quiet TensorFlow with two logical CPUs, so that two replicas fit."""

import contextlib
import ctypes
import gc
import os
import resource
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Off, for with oneDNN a graph in Python and in the C library are not equal to the last bit. A child
# process inherits it, where the command line would set it otherwise.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# One thread an operation: there are as many workers as cores, and every child computes beside one.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import ops

# Tracing makes millions of objects that live on: a sixth of the suite's time went to looking
# through them again and again. `release_memory` looks through them once a module.
gc.set_threshold(200_000, 50, 1000)

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def pytest_collection_finish():
    """Takes what imports made, which stays, out of the collector's sight."""
    gc.collect()
    gc.freeze()


def read_memory():
    """Returns the bytes this process holds in memory, where the system tells them (Linux)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return float("inf")


def release_memory():
    """Frees the graphs of dropped models, and gives the memory back to the system.

    TensorFlow keeps every graph in which a custom gradient was called for the life of the process:
    its registry of gradients holds a function that holds the graph's tensors. A model of ours that
    is gone would still take 50 to 300 MB.
    """
    registry = ops.gradient_registry._registry
    for name in [name for name in registry if name.startswith("CustomGradient-")]:
        del registry[name]
    gc.collect()
    context.context().clear_kernel_cache()  # eager operations, each with what it was built of
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def keeping_environment():
    """Takes back what a block sets for its process: children would inherit it, and compute so."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@pytest.fixture(autouse=True)
def kept_environment():
    with keeping_environment():
        yield


@pytest.fixture(autouse=True)
def seeded():
    """Networks that name no seed begin with the same weights in every run."""
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="module", autouse=True)
def released_memory():
    with keeping_environment():
        yield
    if read_memory() > 1.6e9:  # it takes seconds
        release_memory()


# Their rounds are those of other variants, with other losses, networks or data: what takes seconds
# to show of a round is a slow test for them. A new variant is not among them.
ALIKE = {
    *("acgan", "biggan", "cartoon", "cgan", "consensus_gan", "cut", "dragan", "fgan", "gan"),
    *("hinge_gan", "improved_gan", "infogan", "lsgan", "pacgan", "pix2pix", "projected_gan"),
    *("projection_gan", "r1_gan", "r3gan", "relativistic_gan", "sagan", "sngan", "stargan"),
    *("text_style", "text_to_image", "unrolled_gan", "wgan", "zi2zi"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keeps the tests of a file in one worker, which makes what they share once."""
    for item in items:
        if item.get_closest_marker("in_full") and item.callspec.params["variant"] in ALIKE:
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.fixture
def random():
    """NumPy's generator, seeded: the same numbers in every run."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def two_replicas():
    """A strategy with two replicas on one CPU.

    One for all tests: a second strategy of a process numbers its collectives from the start again,
    and TensorFlow takes them for the first one's ("Shape mismatch in the collective instance").
    """
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
