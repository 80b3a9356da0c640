"""How good a GAN is: scores with their spread, a report, and a doctor."""

import importlib

_PUBLIC = {
    "Doctor": "diagnosis.doctor",
    "evaluate": "evaluate",
}


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"kgan.evaluation.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'kgan.evaluation' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
