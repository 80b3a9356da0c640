"""Where an evaluation is written, and what must not be overwritten there."""

import json
import pathlib

from kgan import __version__
from kgan.errors import InputError
from kgan.files import write_text

CARD, HTML = "card.json", "report.html"
_FORMAT = "kgan evaluation 1"


def check_out(out, what, folders):
    """Refuses a folder for results in which something else would be overwritten, or be read.

    Args:
        out: the folder.
        what: what is evaluated; an earlier evaluation of the same may be replaced.
        folders: folders of pictures that are read, among which a report must not appear.

    Raises:
        InputError: if `out` is not for us.
    """
    inside = out.expanduser().absolute()
    for folder in folders:
        read = None if folder is None else pathlib.Path(folder).expanduser().absolute()
        if read is not None and (read == inside or read in inside.parents):
            raise InputError(
                f"Expected --out outside {folder}, whose pictures are read. Received: {out}. "
                "Choose another --out."
            )
    if out.exists() and not out.is_dir():
        raise InputError(f"Expected a folder for --out. Received: the file {out}.")
    there = [name for name in (CARD, HTML) if (out / name).exists()]
    earlier = _evaluated(out / CARD)
    if there and earlier != str(what):
        found = f"of {earlier}" if earlier else f"{', '.join(there)}, not an evaluation's"
        raise InputError(
            f"Expected no other results in {out}. Received: those {found}. Choose another --out."
        )


def write(out, report, what, facts):
    """Writes `card.json` and `report.html`, each whole or not at all.

    Args:
        out: the folder, made if missing.
        report: `kgan.metrics.Report`.
        what: what was evaluated, as it was asked for.
        facts: `{name: value}` more for the card.

    Returns:
        The two paths.
    """
    head = {"format": _FORMAT, "what": str(what), **facts, "kgan": __version__}
    whole = {**head, **report.card.to_dict()}
    # First, so that a report never stands alone: by the card it is known as ours.
    write_text(out / CARD, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    report.write(out / HTML)
    return [out / name for name in (CARD, HTML)]


def _evaluated(path):
    """Returns what an earlier card is of, or None if there is no card of ours."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card["what"] if isinstance(card, dict) and card.get("format") == _FORMAT else None
