"""Runs a convolutional network on a picture in strips of rows, within a limit of memory.

One layer follows the other over the whole picture, strip by strip. A strip overlaps its neighbours
by what the layer's own kernel reaches; instance normalization takes its means from all rows first.
So the result is that of the whole picture, up to rounding, without a seam. Feature maps that later
layers read are kept in temporary files where they are large.
"""

import math
import tempfile
import weakref
from collections.abc import Callable, Iterator
from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops

from kgan.layers.latent_dropout import LatentDropout
from kgan.layers.normalization import InstanceNormalization
from kgan.layers.resampling import CropLike, PadToMultiple, ReflectionPadding, reflect_places
from kgan.progress import track
from kgan.types import Array, Shape, Tensor

_NUMBER = 4  # bytes
_SLACK = 1.5  # what TensorFlow holds over what is needed, as measured


class Rows(NamedTuple):
    """Feature maps of one picture that are read a few rows at a time.

    Attributes:
        shape: `(H, W, C)`.
        read: first row and the one after the last → [1, rows, W, C].
        cost: bytes that a row holds while it is read.
    """

    shape: tuple[int, int, int]
    read: Callable[[int, int], Tensor]
    cost: int


def run_in_strips(network: keras.Model, inputs: dict[str, Array], memory: int) -> Array:
    """Returns what a network makes of one example: [1, h, w, C] float32.

    A layer of a kind that is not known here is given all rows at once.

    Args:
        network: functional, of named inputs or of one; each layer called once.
        inputs: `{name: array [1, ...]}`; those of four axes are pictures.
        memory: bytes to stay below, beside the input, the result and the weights.
    """
    runner = _Runner(memory)
    values = {id(tensor): runner.open(value) for tensor, value in _pair_inputs(network, inputs)}
    steps = _list_steps(network)
    for number, (layer, taken) in enumerate(track(steps, len(steps), "Translating, layers")):
        values[id(layer.output)] = runner.apply(layer, [values[id(tensor)] for tensor in taken])
        for tensor in taken:
            if all(tensor is not later for _, rest in steps[number + 1 :] for later in rest):
                values.pop(id(tensor), None)
    result = values[id(_sole(network.output))]
    strips = [ops.convert_to_numpy(result.read(*ends)) for ends in runner.cut(result)]
    return np.concatenate(strips, axis=1).astype(np.float32)


def can_run_in_strips(network: keras.Model) -> bool:
    """Returns whether `run_in_strips` takes a network: functional, no layer called twice."""
    if not isinstance(network, keras.Function) or not isinstance(network.output, keras.KerasTensor):
        return False
    known = {id(tensor) for tensor in network.inputs}
    for layer, taken in _list_steps(network):
        if isinstance(layer, keras.Function) or not all(id(tensor) in known for tensor in taken):
            return False
        known.add(id(layer.output))
    return id(network.output) in known


def estimate_bytes(network: keras.Model, inputs: dict[str, Shape]) -> int:
    """Returns about how much memory a network takes for a whole example, its weights apart.

    Args:
        network: one that `can_run_in_strips`.
        inputs: `{name: shape}` with a batch axis of 1.
    """
    shapes = {id(tensor): tuple(shape) for tensor, shape in _pair_inputs(network, inputs)}
    steps, most = _list_steps(network), 0
    last = {id(tensor): number for number, (_, taken) in enumerate(steps) for tensor in taken}
    for number, (layer, taken) in enumerate(steps):
        given = [shapes[id(tensor)] for tensor in taken]
        shapes[id(layer.output)] = tuple(layer.compute_output_shape(_sole(given)))
        # A layer pads, casts or squares a copy of its input beside what it gives.
        held = [*shapes.values(), max(given, key=math.prod)]
        most = max(most, sum(math.prod(shape[1:]) for shape in held))
        for tensor in taken:
            if last[id(tensor)] == number:
                shapes.pop(id(tensor), None)
    return int(_SLACK * _NUMBER * most)


def _list_steps(network):
    """Returns `[(layer, [its inputs])]` in the order in which a functional network calls them."""
    called = [one for one in network.layers if not isinstance(one, layers.InputLayer)]
    return [(one, one.input if isinstance(one.input, list) else [one.input]) for one in called]


def _pair_inputs(network, given):
    """Returns `[(input tensor, what is given for it)]`."""
    names = network.input if isinstance(network.input, dict) else None
    if names is None:
        return [(_sole(network.inputs), next(iter(given.values())))]
    return [(tensor, given[name]) for name, tensor in names.items()]


def _sole(values):
    return values[0] if isinstance(values, list) and len(values) == 1 else values


class _Runner:
    """Applies layers to rows.

    Args:
        memory: bytes.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory

    def open(self, value: Array) -> Rows | Tensor:
        """Returns an input's value: its rows if it is a picture."""
        if value.ndim < 4:
            return ops.convert_to_tensor(value)
        *_, width, channels = value.shape
        return Rows(
            value.shape[1:],
            lambda start, stop: ops.convert_to_tensor(value[:, start:stop]),
            width * channels * _NUMBER,
        )

    def cut(self, rows: Rows) -> Iterator[tuple[int, int]]:
        """Yields the first row and the one after the last of each strip."""
        height = rows.shape[0]
        step = max(1, min(height, self._memory // 4 // rows.cost))
        for start in range(0, height, step):
            yield start, min(start + step, height)

    def apply(self, layer: keras.Layer, inputs: list[Rows | Tensor]) -> Rows | Tensor:
        """Returns a layer's output, stored where computing it again for a neighbour is slow."""
        if not any(isinstance(value, Rows) for value in inputs):
            return layer(_sole(inputs))
        rule = _RULES.get(type(layer))
        rows = rule(self, layer, *inputs) if rule else None
        if rows is None:
            return self._apply_whole(layer, inputs)
        return self._store(rows) if type(layer) in _STORED else rows

    def _store(self, rows):
        file = tempfile.SpooledTemporaryFile(self._memory // 8)  # noqa: SIM115 (closed below)
        for ends in self.cut(rows):
            strip = ops.convert_to_numpy(rows.read(*ends))
            file.write(strip.tobytes())
        # `read` must not refer to `rows`, which would keep all that came before.
        shape, dtype, row = rows.shape, strip.dtype, strip[0, 0].nbytes

        def read(start, stop):
            file.seek(start * row)
            pixels = np.frombuffer(file.read((stop - start) * row), dtype)
            return ops.convert_to_tensor(pixels.reshape(1, stop - start, *shape[1:]))

        weakref.finalize(read, file.close)  # when no layer reads it any more
        return Rows(shape, read, 2 * row)

    def _apply_whole(self, layer, inputs):
        whole = [x.read(0, x.shape[0]) if isinstance(x, Rows) else x for x in inputs]
        made = layer(_sole(whole))
        return self.open(ops.convert_to_numpy(made))

    def normalize(self, layer: InstanceNormalization, x: Rows) -> Rows:
        """Instance normalization with the means of all rows."""

        def mean_of(function):
            rows = [
                ops.mean(function(x.read(*ends)), axis=2, keepdims=True) for ends in self.cut(x)
            ]
            return ops.mean(ops.concatenate(rows, axis=1), axis=1, keepdims=True)

        mean = mean_of(lambda strip: ops.cast(strip, "float32"))
        variance = mean_of(lambda strip: ops.square(ops.cast(strip, "float32") - mean))

        def read(start, stop):
            strip = x.read(start, stop)
            return ops.cast(layer.scale(ops.cast(strip, "float32") - mean, variance), strip.dtype)

        return Rows(x.shape, read, 3 * x.cost)

    def apply_alone(self, layer: keras.Layer, *inputs: Rows | Tensor) -> Rows:
        """A layer to which no pixel's neighbours matter."""
        maps = [x for x in inputs if isinstance(x, Rows)]

        def read(start, stop):
            return layer(_sole([x.read(start, stop) if isinstance(x, Rows) else x for x in inputs]))

        shape = (*maps[0].shape[:2], layer.output.shape[-1])
        return Rows(shape, read, sum(x.cost for x in maps) + math.prod(shape[1:]) * _NUMBER)

    def convolve(self, layer: layers.Conv2D, x: Rows) -> Rows | None:
        """A convolution: what lies beyond the picture is 0, what lies beyond a strip is read."""
        if layer.dilation_rate != (1, 1) or layer.data_format != "channels_last":
            return None
        kernel, strides = layer.kernel_size, layer.strides
        lengths = [
            -(-n // s) if layer.padding == "same" else (n - k) // s + 1
            for n, k, s in zip(x.shape[:2], kernel, strides, strict=True)
        ]
        missing = [
            max((out - 1) * s + k - n, 0) if layer.padding == "same" else 0
            for out, n, k, s in zip(lengths, x.shape[:2], kernel, strides, strict=True)
        ]
        above, left = (count // 2 for count in missing)

        def read(start, stop):
            first = start * strides[0] - above
            last = (stop - 1) * strides[0] - above + kernel[0]
            strip = x.read(max(first, 0), min(last, x.shape[0]))
            around = (max(-first, 0), max(last - x.shape[0], 0)), (left, missing[1] - left)
            strip = ops.pad(_cast(layer, strip), ((0, 0), *around, (0, 0)))
            return _finish(layer, ops.conv(strip, _cast(layer, layer.kernel), strides, "valid"))

        shape = (*lengths, layer.filters)
        cost = 2 * strides[0] * x.cost + 2 * math.prod(shape[1:]) * _NUMBER
        return Rows(shape, read, cost)

    def convolve_transpose(self, layer: layers.Conv2DTranspose, x: Rows) -> Rows | None:
        """A transposed convolution of padding "same", as TensorFlow places it."""
        (size, _), (step, _) = kernel, strides = layer.kernel_size, layer.strides
        usual = layer.padding == "same" and layer.output_padding is None
        usual = usual and all(k >= s for k, s in zip(kernel, strides, strict=True))
        if not usual or layer.dilation_rate != (1, 1) or layer.data_format != "channels_last":
            return None
        above, left = ((k - s) // 2 for k, s in zip(kernel, strides, strict=True))
        height, width = (n * s for n, s in zip(x.shape[:2], strides, strict=True))

        def read(start, stop):
            # Row i of the result is the sum of what rows j give with i = j · step + tap − above.
            first = max(-(-(start + above - size + 1) // step), 0)
            last = min((stop - 1 + above) // step, x.shape[0] - 1)
            strip = _cast(layer, x.read(first, last + 1))
            wide = ops.conv_transpose(strip, _cast(layer, layer.kernel), strides, "valid")
            top = start + above - first * step
            return _finish(layer, wide[:, top : top + stop - start, left : left + width])

        shape = (height, width, layer.filters)
        return Rows(shape, read, x.cost + 3 * math.prod(shape[1:]) * _NUMBER)

    def mirror(self, layer: ReflectionPadding | PadToMultiple, x: Rows) -> Rows:
        """Padding by mirroring."""
        height, width, channels = x.shape
        if isinstance(layer, ReflectionPadding):
            around = [(layer.width, layer.width)] * 2
        else:
            around = [(0, layer.count_missing(n)) for n in (height, width)]
        down, across = (
            ops.convert_to_numpy(reflect_places(n, *ends))
            for n, ends in zip((height, width), around, strict=True)
        )

        def read(start, stop):
            wanted = down[start:stop]
            low = wanted.min()
            strip = x.read(int(low), int(wanted.max()) + 1)
            return ops.take(ops.take(strip, wanted - low, axis=1), across, axis=2)

        return Rows((len(down), len(across), channels), read, 3 * x.cost)

    def crop(self, layer: CropLike, x: Rows, like: Rows) -> Rows:
        """A cut at bottom and right."""
        height, width, _ = like.shape
        shape = (height, width, x.shape[2])
        return Rows(shape, lambda start, stop: x.read(start, stop)[:, :, :width], 2 * x.cost)


def _cast(layer, x):
    return ops.cast(x, layer.compute_dtype)


def _finish(layer, x):
    """Returns a convolution's sums with its bias and activation."""
    return layer.activation(ops.add(x, _cast(layer, layer.bias)) if layer.use_bias else x)


_ALONE = (
    layers.Activation, layers.Add, layers.BatchNormalization, layers.Dropout, layers.LeakyReLU,
    layers.Multiply, layers.ReLU, layers.Rescaling, LatentDropout,
)  # fmt: skip
_RULES = {
    **dict.fromkeys(_ALONE, _Runner.apply_alone),
    layers.Concatenate: lambda runner, layer, *inputs: (
        runner.apply_alone(layer, *inputs) if layer.axis in (-1, 3) else None
    ),
    layers.Conv2D: _Runner.convolve,
    layers.Conv2DTranspose: _Runner.convolve_transpose,
    InstanceNormalization: _Runner.normalize,
    ReflectionPadding: _Runner.mirror,
    PadToMultiple: _Runner.mirror,
    CropLike: _Runner.crop,
}
_STORED = (layers.Add, layers.Conv2D, layers.Conv2DTranspose)
