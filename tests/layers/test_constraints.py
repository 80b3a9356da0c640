"""Weight clipping: the values, at once and after a step."""

import keras
import numpy as np
import pytest

from kgan.errors import InputError
from kgan.layers import WeightClip, clip_weights
from kgan.models.wgan import WGAN
from tests.games import fit


def test_values_outside_are_clipped():
    clipped = WeightClip(0.5)(np.array([-2.0, -0.5, 0.1, 3.0], "float32"))
    np.testing.assert_array_equal(clipped, np.array([-0.5, -0.5, 0.1, 0.5], "float32"))


def test_a_network_is_clipped_at_once_and_comes_back_from_its_config():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(50)])
    assert clip_weights(network, 0.01) is network
    assert np.abs(network.get_weights()[0]).max() == np.float32(0.01)
    assert WeightClip.from_config(WeightClip(0.2).get_config()).limit == 0.2


def test_wgans_critic_stays_clipped_while_it_learns():
    gan = WGAN.example()
    gan.compile({"discriminator": keras.optimizers.SGD(10.0)})
    before = [variable.numpy() for variable in gan.discriminator.trainable_variables]
    fit(gan, batch_size=20, batches=3)
    for old, variable in zip(before, gan.discriminator.trainable_variables, strict=True):
        assert np.abs(variable.numpy()).max() <= np.float32(0.01)
        assert variable.ndim == 1 or np.abs(variable.numpy() - old).max() > 0


def test_a_limit_must_be_positive():
    with pytest.raises(InputError, match="limit=0"):
        WeightClip(0)
