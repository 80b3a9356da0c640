"""Sources of examples, which `tf.data` reads as dicts of named tensors.

    gan.fit(kgan.data.digits(size=32).dataset(batch_size=64), epochs=40)

A function named after a source returns its `Source`; `open_source` opens one by the text that a
config or a command line holds. Names are imported when first used, so that listing sources costs
nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
