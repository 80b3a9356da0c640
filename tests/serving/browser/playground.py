"""Artefacts of every kind, written by hand: what the page must be able to play with."""

import json
import tempfile

import numpy as np
import tensorflow as tf

from kgan.models.core.signatures import build_image_signatures
from kgan.random import normals_from_seeds
from kgan.saved_model import warmup
from kgan.saved_model.layout import WARMUPS
from tests.serving.servers import publish, spec

SIZE = 16
LATENTS = 8
LAYERS = 4
WORDS = ("a", "blue", "on", "red", "seven", "three")
TOKENS = 6


def waves(codes, channels):
    """Returns images [N, SIZE, SIZE, channels] in [-1, 1]: waves whose phases the codes are."""
    y, x = np.meshgrid(np.linspace(-2, 2, SIZE), np.linspace(-2, 2, SIZE), indexing="ij")
    basis = np.stack([np.sin(x), np.cos(y), np.sin(x * y), np.cos(x + 2 * y), x, y, x * y, x * x])
    mix = np.random.default_rng(0).normal(size=(LATENTS, channels, 8))
    painted = np.einsum("dck,khw->dhwc", mix, basis).astype(np.float32) * 0.3
    return tf.tanh(tf.einsum("nd,dhwc->nhwc", codes, painted))


def pixels(images):
    return tf.cast(tf.round(tf.clip_by_value((images + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)


def png(images):
    return {"image_bytes": tf.raw_ops.EncodePng(image=images)}


def samplers(made, **others):
    """Returns `serving_default`, `sample` and `sample_png` of latents and others → images."""

    def serving_default(latents, **inputs):
        return {"images": made(latents, **inputs)}

    def sample(seed, **inputs):
        return {"images": pixels(made(normals_from_seeds(seed, LATENTS), **inputs))}

    def sample_png(**inputs):
        return png(sample(**inputs)["images"])

    latents, seed = {"latents": spec(tf.float32, LATENTS)}, {"seed": spec(tf.int32, 2)}
    return {
        "serving_default": traced(serving_default, **latents, **others),
        "sample": traced(sample, **seed, **others),
        "sample_png": traced(sample_png, **seed, **others),
    }


def traced(function, batch=None, **specs):
    named = {k: tf.TensorSpec((batch, *v.shape[1:]), v.dtype, name=k) for k, v in specs.items()}
    return tf.function(lambda **given: function(**given)).get_concrete_function(**named)


def labelled():
    """Returns the signatures and the manifest of a generator with classes."""
    classes = tf.constant(np.random.default_rng(1).normal(size=(3, LATENTS)), tf.float32)

    def made(latents, label):
        return waves(latents + tf.gather(classes, label), 1)

    return samplers(made, label=spec(tf.int32)), {
        "latent_size": LATENTS, "classes": ["zero", "one", "two"], "image_shape": [SIZE, SIZE, 1],
        "variant": "cgan",
    }  # fmt: skip


def styled():
    """Returns those of a generator with styles."""
    tilt = tf.constant(np.random.default_rng(2).normal(size=(LATENTS, LATENTS)) / 3, tf.float32)

    def mapping(latents, truncation):
        style = tf.matmul(latents, tilt) * truncation[:, None]
        return {"styles": tf.repeat(style[:, None], LAYERS, axis=1)}

    def painted(styles):
        return waves(tf.concat([styles[:, i, 2 * i : 2 * i + 2] for i in range(LAYERS)], 1), 3)

    def made(latents, truncation):
        return painted(mapping(latents, truncation)["styles"])

    def drawn(latents):
        return made(latents, tf.ones_like(latents[:, 0]))

    signatures = samplers(made, truncation=spec(tf.float32))
    signatures["serving_default"] = traced(
        lambda latents: {"images": drawn(latents)}, latents=spec(tf.float32, LATENTS)
    )
    signatures["mapping"] = traced(
        mapping, latents=spec(tf.float32, LATENTS), truncation=spec(tf.float32)
    )
    signatures["synthesis"] = traced(
        lambda styles: {"images": painted(styles)}, styles=spec(tf.float32, LAYERS, LATENTS)
    )
    return signatures, {
        "latent_size": LATENTS, "image_shape": [SIZE, SIZE, 3], "variant": "stylegan2",
        "styles": {"layers": LAYERS, "size": LATENTS},
    }  # fmt: skip


def captioned():
    """Returns those of a generator that is told a sentence."""

    def made(latents, tokens):
        return waves(latents + tf.cast(tokens[:, :1], tf.float32) - 2.0, 3)

    return samplers(made, tokens=spec(tf.int32, TOKENS)), {
        "latent_size": LATENTS, "image_shape": [SIZE, SIZE, 3], "variant": "text_to_image",
        "caption_words": {"words": list(WORDS), "length": TOKENS},
    }  # fmt: skip


def translator():
    """Returns those of a translator: one way inverts, the other halves."""
    taken = {"images": spec(tf.uint8, SIZE, SIZE, 1)}
    return {
        "translate": traced(lambda images: {"images": 255 - images}, **taken),
        "translate_to_a": traced(lambda images: {"images": images // 2}, **taken),
    }, {
        "image_shape": [SIZE, SIZE, 1],
        "variant": "cyclegan",
        "sides": {"translate": ["sans", "serif"], "translate_to_a": ["serif", "sans"]},
    }


def inverter():
    """Returns those of a translator of pictures of any size, which inverts them."""
    asked = build_image_signatures("translate", lambda images: -images, (None, None, 3), {})
    signatures = {name: traced(one.function, **one.inputs) for name, one in asked.items()}
    return signatures, {"image_shape": [SIZE, SIZE, 3], "variant": "pix2pix"}


def writer():
    """Returns those of a language model."""

    def sample_text(seed):
        return {"text": tf.strings.join(["text ", tf.as_string(seed[:, 0])])}

    return {"sample_text": traced(sample_text, seed=spec(tf.int32, 2))}, {"variant": "seqgan"}


KINDS = {"labelled": labelled, "styled": styled, "captioned": captioned,
         "translator": translator, "inverter": inverter, "writer": writer}  # fmt: skip


def build(folder, litert=()):
    """Writes an artefact of each kind, with its manifest beside it.

    Args:
        folder: `saved_models`.
        litert: names of those that get a `.tflite` too.
    """
    for name, kind in KINDS.items():
        signatures, manifest = kind()
        (folder / name).mkdir()
        publish(tf.Module(), folder / name / "1", signatures)
        if "translate_png" in signatures:
            write_request(folder / name / "1", name)
        inputs = {
            key: {
                "inputs": dict.fromkeys(function.structured_input_signature[1], ""),
                "outputs": dict.fromkeys(function.structured_outputs, ""),
                "kinds": describe(function.structured_input_signature[1]),
            }
            for key, function in signatures.items()
        }
        if name in litert:
            wanted = [k for k in signatures if not k.endswith("_png")]
            (folder / name / f"{name}.tflite").write_bytes(lite(signatures, wanted))
        manifest = {**manifest, "signatures": inputs}
        (folder / name / "manifest.json").write_text(json.dumps(manifest))
    return folder


def describe(specs):
    """Returns what a manifest says of inputs; those whose name is their kind are left out."""
    kinds = {"tokens": "caption"}
    described = {name: {"shape": spec.shape.as_list()} for name, spec in specs.items()}
    for name in described.keys() & kinds:
        described[name]["kind"] = kinds[name]
    return {name: described[name] for name in described if name in kinds or name == "images"}


def write_request(version, name):
    """Writes a warm-up request; a server would otherwise try an empty file, which is no picture."""
    (version / WARMUPS).parent.mkdir(exist_ok=True)
    file = tf.raw_ops.EncodePng(image=np.zeros((1, SIZE, SIZE, 3), np.uint8)).numpy()
    warmup.write(version / WARMUPS, [("translate_png", {"image_bytes": file})], name)


def lite(signatures, names):
    """Returns a LiteRT file of some signatures, for one example at a time."""
    ones = {}
    for name in names:
        taken = signatures[name].structured_input_signature[1]
        specs = {
            key: spec(old.dtype, *(size or SIZE for size in old.shape[1:]))
            for key, old in taken.items()
        }
        ones[name] = traced(signatures[name], batch=1, **specs)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures=ones)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(ones))
        return converter.convert()
