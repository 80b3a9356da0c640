"""A file of PyTorch's old format is read without PyTorch, and nothing in it runs."""

import collections
import hashlib
import pickle
import typing

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.networks.torch_file import read_torch_file

MAGIC = 0x1950A86A20F9469CFC6C


class Storage:
    """Pickled as PyTorch's reference to a storage."""

    def __init__(self, kind, key, count):
        self.pid = ("storage", kind, key, "cpu", count, None)


class Call:
    """Pickled as a call of a global function."""

    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


def as_global(module, name):
    """Returns a class that pickles as `module.name`, which need not exist here."""
    return type(name, (), {"__module__": module, "__qualname__": name})


class Writer(pickle._Pickler):
    """Python's own pickler, without the check that a global exists."""

    def save_global(self, obj, name=None):
        module = obj.__module__
        self.write(pickle.GLOBAL + f"{module}\n{name or obj.__qualname__}\n".encode())
        self.memoize(obj)

    dispatch: typing.ClassVar = {**pickle._Pickler.dispatch, type: save_global}

    def persistent_id(self, obj):
        return obj.pid if isinstance(obj, Storage) else None


REBUILD = as_global("torch._utils", "_rebuild_tensor_v2")
FLOAT, LONG = as_global("torch", "FloatStorage"), as_global("torch", "LongStorage")


def write(path, tensors, keys=(), data=b"", magic=MAGIC):
    with open(path, "wb") as file:
        for value in (magic, 1001, {"little_endian": True}, tensors, list(keys)):
            Writer(file, 2).dump(value)
        file.write(data)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def tensor(kind, key, count, shape, strides, offset=0):
    hooks = collections.OrderedDict()
    return Call(REBUILD, Storage(kind, key, count), offset, shape, strides, False, hooks)


def storage(array):
    return len(array).to_bytes(8, "little") + array.tobytes()


def test_tensors_are_read_by_their_strides(tmp_path):
    values, count = np.arange(12, dtype=np.float32), np.array([7], np.int64)
    state = {
        "rows": tensor(FLOAT, "1", 12, (3, 4), (4, 1)),
        "columns": tensor(FLOAT, "1", 12, (4, 2), (1, 4), 4),
        "count": tensor(LONG, "2", 1, (), ()),
    }
    file = write(tmp_path / "a.pth", state, ["1", "2"], storage(values) + storage(count))
    arrays = read_torch_file(*file)
    np.testing.assert_array_equal(arrays["rows"], values.reshape(3, 4))
    np.testing.assert_array_equal(arrays["columns"], values[4:].reshape(2, 4).T)
    assert arrays["count"] == 7 and arrays["count"].dtype == np.int64


def test_code_is_refused_before_it_runs(tmp_path):
    mark = tmp_path / "ran"
    evil = {"a": Call(as_global("os", "system"), f"touch {mark}")}
    with pytest.raises(InputError, match=r"it names os\.system, which is no tensor"):
        read_torch_file(*write(tmp_path / "a.pth", evil))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": storage(np.zeros(3, np.float32))}, "another length than 4"),
        ({"data": storage(np.zeros(4, np.float32))[:-4]}, "Expected a state dict"),
        ({"state": {"a": tensor(FLOAT, "1", 4, (2, 3), (3, 1))}}, "outside of its storage"),
        ({"state": {"a": tensor(FLOAT, "1", 4, (2,), (-1,))}}, "outside of its storage"),
        ({"magic": 1}, "not of PyTorch's old format"),
        ({"state": {"a": 3}}, "Expected a state dict"),
    ],
)
def test_damage_is_named(tmp_path, change, message):
    state = change.pop("state", {"a": tensor(FLOAT, "1", 4, (4,), (1,))})
    options = {"keys": ["1"], "data": storage(np.zeros(4, np.float32)), **change}
    with pytest.raises(InputError, match=message):
        read_torch_file(*write(tmp_path / "a.pth", state, **options))


def test_another_file_is_not_even_opened(tmp_path):
    path, digest = write(tmp_path / "a.pth", {"a": Call(as_global("os", "system"), "true")})
    with pytest.raises(InputError, match=f"Expected weights with sha256=00.*sha256={digest}"):
        read_torch_file(path, "00")
    with pytest.raises(InputError, match="Expected a file of weights"):
        read_torch_file(tmp_path / "none.pth", "00")
