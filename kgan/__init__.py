"""kgan: train any GAN of the literature with `model.fit`, trust its scores, ship its generator.

Rooms are imported when first used, so that `import kgan` costs nothing:
`kgan.theory`, `kgan.data`, `kgan.layers`, `kgan.networks`, `kgan.losses`, `kgan.metrics`,
`kgan.models`, `kgan.training`, `kgan.export`, `kgan.serving`.
"""

import importlib

__version__ = "0.1.0"

_ROOMS = (
    "theory",
    "data",
    "layers",
    "networks",
    "losses",
    "augmentation",
    "metrics",
    "models",
    "runs",
    "evaluation",
    "generation",
    "training",
    "export",
    "serving",
)


def __getattr__(name):
    if name in _ROOMS:
        return importlib.import_module(f"kgan.{name}")
    raise AttributeError(f"module 'kgan' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_ROOMS]
