"""Decides by reading a SavedModel's graph, before anything runs, whether all it does is compute."""

import pathlib
from collections.abc import Mapping

from google.protobuf.message import DecodeError
from tensorflow.core.framework import graph_pb2, types_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow.python.framework import op_def_registry

from kgan.errors import InputError
from kgan.saved_model.layout import GRAPH

# TensorFlow's registry calls an op stateless that always gives the same result. ReadFile,
# MatchingFiles, PyFuncStateless, ImmutableConst (maps a file) and DebugIdentity (writes one) are
# stateless too. What they have in common is a string that says where: an op that takes no string,
# as an input or as an attribute, names no file, no address and no Python function. Strings that
# only choose a variant of a computation:
_CHOICES = {
    "activation_mode", "align", "bad_indices_policy", "combiner", "data_format", "dst_format",
    "equation", "fill_mode", "interpolation", "kernel_type", "message", "method", "mode", "noise",
    "padding", "round_mode", "set_operation", "src_format",
}  # fmt: skip
# Ops that call functions of the graph's own library, which is read as well.
_CALLS = {
    "Case", "If", "PartitionedCall", "StatefulPartitionedCall", "StatelessCase", "StatelessIf",
    "StatelessWhile", "While",
}  # fmt: skip
# Variables, tables held in memory, plain random numbers; text and pictures as strings.
_HARMLESS = {
    "Assert", "DisableCopyOnRead", "HashTableV2", "InitializeTableV2", "LookupTableFindV2",
    "LookupTableImportV2", "LookupTableSizeV2", "RandomStandardNormal", "RandomUniform",
    "RandomUniformInt", "ReadVariableOp", "ResourceGather", "ResourceGatherNd", "TruncatedNormal",
    "VarHandleOp", "VarIsInitializedOp", "VariableShape",
    "AsString", "DecodeBase64", "DecodeImage", "DecodeJpeg", "DecodePng", "DecodeRaw",
    "EncodeBase64", "EncodeJpeg", "EncodePng", "EncodeWav", "ReduceJoin", "RegexReplace",
    "StaticRegexFullMatch", "StaticRegexReplace", "StringJoin", "StringLength", "StringLower",
    "StringSplitV2", "StringStrip", "StringToHashBucketFast", "StringToNumber", "StringUpper",
    "Substr", "UnicodeDecode", "UnicodeDecodeWithOffsets", "UnicodeEncode", "UnicodeTranscode",
}  # fmt: skip
# Ops of the functions that save and restore variables; no served function may call those.
_SAVER = {"AssignVariableOp", "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"}
# A function with any other attribute may be put in another's place by TensorFlow.
_PLAIN_ATTRIBUTES = {"_input_shapes", "_construction_context"}
_XLA = "_XlaMustCompile"
_JSON_TYPES = {
    types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE, types_pb2.DT_INT32, types_pb2.DT_INT64,
    types_pb2.DT_UINT8, types_pb2.DT_BOOL, types_pb2.DT_STRING,
}  # fmt: skip
_OTHER_GRAPHS = ("saved_model.pbtxt", "saved_model.cpb")  # TensorFlow would read them too
_SHOWN = 3


def read_meta_graph(path: pathlib.Path, name: str) -> meta_graph_pb2.MetaGraphDef:
    """Returns the meta graph of the SavedModel in a folder, after checking that it only computes.

    Args:
        path: the folder.
        name: for messages.

    Raises:
        InputError: as `parse_meta_graph`; no `saved_model.pb`, or another graph beside it.
    """
    others = [file for file in _OTHER_GRAPHS if (path / file).exists()]
    if others:
        raise InputError(f"Expected one graph, {GRAPH}. Received: {name} with {others[0]}.")
    if not (path / GRAPH).is_file():
        raise InputError(f"Expected a SavedModel, with {GRAPH}. Received: {name} without.")
    return parse_meta_graph((path / GRAPH).read_bytes(), name)


def parse_meta_graph(data: bytes, name: str) -> meta_graph_pb2.MetaGraphDef:
    """Returns the meta graph of a SavedModel, after checking that it only computes.

    Args:
        data: the bytes of `saved_model.pb`.
        name: for messages.

    Raises:
        InputError: no SavedModel with the tag `serve`, or a graph with ops that read or write
            files, call Python or the network, or that TensorFlow does not know.
    """
    saved_model = saved_model_pb2.SavedModel()
    try:
        saved_model.ParseFromString(data)
    except DecodeError as error:
        raise InputError(f"Expected a SavedModel. Received: {name}, which is damaged.") from error
    graphs = [meta for meta in saved_model.meta_graphs if "serve" in meta.meta_info_def.tags]
    if len(graphs) != 1 or len(saved_model.meta_graphs) != 1:
        raise InputError(
            f"Expected a SavedModel with one graph, tagged serve. Received: {name} with "
            f"{len(saved_model.meta_graphs)}."
        )
    meta = graphs[0]
    functions = {function.signature.name: function for function in meta.graph_def.library.function}
    savers = _find_savers(meta, functions)
    _refuse(_find_forbidden(meta.graph_def.node, functions, savers), name)
    return meta


def check_graph_def(graph: graph_pb2.GraphDef, name: str) -> None:
    """Refuses a frozen graph that does more than compute.

    Raises:
        InputError: as `parse_meta_graph`.
    """
    functions = {function.signature.name: function for function in graph.library.function}
    _refuse(_find_forbidden(graph.node, functions), name)


def _refuse(ops, name):
    if ops:
        more = ", …" if len(ops) > _SHOWN else ""
        raise InputError(
            f"Expected a graph that only computes. Received: {name}, which also holds "
            f"{', '.join(sorted(ops)[:_SHOWN])}{more}. It is not run."
        )


def check_portable(meta: meta_graph_pb2.MetaGraphDef, name: str) -> None:
    """Refuses a graph that kgan's server would run and another server would not.

    TensorFlow Serving refuses functions that must be compiled with XLA, joins and splits requests
    along the first axis of every input and output, and JSON carries no bfloat16.

    Args:
        meta: from `parse_meta_graph`.
        name: for messages.

    Raises:
        InputError: for such a function, or such an input or output.
    """
    functions = meta.graph_def.library.function
    nodes = [*meta.graph_def.node, *(node for f in functions for node in f.node_def)]
    if any(each.attr[_XLA].b for each in (*functions, *nodes) if _XLA in each.attr):
        raise InputError(
            f"Expected a graph that stock TensorFlow Serving runs. Received: {name}, which must be "
            "compiled with XLA. Export it without jit_compile."
        )
    for signature, definition in get_signatures(meta).items():
        for key, info in [*definition.inputs.items(), *definition.outputs.items()]:
            sizes = [size.size for size in info.tensor_shape.dim]
            if info.dtype not in _JSON_TYPES or sizes[:1] != [-1]:
                dtype = types_pb2.DataType.Name(info.dtype).removeprefix("DT_").lower()
                raise InputError(
                    "Expected inputs and outputs [N, …] of a type that JSON carries. Received: "
                    f"{name}, whose {signature} has {key}, {dtype} {sizes}."
                )


def get_signatures(
    meta: meta_graph_pb2.MetaGraphDef,
) -> Mapping[str, meta_graph_pb2.SignatureDef]:
    """Returns `{name: SignatureDef}` of the signatures that clients can call."""
    return {name: value for name, value in meta.signature_def.items() if not name.startswith("__")}


def _find_forbidden(nodes, functions, savers=()):
    """Returns the names of the ops, in a graph and its functions, that may do more than compute."""
    ops = {node.op for node in nodes}
    for name, function in functions.items():
        ops |= {node.op for node in function.node_def} - (_SAVER if name in savers else set())
    return {op for op in ops if not _computes(op, functions)}


def _computes(op, functions):
    definition = op_def_registry.get(op)
    if definition is None:
        return op in functions
    if op in _HARMLESS or op in _CALLS:
        return True
    strings = {a.name for a in definition.attr if a.type in ("string", "list(string)")}
    return not (
        definition.is_stateful
        or "Dataset" in op
        or any(argument.type == types_pb2.DT_STRING for argument in definition.input_arg)
        or any(attribute.type in ("func", "list(func)") for attribute in definition.attr)
        or strings - _CHOICES
    )


def _find_savers(meta, functions):
    """Returns the names of the functions that only save and restore, which loading never runs."""
    ends = {meta.saver_def.save_tensor_name.split(":")[0], meta.saver_def.restore_op_name}
    nodes = meta.graph_def.node
    savers = _reach({n for node in nodes if node.name in ends for n in _callees(node)}, functions)
    others = {n for node in nodes if node.name not in ends for n in _callees(node)}
    others |= set(meta.object_graph_def.concrete_functions)
    others |= {gradient.gradient_func for gradient in meta.graph_def.library.gradient}
    others |= {
        n for n, f in functions.items() if n not in savers or set(f.attr) - _PLAIN_ATTRIBUTES
    }
    return savers - _reach(others, functions)


def _callees(node):
    """Returns the names of the functions that a node may call."""
    names = {node.op}
    for value in node.attr.values():
        names |= {value.func.name, *(function.name for function in value.list.func)}
    return names


def _reach(names, functions):
    """Returns those of the functions that are named, or called by one that is."""
    reached, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in functions and name not in reached:
            reached.add(name)
            waiting += [n for node in functions[name].node_def for n in _callees(node)]
    return reached
