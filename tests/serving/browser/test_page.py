"""The page in Chromium: what it shows is what the server makes."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from kgan.interpolation import slerp
from kgan.random import normals_from_seeds
from kgan.serving import Client
from tests.serving.browser.conftest import path_of, pixels, png, settled
from tests.serving.browser.playground import LATENTS, LAYERS, SIZE

# One worker for both files: what they share is made once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def visit(browser, server):
    """Returns `browser.visit` of one model."""

    def visited(model, play, **options):
        return browser.visit(f"{server.url}/#model={model}", play, **options)

    return visited


@pytest.fixture(scope="module")
def client(server):
    return Client(server.url)


def sampled(client, model, seed, **inputs):
    """Returns the server's PNG, RGBA."""
    given = {name: [value] for name, value in inputs.items()}
    return png(client.predict(model, "sample_png", seed=[[seed, 0]], **given)[0])


def mode(page, name):
    page.locator("#modes label", has_text=name).click()
    settled(page)


def slide(page, slider, key):
    page.locator(slider).press(key)
    settled(page)


def test_a_seed_and_a_label_give_the_servers_picture(visit, client):
    def play(page):
        first = pixels(page)
        page.locator("#labels label", has_text="two").click()
        page.locator("#seed").fill("123456")
        chosen = pixels(page)
        page.locator("#surprise").click()
        settled(page)
        return first, chosen, page.locator("#seed").input_value(), pixels(page)

    first, chosen, seed, surprise = visit("labelled", play)
    np.testing.assert_array_equal(first, sampled(client, "labelled", 7, label=1))
    np.testing.assert_array_equal(chosen, sampled(client, "labelled", 123456, label=2))
    np.testing.assert_array_equal(surprise, sampled(client, "labelled", int(seed), label=2))
    assert (first != chosen).any() and seed != "123456"


def test_a_seed_that_is_none_is_told(visit):
    def play(page):
        told = []
        for text in ("-1", str(2**64), "seven"):
            page.locator("#seed").fill(text)
            told.append(page.locator("#error").text_content())
        page.locator("#seed").fill(str(2**64 - 1))
        settled(page)
        return told, page.locator("#error").is_visible(), page.locator("#status").text_content()

    told, left, status = visit("labelled", play)
    assert all("Expected a whole number below 2^64" in text for text in told)
    assert not left and status.startswith(f"Seed {2**64 - 1} ")


def test_the_gallery_shows_seeds_and_gives_them_to_the_picture(visit, client):
    def play(page):
        page.locator("#gallery button").nth(23).wait_for()
        seed = (
            page.locator("#gallery button").nth(1).get_attribute("aria-label").removeprefix("Seed ")
        )
        page.locator("#gallery button").nth(1).click()
        return int(seed), pixels(page), page.locator("#gallery [aria-current=true]").count()

    seed, shown, marked = visit("labelled", play)
    np.testing.assert_array_equal(shown, sampled(client, "labelled", seed, label=seed % 3))
    assert marked == 1


def test_the_slider_of_variety_makes_another_picture(visit, client):
    def play(page):
        before = pixels(page)
        slide(page, "#truncation", "Home")
        slide(page, "#truncation", "ArrowRight")
        return before, pixels(page), page.locator("#truncation_shown").text_content()

    before, after, told = visit("styled", play)
    assert told == "0.05"
    np.testing.assert_array_equal(before, sampled(client, "styled", 7, truncation=0.7))
    np.testing.assert_array_equal(after, sampled(client, "styled", 7, truncation=0.05))
    assert (before != after).any()


def test_the_interpolation_is_kgans(visit, client):
    def play(page):
        mode(page, "Blend")
        middle = pixels(page)
        slide(page, "#position", "End")
        end, told = pixels(page), page.locator("#position").get_attribute("aria-valuetext")
        box = page.locator("#frame").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + 1, box["y"] + 60)
        page.mouse.up()
        return middle, end, told, pixels(page)

    middle, end, told, start = visit("labelled", play)
    latents = np.asarray(normals_from_seeds(np.array([[7, 0], [12, 0]]), LATENTS))
    halfway = slerp(*latents, [0.5])
    expected = client.predict("labelled", latents=halfway, label=[1])[0, :, :, 0]
    expected = np.clip((expected + 1) * 127.5, 0, 255)
    assert np.abs(middle[:, :, 0] - expected).max() <= 0.51
    assert told == "100 % of the way"
    for shown, seed in ((start, 7), (end, 12)):
        away = shown.astype(int) - sampled(client, "labelled", seed, label=1)
        assert np.abs(away).max() <= 1 and np.abs(away).mean() < 0.02
    assert (start != end).any()


def test_styles_are_mixed_at_the_crossover(visit, client):
    def play(page):
        mode(page, "Mix")
        shown = []
        for key in ("Home", "ArrowRight", "End"):
            slide(page, "#position", key)
            shown.append(pixels(page))
        return shown

    shown = visit("styled", play)
    latents = np.asarray(normals_from_seeds(np.array([[7, 0], [12, 0]]), LATENTS))
    coarse, fine = client.predict("styled", latents=latents, truncation=[0.7, 0.7])
    for layers, made in zip((0, 1, LAYERS), shown, strict=True):
        mixed = np.concatenate([coarse[:layers], fine[layers:]])
        expected = np.clip((client.predict("styled", styles=[mixed])[0] + 1) * 127.5, 0, 255)
        assert np.abs(made[:, :, :3] - expected).max() <= 0.51


def test_prompts_are_read_and_strange_words_are_told(visit, client):
    def play(page):
        suggested = page.locator("#suggestions button").all_text_contents()
        first = pixels(page)
        page.locator("#suggestions button").nth(1).click()
        second = pixels(page)
        page.locator("#prompt").fill("Three, on BLUE! please")
        return suggested, first, second, pixels(page), page.locator("#status").text_content()

    suggested, first, second, typed, status = visit("captioned", play)
    assert suggested == ["a red seven on blue", "a blue three on red"]
    for shown, tokens in (
        (first, [2, 5, 6, 4, 3, 0]), (second, [2, 3, 7, 4, 5, 0]), (typed, [7, 4, 3, 1, 0, 0])
    ):  # fmt: skip
        np.testing.assert_array_equal(shown, sampled(client, "captioned", 7, tokens=tokens))
    assert "does not know: please" in status


def test_a_picture_is_translated_in_both_directions(visit):
    grey = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")

    def play(page):
        letter = pixels(page)
        page.locator("#upload").set_input_files(
            {"name": "grey.png", "mimeType": "image/png", "buffer": file.getvalue()}
        )
        page.locator("#letter").and_(page.locator("[value='']")).or_(
            page.locator("#letter")
        ).wait_for()
        settled(page)
        there = pixels(page)
        page.locator("#directions label", has_text="serif → sans").click()
        back = pixels(page)
        page.locator("#upload").set_input_files(
            {"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"}
        )
        page.locator("#error:not([hidden])").wait_for()
        return letter, there, back, page.locator("#error").text_content()

    letter, there, back, error = visit("translator", play)
    assert 20 < letter[:, :, 0].mean() < 235  # something is written there
    np.testing.assert_array_equal(there[:, :, 0], 255 - grey)
    np.testing.assert_array_equal(back[:, :, 0], grey // 2)
    assert error.startswith(
        "Expected a picture that this browser reads, PNG or JPEG say. Received: no"
    )


def test_a_slow_earlier_upload_does_not_replace_a_later_one(visit):
    files = []
    for value in (0, 200):
        file = io.BytesIO()
        Image.new("L", (SIZE, SIZE), value).save(file, "PNG")
        files.append({"name": f"{value}.png", "mimeType": "image/png", "buffer": file.getvalue()})

    def play(page):
        page.evaluate(
            """() => {
              const open = globalThis.createImageBitmap;
              globalThis.createImageBitmap = async (file, ...sizes) => {
                if (file.name === "0.png") await new Promise((done) => setTimeout(done, 700));
                return open(file, ...sizes);
              };
            }"""
        )
        for file in files:
            page.locator("#upload").set_input_files(file)
        page.wait_for_timeout(1000)
        settled(page)
        return pixels(page)

    np.testing.assert_array_equal(visit("translator", play)[:, :, 0], 255 - 200)


@pytest.mark.parametrize("size", [(37, 53), pytest.param((1080, 1920), marks=pytest.mark.slow)])
def test_a_picture_of_any_size_comes_back_in_its_size_and_kind(visit, size):
    random = np.random.default_rng(0)
    picture = np.tile(random.integers(0, 256, (*size, 1), np.uint8) // 8 * 8, (1, 1, 4))
    picture[..., :2] ^= 16
    picture[0, 0, 3] = 255
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")

    def play(page):
        letter = pixels(page)
        chosen = {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
        page.locator("#upload").set_input_files(chosen)
        page.locator(f"#picture[width='{size[1]}']").wait_for()
        settled(page)
        with page.expect_download() as download:
            page.locator("#save_png").click()
        with Image.open(path_of(download.value)) as image:
            saved = np.asarray(image)
        page.locator("#invert").click()
        settled(page)
        shape = page.evaluate("[document.getElementById('picture').height, 0]")
        return letter, saved, shape, page.locator("#curl").text_content()

    letter, saved, shape, curl = visit("inverter", play)
    assert letter.shape == (SIZE, SIZE, 4)  # letters have the size of training
    expected = np.concatenate([255 - picture[..., :3], picture[..., 3:]], axis=2)
    np.testing.assert_array_equal(saved, expected)
    assert shape[0] == size[0]
    assert "translate_png" in curl and len(curl) < 4000


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_picture_stays_grey_on_the_page(visit, mode):
    grey = np.random.default_rng(0).integers(0, 256, (9, 23, len(mode)), np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey[..., 0] if mode == "L" else grey).save(file, "PNG")

    def play(page):
        chosen = {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
        page.locator("#upload").set_input_files(chosen)
        page.locator("#picture[width='23']").wait_for()
        settled(page)
        with page.expect_download() as download:
            page.locator("#save_png").click()
        with Image.open(path_of(download.value)) as image:
            return image.mode, np.asarray(image).reshape(grey.shape)

    kind, saved = visit("inverter", play)
    assert kind == mode
    np.testing.assert_array_equal(saved[..., 0], 255 - grey[..., 0])
    np.testing.assert_array_equal(saved[..., 1:], grey[..., 1:])


def test_texts_are_read(visit):
    def play(page):
        before = page.locator("#texts li").all_text_contents()
        page.locator("#surprise").click()
        settled(page)
        return before, page.locator("#texts li").all_text_contents()

    before, after = visit("writer", play)
    assert before[:2] == ["text 7", "text 8"] and len(before) == len(after) == 12
    assert before != after


def test_files_to_keep(visit, client):
    def play(page):
        def saved(button):
            with page.expect_download() as caught:
                page.locator(button).click()
            return caught.value.suggested_filename, path_of(caught.value).read_bytes()

        page.locator("#gallery button").nth(23).wait_for()
        files = [saved("#save_png"), saved("#save_sheet")]
        mode(page, "Blend")
        slide(page, "#position", "Home")
        return [*files, saved("#save_gif")], pixels(page)

    (picture, gallery, walk), first = visit("labelled", play)
    assert [name for name, _ in (picture, gallery, walk)] == [
        "labelled_7.png", "labelled_gallery.png", "labelled_7_12.gif"
    ]  # fmt: skip
    large = png(picture[1])
    assert large.shape == (512, 512, 4)
    np.testing.assert_array_equal(large[::32, ::32], sampled(client, "labelled", 7, label=1))
    assert png(gallery[1]).shape == (5 * 8 * SIZE, 5 * 8 * SIZE, 4)
    with Image.open(io.BytesIO(walk[1])) as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (64, (256, 256), 0)
        shown = np.asarray(gif.convert("RGBA"))[8::16, 8::16]
        gif.seek(63)
        np.testing.assert_array_equal(shown, first)
        assert (np.asarray(gif.convert("RGBA"))[8::16, 8::16] != first).any()


def test_a_gif_of_many_colours_is_near(visit):
    def play(page):
        mode(page, "Blend")
        slide(page, "#position", "Home")
        with page.expect_download() as caught:
            page.locator("#save_gif").click()
        return path_of(caught.value).read_bytes(), pixels(page)

    file, first = visit("styled", play)
    with Image.open(io.BytesIO(file)) as gif:
        gif.seek(gif.n_frames - 1)
        assert (gif.n_frames, gif.size) == (64, (256, 256))
        gif.seek(0)
        shown = np.asarray(gif.convert("RGB"))[8::16, 8::16].astype(float)
    assert len(np.unique(first.reshape(-1, 4), axis=0)) > 64  # so many in one frame of 64
    error = np.mean((shown - first[:, :, :3]) ** 2)
    assert 10 * np.log10(255**2 / error) > 29.0  # dB


def test_the_request_is_shown_and_gives_the_same_picture(visit, server):
    def play(page):
        page.locator(".curl summary").click()
        return page.locator("#curl").text_content(), pixels(page)

    text, shown = visit("labelled", play)
    command, body, address = text.split("'")
    assert command == "curl -d "
    assert address.split() == ["\\", f"{server.url}/v1/models/labelled:predict"]
    status, answer = server.ask("POST", "/v1/models/labelled:predict", json.loads(body))
    assert status == 200
    import base64

    np.testing.assert_array_equal(png(base64.b64decode(answer["outputs"][0]["b64"])), shown)


def test_random_numbers_are_those_of_kgan(browser, server):
    program = """async () => {
        const { halves, latentsOf, threefry2x32 } = await import("/random.js");
        return [
            threefry2x32([0, 0], [0, 0]),
            threefry2x32([-1, -1], [-1, -1]),
            threefry2x32([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]),
            halves("18446744073709551614"),
            Array.from(latentsOf("18446744073709551614", 101)),
        ];
    }"""
    *words, seed, latents = browser.visit(server.url, lambda page: page.evaluate(program))
    # Random123's own test vectors.
    assert [tuple(map(hex, pair)) for pair in words] == [
        ("0x6b200159", "0x99ba4efe"), ("0x1cb996fc", "0xbb002be7"), ("0xc4923a9c", "0x483df7a0"),
    ]  # fmt: skip
    assert seed == [-2, -1]
    expected = np.asarray(normals_from_seeds(np.array([seed], np.int32), 101))[0]
    np.testing.assert_allclose(latents, expected, rtol=0, atol=2e-6)
