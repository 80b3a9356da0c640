"""The f-GAN paper's univariate experiment: a Gaussian fitted to a mixture by five divergences.

N(μ, σ²) is fitted to 0.33·N(−1, 0.065) + 0.67·N(2, 2). The generator is x = μ + σz; the critic is
1-64-64-1 with tanh. Section 3.3 of Nowozin et al. 2016, arXiv:1606.00709. The optimum, by
quadrature, is printed beside each fit.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from kgan.data import mixture
from kgan.losses import adversarial
from kgan.models.fgan import FGAN
from kgan.theory import likelihood

PUBLISHED = {  # μ*, σ*, and the published learned bound F
    "kl": (1.0100, 1.8308, 0.2801),
    "reverse_kl": (1.5782, 1.6319, 0.2415),
    "jensen_shannon": (1.3070, 1.7542, 0.1226),
    "jeffrey": (1.3218, 1.7034, 0.5151),
    "pearson": (0.5737, 1.9274, 0.6379),
}
STEPS = 3000
BATCH = 1024


def build_networks(seed):
    def tanh(units, number):
        init = keras.initializers.GlorotUniform(seed=10 * seed + number)
        return keras.layers.Dense(units, activation="tanh", kernel_initializer=init)

    affine = keras.layers.Dense(1, kernel_initializer="ones", name="affine")  # starts at N(0, 1)
    generator = keras.Sequential([keras.Input((1,)), affine])
    last = keras.layers.Dense(1, kernel_initializer="zeros")
    critic = keras.Sequential([keras.Input((1,)), tanh(64, 0), tanh(64, 1), last])
    return generator, critic


def build_optimizer(rate, steps):
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    return keras.optimizers.Adam(schedule, beta_1=0.5, clipnorm=1.0)


def fit(divergence, seed):
    """Returns learned μ, σ, the learned bound F, and the seconds it took."""
    start = time.monotonic()
    generator, critic = build_networks(seed)
    gan = FGAN(
        (1,),
        1,
        adversarial=divergence,
        discriminator_steps=2,
        ema_half_life=100 * BATCH,
        seed=seed,
        generator=generator,
        discriminator=critic,
    )
    gan.compile(
        {
            "discriminator": build_optimizer(0.01, 2 * STEPS),
            "generator": build_optimizer(0.01, STEPS),
        }
    )
    data = mixture(count=200_000)
    # Two critic moves a round: each sees a fresh half.
    gan.fit(data.stream(2 * BATCH, seed), steps_per_epoch=STEPS, epochs=1, shuffle=False, verbose=0)
    kernel, bias = (float(np.squeeze(w)) for w in gan.ema_generator.get_weights())
    real = critic(data.arrays()["image"])
    fake = critic(gan.sample(range(100_000)))
    bound = -float(adversarial.PAIRS[divergence].discriminator(real, fake))
    return bias, abs(kernel), bound, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each divergence [3]")
    seeds = parser.parse_args().seeds
    print("| divergence | μ* | σ* | D | μ̂ | σ̂ | learned F | published F | s a run |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for divergence, (_, _, published) in PUBLISHED.items():
        best = likelihood.fit_gaussian(divergence, likelihood.NOWOZIN_MIXTURE)
        runs = np.array([fit(divergence, seed) for seed in range(seeds)])
        means, spreads = runs.mean(axis=0), runs.std(axis=0)
        # The paper's Jensen–Shannon is twice the half-and-half one.
        best_bound = best.divergence * (2.0 if divergence == "jensen_shannon" else 1.0)
        learned = " | ".join(f"{m:.3f} ± {s:.3f}" for m, s in zip(means[:3], spreads, strict=False))
        print(
            f"| {divergence} | {best.mean:.4f} | {best.scale:.4f} | {best_bound:.4f} "
            f"| {learned} | {published:.4f} | {means[3]:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
