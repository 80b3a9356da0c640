"""What Keras gets to gather from replicas."""

import pytest
import tensorflow as tf

from kgan.models.core.replication import shape_for_logs


class Workers(tf.distribute.MultiWorkerMirroredStrategy):
    """A strategy of workers that are nowhere."""

    def __init__(self, replicas):
        self.replicas = replicas

    @property
    def num_replicas_in_sync(self):
        return self.replicas


@pytest.mark.parametrize(("replicas", "shape"), [(2, (1,)), (1, ())])
def test_several_workers_give_losses_an_axis_to_be_averaged_along(monkeypatch, replicas, shape):
    workers = Workers(replicas)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: workers)
    loss = shape_for_logs({"generator_loss": tf.constant(3.0)})["generator_loss"]
    assert (loss.shape, float(tf.reduce_sum(loss))) == (shape, 3.0)


def test_replicas_of_one_process_give_scalars(two_replicas):
    with two_replicas.scope():
        assert shape_for_logs({"generator_loss": tf.constant(3.0)})["generator_loss"].shape == ()
