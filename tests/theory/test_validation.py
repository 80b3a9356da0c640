"""Arrays from people: what is not finite real numbers is refused."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.theory import validation


@pytest.mark.parametrize(
    "value", [np.array([0.5 + 1j]), [1j], np.complex64(1), "two", [[1], [2, 3]]]
)
def test_other_than_real_numbers_are_refused(value, recwarn):
    with pytest.raises(InputError, match=r"array of real numbers for p\. Received: p="):
        validation.check_array("p", value)
    assert not recwarn.list


def test_an_array_of_float64_is_not_copied():
    array = np.ones(3)
    assert validation.check_array("p", array) is array
    assert validation.check_array("p", [1, 2]).dtype == np.float64
