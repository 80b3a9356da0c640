"""Config → data → model → `fit`: runs that can be watched, killed, resumed and repeated."""

import importlib

_PUBLIC = {
    "MetricsLog": "callbacks",
    "NaNGuard": "callbacks",
    "Progress": "callbacks",
    "SampleGrid": "callbacks",
    "train": "loop",
}


def __getattr__(name):
    if name in _PUBLIC:
        return vars(importlib.import_module(f"kgan.training.{_PUBLIC[name]}"))[name]
    raise AttributeError(f"module 'kgan.training' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
