"""`kgan evaluate` as a person meets it."""

import hashlib
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.cli import main
from kgan.data import ring_modes
from kgan.metrics import _open, card
from tests.stand_ins import frozen_inception


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch, folders):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path.with_name("cache")))
    for name, folder in folders.items():
        pathlib.Path(name).symlink_to(folder)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Returns folders: 30 grey pictures, 30 others, 4 of them, 30 in colour, a text, points."""
    root = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for name, count, channels in (("made", 30, 1), ("real", 30, 1), ("few", 4, 1), ("rgb", 30, 3)):
        (root / name).mkdir()
        for number in range(count):
            values = random.integers(0, 256, (8, 8, channels)).astype(np.uint8).squeeze()
            Image.fromarray(values).save(root / name / f"{number}.png")
    (root / "empty").mkdir()
    (root / "empty" / "a.txt").write_text("no picture")
    _save_ring(root / "ring_art")
    return {path.name: path for path in root.iterdir()}


def _save_ring(path):
    """Saves a generator of points: the first four modes of the ring, exactly, in turn."""
    centres = tf.constant(ring_modes(), tf.float32)
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.int32, name="seed")])
    def sample(seed):
        return {"images": tf.gather(centres, seed[:, 0] % 4)}

    tf.saved_model.save(module, f"{path}/1", signatures={"sample": sample})


def refused(capfd, line):
    capfd.readouterr()
    try:
        code = main(line.split())
    except SystemExit as stop:
        code = stop.code
    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    assert not pathlib.Path("evaluation").exists()
    assert len(err.splitlines()) == 1 or err.startswith("usage: kgan evaluate")
    return err.splitlines()[-1]


def test_the_help_names_every_metric_and_extractor(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", "--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    for name in [*card.METRICS, "inception", *_open.KINDS]:
        assert name in out, name
    for option in ("--against", "--metrics", "--samples", "--repeats", "--extractor", "--out"):
        assert option in out
    assert max(map(len, out.splitlines())) <= 100


def test_two_folders_are_scored_without_a_model(capfd):
    line = "evaluate made --against real --metrics swd precision --samples 10 --repeats 3 --out x"
    line += " --extractor raw"
    assert main(line.split()) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert out.splitlines()[0].startswith("swd/raw/10  ")
    assert " ± " in out.splitlines()[0]
    assert out.endswith("Wrote x/card.json, x/report.html\n")
    written = json.loads(pathlib.Path("x/card.json").read_text(encoding="utf-8"))
    assert [score["name"] for score in written["scores"]] == ["swd/raw/10", "precision/raw/10"]
    assert "<script" not in pathlib.Path("x/report.html").read_text(encoding="utf-8")


def test_the_inception_graph_is_named_checked_and_compared_with_tfgan(capfd):
    graph = frozen_inception()
    pathlib.Path("graph.pb").write_bytes(graph)
    digest = hashlib.sha256(graph).hexdigest()
    line = f"evaluate made --against real --extractor inception:graph.pb --sha256 {digest}"
    assert main([*line.split(), "--metrics", "fid", "kid/inception-2015/30/clean", "is"]) == 0
    out = capfd.readouterr().out
    for name in ("fid", "kid", "is"):
        assert f"{name}/inception-2015/30/clean  " in out
    written = json.loads(pathlib.Path("evaluation/card.json").read_text(encoding="utf-8"))
    assert written["extractor_sha256"] == digest
    assert all("agree" in score["check"] for score in written["scores"])
    pathlib.Path("evaluation").rename("before")
    wrong = line.replace(digest, "0" * 64)
    assert f"Received: sha256={digest}." in refused(capfd, wrong)


def test_points_are_counted_by_mode(capfd):
    line = "evaluate ring_art --against ring --data.count 200 --samples 100 --repeats 2"
    assert main(line.split()) == 0
    out = capfd.readouterr().out
    assert "\nmodes/raw/100  4 ± 0  (higher is better; a true sampler: 8)\n" in out
    quality = "1 ± 0  (near the ideal is better; a true sampler: 0.9889)"
    assert f"\nhigh_quality_rate/raw/100  {quality}\n" in out
    assert "warning: modes/raw/100: 4 of 8 found; the others are lost" in out
    assert pathlib.Path("evaluation/report.html").exists()


WRONG = [
    ("", "the following arguments are required: WHAT"),
    ("nowhere --against real", "Received: nowhere, which is not there."),
    ("made/0.png --against real", "Received: made/0.png, a file."),
    ("empty --against real", "Expected pictures (.bmp"),
    ("made", "Expected --against DATA for the folder made. Received: none."),
    ("made --against reel", "Unknown data source. Received: 'reel'."),
    ("made --against ./nowhere", "Expected a folder of pictures."),
    ("made --against real --metrics fad", "Unknown metric. Received: 'fad'."),
    ("made --against real --metrics fid/raw/30/bicubic", "Unknown resize. Received: 'bicubic'."),
    (
        "made --against real --extractor raw --metrics fid/raw/29",
        "Expected fid/raw/30, as these samples were",
    ),
    ("made --against real --metrics ct", "Expected data that hold back real samples, for ct."),
    ("made --against real --metrics modes", "Expected ring or grid, whose modes are known"),
    (
        "made --against real --extractor raw --metrics is",
        "Expected an extractor that names classes",
    ),
    ("made --against real --extractor vgg", "Unknown extractor. Received: 'vgg'."),
    ("made --against real --extractor classifier", "Take data with labels, or raw, inception"),
    ("made --against real --extractor saved:no.keras", "Received: 'no.keras': no such."),
    ("made --against real --resize bilinear --extractor saved:made", "Unknown resize."),
    ("made --against real --samples 1", "Expected --samples of at least 2. Received: 1."),
    ("made --against real --samples 31", "Expected at least 31 pictures for 1 repeats."),
    ("made --against real --repeats 0", "Expected --repeats of at least 1. Received: 0."),
    ("made --against real --samples many", "argument --samples: invalid int value: 'many'"),
    ("made --against real --bogus", "then --data.OPTION VALUE. Received: --bogus."),
    ("made --against real --data.bogus 1", "Unknown option. Received: 'data.bogus'."),
    ("made --against real --out made/x", "Expected --out outside made, whose pictures are read."),
    ("made --against real --out made/0.png", "Expected --out outside made"),
    ("made --against rgb", "pictures of the same channels. Received: 1 in made, 3 in images:"),
    ("made --against ring", "Expected samples of one shape. Received: made of (8, 8, 1), ring of"),
    (
        "few --against real --extractor raw --metrics coverage",
        "Expected more than 5 samples for 5 nearest neighbours. Received: 4.",
    ),
    ("ring_art --against real", "Expected samples of one shape. Received: ring_art (version 1) of"),
]


@pytest.mark.parametrize("line, message", WRONG)
def test_bad_input_is_one_line_and_exit_code_2(capfd, line, message):
    assert message in refused(capfd, f"evaluate {line}")
