"""Drawings of the Dirac-GAN's vector fields and paths: which methods converge."""

import pathlib

import numpy as np

from kgan.theory import dirac as game
from kgan.theory import f_divergences
from kgan.theory.drawings import figures


def _softplus(scores):
    return f_divergences.softplus(scores).mean()


def _hinge(scores):
    return np.maximum(0.0, 1.0 - scores).mean()


def _cross_entropy(real, fake):
    return _softplus(-real) + _softplus(fake)


def _relativistic(real, fake):
    return _softplus(fake - real)


def _relativistic_average(real, fake):
    return _softplus(fake.mean() - real) + _softplus(fake - real.mean())


def _make_objective(row):
    def fake_term(fake):
        return row.conjugate_of_activation(fake).mean()

    return game.Objective(
        lambda real, fake: fake_term(fake) - row.activation(real).mean(),
        lambda real, fake: -fake_term(fake),
    )


# The pairs of `kgan.losses.adversarial.PAIRS` in float64; a test compares them.
OBJECTIVES = {
    "minimax": game.Objective(_cross_entropy, lambda real, fake: -_softplus(fake)),
    "non_saturating": game.Objective(_cross_entropy, lambda real, fake: _softplus(-fake)),
    "label_smoothing": game.Objective(
        lambda real, fake: 0.9 * _softplus(-real) + 0.1 * _softplus(real) + _softplus(fake),
        lambda real, fake: _softplus(-fake),
    ),
    "least_squares": game.Objective(
        lambda real, fake: 0.5 * np.square(real - 1.0).mean() + 0.5 * np.square(fake).mean(),
        lambda real, fake: 0.5 * np.square(fake - 1.0).mean(),
    ),
    "hinge": game.Objective(
        lambda real, fake: _hinge(real) + _hinge(-fake), lambda real, fake: -fake.mean()
    ),
    "wasserstein": game.Objective(
        lambda real, fake: fake.mean() - real.mean(), lambda real, fake: -fake.mean()
    ),
    "relativistic": game.Objective(_relativistic, lambda real, fake: _relativistic(fake, real)),
    "relativistic_average": game.Objective(
        _relativistic_average, lambda real, fake: _relativistic_average(fake, real)
    ),
    **{name: _make_objective(row) for name, row in f_divergences.F_DIVERGENCES.items()},
}
# title, objective, regularization, alternating
METHODS = (
    ("minimax GAN", "minimax", game.NONE, False),
    ("non-saturating GAN", "non_saturating", game.NONE, False),
    ("WGAN without a constraint", "wasserstein", game.NONE, False),
    ("WGAN, alternating", "wasserstein", game.NONE, True),
    ("WGAN, weights clipped at 1", "wasserstein", game.weight_clipping(1.0), False),
    ("WGAN-GP, target 1, γ = 1", "wasserstein", game.gradient_penalty(1.0), False),
    ("GAN + R1, γ = 0.3", "minimax", game.zero_centred_penalty(0.3), False),
    ("GAN + R1, γ = 1 (critical)", "minimax", game.zero_centred_penalty(1.0), False),
    ("GAN + instance noise σ = 1", "non_saturating", game.instance_noise(1.0), False),
    ("GAN + consensus, γ = 1", "minimax", game.consensus(1.0), False),
)
STEPS, STEPS_OF_OBJECTIVES = 500, 200
PENALTY = game.zero_centred_penalty(0.8)
EDGE = 2.6


def draw_dirac(folder: pathlib.Path) -> figures.Drawing:
    """Draws fields and paths of every method, and of every objective with and without a penalty.

    After Figure 3 of arXiv:1801.04406.
    """
    methods, lines = _draw_methods(folder)
    objectives, more = _draw_objectives(folder)
    return figures.Drawing([methods, objectives], [*lines, *more])


def _draw_methods(folder):
    figure, grid = figures.make_figure(
        2, 5, 16, 8.4, f"The Dirac-GAN, step 0.2, {STEPS} rounds from (1, 1): who reaches (0, 0)?"
    )
    lines = [f"Distance from the equilibrium after {STEPS} rounds of step 0.2 from (1, 1):"]
    for axes, (title, name, added, alternating) in zip(grid.flat, METHODS, strict=True):
        path = game.trajectory(
            OBJECTIVES[name], steps=STEPS, regularization=added, alternating=alternating
        )
        final = game.radius(path)[-1]
        _draw_field(axes, OBJECTIVES[name], added)
        _draw_path(axes, path, figures.BLUE, "path, a dot each round")
        verdict = "converges" if final < 1e-3 else "does not converge"
        figures.label_axes(
            axes, f"{title}\n{verdict}: distance {figures.format_number(final)}", "", ""
        )
        axes.title.set_color(_choose_colour(final))
        lines.append(f"  {title:28s} {final:9.3g}  {verdict}")
    _finish(figure, grid)
    return figures.save_figure(figure, folder, "dirac"), lines


def _draw_objectives(folder):
    figure, grid = figures.make_figure(
        3, 6, 18, 11,
        f"The Dirac-GAN by objective, step 0.2, {STEPS_OF_OBJECTIVES} rounds from (1, 1): "
        "none converges alone; a zero-centred penalty mends all but least squares",
    )  # fmt: skip
    lines = [f"The same after {STEPS_OF_OBJECTIVES} rounds, alone and with R1, γ = 0.8:"]
    options = {"steps": STEPS_OF_OBJECTIVES}
    for axes, (name, objective) in zip(grid.flat, OBJECTIVES.items(), strict=False):
        alone = game.trajectory(objective, **options)
        helped = game.trajectory(objective, regularization=PENALTY, **options)
        finals = [game.radius(path)[-1] for path in (alone, helped)]
        _draw_field(axes, objective, game.NONE)
        _draw_path(axes, alone, figures.ORANGE, "path of the objective alone")
        _draw_path(axes, helped, figures.BLUE, "path with R1, γ = 0.8")
        title = name.replace("_", " ")
        distances = " → ".join(figures.format_number(final) for final in finals)
        figures.label_axes(axes, f"{title}\ndistance {distances}", "", "")
        axes.title.set_color(_choose_colour(finals[1]))
        lines.append(f"  {title:28s} {finals[0]:9.3g}  {finals[1]:9.3g}")
    for axes in grid.flat[len(OBJECTIVES) :]:
        axes.set_axis_off()
        axes.text(0.0, 0.95, "Titles: distance from (0, 0)\nalone → with R1.\n\n"
                  "Least squares asks for a score\nof 0 for fakes, which ψ = 0 gives\n"
                  "to all: there nobody moves,\nwhatever θ is.",
                  va="top", fontsize=11, transform=axes.transAxes)  # fmt: skip
    _finish(figure, grid)
    return figures.save_figure(figure, folder, "dirac_objectives"), lines


def _choose_colour(final):
    return figures.GREEN if final < 1e-3 else figures.ORANGE


def _draw_path(axes, path, colour, text):
    axes.plot(*path.T, color=colour, linewidth=1, marker=".", markersize=3, label=text)


def _draw_field(axes, objective, regularization):
    places = np.linspace(-EDGE * 0.92, EDGE * 0.92, 9)
    points = np.array([(theta, psi) for theta in places for psi in places])
    field = np.array([game.vector_field(objective, point, regularization) for point in points])
    # Directions only: to scale, the arrows at the centre would be too small to see.
    size = np.linalg.norm(field, axis=1, keepdims=True)
    field = field / np.where(size > 0, size, 1.0)
    axes.quiver(*points.T, *field.T, color=figures.GREY, alpha=0.6, width=0.006, scale=22)


def _finish(figure, grid):
    """Adds the start, the equilibrium, equal limits and a common legend to all axes."""
    for axes in (axes for axes in grid.flat if axes.axison):
        axes.plot(1.0, 1.0, "s", color="black", label="start")
        axes.plot(0, 0, "*", color=figures.GREEN, markersize=13, label="equilibrium")
        axes.set_xlim(-EDGE, EDGE)
        axes.set_ylim(-EDGE, EDGE)
        axes.set_aspect("equal")
        axes.set_xlabel("θ (generator)")
    for row in grid:
        row[0].set_ylabel("ψ (discriminator)")
    grid[0, 0].plot([], [], color=figures.GREY, marker="$→$", markersize=12, linestyle="none",
                    label="direction of both players' next step")  # fmt: skip
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
