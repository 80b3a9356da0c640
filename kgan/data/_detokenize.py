"""From tokens to texts."""


def texts_of(tokens, vocabulary):
    """Returns a list of texts for tokens [N, T].

    Args:
        tokens: whole numbers [N, T].
        vocabulary: the tokens' names: of one letter, which stand side by side, or words; a
            nameless one, `""`, says nothing. Or how many tokens there are: they are then written
            as numbers.

    Example:
        >>> texts_of([[2, 1, 0]], ("", "b", "a")), texts_of([[2, 1, 0]], 5000)
        (['ab'], ['2 1 0'])
    """
    if isinstance(vocabulary, int):
        return [" ".join(map(str, row)) for row in tokens]
    between = "" if max(map(len, vocabulary)) <= 1 else " "
    return [between.join(filter(None, (vocabulary[token] for token in row))) for row in tokens]
