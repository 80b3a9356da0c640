"""Config → data → model → `fit`: runs that can be watched, killed, resumed and repeated."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
