"""A person's own networks: what is done to them, and what is refused when the model is made."""

import keras
import numpy as np
import pytest
from keras import layers

from kgan.errors import InputError
from kgan.models import ACGAN, CGAN, DCGAN, SNGAN, WGAN, CycleGAN, ImprovedGAN, PacGAN, Pix2Pix
from kgan.networks.conditional import add_classifier
from tests.games import dataset_for

SHAPE = (16, 16, 1)


def generator(latent_size=8, shape=SHAPE, activation="tanh"):
    latents = keras.Input((latent_size,))
    x = layers.Dense(int(np.prod(shape)), activation=activation)(latents)
    return keras.Model(latents, layers.Reshape(shape)(x))


def critic(shape=SHAPE, activation=None, units=1):
    images = keras.Input(shape)
    x = layers.LeakyReLU()(layers.Dense(8)(layers.Flatten()(images)))
    return keras.Model(images, layers.Dense(units, activation=activation)(x))


def translator(name="a"):
    images = keras.Input(SHAPE, name=name)
    return keras.Model(images, layers.Conv2D(1, 3, padding="same", activation="tanh")(images))


def build(variant=DCGAN, **networks):
    return variant(image_shape=SHAPE, latent_size=8, width=4, **networks)


def several(names=None):
    """A critic with two outputs: a dict under these names, or a list."""
    network = critic()
    outputs = [network.output, 2.0 * network.output]
    named = dict(zip(names, outputs, strict=True)) if names else outputs
    return keras.Model(network.inputs[0], named)


def test_a_persons_critic_is_clipped_and_stays_so():
    gan = build(WGAN, discriminator=critic(), discriminator_steps=1)
    gan.compile(
        {"discriminator": keras.optimizers.SGD(1.0), "generator": keras.optimizers.SGD(1.0)}
    )
    gan.fit(dataset_for(gan, 4, 1), verbose=0)
    largest = max(np.abs(weight).max() for weight in gan.discriminator.get_weights())
    assert largest == np.float32(0.01)


def test_a_persons_critic_is_normalised():
    gan = build(SNGAN, discriminator=critic())
    for layer in (1, 2):
        kernel = [w for w in gan.discriminator.trainable_weights if w.name == "kernel"][layer - 1]
        assert np.linalg.svd(kernel.numpy(), compute_uv=False)[0] == pytest.approx(1.0, abs=1e-4)
    network = build(ImprovedGAN, discriminator=critic()).discriminator
    assert any("minibatch" in layer.name for layer in network.layers)


def test_a_persons_translator_has_a_twin_of_its_own():
    gan = CycleGAN(image_shape=SHAPE, width=4, generator=translator())
    one, other = gan.generator.get_weights()[0], gan.generator_to_a.get_weights()[0]
    assert one.shape == other.shape and np.abs(one - other).max() > 1e-3
    gan.compile()
    gan.fit(dataset_for(gan, 2, 1), verbose=0)
    image = np.zeros((1, *SHAPE), "float32")
    there, back = gan.sample([0], {"a": image}), gan.sample([0], {"b": image})
    assert there.shape == back.shape == (1, *SHAPE)


@pytest.mark.parametrize(
    "networks, message",
    [
        ({"generator": generator(latent_size=5)}, r"Expected a generator of latents \(None, 8\)"),
        ({"generator": generator(shape=(16, 16, 3))}, r"images \(16, 16, 1\).*\(16, 16, 3\)"),
        ({"generator": generator(activation="sigmoid")}, "End it with tanh instead of sigmoid"),
        ({"discriminator": critic((16, 16, 3))}, r"a discriminator of images \(None, 16, 16, 1\)"),
        ({"discriminator": critic(activation="sigmoid")}, "Leave out its sigmoid"),
        ({"generator": "dcgan"}, "Expected a keras.Model as generator. Received: 'dcgan'"),
        ({"discriminator": several(["score", "other"])}, "with scores in a dict.* score, other"),
        ({"discriminator": several()}, "with scores in a dict.* 2 in a list"),
    ],
)
def test_what_does_not_fit_is_refused(networks, message):
    with pytest.raises(InputError, match=message) as refused:
        build(**networks)
    assert "\n" not in str(refused.value)


def test_a_frozen_network_is_refused():
    for role, network in (("generator", generator()), ("discriminator", critic())):
        network.trainable = False
        with pytest.raises(InputError, match=f"Expected a {role} that can be trained"):
            build(**{role: network})


def test_inputs_go_by_name():
    label = keras.Input((), dtype="int32", name="etiquette")
    latents = keras.Input((8,), name="latents")
    x = layers.Concatenate()([latents, layers.Embedding(10, 3)(label)])
    x = layers.Reshape(SHAPE)(layers.Dense(256, activation="tanh")(x))
    network = keras.Model({"latents": latents, "etiquette": label}, x)
    with pytest.raises(InputError, match=r"inputs out of label, latents.*Rename etiquette"):
        build(CGAN, generator=network)


def test_raw_scores_of_one_sign_and_other_shapes_pass():
    positive = critic(activation="softplus")
    assert build(discriminator=positive).discriminator is positive
    build(discriminator=critic(units=3))
    build(PacGAN, discriminator=critic((16, 16, 2)), packing=2)
    source, images = keras.Input(SHAPE, name="source"), keras.Input(SHAPE, name="images")
    x = layers.Conv2D(1, 3)(layers.Concatenate()([source, images]))
    build(Pix2Pix, discriminator=keras.Model({"source": source, "images": images}, x))


def test_of_a_critic_with_several_outputs_the_scores_are_looked_at():
    network = add_classifier(critic(), 10)
    assert build(ACGAN, discriminator=network).discriminator is network
    with pytest.raises(InputError, match="Leave out its sigmoid"):
        build(ACGAN, discriminator=add_classifier(critic(activation="sigmoid"), 10))


@pytest.mark.parametrize(
    "variant, option",
    [
        (Pix2Pix, {"network": "dcgan"}),
        (CycleGAN, {"network": "dcgan"}),
        (CycleGAN, {"regularizers": {"r1": {"weight": 1.0}}}),
        (CycleGAN, {"augmentations": {"diffaugment": {}}}),
    ],
)
def test_an_option_that_a_variant_does_not_use_is_refused(variant, option):
    name = next(iter(option))
    with pytest.raises(InputError, match=f"Expected no {name} for {variant.__name__}"):
        variant.example(**option)
