"""Gives files to browsers: with fixed types, revalidated each time, under a strict policy."""

import pathlib
from collections.abc import Callable, Iterable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from kgan.serving import static_site
from kgan.types import PathLike

# Not left to the machine's own list, which may call a module text/plain: it would not run then.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".tflite": "application/octet-stream",
}


class PageFiles(StaticFiles):
    """The page's own files; `/` is its `index.html`."""

    def __init__(self) -> None:
        super().__init__(directory=static_site.PAGE, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        return add_headers(await super().get_response(path, scope), scope)

    def file_response(self, full_path: PathLike, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(full_path, *arguments, **options)
        kind = _TYPES.get(pathlib.Path(full_path).suffix)
        if kind is not None and response.status_code in (200, 206):
            response.headers["content-type"] = kind
        return response


class ArtefactFiles(PageFiles):
    """Manifests, pictures and LiteRT files of the models that are served, and no other file.

    Args:
        folder: `saved_models`.
        list_names: called for the names of the models.
    """

    def __init__(self, folder: PathLike, list_names: Callable[[], Iterable[str]]) -> None:
        StaticFiles.__init__(self, directory=folder)
        self._folder, self._list_names = pathlib.Path(folder), list_names

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == "index.json":
            if scope["method"] in ("GET", "HEAD"):
                body = static_site.make_index(self._folder, self._list_names())
                return add_headers(Response(body, media_type="application/json"), scope)
        else:
            name, _, file = path.replace("\\", "/").partition("/")
            if name not in self._list_names() or not static_site.is_public(name, file):
                raise HTTPException(404, "Not Found")
        return await super().get_response(path, scope)


def add_headers(response: Response, scope: Scope) -> Response:
    """Adds to a response the headers that keep browsers from doing more than they should."""
    response.headers.update(
        {
            "cache-control": "no-cache",  # kept, and asked about again: the ETag answers that
            "content-security-policy": static_site.policy(scope["query_string"]),
            "cross-origin-opener-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }
    )
    return response
