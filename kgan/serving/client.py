"""A small client for the REST API, which needs only Python's own library and NumPy."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, RunError
from kgan.types import Array

_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_STRING": "object"}


class Client:
    """Asks a server that speaks TensorFlow Serving's REST API: kgan's, or TensorFlow Serving.

    Args:
        url: of the server, `http://HOST:PORT`.
        timeout: seconds to wait for an answer.

    Raises:
        InputError: for another kind of address.

    Example:
        >>> images = Client("http://127.0.0.1:8501").predict("digits", seed=[[7, 0]])
        >>> images.shape, images.dtype
        ((1, 32, 32, 1), dtype('uint8'))
    """

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise InputError(f"Expected an address http://HOST:PORT. Received: url={url!r}.")
        self._url, self._timeout = url.rstrip("/"), timeout
        self._signatures = {}  # by path of a model or version, from its metadata
        # Servers on one's own network are not reached through a web proxy.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def predict(
        self,
        model: str,
        /,
        signature: str | None = None,
        version: int | None = None,
        **inputs: ArrayLike,
    ) -> Array | dict[str, Array]:
        """Returns a model's outputs for named inputs.

        Args:
            model: its name.
            signature: which function; by default the one that takes inputs of these names, and
                gives numbers where another gives files or texts.
            version: a number, or None for the newest.
            **inputs: arrays [N, …], or values that NumPy makes arrays of.

        Returns:
            The array [N, …] of the only output, or `{name: array}` of several, in the types that
            the model declares.

        Raises:
            InputError: the server refuses the request.
            RunError: no server, or one that failed.
        """
        path = f"/v1/models/{urllib.parse.quote(model, safe='')}"
        path += "" if version is None else f"/versions/{int(version)}"
        try:
            signatures = self._read_signatures(path)
            names = {key: value["inputs"] for key, value in signatures.items()}
            texts = {key for key, value in signatures.items() if _gives_strings(value)}
            if signature is None:
                signature = choose_signature(model, names, texts, inputs)
            values = {key: _to_json(value) for key, value in inputs.items()}
            body = {"signature_name": signature, "inputs": values}
            answer = self._request(f"{path}:predict", body)["outputs"]
        except InputError:
            self._signatures.pop(path, None)  # a new version may have others
            raise
        outputs = signatures[signature]["outputs"]
        if len(outputs) == 1:
            return _to_array(answer, next(iter(outputs.values())))
        return {key: _to_array(answer[key], info) for key, info in outputs.items()}

    def _read_signatures(self, path):
        if path not in self._signatures:
            metadata = self._request(f"{path}/metadata")["metadata"]
            signatures = sorted(metadata["signature_def"]["signature_def"].items())
            # A signature without inputs is the graph's initialization.
            self._signatures[path] = {name: value for name, value in signatures if value["inputs"]}
        return self._signatures[path]

    def _request(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path, data, {"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = _read_error(error)
            kind = InputError if 400 <= error.code < 500 else RunError
            raise kind(f"{self._url} answers {error.code}: {text}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise RunError(f"No answer from {self._url}: {reason}") from error


def choose_signature(
    model: str,
    names: Mapping[str, Iterable[str]],
    texts: Collection[str],
    inputs: Collection[str],
) -> str:
    """Returns the name of the one signature that takes inputs of these names.

    Args:
        model: its name, for the error.
        names: `{signature's name: names of its inputs}`.
        texts: names of the signatures that give strings, which are taken only if no other fits.
        inputs: names.

    Raises:
        InputError: for none or several.
    """
    fitting = [name for name, expected in names.items() if set(expected) == set(inputs)]
    numbers = [name for name in fitting if name not in texts]
    if len(numbers or fitting) != 1:
        known = "; ".join(f"{name}: {', '.join(sorted(keys))}" for name, keys in names.items())
        raise InputError(
            f"Expected the inputs of one signature of {model} ({known}). Received: "
            f"{', '.join(inputs) or 'none'}. Choose with signature=."
        )
    return (numbers or fitting)[0]


def _gives_strings(signature):
    return any(info["dtype"] == "DT_STRING" for info in signature["outputs"].values())


def _read_error(error):
    """Returns the text of an error's answer, or its status in words."""
    try:
        return " ".join(str(json.loads(error.read())["error"]).split())
    except (OSError, ValueError, KeyError, TypeError):
        return error.reason


def _to_json(value):
    """Returns a value as lists, numbers, strings, and `{"b64": …}` for bytes."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode("ascii")}
    return value


def _to_array(values, info):
    name = info["dtype"]
    if name != "DT_STRING":
        return np.array(values, _DTYPES.get(name) or name.removeprefix("DT_").lower())
    strings = np.array(values, object)
    flat = [base64.b64decode(v["b64"]) if isinstance(v, dict) else v for v in strings.ravel()]
    array = np.empty(len(flat), object)
    array[:] = flat
    return array.reshape(strings.shape)
