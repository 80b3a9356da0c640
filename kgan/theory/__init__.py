"""The mathematics the losses stand on: divergences, conjugates, optimal transport, games.

NumPy and SciPy, float64, no Keras. Modules are imported when first used:

* `divergences`: entropy, KL and its kin, between discrete distributions and 1-D densities;
* `densities`: 1-D densities as values, and the quadrature over them;
* `gaussians`: the closed forms between Gaussians, in any dimension;
* `f_divergences`: f, its conjugate and its output activation, for NumPy or `keras.ops`;
* `duality`: numerical conjugates and the variational bound;
* `transport`: Wasserstein distances and transport plans;
* `games`, `gan_game`: payoffs, Nash equilibria, zero-sum values; the GAN as such a game;
* `dirac`: the two-parameter GAN that shows whether training converges;
* `likelihood`: maximum likelihood as least KL, and fits by other divergences;
* `topics`: pictures with the numbers of all this, by name.

Conventions: D(P‖Q), with P the data and Q the model; nats, or bits with `bits=True`.
"""

import importlib

_MODULES = (
    "densities",
    "dirac",
    "divergences",
    "duality",
    "f_divergences",
    "games",
    "gan_game",
    "gaussians",
    "likelihood",
    "topics",
    "transport",
)


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"kgan.theory.{name}")
    raise AttributeError(f"module 'kgan.theory' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_MODULES]
