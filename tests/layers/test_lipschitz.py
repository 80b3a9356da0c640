"""Spectral norms, exact at all times and not changed in the forward pass; clipped weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.layers import (
    SpectralNormalization,
    WeightClip,
    apply_spectral_norm,
    clip_weights,
    normalize_kernels,
)
from kgan.models.gan import GAN
from kgan.models.wgan import WGAN
from kgan.networks import dcgan, mlp, textbook
from kgan.random import seed_initializers
from tests.games import assert_same, fit

BOUND = 1.01


@pytest.fixture
def half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    with seed_initializers(0):
        yield


def singular_values(kernel):
    kernel = np.asarray(kernel)
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)


def wrappers(network):
    return [layer for layer in network.layers if isinstance(layer, SpectralNormalization)]


def norms(network):
    """The exact norms of the kernels, by singular value decomposition."""
    return np.array([singular_values(layer.kernel)[0] for layer in wrappers(network)])


def learner(network, optimizer, **options):
    """Returns a traced hinge step of a critic."""
    values = [variable.value for variable in network.trainable_variables]
    optimizer.build(network.trainable_variables)

    @tf.function(**options)
    def step(real, fake):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.relu(1.0 - network(real, training=True)))
            loss += tf.reduce_mean(tf.nn.relu(1.0 + network(fake, training=True)))
            scaled = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(scaled, values), network.trainable_variables)

    return step


def two_batches(network, random, count=16):
    """Real images vary along one direction, false ones along all."""
    shape = network.input_shape[1:]
    real = random.normal(size=(count, *[1] * len(shape))) * random.normal(size=shape)
    return [tf.constant(batch, tf.float32) for batch in (real, random.normal(size=(count, *shape)))]


@pytest.mark.parametrize(
    "network",
    [
        lambda: mlp.build_discriminator((8, 8, 1), width=32),
        lambda: dcgan.build_discriminator((16, 16, 1), width=8),
        lambda: dcgan.build_generator((16, 16, 1), latent_size=8, width=8),
        lambda: textbook.build_discriminator((28, 28, 1), width=4),
    ],
)
def test_every_kernel_starts_with_norm_one_and_the_rest_is_copied(network, random):
    network = network()
    network.set_weights([random.normal(size=w.shape) for w in network.get_weights()])
    before = network.get_weights()
    normalized = apply_spectral_norm(network)
    assert_same(network.get_weights(), before)
    assert [layer.name for layer in normalized.layers] == [layer.name for layer in network.layers]
    np.testing.assert_allclose(norms(normalized), 1.0, rtol=0, atol=1e-3)
    for layer in network.layers:
        copy = normalized.get_layer(layer.name)
        has_kernel = any(weight.ndim > 1 for weight in layer.get_weights())
        assert isinstance(copy, SpectralNormalization) == has_kernel
        old, new = layer.get_weights(), copy.get_weights()
        if isinstance(copy, SpectralNormalization):
            new = copy.layer.get_weights()
            old[0] = old[0] / singular_values(old[0])[0]
        assert_same(old, new, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("shape", [(300, 40), (40, 300), (64, 64), (50, 1), (1, 50)])
def test_the_kernel_is_divided_by_its_norm_and_u_is_the_singular_vector(shape, random):
    layer = SpectralNormalization(keras.layers.Dense(shape[1]), power_iterations=30)
    layer.build((None, shape[0]))
    kernel = random.normal(size=shape).astype("float32")
    layer.layer.kernel.assign(kernel)
    layer.normalize()
    _, values, directions = np.linalg.svd(kernel, full_matrices=False)
    np.testing.assert_allclose(layer.layer.kernel, kernel / values[0], rtol=1e-4, atol=1e-7)
    assert abs(layer.vector_u.numpy()[0] @ directions[0]) > 0.999


def test_a_direction_that_u_knows_nothing_of_is_found():
    layer = SpectralNormalization(keras.layers.Dense(20))
    layer.build((None, 20))
    layer.vector_u.assign(np.eye(1, 20))
    layer.layer.kernel.assign(np.diag([1.0, *[0.5] * 18, 2.0]))
    layer.normalize()
    np.testing.assert_allclose(singular_values(layer.kernel)[0], 1.0, rtol=0, atol=1e-3)


def test_a_forward_pass_moves_nothing_and_is_the_layers_own(random):
    network = apply_spectral_norm(mlp.build_discriminator((4, 4, 1), width=8))
    images = random.normal(size=(5, 4, 4, 1)).astype("float32")
    network.set_weights([3.0 * weight for weight in network.get_weights()])  # no norm is 1
    before = network.get_weights()
    scores = network(images, training=False).numpy()
    trained = network(images, training=True).numpy()
    with keras.StatelessScope():
        aside = network(images, training=True)
    assert_same(network.get_weights(), before)
    np.testing.assert_array_equal(trained, scores)
    np.testing.assert_array_equal(aside, scores)
    x = images.reshape(5, -1)
    for layer in wrappers(network):
        kernel, bias = layer.layer.get_weights()
        last = x @ kernel + bias
        x = np.where(last > 0, last, 0.2 * last)
    np.testing.assert_allclose(scores, last, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rate", [2e-4, 1e-3])
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_norms_stay_one_after_every_step_of_adam(kind, rate, random):
    if kind == "dense":
        network = apply_spectral_norm(mlp.build_discriminator((8, 8, 1), width=128))
    else:
        critic = dcgan.build_discriminator((16, 16, 1), width=16, normalization=False)
        network = apply_spectral_norm(critic)
    before = [layer.kernel.numpy() for layer in wrappers(network)]
    step = learner(network, keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9))
    worst = 0.0
    for _ in range(12):
        step(*two_batches(network, random))
        worst = max(worst, norms(network).max())
    assert worst <= BOUND
    assert norms(network).min() >= 1 - 1e-5  # the kernel is divided by no more than its norm
    for layer, old in zip(wrappers(network), before, strict=True):
        kernel = layer.kernel.numpy()
        assert np.abs(kernel - old).max() > 0
        stretched = kernel.reshape(-1, kernel.shape[-1]) @ layer.vector_u.numpy()[0]
        assert np.linalg.norm(stretched) > 0.99  # u has followed


def test_a_trained_critics_slope_stays_below_the_product_of_its_norms(random):
    network = apply_spectral_norm(mlp.build_discriminator((2,), width=32))
    step = learner(network, keras.optimizers.Adam(1e-2))
    real, fake = two_batches(network, random, count=64)
    for _ in range(60):
        step(real, fake)
    points = tf.constant(random.uniform(-4, 4, (4000, 2)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = network(points, training=False)
    slopes = np.linalg.norm(tape.gradient(scores, points), axis=1)
    product = np.prod(norms(network))
    assert product <= BOUND ** len(wrappers(network))
    assert 0.1 < slopes.max() <= 1.0001 * product


def test_a_zero_kernel_stays_finite_and_a_tiny_one_is_normalised():
    network = apply_spectral_norm(
        keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="zeros", name="scores")]
        )
    )
    (layer,) = wrappers(network)
    assert_same(layer.layer.get_weights(), [np.zeros((3, 2)), np.zeros(2)])
    assert np.linalg.norm(layer.vector_u) > 0
    step = learner(network, keras.optimizers.SGD(1e-25))
    step(tf.eye(3), -tf.eye(3))
    np.testing.assert_allclose(norms(network), 1.0, rtol=0, atol=1e-5)


def test_kernels_set_by_hand_are_normalised_in_a_traced_function_and_in_networks_inside(random):
    inside = mlp.build_discriminator((4, 4, 1), width=8)
    images = keras.Input((4, 4, 1))
    network = apply_spectral_norm(keras.Model(images, keras.layers.Dense(3)(inside(images))))
    inner = network.get_layer("discriminator")
    for layer in wrappers(inner) + wrappers(network):
        layer.kernel.assign(random.normal(size=layer.kernel.shape))
    tf.function(lambda: normalize_kernels(network, power_iterations=30), jit_compile=True)()
    np.testing.assert_allclose([*norms(inner), *norms(network)], 1.0, rtol=0, atol=1e-3)


@pytest.mark.slow
def test_xla_moves_the_kernels_as_without(random):
    results = []
    for jit in (False, True):
        keras.utils.set_random_seed(0)
        network = apply_spectral_norm(mlp.build_discriminator((4, 4, 1), width=8))
        batches = two_batches(network, np.random.default_rng(0))
        learner(network, keras.optimizers.SGD(0.1), jit_compile=jit)(*batches)
        results.append([layer.kernel.numpy() for layer in wrappers(network)])
    assert_same(*results, rtol=1e-4, atol=1e-5)


def test_u_is_saved_loaded_and_copied(tmp_path, random):
    network = apply_spectral_norm(mlp.build_discriminator((4, 4, 1), width=8), power_iterations=3)
    network.save(tmp_path / "critic.keras")
    loaded = keras.saving.load_model(tmp_path / "critic.keras")
    clone = keras.models.clone_model(network)
    clone.set_weights(network.get_weights())
    for other in (loaded, clone):
        assert_same(other.get_weights(), network.get_weights())
        for layer, copy in zip(wrappers(network), wrappers(other), strict=True):
            assert_same([copy.vector_u.numpy()], [layer.vector_u.numpy()])
            assert copy.power_iterations == 3
        step = learner(other, keras.optimizers.Adam(1e-3))
        step(*two_batches(network, random))
        assert norms(other).max() <= BOUND


def test_half_precision_keeps_full_kernels_and_full_scores(half_precision, random):
    network = apply_spectral_norm(mlp.build_discriminator((4, 4, 1), width=32))
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(1e-3))
    learner(network, optimizer)(*two_batches(network, random))
    assert norms(network).max() <= BOUND
    kernels = [layer.kernel.numpy() for layer in wrappers(network)]
    assert all((kernel != kernel.astype("float16")).mean() > 0.5 for kernel in kernels[:-1])
    assert network.output.dtype == network(np.ones((2, 4, 4, 1))).dtype.name == "float32"
    assert wrappers(network)[0].output.dtype == "float16"
    full = SpectralNormalization(keras.layers.Dense(1, use_bias=False, dtype="float32"))
    x = np.array([[1.0001]], "float32")  # in half precision 1
    np.testing.assert_array_equal(full(x), x * full.layer.kernel.numpy())


def test_an_embedding_is_normalised_and_gives_its_rows_for_any_batch(random):
    network = keras.Sequential([keras.Input((), dtype="int32"), keras.layers.Embedding(5, 3)])
    network.set_weights([random.normal(size=(5, 3))])
    network = apply_spectral_norm(network)
    np.testing.assert_allclose(norms(network), 1.0, rtol=0, atol=1e-5)
    (layer,) = wrappers(network)
    fresh = SpectralNormalization(keras.layers.Embedding(5, 3))
    for rows_of in (network, layer, fresh):
        for count in (2, 4):
            rows = rows_of(np.arange(count, dtype="int32"))
            embedding = (fresh if rows_of is fresh else layer).layer
            np.testing.assert_array_equal(rows, embedding.embeddings.numpy()[:count])
            assert rows.dtype.name == "float32"


@pytest.mark.slow
@pytest.mark.parametrize("replicas", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_in_a_game_of_several_moves_norms_stay_one(replicas, two_replicas):
    strategy = two_replicas if replicas == 2 else tf.distribute.get_strategy()
    with strategy.scope():
        critic = dcgan.build_discriminator((16, 16, 1), width=4, normalization=False)
        critic = apply_spectral_norm(critic)
        gan = GAN((16, 16, 1), latent_size=4, width=4, discriminator=critic, discriminator_steps=2)
        gan.compile({"discriminator": keras.optimizers.Adam(1e-2)})
    before = critic.get_weights()
    fit(gan, batch_size=8, batches=3)
    assert norms(critic).max() <= BOUND
    for layer in wrappers(critic):
        for copy in strategy.experimental_local_results(layer.kernel.value):
            assert_same([copy.numpy()], [layer.kernel.numpy()])
    assert np.abs(critic.get_weights()[0] - before[0]).max() > 1e-5


def test_a_network_of_unknown_layers_is_refused():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    own = Own()
    own(np.ones((1, 2)))
    with pytest.raises(InputError, match=r"functional or sequential.*Own"):
        apply_spectral_norm(own)
    with pytest.raises(InputError, match="built"):
        apply_spectral_norm(keras.Sequential([keras.layers.Dense(1)]))


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


def test_operations_between_layers_are_copied():
    inputs = keras.Input((4,))
    first, second = keras.ops.split(inputs, 2, axis=1)
    network = keras.Model(inputs, keras.layers.Dense(2, name="dense")(first) * second)
    copy, x = apply_spectral_norm(network), np.float32([[1.0, 2.0, 3.0, 4.0]])
    norm = singular_values(network.get_layer("dense").kernel)[0]
    np.testing.assert_allclose(copy(x), network(x) / norm, rtol=1e-5)
