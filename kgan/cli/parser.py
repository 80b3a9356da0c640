"""The commands and their arguments. Nothing heavy is imported for `--help`."""

import argparse

from kgan import __version__
from kgan.cli import calls, evaluation_help, sampling_options
from kgan.evaluation.diagnosis import illnesses

_EXAMPLES = """\
examples:
  kgan list                                              what there is to train, and on what
  kgan train dcgan_digits                                train a recipe; again: resumes
  kgan train dcgan_digits --training.epochs 40 --out runs/longer
  kgan train dcgan_images --data ~/photos --data.size 64  your own pictures
  kgan train dcgan_digits --help                         every option of this recipe
  kgan plan dcgan_digits                                 how long it takes here, what fits
  kgan launch --workers 2 train dcgan_digits             several processes that train one run
  kgan sample runs/dcgan_digits --count 64 --seed 7 --out grid.png
  kgan sample runs/pix2pix --from ~/drawings --out translated.png
  kgan sample runs/dcgan_digits --interpolate 0 1 --frames 16 --out walk.gif
  kgan project runs/stylegan2_digits seven.png           the style whose picture it is
  kgan evaluate runs/dcgan_digits                        scores, and what they hide
  kgan evaluate ~/generated --against ~/photos           two folders, no model
  kgan doctor runs/dcgan_digits                          what ails a run, and what to try
  kgan export runs/dcgan_digits --to saved_models/mine
  kgan verify saved_models/mine                          that it still makes what the model made
  kgan serve saved_models                                a page to play on, and a REST API
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
    _add_run(train)
    train.add_argument("--out", metavar="DIR", help="the run's folder [runs/RECIPE]")
    train.add_argument(
        "--distribute", metavar="HOW", default="auto", help="auto, none, mirrored, multiworker, tpu"
    )
    train.add_argument("--print_config", action="store_true", help="print it all and stop")
    train.add_argument("-h", "--help", action="store_true", help="all options of this recipe")
    train.set_defaults(call=calls.train, parser=train)

    plan = commands.add_parser(
        "plan",
        help="how long a run will take here, and how much memory",
        allow_abbrev=False,
        usage="kgan plan [RECIPE] [--data SOURCE] [--config FILE] [--KEY VALUE …]",
        description="Plays a few rounds of a run at several batch sizes, and says what fits.",
    )
    _add_run(plan)
    plan.set_defaults(call=calls.plan)

    launch = commands.add_parser(
        "launch",
        help="train with several workers on this machine",
        usage="kgan launch [--workers N] [--restarts K] train …",
        description="When a worker fails, all start again from what was saved.",
    )
    launch.add_argument("--workers", type=int, default=2, help="processes, in step [2]")
    launch.add_argument("--restarts", type=int, default=3, help="at most [3]")
    launch.add_argument("line", nargs=argparse.REMAINDER, help="a line of kgan train")
    launch.set_defaults(call=calls.launch)

    sample = commands.add_parser(
        "sample",
        help="make pictures or texts with a trained run",
        epilog=sampling_options.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sampling_options.add_to(sample)
    sample.set_defaults(call=calls.sample)

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
    project.set_defaults(call=calls.project)

    evaluate = commands.add_parser(
        "evaluate",
        help="score a run, an artefact or a folder of pictures",
        usage="kgan evaluate RUN|ARTEFACT|FOLDER [--against DATA] [--metrics NAME …] "
        "[--samples N]\n                     [--repeats R] [--extractor NAME] [--sha256 HEX] "
        "[--resize NAME]\n                     [--out DIR] [--data.OPTION VALUE …]",
        description="Writes card.json and report.html: scores with spread, ideal and "
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
    evaluate.set_defaults(call=calls.evaluate)

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
    doctor.set_defaults(call=calls.doctor)

    export = commands.add_parser("export", help="turn a run into an artefact to serve")
    export.add_argument("run", metavar="RUN", help="the run's folder")
    export.add_argument("--to", metavar="DIR", required=True, help="e.g. saved_models/digits")
    export.add_argument(
        "--formats", metavar="NAMES", default="saved_model", help="saved_model,litert [saved_model]"
    )
    export.add_argument(
        "--quantize",
        metavar="NAMES",
        default="none",
        help="precisions of litert: none,float16,dynamic,int8 [none]",
    )
    export.set_defaults(call=calls.export)

    verify = commands.add_parser(
        "verify",
        help="check an artefact: its files, its graph, and that it makes what the model made",
        description="Repeats what an artefact passed before it was published, in a process of "
        "TensorFlow's C library alone.",
    )
    verify.add_argument("artefact", metavar="ARTEFACT", help="e.g. saved_models/digits")
    verify.add_argument("--version", type=int, metavar="N", help="which [the newest]")
    verify.set_defaults(call=calls.verify)

    serve = commands.add_parser(
        "serve", help="a page to play with artefacts, and TF Serving's REST API"
    )
    serve.add_argument("folder", metavar="FOLDER", help="it holds artefacts, e.g. saved_models")
    serve.add_argument("--port", type=int, default=8501, help="0: any free one [8501]")
    serve.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0: for all who reach it [127.0.0.1]"
    )
    serve.add_argument(
        "--static", metavar="DIR", help="write the page there for another web server, and stop"
    )
    serve.set_defaults(call=calls.serve)

    data = commands.add_parser("data", help="look at data before training")
    kinds = data.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = kinds.add_parser("check", help="decode every picture of a folder and report")
    check.add_argument("folder", metavar="FOLDER")
    check.set_defaults(call=calls.data_check)
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
    show.set_defaults(call=calls.data_show)

    theory = commands.add_parser("theory", help="draw the mathematics, and print its numbers")
    theory.add_argument("topic", metavar="TOPIC", nargs="?", help="leave out to list the topics")
    theory.add_argument("--out", metavar="DIR", default="theory", help="where pictures go [theory]")
    theory.set_defaults(call=calls.theory)

    commands.add_parser("list", help="recipes, variants and data sources").set_defaults(
        call=calls.list_names
    )
    return parser


def _add_run(command):
    """Adds what says which run is meant."""
    command.add_argument("recipe", nargs="?", help="a recipe or a variant; see kgan list")
    command.add_argument("--config", metavar="FILE", help="a config.yaml, e.g. another run's")
    command.add_argument("--data", metavar="SOURCE", help="a source, a folder, or tfds:NAME")
