"""SAGAN: where attention stands, and that both networks are normalised."""

import numpy as np
import pytest

from kgan.layers.attention import GainedSum
from kgan.layers.lipschitz import NORMALIZED, SpectralNormalization
from kgan.models import SAGAN
from kgan.networks import resnet
from tests.games import fit


@pytest.mark.parametrize(
    "shape, size", [((8, 8, 1), 4), ((16, 16, 1), 8), ((32, 32, 1), 16), ((64, 64, 3), 16)]
)
def test_maps_of_the_middle_size_attend_in_both(shape, size):
    pair = (
        resnet.build_generator(shape, 8, 2, attention=True),
        resnet.build_discriminator(shape, 2, attention=True),
    )
    for network in pair:
        (attends,) = [layer for layer in network.layers if isinstance(layer, GainedSum)]
        assert attends.output.shape[1:3] == (size, size)


@pytest.mark.slow
def test_every_kernel_of_both_has_norm_one_and_attention_begins_to_count():
    gan = SAGAN.example()
    gan.compile(run_eagerly=True)
    fit(gan, batch_size=8, batches=2)
    for network in (gan.generator, gan.discriminator):
        kernels = [one for one in network.layers if isinstance(one, SpectralNormalization)]
        assert not [one for one in network.layers if isinstance(one, NORMALIZED)]
        for layer in kernels:
            kernel = layer.kernel.numpy().reshape(-1, layer.kernel.shape[-1])
            assert np.linalg.norm(kernel, 2) == pytest.approx(1.0, abs=0.01)
        (attends,) = [layer for layer in network.layers if isinstance(layer, GainedSum)]
        assert attends.gain.numpy() != 0.0
