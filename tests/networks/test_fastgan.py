"""FastGAN's networks: sizes, which feature map gates which, what decoders are given."""

import keras
import numpy as np
import pytest

from kgan.errors import InputError
from kgan.networks import fastgan


@pytest.mark.parametrize("shape", [(16, 16, 1), (24, 32, 3), (104, 72, 4)])
def test_every_size_in_steps_of_eight(shape, random):
    latents = random.normal(size=(2, 8)).astype("float32")
    images = fastgan.build_generator(shape, 8, 1)(latents).numpy()
    assert images.shape == (2, *shape) and np.abs(images).max() <= 1
    outputs = fastgan.build_discriminator(shape, 1)(images)
    assert outputs["scores"].shape[0] == 2 and outputs["scores"].shape[3] == 1
    coarse, fine = (outputs[name].shape for name in ("coarse", "fine"))
    assert [-(-side // 2) for side in fine[1:3]] == list(coarse[1:3])
    decode = fastgan.build_decoder((*coarse[1:3], 5), shape, 1)
    pictures = decode(random.normal(size=(2, *coarse[1:3], 5)).astype("float32"))
    assert pictures.shape == (2, shape[0] // 2, shape[1] // 2, shape[2])


def test_the_critic_ends_as_the_papers_does():
    outputs = fastgan.build_discriminator((256, 256, 3), 1).output
    shapes = {name: output.shape[1:] for name, output in outputs.items()}
    assert shapes == {"scores": (5, 5, 1), "fine": (16, 16, 16), "coarse": (8, 8, 32)}


@pytest.mark.parametrize("side, pairs", [
    (16, {4: 8, 8: 16}), (64, {4: 32, 8: 64}), (256, {4: 64, 8: 128, 16: 256})
])  # fmt: skip
def test_coarse_feature_maps_gate_fine_ones(side, pairs):
    """As far apart as in the paper from 128 pixels on."""
    generator = fastgan.build_generator((side, side, 3), 8, 1)
    gated = {}
    for layer in generator.layers:
        if isinstance(layer, keras.layers.Multiply):
            x, gates = layer.input
            source = gates
            while source.shape[1:3] == (1, 1) or isinstance(
                source._keras_history.operation, keras.layers.AveragePooling2D
            ):
                source = source._keras_history.operation.input
            gated[source.shape[1]] = x.shape[1]
            assert gates.shape[1:] == (1, 1, x.shape[3])
    assert gated == pairs


def test_only_a_latents_direction_matters(random):
    generator = fastgan.build_generator((16, 16, 1), 8, 2)
    latents = random.normal(size=(2, 8)).astype("float32")
    np.testing.assert_allclose(generator(latents), generator(7.0 * latents), atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8, 1), (20, 16, 1), (16, 16, 5)])
def test_other_sizes_are_refused_with_the_mend(shape):
    with pytest.raises(InputError, match=r"Expected images \(H, .* Choose another --data.size"):
        fastgan.build_generator(shape)
