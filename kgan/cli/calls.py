"""What each command does: one call, and a line that says what came of it.

Each takes what argparse made of the line, and the words left over, such as `--SECTION.KEY VALUE`.
"""

import contextlib
import os
import shlex
import sys

from kgan.cli import sampling_options
from kgan.errors import InputError
from kgan.system import count_cores


def train(parsed, rest):
    """Trains a run, or prints its options."""
    if not (parsed.recipe or parsed.config) and parsed.help:
        parsed.parser.print_help()
        print("\nGive a recipe to see all its options: kgan train RECIPE --help")
        return
    layers = _layers(parsed, rest)
    _share_cores()
    with _quiet_start():
        from kgan.runs import parse
        from kgan.training import loop
    if parsed.help:
        parse.print_help(parsed.recipe or f"--config {parsed.config}", rest, layers)
        return
    config = parse.parse(rest, layers)
    if parsed.print_config:
        print(config.text(), end="")
        return
    folder = parsed.out or f"runs/{parsed.recipe or config.model['name']}"
    loop.train(config, folder, distribute=parsed.distribute)
    print(f"Trained: {folder} (pictures in {folder}/samples)")


def _share_cores():
    """Lets each of two cores take operations of its own; TensorFlow splits every one for both.

    A round of two networks has enough of them side by side: docs/training.md. Whoever sets one of
    the variables, or has another number of cores, gets what TensorFlow does.
    """
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    if count_cores() == 2 and not os.environ.keys() & set(names):
        os.environ.update(zip(names, ("1", "2"), strict=True))


def plan(parsed, rest):
    """Measures a few rounds of a run."""
    layers = _layers(parsed, rest)
    _share_cores()
    with _quiet_start():
        from kgan.runs import parse
        from kgan.training import plan as planning
    print(planning.plan(parse.parse(rest, layers)))


def _layers(parsed, rest):
    """Returns the sections of recipe and file; appends --data to the further options."""
    if not (parsed.recipe or parsed.config):
        raise InputError("Expected a recipe or --config FILE. Received: neither. See kgan list.")
    if rest and not rest[0].startswith("-"):
        raise InputError(
            f"Expected one recipe, then --SECTION.KEY VALUE. Received: {rest[0]} after "
            f"{parsed.recipe}. See kgan {parsed.command} --help."
        )
    from kgan.runs import config as configs

    layers = [configs.recipe_sections(parsed.recipe)] if parsed.recipe else []
    layers += [configs.read_sections(parsed.config)] if parsed.config else []
    rest += ["--data.source", parsed.data] if parsed.data is not None else []
    return layers


def launch(parsed, rest):
    """Trains with several workers."""
    from kgan.training import launch as launching

    launching.launch([*parsed.line, *rest], parsed.workers, parsed.restarts)


def sample(parsed, rest):
    """Makes pictures or texts."""
    way = sampling_options.way_of(parsed)
    condition = sampling_options.condition_of(parsed)
    with _quiet_start():
        from kgan.generation import mixing
        from kgan.generation import sample as sampling
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


def project(parsed, rest):
    """Finds the style of a picture."""
    with _quiet_start():
        from kgan.generation.projecting import project_picture
    paths, error = project_picture(
        parsed.run, parsed.image, parsed.out, parsed.every_layer, parsed.steps
    )
    print(f"Wrote {', '.join(map(str, paths))}: {error:.1f} of 255 from the picture")


def evaluate(parsed, rest):
    """Scores a run, an artefact or a folder."""
    _check_data_options(rest, "evaluate", "one run, artefact or folder")
    with _quiet_start():
        from kgan.evaluation import evaluate as evaluation
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


def doctor(parsed, rest):
    """Says what ails a run."""
    with _quiet_start():
        from kgan.evaluation.diagnosis import doctor
    print(doctor.report(parsed.run, parsed.samples))


def export(parsed, rest):
    """Writes an artefact."""
    formats, quantize = parsed.formats.split(","), parsed.quantize.split(",")
    command = ["kgan", "export", parsed.run, "--to", parsed.to]
    command += ["--formats", parsed.formats] if formats != ["saved_model"] else []
    command += ["--quantize", parsed.quantize] if quantize != ["none"] else []
    with _quiet_start():
        from kgan.export import provenance, publish
    gan, origin = provenance.opened(parsed.run, shlex.join(command), "int8" in quantize)
    print(f"Exported: {publish(gan, parsed.to, formats, quantize, origin)}")


def verify(parsed, rest):
    """Checks an artefact."""
    with _quiet_start():
        from kgan.export import verify
    print(f"Verified: {verify(parsed.artefact, parsed.version)}")


def serve(parsed, rest):
    """Answers requests for artefacts, or writes the page for another server."""
    with _quiet_start():
        from kgan import serving
    if parsed.static:
        print(f"The page: {serving.write_page(parsed.folder, parsed.static)}")
    else:
        serving.serve(parsed.folder, parsed.port, parsed.host)


def data_check(parsed, rest):
    """Looks through a folder of pictures."""
    from kgan.data import audit_folder

    print(audit_folder(parsed.folder))


def data_show(parsed, rest):
    """Shows what a source holds."""
    _check_data_options(rest, "data show", "one source")
    with _quiet_start():
        from kgan.data import preview
        from kgan.runs import build, parse
    # The options of a source are parsed as those of a run are, whose variant does not matter here.
    run_of_any = parse.parse([*rest, "--data.source", parsed.source], [{"model": {"name": "gan"}}])
    source = build.open_data(run_of_any)
    for note in source.notes:
        print(note)
    text = preview(source, parsed.out, parsed.count)
    print(text or f"Wrote {parsed.out}")


def _check_data_options(rest, command, before):
    """Refuses further arguments that are no options of a source."""
    names = rest[:1] + [word for word in rest if word.startswith("--")]
    if not all(name.startswith("--data.") for name in names):
        raise InputError(
            f"Expected {before}, then --data.OPTION VALUE. Received: {' '.join(rest)}. "
            f"See kgan {command} --help."
        )


def theory(parsed, rest):
    """Draws a topic, or lists them."""
    from kgan.theory import topics

    if parsed.topic is None:
        for name, summary in topics.TOPICS.items():
            print(f"{name:<22} {summary}")
        return
    for path in topics.draw(parsed.topic, parsed.out):
        print(f"Wrote {path}")


def list_names(parsed, rest):
    """Lists recipes, variants and sources."""
    from kgan.registry import MODELS, SOURCES
    from kgan.runs.config import recipes

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


# Those that take `--SECTION.KEY VALUE`.
WITH_OPTIONS = (train, plan, launch, evaluate, data_show)
