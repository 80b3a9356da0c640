"""Runs a SavedModel by TensorFlow's C library alone, the loader that TensorFlow Serving uses.

Run as a file in a process of its own, it has neither kgan nor Keras nor TensorFlow's Python:

    python c_api.py saved_models/NAME/VERSION INPUTS.npz OUTPUTS.npz

INPUTS holds cases, named as `pack` names them; OUTPUTS gets the signatures' outputs.
"""

import ctypes
import importlib.machinery
import pathlib
import sys
import types
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

_STRING = 7  # TensorFlow's number of the type, whose elements are opaque structures:
_STRING_SIZE = 24
_DTYPES = {
    1: np.float32, 2: np.float64, 3: np.int32, 4: np.uint8, 5: np.int16, 6: np.int8,
    9: np.int64, 10: np.bool_, 17: np.uint16, 22: np.uint32, 23: np.uint64,
}  # fmt: skip
_NUMBERS = {np.dtype(dtype): number for number, dtype in _DTYPES.items()}
# A ConfigProto with graph_options.rewrite_options.disable_meta_optimizer: graphs as written.
_AS_WRITTEN = bytes.fromhex("52055203980101")
_BLOCKED = ("kgan", "keras", "tf_keras", "tensorflow.python")  # never imported in this process

Cases: TypeAlias = dict[str, dict[str, np.ndarray]]


def pack(cases: Cases) -> dict[str, np.ndarray]:
    """Returns arrays for an .npz, without pickles: `{"CASE/NAME": array}`.

    Args:
        cases: `{case: {name: array}}`; a case is `SIGNATURE/…`. Strings are object arrays [N].
    """
    arrays = {}
    for case, named in cases.items():
        for name, array in named.items():
            array, key = np.asarray(array), f"{case}/{name}"
            if array.dtype == object:
                arrays[f"{key}:sizes"] = np.array([len(value) for value in array], np.int64)
                array = np.frombuffer(b"".join(array), np.uint8)
                key = f"{key}:bytes"
            arrays[key] = array
    return arrays


def unpack(arrays: Mapping[str, np.ndarray]) -> Cases:
    """Returns the cases that `pack` was given."""
    cases = {}
    for key, array in arrays.items():
        case, _, name = key.rpartition("/")
        if name.endswith(":bytes"):
            continue
        if name.endswith(":sizes"):
            name = name.removesuffix(":sizes")
            data, ends = arrays[f"{case}/{name}:bytes"].tobytes(), np.cumsum(array)
            values = [data[end - size : end] for size, end in zip(array, ends, strict=True)]
            array = np.empty(len(values), object)
            array[:] = values
        cases.setdefault(case, {})[name] = array
    return cases


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("deallocator", ctypes.c_void_p),
    )


class Session:
    """A loaded SavedModel.

    Args:
        folder: `saved_models/NAME/VERSION`.

    Attributes:
        signatures: `{name: SignatureDef}`.

    Raises:
        RuntimeError: TensorFlow cannot load it; its message, in one line.
    """

    def __init__(self, folder: str | pathlib.Path) -> None:
        self._library = _load_library()
        self._status = ctypes.c_void_p(self._library.TF_NewStatus())
        self._graph = ctypes.c_void_p(self._library.TF_NewGraph())
        options = ctypes.c_void_p(self._library.TF_NewSessionOptions())
        size = ctypes.c_size_t(len(_AS_WRITTEN))
        self._library.TF_SetConfig(options, _AS_WRITTEN, size, self._status)
        self._check()
        tags = (ctypes.c_char_p * 1)(b"serve")
        self._library.TF_NewBuffer.restype = ctypes.POINTER(_Buffer)
        meta = self._library.TF_NewBuffer()
        path = str(folder).encode()
        self._session = ctypes.c_void_p(
            self._library.TF_LoadSessionFromSavedModel(
                options, None, path, tags, 1, self._graph, meta, self._status
            )
        )
        self._check()
        graph = _make_meta_graph()
        graph.ParseFromString(ctypes.string_at(meta.contents.data, meta.contents.length))
        self.signatures: Mapping[str, Any] = graph.signature_def

    def run(self, signature: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns `{output's name: array}` of `{input's name: array}`; strings as objects.

        Raises:
            RuntimeError: TensorFlow fails; its message, in one line.
        """
        definition, library = self.signatures[signature], self._library
        names, results = sorted(definition.inputs), sorted(definition.outputs)
        inputs = (_Output * len(names))(*(self._operation(definition.inputs[n]) for n in names))
        values = [self._make_tensor(arrays[name]) for name in names]
        outputs = (_Output * len(results))(
            *(self._operation(definition.outputs[n]) for n in results)
        )
        tensors = (ctypes.c_void_p * len(results))()
        library.TF_SessionRun(
            self._session, None, inputs, (ctypes.c_void_p * len(names))(*values), len(names),
            outputs, tensors, len(results), None, 0, None, self._status,
        )  # fmt: skip
        for value in values:
            library.TF_DeleteTensor(ctypes.c_void_p(value))
        self._check()
        return {name: self._take_array(tensors[index]) for index, name in enumerate(results)}

    def _check(self):
        if self._library.TF_GetCode(self._status):
            text = self._library.TF_Message(self._status).decode(errors="replace")
            raise RuntimeError(text.partition("\n")[0])

    def _operation(self, info):
        name, _, index = info.name.partition(":")
        operation = self._library.TF_GraphOperationByName(self._graph, name.encode())
        return _Output(operation, int(index))

    def _make_tensor(self, array):
        library = self._library
        dimensions = (ctypes.c_int64 * array.ndim)(*array.shape)
        if array.dtype == object:
            size = array.size * _STRING_SIZE
            tensor = library.TF_AllocateTensor(_STRING, dimensions, array.ndim, size)
            start = library.TF_TensorData(ctypes.c_void_p(tensor))
            ctypes.memset(start, 0, size)
            for place, value in enumerate(array.ravel()):
                target = ctypes.c_void_p(start + place * _STRING_SIZE)
                library.TF_StringCopy(target, bytes(value), ctypes.c_size_t(len(value)))
            return tensor
        array = np.ascontiguousarray(array)
        number = _NUMBERS[array.dtype]
        tensor = library.TF_AllocateTensor(number, dimensions, array.ndim, array.nbytes)
        target = library.TF_TensorData(ctypes.c_void_p(tensor))
        ctypes.memmove(target, array.ctypes.data, array.nbytes)
        return tensor

    def _take_array(self, tensor):
        library, tensor = self._library, ctypes.c_void_p(tensor)
        shape = [library.TF_Dim(tensor, axis) for axis in range(library.TF_NumDims(tensor))]
        number, start = library.TF_TensorType(tensor), library.TF_TensorData(tensor)
        if number == _STRING:
            array = np.empty(int(np.prod(shape)), object)
            for place in range(array.size):
                string = ctypes.c_void_p(start + place * _STRING_SIZE)
                size = library.TF_StringGetSize(string)
                array[place] = ctypes.string_at(library.TF_StringGetDataPointer(string), size)
        elif number in _DTYPES:
            data = ctypes.string_at(start, library.TF_TensorByteSize(tensor))
            array = np.frombuffer(data, _DTYPES[number]).copy()
        else:
            raise RuntimeError(f"an output of TensorFlow's type {number}, which no client takes")
        library.TF_DeleteTensor(tensor)
        return array.reshape(shape)


def _find_tensorflow():
    """Returns TensorFlow's folder, without importing it."""
    return pathlib.Path(importlib.machinery.PathFinder.find_spec("tensorflow").origin).parent


def _load_library():
    libraries = sorted(_find_tensorflow().glob("libtensorflow_cc.*"))
    if not libraries:
        raise RuntimeError(f"no libtensorflow_cc in {_find_tensorflow()}")
    library = ctypes.CDLL(str(libraries[0]))
    pointers = (
        "NewStatus", "NewGraph", "NewSessionOptions", "LoadSessionFromSavedModel", "TensorData",
        "GraphOperationByName", "AllocateTensor", "StringGetDataPointer",
    )  # fmt: skip
    results = {
        **dict.fromkeys(pointers, ctypes.c_void_p),
        **dict.fromkeys(("TensorByteSize", "StringGetSize"), ctypes.c_size_t),
        "Dim": ctypes.c_int64,
        "Message": ctypes.c_char_p,
    }
    for name, result in results.items():
        getattr(library, f"TF_{name}").restype = result
    library.TF_AllocateTensor.argtypes = (
        ctypes.c_int, ctypes.POINTER(ctypes.c_int64), ctypes.c_int, ctypes.c_size_t,
    )  # fmt: skip
    return library


def _make_meta_graph():
    # The messages' own modules need nothing of the package they lie in, which is slow to import.
    package = types.ModuleType("tensorflow")
    package.__path__ = [str(_find_tensorflow())]
    before = sys.modules.get("tensorflow")
    sys.modules["tensorflow"] = before or package
    from tensorflow.core.protobuf import meta_graph_pb2

    return meta_graph_pb2.MetaGraphDef()


def main(folder: str, inputs: str, outputs: str) -> int:
    """Runs the cases of a file; returns the exit code, and writes in one line what failed."""
    sys.modules.update(dict.fromkeys(_BLOCKED))
    case = "loading"
    try:
        session, results = Session(folder), {}
        with np.load(inputs, allow_pickle=False) as arrays:
            cases = unpack(arrays)
        for case, given in cases.items():
            results[case] = session.run(case.split("/")[0], given)
    except (RuntimeError, KeyError) as error:
        # KeyError: no such signature, or an input that is not given.
        what = f"no {error}" if isinstance(error, KeyError) else error
        sys.stderr.write(f"{case}: {what}\n")
        return 1
    np.savez(outputs, **pack(results))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
