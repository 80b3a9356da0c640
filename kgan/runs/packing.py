"""A run in one file: its configuration, its weights and a card, which loads elsewhere.

The file is a ZIP of text and of plain arrays; none of it can run code. What is read is bounded by
the sizes that the configuration's own model has.
"""

import contextlib
import hashlib
import io
import json
import pathlib
import tempfile
import zipfile
from collections.abc import Iterator

import keras
import numpy as np

from kgan import __version__
from kgan.errors import InputError
from kgan.files import replace_atomically
from kgan.models.core.base import GAN
from kgan.runs.build import build_model
from kgan.runs.checkpoints import select_networks
from kgan.runs.config import RunConfig
from kgan.types import PathLike

SUFFIX = ".kgan"
_FORMAT = "kgan run 1"
_CONFIG, _CARD, _MANIFEST = "config.yaml", "README.md", "manifest.json"
_ENCRYPTED = 1  # in the flags of a member
_MOST_TEXT = 2**20  # bytes of a configuration, a manifest or a card
_TIME = (1980, 1, 1, 0, 0, 0)  # of all members: the same run packs into the same bytes


def write_pack(
    gan: GAN, config: RunConfig, path: PathLike, cards: dict[str, dict] | None = None
) -> pathlib.Path:
    """Writes a run as one file, whole or not at all.

    Args:
        gan: the model, with the weights to keep.
        config: its configuration.
        path: of the file, which ends in `.kgan`.
        cards: `{path: metric card}` of evaluations, for the card.

    Raises:
        InputError: for another suffix, or a file that is there.
    """
    path = pathlib.Path(path)
    if path.suffix != SUFFIX or path.exists():
        raise InputError(f"Expected a new file that ends in {SUFFIX}. Received: {path}.")
    members = {_CONFIG: config.text().encode()}
    for name, variable in _list_variables(gan):
        with io.BytesIO() as stream:
            value = np.asarray(keras.ops.convert_to_numpy(variable.value))
            np.lib.format.write_array(stream, value, allow_pickle=False)
            members[name] = stream.getvalue()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    manifest = {
        "format": _FORMAT,
        "kgan": __version__,
        "variant": config.model["name"],
        "rounds": gan.rounds,
        "sha256": hashes,
    }
    texts = {_MANIFEST: json.dumps(manifest, indent=2), _CARD: describe(gan, config, path, cards)}
    with replace_atomically(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, data in ({n: text.encode() for n, text in texts.items()} | members).items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), data)
    return path


def read_pack(path: PathLike) -> tuple[GAN, RunConfig]:
    """Returns the model and the configuration of a packed run.

    Raises:
        InputError: for a file that is none, was changed, or does not fit its own configuration.
    """
    with _open(path) as archive:
        manifest = _read_manifest(archive, path)
        config_text = _read(archive, _CONFIG, _MOST_TEXT, manifest, path)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / _CONFIG
            file.write_bytes(config_text)
            config = RunConfig.load(file)
        gan = build_model(config)
        for name, variable in _list_variables(gan):
            most = _count_bytes(variable)
            data = _read(archive, name, most, manifest, path)
            value = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
            if (value.shape, value.dtype.name) != (tuple(variable.shape), variable.dtype):
                received = f"{value.dtype.name} {value.shape}"
                wanted = f"{variable.dtype} {tuple(variable.shape)}"
                raise _refuse(path, f"{name} of {received} for {wanted}")
            variable.assign(value)
    return gan, config


def describe(
    gan: GAN, config: RunConfig, path: pathlib.Path, cards: dict[str, dict] | None = None
) -> str:
    """Returns the card, in Markdown under the front matter that hubs of models read."""
    variant, source = config.model["name"], config.data["source"]
    licence = (config.examples or {}).get("licence", "not recorded")
    lines = [
        "---",
        "library_name: kgan",
        "license: other",
        f"tags: [gan, keras, {variant}]",
        "---",
        "",
        f"# {path.stem}",
        "",
        f"`{variant}`, {gan.rounds} rounds on `{source}`; licence of the data: {licence}",
        "",
        "```python",
        "import kgan",
        "",
        f'gan = kgan.load("{path.name}")',
    ]
    lines += ["images = gan.sample(seeds=range(16))"] if not gan.conditions else []
    lines += ["```", "", f"Or `kgan sample {path.name}`. Made with kgan {__version__}.", ""]
    for name, card in (cards or {}).items():
        lines += [f"Scores ({name}):", "", "| score | value | better |", "| --- | --- | --- |"]
        lines += [f"| {s['name']} | {s['value']:.4g} | {s['better']} |" for s in card["scores"]]
        lines += [""]
    return "\n".join(lines)


def _list_variables(gan) -> Iterator[tuple[str, keras.Variable]]:
    """Yields a name in the archive for each variable that samples depend on, and the variable."""
    for role, variables in select_networks(gan).items():
        for number, variable in enumerate(variables):
            yield f"weights/{role}/{number}.npy", variable


def _count_bytes(variable):
    """Returns how many bytes an array of a variable takes at most, with its header."""
    return int(np.prod(variable.shape)) * 8 + 4096


@contextlib.contextmanager
def _open(path):
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except InputError:  # a ValueError that says it all
        raise
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        raise _refuse(path, " ".join(str(error).split()) or type(error).__name__) from error


def _read_manifest(archive, path):
    try:
        manifest = json.loads(_read(archive, _MANIFEST, _MOST_TEXT, None, path))
        if manifest["format"] != _FORMAT:
            raise _refuse(path, f"the format {manifest['format']!r}")
        return {str(name): str(digest) for name, digest in manifest["sha256"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _refuse(path, "a manifest that cannot be read") from error


def _read(archive, name, most, hashes, path):
    """Returns a member of at most so many bytes, which has the digest that the manifest says."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise _refuse(path, f"no {name}") from None
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & _ENCRYPTED:
        raise _refuse(path, f"{name} compressed or encrypted")
    if info.file_size > most:
        raise _refuse(path, f"{name} of {info.file_size} bytes, {most} at most")
    data = archive.read(info)
    if hashes is not None and hashlib.sha256(data).hexdigest() != hashes.get(name):
        raise _refuse(path, f"{name} that was changed")
    return data


def _refuse(path, reason):
    return InputError(
        f"Expected a run that kgan pack wrote. Received: {path} ({reason}). Pack it again."
    )
