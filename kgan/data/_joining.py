"""Two sources as one of unpaired examples."""

from kgan.data.source import Source
from kgan.errors import InputError


def two_sides(a, b, name="two_sides", mirror=False):
    """Two sources of pictures as one `Source` of unpaired examples.

    Each side is read in an order of its own, so that who meets whom differs from epoch to epoch.
    An epoch is as long as the longer side; the shorter begins again within it.

    Args:
        a: a `Source` of `image`.
        b: a `Source` of `image` of the same shape and dtype; their numbers may differ.
        name: what to call the result.
        mirror: flip the pictures left to right with probability 1/2.

    Returns:
        A `Source` of `a` and `b`, each as its `image` was.

    Raises:
        InputError: pictures of different shapes.

    Example:
        >>> horses, zebras = kgan.data.arrays_source(first), kgan.data.arrays_source(second)
        >>> gan.fit(two_sides(horses, zebras).dataset(batch_size=1))
    """
    spec = {"a": a.spec["image"], "b": b.spec["image"]}
    if spec["a"] != spec["b"]:
        raise InputError(
            f"Expected pictures of one shape and dtype. Received: a={_described(spec['a'])}, "
            f"b={_described(spec['b'])}. Open both with the same size and channels."
        )

    def fetch(indices):
        return {
            "a": a.fetch(indices[:, 0])["image"],
            "b": b.fetch(indices[:, 1])["image"],
        }

    sides = (a.count, b.count)
    notes = a.notes + b.notes
    return Source(name, max(sides), spec, fetch, mirror=mirror, notes=notes, sides=sides)


def _described(spec):
    return f"{'x'.join(map(str, spec.shape))} {spec.dtype.name}"
