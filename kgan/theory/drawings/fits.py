"""A drawing of one Gaussian fitted to a mixture of two, by five divergences."""

import pathlib

import numpy as np

from kgan.theory import likelihood
from kgan.theory.drawings import figures

_TITLES = {
    "pearson": ("Pearson χ²", figures.PINK),
    "kl": ("KL = maximum likelihood", figures.BLUE),
    "jeffrey": ("Jeffrey", figures.SKY),
    "jensen_shannon": ("Jensen–Shannon", figures.GREEN),
    "reverse_kl": ("reverse KL", figures.ORANGE),
}


def draw_f_fits(folder: pathlib.Path) -> figures.Drawing:
    """Draws the fits to the univariate mixture of Nowozin et al. 2016, arXiv:1606.00709."""
    figure, ((axes, logarithmic),) = figures.make_figure(
        1, 2, 13, 5.2, "One Gaussian cannot fit two bumps: the divergence chooses what it gives up"
    )
    x = np.linspace(-9.0, 11.0, 1000)
    mixture = likelihood.NOWOZIN_MIXTURE
    lines = ["Least divergence from 0.33·N(−1, 0.065) + 0.67·N(2, 2), published in brackets:"]
    for one in (axes, logarithmic):
        one.fill_between(x, mixture.pdf(x), color=figures.LIGHT, label="data: mixture P")
    for name, (title, colour) in _TITLES.items():
        fit = likelihood.fit_gaussian(name, mixture)
        published = likelihood.PUBLISHED_FITS[name]
        density = np.exp(-0.5 * np.square((x - fit.mean) / fit.scale))
        density /= fit.scale * np.sqrt(2 * np.pi)
        text = f"{title}: μ {fit.mean:.2f}, σ {fit.scale:.2f}"
        axes.plot(x, density, color=colour, linewidth=2, label=text)
        logarithmic.plot(x, density, color=colour, linewidth=2, label=text)
        lines.append(
            f"  {title:24s} D {fit.divergence:.4f} [{published.divergence:.4f}]  "
            f"μ {fit.mean:.4f} [{published.mean:.4f}]  σ {fit.scale:.4f} [{published.scale:.4f}]"
        )
    lines.append("  (Jensen–Shannon in the half-and-half convention; published as twice that.)")
    axes.legend(loc="upper right", fontsize=9)
    axes.set_xlim(-6.0, 9.0)
    logarithmic.set_xlim(-9.0, 11.0)
    figures.label_axes(axes, "Densities", "x", "density per unit of x")
    logarithmic.set_yscale("log")
    logarithmic.set_ylim(1e-5, 1.0)
    notes = (
        ("Pearson covers all\nof the data", (-4.0, 0.0127), (-6.4, 0.12)),
        ("reverse KL keeps\noff empty places", (-4.45, 2.6e-4), (1.6, 5e-5)),
    )
    for text, place, from_where in notes:
        arrow = {"arrowstyle": "->"}
        logarithmic.annotate(text, place, from_where, ha="center", arrowprops=arrow)
    figures.label_axes(logarithmic, "The same, logarithmic: tails", "x", "density per unit of x")
    return figures.Drawing([figures.save_figure(figure, folder, "f_fits")], lines)
