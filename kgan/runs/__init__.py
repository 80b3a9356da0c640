"""What a run is: its configuration, its folder, its checkpoints, and how it is read back."""

import importlib

_PUBLIC = {
    "Checkpoints": "checkpoints",
    "RunConfig": "config",
    "Training": "config",
    "load_run": "load",
    "start_from": "start",
}


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"kgan.runs.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'kgan.runs' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
