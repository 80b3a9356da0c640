"""The model card: what an artefact is, for the person who finds it."""

import inspect

from kgan.errors import InputError
from kgan.images import save_samples

GRID = "grid.png"
_SHOWN = 64  # pictures of the grid
_TEXTS = 8


def write(gan, folder, name, manifest, origin):
    """Writes `README.md`, and `grid.png` of whatever can be drawn.

    Args:
        gan: the `GAN`.
        folder: where to.
        name: of the artefact.
        manifest: its manifest.
        origin: the `Origin`.
    """
    made = _samples(gan, origin)
    drawn = made is not None and made.ndim in (2, 4) and gan.output_kind != "tokens"
    if drawn and (made.ndim == 4 or made.shape[1] <= 2):
        save_samples(folder / GRID, made)
        shown = [f"![samples]({GRID})"]
    elif made is not None and gan.output_kind == "tokens":
        shown = ["```", *gan.texts_of(made[:_TEXTS]), "```"]
    else:
        shown = []
    parts = [_head(gan, name), shown, _facts(manifest, origin), _signatures(name, manifest)]
    parts += [_scores(origin), _litert(manifest), _files(manifest)]
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def _samples(gan, origin):
    """Returns samples of the first seeds, or None where there is nothing to start from."""
    if origin.batch is not None:
        return gan.preview(_SHOWN, origin.batch)
    try:
        return gan.sample(range(_SHOWN), gan.default_condition(_SHOWN))
    except InputError:
        return None


def _head(gan, name):
    text = inspect.getdoc(type(gan))
    reference = text.partition("Reference: ")[2].partition("\n")[0]
    differs = text.partition("Differs from the paper: ")[2].partition("\n\n")[0]
    head = [f"# {name}", "", " ".join([text.partition("\n")[0], reference]).strip()]
    return head + (["", f"Differs from the paper: {' '.join(differs.split())}"] if differs else [])


def _facts(manifest, origin):
    data = "not known"
    if origin.data is not None:
        options = {k: v for k, v in origin.data.items() if k != "source"}
        given = ", ".join(f"{key}={value}" for key, value in options.items() if value is not None)
        data = f"`{origin.data['source']}`{given and f' ({given})'}"
    checked, made_with = manifest["verified"], manifest["made_with"]
    equal = f"within {checked['farthest']:.1e}" if checked["farthest"] else "equal to the last bit"
    rows = {
        "variant": f"`{manifest['variant']}`",
        "version": manifest["version"],
        "rounds trained": manifest["rounds_trained"],
        "data": data,
        "licence of the data": origin.licence,
        "made by": f"`{origin.command}`" if origin.command else "`kgan.export.saved_model`",
        "made with": ", ".join(f"{key} {value}" for key, value in made_with.items()),
        "checked": "TensorFlow's C library against Keras on the CPU, batch sizes "
        f"{' and '.join(map(str, checked['batch_sizes']))}: {equal}",
    }
    table = [f"| {key} | {_cell(value)} |" for key, value in rows.items()]
    return ["| | |", "| --- | --- |", *table]


def _signatures(name, manifest):
    lines = [
        "## What it can be asked", "",
        "| signature | takes | gives |", "| --- | --- | --- |",
    ]  # fmt: skip
    for signature, told in manifest["signatures"].items():
        takes, gives = (
            "<br>".join(f"`{key}` {text}" for key, text in told[side].items())
            for side in ("inputs", "outputs")
        )
        lines.append(f"| `{signature}` | {_cell(takes)} | {_cell(gives)} |")
    return [*lines, "", f"Seeds: {manifest['seed_rule']}. `kgan serve` its folder, or verify it: "
            f"`kgan verify saved_models/{name}`."]  # fmt: skip


def _scores(origin):
    lines = ["## Scores", ""]
    if not origin.cards:
        asked = f"`kgan evaluate {origin.run}`, then export again." if origin.run else ""
        return [*lines, f"None was measured. {asked}".strip()]
    for path, card in origin.cards.items():
        evaluated = card.get("evaluated", path)
        lines += [f"{evaluated} against {card.get('against', 'its own data')}:", ""]
        lines += ["| score | value | spread | ideal | better |", "| --- | --- | --- | --- | --- |"]
        for score in card["scores"]:
            cells = [score.get(key) for key in ("name", "value", "sd", "ideal", "better")]
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
        lines += [
            "",
            *(f"* {line}" for line in [*card.get("notes", ()), *card.get("warnings", ())]),
        ]
    return lines


def _litert(manifest):
    rows = manifest.get("litert")
    if not rows:
        return []
    names = list(rows[0])
    lines = ["## LiteRT", "", f"| {' | '.join(names)} |", "| --- " * len(names) + "|"]
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
