"""Auxiliary terms of a loss, beside the adversarial one."""

import keras
from keras import ops

from kgan.replicas import average_over_replicas, gather_over_replicas
from kgan.types import Tensor


def feature_matching(real_features: Tensor, fake_features: Tensor) -> Tensor:
    """Returns ‖E f(x) − E f(G(z))‖², summed over features.

    Args:
        real_features: [B, F], activations of a layer of the critic for real images.
        fake_features: [B, F]. Under a distribution strategy the means are over all replicas.

    Returns:
        float32 scalar.

    Example:
        >>> float(feature_matching(np.float32([[1, 5], [3, 5]]), np.float32([[0, 4]])))
        5.0

    Reference: Section 3.1, Salimans et al. 2016, arXiv:1606.03498.
    """
    means = [ops.mean(ops.cast(f, "float32"), axis=0) for f in (real_features, fake_features)]
    real_mean, fake_mean = average_over_replicas(means)
    return ops.sum(ops.square(real_mean - fake_mean))


def l1(target: Tensor, images: Tensor) -> Tensor:
    """Returns the mean absolute difference of two batches of images, float32.

    Reference: Eq. 3, Isola et al. 2017, arXiv:1611.07004.
    """
    return ops.mean(ops.abs(ops.cast(target, "float32") - ops.cast(images, "float32")))


def l2(target: Tensor, images: Tensor) -> Tensor:
    """Returns the mean squared difference of two batches of images, float32."""
    return ops.mean(ops.square(ops.cast(target, "float32") - ops.cast(images, "float32")))


def classification(labels: Tensor, logits: Tensor) -> Tensor:
    """Returns the mean cross-entropy −log p(label), p = softmax(logits), in nats.

    Args:
        labels: [B] whole numbers in [0, classes).
        logits: [B, classes].

    Reference: L_C of Eq. 3, Odena et al. 2017, arXiv:1610.09585.
    """
    logits = ops.cast(logits, "float32")
    errors = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    return ops.mean(errors)


def attribute_classification(attributes: Tensor, logits: Tensor) -> Tensor:
    """Returns −log p of each attribute's answer, summed over attributes, the mean over the batch.

    Args:
        attributes: [B, A], 0 or 1 each.
        logits: [B, A] of their being 1.

    Returns:
        float32 scalar, in nats.

    Example:
        >>> float(attribute_classification(np.ones((1, 2)), np.zeros((1, 2))))     # 2 log 2
        1.3863

    Reference: Eqs. 2 and 3, Choi et al. 2018, arXiv:1711.09020.
    """
    targets, logits = ops.cast(attributes, "float32"), ops.cast(logits, "float32")
    errors = ops.softplus(logits) - targets * logits
    return ops.mean(ops.sum(errors, axis=-1))


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Returns the mean over the batch of KL(N(mean, variance) ‖ N(0, I)), in nats.

    Args:
        mean: [B, L].
        log_variance: [B, L].

    Returns:
        float32 scalar.

    Example:
        >>> float(gaussian_divergence(np.float32([[3.0]]), np.float32([[0.0]])))     # ½ · 3²
        4.5

    Reference: Appendix B, Kingma and Welling 2014, arXiv:1312.6114.
    """
    mean, log_variance = ops.cast(mean, "float32"), ops.cast(log_variance, "float32")
    each = ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance
    return 0.5 * ops.mean(ops.sum(each, axis=-1))


def matching(image_codes: Tensor, caption_codes: Tensor, temperature: float = 0.1) -> Tensor:
    """Returns the mean −log p(own caption) of each image among the captions of the whole batch.

    p = softmax(cosine of the codes / temperature). Most batches hold captions that differ from an
    image's own in one word, so the codes must tell these apart.

    Args:
        image_codes: [B, D].
        caption_codes: [B, D]. Under a distribution strategy those of all replicas compete.
        temperature: > 0.

    Returns:
        float32 scalar, in nats.

    Example:
        >>> codes = np.eye(2, dtype="float32")
        >>> float(matching(codes, codes, temperature=1.0))     # −log(e / (e + 1))
        0.3133

    Reference: the contrastive loss of images and sentences, Zhang et al. 2021, arXiv:2101.04702.
    """
    codes, captions = (
        ops.normalize(ops.cast(codes, "float32"), axis=-1) for codes in (image_codes, caption_codes)
    )
    captions, first = gather_over_replicas(captions)
    logits = ops.matmul(codes, ops.transpose(captions)) / temperature
    own = first + ops.arange(ops.shape(codes)[0])
    return classification(own, logits)


def patch_contrast(patches: Tensor, sources: Tensor, temperature: float = 0.07) -> Tensor:
    """Returns −log p(own source) of each patch among all those of its image, a mean an image.

    p = softmax(cosine of the codes / temperature). No gradient goes to the sources.

    Args:
        patches: [B, P, D], codes of patches of translated images.
        sources: [B, P, D], those of the same places in the images that they were made of.
        temperature: > 0.

    Returns:
        [B] float32, in nats.

    Example:
        >>> codes = np.eye(2, dtype="float32")[None]
        >>> float(patch_contrast(codes, codes, temperature=1.0)[0])     # −log(e / (e + 1))
        0.3133

    Reference: Eqs. 3 and 4, Park et al. 2020, arXiv:2007.15651.
    """
    patches, sources = (
        ops.normalize(ops.cast(codes, "float32"), axis=-1)
        for codes in (patches, ops.stop_gradient(sources))
    )
    logits = ops.matmul(patches, ops.transpose(sources, (0, 2, 1))) / temperature
    own = ops.sum(patches * sources, axis=-1) / temperature
    return ops.mean(ops.logsumexp(logits, axis=-1) - own, axis=-1)


def historical_average(variables: list[keras.Variable], means: list[Tensor]) -> Tensor:
    """Returns ‖θ − (1/t) Σᵢ θ[i]‖², the squared distance of parameters from their past mean.

    Args:
        variables: list of a player's variables, θ.
        means: list of the means of their values so far.

    Returns:
        float32 scalar.

    Reference: Section 3.3, Salimans et al. 2016, arXiv:1606.03498.
    """
    return sum(
        ops.sum(ops.square(ops.convert_to_tensor(variable) - ops.stop_gradient(mean)))
        for variable, mean in zip(variables, means, strict=True)
    )


def multi_scale_l2(target: Tensor, images: Tensor) -> Tensor:
    """Returns the mean squared difference of images, averaged over the sizes H, H/2, H/4, …, 1.

    At coarse sizes the gradient also moves shapes towards a place that they do not overlap yet.

    Args:
        target: [B, H, W, C], H = W a power of 2.
        images: the same shape.

    Returns:
        float32 scalar.

    Example:
        >>> checks = np.float32([[1, -1], [-1, 1]])[None, :, :, None]
        >>> float(multi_scale_l2(checks, 0 * checks))     # 1 in pixels, 0 in their mean
        0.5
    """
    difference = ops.cast(target, "float32") - ops.cast(images, "float32")
    terms = [ops.mean(ops.square(difference))]
    while difference.shape[1] > 1:
        difference = ops.average_pool(difference, 2, 2)
        terms.append(ops.mean(ops.square(difference)))
    return sum(terms) / len(terms)


def laplacian_l1(target: Tensor, images: Tensor) -> Tensor:
    """Returns the mean absolute difference of images' Laplacian pyramids, summed over levels.

    A level is what a picture has beyond its means over 2×2 pixels, and the last is what is left
    where a side is odd. A level's mean is that over its own pixels: 4ʲ / (H W C) of its sum.

    Args:
        target: [B, H, W, C].
        images: the same shape.

    Returns:
        float32 scalar.

    Example:
        >>> checks = np.float32([[1, -1], [-1, 1]])[None, :, :, None]
        >>> float(laplacian_l1(checks, 0 * checks))     # 1 in pixels, 0 in their mean
        1.0

    Reference: Lap1 of Section 3.2, Bojanowski et al. 2018, arXiv:1707.05776.
    """
    # A pyramid is linear: that of the difference is the difference of both.
    level, total = ops.cast(target, "float32") - ops.cast(images, "float32"), 0.0
    while level.shape[1] % 2 == level.shape[2] % 2 == 0:
        means = ops.average_pool(level, 2, 2)
        coarse = ops.repeat(ops.repeat(means, 2, axis=1), 2, axis=2)
        total = total + ops.mean(ops.abs(level - coarse))
        level = means
    return total + ops.mean(ops.abs(level))
