"""`kgan serve`: answers requests for artefacts, or writes the page for another web server."""

import argparse

from kgan.cli.startup import quiet_start
from kgan.errors import check_positive
from kgan.serving.limits import Limits, describe_limit

PARSER = {"help": "a page to play with artefacts, and TF Serving's REST and gRPC"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("folder", metavar="FOLDER", help="it holds artefacts, e.g. saved_models")
    parser.add_argument("--port", type=int, default=8501, help="0: any free one [8501]")
    parser.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0: for all who reach it [127.0.0.1]"
    )
    parser.add_argument(
        "--grpc-port", type=int, metavar="PORT", help="gRPC beside REST; 0: any free one [none]"
    )
    parser.add_argument(
        "--access-log", action="store_true", help="a line for each request, with its X-Request-ID"
    )
    parser.add_argument(
        "--allowed-hosts",
        nargs="+",
        default=(),
        metavar="NAME",
        type=str.lower,
        help="by which clients may call it, .example.org: all that end so, *: any [localhost; any "
        "with another --host]",
    )
    parser.add_argument(
        "--allowed-origins",
        nargs="+",
        default=(),
        metavar="ORIGIN",
        help="pages whose scripts may read answers, e.g. https://example.org, *: any [none]",
    )
    parser.add_argument(
        "--static", metavar="DIR", help="write the page there for another web server, and stop"
    )
    limits = parser.add_argument_group("limits")
    for name, value in Limits._field_defaults.items():
        flag = f"--{name.replace('_', '-')}"
        text = f"{describe_limit(name)} [{value:,}]"
        limits.add_argument(flag, type=type(value), default=value, metavar="N", help=text)


def run(arguments: argparse.Namespace) -> None:
    """Serves until Ctrl-C, or writes the page."""
    with quiet_start():
        from kgan import serving
    if arguments.static:
        print(f"The page: {serving.write_page(arguments.folder, arguments.static)}")
    else:
        values = {name: vars(arguments)[name] for name in Limits._fields}
        check_positive(**values)
        limits = Limits(**values)
        serving.serve(
            arguments.folder,
            arguments.port,
            arguments.host,
            limits,
            arguments.allowed_hosts,
            arguments.allowed_origins,
            arguments.grpc_port,
            arguments.access_log,
        )
