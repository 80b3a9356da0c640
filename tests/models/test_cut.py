"""CUT: which patches are compared, what is paid for them, and FastCUT's mirrored batches."""

import numpy as np
import pytest
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.cut import CUT, mirror, pick_patches
from kgan.networks.translation import build_residual_translator, list_feature_maps
from tests.games import batch_for, compiled, fit

FAST = {"contrast_weight": 10.0, "identity_weight": 0.0, "flips": True}


def test_patches_are_counted_row_by_row():
    maps = np.arange(24.0).reshape(1, 3, 4, 2)
    picked = pick_patches(tf.constant(maps), tf.constant([5, 0]))
    np.testing.assert_array_equal(picked, [[maps[0, 1, 1], maps[0, 0, 0]]])


def test_mirrors_only_where_told():
    maps = np.arange(12.0).reshape(1, 2, 3, 2)
    np.testing.assert_array_equal(mirror(maps, tf.constant(0.0)), maps)
    np.testing.assert_array_equal(mirror(maps, tf.constant(1.0)), maps[:, :, ::-1])


@pytest.mark.parametrize("blocks, places", [(9, (3, 7)), (6, (2, 5)), (3, (1, 3)), (1, (1,))])
def test_maps_are_of_the_generators_first_half(blocks, places):
    translator = build_residual_translator((16, 16, 1), 2, blocks)
    maps = list_feature_maps(translator)
    assert [one.shape[-1] for one in maps] == [1, 4, 8, *[8] * len(places)]
    adds = [layer.output for layer in translator.layers if layer.name.startswith("add")]
    assert all(one is adds[n - 1] for one, n in zip(maps[3:], places, strict=True))


@pytest.fixture
def gan(monkeypatch):
    """Adds 0.5 to images; an image is its own only map, and its patches are their own codes."""

    def build(**options):
        gan = CUT.example(**{"patches": 64, "temperature": 0.5, **options})
        monkeypatch.setattr(gan, "generator", lambda x, training: x["a"] + 0.5)
        monkeypatch.setattr(gan, "encoder", lambda x, training: [add_one(x["a"])])
        monkeypatch.setattr(gan, "translator", lambda x, training: [x["a"] + 0.5, add_one(x["a"])])
        monkeypatch.setattr(gan, "heads", [lambda x, training: x])
        return gan

    return build


def add_one(images):
    """Codes (x, 1): a single number would be ±1 once it is normalised."""
    return tf.concat([images, tf.ones_like(images)], axis=-1)


def prepare(gan, count=3):
    batch = gan.name_batch(batch_for(gan, count))
    return batch, gan.generate(batch, gan.random_stream())


def contrast_by_hand(made, sources, places, temperature):
    """Returns the mean over images of −log softmax of own sources, in NumPy's float64."""
    errors = []
    for one, source in zip(made, sources, strict=True):
        q, k = (
            np.stack([np.ravel(x)[places], np.ones(len(places))], axis=1).astype("float64")
            for x in (one, source)
        )
        q, k = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (q, k))
        likeness = np.exp(q @ k.T / temperature)
        errors.append(-np.log(np.diag(likeness) / likeness.sum(axis=1)).mean())
    return np.mean(errors)


def test_what_is_paid_by_hand(gan):
    gan = gan(contrast_weight=2.0, identity_weight=3.0)
    batch, fake = prepare(gan)
    a, b = batch["a"].numpy(), batch["b"].numpy()
    np.testing.assert_allclose(fake["images"], a + 0.5)
    (places,) = (one.numpy() for one in fake["places"])
    assert len(set(places)) == 64 and places.max() < 256
    terms = gan.generator_terms(batch, fake, {})
    expected = {
        "contrast": 2.0 * contrast_by_hand(a + 0.5, a, places, 0.5),
        "identity": 3.0 * contrast_by_hand(b + 0.5, b, places, 0.5),
    }
    assert set(terms) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(terms[name], value, rtol=1e-4)


def test_fastcut_undoes_the_mirror_before_patches_are_compared(gan):
    gan = gan(**FAST)
    seen = set()
    for step in range(8):
        gan.step.assign(step)
        batch, fake = prepare(gan)
        mirrored = float(fake["mirrored"])
        seen.add(mirrored)
        a = batch["a"].numpy()
        shown = a[:, :, ::-1] if mirrored else a
        np.testing.assert_allclose(fake["images"], shown + 0.5)
        terms = gan.generator_terms(batch, fake, {})
        expected = 10.0 * contrast_by_hand(a + 0.5, a, fake["places"][0].numpy(), 0.5)
        assert set(terms) == {"contrast"}
        np.testing.assert_allclose(terms["contrast"], expected, rtol=1e-4)
    assert seen == {0.0, 1.0}


def test_places_are_new_each_round(gan):
    gan = gan()
    places = [prepare(gan)[1]["places"][0].numpy()]
    gan.step.assign(1)
    places.append(prepare(gan)[1]["places"][0].numpy())
    assert not np.array_equal(*places)


@pytest.mark.parametrize(
    "options", [FAST, {**FAST, "identity_weight": 1.0}, {"contrast_weight": 0.0}]
)
def test_it_trains_whatever_its_options(options):
    gan = compiled(CUT.example(**options))
    gan.run_eagerly = True
    heads = [head.get_weights() for head in gan.heads]
    losses = fit(gan, batches=1)
    assert np.isfinite([*losses.values()]).all()
    moved = [np.abs(a - b).max() for head, before in zip(gan.heads, heads, strict=True)
             for a, b in zip(head.get_weights()[::2], before[::2], strict=True)]  # fmt: skip
    assert min(moved) > 0 or options["contrast_weight"] == 0


@pytest.mark.slow
def test_patches_learn_to_know_their_place():
    gan = CUT.example(identity_weight=0.0, code_size=16, width=8, patches=16)
    gan.compile()
    batch = batch_for(gan, 4)
    data = tf.data.Dataset.from_tensors(batch).repeat(5)
    errors = gan.fit(data, epochs=8, verbose=0).history["generator_contrast"]
    assert errors[-1] < 0.8 * errors[0]


def test_sides_of_other_channels_are_refused():
    with pytest.raises(InputError, match="same channels for CUT"):
        CUT.example(source_shape=(16, 16, 3))


def test_the_preview_has_no_target():
    gan = CUT.example()
    batch = batch_for(gan, 4)
    shown = gan.preview(6, {key: value.numpy() for key, value in batch.items()})
    a = gan.name_batch(batch)["a"][:2].numpy()
    made = gan.sample([0, 1], {"a": a})
    np.testing.assert_allclose(shown, np.concatenate([a, made], axis=2), atol=1e-6)
