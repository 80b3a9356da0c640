"""Metrics: samplers and arrays in, numbers with their settings and spread out.

    extractor = kgan.metrics.classifier(train_images, train_labels)   # or inception(), ...
    real = extractor(test_images)                                     # pooled [N, D], logits [N, K]
    fake = extractor(kgan.metrics.draw_samples(gan.sample, 10_000))   # any sampler of integer seeds
    kgan.metrics.fid(real.pooled, fake.pooled)                        # one number
    print(kgan.metrics.measure(["fid", "kid", "recall"], real, fake, extractor))    # and its card

Features are arrays [N, D]; functions that compare two sets take the real one first. Sums are
float64; batch size and order of the samples do not change a score; bad input is an `InputError`.
Names are imported when first used; `__init__.pyi` lists them with their modules.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
