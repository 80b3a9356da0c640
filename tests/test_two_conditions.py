"""Any two conditions stand together: by Python, command line, REST and page, of variants of here.

Nothing outside this file knows of these variants; what they take is what their conditions say.
"""

import functools
import io
import pathlib

import keras
import numpy as np
import pytest
from PIL import Image

from kgan.cli import main
from kgan.data import Source
from kgan.images import to_uint8
from kgan.models.core.base import GAN
from kgan.models.core.conditions import Attributes, Caption, Label
from kgan.models.core.image_conditions import Mask, SourceImage
from kgan.registry import MODELS, SOURCES
from kgan.runs import load_run
from kgan.serving import Client, Limits
from tests.serving.browser.conftest import browser, pixels, png, settled  # noqa: F401 (a fixture)
from tests.serving.servers import running
from tests.small_runs import without_tracing

SIZE = 8
CLASSES, ATTRIBUTES = ("plain", "glasses", "hat"), ("smiling", "old")
WORDS = ("a", "blue", "red", "seven", "three")
# Steps of the latent that an untrained network's tanh shows well.
spread = functools.partial(keras.initializers.RandomNormal, stddev=0.6)


class Toy(GAN):
    """Adds up what it is told, each through one layer."""

    noise = True

    def build_generator(self, network, width):
        told = {
            name: one for condition in self.conditions for name, one in condition.inputs.items()
        }
        inputs = {
            name: keras.Input(one.shape, dtype=one.dtype.name, name=name)
            for name, one in told.items()
        }
        if self.noise:
            inputs["latents"] = keras.Input((self.latent_size,), name="latents")
        parts = [self.paint(x) for x in inputs.values()]
        return keras.Model(inputs, keras.layers.Activation("tanh")(keras.layers.Add()(parts)))

    def paint(self, x):
        numbers = int(np.prod(self.image_shape))
        if len(x.shape) == 4:
            return keras.layers.Conv2D(self.image_shape[-1], 3, padding="same")(x)
        if "int" in x.dtype:
            x = keras.layers.Embedding(16, numbers, embeddings_initializer=spread(seed=1))(x)
            x = keras.ops.sum(x, axis=1) if len(x.shape) == 3 else x
        else:
            x = keras.layers.Dense(numbers, kernel_initializer=spread(seed=2))(x)
        return keras.layers.Reshape(self.image_shape)(x)

    def build_discriminator(self, network, width):
        layers = [keras.Input(self.image_shape), keras.layers.Flatten(), keras.layers.Dense(1)]
        return keras.Sequential(layers)


class LabelAndSource(Toy):
    """A class and an image to start from."""

    conditions = (SourceImage(), Label())


class LabelAndCaption(Toy):
    """A class and a sentence."""

    conditions = (Caption(length=4), Label())


class SourceAndMask(Toy):
    """An image and where it is to be filled in; without noise."""

    conditions = (SourceImage(), Mask())
    noise = False


class LabelAndAttributes(Toy):
    """A class and properties."""

    conditions = (Label(), Attributes())


VARIANTS = {
    "label_and_source": LabelAndSource,
    "label_and_caption": LabelAndCaption,
    "source_and_mask": SourceAndMask,
    "label_and_attributes": LabelAndAttributes,
}


def everything() -> Source:
    """Examples with all that conditions read."""
    random = np.random.default_rng(0)
    shape = (40, SIZE, SIZE, 3)
    arrays = {
        "image": random.integers(0, 256, shape, np.uint8),
        "source": random.integers(0, 256, shape, np.uint8),
        "mask": 255 * random.integers(0, 2, (*shape[:3], 1), np.uint8),
        "label": random.integers(0, 3, 40, np.int32),
        "attributes": random.integers(0, 2, (40, 2), np.int32),
        "caption": random.choice([b"a red seven", b"a blue three"], 40).astype(object),
    }
    fields = {"classes": CLASSES, "words": WORDS, "names": {"attributes": ATTRIBUTES}}
    return Source.from_arrays("everything", arrays, **fields)


@pytest.fixture(scope="module", autouse=True)
def registered():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES._registered, "everything", everything)
        for name, variant in VARIANTS.items():
            patch.setitem(MODELS._registered, name, variant)
        yield


@pytest.fixture(scope="module")
def runs(tmp_path_factory, registered):
    """Returns the folder of a run of each variant, trained for a round."""
    folder = tmp_path_factory.mktemp("runs")
    small = "--training.batch_size 4 --training.epochs 1 --training.steps_per_epoch 1"
    small += " --training.samples 6 --model.latent_size 4"
    with without_tracing():
        for name in VARIANTS:
            line = ["train", name, "--data", "everything", *small.split()]
            assert main([*line, "--out", str(folder / name)]) == 0
    return folder


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("saved")
    for name in VARIANTS:
        assert main(["export", str(runs / name), "--to", str(folder / name)]) == 0
    return folder


@pytest.fixture(scope="module")
def server(artefacts):
    with running(artefacts, Limits()) as server:
        yield server


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Returns a folder of three pictures, and a mask whose right half is white."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "from").mkdir()
    for number in range(3):
        values = np.random.default_rng(number).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
        Image.fromarray(values).save(folder / "from" / f"{number}.png")
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:, SIZE // 2 :] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    return folder


@pytest.fixture
def sources(pictures):
    paths = sorted((pictures / "from").iterdir())
    return np.stack([np.asarray(Image.open(path)) for path in paths])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


HOLE = (
    np.repeat(np.arange(SIZE) >= SIZE // 2, SIZE).reshape(1, SIZE, SIZE).swapaxes(1, 2)[..., None]
)


def gan_of(runs, name):
    return load_run(runs / name)[0]


def assert_pixels(pixels, images):
    """Compares to one grey level: sums in another order may round otherwise."""
    assert np.abs(pixels.astype(int) - to_uint8(images)).max() <= 1


# ---- Python -----------------------------------------------------------------------------------


def test_python_each_condition_counts(runs, sources):
    gan = gan_of(runs, "label_and_source")
    made = gan.sample(range(3), {"source": sources, "label": "glasses"})
    for other in ({"source": sources, "label": "hat"}, {"source": sources[::-1], "label": 1}):
        assert np.abs(made - gan.sample(range(3), other)).mean() > 0.05
    gan = gan_of(runs, "label_and_caption")
    made = gan.sample([1], {"prompt": "a red seven", "label": 0})
    for other in ({"prompt": "a blue seven", "label": 0}, {"prompt": "a red seven", "label": 2}):
        assert np.abs(made - gan.sample([1], other)).mean() > 0.05
    gan = gan_of(runs, "source_and_mask")
    made = gan.sample(range(3), {"source": sources, "mask": HOLE.astype(np.float32)})
    for other in ({"source": sources, "mask": 1.0 - HOLE}, {"source": 255 - sources, "mask": HOLE}):
        assert np.abs(made - gan.sample(range(3), other)).mean() > 0.05


def test_previews_show_what_was_told(runs):
    for name, columns in {
        "label_and_source": 3,
        "label_and_caption": 1,
        "source_and_mask": 3,
    }.items():
        with Image.open(runs / name / "samples" / "epoch_0001.png") as picture:
            rows = 6 // columns
            side = int(np.ceil(np.sqrt(rows)))
            assert picture.width == side * (columns * SIZE + 1) - 1


# ---- The command line -------------------------------------------------------------------------


def sampled(run, *line):
    assert main(["sample", str(run), "--npz", "x.npz", *line]) == 0
    with np.load("x.npz") as arrays:
        return arrays["images"]


def test_command_line_label_and_source(runs, pictures, sources):
    line = ("--from", str(pictures / "from"), "--label", "glasses", "--seed", "5")
    made = sampled(runs / "label_and_source", *line, "--out", "x.png")
    expected = gan_of(runs, "label_and_source").sample(
        [5, 6, 7], {"source": sources, "label": "glasses"}
    )
    np.testing.assert_array_equal(made, to_uint8(expected))
    assert pathlib.Path("x.png").is_file()


def test_command_line_label_and_caption(runs):
    run, line = runs / "label_and_caption", ("--prompt", "a red seven", "--label", "hat")
    made = sampled(run, *line, "--count", "2")
    expected = load_run(run)[0].sample([0, 1], {"prompt": "a red seven", "label": 2})
    np.testing.assert_array_equal(made, to_uint8(expected))


def test_command_line_source_and_mask(runs, pictures, sources):
    run = runs / "source_and_mask"
    line = ("--from", str(pictures / "from"), "--mask", str(pictures / "mask.png"))
    expected = load_run(run)[0].sample(range(3), {"source": sources, "mask": HOLE})
    np.testing.assert_array_equal(sampled(run, *line), to_uint8(expected))
    (pictures / "masks").mkdir()
    for number in range(3):  # one for each picture
        mask = np.full((SIZE, SIZE), 255 if number == 1 else 0, np.uint8)
        Image.fromarray(mask).save(pictures / "masks" / f"{number}.png")
    each = np.arange(3).reshape(3, 1, 1, 1) == 1
    masks = np.broadcast_to(each, (3, SIZE, SIZE, 1)).astype(np.float32)
    expected = load_run(run)[0].sample(range(3), {"source": sources, "mask": masks})
    line = ("--from", str(pictures / "from"), "--mask", str(pictures / "masks"))
    np.testing.assert_array_equal(sampled(run, *line), to_uint8(expected))


def test_command_line_label_and_attributes(runs):
    run, line = runs / "label_and_attributes", ("--attributes", "old,smiling", "--label", "plain")
    expected = load_run(run)[0].sample([0], {"attributes": [[1, 1]], "label": 0})
    np.testing.assert_array_equal(sampled(run, *line, "--count", "1"), to_uint8(expected))


def test_a_png_of_each_seed(runs):
    line = ["sample", str(runs / "label_and_attributes"), "--seed", "7", "--count", "3"]
    assert main([*line, "--out", "each/"]) == 0
    names = [path.name for path in sorted(pathlib.Path("each").iterdir())]
    assert names == ["0007.png", "0008.png", "0009.png"]
    expected = to_uint8(gan_of(runs, "label_and_attributes").sample([7, 8, 9]))
    np.testing.assert_array_equal(np.asarray(Image.open("each/0008.png")), expected[1])
    assert main([*line, "--out", "each"]) == 0  # a folder that is there needs no slash


@pytest.mark.parametrize(
    "name, line, told",
    [
        (
            "label_and_source",
            "--prompt red --label hat",
            "Expected no --prompt for label_and_source, which takes --from, --label. Received: "
            "--prompt. Leave it out.",
        ),
        ("label_and_source", "--label hat", "Expected images to start from as source. Received: n"),
        ("label_and_caption", "--label beard --prompt red", "Unknown class. Received: 'beard'."),
        ("label_and_attributes", "--attributes beard", "Unknown attribute. Received: 'beard'."),
        ("source_and_mask", "--from {from} --mask {from}/no.png", "Expected a picture as mask. R"),
        ("source_and_mask", "--from {from}", "Expected mask. Received: none. Give --mask."),
    ],
)
def test_what_does_not_fit_is_one_line(runs, pictures, capfd, name, line, told):
    words = line.replace("{from}", str(pictures / "from")).split()
    capfd.readouterr()
    assert main(["sample", str(runs / name), *words]) == 2
    err = capfd.readouterr().err
    assert told in err and err.count("\n") == 1


# ---- Scores -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, keys",
    [
        ("label_and_source", "source, label"),
        ("label_and_caption", "caption, label"),
        ("source_and_mask", "source, mask"),
        ("label_and_attributes", "label, attributes"),
    ],
)
def test_a_run_and_its_artefact_have_one_score(runs, artefacts, capfd, name, keys):
    few = ["--metrics", "swd", "--samples", "20", "--repeats", "1", "--extractor", "raw"]
    scores = []
    for what in (runs, artefacts):
        capfd.readouterr()
        line = ["evaluate", str(what / name), "--against", "everything", *few]
        assert main([*line, "--out", what.name]) == 0
        out = capfd.readouterr().out
        noted = out.partition("generated under the ")[2].partition(" of ")[0]
        assert sorted(noted.split(", ")) == sorted(keys.split(", "))
        scores.append(float(out.split()[1]))
    np.testing.assert_allclose(*scores, rtol=1e-3)


def test_the_doctor_looks_at_them(runs, capfd):
    for name in VARIANTS:
        assert main(["doctor", str(runs / name), "--samples", "20"]) == 0
    assert "Traceback" not in capfd.readouterr().err


# ---- REST -------------------------------------------------------------------------------------


def test_rest(runs, server, sources):
    client = Client(server.url)
    made = client.predict("label_and_source", "translate", images=sources, label=[1, 1, 2])
    condition = {"source": sources, "label": [1, 1, 2]}
    assert_pixels(made, gan_of(runs, "label_and_source").sample([0, 0, 0], condition))

    gan = gan_of(runs, "label_and_caption")
    tokens = gan.read_condition({"prompt": "a red seven", "label": 2}, 1)["tokens"]
    made = client.predict("label_and_caption", "sample", seed=[[7, 0]], label=[2], tokens=tokens)
    assert_pixels(made, gan.sample([7], {"prompt": "a red seven", "label": 2}))

    masks = np.repeat(HOLE, 3, axis=0).astype(np.float32)
    made = client.predict("source_and_mask", "translate", images=sources, mask=masks)
    condition = {"source": sources, "mask": masks}
    expected = gan_of(runs, "source_and_mask").sample(range(3), condition)
    assert_pixels(made, expected)
    files = [encode(image) for image in sources]
    made = client.predict("source_and_mask", "translate_png", image_bytes=files, mask=masks)
    for file, image in zip(made, expected, strict=True):
        assert_pixels(png(file)[:, :, :3], image)


def encode(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


# ---- The page ---------------------------------------------------------------------------------


def upload(page, field, image):
    file = {"name": "x.png", "mimeType": "image/png", "buffer": encode(image)}
    page.locator(field).set_input_files(file)
    page.wait_for_function("(id) => document.querySelector(id).files.length", arg=field)
    settled(page)


def shown(page, canvas="picture"):
    return pixels(page, canvas)[:, :, :3]


@pytest.mark.browser
def test_page_label_and_source(runs, server, browser, sources):  # noqa: F811
    def play(page):
        upload(page, "#upload", sources[0])
        page.locator("#labels label", has_text="glasses").click()
        return page.locator("[name=mode]").count(), shown(page)

    modes, made = browser.visit(f"{server.url}/#model=label_and_source", play)
    condition = {"source": sources[:1], "label": 1}
    assert_pixels(made, gan_of(runs, "label_and_source").sample([0], condition)[0])
    assert modes == 1  # without a picture it can make nothing


@pytest.mark.browser
def test_page_label_and_caption(runs, server, browser):  # noqa: F811
    def play(page):
        page.locator("#prompt").fill("a red seven")
        page.locator("#labels label", has_text="hat").click()
        first = shown(page)
        page.locator("#modes label", has_text="Blend").click()
        settled(page)
        page.locator("#position").press("Home")
        return first, shown(page)

    made, start = browser.visit(f"{server.url}/#model=label_and_caption", play)
    expected = gan_of(runs, "label_and_caption").sample([7], {"prompt": "a red seven", "label": 2})
    assert_pixels(made, expected[0])
    assert_pixels(start, expected[0])


@pytest.mark.browser
def test_page_source_and_mask(runs, server, browser, sources):  # noqa: F811
    def play(page):
        upload(page, "#upload", sources[0])
        middle = shown(page)
        upload(page, "#mask_upload", np.uint8(255 * HOLE[0, ..., 0]))
        page.wait_for_function("document.getElementById('mask').getContext('2d')"
                               ".getImageData(0, 0, 1, 1).data[0] === 0")  # fmt: skip
        return middle, shown(page), shown(page, "mask")

    middle, made, mask = browser.visit(f"{server.url}/#model=source_and_mask", play)
    np.testing.assert_array_equal(mask[..., :1], 255 * HOLE[0])
    gan, square = gan_of(runs, "source_and_mask"), np.zeros((SIZE, SIZE, 1), np.uint8)
    square[2:6, 2:6] = 255  # what the page starts with
    for image, told in ((middle, square), (made, HOLE[0])):
        assert_pixels(image, gan.sample([0], {"source": sources[:1], "mask": told})[0])


@pytest.mark.browser
def test_page_label_and_attributes(runs, server, browser):  # noqa: F811
    def play(page):
        page.locator("#labels label", has_text="hat").click()
        for name in ATTRIBUTES:
            page.locator("#attributes label", has_text=name).click()
        page.locator("#attributes label", has_text="smiling").click()
        return shown(page)

    made = browser.visit(f"{server.url}/#model=label_and_attributes", play)
    condition = {"label": "hat", "attributes": "old"}
    assert_pixels(made, gan_of(runs, "label_and_attributes").sample([7], condition)[0])
