"""StyleGAN2's networks: sizes, what a style reaches, and LiteRT with builtins alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.layers.modulation import LearnedConstant, ModulatedConv2D
from kgan.networks import stylegan2


def normal(random, *shape):
    return random.normal(size=shape).astype("float32")


@pytest.mark.parametrize("shape", [(8, 8, 1), (16, 16, 3), (64, 64, 1), (64, 32, 3), (40, 72, 2)])
def test_every_size(shape, random):
    generator = stylegan2.build_generator(shape, 6, width=2, depth=2)
    images = generator(normal(random, 4, 6)).numpy()
    assert images.shape == (4, *shape) and np.abs(images).max() <= 1.0
    assert stylegan2.build_discriminator(shape, width=2)(images).shape == (4, 1)
    taken = generator.get_layer("synthesis").input
    layers, noise = stylegan2.count_styles(shape), stylegan2.count_noise(shape)
    assert taken["styles"].shape == (None, layers, 6) and taken["noise"].shape == (None, noise)


def test_the_papers_counts():
    """18 styles at 1024, and the mapping's 8 layers of 512."""
    assert stylegan2.count_styles((1024, 1024)) == 18
    assert stylegan2.count_noise((8, 8)) == 16 + 64 + 64
    assert stylegan2.count_noise((16, 8)) == 32 + 128 + 128
    mapping = stylegan2.build_mapping(512)
    assert mapping.count_params() == 8 * (512 * 512 + 512) + 512


def test_widths_double_down_to_512():
    critic = stylegan2.build_discriminator((256, 256, 3), width=64)
    first = [
        layer.filters for layer in critic.layers if layer.__class__.__name__ == "EqualizedConv2D"
    ]
    assert first[0] == 64 and max(first) == 512


def test_a_narrow_synthesis_draws_shapes_with_twice_the_channels():
    def widths(network):
        kernels = [layer for layer in network.layers if isinstance(layer, ModulatedConv2D)]
        return [layer.filters for layer in kernels if layer.demodulate]  # the others paint colours

    narrow = stylegan2.build_synthesis((32, 32, 3), 4, width=2)
    assert widths(narrow) == [32, 16, 16, 4, 4, 2, 2]
    (start,) = [layer for layer in narrow.layers if isinstance(layer, LearnedConstant)]
    assert start.shape == (4, 4, 32)
    papers = stylegan2.build_synthesis((64, 64, 3), 4, width=64)
    assert widths(papers) == [512, 512, 512, 256, 256, 128, 128, 64, 64]


def test_latents_count_by_direction(random):
    mapping, latents = stylegan2.build_mapping(5, 2), normal(random, 3, 5)
    np.testing.assert_allclose(mapping(latents), mapping(7.0 * latents), rtol=1e-4, atol=1e-5)


def test_each_style_reaches_its_layers_and_noise_has_no_strength_yet(random):
    keras.utils.set_random_seed(0)
    synthesis = stylegan2.build_synthesis((16, 16, 1), 4, width=4)
    styles = normal(random, 1, 6, 4)
    noise = normal(random, 1, stylegan2.count_noise((16, 16)))
    image = synthesis({"styles": styles, "noise": noise})
    np.testing.assert_array_equal(image, synthesis({"styles": styles, "noise": 0 * noise}))
    for layer in range(6):
        changed = styles.copy()
        changed[:, layer] += 1.0
        moved = np.abs(synthesis({"styles": changed, "noise": noise}) - image)
        assert moved.max() > 1e-3, layer
    # The last style is the last colours' alone: they mix channels, pixel by pixel.
    assert moved.shape == image.shape


def uneven(synthesis, random):
    """Spreads channels over a factor of 1000, where each convolution takes that back."""
    for convolution in synthesis.layers:
        if isinstance(convolution, ModulatedConv2D):
            scales = next(one for one in synthesis.layers if one.output is convolution.input[1])
            factors = 10.0 ** random.uniform(-1.5, 1.5, scales.units).astype("float32")
            scales.kernel.assign(scales.kernel * factors)
            scales.bias.assign(scales.bias * factors)
            convolution.kernel.assign(convolution.kernel / factors[:, None])
    return synthesis


def test_channels_are_evened_and_images_stay(random):
    keras.utils.set_random_seed(0)
    synthesis = uneven(stylegan2.build_synthesis((16, 16, 3), 4, width=8), random)
    styles = tf.constant(normal(random, 8, 6, 4))
    noise = tf.constant(normal(random, 1, stylegan2.count_noise((16, 16))))
    convolutions = [one for one in synthesis.layers if isinstance(one, ModulatedConv2D)]
    flowing = keras.Model(synthesis.input, [one.input for one in convolutions])

    def unevenness():
        """How much wider the widest channel is than the narrowest, of each convolution."""
        for features, scales in flowing({"styles": styles, "noise": noise}):
            widest = np.abs(features * scales[:, None, None]).max(axis=(0, 1, 2))
            yield widest.max() / widest.min()

    before = synthesis({"styles": styles, "noise": noise})
    assert max(unevenness()) > 100.0
    stylegan2.equalize_channels(synthesis, styles, noise)
    assert max(unevenness()) < 5.0
    after = synthesis({"styles": styles, "noise": noise})
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-5)
    assert np.std(before) > 0.05


def test_a_channel_that_is_always_0_stays_as_it_is(random):
    synthesis = stylegan2.build_synthesis((8, 8, 1), 4, width=4)
    first = next(one for one in synthesis.layers if isinstance(one, LearnedConstant))
    first.constant.assign(first.constant * ([0.0] + [1.0] * (first.shape[-1] - 1)))
    noise = tf.constant(normal(random, 1, stylegan2.count_noise((8, 8))))
    stylegan2.equalize_channels(synthesis, tf.constant(normal(random, 2, 4, 4)), noise)
    assert all(np.isfinite(weight).all() for weight in synthesis.get_weights())


def test_other_sizes_and_channels_are_refused():
    for build in (stylegan2.build_synthesis, stylegan2.build_generator):
        with pytest.raises(InputError, match=r"image_shape=\(24, 20, 1\)"):
            build((24, 20, 1), 4)
    with pytest.raises(InputError, match="1 to 4 channels"):
        stylegan2.build_synthesis((16, 16, 5), 4)
    with pytest.raises(InputError, match="image_shape"):
        stylegan2.build_discriminator((16, 1032, 1))


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@pytest.mark.parametrize("whole", [True, False], ids=["generator", "synthesis"])
def test_it_converts_to_litert_builtins(whole, random):
    keras.utils.set_random_seed(0)
    generator = stylegan2.build_generator((16, 16, 3), 6, width=4, depth=2)
    for layer in generator.get_layer("synthesis").layers:
        if layer.__class__.__name__ == "AddNoise":
            layer.strength.assign(0.3)
    inputs = {"latents": normal(random, 1, 6)}
    made = generator
    if not whole:
        made = generator.get_layer("synthesis")
        inputs = {"styles": normal(random, 1, 6, 6), "noise": normal(random, 1, 656)}

    class Painter(tf.Module):  # which the converter freezes with all that it holds
        @tf.function
        def paint(self, **given):
            return {"images": made(given["latents"] if whole else given)}

    painter = Painter()
    painter.variables_held = [variable.value for variable in made.variables]
    specs = {name: tf.TensorSpec(value.shape, name=name) for name, value in inputs.items()}
    concrete = painter.paint.get_concrete_function(**specs)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], painter)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    images = interpreter.get_signature_runner()(**inputs)["images"]
    wanted = made(inputs["latents"] if whole else inputs)
    np.testing.assert_allclose(images, wanted, atol=1e-5)
    assert np.std(images) > 0.05
