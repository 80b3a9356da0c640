"""Metrics: samplers and arrays in, numbers out, with what they rest on.

    extractor = kgan.metrics.classifier(train_images, train_labels)   # or inception(), saved(path)
    real = extractor(test_images)                                     # pooled [N, D], logits [N, K]
    fake = extractor(kgan.metrics.drawn(gan.sample, 10_000))          # any sampler of integer seeds
    kgan.metrics.fid(real.pooled, fake.pooled)                        # one number
    print(kgan.metrics.measure(["fid", "kid", "recall"], real, fake, extractor))    # and its card

Features are arrays [N, D]; everything that compares two sets takes the real one first. Sums are
float64; batch size and order of the samples do not move a score; bad input is an `InputError`.
Names are imported when first used. Modules:

* `frechet`, `kernel`, `inception_scores`: FID, KID, Inception Score; `tfgan`: the same by TF-GAN;
* `neighbours`: precision, recall, density, coverage; `sliced`: transport along lines;
* `memorisation`: nearest training images, C_T test, authenticity, copy rate;
* `images`: reconstruction errors, MS-SSIM diversity, LPIPS-style distance;
* `path_length`, `duality`, `classification`, `modes`: of the latent space, the game, classes;
* `extractors`, `inception_graph`, `small_classifier`, `saved_networks`: what makes features;
* `opening`: extractors by text; `resizing`, `cache`: their pictures and files;
* `reference`: features of real samples, kept by content;
* `card`, `measuring`: names with settings, scores with spread, warnings;
* `report`, `report_panels`, `report_html`: a card with pictures, as one page.
"""

import importlib

# The files are not named like the functions, or importing one would hide the other.
_PUBLIC = {
    "Card": "card",
    "Extractor": "_extractors",
    "Features": "_extractors",
    "Gaussian": "_fid",
    "MetricName": "card",
    "Moments": "_fid",
    "Predictions": "_inception_score",
    "Report": "report.report",
    "Score": "card",
    "accuracy": "_classification",
    "authenticity": "_memorisation",
    "class_shares": "_classification",
    "classifier": "_classifier",
    "classification_accuracy_score": "_classification",
    "copy_rate": "_memorisation",
    "count_modes": "_modes",
    "data_copying": "_memorisation",
    "density_coverage": "_prdc",
    "drawn": "_extractors",
    "duality_gap": "_duality_gap",
    "expected_coverage": "_prdc",
    "fid": "_fid",
    "fid_bias": "_fid",
    "frechet_distance": "_fid",
    "ideal_authenticity": "_memorisation",
    "inception": "_inception",
    "inception_score": "_inception_score",
    "inception_score_from_probabilities": "_inception_score",
    "intra_class_fid": "_fid",
    "keras_inception": "_inception",
    "kid": "_kid",
    "kid_blocks": "_kid",
    "laplacian_swd": "_swd",
    "measure": "_measure",
    "measure_pairs": "_measure",
    "ms_ssim_diversity": "_image_quality",
    "nearest_training": "_memorisation",
    "neighbourhoods": "_prdc",
    "open_extractor": "_open",
    "parse_name": "card",
    "perceptual_distance": "_image_quality",
    "perceptual_path_length": "_path_length",
    "precision_recall": "_prdc",
    "raw": "_extractors",
    "reconstruction": "_image_quality",
    "reference_features": "_feature_cache",
    "saved": "_saved_networks",
    "sliced_wasserstein": "_swd",
}


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"kgan.metrics.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'kgan.metrics' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
