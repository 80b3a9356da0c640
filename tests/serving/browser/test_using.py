"""The page for everybody: keyboards, screen readers, phones, the dark, other servers, no server."""

import http.server
import threading
import urllib.request

import numpy as np
import pytest

from kgan.serving import Client, write_page
from tests.serving.browser.conftest import LITERT, modes, pixels, png, settled

# One worker for both files: what they share is made once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MODELS = ["captioned", "labelled", "styled", "translator", "writer"]
NAMELESS = """() => [...document.querySelectorAll("button, input, select, canvas[role], pre")]
    .filter((element) => element.checkVisibility())
    .filter((element) => !(element.getAttribute("aria-label") || element.textContent.trim()
        || Array.from(element.labels ?? []).some((label) => label.textContent.trim())))
    .map((element) => element.outerHTML)"""
FOCUS = """() => {
    const element = document.activeElement;
    const region = element.closest("#gallery, details");
    return element.id || element.name || region?.id || element.tagName;
}"""


def test_a_keyboard_is_enough(browser, server):
    def play(page):
        page.locator("#gallery button").nth(23).wait_for()
        order = []
        for _ in range(20):
            page.keyboard.press("Tab")
            order.append(page.evaluate(FOCUS))
            if order[-1] == "gallery":
                break
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        chosen = page.locator("#gallery [aria-current=true]").get_attribute("aria-label")
        place = page.evaluate("Array.from(document.activeElement.parentNode.children)"
                              ".indexOf(document.activeElement)")  # fmt: skip
        settled(page)
        return order, place, chosen, page.locator("#seed").input_value()

    order, place, chosen, seed = browser.visit(f"{server.url}/#model=labelled", play)
    expected = ["A", "offline", "model", "mode", "surprise", "seed", "label", "save_png",
                "save_sheet", "SUMMARY", "more", "gallery"]  # fmt: skip
    assert order == [name for name in expected if LITERT or name != "offline"]
    assert place == 13  # one to the right, one row of twelve down
    assert chosen == f"Seed {seed}"


def test_modes_and_models_are_chosen_by_arrow_keys(browser, server):
    def play(page):
        page.locator("[name=mode]").first.focus()
        page.keyboard.press("ArrowRight")
        settled(page)
        blend = page.locator("#position").is_visible()
        page.locator("[name=model]:checked").focus()
        page.keyboard.press("ArrowRight")
        settled(page)
        return blend, page.locator("[name=model]:checked").get_attribute("value")

    assert browser.visit(f"{server.url}/#model=captioned", play) == (True, "inverter")


def test_everything_has_a_name_and_the_outcome_is_told(browser, server):
    def play(page):
        nameless = []
        for model in MODELS:
            page.locator(".model", has_text=model).click()
            settled(page)
            for _ in modes(page):
                nameless += page.evaluate(NAMELESS)
        live = page.locator("#status")
        return nameless, live.get_attribute("aria-live"), live.text_content()

    nameless, live, status = browser.visit(server.url, play)
    assert nameless == []
    assert live == "polite" and "12 texts" in status


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser, server, scheme):
    def play(page):
        widths, program = [], "document.documentElement.scrollWidth"
        for model in MODELS:
            page.locator(".model", has_text=model).click()
            settled(page)
            for _ in modes(page):
                page.locator(".curl").evaluate("(element) => (element.open = true)")
                widths.append(page.evaluate(program))
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        ink = page.evaluate("getComputedStyle(document.body).color")
        return widths, luminance(paper), luminance(ink)

    widths, paper, ink = browser.visit(server.url, play, width=390, scheme=scheme)
    assert set(widths) == {390} and len(widths) >= 8
    dark, bright = sorted((paper, ink))
    assert (paper < ink) == (scheme == "dark")
    assert (bright + 0.05) / (dark + 0.05) > 7  # WCAG's AAA


def luminance(colour):
    """Returns the relative luminance of `rgb(…)`, by WCAG."""
    values = np.array([float(v) for v in colour.split("(")[1].rstrip(")").split(",")[:3]]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Passes requests on, and lets pages of other servers read the answers, as TensorFlow Serving
    does with --rest_api_enable_cors_support."""

    def _pass(self, data=None):
        self.server.asked.append((self.command, self.path))
        with urllib.request.urlopen(self.server.behind + self.path, data) as answer:
            body = answer.read()
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self._pass()

    def do_POST(self):
        self._pass(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *arguments):
        pass


def listening(handler, **values):
    """Returns a server in a thread."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    for name, value in values.items():
        setattr(server, name, value)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    server.end = lambda: (server.shutdown(), thread.join(), server.server_close())
    return server


def test_another_server_is_asked_where_the_address_names_one(browser, server):
    other = listening(Elsewhere, behind=server.url, asked=[])

    def play(page):
        first, where = pixels(page), page.locator("#where").text_content()
        asked = list(other.asked)
        other.end()
        page.locator("#surprise").click()
        page.locator("#error:not([hidden])").wait_for()
        return first, where, asked, page.locator("#error").text_content()

    url = f"{server.url}/?server={other.url}#model=labelled"
    first, where, asked, error = browser.visit(url, play, errors=("ERR_CONNECTION_REFUSED",))
    made = Client(server.url).predict("labelled", "sample_png", seed=[[7, 0]], label=[1])[0]
    np.testing.assert_array_equal(first, png(made))
    name = other.url.removeprefix("http://")
    assert where == f"asks {name}"
    assert ("POST", "/v1/models/labelled:predict") in asked
    assert {method for method, _ in asked} <= {"GET", "POST"}  # nobody was asked beforehand
    assert error == f"No answer from {name}. Is the server running?"


def in_this_browser(page):
    """Waits until pictures are made without a server."""
    page.locator("#where", has_text="in this browser").wait_for()
    settled(page)


@pytest.mark.skipif(not LITERT, reason="no LiteRT.js; tools/fetch_litert_js")
def test_with_the_network_cut_the_browser_makes_the_same_pictures(browser, server):
    def play(page):
        from_server = pixels(page)
        page.locator("#offline_label").click()
        in_this_browser(page)
        made = pixels(page)
        page.context.set_offline(True)
        page.locator("#seed").fill("99")
        other = pixels(page)
        page.locator("#modes label", has_text="Blend").click()
        settled(page)
        page.locator("#position").press("Home")
        return from_server, made, other, pixels(page), page.locator("#error").is_visible()

    from_server, made, other, blend, error = browser.visit(f"{server.url}/#model=labelled", play)
    assert not error
    off = np.abs(made.astype(int) - from_server)
    assert off.max() <= 1 and (off == 0).mean() > 0.99
    files = Client(server.url).predict(
        "labelled", "sample_png", seed=[[99, 0], [7, 0]], label=[0, 0]
    )
    for shown, file in zip((other, blend), files, strict=True):  # the way begins at seed 7
        assert np.abs(shown.astype(int) - png(file)).max() <= 1


@pytest.mark.skipif(not LITERT, reason="no LiteRT.js; tools/fetch_litert_js")
def test_styles_are_mixed_in_the_browser_too(browser, server):
    def play(page):
        page.locator("#modes label", has_text="Mix").click()
        before = pixels(page)
        page.locator("#offline_label").click()
        in_this_browser(page)
        return before, pixels(page), page.locator("#position").is_visible()

    before, after, still = browser.visit(f"{server.url}/#model=styled", play)
    assert still and np.ptp(before[:, :, :3]) > 50
    assert np.abs(before.astype(int) - after).max() <= 1


@pytest.mark.skipif(not LITERT, reason="no LiteRT.js; tools/fetch_litert_js")
def test_a_page_without_any_server_plays_in_the_browser(browser, server, models, tmp_path):
    site = write_page(models, tmp_path / "site")

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(site))

        def log_message(self, *arguments):
            pass

    static = listening(Files)

    def play(page):
        in_this_browser(page)
        return pixels(page)

    try:
        made = browser.visit(f"{static.url}/#model=labelled", play, errors=("404", "501"))
    finally:
        static.end()
    expected = png(
        Client(server.url).predict("labelled", "sample_png", seed=[[7, 0]], label=[1])[0]
    )
    assert np.abs(made.astype(int) - expected).max() <= 1


@pytest.mark.skipif(not LITERT, reason="no .tflite to ask for")
def test_without_litert_js_one_line_says_what_to_do(browser, server):
    def play(page):
        page.route("**/litert/**", lambda route: route.fulfill(status=404))
        page.locator("#offline_label").click()
        page.locator("#error:not([hidden])").wait_for()
        return page.locator("#error").text_content(), page.locator("#offline").is_checked()

    told, on = browser.visit(f"{server.url}/#model=labelled", play, errors=("404",))
    assert told.startswith("LiteRT.js is not here. Run tools/fetch_litert_js") and not on


def test_a_model_that_is_not_served_does_not_take_the_others_along(browser, server):
    def play(page):
        return page.locator("#models").text_content(), page.locator("#error").is_visible()

    def visit(page):
        page.route("**/v1/models/labelled/metadata", lambda route: route.fulfill(status=404))
        page.reload()
        page.locator("#status", has_text="ms").wait_for()
        return play(page)

    names, error = browser.visit(f"{server.url}/#model=captioned", visit, errors=("404",))
    assert "captioned" in names and not error
    assert LITERT or "labelled" not in names
