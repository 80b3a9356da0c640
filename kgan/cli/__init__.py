"""The command line: each command is a file here, with its arguments and the one call it makes.

TensorFlow is imported only by the commands that need it.
"""

import argparse
import contextlib
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from kgan import __version__
from kgan.cli.options import OptionParser
from kgan.cli.startup import set_environment
from kgan.errors import InputError, Interrupted, RunError, WorkerGone

_COMMANDS = (
    "train", "plan", "launch", "sample", "font", "project", "evaluate", "compare", "doctor",
    "export", "pack", "verify", "serve", "data", "theory", "list",
)  # fmt: skip

_PRINT_ONLY = {"plan", "data", "theory", "list", "--help", "-h", "--version", "--print_config"}
_READER_GONE = 128 + 13  # what a shell says of a command that SIGPIPE has ended

_EXAMPLES = """\
examples:
  kgan list                                              what there is to train, and on what
  kgan train dcgan_digits                                train a recipe; again: resumes
  kgan train dcgan_digits --training.epochs 40 --out runs/longer
  kgan train images --data ~/photos                      your own pictures: chooses what suits
  kgan train dcgan_digits --help                         every option of this recipe
  kgan plan dcgan_digits                                 how long it takes here, what fits
  kgan launch --workers 2 train dcgan_digits             several processes that train one run
  kgan sample runs/dcgan_digits --count 64 --seed 7 --out grid.png
  kgan sample runs/pix2pix --from ~/drawings --out translated.png
  kgan sample runs/dcgan_digits --interpolate 0 1 --frames 16 --out walk.gif
  kgan font runs/zi2zi_latin --label STIXGeneralItalic --out mine.ttf   a font to install
  kgan project runs/stylegan2_digits seven.png           the style whose picture it is
  kgan evaluate runs/dcgan_digits                        scores, and what they hide
  kgan evaluate ~/generated --against ~/photos           two folders, no model
  kgan compare dcgan_digits vae_digits                   several seeds of each, as a table
  kgan doctor runs/dcgan_digits                          what ails a run, and what to try
  kgan export runs/dcgan_digits --to saved_models/mine
  kgan pack runs/dcgan_digits                            the run as one file, to move and share
  kgan verify saved_models/mine                          that it still makes what the model made
  kgan serve saved_models                                a page to play on, and a REST API
  kgan data check ~/photos                               unreadable, odd and duplicate files
  kgan data show captions --out captions.png             what a source holds, in one picture
  kgan theory dirac --out pictures                       the mathematics, drawn
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: of the command line; None for those of this process.

    Returns:
        The exit code: 0 done, 1 it failed, 2 bad input, 130 Ctrl-C, 141 nobody reads the output.
    """
    set_environment()
    for stream in (sys.stdout, sys.stderr):
        # A terminal, file or pipe: some know no ≥, and some names are no text.
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError):  # what waits there is written first
                stream.reconfigure(errors="replace")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    finally:
        _flush_output()


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser of all commands."""
    parser = OptionParser(
        prog="kgan",
        description="Train any GAN of the literature, know how good it is, ship its generator.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kgan {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in _COMMANDS:
        module = importlib.import_module(f"kgan.cli.{name}")
        command = commands.add_parser(
            name, formatter_class=argparse.RawDescriptionHelpFormatter, **module.PARSER
        )
        command.set_defaults(call=module.run)
        module.add_arguments(command)
    return parser


def _run(arguments: Sequence[str]) -> int:
    try:
        parsed, unknown = build_parser().parse_known_args(arguments)
        if unknown and "options" not in parsed:
            raise InputError(
                f"Expected no further arguments. Received: {' '.join(unknown)}. "
                f"See kgan {parsed.command} --help."
            )
        if unknown:
            parsed.options[:0] = unknown  # the command says what it does not know of them
        parsed.call(parsed)
    except InputError as error:
        return _complain(error, 2)
    except WorkerGone as error:
        _leave(_complain(error, 1))
    except BrokenPipeError:
        # The reader has gone. Of kgan list | head nothing is lost; of other commands, what they do.
        return 0 if _PRINT_ONLY & set(arguments) else _READER_GONE
    except (RunError, OSError) as error:
        return _complain(error, 1)
    except Interrupted as error:
        code = _complain(error, error.code)
        return _leave(code) if error.at_once else code
    except KeyboardInterrupt:
        return _complain("interrupted.", 130)
    return 0


def _complain(message: object, code: int) -> int:
    with contextlib.suppress(OSError):  # nobody reads it, or the terminal is closed
        # On a terminal the cursor may stand behind a progress line.
        start = "\n" if sys.stderr.isatty() else ""
        print(f"{start}kgan: {message}", file=sys.stderr)
    return code


def _flush_output() -> None:
    """Writes what was printed; if its reader has gone, Python would complain of that at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            print(end="", file=stream, flush=True)
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EIO):  # EIO: of a terminal that is closed
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _leave(code: int) -> NoReturn:
    """Ends the process here and now, without what Python and TensorFlow do at the end."""
    _flush_output()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)
