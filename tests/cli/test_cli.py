"""The command line as a person meets it."""

import io
import os
import pathlib
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from kgan.cli import main
from kgan.images import draw_grid, to_uint8
from kgan.runs import load_run
from kgan.runs.config import RECIPES, read_sections
from tests.small_runs import KGAN

SMALL = ["--model.width", "4", "--data.size", "16", "--training.batch_size", "8"]
SMALL += ["--training.epochs", "1", "--training.steps_per_epoch", "2", "--training.samples", "4"]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", "dcgan_digits", *SMALL, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(capfd, *arguments):
    """Returns the one line with which a command is refused; nothing may have been written."""
    before = contents(pathlib.Path())
    try:
        code = main(list(arguments))
    except SystemExit as stop:  # argparse's own way: usage, then the error
        code = stop.code
    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert lines[-1].startswith("kgan")
    assert len(lines) == 1 or lines[0].startswith("usage: kgan")
    assert contents(pathlib.Path()) == before
    assert not pathlib.Path("runs").exists()
    return lines[-1]


# ---- Without TensorFlow ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "program",
    [
        "import kgan; dir(kgan)",
        "import kgan.cli; kgan.cli.main(['list'])",
        "import kgan.cli; kgan.cli.build_parser().format_help()",
        "import kgan.cli; kgan.cli.main(['train', '--help'])",
        "import kgan.cli; kgan.cli.main(['train', 'nope'])",
        "import kgan.cli; kgan.cli.main(['theory'])",
        "import kgan.data, kgan.models, kgan.training",
    ],
)
def test_quick_commands_import_nothing_heavy(program):
    program += "; import sys; heavy = {'tensorflow', 'keras', 'matplotlib', 'sklearn', 'numpy'}; "
    program += "print('HEAVY', sorted(heavy & set(sys.modules)))"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("HEAVY []\n")
    assert time.monotonic() - start < 5.0  # 0.15 s on an idle machine; TensorFlow alone takes 5


def test_list_names_recipes_variants_and_sources(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    for name in ("dcgan_digits", "dcgan", "gan", "digits", "images"):
        assert f"\n  {name} " in out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["sample", "--help"]])
def test_help_and_version_exit_with_0(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    assert "kgan" in capsys.readouterr().out


def without_a_reader(program, *arguments, unbuffered=""):
    """Runs a program whose standard output is a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    finally:
        os.close(writer)


@pytest.mark.parametrize("unbuffered", ["", "1"])  # noticed at the end, and at the first line
@pytest.mark.parametrize("line", ["list", "--help", "train --help", "theory"])
def test_a_reader_that_leaves_early_is_no_error(line, unbuffered):
    done = without_a_reader(KGAN, *line.split(), unbuffered=unbuffered)
    assert (done.returncode, done.stderr) == (0, "")


def test_work_that_is_lost_with_the_reader_is_one(monkeypatch):
    def tell(arguments):
        raise BrokenPipeError

    for command, code in (("sample", 141), ("data", 0)):
        monkeypatch.setattr(f"kgan.cli.{command}.run", tell)
        assert main([command, *(["x"] if command == "sample" else ["check", "x"])]) == code


def test_a_failure_stays_one_when_the_reader_has_gone():
    done = without_a_reader(f"print('before'); {KGAN}", "train")
    assert done.returncode == 2
    assert done.stderr == (
        "kgan: Expected a recipe or --config FILE. Received: neither. See kgan list.\n"
    )


# ---- Train ----------------------------------------------------------------------------------


def test_a_terminal_that_knows_few_letters_gets_text(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="latin-1"))
    assert main(["train", "dcgan_digits", "--help"]) == 0
    sys.stdout.flush()
    assert b"epochs to train for, ? 1." in b" ".join(written.getvalue().split())


def test_a_recipes_help_lists_its_options(capsys):
    assert main(["train", "dcgan_digits", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: kgan train dcgan_digits [--data SOURCE] [--config FILE]")
    epochs = read_sections(RECIPES / "dcgan_digits.yaml")["training"]["epochs"]
    assert f"epochs to train for, ≥ 1. (type: int, default: {epochs})" in " ".join(out.split())


def test_print_config_prints_what_would_run(capsys):
    arguments = ["train", "dcgan", "--data", "digits", "--training.epochs=3", "--print_config"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "name: dcgan\n" in out
    assert "epochs: 3\n" in out
    assert not list(pathlib.Path().iterdir())


def test_a_config_file_needs_no_recipe_and_options_override_it(run, capsys):
    config = str(run / "config.yaml")
    assert main(["train", "--training.seed", "4", "--config", config, "--print_config"]) == 0
    out = capsys.readouterr().out
    assert "seed: 4\n" in out
    assert "width: 4\n" in out


def test_a_bare_variant_trains_under_its_name(capsys):
    options = [*SMALL, "--model.network", "mlp"]
    assert main(["train", "gan", "--data", "digits", *options]) == 0
    assert capsys.readouterr().out.endswith("Trained: runs/gan (pictures in runs/gan/samples)\n")
    assert load_run("runs/gan")[0].sample([0]).shape == (1, 16, 16, 1)


def test_the_same_line_again_says_that_it_is_done(run, capsys):
    before = contents(run)
    assert main(["train", "dcgan_digits", *SMALL, "--out", str(run)]) == 0
    assert "has trained its 1 epoch already." in capsys.readouterr().out
    assert contents(run) == before


def test_a_run_that_diverges_exits_with_1(capsys):
    options = [*SMALL, "--training.learning_rate", "1e30", "--training.epochs", "5"]
    assert main(["train", "dcgan_digits", *options, "--out", "hot"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("kgan: Expected finite losses and weights. Received: ")
    assert " at step " in last


LEAVING = """
import atexit, sys
from kgan import cli, errors
from kgan.cli import list as list_command
ends = {"gone": errors.WorkerGone("gone."), "stopped": errors.Interrupted("stopped.", 143, True)}
def run(arguments):
    raise ends[sys.argv[1]]
list_command.run = run
atexit.register(print, "good-bye")
sys.exit(cli.main(["list"]))
"""


@pytest.mark.parametrize("how, code", [("gone", 1), ("stopped", 143)])
def test_a_worker_leaves_at_once(how, code):
    command = [sys.executable, "-c", LEAVING, how]
    left = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (left.returncode, left.stdout, left.stderr) == (code, "", f"kgan: {how}.\n")


def test_interrupted_exits_with_130(monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kgan.training.loop.train", interrupt)
    assert main(["train", "dcgan_digits"]) == 130
    assert capsys.readouterr().err == "kgan: interrupted.\n"


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "runs/x/metrics.jsonl")

    monkeypatch.setattr("kgan.training.loop.train", full)
    assert main(["train", "dcgan_digits"]) == 1
    assert capsys.readouterr().err == (
        "kgan: [Errno 28] No space left on device: 'runs/x/metrics.jsonl'\n"
    )


WRONG = [
    ("train", "Expected a recipe or --config FILE. Received: neither."),
    ("train --out x", "Expected a recipe or --config FILE. Received: neither."),
    ("train dcgan_digit", "Received: 'dcgan_digit'. Known, nearest first: dcgan_digits"),
    ("train dcgan", "Expected a name for data.source. Received: None. Give --data: captions, "),
    ("train dcgan --data digit", "Unknown data source. Received: 'digit'."),
    ("train dcgan_digits extra", "Expected one recipe, then --SECTION.KEY VALUE. Received: extra"),
    ("train dcgan_digits --epochs 3", "Unknown option. Received: 'epochs'. Known"),
    (
        "train dcgan_digits --model.widht 3",
        "Received: 'model.widht'. Known, nearest first: model.",
    ),
    ("train dcgan_digits --training.epochs many", "training.epochs of type int. Received: many."),
    ("train dcgan_digits --training.epochs", "--training.epochs: expected one argument"),
    ("train dcgan_digits --training.epochs --out x", "--training.epochs: expected one argument"),
    ("train dcgan_digits --out", "argument --out: expected one argument"),
    ("train dcgan_digits --training.seed -1", "training.seed >= 0 and < 4294967296. Received: -1."),
    ("train dcgan_digits -x 3", "Received: unrecognized arguments: -x 3."),
    ("train --config nowhere.yaml", "Expected a config file. Received: nowhere.yaml (No such"),
    ("train dcgan_digits --data.size 20", "Received: image_shape=(20, 20, 1)."),
    ("train dcgan_digits --training.batch_size 5000", "Received: batch_size=5000."),
    ("train dcgan_digits --data ./nowhere", "Expected a folder of pictures."),
    ("sample RUN --count 0", "Expected --count of at least 1. Received: 0."),
    ("sample RUN --count many", "argument --count: invalid int value: 'many'"),
    ("sample RUN --seed -1", "Expected whole seeds in [0, 2^64). Received: -1"),
    ("sample RUN --out a.jpg", "Expected --out to end in .png or .txt. Received: a.jpg."),
    ("sample RUN --npz a.zip", "Expected --npz to end in .npz. Received: a.zip."),
    ("sample RUN --interpolate 0 1 --out a.png", "Expected --out to end in .gif. Received: a.png."),
    ("sample RUN --interpolate 0 1 --frames 1", "Expected --frames of at least 2. Received: 1."),
    ("sample RUN --interpolate 0", "argument --interpolate: expected 2 arguments"),
    ("sample RUN --bogus", "Expected no further arguments. Received: --bogus."),
    ("sample nowhere", "with config.yaml, or a packed run. Received: nowhere."),
    ("export nowhere --to a", "with config.yaml, or a packed run. Received: nowhere."),
    ("export RUN", "the following arguments are required: --to"),
    (
        "export RUN --to a --formats coreml",
        "Unknown format. Received: 'coreml'. Known, nearest first: saved_model, onnx, litert.",
    ),
    (
        "export RUN --to a --quantize int8",
        "Expected the format litert for precisions and sizes. Received: "
        "int8 with saved_model. Add --formats saved_model,litert.",
    ),
    (
        "verify nowhere",
        "Expected an artefact, NAME/VERSION/saved_model.pb. Received: nowhere, which is not there.",
    ),
    ("data check ./nowhere", "Expected a folder of pictures."),
    ("data", "the following arguments are required: ACTION"),
    ("bogus", "invalid choice: 'bogus'"),
]


@pytest.mark.parametrize("line, message", WRONG)
def test_bad_input_is_one_line_and_exit_code_2(run, capfd, line, message):
    arguments = [str(run) if word == "RUN" else word for word in line.split()]
    before = contents(run)
    assert message in refused(capfd, *arguments)
    assert contents(run) == before


# ---- Sample, export, data -------------------------------------------------------------------


def test_samples_are_a_function_of_the_seed(run, capfd):
    assert main(["sample", str(run), "--count", "4", "--seed", "7", "--npz", "a.npz"]) == 0
    out, err = capfd.readouterr()
    assert (out, err) == ("Wrote a.npz\n", "")
    with np.load("a.npz") as archive:
        assert list(archive) == ["images"]
        images = archive["images"]
    expected = to_uint8(load_run(run)[0].sample([7, 8, 9, 10]))
    np.testing.assert_array_equal(images, expected)
    assert images.shape == (4, 16, 16, 1)
    assert len(np.unique(images.reshape(4, -1), axis=0)) == 4

    assert main(["sample", str(run), "--count", "4", "--seed", "7"]) == 0
    assert capfd.readouterr().out == "Wrote grid.png\n"
    with Image.open("grid.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), draw_grid(images)[..., 0])


def test_a_walk_starts_and_ends_at_its_seeds(run, capsys):
    line = ["sample", str(run), "--interpolate", "3", "5", "--frames", "4", "--npz", "walk.npz"]
    assert main(line) == 0
    assert capsys.readouterr().out == "Wrote walk.gif, walk.npz\n"
    with Image.open("walk.gif") as picture:
        assert picture.n_frames == 6  # four there, two of them back
    with np.load("walk.npz") as archive:
        images = archive["images"].astype(int)
    ends = to_uint8(load_run(run)[0].sample([3, 5])).astype(int)
    assert np.abs(images[[0, -1]] - ends).max() <= 1
    assert (images[1] != images[0]).any()


def test_a_run_becomes_versions_of_an_artefact(run, capsys):
    for version in "12":
        assert main(["export", str(run), "--to", "saved/digits"]) == 0
        assert capsys.readouterr().out.startswith(f"Exported: saved/digits/{version}: 3 signatures")
    assert {path.name for path in pathlib.Path("saved/digits").glob("[!.]*")} == {
        "1", "2", "manifest.json", "README.md", "grid.png"
    }  # fmt: skip
    card = pathlib.Path("saved/digits/README.md").read_text()
    assert f"| made by | `kgan export {run} --to saved/digits` |" in card
    assert "CC BY 4.0" in card and f"None was measured. `kgan evaluate {run}`" in card
    assert main(["verify", "saved/digits", "--version", "1"]) == 0
    assert capsys.readouterr().out.startswith("Verified: saved/digits/1: 3 signatures at batch")
    pathlib.Path("saved/digits/2/variables/variables.index").unlink()
    assert main(["verify", "saved/digits"]) == 2
    assert "digits/2 without variables/variables.index." in capsys.readouterr().err
    shutil.rmtree("saved")


def test_data_check_reports_on_a_folder(capsys):
    Image.new("RGB", (20, 10)).save("a.png")
    pathlib.Path("b.jpg").write_bytes(b"no picture")
    assert main(["data", "check", "."]) == 0
    assert "b.jpg" in capsys.readouterr().out


# ---- Points ---------------------------------------------------------------------------------


def test_points_train_sample_and_export_too(tmp_path):
    small = ["--model.network", "mlp_points", "--model.width", "4", "--training.epochs", "1"]
    small += ["--training.steps_per_epoch", "2", "--data.count", "100", "--out", "ring"]
    assert main(["train", "gan", "--data", "ring", *small]) == 0
    with Image.open("ring/samples/epoch_0001.png") as picture:
        assert picture.size == (500, 500)
    assert main(["sample", "ring", "--count", "5", "--npz", "points.npz"]) == 0
    images = np.load("points.npz")["images"]
    assert images.shape == (5, 2) and images.dtype == np.float32
    assert main(["export", "ring", "--to", "saved"]) == 0
    assert main(["sample", "ring", "--interpolate", "0", "1"]) == 2


# ---- Theory ---------------------------------------------------------------------------------


def test_theory_lists_and_draws(capsys):
    assert main(["theory"]) == 0
    assert "parallel_lines" in capsys.readouterr().out
    assert main(["theory", "entropy", "--out", "pictures"]) == 0
    assert "H = 1.75 bits" in capsys.readouterr().out
    assert pathlib.Path("pictures/entropy.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("cores", "own", "wanted"),
    [
        (2, {}, ("1", "2")),
        (1, {}, (None, None)),
        (4, {}, (None, None)),
        (2, {"TF_NUM_INTRAOP_THREADS": "2"}, ("2", None)),
        (2, {"TF_NUM_INTEROP_THREADS": "5"}, (None, "5")),
    ],
)
def test_two_cores_take_operations_of_their_own(cores, own, wanted, monkeypatch):
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    elsewhere = {name: value for name, value in os.environ.items() if name not in names}
    monkeypatch.setattr(os, "environ", {**elsewhere, **own})
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)))
    assert main(["train", "dcgan_digits", "--print_config"]) == 0
    assert tuple(os.environ.get(name) for name in names) == wanted
