"""A small client, of Python's own library and NumPy: named arrays in, arrays out."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request

import numpy as np

from kgan.errors import InputError, RunError

_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_STRING": "object"}


class Client:
    """Asks a server that speaks TensorFlow Serving's REST API: kgan's, or TensorFlow Serving.

    Args:
        url: of the server, `http://HOST:PORT`.
        timeout: seconds to wait for an answer.

    Raises:
        InputError: for what is no such address.

    Example:
        >>> images = Client("http://127.0.0.1:8501").predict("digits", seed=[[7, 0]])
        >>> images.shape, images.dtype
        ((1, 32, 32, 1), dtype('uint8'))
    """

    def __init__(self, url, timeout=60.0):
        if not url.startswith(("http://", "https://")):
            raise InputError(f"Expected an address http://HOST:PORT. Received: url={url!r}.")
        self._url, self._timeout = url.rstrip("/"), timeout
        self._signatures = {}  # of a model and version, as its metadata told
        # A proxy for the web is of no use for a server in the house.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def predict(self, model, /, signature=None, version=None, **inputs):
        """Returns what a model makes of named inputs.

        Args:
            model: its name.
            signature: which function; by default the one that takes inputs of these names, and
                gives numbers where another gives files or texts of the same.
            version: a number, or None for the newest.
            **inputs: arrays [N, …], or what NumPy makes arrays of.

        Returns:
            The array [N, …] of the only output, or `{name: array}` of several, in the types that
            the model declares.

        Raises:
            InputError: for what the server refuses.
            RunError: no server, or one that failed.
        """
        path = f"/v1/models/{urllib.parse.quote(model, safe='')}"
        path += "" if version is None else f"/versions/{int(version)}"
        try:
            signatures = self._signatures_of(path)
            taken = {key: told["inputs"] for key, told in signatures.items()}
            files = {key for key, told in signatures.items() if _gives(told, "DT_STRING")}
            name = chosen(model, taken, files, inputs) if signature is None else signature
            body = {
                "signature_name": name,
                "inputs": {key: _plain(value) for key, value in inputs.items()},
            }
            made = self._asked(f"{path}:predict", body)["outputs"]
        except InputError:
            self._signatures.pop(path, None)  # a new version may have others
            raise
        outputs = signatures[name]["outputs"]
        if len(outputs) == 1:
            return _array(made, next(iter(outputs.values())))
        return {key: _array(made[key], info) for key, info in outputs.items()}

    def _signatures_of(self, path):
        if path not in self._signatures:
            told = self._asked(f"{path}/metadata")["metadata"]["signature_def"]["signature_def"]
            # What has no inputs is the graph's initialization.
            self._signatures[path] = {name: v for name, v in sorted(told.items()) if v["inputs"]}
        return self._signatures[path]

    def _asked(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path, data, {"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = _told(error)
            kind = InputError if 400 <= error.code < 500 else RunError
            raise kind(f"{self._url} answers {error.code}: {text}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise RunError(f"No answer from {self._url}: {reason}") from error


def chosen(model, taken, files, inputs):
    """Returns the name of the one signature that takes inputs of these names.

    Args:
        model: its name, for the error.
        taken: `{signature's name: its inputs' names}`.
        files: names of those that give strings, which are meant only where no other fits.
        inputs: names, or what has names.

    Raises:
        InputError: for none or several.
    """
    fitting = [name for name, names in taken.items() if set(names) == set(inputs)]
    numbers = [name for name in fitting if name not in files]
    if len(numbers or fitting) != 1:
        known = "; ".join(f"{name}: {', '.join(sorted(names))}" for name, names in taken.items())
        raise InputError(
            f"Expected the inputs of one signature of {model} ({known}). Received: "
            f"{', '.join(inputs) or 'none'}. Choose with signature=."
        )
    return (numbers or fitting)[0]


def _gives(told, dtype):
    return any(info["dtype"] == dtype for info in told["outputs"].values())


def _told(error):
    """Returns the text of an error's answer, or its status in words."""
    try:
        return " ".join(str(json.loads(error.read())["error"]).split())
    except (OSError, ValueError, KeyError, TypeError):
        return error.reason


def _plain(value):
    """Returns what JSON can hold: lists, numbers, strings, `{"b64": …}` for bytes."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode("ascii")}
    return value


def _array(values, info):
    name = info["dtype"]
    if name != "DT_STRING":
        return np.array(values, _DTYPES.get(name) or name.removeprefix("DT_").lower())
    return _decoded(np.array(values, object))


def _decoded(array):
    flat = [base64.b64decode(v["b64"]) if isinstance(v, dict) else v for v in array.ravel()]
    made = np.empty(len(flat), object)
    made[:] = flat
    return made.reshape(array.shape)
