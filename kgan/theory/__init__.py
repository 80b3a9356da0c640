"""The mathematics behind the losses: divergences, conjugates, optimal transport, games.

NumPy and SciPy, float64, no Keras. Modules are imported when they are first used:

* `divergences`: entropy, KL and other divergences of discrete distributions and 1-D densities;
* `densities`: 1-D densities as values, and the quadrature over them;
* `gaussians`: closed forms for Gaussians of any dimension;
* `f_divergences`: f, its conjugate and its output activation, for NumPy or `keras.ops`;
* `duality`: numerical conjugates and the variational bound;
* `transport`: Wasserstein distances and transport plans;
* `games`, `gan_game`: payoffs, Nash equilibria, zero-sum values; the GAN as such a game;
* `dirac`: the two-parameter GAN that shows whether training converges;
* `likelihood`: maximum likelihood as minimal KL, and fits by other divergences;
* `topics`: drawings of all this with their numbers, by name.

Conventions: D(P‖Q), with P the data and Q the model; nats, or bits with `bits=True`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
