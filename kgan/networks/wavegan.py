"""The WaveGAN pair: one-dimensional convolutions of 25 taps, each of which steps by four.

Reference: Appendix D, Donahue et al. 2019, arXiv:1802.04208.
"""

import keras
from keras import layers

from kgan.errors import InputError
from kgan.layers.phase_shuffle import PhaseShuffle
from kgan.types import Tensor

KERNEL, STRIDE = 25, 4
_SHORTEST, _LONGEST = 8, 64  # samples at the coarsest level


def count_levels(length: int) -> int:
    """Returns how often a length is divided by four, until it is below 32.

    Raises:
        InputError: for a length that cannot be, or that is then still above 64.

    Example:
        >>> count_levels(16384), count_levels(512)
        (5, 3)
    """
    levels, rest = 0, length
    while rest % STRIDE == 0 and rest // STRIDE >= _SHORTEST:
        levels, rest = levels + 1, rest // STRIDE
    if not levels or rest > _LONGEST:
        raise InputError(
            f"Expected signals of 32 samples or more, a power of two. Received: length={length}. "
            "Choose --data.length 512, 1024, 2048, …"
        )
    return levels


def build_generator(shape: tuple[int, int], latent_size: int = 100, width: int = 64) -> keras.Model:
    """Builds latents [B, latent_size] → signals [B, T, C] in [-1, 1].

    Args:
        shape: `(T, C)`, samples and channels.
        latent_size: length of a latent.
        width: channels of the longest feature maps; each division by four doubles them. 64 gives
            the paper's 1024-512-256-128-64 for 16,384 samples.

    Raises:
        InputError: see `count_levels`.
    """
    latents = keras.Input((latent_size,), name="latents")
    return keras.Model(latents, apply_generator_layers(latents, shape, width), name="generator")


def apply_generator_layers(code: Tensor, shape: tuple[int, int], width: int) -> Tensor:
    """Returns the symbolic signals [B, T, C] that new layers make of a code [B, D]."""
    length, channels = shape
    levels = count_levels(length)
    coarse, most = length // STRIDE**levels, width * 2 ** (levels - 1)
    x = layers.Dense(coarse * most)(code)
    x = layers.Activation("relu")(layers.Reshape((coarse, most))(x))  # [B, 16, 1024] in the paper
    for level in reversed(range(1, levels)):
        filters = width * 2 ** (level - 1)
        x = layers.Conv1DTranspose(filters, KERNEL, STRIDE, "same", activation="relu")(x)
    x = layers.Conv1DTranspose(channels, KERNEL, STRIDE, "same")(x)
    return layers.Activation("tanh", dtype="float32", name="signals")(x)


def build_discriminator(
    shape: tuple[int, int], width: int = 64, phase_shuffle: int = 2
) -> keras.Model:
    """Builds the critic: `images` [B, T, C] and `phases` [B, shuffles] → raw scores [B, 1].

    Args:
        shape: `(T, C)`.
        width: channels of the longest feature maps; see `build_generator`.
        phase_shuffle: the largest shift, in places; 0 for none, and then no `phases`.

    Raises:
        InputError: see `count_levels`.
    """
    signals = keras.Input(shape, name="images")
    x, phases = apply_critic_layers(signals, shape, width, phase_shuffle)
    scores = layers.Dense(1, dtype="float32", name="scores")(layers.Flatten()(x))
    return keras.Model({"images": signals, **phases}, scores, name="discriminator")


def apply_critic_layers(
    signals: Tensor, shape: tuple[int, int], width: int, phase_shuffle: int
) -> tuple[Tensor, dict[str, Tensor]]:
    """Returns the last feature maps [B, t, c] of a critic, and `{"phases": its input}`, or {}."""
    levels = count_levels(shape[0])
    shuffles = count_shuffles(shape[0]) if phase_shuffle else 0
    draws = keras.Input((shuffles,), name="phases") if shuffles else None
    x = signals
    for level in range(levels):
        x = layers.Conv1D(width * 2**level, KERNEL, STRIDE, "same")(x)
        x = layers.LeakyReLU(0.2)(x)
        if level < shuffles:
            x = PhaseShuffle(phase_shuffle)([x, draws[:, level]])
    return x, {} if draws is None else {"phases": draws}


def count_shuffles(length: int) -> int:
    """Returns after how many levels a critic shuffles phases: after each but the last."""
    return count_levels(length) - 1
