"""The page and the files of artefacts that it reads: which they are, and a copy for other servers.

It needs no web framework; `kgan.serving.static_files` gives the files out.
"""

import contextlib
import json
import pathlib
import re
import shutil
import tempfile
import urllib.parse
from collections.abc import Iterable

from kgan.errors import InputError
from kgan.files import sync_folder, write_text
from kgan.saved_model.layout import list_artefacts
from kgan.types import PathLike

PAGE = pathlib.Path(__file__).with_name("page")
INDEX = "artefacts/index.json"
_LIST = "artefacts/page.json"  # the files that were written
_PUBLIC = re.compile(r"manifest\.json|grid\.png|[A-Za-z0-9_][A-Za-z0-9_.-]*\.tflite")
_SERVER = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?"
)
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'{}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def policy(query: bytes = b"") -> str:
    """Returns the page's Content-Security-Policy: only files from the same server.

    Args:
        query: of the page's address. `server=http://HOST:PORT` names the one other server that
            the page may ask.

    Example:
        >>> "connect-src 'self' http://gpu:8501;" in policy(b"server=http://gpu:8501")
        True
    """
    server = urllib.parse.parse_qs(query.decode("latin-1")).get("server", [""])[0].rstrip("/")
    return _POLICY.format(f" {server}" if _SERVER.fullmatch(server) else "")


def is_public(name: str, file: str) -> bool:
    """Returns whether anybody may read the file `file` of the artefact `name`."""
    return not name.startswith(".") and _PUBLIC.fullmatch(file) is not None


def list_public_files(folder: pathlib.Path) -> list[str]:
    """Returns the names of an artefact's files that the page may read, sorted.

    Args:
        folder: `saved_models/NAME`.
    """
    return sorted(
        path.name
        for path in folder.iterdir()
        if is_public(folder.name, path.name) and path.is_file() and not path.is_symlink()
    )


def make_index(folder: pathlib.Path, names: Iterable[str]) -> str:
    """Returns the JSON that tells the page which artefacts there are.

    Args:
        folder: `saved_models`.
        names: of its artefacts.
    """
    artefacts = [
        {"name": name, "files": list_public_files(folder / name)} for name in sorted(names)
    ]
    return json.dumps({"artefacts": artefacts}) + "\n"


def write_page(artefacts: PathLike, folder: PathLike) -> pathlib.Path:
    """Writes the page, and the files of each artefact that it reads, for another web server.

    Args:
        artefacts: `saved_models`, which holds `NAME/VERSION`.
        folder: gets `index.html`, `artefacts/index.json` and the rest; replaced if it holds such a
            page already.

    Returns:
        The folder's path.

    Raises:
        InputError: no artefact, or a folder that holds something else.

    Example:
        >>> kgan.serving.write_page("saved_models", "site")
        PosixPath('site')
    """
    artefacts, folder = pathlib.Path(artefacts).expanduser(), pathlib.Path(folder).expanduser()
    names = list_artefacts(artefacts) if artefacts.is_dir() else {}
    if not names:
        raise InputError(
            f"Expected a folder of artefacts, NAME/VERSION/saved_model.pb. Received: {artefacts}."
        )
    if folder.exists() and not (folder / INDEX).is_file():
        raise InputError(
            f"Expected a new folder, or one with such a page. Received: {folder}, which holds "
            "something else. Choose another."
        )
    foreign = _list_foreign(folder)
    if foreign:
        raise InputError(
            f"Expected a folder with the page alone. Received: {folder}, which also holds "
            f"{', '.join(foreign[:3])}. Move it away, or choose another folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = pathlib.Path(tempfile.mkdtemp(prefix=".page-", dir=folder.parent))
    try:
        shutil.copytree(PAGE, aside, dirs_exist_ok=True)
        for name in names:
            (aside / "artefacts" / name).mkdir(parents=True)
            for file in list_public_files(artefacts / name):
                shutil.copy(artefacts / name / file, aside / "artefacts" / name / file)
        write_text(aside / INDEX, make_index(artefacts, names))
        write_text(aside / _LIST, json.dumps(_list_files(aside)))
        aside.chmod(0o755)  # mkdtemp's folders are private, and the web server is another user
        if folder.exists():
            shutil.rmtree(folder)
        aside.rename(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _list_files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())


def _list_foreign(folder):
    """Returns the files in a folder that no page wrote there, which are not deleted."""
    if not folder.exists():
        return []
    own = {_LIST, *_list_files(PAGE)}
    with contextlib.suppress(OSError, ValueError, TypeError):  # earlier pages have no list
        own.update(json.loads((folder / _LIST).read_text("utf-8")))
    public = re.compile(rf"artefacts/(index\.json|[^/]+/({_PUBLIC.pattern}))")
    return [file for file in _list_files(folder) if file not in own and not public.fullmatch(file)]
