"""A graph that reads, writes, calls Python or the network is refused before any of it runs."""

import pathlib

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from kgan.errors import InputError
from kgan.saved_model import safety
from tests.serving.servers import Several, publish, spec


def module_of(function, signature=None, **attributes):
    """A module that serves one function."""
    module = tf.Module()
    for name, value in attributes.items():
        setattr(module, name, value)
    signature = signature or [spec(tf.string)]
    module.function = tf.function(function, input_signature=signature)
    return module


def checked(path):
    return safety.parse_meta_graph((path / "saved_model.pb").read_bytes(), "several/1")


def saved(module, folder):
    return publish(module, folder / "1", {"serving_default": module.function})


def first(x):
    return tf.reshape(x, [-1])[0]


def branch(x):
    """Hides the op in the branch of a condition."""
    return {"y": tf.cond(tf.size(x) > 3, lambda: tf.io.read_file("/etc/passwd"), lambda: x[0])}


def in_a_loop(x):
    return {"y": tf.while_loop(lambda i, t: i < 2, lambda i, t: (i + 1, tf.io.read_file(t)),
                               (0, first(x)))[1]}  # fmt: skip


def printed(x):
    tf.print("x", output_stream="file:///tmp/kgan-was-here")
    return {"y": x}


def written(x):
    tf.io.write_file(first(x), "x")
    return {"y": x}


def in_python(x):
    return {"y": tf.py_function(lambda t: t, [x], tf.string)}


def in_numpy(x):
    return {"y": tf.numpy_function(lambda t: t, [x], tf.string, stateful=False)}


def saves(x):
    tf.raw_ops.SaveV2(prefix=first(x), tensor_names=["x"], shape_and_slices=[""], tensors=[x])
    return {"y": x}


def restores(x):
    made = tf.raw_ops.RestoreV2(
        prefix=first(x), tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.string]
    )
    return {"y": made[0]}


def reads_lines(x):
    return {"y": next(iter(tf.data.TextLineDataset(x).batch(9)))}


def dumped(x):
    return {"y": tf.raw_ops.DebugIdentity(input=x, debug_urls=["file:///tmp/kgan-was-here"])}


def stops(x):
    tf.raw_ops.Abort(error_msg="")
    return {"y": x}


@pytest.mark.parametrize(
    "function, op",
    [
        (lambda x: {"y": tf.io.read_file(first(x))}, "ReadFile"),
        (written, "WriteFile"),
        (lambda x: {"y": tf.io.matching_files(x)}, "MatchingFiles"),
        (in_python, "EagerPyFunc"),
        (in_numpy, "PyFuncStateless"),
        (printed, "PrintV2"),
        (saves, "SaveV2"),
        (restores, "RestoreV2"),
        (reads_lines, "FlatMapDataset"),
        (dumped, "DebugIdentity"),
        (stops, "Abort"),
        (branch, "ReadFile"),
        (in_a_loop, "ReadFile"),
    ],
)
def test_what_does_more_than_compute_is_refused(tmp_path, function, op):
    path = saved(module_of(function), tmp_path)
    with pytest.raises(InputError, match=rf"only computes\. Received: several/1, .*\b{op}\b"):
        checked(path)
    assert not pathlib.Path("/tmp/kgan-was-here").exists()


def test_a_table_read_from_a_file_is_refused(tmp_path):
    (tmp_path / "words.txt").write_text("a\nb\n")
    words = tf.lookup.TextFileInitializer(
        str(tmp_path / "words.txt"), tf.string, 0, tf.int64, 1, delimiter=" "
    )
    with tf.init_scope():
        table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a"], tf.constant([1], tf.int64)), -1
        )
    kept = module_of(lambda x: {"y": table.lookup(x)}, table=table)
    checked(publish(kept, tmp_path / "2", {"serving_default": kept.function}))
    del words  # TensorFlow reads it at once; the graph below is what would read it again
    whole = saved_model_pb2.SavedModel()
    whole.ParseFromString((tmp_path / "2" / "saved_model.pb").read_bytes())
    for function in whole.meta_graphs[0].graph_def.library.function:
        for node in function.node_def:
            if node.op == "LookupTableImportV2":
                node.op = "InitializeTableFromTextFileV2"
    with pytest.raises(InputError, match="InitializeTableFromTextFileV2"):
        safety.parse_meta_graph(whole.SerializeToString(), "several/1")


def test_the_functions_that_save_are_not_for_those_that_serve(tmp_path):
    path = publish(Several(), tmp_path / "1")
    whole = saved_model_pb2.SavedModel()
    whole.ParseFromString((path / "saved_model.pb").read_bytes())
    graph = whole.meta_graphs[0].graph_def
    ops = {node.op for f in graph.library.function for node in f.node_def}
    assert {"SaveV2", "RestoreV2"} <= ops  # which are fine where they are
    safety.parse_meta_graph(whole.SerializeToString(), "several/1")
    saver = next(f for f in graph.library.function if "traced_restore" in f.signature.name)
    served = next(f for f in graph.library.function if "double" in f.signature.name)
    called = served.node_def.add(name="harmless", op="StatefulPartitionedCall")
    called.attr["f"].func.name = saver.signature.name
    with pytest.raises(InputError, match="RestoreV2"):
        safety.parse_meta_graph(whole.SerializeToString(), "several/1")
    del served.node_def[-1]
    safety.parse_meta_graph(whole.SerializeToString(), "several/1")
    # TensorFlow may put one function in the place of another with the same attribute.
    saver.attr["api_implements"].s = b"double"
    with pytest.raises(InputError, match="RestoreV2"):
        safety.parse_meta_graph(whole.SerializeToString(), "several/1")


def test_an_op_that_nobody_knows_is_refused(tmp_path):
    path = publish(Several(), tmp_path / "1")
    whole = saved_model_pb2.SavedModel()
    whole.ParseFromString((path / "saved_model.pb").read_bytes())
    whole.meta_graphs[0].graph_def.node.add(name="x", op="MyOwnOp")
    with pytest.raises(InputError, match=r"which also holds MyOwnOp\. It is not run"):
        safety.parse_meta_graph(whole.SerializeToString(), "several/1")


@pytest.mark.parametrize("data", [b"", b"no protocol buffer", b"\x12\xff\xff"])
def test_what_is_no_saved_model_is_refused(data):
    with pytest.raises(InputError, match="Expected a SavedModel"):
        safety.parse_meta_graph(data, "several/1")


def served_anywhere(module, path, signatures):
    tf.saved_model.save(module, str(path), signatures)
    safety.check_portable(safety.read_meta_graph(path, "several/1"), "several/1")


@pytest.mark.parametrize("compiled", [False, True])
def test_what_must_be_compiled_is_for_no_stock_server(tmp_path, compiled):
    module = tf.Module()
    inner = tf.function(lambda x: x * 2.0, jit_compile=compiled)
    module.f = tf.function(lambda x: {"y": inner(x)}, input_signature=[spec(tf.float32)])
    if not compiled:
        return served_anywhere(module, tmp_path / "1", {"f": module.f})
    with pytest.raises(InputError, match=r"several/1, which must be compiled with XLA\."):
        served_anywhere(module, tmp_path / "1", {"f": module.f})


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda x: {"y": tf.cast(x, tf.bfloat16)}, r"whose f has y, bfloat16 \[-1\]"),
        (lambda x: {"y": tf.reduce_sum(x)}, r"whose f has y, float \[\]"),
        (lambda x: {"y": tf.reshape(x[:2], (2,))}, r"whose f has y, float \[2\]"),
    ],
)
def test_what_cannot_be_joined_or_carried_is_refused(tmp_path, function, message):
    module = tf.Module()
    module.f = tf.function(function, input_signature=[spec(tf.float32)])
    with pytest.raises(InputError, match=message):
        served_anywhere(module, tmp_path / "1", {"f": module.f})


def test_a_folder_without_a_graph_or_with_two_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"with saved_model\.pb\. Received: several/1 without"):
        safety.read_meta_graph(tmp_path, "several/1")
    (tmp_path / "saved_model.pbtxt").touch()
    with pytest.raises(InputError, match=r"several/1 with saved_model\.pbtxt\."):
        safety.read_meta_graph(tmp_path, "several/1")


@pytest.mark.parametrize("inside", [False, True])
def test_a_frozen_graph_is_read_too(inside):
    reads = tf.function(lambda x: tf.io.read_file(x))
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.string, ())
        y = reads(x) if inside else tf.strings.length(tf.io.read_file(x))
    assert y is not None
    with pytest.raises(InputError, match=r"a\.pb, which also holds ReadFile\. It is not run\."):
        safety.check_graph_def(graph.as_graph_def(), "a.pb")
    with tf.Graph().as_default() as graph:
        tf.nn.relu(tf.compat.v1.placeholder(tf.float32, (None, 2)))
    safety.check_graph_def(graph.as_graph_def(), "a.pb")
