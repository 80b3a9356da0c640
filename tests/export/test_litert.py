"""A LiteRT file makes what the model makes, from built-in operations and one set of weights."""

import hashlib
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from kgan.errors import InputError, RunError
from kgan.export import comparison, litert, litert_verify, quantize
from kgan.export.examples import Examples
from kgan.images import to_uint8
from kgan.models import DCGAN, R1GAN, CycleGAN, LanguageModel, StyleGAN2
from kgan.random import split_seeds, threefry2x32
from kgan.registry import MODELS
from tests.games import batch_for
from tests.networks.test_stylegan2 import uneven
from tests.test_random import VECTORS

# One of each kind of signature; the others are the same networks under other losses.
SHOWN = ("language_model", "pix2pix")  # the others are slow tests
SEEDS = [0, 7, 2**40 + 3, 2**64 - 1, 12]


def lively(gan, factor=4.0):
    """Makes the pictures of an untrained model, grey all over, differ."""
    for weight in gan.sampling_generator.variables:
        if weight.name == "kernel":
            weight.assign(weight * factor)
    return gan


def runner(path, signature):
    return Interpreter(model_path=str(path)).get_signature_runner(signature)


def whole(path):
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(pathlib.Path(path).read_bytes(), 0))


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A DCGAN whose averaged generator is another than its generator, and its files."""
    folder = tmp_path_factory.mktemp("litert") / "digits"
    gan = lively(DCGAN.example(width=16, ema_half_life=16), factor=8.0)
    return gan, folder, litert.write(gan, folder, quantize=tuple(litert.PRECISIONS))


def test_a_seed_gives_the_models_picture(digits):
    gan, folder, _ = digits
    sample = runner(folder / "digits.tflite", "sample")
    expected = to_uint8(gan.sample(SEEDS))
    assert np.ptp(expected) > 200
    made = np.concatenate([sample(seed=seed[None])["images"] for seed in split_seeds(SEEDS)])
    assert made.dtype == np.uint8
    assert (made == expected).mean() >= 0.999
    assert np.abs(made.astype(int) - expected).max() <= 1  # a tie may round either way


def test_latents_give_the_averaged_generators_images(digits):
    gan, folder, _ = digits
    latents = gan.latents_of([3])
    images = runner(folder / "digits.tflite", "serving_default")(latents=latents)["images"]
    np.testing.assert_allclose(images, gan.images_of(latents), rtol=0, atol=1e-5)
    assert np.abs(images - gan.generator(latents, training=False)).max() > 0.1


def test_what_is_said_of_each_file_is_true(digits):
    gan, folder, said = digits
    assert {path.name for path in folder.iterdir()} == {one["file"] for one in said}
    assert [one["precision"] for one in said] == list(litert.PRECISIONS)
    for one in said:
        content = (folder / one["file"]).read_bytes()
        assert one["bytes"] == len(content)
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert 0.0 < one["latency_ms"] < 1000.0
        # On other seeds than those it was measured on.
        sample = runner(folder / one["file"], "sample")
        seeds = split_seeds(range(200, 232))
        made = np.concatenate([sample(seed=seed[None])["images"] for seed in seeds])
        expected = to_uint8(gan.sample(range(200, 232)))
        if one["precision"] == litert.FLOAT:
            # What was said is of floats; of pixels a few lie on the middle of two values.
            assert (made == expected).mean() >= 0.999
            assert np.abs(made.astype(int) - expected).max() <= 1
        else:
            assert comparison.psnr(made, expected) > one["psnr_db"] - 3.0


def test_fewer_bits_are_smaller_and_a_little_worse(digits):
    _, _, said = digits
    whole, half, dynamic, full = said
    assert whole["max_difference"] < 1e-5 and whole["same_pixels"] >= 0.999
    assert 30.0 <= full["psnr_db"] < dynamic["psnr_db"] < half["psnr_db"] < whole["psnr_db"]
    assert half["bytes"] < 0.85 * whole["bytes"]
    assert max(dynamic["bytes"], full["bytes"]) < 0.7 * whole["bytes"]
    assert full["same_pixels"] < 1.0  # it was rounded


@pytest.mark.filterwarnings("ignore:.*experimental_preserve_all_tensors")
def test_int8_takes_the_ranges_whose_pictures_agree_best(digits, monkeypatch):
    gan, folder, _ = digits
    content = (folder / "digits.tflite").read_bytes()
    calls = Examples(gan).make_calls(comparison.numeric_signatures(gan), range(8), 1)

    def agreement(*shares):
        monkeypatch.setattr(quantize, "_SHARES", shares)
        return litert_verify.measure_agreement(
            quantize.quantize_file(content, "int8", calls), content, calls
        )

    narrow, good = agreement(0.1), agreement(0.9)
    assert narrow + 10.0 < good == agreement(0.1, 0.9, 0.2)
    assert litert_verify.measure_agreement(content, content, calls) == np.inf


def test_int8_computes_its_convolutions_in_int8(digits):
    _, folder, _ = digits
    model = whole(folder / "digits.int8.tflite")
    codes = [code.builtinCode for code in model.operatorCodes]
    convolutions = {schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.TRANSPOSE_CONV}
    for graph in model.subgraphs:
        made = [
            graph.tensors[operator.outputs[0]].type
            for operator in graph.operators
            if codes[operator.opcodeIndex] in convolutions
        ]
        assert made and set(made) == {schema.TensorType.INT8}
    words = [{tensor.type for tensor in graph.tensors} for graph in model.subgraphs]
    assert sum(schema.TensorType.UINT32 in types for types in words) == 1  # Threefry, as it was


def test_operations_are_built_in_and_weights_are_there_once(digits):
    _, folder, _ = digits
    model = whole(folder / "digits.tflite")
    assert len(model.subgraphs) == 2
    assert all(code.customCode is None for code in model.operatorCodes)
    large = [bytes(b.data) for b in model.buffers if b.data is not None and len(b.data) > 256]
    assert len(large) >= 3 and len(set(large)) == len(large)


@pytest.mark.parametrize("vector", VECTORS)
def test_random123s_vectors_are_exact(threefry, vector):
    key, counter, expected = vector
    words = threefry(key=np.array([key], np.uint32), counter=np.array([counter], np.uint32))
    assert tuple(words["words"][0].tolist()) == expected


@pytest.fixture(scope="module")
def threefry():
    """Threefry alone, converted as generators are."""
    spec = tf.TensorSpec((1, 2), tf.uint32)

    @tf.function(input_signature=(spec, spec))
    def words(key, counter):
        pair = threefry2x32((key[:, 0], key[:, 1]), (counter[:, 0], counter[:, 1]))
        return {"words": tf.stack(pair, axis=1)}

    function = words.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    with comparison.silence():
        return Interpreter(model_content=converter.convert()).get_signature_runner()


def _each_variant():
    slow = {name: [pytest.mark.slow] * (name not in SHOWN) for name in MODELS.entries()}
    return [pytest.param(name, marks=marks) for name, marks in slow.items()]


@pytest.mark.parametrize("name", _each_variant())
def test_every_family_converts_and_is_the_model(name, tmp_path):
    gan = lively(MODELS.get(name).example())
    (said,) = litert.write(gan, tmp_path, "it", representative=batch_for(gan, 16))
    assert said["max_difference"] <= 1e-5
    assert said["same_pixels"] >= 0.999
    interpreter = Interpreter(model_path=str(tmp_path / "it.tflite"))
    kept = set(gan.signatures()) - {"sample_png", "translate_png", "reconstruct_png", "sample_text"}
    assert set(interpreter.get_signature_list()) == kept


@pytest.mark.slow
def test_styles_can_be_made_and_painted_apart(tmp_path):
    gan = StyleGAN2.example()
    for weight in gan.sampling_generator.variables:  # noise counts, and the mean is not 0
        if weight.name in ("strength", "mean"):
            weight.assign(weight + 0.5)
    quantize = ("none", "dynamic", "int8")
    said = litert.write(gan, tmp_path, "digits", quantize)
    assert said[0]["max_difference"] <= 1e-5
    assert min(one["psnr_db"] for one in said) >= 30.0
    latents, truncation = gan.latents_of([5]), np.float32([0.5])
    path = tmp_path / "digits.tflite"
    styles = runner(path, "mapping")(latents=latents, truncation=truncation)["styles"]
    np.testing.assert_allclose(styles[:, 0], gan.styles_of(latents, 0.5), rtol=0, atol=1e-5)
    images = runner(path, "synthesis")(styles=styles)["images"]
    np.testing.assert_allclose(images, gan.images_of(latents, 0.5), rtol=0, atol=1e-5)
    drawn = runner(path, "sample")(seed=split_seeds([5]), truncation=truncation)["images"]
    assert np.abs(drawn.astype(int) - to_uint8(images)).max() <= 1


@pytest.mark.slow
def test_styles_of_uneven_channels_fit_into_int8(tmp_path, random):
    gan = StyleGAN2.example()
    uneven(gan.sampling_generator.get_layer("synthesis"), random)
    before = gan.sampling_generator.get_weights()
    (said,) = litert.write(gan, tmp_path, "digits", ("int8",))
    assert said["psnr_db"] >= 35.0
    for ours, theirs in zip(gan.sampling_generator.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_both_ways_of_a_translator_start_from_pixels(tmp_path):
    gan = lively(CycleGAN.example())
    batch = batch_for(gan, 80)
    with pytest.raises(InputError, match="a batch of representative images for int8 of CycleGAN"):
        litert.write(gan, tmp_path, "fonts", ("int8",))
    said = litert.write(gan, tmp_path, "fonts", ("none", "int8"), batch)
    assert said[1]["psnr_db"] >= 30.0
    picture = batch["a"].numpy()[:1]
    for signature, side in (("translate", "a"), ("translate_to_a", "b")):
        made = runner(tmp_path / "fonts.tflite", signature)(images=picture)["images"]
        expected = to_uint8(gan.sample([0], {side: picture}))
        assert np.abs(made.astype(int) - expected).max() <= 1


def test_a_translator_has_the_size_that_is_chosen(tmp_path):
    gan = lively(CycleGAN.example())
    litert.write(gan, tmp_path, "fonts", size=(21, 30))  # padded inside: no multiple of 4
    picture = np.random.default_rng(0).integers(0, 256, (1, 21, 30, 1), np.uint8)
    made = runner(tmp_path / "fonts.tflite", "translate")(images=picture)["images"]
    expected = to_uint8(gan.sample([0], {"a": picture}))
    assert np.abs(made.astype(int) - expected).max() <= 1
    with pytest.raises(InputError, match=r"Expected no --size .* Received: 21x30"):
        litert.check(DCGAN.example(), size=(21, 30))


def test_points_stay_numbers(tmp_path):
    gan = R1GAN.example(image_shape=(2,), network="mlp_points")
    (said,) = litert.write(gan, tmp_path, "ring")
    points = runner(tmp_path / "ring.tflite", "sample")(seed=split_seeds([7]))["images"]
    np.testing.assert_allclose(points, gan.sample([7]), rtol=0, atol=1e-5)
    assert said["same_pixels"] is None


def test_several_at_a_time_where_asked_for(digits):
    gan, _, _ = digits
    with comparison.silence():
        content = litert.convert(gan, batch_size=3)
    sample = Interpreter(model_content=content).get_signature_runner("sample")
    made = sample(seed=split_seeds(SEEDS[:3]))["images"]
    assert np.abs(made.astype(int) - to_uint8(gan.sample(SEEDS[:3]))).max() <= 1


def test_mixed_precision_is_taken_in_float32(tmp_path):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        gan = lively(DCGAN.example())
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    litert.write(gan, tmp_path, "it")
    sample = runner(tmp_path / "it.tflite", "sample")
    made = sample(seed=split_seeds([7]))["images"].astype(int)
    assert np.abs(made - to_uint8(gan.sample([7]))).max() <= 4  # bfloat16 has 8 bits


def test_what_lite_rt_has_not_is_named(tmp_path):
    latents = keras.Input((8,))
    values = keras.ops.erf(keras.layers.Dense(256)(latents))
    images = keras.layers.Reshape((16, 16, 1))(values)
    gan = DCGAN.example(generator=keras.Model(latents, images))
    with pytest.raises(InputError, match=r"Received: DCGAN with Erf\. "):
        litert.write(gan, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_differs_too_much_is_not_written(digits, tmp_path, monkeypatch):
    gan, _, _ = digits
    monkeypatch.setattr(litert, "_LEAST_PSNR", 60.0)
    with pytest.raises(RunError, match=r"precision int8 differs from the model by .*leave that"):
        litert.write(gan, tmp_path, "it", ("int8",))
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_is_refused_before_any_work(tmp_path, monkeypatch):
    gan, texts = DCGAN.example(), LanguageModel.example()
    with pytest.raises(InputError, match=r"Unknown precision.*'int4'"):
        litert.write(gan, tmp_path, quantize=("none", "int4"))
    with pytest.raises(InputError, match="at least one precision"):
        litert.write(gan, tmp_path, quantize=())
    with pytest.raises(InputError, match="whole batch_size >= 1"):
        litert.write(gan, tmp_path, batch_size=0)
    with pytest.raises(InputError, match=r"writes other texts when .* Received: float16"):
        litert.write(texts, tmp_path, quantize=("none", "float16"))
    monkeypatch.setattr(litert, "_MISSING", "ai_edge_litert")
    with pytest.raises(InputError, match=r"no ai_edge_litert. pip install 'kgan\[lite\]'"):
        litert.write(gan, tmp_path)
    assert not list(tmp_path.iterdir())


def test_each_file_names_the_oldest_runtime_that_runs_it(digits):
    _, folder, reports = digits
    for report in reports:
        model = whole(folder / report["file"])
        (entry,) = [one for one in model.metadata if one.name == b"min_runtime_version"]
        version = bytes(model.buffers[entry.buffer].data).rstrip(b"\0")
        whole_weights = report["precision"] in ("none", "float16")
        assert (version == b"2.14.0") if whole_weights else (version == b"2.18.0")
