"""A drawing of a game as a table of payoffs."""

import pathlib

import numpy as np

from kgan.theory import games
from kgan.theory.drawings import figures


def draw_prisoners_dilemma(folder: pathlib.Path) -> figures.Drawing:
    """Draws the payoffs, each player's best response, and the equilibrium."""
    figure, ((axes,),) = figures.make_figure(
        1, 1, 8.2, 6.4, "The prisoners' dilemma: an equilibrium that is good for nobody"
    )
    dilemma = games.PRISONERS_DILEMMA
    (equilibrium,) = games.find_pure_equilibria(dilemma)
    axes.grid(False)
    for i, j in np.ndindex(2, 2):
        # Row 0 is on top, as in a table.
        left, bottom = j, 1 - i
        colour = figures.LIGHT if (i, j) == equilibrium else "white"
        axes.fill_between([left, left + 1], bottom, bottom + 1, facecolor=colour, edgecolor="black")
        payoffs = dilemma.row_payoffs[i, j], dilemma.column_payoffs[i, j]
        row, column = (figures.format_number(payoff) for payoff in payoffs)
        axes.text(left + 0.3, bottom + 0.32, f"A: {row}", fontsize=15, color=figures.BLUE,
                  ha="center", fontweight="bold")  # fmt: skip
        axes.text(left + 0.7, bottom + 0.62, f"B: {column}", fontsize=15, color=figures.ORANGE,
                  ha="center", fontweight="bold")  # fmt: skip
    axes.text(1.5, 0.12, "Nash equilibrium", ha="center", fontsize=11)
    axes.text(0.5, 1.12, "better for both", ha="center", fontsize=11)
    for j in (0, 1):
        _arrow(axes, (j + 0.12, 1.3), (j + 0.12, 0.7), figures.BLUE)
    for i in (0, 1):
        _arrow(axes, (0.7, 1.88 - i), (1.3, 1.88 - i), figures.ORANGE)
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 2)
    axes.set_xticks([0.5, 1.5], [f"B: {action}" for action in dilemma.column_actions], fontsize=12)
    axes.set_yticks([1.5, 0.5], [f"A: {action}" for action in dilemma.row_actions], fontsize=12)
    title = "Payoffs: minus the years in prison. Arrows: each one's better answer"
    figures.label_axes(axes, title, "B's choice", "A's choice")
    lines = [
        "Whatever the other does, confessing pays more: silence is strictly dominated.",
        "The only equilibrium is (confess, confess) at −5 each; (silent, silent) would give −1.",
    ]
    return figures.Drawing([figures.save_figure(figure, folder, "prisoners_dilemma")], lines)


def _arrow(axes, start, end, colour):
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.5, "mutation_scale": 20}
    axes.annotate("", end, start, arrowprops=style)
