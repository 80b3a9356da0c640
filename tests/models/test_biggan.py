"""BigGAN: what each part of a latent reaches, gains by hand, kernels, truncated latents."""

import keras
import numpy as np
import pytest

from kgan.errors import InputError
from kgan.layers.lipschitz import SpectralNormalization
from kgan.models import BigGAN
from kgan.networks import biggan
from tests.games import batch_for


def test_a_gain_is_one_more_than_a_linear_map_of_class_and_latent():
    network = biggan.build_generator((8, 8, 1), 8, 3, width=2)
    (concatenated,) = [x for x in network.layers if isinstance(x, keras.layers.Concatenate)]
    assert concatenated.output.shape == (None, biggan.EMBEDDING + 4)
    told = [x for x in network.layers if isinstance(x, keras.layers.Dense)][1:]
    assert len(told) == 4 and not any(layer.use_bias for layer in told)
    norm = next(x for x in network.layers if isinstance(x, keras.layers.BatchNormalization))
    total = next(x for x in network.layers if isinstance(x, keras.layers.Add))
    parts = keras.Model(network.input, [norm.output, total.output, concatenated.output])
    inputs = {"latents": np.ones((2, 8), "float32"), "label": np.int32([0, 2])}
    normalised, result, code = (np.asarray(x) for x in parts(inputs))
    gain, shift = (code @ layer.kernel.numpy() for layer in told[:2])
    wanted = normalised * (1.0 + gain[:, None, None]) + shift[:, None, None]
    np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-5)


def test_channels_double_towards_the_coarse_and_kernels_start_orthogonal():
    network = biggan.build_generator((32, 32, 3), 16, 2, width=2)
    first = next(x for x in network.layers if isinstance(x, keras.layers.Reshape))
    assert first.output.shape[1:] == (4, 4, 8)
    sums = [x.output.shape[1:] for x in network.layers if isinstance(x, keras.layers.Add)]
    assert sums[2::3] == [(8, 8, 8), (16, 16, 4), (32, 32, 2)]
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = layer.kernel.numpy().reshape(-1, layer.kernel.shape[-1])
            least = min(kernel.shape)
            gram = kernel.T @ kernel if kernel.shape[1] == least else kernel @ kernel.T
            np.testing.assert_allclose(gram, np.eye(least), atol=1e-5)


def test_the_critic_adds_the_projection_of_the_class():
    critic = biggan.build_discriminator((8, 8, 1), 3, width=2)
    (embedding,) = [x for x in critic.layers if isinstance(x, keras.layers.Embedding)]
    (dense,) = [x for x in critic.layers if isinstance(x, keras.layers.Dense)]
    seen = keras.Model(critic.input, dense.input)
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    inputs = {"images": images, "label": np.int32([2, 0])}
    features, rows = np.asarray(seen(inputs)), embedding.embeddings.numpy()[[2, 0]]
    wanted = features @ dense.kernel.numpy()[:, 0] + (rows * features).sum(axis=1)
    np.testing.assert_allclose(critic(inputs)[:, 0], wanted, rtol=1e-4, atol=1e-5)


def test_the_classes_embedding_is_normalised_in_the_critic_only():
    gan = BigGAN.example()
    assert isinstance(gan.generator.get_layer("classes"), keras.layers.Embedding)
    normalised = [x for x in gan.discriminator.layers if isinstance(x, SpectralNormalization)]
    assert any(isinstance(x.layer, keras.layers.Embedding) for x in normalised)


def test_truncated_samples_are_those_of_truncated_latents():
    gan = BigGAN.example()
    label = np.int32([0, 1, 2])
    whole = gan.sample(range(3), {"label": label})
    np.testing.assert_array_equal(whole, gan.sample(range(3), {"label": label, "truncation": 6.0}))
    near = gan.sample(range(3), {"label": label, "truncation": [0.5, 0.0, 6.0]})
    middle = gan.images_of(np.zeros((3, 8), "float32"), label=label)
    np.testing.assert_allclose(near[1], middle[1], atol=1e-5)
    np.testing.assert_array_equal(near[2], whole[2])
    assert 0 < np.abs(near[0] - middle[0]).max() != np.abs(whole[0] - middle[0]).max()
    batch = gan.name_batch(batch_for(gan, 4))
    assert gan.condition_in(batch)["truncation"].tolist() == [6.0] * 4


def test_a_latent_that_cannot_be_split_is_refused():
    with pytest.raises(InputError, match=r"divisible by 4, .* latent_size=121\. Choose 120\."):
        BigGAN(latent_size=121)
