"""Models with an encoder: the VAE's bound, BiGAN's pairs, images to latents and back."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.bigan import BiGAN, join_pairs
from kgan.models.vae import VAE
from kgan.networks import encoders
from kgan.runs.build import compile_model
from kgan.runs.config import Training
from tests.games import batch_for, fit

IMAGES = np.random.default_rng(0).uniform(-1, 1, (5, 16, 16, 1)).astype("float32")


@pytest.fixture(params=[VAE, BiGAN])
def gan(request):
    return request.param.example()


def telling(gan, mean, log_variance):
    """Makes the encoder read the same Gaussian from every image."""
    for name, value in (("mean", mean), ("log_variance", log_variance)):
        layer = gan.encoder.get_layer(name)
        layer.kernel.assign(tf.zeros_like(layer.kernel))
        layer.bias.assign(tf.fill(layer.bias.shape, value))
    return gan


def test_a_code_is_drawn_from_what_the_encoder_reads():
    gan = telling(VAE.example(latent_size=64), 2.0, math.log(9.0))
    latents, code = gan.sample_code(
        tf.constant(np.tile(IMAGES, (20, 1, 1, 1))), gan.random_stream()
    )
    np.testing.assert_allclose(code["mean"], 2.0)
    assert abs(float(tf.reduce_mean(latents)) - 2.0) < 4 * 3 / 80  # four standard errors
    assert abs(float(tf.math.reduce_std(latents)) - 3.0) < 4 * 3 / 80 / math.sqrt(2)


def test_the_vae_minimises_the_negative_evidence_lower_bound():
    """KL of N(2, 1) from N(0, 1) is 2 a number; 256 pixels missed by ½ with σ = ½: 256 · ½."""
    gan = telling(VAE.example(latent_size=8, noise_scale=0.5), 2.0, 0.0)
    fake = {"image": IMAGES + 0.5, **gan.encoder(IMAGES)}
    losses = gan.generator_loss({"image": IMAGES}, fake, gan.random_stream())
    assert {name: float(loss) for name, loss in losses.items()} == {
        "reconstruction": pytest.approx(128.0, rel=1e-5),
        "divergence": pytest.approx(16.0, rel=1e-5),
    }


def test_the_vae_learns_to_reconstruct():
    gan = VAE.example(width=8)
    gan.compile({"generator": keras.optimizers.Adam(3e-3)})
    data = tf.data.Dataset.from_tensors(batch_for(gan, 8)).repeat(60)
    gan.fit(data, epochs=1, verbose=0)
    images = batch_for(gan, 8)["image"].numpy() / 127.5 - 1
    with_noise_off = np.square(gan.reconstruct(images) - images).mean()
    assert with_noise_off < 0.7 * np.square(images - images.mean(axis=0)).mean()


def test_bigan_shows_the_critic_what_belongs_together(monkeypatch):
    gan = BiGAN.example(latent_size=3)
    batch = gan.name_batch(IMAGES)
    stream = gan.random_stream()
    made = gan.generate(batch, stream)
    image, latents = made["fake"][:, :256], made["fake"][:, 256:]
    np.testing.assert_allclose(latents, stream.purpose("latents").normal((5, 3)))
    np.testing.assert_allclose(
        tf.reshape(gan.generator(latents, training=True), (5, 256)), image, atol=1e-6
    )
    code, _ = gan.sample_code(batch["image"], stream)
    np.testing.assert_allclose(made["real"], join_pairs(IMAGES, code), atol=1e-5)
    shapes = {"images": (16, 16, 1), "latents": (3,)}
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    outputs = {"scores": inputs["latents"][:, :1], "images": inputs["images"]}
    monkeypatch.setattr(gan, "discriminator", keras.Model(inputs, outputs))
    judged = gan.judge(made["real"], batch)
    np.testing.assert_allclose(judged["scores"], code[:, :1])
    np.testing.assert_array_equal(judged["images"], IMAGES)


def test_encoder_and_generator_of_bigan_pay_for_opposite_answers(monkeypatch):
    """Non-saturating: softplus(−D) for what was generated, softplus(D) for what was encoded."""
    gan = BiGAN.example()
    monkeypatch.setattr(gan, "judge", lambda pairs, batch: {"scores": pairs})
    made = {"real": tf.fill((4, 1), 1.5), "fake": tf.fill((4, 1), -0.5)}
    paid = gan.generator_loss({"image": IMAGES}, made, gan.random_stream())
    assert float(paid["adversarial"]) == pytest.approx(math.log1p(math.exp(0.5)), rel=1e-6)
    assert float(paid["encoder"]) == pytest.approx(math.log1p(math.exp(1.5)), rel=1e-6)
    charged = gan.discriminator_loss({"image": IMAGES}, made, gan.random_stream())
    expected = math.log1p(math.exp(-1.5)) + math.log1p(math.exp(-0.5))
    assert float(charged["adversarial"]) == pytest.approx(expected, rel=1e-6)


def test_images_are_encoded_and_decoded(gan):
    fit(gan_compiled(gan), 4)
    latents = gan.encode(IMAGES)
    np.testing.assert_allclose(latents, gan.encoder(IMAGES, training=False)["mean"], atol=1e-6)
    again = gan.images_of(latents)
    np.testing.assert_allclose(gan.reconstruct(IMAGES), again, atol=1e-6)
    np.testing.assert_allclose(gan.sample(range(5), {"image": IMAGES}), again, atol=1e-6)
    as_bytes = np.rint((IMAGES + 1) * 127.5).astype("uint8")
    np.testing.assert_array_equal(
        gan.encode(as_bytes), gan.encode(as_bytes.astype("float32") / 127.5 - 1)
    )
    assert gan.encode(IMAGES[:0]).shape == (0, gan.latent_size)


def gan_compiled(gan):
    gan.compile()
    return gan


def test_a_preview_holds_example_reconstruction_and_sample(gan):
    picture = gan.preview(6, {"image": tf.constant(IMAGES)})
    real, again, made = np.split(picture, 3, axis=2)
    np.testing.assert_array_equal(real, IMAGES[:2])
    np.testing.assert_allclose(again, gan.reconstruct(IMAGES[:2]), atol=1e-6)
    np.testing.assert_allclose(made, gan.sample([0, 1]), atol=1e-6)
    np.testing.assert_array_equal(gan.preview(6), gan.sample(range(6)))  # nobody has examples


@pytest.mark.parametrize(
    "images",
    [IMAGES[:, :8], IMAGES * 3, np.full_like(IMAGES, np.nan)],
    ids=["shape", "range", "nan"],
)
def test_what_cannot_be_encoded_is_refused(gan, images):
    with pytest.raises(InputError, match="Expected image images of shape"):
        gan.encode(images)


def test_an_image_for_each_seed(gan):
    with pytest.raises(InputError, match="5 images, 4 seeds"):
        gan.sample(range(4), {"image": IMAGES})


@pytest.mark.parametrize(
    "options",
    [
        {"adversarial": "hinge"},
        {"regularizers": {"r1": {"weight": 1.0}}},
        {"augmentations": {"instance_noise": {"scale": 0.1, "steps": 5}}},
        {"discriminator_steps": 2},
    ],
)
def test_options_of_a_critic_are_refused_without_one(options):
    with pytest.raises(
        InputError, match=f"no {next(iter(options))} for VAE, which does not use it"
    ):
        VAE.example(**options)


def test_a_critics_learning_rate_is_refused_without_one():
    message = r"Unknown player in training\.learning_rate. Received: 'discriminator'. .*: generator"
    with pytest.raises(InputError, match=message):
        compile_model(VAE.example(), Training(learning_rate={"discriminator": 1e-3}), 10)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan])
def test_a_decoder_needs_noise(scale):
    with pytest.raises(InputError, match="Expected noise_scale > 0"):
        VAE.example(noise_scale=scale)


def test_the_joint_critic_hears_both():
    critic = encoders.build_joint_discriminator((16, 16, 1), 3, width=4, hidden=8)
    latents = tf.random.stateless_normal((5, 3), (0, 1))
    with tf.GradientTape() as tape:
        inputs = {"images": tf.constant(IMAGES), "latents": latents}
        tape.watch(inputs)
        score = critic(inputs)
    for gradient in tape.gradient(score, inputs).values():
        assert (np.abs(gradient).reshape(5, -1).max(axis=1) > 0).all()


@pytest.mark.parametrize(
    "scores, expected",
    [((1.0, 1.0), (0.0, 0.5)), ((0.0, 0.0), (0.5, 0.0)), ((-1.0, 1.0), (0, 0.5))],
)
def test_bigan_draws_the_encoders_scores_to_the_code_of_generated_pairs(
    monkeypatch, scores, expected
):
    """Least squares: a real pair's score is to be 0, the code of a generated one, not −1."""
    gan = BiGAN.example(adversarial="least_squares")
    real, made = scores
    answers = iter([tf.constant([[real]]), tf.constant([[made]])])
    monkeypatch.setattr(gan, "judge", lambda pairs, batch: {"scores": next(answers)})
    losses = gan.generator_loss({}, {"real": None, "fake": None}, gan.random_stream())
    assert (float(losses["adversarial"]), float(losses["encoder"])) == expected
