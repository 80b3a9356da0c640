"""Evaluation: metric cards with their spread, a report, and a doctor that finds what goes wrong."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
