"""Files for browsers: with their types, checked again each time, and under a strict policy."""

import pathlib

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from kgan.serving import static_site

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

    def __init__(self):
        super().__init__(directory=static_site.PAGE, html=True)

    async def get_response(self, path, scope):
        return secured(await super().get_response(path, scope), scope)

    def file_response(self, full_path, *arguments, **options):
        response = super().file_response(full_path, *arguments, **options)
        kind = _TYPES.get(pathlib.Path(full_path).suffix)
        if kind is not None and response.status_code == 200:
            response.headers["content-type"] = kind
        return response


class ArtefactFiles(PageFiles):
    """Manifests, pictures and LiteRT files of what is served, and nothing else that lies there.

    Args:
        folder: `saved_models`.
        names: called for the names of the artefacts.
    """

    def __init__(self, folder, names):
        StaticFiles.__init__(self, directory=folder)
        self._folder, self._names = pathlib.Path(folder), names

    async def get_response(self, path, scope):
        name, _, file = path.replace("\\", "/").partition("/")
        if path == "index.json" and scope["method"] in ("GET", "HEAD"):
            body = static_site.index(self._folder, self._names())
            response = Response(body, media_type="application/json")
            return secured(response, scope)
        if path != "index.json" and (
            name not in self._names() or not static_site.public(name, file)
        ):
            raise HTTPException(404, "Not Found")
        return await super().get_response(path, scope)


def secured(response, scope):
    """Adds to a response what keeps browsers from doing more than they should."""
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
