"""`kgan serve`: answers requests for artefacts, or writes the page for another web server."""

import argparse

from kgan.cli.startup import quiet_start

PARSER = {"help": "a page to play with artefacts, and TF Serving's REST API"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("folder", metavar="FOLDER", help="it holds artefacts, e.g. saved_models")
    parser.add_argument("--port", type=int, default=8501, help="0: any free one [8501]")
    parser.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0: for all who reach it [127.0.0.1]"
    )
    parser.add_argument(
        "--static", metavar="DIR", help="write the page there for another web server, and stop"
    )


def run(arguments: argparse.Namespace) -> None:
    """Serves until Ctrl-C, or writes the page."""
    with quiet_start():
        from kgan import serving
    if arguments.static:
        print(f"The page: {serving.write_page(arguments.folder, arguments.static)}")
    else:
        serving.serve(arguments.folder, arguments.port, arguments.host)
