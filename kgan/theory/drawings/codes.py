"""A drawing of entropy, cross-entropy and KL as lengths of codes."""

import pathlib

import numpy as np

from kgan.theory import divergences
from kgan.theory.drawings import figures


def draw_entropy(folder: pathlib.Path) -> figures.Drawing:
    """Draws code lengths of four outcomes, and the entropy of a coin."""
    figure, ((codes, coin),) = figures.make_figure(
        1, 2, 13, 5, "Entropy is a code length; KL is what the wrong code costs"
    )
    p, q = np.array([0.5, 0.25, 0.125, 0.125]), np.full(4, 0.25)
    own, wrong = -np.log2(p), -np.log2(q)
    places = np.arange(4)
    codes.bar(places - 0.2, own, 0.36, color=figures.BLUE, label="P's own code: log₂ 1/p")
    codes.bar(places + 0.2, wrong, 0.36, color=figures.ORANGE, label="Q's code: log₂ 1/q")
    for place, word in enumerate(("0", "10", "110", "111")):
        codes.text(place - 0.2, own[place] + 0.05, word, ha="center", color=figures.BLUE)
    for place, word in enumerate(("00", "01", "10", "11")):
        codes.text(place + 0.2, wrong[place] + 0.05, word, ha="center", color=figures.ORANGE)
    entropy_bits = divergences.entropy(p, bits=True)
    cross_bits = divergences.cross_entropy(p, q, bits=True)
    kl_bits = divergences.kl(p, q, bits=True)
    codes.set_ylim(0, 4.6)
    names = [f"{name}\np = {share:g}" for name, share in zip("abcd", p, strict=True)]
    codes.set_xticks(places, names)
    codes.legend(loc="upper left")
    figures.label_axes(
        codes,
        f"Mean length: H(P) = {entropy_bits:g} bits; with Q's code {cross_bits:g}: "
        f"KL(P‖Q) = {kl_bits:g} bits lost",
        "outcome, and how often it comes",
        "length of its code word, bits",
    )
    shares = np.linspace(0.001, 0.999, 400)
    coins = np.stack([shares, 1 - shares], axis=1)
    guess = [0.8, 0.2]
    curve = np.array([divergences.entropy(one, bits=True) for one in coins])
    crossed = np.array([divergences.cross_entropy(one, guess, bits=True) for one in coins])
    coin.plot(shares, curve, color=figures.BLUE, linewidth=2, label="entropy H(P)")
    coin.plot(shares, crossed, color=figures.ORANGE, linewidth=2,
              label="cross-entropy with Q = (0.8, 0.2)")  # fmt: skip
    coin.fill_between(shares, curve, crossed, color=figures.ORANGE, alpha=0.2, label="KL(P‖Q)")
    coin.axvline(0.8, ymax=0.78, color=figures.GREY, linestyle=":")
    coin.annotate("P = Q: nothing lost", (0.79, 1.35), ha="right")
    coin.set_ylim(0, 2.5)
    coin.legend(loc="upper right")
    figures.label_axes(coin, "A coin", "p, probability of heads", "bits a toss")
    lines = [
        f"P = (1/2, 1/4, 1/8, 1/8): H = {entropy_bits:g} bits; coded evenly {cross_bits:g}; "
        f"KL = {kl_bits:g}.",
        f"A fair coin: {divergences.entropy([0.5, 0.5], bits=True):g} bit; one of 0.8: "
        f"{divergences.entropy(guess, bits=True):.4f} bits.",
    ]
    return figures.Drawing([figures.save_figure(figure, folder, "entropy")], lines)
