"""The words of a report: the table of scores, and lines of warnings, checks and notes."""

from kgan.metrics.card import METRICS, Card

HEADINGS = ("metric", "value ± sd", "repeats", "true sampler", "bias about", "better")


def table(card: Card) -> list[tuple[str, ...]]:
    """Returns a row of texts for each score, under `HEADINGS`."""
    return [
        (
            str(score.name),
            f"{score.value:.4g}" + ("" if score.sd is None else f" ± {score.sd:.2g}"),
            str(len(score.values)),
            "" if score.ideal is None else f"{score.ideal:.4g}",
            "" if score.bias is None else f"{score.bias:.2g}",
            METRICS[score.name.metric][1],
        )
        for score in card.scores
    ]


def remarks(card: Card) -> list[str]:
    """Returns lines: warnings first, then counts, extractor, checks, and notes."""
    seeds = f"; seeds from {', '.join(map(str, card.seeds))}" if card.seeds else ""
    return [
        *(f"warning: {line}" for line in card.warnings),
        f"{card.fake_count} generated samples a repeat against {card.real_count} real ones{seeds}",
        f"extractor {card.extractor}, sha256 {card.extractor_sha256[:16]}…, resize {card.resize}; "
        f"{card.dtype}",
        *(f"checked by TF-GAN: {score.check}" for score in card.scores if score.check is not None),
        *(
            f"baseline of {score.name}: {name} {value:.4g}"
            for score in card.scores
            for name, value in score.baselines.items()
        ),
        *(f"note: {line}" for line in card.notes),
    ]
