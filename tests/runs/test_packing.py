"""A run in one file: what it makes is what the run makes, and strangers' files do no harm."""

import hashlib
import io
import json
import pathlib
import zipfile

import numpy as np
import pytest

import kgan
from kgan.cli import main
from kgan.errors import InputError
from kgan.runs.packing import read_pack
from kgan.runs.parse import parse
from kgan.training import train
from tests.small_runs import without_tracing

SMALL = {
    "model": {"name": "dcgan", "width": 4, "latent_size": 8},
    "data": {"source": "digits", "size": 16},
    "training": {"batch_size": 8, "epochs": 1, "steps_per_epoch": 1, "samples": 4},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packing") / "run"
    with without_tracing():
        train(parse([], [SMALL]), folder)
    return folder


@pytest.fixture(scope="module")
def packed(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "shared.kgan"
    assert main(["pack", str(run), "--to", str(path)]) == 0
    return path


def rewrite(packed, path, change):
    """Writes a copy whose members `change` has changed, with digests that fit."""
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    manifest = json.loads(members.pop("manifest.json"))
    manifest["sha256"] = {n: hashlib.sha256(d).hexdigest() for n, d in members.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {"manifest.json": json.dumps(manifest), **members}.items():
            archive.writestr(name, data)


def test_a_packed_run_makes_the_same_pictures(run, packed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = kgan.load(run).sample([0, 7])
    np.testing.assert_array_equal(kgan.load(packed).sample([0, 7]), expected)
    assert main(["sample", str(packed), "--count", "2", "--npz", "two.npz"]) == 0
    assert main(["pack", str(run), "--to", "again.kgan"]) == 0
    again, first = pathlib.Path("again.kgan"), zipfile.ZipFile(packed)
    for name in first.namelist():
        if name != "README.md":  # which says the file's name
            assert zipfile.ZipFile(again).read(name) == first.read(name)
    assert first.read("README.md").startswith(b"---\nlibrary_name: kgan\n")


def test_it_goes_on_to_be_trained(packed):
    gan = kgan.load(packed)
    gan.compile()
    before = gan.generator.get_weights()
    gan.fit(kgan.data.digits(size=16).dataset(batch_size=64).take(2), verbose=0)
    assert any((a != b).any() for a, b in zip(before, gan.generator.get_weights(), strict=True))


def test_nothing_is_overwritten(run, packed, capsys):
    before = packed.read_bytes()
    assert main(["pack", str(run), "--to", str(packed)]) == 2
    assert "Expected a new file that ends in .kgan" in capsys.readouterr().err
    assert packed.read_bytes() == before


def test_a_changed_byte_is_refused(packed, tmp_path):
    with zipfile.ZipFile(packed) as archive:
        place = archive.getinfo("weights/generator/0.npy").header_offset
    data = bytearray(packed.read_bytes())
    data[place + 400] ^= 1
    changed = tmp_path / "changed.kgan"
    changed.write_bytes(data)
    with pytest.raises(InputError, match=r"kgan pack wrote\. .*(Bad CRC|changed)"):
        read_pack(changed)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 99])
def test_another_file_is_refused(content, tmp_path):
    path = tmp_path / "other.kgan"
    path.write_bytes(content)
    with pytest.raises(InputError, match="Expected a run that kgan pack wrote"):
        kgan.load(path)


def test_what_runs_code_or_is_too_large_is_refused(packed, tmp_path):
    name = "weights/generator/0.npy"
    with open(tmp_path / "object.npy", "wb") as stream:
        np.save(stream, np.array([print], object), allow_pickle=True)
    pickled = (tmp_path / "object.npy").read_bytes()

    def replace(data):
        return lambda members: members.update({name: data})

    for number, (data, message) in enumerate((
        (pickled, "allow_pickle"),
        (b"0" * 10**7, "bytes, .* at most"),
        (packed.read_bytes()[:50], "kgan pack wrote"),
    )):  # fmt: skip
        path = tmp_path / f"{number}.kgan"
        rewrite(packed, path, replace(data))
        with pytest.raises(InputError, match=message):
            read_pack(path)
    other = io.BytesIO()
    np.save(other, np.zeros(3, "float64"))
    path = tmp_path / "shape.kgan"
    rewrite(packed, path, replace(other.getvalue()))
    with pytest.raises(InputError, match=r"npy of float64 \(3,\) for float32") as caught:
        read_pack(path)
    assert str(caught.value).count("Expected") == 1
    path = tmp_path / "missing.kgan"
    rewrite(packed, path, lambda members: members.pop(name))
    with pytest.raises(InputError, match=f"no {name}"):
        read_pack(path)
