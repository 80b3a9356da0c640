"""The Dirac-GAN's phase portraits: who converges."""

import numpy as np

from kgan.theory import dirac as game
from kgan.theory.drawings import canvas


def _mean_softplus(scores):
    return np.mean(np.logaddexp(0.0, scores))


def _minimax_discriminator(real, fake):
    return _mean_softplus(-real) + _mean_softplus(fake)


_MINIMAX = game.Objective(_minimax_discriminator, lambda real, fake: -_mean_softplus(fake))
_NON_SATURATING = game.Objective(_minimax_discriminator, lambda real, fake: _mean_softplus(-fake))
_WASSERSTEIN = game.Objective(
    lambda real, fake: np.mean(fake) - np.mean(real), lambda real, fake: -np.mean(fake)
)
# title, objective, regularization, alternating
_METHODS = (
    ("minimax GAN", _MINIMAX, game.NONE, False),
    ("non-saturating GAN", _NON_SATURATING, game.NONE, False),
    ("WGAN without a constraint", _WASSERSTEIN, game.NONE, False),
    ("WGAN, alternating", _WASSERSTEIN, game.NONE, True),
    ("WGAN, weights clipped at 1", _WASSERSTEIN, game.weight_clipping(1.0), False),
    ("WGAN-GP, target 1, γ = 1", _WASSERSTEIN, game.gradient_penalty(1.0), False),
    ("GAN + R1, γ = 0.3", _MINIMAX, game.zero_centred_penalty(0.3), False),
    ("GAN + R1, γ = 1 (critical)", _MINIMAX, game.zero_centred_penalty(1.0), False),
    ("GAN + instance noise σ = 1", _NON_SATURATING, game.instance_noise(1.0), False),
    ("GAN + consensus, γ = 1", _MINIMAX, game.consensus(1.0), False),
)
STEPS = 500
EDGE = 2.6


def portraits():
    """Returns `(title, objective, regularization, path)` of every method."""
    return [
        (
            title,
            objective,
            regularization,
            game.trajectory(
                objective, steps=STEPS, regularization=regularization, alternating=alternating
            ),
        )
        for title, objective, regularization, alternating in _METHODS
    ]


def dirac(folder):
    """Draws vector field and path of every method, after Figure 1 and 3 of arXiv:1801.04406."""
    made, grid = canvas.figure(
        2, 5, 16, 8, f"The Dirac-GAN, step 0.2, {STEPS} rounds from (1, 1): who reaches (0, 0)?"
    )
    lines = [f"Distance from the equilibrium after {STEPS} rounds of step 0.2 from (1, 1):"]
    for axes, (title, objective, regularization, path) in zip(grid.flat, portraits(), strict=True):
        final = game.radius(path)[-1]
        _draw_field(axes, objective, regularization)
        axes.plot(*path.T, color=canvas.BLUE, linewidth=1, marker=".", markersize=3)
        axes.plot(*path[0], "s", color="black", label="start")
        axes.plot(0, 0, "*", color=canvas.GREEN, markersize=13, label="equilibrium")
        axes.set_xlim(-EDGE, EDGE)
        axes.set_ylim(-EDGE, EDGE)
        axes.set_aspect("equal")
        converged = final < 1e-3
        verdict = "converges" if converged else "does not converge"
        canvas.label(axes, f"{title}\n{verdict}: distance {final:.2g}", "", "")
        axes.title.set_color(canvas.GREEN if converged else canvas.ORANGE)
        lines.append(f"  {title:28s} {final:9.3g}  {verdict}")
    for row in grid:
        row[0].set_ylabel("ψ (discriminator)")
    for axes in grid[-1]:
        axes.set_xlabel("θ (generator)")
    grid[1, 2].legend(loc="lower left", fontsize=8.5)
    return canvas.Drawing([canvas.save(made, folder, "dirac")], lines)


def _draw_field(axes, objective, regularization):
    places = np.linspace(-EDGE * 0.92, EDGE * 0.92, 9)
    points = np.array([(theta, psi) for theta in places for psi in places])
    field = np.array([game.vector_field(objective, point, regularization) for point in points])
    # Directions only: lengths would hide the centre.
    size = np.linalg.norm(field, axis=1, keepdims=True)
    field = field / np.where(size > 0, size, 1.0)
    axes.quiver(*points.T, *field.T, color=canvas.GREY, alpha=0.6, width=0.006, scale=22)
