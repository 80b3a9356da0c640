"""The command line: parse → one call. TensorFlow is imported only by the commands that need it."""

import os
import sys

from kgan.cli import calls
from kgan.cli.parser import build_parser
from kgan.errors import InputError, Interrupted, RunError, WorkerGone

# TensorFlow's own log lines would drown ours; a person who wants them sets the variable.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# TensorFlow takes oneDNN's convolutions by itself where there is AVX-512 only; with AVX2 a DCGAN's
# round is 1.3 to 1.5 times as fast with them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def main(arguments=None):
    """Runs one command. Returns the exit code: 0 done, 1 it failed, 2 bad input, 130 Ctrl-C."""
    arguments, options = _without_options(sys.argv[1:] if arguments is None else arguments)
    try:
        parsed, rest = build_parser().parse_known_args(arguments)
        rest += options
        if rest and parsed.call not in calls.WITH_OPTIONS:
            raise InputError(
                f"Expected no further arguments. Received: {' '.join(rest)}. "
                f"See kgan {parsed.command} --help."
            )
        parsed.call(parsed, rest)
    except InputError as error:
        return _complain(error, 2)
    except WorkerGone as error:
        _leave(_complain(error, 1))
    except (RunError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader has gone (`kgan list | head`); leave without a second complaint at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return _complain(error, 1)
    except Interrupted as error:
        code = _complain(error, error.code)
        return _leave(code) if error.at_once else code
    except KeyboardInterrupt:
        return _complain("interrupted.", 130)
    return 0


def _complain(message, code):
    # On a terminal the cursor may stand behind a progress line.
    start = "\n" if sys.stderr.isatty() else ""
    print(f"{start}kgan: {message}", file=sys.stderr)
    return code


def _leave(code):
    """Ends the process here and now, without what Python and TensorFlow do at the end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _without_options(arguments):
    """Splits `--SECTION.KEY VALUE` off: argparse would take VALUE for the recipe."""
    others, options = [], []
    waiting = False  # whether an option's value comes next
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        dotted = name.startswith("--") and "." in name
        value = waiting and not argument.startswith("--")
        (options if dotted or value else others).append(argument)
        waiting = dotted and not equals
    return others, options
