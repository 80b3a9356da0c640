"""Phase shuffle: a critic of signals that cannot go by where in a period it looks."""

import keras
from keras import ops

from kgan.errors import check_whole
from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class PhaseShuffle(keras.layers.Layer):
    """Shifts each example's feature maps by −reach to reach places; the ends are mirrored.

    A list of x [B, T, C] and draws [B] from U[0, 1) → [B, T, C]. The layer draws nothing: who
    gives the draws decides whether a round can be played again.

    Args:
        reach: n of the paper, the largest shift in places, ≥ 1; T must be larger.

    Raises:
        InputError: for a reach that is not a whole number > 0.

    Reference: Section 3.3, Donahue et al. 2019, arXiv:1802.04208.
    """

    def __init__(self, reach: int = 2, **options) -> None:
        super().__init__(**options)
        check_whole(1, reach=reach)
        self.reach = reach

    def call(self, inputs: list[Tensor]) -> Tensor:
        x, draws = inputs
        places, length = 2 * self.reach + 1, x.shape[1]
        around = ((0, 0), (self.reach, self.reach), (0, 0))
        padded = ops.pad(x, around, mode="reflect")
        # In half precision a draw may be rounded to 1.
        place = ops.minimum(ops.cast(ops.floor(draws * places), "int32"), places - 1)
        chosen = ops.one_hot(place, places, dtype=x.dtype)[:, :, None, None]
        # A sum of products, not a gather: its second derivative is cheap on every device.
        return sum(chosen[:, k] * padded[:, k : k + length] for k in range(places))

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        return tuple(input_shape[0])

    def get_config(self) -> dict:
        return {**super().get_config(), "reach": self.reach}
