"""Set-up of all tests: a quiet TensorFlow with two logical CPUs, so that two replicas fit."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow as tf

# Tracing makes millions of objects that live on: a sixth of the suite's time went to looking
# through them again and again.
gc.set_threshold(200_000, 50, 1000)

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def pytest_collection_modifyitems(items):
    """Keeps the tests of a file in one worker, which makes what they share once."""
    for item in items:
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
