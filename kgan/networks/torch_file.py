"""Reads tensors from a file of PyTorch's old format, without PyTorch and without trust.

Such a file is a row of pickles, which can name any function of Python. This reader knows tensors,
their storages and OrderedDict, and refuses everything else.
"""

import collections
import hashlib
import io
import pickle
from typing import BinaryIO

import numpy as np

from kgan.errors import InputError
from kgan.types import Array, PathLike

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def read_torch_file(path: PathLike, sha256: str) -> dict[str, Array]:
    """Returns the tensors of a state dict, by name.

    Args:
        path: the file.
        sha256: what its SHA-256 must be, in hexadecimal; nothing is read before it is.

    Raises:
        InputError: no such file, another one, or one that holds more than tensors.
    """
    try:
        with open(path, "rb") as file:
            whole = file.read()
    except OSError as error:
        raise InputError(f"Expected a file of weights. Received: {path} ({error}).") from error
    digest = hashlib.sha256(whole).hexdigest()
    if digest != sha256:
        raise InputError(
            f"Expected weights with sha256={sha256}. Received: {path} with sha256={digest}. "
            "It is another file, or damaged: install its package again."
        )
    try:
        return _read(io.BytesIO(whole))
    except (pickle.UnpicklingError, EOFError, LookupError, ValueError, TypeError,
            AttributeError) as error:  # fmt: skip
        raise InputError(
            f"Expected a state dict of tensors. Received: {path} ({error})."
        ) from error


def _read(file: BinaryIO) -> dict[str, Array]:
    storages = {}  # {key: (dtype, elements)}, then {key: array}
    header = [_Reader(file, storages).load() for _ in range(3)]
    if header[:2] != [_MAGIC, _PROTOCOL] or not header[2].get("little_endian"):
        raise ValueError("not of PyTorch's old format")
    tensors = _Reader(file, storages).load()
    keys = _Reader(file, storages).load()
    arrays = {}
    for key in keys:
        dtype, count = storages[key]
        if int.from_bytes(file.read(8), "little") != count:
            raise ValueError(f"a storage of another length than {count}")
        arrays[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype, count)
    return {name: tensor.resolve(arrays) for name, tensor in tensors.items()}


class _Tensor:
    """A view of a storage that has not been read yet."""

    def __init__(self, storage, offset, shape, strides, *_):
        self._key, self._offset, self._shape, self._strides = storage, offset, shape, strides

    def resolve(self, arrays):
        flat = arrays[self._key][self._offset :]
        last = sum((n - 1) * s for n, s in zip(self._shape, self._strides, strict=True))
        if (
            min(self._shape, default=1) < 1
            or min(self._strides, default=1) < 0
            or last >= len(flat)
        ):
            raise ValueError("a tensor outside of its storage")
        strides = [stride * flat.itemsize for stride in self._strides]
        return np.lib.stride_tricks.as_strided(flat, self._shape, strides).copy()


class _Reader(pickle.Unpickler):
    """Unpickles tensors, storages and OrderedDict alone."""

    def __init__(self, file, storages):
        super().__init__(file)
        self._storages = storages

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which is no tensor")

    def persistent_load(self, pid):
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError("it refers to what is no storage")
        self._storages[key] = (dtype, count)
        return key
