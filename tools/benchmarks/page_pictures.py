"""Takes docs/page.png and docs/page_phone.png of the page of `kgan serve`, in Chromium."""

import argparse
import pathlib
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

SERVE = "import sys; from kgan.serving import serve; serve(sys.argv[1], 0)"
WINDOWS = {"page": (1280, 900, "light"), "page_phone": (390, 844, "dark")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="saved_models")
    parser.add_argument("--to", default="docs", help="folder of the pictures [docs]")
    parser.add_argument("--model", help="which [the first]")
    parser.add_argument("--mode", default="Pick", help="Pick, Blend, Mix, Translate, Read [Pick]")
    arguments = parser.parse_args()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, arguments.folder], stdout=subprocess.PIPE, text=True
    )
    try:
        line = next((line for line in server.stdout if line.startswith("Serving ")), None)
        if line is None:
            sys.exit("The server did not start.")
        url = line.split(" at ")[1].split(". Ctrl-C")[0]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (width, height, scheme) in WINDOWS.items():
                page = chromium.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page.goto(url + (f"/#model={arguments.model}" if arguments.model else "/"))
                idle = page.locator("#main:not([hidden]) #frame:not(.busy)")
                idle.wait_for(timeout=60_000)
                mode = page.locator("#modes:not([hidden]) label", has_text=arguments.mode)
                if mode.count():
                    mode.click()
                idle.wait_for(timeout=60_000)
                path = pathlib.Path(arguments.to) / f"{name}.png"
                page.screenshot(path=path, full_page=True)
                print(path)
            chromium.close()
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main()
