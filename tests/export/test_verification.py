"""An artefact that is damaged, forged, or makes something else does not pass."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from kgan import files
from kgan.errors import InputError
from kgan.export import c_api, saved_model, verify
from kgan.export.verification import EXAMPLES, measure_difference, verify_folder
from kgan.models import (
    VAE,
    CycleGAN,
    LanguageModel,
    Pix2Pix,
    ProjectionGAN,
    StyleGAN2,
    TextToImageGAN,
)
from kgan.saved_model import layout, warmup
from tests.export.conftest import vivid

VARIABLES = "variables/variables.data-00000-of-00001"


@pytest.fixture(autouse=True)
def like_this_process(monkeypatch):
    """Takes away what the command line sets, too late for this process, for those it starts."""
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)


def resigned(path):
    """Makes the checksums fit, as whoever forges an artefact would."""
    own = path / "assets.extra" / "manifest.json"
    manifest = json.loads(own.read_text())
    digests = files.digest_files(path)
    del digests["assets.extra/manifest.json"]
    for file in (own, path.parent / "manifest.json"):
        file.write_text(layout.seal({**manifest, "sha256": digests}))


def truncated(file):
    file.write_bytes(file.read_bytes()[:-100])


def flipped(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_it_is_equal_to_the_last_bit_and_says_so(artefact):
    found = verify(artefact)
    count = sum(path.is_file() for path in artefact.rglob("*")) - 2  # .lock, and its own manifest
    assert found == (artefact / "1", 3, (2, 1), 6, 0.0, count)
    assert str(found).endswith(
        "1: 3 signatures at batch sizes 2 and 1, equal to the last bit; 6 warm-up requests; "
        f"{count} files"
    )
    assert verify(artefact / "1").path == verify(artefact, 1).path == artefact / "1"


FAMILIES = (
    ProjectionGAN.example,
    TextToImageGAN.example,
    StyleGAN2.example,
    Pix2Pix.example,
    CycleGAN.example,
    VAE.example,
    lambda: LanguageModel.example(vocabulary=("", "red", "seven")),
)


@pytest.mark.slow
@pytest.mark.parametrize("example", FAMILIES)
def test_every_familys_signatures_are_equal_to_the_last_bit(example, tmp_path):
    gan = vivid(example())
    saved_model.write(gan, tmp_path, "digits")
    found = verify_folder(tmp_path, "digits/1")
    assert found.farthest == 0.0
    assert found.signatures == len(gan.signatures())
    assert found.requests == 2 * found.signatures
    with np.load(tmp_path / EXAMPLES) as arrays:
        cases = c_api.unpack(arrays)
    for case in (case for case in cases if not case.startswith("made/")):
        made = one_by_one(gan, case.split("/")[0], cases[case])
        for output, array in cases[f"made/{case}"].items():
            np.testing.assert_array_equal(array, made[output])


def one_by_one(gan, signature, inputs):
    """Returns what Keras makes of a signature's inputs, layer by layer, without a graph."""
    tf.config.run_functions_eagerly(True)
    try:
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        made = gan.signatures()[signature].function(**tensors)
    finally:
        tf.config.run_functions_eagerly(False)
    return {name: value.numpy() for name, value in made.items()}


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), truncated, flipped])
@pytest.mark.parametrize("file", ["saved_model.pb", VARIABLES, EXAMPLES])
def test_damaged_files_are_named_in_one_line(copied, damage, file):
    damage(copied / "1" / file)
    with pytest.raises(InputError, match=r"Received: .*digits") as error:
        verify(copied / "1")
    assert file in str(error.value) and "\n" not in str(error.value)


def test_every_file_of_an_artefact_is_checked(copied):
    (copied / ".lock").unlink(missing_ok=True)
    every = [path for path in copied.rglob("*") if path.is_file()]
    assert len(every) > 7
    for damage in (lambda file: file.unlink(), flipped, truncated):
        for path in every:
            data = path.read_bytes()
            damage(path)
            with pytest.raises(InputError, match=r"Received: .*digits"):
                check(copied)
            path.write_bytes(data)
    check(copied)
    (copied / "1" / "saved_model.pbtxt").touch()
    with pytest.raises(InputError, match=r"Received: digits/1 with saved_model\.pbtxt"):
        check(copied)


def check(folder):
    manifest = layout.check_files(folder / "1", 1, "digits/1")
    if manifest is None or EXAMPLES not in manifest["sha256"]:
        raise InputError("Received: digits")  # as verify does
    return layout.check_beside(folder / "1", manifest, "digits/1")


def test_files_beside_an_older_version_are_not_its_own(copied):
    shutil.copytree(copied / "1", copied / "2")
    (copied / "README.md").unlink()
    assert check(copied) == 0
    own = copied / "1" / "assets.extra" / "manifest.json"
    own.write_text(own.read_text().replace('"rounds_trained": ', '"rounds_trained": 1'))
    with pytest.raises(InputError, match=r"digits/1, whose manifest\.json is damaged"):
        check(copied)


def test_lite_files_of_artefacts_without_a_seal_are_checked(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    del manifest["beside"], manifest["manifest_sha256"]
    file = copied / "digits.tflite"
    file.write_bytes(b"a" * 200)
    manifest["litert"] = [{"file": file.name, "sha256": files.digest_file(file)}]
    for path in (copied / "manifest.json", copied / "1" / "assets.extra" / "manifest.json"):
        path.write_text(json.dumps(manifest))
    assert check(copied) == 2
    flipped(file)
    with pytest.raises(InputError, match=r"digits/digits\.tflite, whose"):
        check(copied)


@pytest.mark.parametrize(
    "file, damage, message",
    [
        (VARIABLES, lambda file: file.unlink(), "C library loads and runs"),
        (VARIABLES, truncated, "C library loads and runs"),
        (VARIABLES, flipped, "C library loads and runs|makes other"),
        ("saved_model.pb", truncated, "Expected a SavedModel"),
        ("variables", shutil.rmtree, "C library loads and runs"),
    ],
)
def test_what_loads_the_files_finds_damage_without_checksums(copied, file, damage, message):
    damage(copied / "1" / file)
    resigned(copied / "1")
    with pytest.raises(InputError, match=message) as error:
        verify(copied)
    assert "\n" not in str(error.value) and "digits/1" in str(error.value)


def changed(path, change):
    """Changes the examples of an artefact, by case and name."""
    with np.load(path / EXAMPLES) as arrays:
        cases = c_api.unpack(arrays)
    change(cases)
    np.savez_compressed(path / EXAMPLES, **c_api.pack(cases))
    resigned(path)


def test_other_results_are_refused(copied):
    def other(cases):
        cases["made/sample/2"]["images"][0, 3, 3] += 2

    changed(copied / "1", other)
    with pytest.raises(InputError, match=r"digits/1, whose sample gives other images\."):
        verify(copied)


def test_a_signature_without_examples_is_refused(copied):
    def fewer(cases):
        for case in [case for case in cases if "sample_png" in case]:
            del cases[case]

    changed(copied / "1", fewer)
    with pytest.raises(InputError, match=r"Expected examples of .*sample_png, serving_default\."):
        verify(copied)


def test_a_warm_up_request_that_fails_is_found(copied):
    path = copied / "1" / "assets.extra" / "tf_serving_warmup_requests"
    warmup.write(path, [("sample", {"seeds": np.zeros((1, 2), np.int32)})], "digits")
    resigned(copied / "1")
    with pytest.raises(InputError, match=r"digits/1: sample/request 0: no 'seed'"):
        verify(copied)


def test_an_artefact_without_checksums_proves_nothing(copied):
    (copied / "1" / "assets.extra" / "manifest.json").unlink()
    (copied / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"with checksums and assets\.extra/examples\.npz"):
        verify(copied)


def test_a_graph_with_file_operations_is_not_run(copied, tmp_path):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.int32, name="seed")])
    def sample(seed):
        tf.io.write_file(str(tmp_path / "written"), "x")
        return {"images": tf.zeros((tf.shape(seed)[0], 2, 2, 1))}

    module.sample = sample
    tf.saved_model.save(module, str(tmp_path / "evil"), {"sample": sample})
    shutil.copy(tmp_path / "evil" / "saved_model.pb", copied / "1")
    resigned(copied / "1")
    with pytest.raises(InputError, match=r"digits/1, which also holds WriteFile\. It is not run\."):
        verify(copied)
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    "expected, made, off",
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([0.0, 0.5], [0.0, 0.50005], 5e-5),
        ([0.0, 0.5], [0.0, 0.5002], np.inf),
        ([0.0, 400.0], [0.0, 400.02], 5e-5),
        ([0.0, 1.0], [0.0, np.nan], np.inf),
        ([0.0, 1.0], [0.0], np.inf),
    ],
)
def test_numbers_count_in_units_of_the_largest(expected, made, off):
    found = measure_difference(np.float32(expected), np.float32(made))
    np.testing.assert_allclose(found, off, rtol=1e-3)


def test_pixels_may_tie_here_and_there_and_tokens_may_not():
    pixels = np.full((1, 20, 20, 1), 7, np.uint8)
    one, two, many = pixels.copy(), pixels.copy(), pixels + np.uint8(1)
    one[0, 0, 0], two[0, 0, 0] = 6, 9
    assert measure_difference(pixels, one) == 1 / 255
    assert measure_difference(pixels, two) == measure_difference(pixels, many) == np.inf
    assert (
        measure_difference(pixels, pixels.astype(np.int32))
        == measure_difference(pixels, None)
        == np.inf
    )
    assert measure_difference(np.int32([3, 4]), np.int32([3, 5])) == np.inf
    files = [np.array([tf.io.encode_png(p[0]).numpy()], object) for p in (pixels, one, two)]
    assert measure_difference(files[0], files[1]) == 1 / 255
    assert measure_difference(files[0], files[2]) == np.inf
    assert measure_difference(np.array([b"a red"], object), np.array([b"a rod"], object)) == np.inf
