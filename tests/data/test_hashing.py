"""A hash is the same number for ever."""

from kgan.data._hashing import hash_to_unit


def test_a_hash_is_a_fixed_number():
    # The first 48 bits of SHA-256("a"), ca978112ca1b, over 2**48.
    assert hash_to_unit("a") == 0xCA978112CA1B / 2**48
    shares = [hash_to_unit(str(number)) for number in range(10_000)]
    assert 0.0 <= min(shares) < 0.001 and 0.999 < max(shares) < 1.0
    assert abs(sum(shares) / 10_000 - 0.5) < 0.01  # three standard deviations
