"""kgan: train the GANs of the literature with `model.fit`, evaluate them, export the generator.

Sub-packages are imported when they are first used, so that `import kgan` costs nothing.
"""

import lazy_loader
import wrapt

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# Keras finds the models and layers in its files by names that it must know beforehand.
wrapt.register_post_import_hook("kgan.keras_names:register_names", "keras")
