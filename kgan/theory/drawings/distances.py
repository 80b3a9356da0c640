"""Drawings of distances between distributions: parallel lines, and optimal transport."""

import math
import pathlib

import numpy as np

from kgan.theory import transport
from kgan.theory.drawings import figures


def draw_parallel_lines(folder: pathlib.Path) -> figures.Drawing:
    """Draws Example 1 of Arjovsky et al. 2017, arXiv:1701.07875: distances and their slopes."""
    figure, ((setting, values, slopes),) = figures.make_figure(
        1, 3, 14, 4.8, "Two parallel lines: only the Wasserstein distance says where to go"
    )
    _draw_setting(setting)
    thetas = np.linspace(-1.0, 1.0, 401)
    thetas = thetas[thetas != 0]
    distances = [transport.parallel_line_distances(theta) for theta in thetas]
    curves = (
        ("wasserstein", "Wasserstein", "|θ|", "±1", figures.GREEN, "-"),
        ("total_variation", "total variation", "1", "0", figures.SKY, "-"),
        ("jensen_shannon", "Jensen–Shannon", "log 2 (nats)", "0", figures.PINK, "--"),
    )
    for name, title, value, rate, colour, style in curves:
        y = np.array([one._asdict()[name] for one in distances])
        for side in (thetas < 0, thetas > 0):
            texts = [f"{title}: {text}" if side[0] else None for text in (value, rate)]
            values.plot(thetas[side], y[side], style, color=colour, label=texts[0], linewidth=2)
            slope = np.gradient(y[side], thetas[side])
            slopes.plot(thetas[side], slope, style, color=colour, label=texts[1], linewidth=2)
    for _, _, value, _, colour, _ in curves[1:]:
        jump = 1.0 if value == "1" else math.log(2)
        values.plot(0, jump, "o", color=colour, markerfacecolor="white", zorder=3)
    values.plot(0, 0, "o", color="black", label="at θ = 0 all are 0: JS and TV jump")
    values.annotate("KL, reverse KL = ∞\nfor every θ ≠ 0", (0.0, 1.22), ha="center", va="center")
    values.set_ylim(-0.05, 2.1)
    values.legend(loc="upper center", fontsize=8.5)
    for axes in (values, slopes):
        axes.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    figures.label_axes(
        values,
        "Distance",
        "θ, offset of the generated line, units of x",
        "W in units of x; JS in nats; TV in [0, 1]",
    )
    slopes.annotate("JS, TV: slope 0,\nnothing to learn from", (0.45, 0.25), ha="center")
    slopes.annotate("W: slope ±1,\nhowever far", (-0.45, -0.75), ha="center")
    slopes.set_ylim(-1.3, 2.0)
    slopes.legend(loc="upper center", fontsize=8.5)
    figures.label_axes(
        slopes, "Slope: what a generator learns from", "θ, units of x", "d distance / dθ"
    )
    half = transport.parallel_line_distances(0.5)
    lines = [
        f"At θ = 0.5: W = {half.wasserstein:g}, JS = {half.jensen_shannon:.4f} nats = log 2, "
        f"TV = {half.total_variation:g}, KL = {half.kl}.",
        "Slopes there: W 1, JS 0, TV 0. At θ = 0 all five are 0: JS jumps, W arrives.",
    ]
    return figures.Drawing([figures.save_figure(figure, folder, "parallel_lines")], lines)


def _draw_setting(axes):
    heights = [0.0, 1.0]
    axes.plot([0, 0], heights, color=figures.REAL, linewidth=4, label="data: (0, y)")
    axes.plot([0.5, 0.5], heights, color=figures.FAKE, linewidth=4, label="generated: (θ, y)")
    for height in (0.2, 0.4, 0.6, 0.8):
        arrow = {"arrowstyle": "->", "color": figures.GREY}
        axes.annotate("", (0.03, height), (0.47, height), arrowprops=arrow)
    axes.annotate("every point moves by |θ|", (0.25, 1.08), ha="center", va="center")
    axes.set_xlim(-0.3, 0.9)
    axes.set_ylim(-0.05, 1.45)
    axes.legend(loc="upper center", ncols=2, fontsize=8.5)
    figures.label_axes(axes, "y is uniform on [0, 1]; here θ = 0.5", "x", "y")


def draw_transport_plan(folder: pathlib.Path) -> figures.Drawing:
    """Draws an optimal plan between two histograms, and an optimal pairing of points."""
    figure, ((plan_axes, points_axes),) = figures.make_figure(
        1, 2, 12, 5.2, "Optimal transport: the cheapest way to move one distribution onto another"
    )
    x = np.arange(12.0)
    p = np.exp(-0.5 * np.square((x - 3) / 1.5))
    q = 0.5 * np.exp(-0.5 * np.square((x - 4) / 1.2)) + np.exp(-0.5 * np.square((x - 9) / 0.9))
    p, q = p / p.sum(), q / q.sum()
    # The squared distance, for which the plan is unique; for |i − j| many plans cost the same.
    cost = transport.cost_matrix(x, x, order=2)
    optimum = transport.find_transport_plan(p, q, cost)
    independent = float((np.outer(p, q) * cost).sum())
    _draw_plan(figure, plan_axes, x, p, q, optimum)

    random = np.random.default_rng(4)
    data = random.normal([0.0, 0.0], [0.5, 1.0], (24, 2))
    generated = random.normal([3.0, 0.5], [1.0, 0.4], (24, 2))
    pairing = transport.assign(generated, data)
    targets = data[pairing.partner]
    for start, end in zip(generated, targets, strict=True):
        points_axes.plot(*np.stack([start, end]).T, color=figures.GREY, linewidth=0.8, zorder=1)
    points_axes.scatter(*data.T, color=figures.REAL, label="data", zorder=2)
    points_axes.scatter(*generated.T, color=figures.FAKE, label="generated", zorder=2)
    points_axes.legend(loc="upper right")
    title = f"24 points to 24: the mean distance moved is W₁ = {pairing.distance:.3f}"
    figures.label_axes(points_axes, title, "x", "y, in units of x")
    shuffled = float(np.linalg.norm(generated - data, axis=1).mean())
    lines = [
        f"Histograms: mean squared distance {optimum.value:.4f}, so "
        f"W₂ = {math.sqrt(optimum.value):.4f} bins; moving independently of the bin costs "
        f"{independent:.4f}.",
        f"By quantiles, the same: {transport.wasserstein(x, x, 2, p, q) ** 2:.4f}; by the dual "
        f"prices: {p @ optimum.p_potential + q @ optimum.q_potential:.4f}.",
        f"Points: W₁ = {pairing.distance:.4f}; an arbitrary pairing costs {shuffled:.4f}.",
    ]
    return figures.Drawing([figures.save_figure(figure, folder, "transport_plan")], lines)


def _draw_plan(figure, axes, x, p, q, optimum):
    from matplotlib.colors import PowerNorm

    edge = len(x) - 0.5
    masses = np.where(optimum.plan > 1e-9, optimum.plan, np.nan)
    # By square roots, or the small masses would be white.
    scale = PowerNorm(0.5, vmin=0)
    image = axes.imshow(masses.T, origin="lower", cmap="YlGn", norm=scale)
    # The marginals outside the matrix, beside the rows and columns that sum to them.
    tall = 6.0
    axes.bar(
        x, p * tall, bottom=edge + 0.3, color=figures.REAL, width=0.8, label="from p (columns)"
    )
    axes.barh(x, q * tall, left=edge + 0.3, color=figures.FAKE, height=0.8, label="to q (rows)")
    axes.plot([-0.5, edge], [-0.5, edge], ":", color=figures.GREY, label="staying costs nothing")
    axes.set_xlim(-0.5, edge + 2.4)
    axes.set_ylim(-0.5, edge + 3.6)
    axes.set_xticks(x[::2])
    axes.set_yticks(x[::2])
    axes.legend(loc="upper right", fontsize=8.5)
    figure.colorbar(image, ax=axes, label="mass moved, of 1", shrink=0.8)
    axes.grid(False)
    title = f"Plan between histograms, cost |i − j|²: W₂ = {math.sqrt(optimum.value):.3f} bins"
    figures.label_axes(axes, title, "from bin i", "to bin j")
