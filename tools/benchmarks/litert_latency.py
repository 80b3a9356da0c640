"""Milliseconds, size, memory and PSNR of LiteRT files: artefacts x precision x threads x delegate.

Each cell runs in a process of its own, whose peak of memory is thus its own: `sample` or
`translate`, one picture a call, from seed to pixels. PSNR is against the float32 file on 16
examples: seeds 0 to 15, class 0, full variety; translators get noise. Precisions that an artefact
lacks are made from its float32 file, but int8, which needs examples of training.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EXAMPLES = 16
PRECISIONS = ("none", "float16", "dynamic", "int8")
DELEGATES = {"XNNPACK": "AUTO", "none": "BUILTIN_WITHOUT_DEFAULT_DELEGATES"}


def make_inputs(runner, number):
    """Returns the inputs of one example, arrays by name."""
    import numpy as np

    inputs = {}
    for name, detail in runner.get_input_details().items():
        shape, dtype = detail["shape"], detail["dtype"]
        if name == "seed":
            inputs[name] = np.array([[number, 0]], np.int32)
        elif dtype == np.uint8:
            inputs[name] = np.random.default_rng(number).integers(0, 256, shape, np.uint8)
        else:
            inputs[name] = (np.ones if name == "truncation" else np.zeros)(shape, dtype)
    return inputs


def measure_cell(file, threads, delegate, calls, pictures):
    """Prints a cell as JSON, and saves its pictures; in a process of its own."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    from kgan.system import find_peak_gib

    before = find_peak_gib()
    interpreter = Interpreter(
        model_path=file,
        num_threads=threads,
        experimental_op_resolver_type=getattr(OpResolverType, DELEGATES[delegate]),
    )
    signatures = interpreter.get_signature_list()
    name = "sample" if "sample" in signatures else "translate"
    runner = interpreter.get_signature_runner(name)
    examples = [make_inputs(runner, number) for number in range(EXAMPLES)]
    images = [runner(**inputs)["images"] for inputs in examples]
    seconds = []
    for number in range(calls):
        start = time.perf_counter()
        runner(**examples[number % EXAMPLES])
        seconds.append(time.perf_counter() - start)
    np.save(pictures, np.concatenate(images))
    ordered = sorted(seconds)
    told = {
        "signature": name,
        "ms": 1e3 * statistics.median(ordered),
        "ms_90": 1e3 * ordered[int(0.9 * len(ordered))],
        "mib": 1024 * (find_peak_gib() - before),
    }
    print(json.dumps(told))


def list_files(folder, aside):
    """Returns `{(artefact, precision): path}`, making the precisions that are missing."""
    from kgan.export.comparison import silence
    from kgan.export.litert import PRECISIONS as ENDS
    from kgan.export.quantize import quantize_file

    files = {}
    for whole in sorted(folder.glob("*/*.tflite")):
        name = whole.parent.name
        if whole.name != f"{name}.tflite":
            continue
        for precision in PRECISIONS:
            file = whole.parent / f"{name}{ENDS[precision]}.tflite"
            if not file.is_file():
                if precision == "int8":
                    continue
                file = aside / file.name
                with silence():
                    file.write_bytes(quantize_file(whole.read_bytes(), precision))
            files[name, precision] = file
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="saved_models")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--cell", nargs=4, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.cell:
        file, threads, delegate, pictures = parsed.cell
        measure_cell(file, int(threads), delegate, parsed.calls, pictures)
        return
    import numpy as np

    from kgan.export.comparison import psnr

    print(f"{platform.machine()}, {os.cpu_count()} cores, {parsed.calls} calls.\n")
    print("| artefact | precision | threads | delegate | ms | ms, 9 in 10 | KB | MiB | PSNR, dB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as aside:
        pictures, whole = pathlib.Path(aside) / "pictures.npy", {}
        for (name, precision), file in list_files(
            pathlib.Path(parsed.folder), pathlib.Path(aside)
        ).items():
            for threads in parsed.threads:
                for delegate in DELEGATES:
                    line = [sys.executable, __file__, "--calls", str(parsed.calls), "--cell"]
                    line += [str(file), str(threads), delegate, str(pictures)]
                    done = subprocess.run(line, capture_output=True, text=True, check=True)
                    told = json.loads(done.stdout.splitlines()[-1])
                    made = np.load(pictures)
                    ratio = psnr(made, whole.setdefault((name, delegate), made))
                    shown = "" if ratio is None else f"{ratio:.1f}"
                    print(
                        f"| {name} ({told['signature']}) | {precision} | {threads} | {delegate} | "
                        f"{told['ms']:.2f} | {told['ms_90']:.2f} | "
                        f"{file.stat().st_size / 1000:,.0f} | {told['mib']:.1f} | {shown} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
