"""Generation: from a trained run to pictures, texts and arrays, in memory and in files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
