"""The model card: describes an artefact to the person who finds it."""

import inspect
import pathlib
from typing import Any

from kgan.errors import InputError
from kgan.export.provenance import Provenance
from kgan.models.core.base import GAN
from kgan.runs.outputs import save_output

GRID = "grid.png"
_SHOWN = 64  # pictures of the grid
_TEXTS = 8


def write(
    gan: GAN, folder: pathlib.Path, name: str, manifest: dict[str, Any], provenance: Provenance
) -> None:
    """Writes `README.md`, and `grid.png` if samples can be drawn.

    Args:
        gan: the generator's.
        folder: where to.
        name: of the artefact.
        manifest: its manifest.
        provenance: of the generator.
    """
    samples = _make_samples(gan, provenance)
    drawable = samples is not None and gan.output_kind != "tokens"
    if drawable and (samples.ndim > 2 or samples.shape[1] <= 2):
        save_output(folder / GRID, gan, samples)
        shown = [f"![samples]({GRID})"]
    elif samples is not None and gan.output_kind == "tokens":
        shown = ["```", *gan.texts_of(samples[:_TEXTS]), "```"]
    else:
        shown = []
    parts = [_head(gan, name), shown, _facts(manifest, provenance), _signatures(name, manifest)]
    parts += [_scores(provenance), _table("LiteRT", manifest.get("litert"))]
    parts += [_table("ONNX", manifest.get("onnx")), _files(manifest)]
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def _make_samples(gan, provenance):
    """Returns samples of the first seeds, or None where there is nothing to start from."""
    if provenance.batch is not None:
        return gan.preview(_SHOWN, provenance.batch)
    try:
        return gan.sample(range(_SHOWN))
    except InputError:
        return None


def _head(gan, name):
    text = inspect.getdoc(type(gan))
    reference = text.partition("Reference: ")[2].partition("\n")[0]
    differs = text.partition("Differs from the paper: ")[2].partition("\n\n")[0]
    head = [f"# {name}", "", " ".join([text.partition("\n")[0], reference]).strip()]
    return head + (["", f"Differs from the paper: {' '.join(differs.split())}"] if differs else [])


def _facts(manifest, provenance):
    data = "not known"
    if provenance.data is not None:
        options = {k: v for k, v in provenance.data.items() if k != "source"}
        given = ", ".join(f"{key}={value}" for key, value in options.items() if value is not None)
        data = f"`{provenance.data['source']}`{given and f' ({given})'}"
    checked, made_with = manifest["verified"], manifest["made_with"]
    equal = f"within {checked['farthest']:.1e}" if checked["farthest"] else "equal to the last bit"
    rows = {
        "variant": f"`{manifest['variant']}`",
        "version": manifest["version"],
        "rounds trained": manifest["rounds_trained"],
        **({"started from": provenance.origin} if provenance.origin else {}),
        "data": data,
        "licence of the data": provenance.licence,
        "made by": f"`{provenance.command}`" if provenance.command else "`kgan.export.publish`",
        "made with": ", ".join(f"{key} {value}" for key, value in made_with.items()),
        "checked": "TensorFlow's C library against Keras on the CPU, batch sizes "
        f"{' and '.join(map(str, checked['batch_sizes']))}: {equal}",
    }
    table = [f"| {key} | {_cell(value)} |" for key, value in rows.items()]
    return ["| | |", "| --- | --- |", *table]


def _signatures(name, manifest):
    lines = [
        "## Signatures", "",
        "| signature | takes | gives |", "| --- | --- | --- |",
    ]  # fmt: skip
    for signature, told in manifest["signatures"].items():
        takes, gives = (
            "<br>".join(f"`{key}` {text}" for key, text in told[side].items())
            for side in ("inputs", "outputs")
        )
        lines.append(f"| `{signature}` | {_cell(takes)} | {_cell(gives)} |")
    return [*lines, "", f"Seeds: {manifest['seed_rule']}. In the folder that holds {name}: "
            f"`kgan serve .`, or `kgan verify {name}`."]  # fmt: skip


def _scores(provenance):
    lines = ["## Scores", ""]
    if not provenance.cards:
        asked = f"`kgan evaluate {provenance.run}`, then export again." if provenance.run else ""
        return [*lines, f"None was measured. {asked}".strip()]
    for path, card in provenance.cards.items():
        evaluated = card.get("evaluated", path)
        lines += [f"{evaluated} against {card.get('against', 'its own data')}:", ""]
        head = ("score", "value", "spread", "ideal", "better", "without a network")
        lines += [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
        for score in card["scores"]:
            cells = [score.get(key) for key in ("name", "value", "sd", "ideal", "better")]
            simple = score.get("baselines", {}).items()
            cells += [", ".join(f"{name} {value:.4g}" for name, value in simple)]
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
        lines += [
            "",
            *(f"* {line}" for line in [*card.get("notes", ()), *card.get("warnings", ())]),
        ]
    return lines


def _table(title, rows):
    """Returns the lines of a table of files for another runtime."""
    if not rows:
        return []
    names = list(rows[0])
    lines = [f"## {title}", "", f"| {' | '.join(names)} |", "| --- " * len(names) + "|"]
    return lines + [f"| {' | '.join(_cell(row.get(key)) for key in names)} |" for row in rows]


def _files(manifest):
    lines = ["## Checksums (SHA-256)", "", "| file | |", "| --- | --- |"]
    version = manifest["version"]
    return lines + [f"| `{version}/{file}` | `{sha}` |" for file, sha in manifest["sha256"].items()]


def _cell(value):
    if value is None:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
