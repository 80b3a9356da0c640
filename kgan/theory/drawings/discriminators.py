"""Drawings of the gradients that discriminators and critics give a generator."""

import math
import pathlib

import numpy as np

from kgan.theory import densities, divergences, gan_game, transport
from kgan.theory.drawings import figures

REAL_MEAN, FAKE_MEAN, SCALE = 0.0, 4.0, 0.8


def draw_optimal_discriminator(folder: pathlib.Path) -> figures.Drawing:
    """Draws D* of near and of far densities, and its value by their distance."""
    figure, ((near, far, apart),) = figures.make_figure(
        1, 3, 14, 4.6, "The best discriminator D* = p/(p + q), and why it stops teaching"
    )
    x = np.linspace(-3.0, 8.0, 600)
    p = densities.gaussian(REAL_MEAN, SCALE)
    lines = []
    for axes, mean in ((near, 1.2), (far, 5.0)):
        q = densities.gaussian(mean, SCALE)
        best = gan_game.optimal_discriminator(p, q)
        value = gan_game.value(best, p, q)
        axes.fill_between(x, p.pdf(x), color=figures.REAL, alpha=0.35, label="data p")
        axes.fill_between(x, q.pdf(x), color=figures.FAKE, alpha=0.35, label="generated q")
        axes.plot(x, best(x), color="black", linewidth=2, label="D* = p/(p + q)")
        axes.set_ylim(0, 1.45)
        axes.legend(loc="upper right", fontsize=8.5)
        title = f"{mean:g} apart: V(D*) = {value:.3f} nats".replace("-", "−")
        figures.label_axes(axes, title, "x", "D, a probability; density per unit of x")
        formula = 2 * divergences.jensen_shannon(p, q) - math.log(4)
        lines.append(
            f"Means {mean:g} apart, scale {SCALE}: V(D*) = {value:.6f}, "
            f"2·JSD − log 4 = {formula:.6f} nats."
        )
    critic = (x[-1] - x) / (x[-1] - x[0])
    far.plot(x, critic, "--", color=figures.GREEN, linewidth=2, label="Wasserstein critic, scaled")
    far.legend(loc="upper right", fontsize=8.5)
    far.annotate("D* is flat where q is:\nno gradient", (5.0, 0.04), (5.9, 0.62), ha="center",
                 arrowprops={"arrowstyle": "->"})  # fmt: skip
    distances = np.linspace(0.0, 7.0, 71)
    pairs = [(p, densities.gaussian(distance, SCALE)) for distance in distances]
    values = [gan_game.best_value(*pair) for pair in pairs]
    wasserstein = [transport.wasserstein_of_densities(*pair, panels=400) for pair in pairs]
    apart.plot(distances, values, color=figures.PINK, linewidth=2, label="V(D*) = 2·JSD − log 4")
    apart.plot(distances, wasserstein, color=figures.GREEN, linewidth=2, label="Wasserstein W₁")
    apart.axhline(0.0, color=figures.GREY, linestyle=":")
    apart.axhline(-math.log(4), color=figures.GREY, linestyle=":")
    apart.annotate("−log 4: p = q", (6.9, -math.log(4) + 0.16), ha="right")
    apart.annotate("0: D* errs nowhere", (6.9, 0.16), ha="right")
    apart.legend(loc="upper left", fontsize=8.5)
    figures.label_axes(
        apart, "As the two part", "distance of the means, units of x", "V in nats; W in units of x"
    )
    lines.append("V(D*) flattens at 0 once the densities do not overlap; W₁ keeps its slope of 1.")
    return figures.Drawing([figures.save_figure(figure, folder, "optimal_discriminator")], lines)


def draw_saturation(folder: pathlib.Path) -> figures.Drawing:
    """Draws generator losses, their slopes by score, and the gradients that a generator gets."""
    figure, ((losses, slopes, reaching),) = figures.make_figure(
        1, 3, 14, 4.6, "Saturation: a loss that is flat exactly where the generator is worst"
    )
    scores = np.linspace(-8.0, 8.0, 401)
    probability = 1.0 / (1.0 + np.exp(-scores))
    # name, loss of a fake score s with D = sigmoid(s), and minus its slope
    curves = (
        ("log(1 − D), saturating", -np.logaddexp(0, scores), probability, figures.PINK),
        ("−log D, non-saturating", np.logaddexp(0, -scores), 1 - probability, figures.BLUE),
        ("−score, Wasserstein", -scores, np.ones_like(scores), figures.GREEN),
    )
    for name, loss, slope, colour in curves:
        losses.plot(scores, loss, color=colour, linewidth=2, label=name)
        slopes.plot(scores, slope, color=colour, linewidth=2, label=name)
    for axes in (losses, slopes):
        axes.axvspan(-8, -2, color=figures.LIGHT, alpha=0.6, zorder=0)
        axes.set_xlim(-8, 8)
        axes.legend(loc="upper right", fontsize=8.5)
    losses.set_ylim(-9, 13)
    losses.annotate("D is sure:\nfake", (-5, -6.5), ha="center")
    slopes.set_ylim(-0.05, 1.6)
    slopes.annotate("D is sure:\nfake", (-5, 0.5), ha="center")
    figures.label_axes(
        losses, "Generator's loss", "score of a generated sample, D = sigmoid(score)", "loss, nats"
    )
    figures.label_axes(
        slopes,
        "Its slope: how hard it pulls",
        "score of a generated sample",
        "−d loss / d score, nats",
    )
    at = int(np.argmin(np.abs(scores + 6.0)))
    pulls = [float(slope[at]) for _, _, slope, _ in curves]
    lines = [
        f"At score −6 (D = {probability[at]:.4f}): log(1 − D) pulls with {pulls[0]:.4f}, "
        f"−log D with {pulls[1]:.4f}, Wasserstein with {pulls[2]:g}."
    ]
    lines += _draw_gradients(reaching)
    return figures.Drawing([figures.save_figure(figure, folder, "saturation")], lines)


def _draw_gradients(axes):
    """Draws the gradient at a generated sample x through the optimal D of two densities."""
    p, q = (densities.gaussian(mean, SCALE) for mean in (REAL_MEAN, FAKE_MEAN))
    x = np.linspace(-2.5, 6.5, 500)
    best = gan_game.optimal_discriminator(p, q)(x)
    # The score log p − log q of two Gaussians of one scale is a straight line.
    score_slope = (FAKE_MEAN - REAL_MEAN) / SCALE**2
    top = score_slope * 1.25
    for mean, colour, name in (
        (REAL_MEAN, figures.REAL, "data"),
        (FAKE_MEAN, figures.FAKE, "generated"),
    ):
        density = densities.gaussian(mean, SCALE).pdf(x) * 2
        axes.fill_between(x, density, color=colour, alpha=0.3)
        axes.annotate(name, (mean, 0.3), ha="center")
    axes.annotate("−log D*: 4/σ² = 6.25,\nno limit as σ → 0", (4.5, 4.6), ha="center")
    axes.annotate("log(1 − D*):\nnothing", (5.7, 0.05), (5.5, 2.2), ha="center",
                  arrowprops={"arrowstyle": "->"})  # fmt: skip
    pulls = (
        ("through log(1 − D*)", score_slope * best, figures.PINK),
        ("through −log D*", score_slope * (1 - best), figures.BLUE),
        ("through a 1-Lipschitz critic", np.ones_like(x), figures.GREEN),
    )
    for name, pull, colour in pulls:
        axes.plot(x, pull, color=colour, linewidth=2, label=name)
    axes.set_ylim(0, top * 1.25)
    axes.legend(loc="upper right", fontsize=8.5)
    title = f"What reaches a sample at x: means {FAKE_MEAN:g} apart, σ = {SCALE:g}"
    figures.label_axes(
        axes,
        title,
        "x (densities not to scale)",
        "pull towards the data, |d loss / dx|, per unit of x",
    )
    mean = densities.expectation(
        lambda at: score_slope * gan_game.optimal_discriminator(p, q)(at), q
    )
    return [
        f"Mean pull on a generated sample, means {FAKE_MEAN:g} apart: log(1 − D*) {mean:.5f}, "
        f"−log D* {score_slope - mean:.5f}, critic 1.",
        "−log D* pulls as hard as D is steep there; a 1-Lipschitz critic pulls evenly.",
    ]
