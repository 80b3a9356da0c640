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
    "Extractor": "extractors",
    "Features": "extractors",
    "Gaussian": "frechet",
    "MetricName": "card",
    "Moments": "frechet",
    "Predictions": "inception_scores",
    "Report": "report",
    "Score": "card",
    "accuracy": "classification",
    "authenticity": "memorisation",
    "class_shares": "classification",
    "classifier": "small_classifier",
    "classification_accuracy_score": "classification",
    "copy_rate": "memorisation",
    "count_modes": "modes",
    "data_copying": "memorisation",
    "density_coverage": "neighbours",
    "drawn": "extractors",
    "duality_gap": "duality",
    "expected_coverage": "neighbours",
    "fid": "frechet",
    "fid_bias": "frechet",
    "frechet_distance": "frechet",
    "ideal_authenticity": "memorisation",
    "inception": "inception_graph",
    "inception_score": "inception_scores",
    "inception_score_from_probabilities": "inception_scores",
    "intra_class_fid": "frechet",
    "keras_inception": "inception_graph",
    "kid": "kernel",
    "kid_blocks": "kernel",
    "laplacian_swd": "sliced",
    "measure": "measuring",
    "measure_pairs": "measuring",
    "ms_ssim_diversity": "images",
    "nearest_training": "memorisation",
    "neighbourhoods": "neighbours",
    "open_extractor": "opening",
    "parse_name": "card",
    "perceptual_distance": "images",
    "perceptual_path_length": "path_length",
    "precision_recall": "neighbours",
    "raw": "extractors",
    "reconstruction": "images",
    "reference_features": "reference",
    "saved": "saved_networks",
    "sliced_wasserstein": "sliced",
}


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"kgan.metrics.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'kgan.metrics' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_PUBLIC]
