"""From tokens to texts."""

from collections.abc import Iterable, Sequence

from kgan.types import Array


def detokenize(
    tokens: Array | Iterable[Sequence[int]], vocabulary: Sequence[str] | int
) -> list[str]:
    """Returns a list of texts for tokens [N, T].

    Args:
        tokens: whole numbers [N, T].
        vocabulary: names of the tokens: single letters, which are joined without blanks, or words;
            a token named `""` is left out. Or how many tokens there are, which are then written as
            numbers.

    Example:
        >>> detokenize([[2, 1, 0]], ("", "b", "a")), detokenize([[2, 1, 0]], 5000)
        (['ab'], ['2 1 0'])
    """
    if isinstance(vocabulary, int):
        return [" ".join(map(str, row)) for row in tokens]
    between = "" if max(map(len, vocabulary)) <= 1 else " "
    return [between.join(filter(None, (vocabulary[token] for token in row))) for row in tokens]
