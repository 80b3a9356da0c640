"""One server and one browser for all tests of the page."""

import concurrent.futures
import pathlib
import shutil

import pytest

from kgan.serving import Limits
from kgan.serving.static_site import PAGE
from tests.serving.browser import playground
from tests.serving.servers import running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
LITERT = (PAGE / "litert" / "index.js").is_file()
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync"]  # fmt: skip
_PATIENCE = 60_000  # milliseconds: a loaded machine is slow, and a browser on it slower


class Browser:
    """Chromium in a thread of its own.

    Playwright leaves an event loop running in its thread, in which nobody else could start one.
    """

    def __init__(self):
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self._do(self._start)

    def _do(self, work, *arguments):
        return self._thread.submit(work, *arguments).result(300)

    def _start(self):
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=_SWITCHES, timeout=_PATIENCE
        )

    def _stop(self):
        self._chromium.close()
        self._playwright.stop()

    def close(self):
        """Ends the browser and its thread."""
        self._do(self._stop)
        self._thread.shutdown()

    def visit(self, url, play, width=1280, scheme="light", errors=()):
        """Opens a page, plays with it, and checks that its console stayed clean.

        Args:
            url: of the page.
            play: called with Playwright's `Page`, when the first picture is there.
            width: of the window.
            scheme: `light` or `dark`.
            errors: words of errors that may come.

        Returns:
            What `play` returns.
        """
        return self._do(self._visited, url, play, width, scheme, errors)

    def _visited(self, url, play, width, scheme, errors):
        context = self._chromium.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, accept_downloads=True
        )
        context.set_default_timeout(_PATIENCE)
        said = []
        try:
            page = context.new_page()
            page.on("console", lambda told: told.type == "error" and said.append(told.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto(url)
            settled(page)
            made = play(page)
        finally:
            context.close()
        assert [line for line in said if not any(word in line for word in errors)] == []
        return made


def settled(page):
    """Waits until what was asked for is there."""
    page.locator("#main:not([hidden]) #frame:not(.busy)").wait_for()


def modes(page):
    """Yields once for each mode of the model on the page, turned to it."""
    labels = page.locator("#modes:not([hidden]) label")
    for place in range(max(1, labels.count())):
        if labels.count():
            labels.nth(place).click()
        settled(page)
        yield


def pixels(page, canvas="picture"):
    """Returns the numbers [H, W, 4] of a canvas."""
    import numpy as np

    settled(page)
    program = """(id) => {
        const canvas = document.getElementById(id);
        const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [image.height, image.width, Array.from(image.data)];
    }"""
    height, width, data = page.evaluate(program, canvas)
    return np.array(data, np.uint8).reshape(height, width, 4)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no chromium; apt-get install chromium")
    pytest.importorskip("playwright", reason="no playwright; pip install 'kgan[dev]'")
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with an artefact of each kind."""
    folder = tmp_path_factory.mktemp("playground")
    return playground.build(folder, ("labelled", "styled") if LITERT else ())


@pytest.fixture(scope="module")
def server(models):
    with running(models, Limits()) as server:
        yield server


def png(data):
    """Returns the numbers of a PNG file, RGBA."""
    import io

    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def path_of(download):
    return pathlib.Path(download.path())
