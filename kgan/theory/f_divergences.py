"""The f-divergences as values: f, f*, the domain of f*, the output activation.

D_f(P‖Q) = ∫ q(x) f(p(x) / q(x)) dx for a convex f with f(1) = 0 (Section 2.1, Nowozin et al.
2016, arXiv:1606.00709; P is the data, Q the model). The conjugate f*(t) = sup_u {u·t − f(u)}
gives the bound D_f >= E_P[T] − E_Q[f*(T)], with equality at T* = f'(p/q) (Section 2.2). A critic
with raw scores v reaches the domain of f* by the output activation: T = g_f(v) (Section 2.4).

Every function takes its array module last, NumPy by default: `KL.conjugate(t, ops)` with
`from keras import ops` is the same formula on tensors, and differentiable.

Conventions (those of the paper's Tables 1, 2 and 6):

* `jensen_shannon` is ∫ p log(2p/(p+q)) + q log(2q/(p+q)) = 2·JSD, in [0, log 4]: twice
  `kgan.theory.divergences.jensen_shannon`; `gan` is 2·JSD − log 4.
* `squared_hellinger` is ∫ (√p − √q)², in [0, 2]; `total_variation` is ½ ∫ |p − q|, in [0, 1].
* `pearson` has f(u) = (u − 1)², which gives ∫ (p − q)²/q, and `neyman` f(u) = (1 − u)²/u, which
  gives ∫ (q − p)²/p. The paper's tables have these two *integrals* interchanged; its f, f*, T*
  and numbers agree with the ones here: see `kgan.theory.likelihood`.
* Activations increase with v, as in the paper's Table 2, so that a high score means "real".

Example:
    >>> kl = get_f_divergence("kl")
    >>> float(kl.f(2.0)), float(kl.conjugate(1.0))
    (1.3862943611198906, 1.0)
"""

import math
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

import numpy as np

from kgan.errors import UnknownNameError
from kgan.types import Tensor

LOG_2 = math.log(2.0)


class FDivergence(NamedTuple):
    """An f-divergence. Its functions map arrays of any shape to arrays of that shape.

    Attributes:
        name: its key in `F_DIVERGENCES`.
        f: `(u, xp=numpy)`, u > 0: the convex generator, f(1) = 0 (but −log 4 for `gan`).
        derivative: `(u, xp=numpy)`: f'(u); at u = p/q it is the optimal critic T*.
        conjugate: `(t, xp=numpy)`, t in `domain`: f*(t).
        domain: `(low, high)` of f*. An infinite end is open, and so is a finite one, except for
            `total_variation`, which has both ends.
        activation: `(v, xp=numpy)`, any real v: g_f(v), a rising map into `domain`.
        conjugate_of_activation: `(v, xp=numpy)`: f*(g_f(v)) without the cancellation in the
            composition; losses use this.
        derivative_at_one: f'(1): the critic's output where p = q, the threshold between "real"
            and "fake".
        second_derivative_at_one: f''(1): the divergence is ½ f''(1) ∫ (p − q)²/q for p near q.
            NaN for `total_variation`, which has a kink there.
        at_zero: f(0), the cost of an outcome that Q has and P has not; may be inf.
        slope_at_infinity: lim f(u)/u, the cost of an outcome that P has and Q has not; may be inf.
    """

    name: str
    f: Callable
    derivative: Callable
    conjugate: Callable
    domain: tuple[float, float]
    activation: Callable
    conjugate_of_activation: Callable
    derivative_at_one: float
    second_derivative_at_one: float
    at_zero: float
    slope_at_infinity: float


def softplus(x: Tensor, xp: ModuleType = np) -> Tensor:
    """Returns log(1 + eˣ), without overflow; `xp` is NumPy or `keras.ops`."""
    # Not `xp.logaddexp`: at a tie, a score of 0, the gradient of Keras's is 1 instead of ½.
    return np.logaddexp(x, 0.0) if xp is np else xp.softplus(x)


def log_lambert_of_exp(a: Tensor, xp: ModuleType = np, iterations: int = 6) -> Tensor:
    """Returns log W(eᵃ), W being Lambert's function: the y with y + eʸ = a.

    By Newton's method, which converges quadratically: six steps are exact to rounding for every
    real `a`, without forming eᵃ.

    Args:
        a: array of real numbers.
        xp: array module.
        iterations: Newton steps.
    """
    y = xp.minimum(a, 0.0) + xp.log1p(xp.maximum(a, 0.0))
    for _ in range(iterations):
        w = xp.exp(y)
        y = y - (y + w - a) / (1.0 + w)
    return y


def _jeffrey_conjugate(t, xp=np):
    # Table 6: W(e^{1−t}) + 1/W(e^{1−t}) + t − 2.
    y = log_lambert_of_exp(1.0 - t, xp)
    return xp.exp(y) + xp.exp(-y) + t - 2.0


def _gan_f(u, xp=np):
    # u log u − (u + 1) log(u + 1), without subtracting two large numbers.
    return -u * xp.log1p(1.0 / u) - xp.log1p(u)


def _identity(v, xp=np):
    return v


def _pearson_conjugate(t, xp=np):
    return 0.25 * xp.square(t) + t


def _one_minus_exp(v, xp=np):
    return -xp.expm1(-v)


KL = FDivergence(
    "kl",
    f=lambda u, xp=np: u * xp.log(u),
    derivative=lambda u, xp=np: 1.0 + xp.log(u),
    conjugate=lambda t, xp=np: xp.exp(t - 1.0),
    domain=(-math.inf, math.inf),
    activation=_identity,
    conjugate_of_activation=lambda v, xp=np: xp.exp(v - 1.0),
    derivative_at_one=1.0,
    second_derivative_at_one=1.0,
    at_zero=0.0,
    slope_at_infinity=math.inf,
)
REVERSE_KL = FDivergence(
    "reverse_kl",
    f=lambda u, xp=np: -xp.log(u),
    derivative=lambda u, xp=np: -1.0 / u,
    conjugate=lambda t, xp=np: -1.0 - xp.log(-t),
    domain=(-math.inf, 0.0),
    activation=lambda v, xp=np: -xp.exp(-v),
    conjugate_of_activation=lambda v, xp=np: v - 1.0,
    derivative_at_one=-1.0,
    second_derivative_at_one=1.0,
    at_zero=math.inf,
    slope_at_infinity=0.0,
)
PEARSON = FDivergence(
    "pearson",
    f=lambda u, xp=np: xp.square(u - 1.0),
    derivative=lambda u, xp=np: 2.0 * (u - 1.0),
    # f* is ¼t² + t above t = −2, where the best u is u = 1 + t/2 >= 0. Below it the supremum over
    # u >= 0 is −1; the paper's formula is the conjugate over all real u, a looser bound there.
    conjugate=_pearson_conjugate,
    domain=(-math.inf, math.inf),
    activation=_identity,
    conjugate_of_activation=_pearson_conjugate,
    derivative_at_one=0.0,
    second_derivative_at_one=2.0,
    at_zero=1.0,
    slope_at_infinity=math.inf,
)
NEYMAN = FDivergence(
    "neyman",
    f=lambda u, xp=np: xp.square(1.0 - u) / u,
    derivative=lambda u, xp=np: 1.0 - 1.0 / xp.square(u),
    conjugate=lambda t, xp=np: 2.0 - 2.0 * xp.sqrt(1.0 - t),
    domain=(-math.inf, 1.0),
    activation=_one_minus_exp,
    conjugate_of_activation=lambda v, xp=np: -2.0 * xp.expm1(-0.5 * v),
    derivative_at_one=0.0,
    second_derivative_at_one=2.0,
    at_zero=math.inf,
    slope_at_infinity=1.0,
)
SQUARED_HELLINGER = FDivergence(
    "squared_hellinger",
    f=lambda u, xp=np: xp.square(xp.sqrt(u) - 1.0),
    derivative=lambda u, xp=np: 1.0 - 1.0 / xp.sqrt(u),
    conjugate=lambda t, xp=np: t / (1.0 - t),
    domain=(-math.inf, 1.0),
    activation=_one_minus_exp,
    conjugate_of_activation=lambda v, xp=np: xp.expm1(v),
    derivative_at_one=0.0,
    second_derivative_at_one=0.5,
    at_zero=1.0,
    slope_at_infinity=1.0,
)
JEFFREY = FDivergence(
    "jeffrey",
    f=lambda u, xp=np: (u - 1.0) * xp.log(u),
    derivative=lambda u, xp=np: xp.log(u) + 1.0 - 1.0 / u,
    conjugate=_jeffrey_conjugate,
    domain=(-math.inf, math.inf),
    activation=_identity,
    conjugate_of_activation=_jeffrey_conjugate,
    derivative_at_one=0.0,
    second_derivative_at_one=2.0,
    at_zero=math.inf,
    slope_at_infinity=math.inf,
)
JENSEN_SHANNON = FDivergence(
    "jensen_shannon",
    f=lambda u, xp=np: _gan_f(u, xp) + (u + 1.0) * LOG_2,
    derivative=lambda u, xp=np: LOG_2 - xp.log1p(1.0 / u),
    conjugate=lambda t, xp=np: -xp.log(2.0 - xp.exp(t)),
    domain=(-math.inf, LOG_2),
    activation=lambda v, xp=np: LOG_2 - softplus(-v, xp),
    conjugate_of_activation=lambda v, xp=np: softplus(v, xp) - LOG_2,
    derivative_at_one=0.0,
    second_derivative_at_one=0.5,
    at_zero=LOG_2,
    slope_at_infinity=LOG_2,
)
GAN = FDivergence(
    "gan",
    f=_gan_f,
    derivative=lambda u, xp=np: -xp.log1p(1.0 / u),
    conjugate=lambda t, xp=np: -xp.log(-xp.expm1(t)),
    domain=(-math.inf, 0.0),
    activation=lambda v, xp=np: -softplus(-v, xp),
    conjugate_of_activation=softplus,
    derivative_at_one=-LOG_2,
    second_derivative_at_one=0.5,
    at_zero=0.0,
    slope_at_infinity=0.0,
)
TOTAL_VARIATION = FDivergence(
    "total_variation",
    f=lambda u, xp=np: 0.5 * xp.abs(u - 1.0),
    derivative=lambda u, xp=np: 0.5 * xp.sign(u - 1.0),
    conjugate=_identity,
    domain=(-0.5, 0.5),
    activation=lambda v, xp=np: 0.5 * xp.tanh(v),
    conjugate_of_activation=lambda v, xp=np: 0.5 * xp.tanh(v),
    derivative_at_one=0.0,
    second_derivative_at_one=math.nan,
    at_zero=0.5,
    slope_at_infinity=0.5,
)

F_DIVERGENCES = {
    row.name: row
    for row in (
        KL,
        REVERSE_KL,
        PEARSON,
        NEYMAN,
        SQUARED_HELLINGER,
        JEFFREY,
        JENSEN_SHANNON,
        GAN,
        TOTAL_VARIATION,
    )
}


def get_f_divergence(name: str) -> FDivergence:
    """Returns the f-divergence called `name`.

    Raises:
        InputError: if there is none, with the known ones.
    """
    if name not in F_DIVERGENCES:
        raise UnknownNameError("f-divergence", name, F_DIVERGENCES)
    return F_DIVERGENCES[name]
