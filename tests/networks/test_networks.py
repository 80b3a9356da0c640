"""Networks: the papers' sizes, counted; what is refused."""

import keras
import numpy as np
import pytest

from kgan.errors import InputError
from kgan.networks import NETWORKS, dcgan, mlp, textbook


def widths(network, kind):
    return [layer.filters for layer in network.layers if isinstance(layer, kind)]


def has(network, kind):
    return any(isinstance(layer, kind) for layer in network.layers)


@pytest.mark.parametrize("name", ["dcgan", "resnet"])
@pytest.mark.parametrize(
    "shape", [(8, 8, 1), (16, 16, 2), (64, 48, 3), (24, 72, 4), (128, 128, 1), (256, 256, 3)]
)
def test_every_size_in_steps_of_eight(name, shape):
    pair = NETWORKS[name]
    images = pair.build_generator(shape, 8, 2)(np.zeros((2, 8), "float32")).numpy()
    assert images.shape == (2, *shape) and np.abs(images).max() <= 1
    assert pair.build_discriminator(shape, 2)(images).shape == (2, 1)


def test_dcgan_has_the_papers_widths_and_guidelines():
    generator, critic = (
        dcgan.build_generator((64, 64, 3), 100, 128),
        dcgan.build_discriminator((64, 64, 3), 128),
    )
    first = next(layer for layer in generator.layers if isinstance(layer, keras.layers.Reshape))
    assert first.output.shape == (None, 4, 4, 1024)
    assert widths(generator, keras.layers.Conv2DTranspose) == [512, 256, 128, 3]
    assert widths(critic, keras.layers.Conv2D) == [128, 256, 512, 1024]
    # No pooling; batch normalisation everywhere but the generator's output and critic's input;
    # no hidden dense layer; ReLU in the generator, LeakyReLU in the critic.
    for network in (generator, critic):
        assert not has(network, keras.layers.AveragePooling2D)
        assert not has(network, keras.layers.MaxPooling2D)
        assert sum(isinstance(layer, keras.layers.Dense) for layer in network.layers) == 1
    norms = [
        sum(isinstance(layer, keras.layers.BatchNormalization) for layer in network.layers)
        for network in (generator, critic)
    ]
    assert norms == [4, 3]
    assert not has(generator, keras.layers.LeakyReLU) and not has(critic, keras.layers.ReLU)
    kernel = critic.layers[1].kernel.numpy()
    assert kernel.std() == pytest.approx(0.02, rel=0.05)


def test_dcgan_counts_its_parameters():
    """By hand, size 16, width 2, one channel, latent 8."""
    generator = dcgan.build_generator((16, 16, 1), 8, width=2)
    # 8·(4·4·4) dense, 4+4 norm, 4·4·4·2 up, 2+2 norm, 4·4·2·1 + 1 up; statistics 8 + 4.
    assert generator.count_params() == 512 + 8 + 128 + 4 + 33 + 12
    critic = dcgan.build_discriminator((16, 16, 1), width=2)
    # 4·4·1·2 + 2, 4·4·2·4, 4+4 norm, 4·4·4 + 1; statistics 8.
    assert critic.count_params() == 34 + 128 + 8 + 65 + 8


def test_the_plain_critic_has_no_batch_normalisation():
    critic = NETWORKS["dcgan_plain_critic"].build_discriminator((16, 16, 1), 2)
    assert not has(critic, keras.layers.BatchNormalization)


def test_textbook_pair_is_as_described():
    generator, critic = (
        textbook.build_generator((28, 28, 1)),
        textbook.build_discriminator((28, 28, 1)),
    )
    shapes = [layer.output.shape[1:] for layer in generator.layers]
    for shape in ((1024,), (7, 7, 128), (14, 14, 64), (28, 28, 1)):
        assert shape in shapes
    assert widths(critic, keras.layers.Conv2D) == [64, 128]
    assert sum(isinstance(layer, keras.layers.AveragePooling2D) for layer in critic.layers) == 2
    assert sum(isinstance(layer, keras.layers.Dense) for layer in critic.layers) == 2
    assert generator.input_shape == (None, 100)


def test_points_are_not_squashed():
    generator = mlp.build_point_generator((2,), 3, width=4)
    generator.layers[-2].set_weights([np.zeros((4, 2)), np.array([5.0, -7.0])])
    np.testing.assert_allclose(generator(np.zeros((1, 3), "float32")), [[5.0, -7.0]])


@pytest.mark.parametrize("name", NETWORKS)
def test_scores_are_raw_and_outputs_float32_under_half_precision(name):
    shape = {"textbook": (28, 28, 1), "mlp_points": (2,)}.get(name, (16, 16, 1))
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        generator = NETWORKS[name].build_generator(shape, 8, 4)
        critic = NETWORKS[name].build_discriminator(shape, 4)
    finally:
        keras.mixed_precision.set_global_policy(before)
    images = generator(np.ones((2, 8), "float32"))
    scores = critic(images)
    assert images.dtype == scores.dtype == "float32"
    assert getattr(critic.layers[-1], "activation", keras.activations.linear).__name__ == "linear"


@pytest.mark.parametrize(
    "build, shape",
    [
        (dcgan.build_generator, (20, 20, 1)),
        (dcgan.build_discriminator, (32, 12, 1)),
        (dcgan.build_discriminator, (264, 64, 1)),
        (dcgan.build_generator, (32, 32, 5)),
        (textbook.build_generator, (32, 32, 1)),
        (textbook.build_discriminator, (28, 28)),
    ],
)
def test_other_sizes_are_refused_with_the_mend(build, shape):
    with pytest.raises(InputError, match=r"Expected images \(H, .* Choose another --data.size"):
        build(shape)
