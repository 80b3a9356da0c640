"""Milliseconds of one picture by Keras, TensorFlow and LiteRT, and the cost of fewer bits.

Contestants take turns, so that a machine that slows down slows all of them; medians over all
calls. LiteRT starts from the seed, with random numbers and pixels inside, and the others too.
With --fid N each precision also makes N pictures, which are scored against the run's data.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

TURNS = 5


def contestants(gan, signature, example, files):
    """Returns `{name: function without arguments}`, each makes one picture from a seed or picture.

    Args:
        gan: the model.
        signature: name of the signature that LiteRT runs, `sample` or `translate`.
        example: its inputs, arrays [1, ...].
        files: `{precision: path of a .tflite}`.
    """
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    from kgan.export import comparison
    from kgan.export.examples import Examples
    from kgan.models.core.sampling import read_inputs

    asked = comparison.numeric_signatures(gan)
    given = Examples(gan).make("serving_default", asked["serving_default"], [7])
    if read_inputs(gan.sampling_generator) is None:
        given = given["latents"]
    function = tf.function(asked[signature].function).get_concrete_function(
        **{
            key: tf.TensorSpec((1, *taken.shape), taken.dtype, name=key)
            for key, taken in asked[signature].takes.items()
        }
    )
    tensors = {key: tf.constant(values) for key, values in example.items()}
    functions = {
        "keras.Model.predict": lambda: gan.sampling_generator.predict(given, verbose=0),
        "Keras, called": lambda: gan.sampling_generator(given, training=False),
        "tf.function": lambda: function(**tensors),
    }
    for precision, path in files.items():
        run = Interpreter(model_path=str(path)).get_signature_runner(signature)
        functions[f"LiteRT, {precision}"] = lambda run=run: run(**example)
    return functions


def milliseconds(functions, calls):
    """Returns `{name: median milliseconds of a call}`, over turns."""
    taken = {name: [] for name in functions}
    for turn in range(TURNS + 1):  # the first warms up
        for name, function in functions.items():
            for _ in range(max(calls // TURNS, 1)):
                start = time.perf_counter()
                function()
                if turn:
                    taken[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in taken.items()}


def fid_of(path, gan, count, against, folder):
    """Returns the FID of pictures of seeds 0 … count − 1 that a `.tflite` makes, and its name."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image

    from kgan.evaluation import evaluate
    from kgan.export.examples import Examples

    run = Interpreter(model_path=str(path)).get_signature_runner("sample")
    signature = gan.signatures()["sample"]
    inputs = Examples(gan).make("sample", signature, range(count))
    if "truncation" in inputs:
        inputs["truncation"] = np.ones(count, np.float32)
    pictures = folder / path.stem
    pictures.mkdir()
    for index in range(count):
        image = run(**{key: values[index : index + 1] for key, values in inputs.items()})["images"]
        Image.fromarray(image[0].squeeze()).save(pictures / f"{index:05}.png")
    source, options = against
    out = folder / f"scores-{path.stem}"
    card, _ = evaluate(pictures, source, ["fid"], count, 1, out=out, arguments=options)
    (score,) = card.scores
    return score.value, str(score.name)


def data_of(config):
    """Returns a run's data as `kgan evaluate` takes them: source, and its options as words."""
    options = [
        word
        for key, value in config.data.items()
        if key != "source" and value is not None
        for word in (f"--data.{key}", str(value))
    ]
    return config.data["source"], options


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="the run's folder")
    parser.add_argument("--calls", type=int, default=200, help="of each contestant [200]")
    parser.add_argument(
        "--quantize", default="none,float16,dynamic,int8", help="precisions [all four]"
    )
    parser.add_argument("--fid", type=int, default=0, metavar="N", help="pictures to score [none]")
    parsed = parser.parse_args()
    if parsed.calls < 1:
        parser.error(f"expected --calls of at least 1, received {parsed.calls}")

    from kgan.errors import InputError, RunError
    from kgan.export import comparison, litert
    from kgan.export.examples import Examples
    from kgan.runs import load_run
    from kgan.runs.build import open_data

    try:
        gan, config = load_run(parsed.run)
        batch = next(iter(open_data(config).dataset(batch_size=96)))
        with tempfile.TemporaryDirectory() as aside:
            aside = pathlib.Path(aside)
            quantize = tuple(parsed.quantize.split(","))
            said = litert.write(gan, aside, "it", quantize, batch)
            files = {one["precision"]: aside / one["file"] for one in said}
            asked = comparison.numeric_signatures(gan)
            signature = "sample" if "sample" in asked else "translate"
            example = Examples(gan, batch).make(signature, asked[signature], [7])
            print(f"{parsed.run}: {signature}, one at a time", file=sys.stderr)
            taken = milliseconds(contestants(gan, signature, example, files), parsed.calls)
            scores = {}
            if parsed.fid and signature == "sample":
                against = data_of(config)
                scores = {
                    one: fid_of(path, gan, parsed.fid, against, aside)
                    for one, path in files.items()
                }
            print(table(taken, said, scores))
    except (InputError, RunError) as error:
        sys.exit(str(error))


def table(taken, said, scores):
    """Returns a Markdown table."""
    of = {f"LiteRT, {one['precision']}": one for one in said}
    name = next((name for _, name in scores.values()), None)
    head = ["", "ms", "times predict", "KB", "PSNR, dB", "same pixels", *([name] if name else [])]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for way, value in taken.items():
        one = of.get(way, {})
        cells = [way, f"{value:.3f}", f"{taken['keras.Model.predict'] / value:.1f}"]
        cells += [f"{one['bytes'] / 1e3:.0f}" if one else ""]
        for key, form in (("psnr_db", ".1f"), ("same_pixels", ".5f")):
            cells.append(format(one[key], form) if one.get(key) is not None else "")
        if name:
            cells.append(f"{scores[one['precision']][0]:.4f}" if one else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
