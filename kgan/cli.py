"""The command line: parse → one call. TensorFlow is imported only by the commands that need it."""

import argparse
import contextlib
import os
import sys

from kgan import __version__
from kgan.errors import InputError, Interrupted, RunError
from kgan.training import evaluation_help, illnesses, sampling_options

# TensorFlow's own log lines would drown ours; a person who wants them sets the variable.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# TensorFlow takes oneDNN's convolutions by itself where there is AVX-512 only; with AVX2 a DCGAN's
# round is 1.3 to 1.5 times as fast with them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

_EXAMPLES = """\
examples:
  kgan list                                              what there is to train, and on what
  kgan train dcgan_digits                                train a recipe; again: resumes
  kgan train dcgan_digits --training.epochs 40 --out runs/longer
  kgan train dcgan_images --data ~/photos --data.size 64  your own pictures
  kgan train dcgan_digits --help                         every option of this recipe
  kgan sample runs/dcgan_digits --count 64 --seed 7 --out grid.png
  kgan sample runs/pix2pix --from ~/drawings --out translated.png
  kgan sample runs/dcgan_digits --interpolate 0 1 --frames 16 --out walk.gif
  kgan project runs/stylegan2_digits seven.png           the style whose picture it is
  kgan evaluate runs/dcgan_digits                        scores, and what they hide
  kgan evaluate ~/generated --against ~/photos           two folders, no model
  kgan doctor runs/dcgan_digits                          what ails a run, and what to try
  kgan export runs/dcgan_digits --to saved_models/digits
  kgan serve saved_models                                answer TensorFlow Serving's requests
  kgan data check ~/photos                               unreadable, odd and duplicate files
  kgan data show captions --out captions.png             what a source holds, in one picture
  kgan theory dirac --out pictures                       the mathematics, drawn
"""


def build_parser():
    """Returns the argparse parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="kgan",
        description="Train any GAN of the literature, know how good it is, ship its generator.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kgan {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    train = commands.add_parser(
        "train",
        help="train a recipe or a variant",
        add_help=False,
        allow_abbrev=False,
        usage="kgan train [RECIPE] [--data SOURCE] [--config FILE] [--out DIR] [--KEY VALUE …]",
    )
    train.add_argument("recipe", nargs="?", help="a recipe or a variant; see kgan list")
    train.add_argument("--config", metavar="FILE", help="a config.yaml, e.g. another run's")
    train.add_argument("--data", metavar="SOURCE", help="a source, a folder, or tfds:NAME")
    train.add_argument("--out", metavar="DIR", help="the run's folder [runs/RECIPE]")
    train.add_argument(
        "--distribute", metavar="HOW", default="auto", help="auto, none, mirrored, multiworker, tpu"
    )
    train.add_argument("--print_config", action="store_true", help="print it all and stop")
    train.add_argument("-h", "--help", action="store_true", help="all options of this recipe")
    train.set_defaults(call=_train, parser=train)

    launch = commands.add_parser(
        "launch",
        help="train with several workers on this machine",
        usage="kgan launch [--workers N] [--restarts K] train …",
        description="When a worker fails, all start again from what was saved.",
    )
    launch.add_argument("--workers", type=int, default=2, help="processes, in step [2]")
    launch.add_argument("--restarts", type=int, default=3, help="at most [3]")
    launch.add_argument("line", nargs=argparse.REMAINDER, help="a line of kgan train")
    launch.set_defaults(call=_launch)

    sample = commands.add_parser(
        "sample",
        help="make pictures or texts with a trained run",
        epilog=sampling_options.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sampling_options.add_to(sample)
    sample.set_defaults(call=_sample)

    project = commands.add_parser("project", help="find the style whose picture is a given one")
    project.add_argument("run", metavar="RUN", help="the folder of a run of stylegan2")
    project.add_argument("image", metavar="IMAGE", help="a picture of the run's size")
    project.add_argument(
        "--out", metavar="FILE", default="projected.png", help="a .png; its .npz gets the style"
    )
    project.add_argument("--steps", type=int, default=500, help="steps of the search [500]")
    project.add_argument(
        "--every_layer", action="store_true", help="a style for each layer: nearer, less lifelike"
    )
    project.set_defaults(call=_project)

    evaluate = commands.add_parser(
        "evaluate",
        help="score a run, an artefact or a folder of pictures",
        usage="kgan evaluate RUN|ARTEFACT|FOLDER [--against DATA] [--metrics NAME …] "
        "[--samples N]\n                     [--repeats R] [--extractor NAME] [--sha256 HEX] "
        "[--resize NAME]\n                     [--out DIR] [--data.OPTION VALUE …]",
        description="Writes card.json, report.png and report.html: scores with spread, ideal and "
        "bias, and\npictures of what they hide.",
        epilog=evaluation_help.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    evaluate.add_argument("what", metavar="WHAT", help="a run, an artefact, or pictures")
    evaluate.add_argument(
        "--against", metavar="DATA", help="real data: a source, a folder, tfds:NAME [the run's own]"
    )
    evaluate.add_argument(
        "--metrics", metavar="NAME", nargs="+", help="e.g. fid kid [all that fit the data]"
    )
    evaluate.add_argument(
        "--samples", metavar="N", type=int, help="to generate, ≥ 2 [as many as real, ≤ 10000]"
    )
    evaluate.add_argument(
        "--repeats", metavar="R", type=int, help="with fresh seeds, for the spread [3; a folder: 1]"
    )
    evaluate.add_argument(
        "--extractor", metavar="NAME", help="what makes the features [classifier, or raw]"
    )
    evaluate.add_argument(
        "--sha256", metavar="HEX", help="what the extractor's file must have [not checked]"
    )
    evaluate.add_argument(
        "--resize", metavar="NAME", default="clean", help="of pictures: clean or tf1 [clean]"
    )
    evaluate.add_argument(
        "--out", metavar="DIR", help="folder of the results [RUN/evaluation, or evaluation]"
    )
    evaluate.set_defaults(call=_evaluate)

    doctor = commands.add_parser(
        "doctor",
        help="say what ails a run, finished or training",
        description="Says in plain words what ails a run, with the evidence and what to try.",
        epilog=illnesses.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    doctor.add_argument("run", metavar="RUN", help="the run's folder")
    doctor.add_argument(
        "--samples", metavar="N", type=int, default=500, help="at most, of each kind, ≥ 20 [500]"
    )
    doctor.set_defaults(call=_doctor)

    export = commands.add_parser("export", help="turn a run into an artefact to serve")
    export.add_argument("run", metavar="RUN", help="the run's folder")
    export.add_argument("--to", metavar="DIR", required=True, help="e.g. saved_models/digits")
    export.set_defaults(call=_export)

    serve = commands.add_parser(
        "serve", help="answer requests for artefacts, by TF Serving's rules"
    )
    serve.add_argument("folder", metavar="FOLDER", help="it holds artefacts, e.g. saved_models")
    serve.add_argument("--port", type=int, default=8501, help="0: any free one [8501]")
    serve.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0: for all who reach it [127.0.0.1]"
    )
    serve.set_defaults(call=_serve)

    data = commands.add_parser("data", help="look at data before training")
    kinds = data.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = kinds.add_parser("check", help="decode every picture of a folder and report")
    check.add_argument("folder", metavar="FOLDER")
    check.set_defaults(call=_data_check)
    show = kinds.add_parser(
        "show",
        help="draw examples of a source into one picture, or print its texts",
        usage="kgan data show SOURCE --out FILE [--count N] [--data.OPTION VALUE …]\n"
        "       kgan data show SOURCE_OF_TEXTS [--count N] [--data.OPTION VALUE …]",
    )
    show.add_argument("source", metavar="SOURCE", help="a source, a folder, or tfds:NAME")
    show.add_argument("--out", metavar="FILE", help="a .png")
    show.add_argument(
        "--count", type=int, help="examples to show [32 pictures, 4000 points, 16 texts]"
    )
    show.set_defaults(call=_data_show)

    theory = commands.add_parser("theory", help="draw the mathematics, and print its numbers")
    theory.add_argument("topic", metavar="TOPIC", nargs="?", help="leave out to list the topics")
    theory.add_argument("--out", metavar="DIR", default="theory", help="where pictures go [theory]")
    theory.set_defaults(call=_theory)

    commands.add_parser("list", help="recipes, variants and data sources").set_defaults(call=_list)
    return parser


def main(arguments=None):
    """Runs one command. Returns the exit code: 0 done, 1 it failed, 2 bad input, 130 Ctrl-C."""
    arguments, options = _without_options(sys.argv[1:] if arguments is None else arguments)
    try:
        parsed, rest = build_parser().parse_known_args(arguments)
        rest += options
        if rest and parsed.call not in (_train, _launch, _evaluate, _data_show):
            raise InputError(
                f"Expected no further arguments. Received: {' '.join(rest)}. "
                f"See kgan {parsed.command} --help."
            )
        parsed.call(parsed, rest)
    except InputError as error:
        return _complain(error, 2)
    except (RunError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader has gone (`kgan list | head`); leave without a second complaint at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return _complain(error, 1)
    except Interrupted as error:
        return _complain(error, error.code)
    except KeyboardInterrupt:
        return _complain("interrupted.", 130)
    return 0


def _complain(message, code):
    # On a terminal the cursor may stand behind a progress line.
    start = "\n" if sys.stderr.isatty() else ""
    print(f"{start}kgan: {message}", file=sys.stderr)
    return code


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


def _train(parsed, rest):
    if not (parsed.recipe or parsed.config):
        if parsed.help:
            parsed.parser.print_help()
            print("\nGive a recipe to see all its options: kgan train RECIPE --help")
            return
        raise InputError("Expected a recipe or --config FILE. Received: neither. See kgan list.")
    if rest and not rest[0].startswith("-"):
        raise InputError(
            f"Expected one recipe, then --SECTION.KEY VALUE. Received: {rest[0]} after "
            f"{parsed.recipe}. See kgan train --help."
        )
    from kgan.training import config as configs

    layers = [configs.recipe_sections(parsed.recipe)] if parsed.recipe else []
    layers += [configs.read_sections(parsed.config)] if parsed.config else []
    rest += ["--data.source", parsed.data] if parsed.data is not None else []
    with _quiet_start():
        from kgan.training import options, run
    if parsed.help:
        options.print_help(parsed.recipe or f"--config {parsed.config}", rest, layers)
        return
    config = options.parse(rest, layers)
    if parsed.print_config:
        print(config.text(), end="")
        return
    folder = parsed.out or f"runs/{parsed.recipe or config.model['name']}"
    run.train(config, folder, distribute=parsed.distribute)
    print(f"Trained: {folder} (pictures in {folder}/samples)")


def _launch(parsed, rest):
    from kgan.training import launching

    launching.launch([*parsed.line, *rest], parsed.workers, parsed.restarts)


def _sample(parsed, rest):
    way = sampling_options.way_of(parsed)
    condition = sampling_options.condition_of(parsed)
    with _quiet_start():
        from kgan.training import mixing, sampling
    walks = way == "interpolate"
    out = parsed.out or ("walk.gif" if walks else None)
    if way not in ("samples", "interpolate") and not parsed.npz:
        out = out or "grid.png"
    files = out, parsed.npz
    written = [path for path in files if path]
    if way == "pictures":
        sampling.translate(parsed.run, parsed.pictures, parsed.side, parsed.seed, *files)
    elif way == "mix":
        mixing.mix(parsed.run, *parsed.mix, parsed.crossover, *files, condition)
    elif way == "arithmetic":
        mixing.arithmetic(parsed.run, parsed.arithmetic, *files, condition)
    elif walks:
        frames = 16 if parsed.frames is None else parsed.frames
        ends = parsed.interpolate or (parsed.seed, parsed.seed)
        sampling.walk(parsed.run, *ends, frames, *files, condition)
    else:
        count = 64 if parsed.count is None else parsed.count
        written = sampling.sample(parsed.run, count, parsed.seed, *files, condition)
    if written:
        print(f"Wrote {', '.join(map(str, written))}")


def _project(parsed, rest):
    with _quiet_start():
        from kgan.training.projecting import project_picture
    paths, error = project_picture(
        parsed.run, parsed.image, parsed.out, parsed.every_layer, parsed.steps
    )
    print(f"Wrote {', '.join(map(str, paths))}: {error:.1f} of 255 from the picture")


def _evaluate(parsed, rest):
    _check_data_options(rest, "evaluate", "one run, artefact or folder")
    with _quiet_start():
        from kgan.training import evaluation
    card, paths = evaluation.evaluate(
        parsed.what,
        parsed.against,
        parsed.metrics,
        parsed.samples,
        parsed.repeats,
        parsed.extractor,
        parsed.resize,
        parsed.out,
        rest,
        parsed.sha256,
    )
    print(card)
    print(f"Wrote {', '.join(map(str, paths))}")


def _doctor(parsed, rest):
    with _quiet_start():
        from kgan.training import doctor
    print(doctor.report(parsed.run, parsed.samples))


def _export(parsed, rest):
    with _quiet_start():
        from kgan.export import saved_model
        from kgan.training import load_run
    gan, _ = load_run(parsed.run)
    print(f"Exported: {saved_model(gan, parsed.to)}")


def _serve(parsed, rest):
    with _quiet_start():
        from kgan.serving import serve
    serve(parsed.folder, parsed.port, parsed.host)


def _data_check(parsed, rest):
    from kgan.data import check_folder

    print(check_folder(parsed.folder))


def _data_show(parsed, rest):
    _check_data_options(rest, "data show", "one source")
    with _quiet_start():
        from kgan.data import show
        from kgan.training import options, run
    # The options of a source are parsed as those of a run are, whose variant does not matter here.
    run_of_any = options.parse(
        [*rest, "--data.source", parsed.source], [{"model": {"name": "gan"}}]
    )
    source = run.open_data(run_of_any)
    for note in source.notes:
        print(note)
    text = show(source, parsed.out, parsed.count)
    print(text or f"Wrote {parsed.out}")


def _check_data_options(rest, command, before):
    """Refuses further arguments that are no options of a source."""
    names = rest[:1] + [word for word in rest if word.startswith("--")]
    if not all(name.startswith("--data.") for name in names):
        raise InputError(
            f"Expected {before}, then --data.OPTION VALUE. Received: {' '.join(rest)}. "
            f"See kgan {command} --help."
        )


def _theory(parsed, rest):
    from kgan.theory import topics

    if parsed.topic is None:
        for name, summary in topics.TOPICS.items():
            print(f"{name:<22} {summary}")
        return
    for path in topics.draw(parsed.topic, parsed.out):
        print(f"Wrote {path}")


def _list(parsed, rest):
    from kgan.registry import MODELS, SOURCES
    from kgan.training.config import recipes

    sections = {
        "Recipes (kgan train RECIPE)": recipes(),
        "Variants (--model.name)": {k: v.summary for k, v in MODELS.entries().items()},
        "Data sources (--data)": {k: v.summary for k, v in SOURCES.entries().items()},
    }
    for title, entries in sections.items():
        print(title)
        for name, summary in entries.items():
            print(f"  {name:<18} {summary}")
        print()


@contextlib.contextmanager
def _quiet_start():
    """Hides what TensorFlow's C++ libraries print before they know the log level."""
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
            import tensorflow as tf

            # The first look for a GPU is what complains where there is none.
            tf.config.list_physical_devices()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
