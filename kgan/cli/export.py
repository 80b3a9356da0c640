"""`kgan export`: turns a run into an artefact to serve."""

import argparse
import shlex

from kgan.cli.startup import quiet_start

PARSER = {"help": "turn a run into an artefact to serve"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("--to", metavar="DIR", required=True, help="e.g. saved_models/digits")
    parser.add_argument(
        "--formats",
        metavar="NAMES",
        default="saved_model",
        help="saved_model,litert,onnx [saved_model]",
    )
    parser.add_argument(
        "--quantize",
        metavar="NAMES",
        default="none",
        help="precisions of litert: none,float16,dynamic,int8 [none]",
    )
    parser.add_argument(
        "--size",
        metavar="HxW",
        help="of the pictures that litert starts from, where any size will do [that of training]",
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the next version of an artefact, whose card names this command."""
    formats, quantize = arguments.formats.split(","), arguments.quantize.split(",")
    command = ["kgan", "export", arguments.run, "--to", arguments.to]
    command += ["--formats", arguments.formats] if formats != ["saved_model"] else []
    command += ["--quantize", arguments.quantize] if quantize != ["none"] else []
    command += ["--size", arguments.size] if arguments.size else []
    with quiet_start():
        from kgan.export import provenance, publish
        from kgan.images import parse_size
    size = parse_size(arguments.size) if arguments.size else None
    gan, origin = provenance.load(arguments.run, shlex.join(command), "int8" in quantize)
    print(f"Exported: {publish(gan, arguments.to, formats, quantize, origin, size)}")
