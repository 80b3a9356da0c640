"""Recordings of one's own, from training to WAV files, scores and an artefact."""

import json

import numpy as np
import pytest
import tensorflow as tf
from scipy.io import wavfile

from kgan.cli import main


@pytest.mark.slow
def test_from_a_recording_to_wav_files(tmp_path, capsys):
    places = np.arange(4000)
    np.save(tmp_path / "pulse.npy", np.exp(-0.5 * ((places % 40 - 20) / 3.0) ** 2))
    run, data = tmp_path / "run", f"signals:{tmp_path}/pulse.npy"
    small = "--data.length 128 --data.hop 32 --data.rate 1000 --data.held_out 0.3 --model.width 4"
    steps = "--training.batch_size 8 --training.epochs 1 --training.steps_per_epoch 2"
    arguments = ["train", "wavegan_signals", "--data", data, "--out", str(run)]
    assert main([*arguments, *small.split(), *steps.split()]) == 0
    assert next((run / "samples").iterdir()).suffix == ".png"

    out = tmp_path / "waves"
    assert main(["sample", str(run), "--out", f"{out}/", "--seed", "7", "--count", "2"]) == 0
    rate, first = wavfile.read(out / "0007.wav")
    assert rate == 1000 and first.shape == (128,) and (out / "0008.wav").exists()
    assert main(["sample", str(run), "--npz", str(tmp_path / "a.npz"), "--seed", "7"]) == 0
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_allclose(first / 32767.0, arrays["signals"][0, :, 0], atol=1e-4)

    assert main(["evaluate", str(run), "--repeats", "1"]) == 0
    card = json.loads((run / "evaluation" / "card.json").read_text())
    names = {score["name"].split("/")[0] for score in card["scores"]}
    assert {"kid", "spectrum_distance", "envelope_distance", "peak_shape_ratio"} <= names
    assert any(note.startswith("peak_rate_distance left out: ") for note in card["notes"])

    assert main(["export", str(run), "--to", str(tmp_path / "saved")]) == 0
    loaded = tf.saved_model.load(str(tmp_path / "saved" / "1"))
    seed = tf.constant([[7, 0]])
    (file,) = loaded.signatures["sample_wav"](seed=seed)["audio_bytes"].numpy()
    np.testing.assert_allclose(tf.audio.decode_wav(file).audio[:, 0] * 32767, first, atol=1.01)
    capsys.readouterr()


def test_metrics_of_signals_are_refused_for_pictures(tmp_path, capsys):
    from kgan.images import to_pillow

    for number in range(4):
        image = np.full((8, 8, 1), number, np.uint8)
        to_pillow(image).save(tmp_path / f"{number}.png")
    arguments = ["evaluate", str(tmp_path), "--against", str(tmp_path), "--data.size", "8"]
    arguments += ["--extractor", "raw", "--metrics", "spectrum_distance"]
    assert main([*arguments, "--out", str(tmp_path.parent / "card")]) == 2
    assert "Expected signals" in capsys.readouterr().err
