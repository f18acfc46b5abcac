"""Argument checks: what they let through, and what a refusal says."""

from fractions import Fraction

import numpy as np
import pytest

from leaklab import _validate as v


@pytest.mark.parametrize("value", [True, "1", None, np.nan, np.inf, 10**400, Fraction(10**400), 1 + 0j])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ValueError, match=r"x=.*: must be a finite number"):
        v.number("x", value)


@pytest.mark.parametrize("value", [1, np.float32(1), np.int8(1), Fraction(1, 1)])
def test_numbers_of_any_kind_become_floats(value):
    assert v.number("x", value, low=0, high=1) == 1.0 and type(v.number("x", value)) is float
    with pytest.raises(ValueError, match=r"x=.*: must lie in \[0, 1\)"):
        v.number("x", value, low=0, high=1, open_high=True)


def test_whole_numbers():
    assert type(v.integer("k", np.int64(3))) is int
    for value in (3.0, True, "3"):
        with pytest.raises(ValueError, match="must be a whole number"):
            v.integer("k", value)
    with pytest.raises(ValueError, match=r"k=11: must be at least 1 and at most 10\. Take fewer\."):
        v.integer("k", 11, high=10, remedy="Take fewer.")


def test_a_long_value_is_shown_short():
    with pytest.raises(ValueError, match=r"^x='a{76}\.\.\.: no\.$"):
        v.fail("x", "a" * 500, "no")


@pytest.mark.parametrize("rng", [-1, 1.5, None, True, "0"])
def test_a_generator_needs_a_seed(rng):
    with pytest.raises(ValueError, match="rng=0"):
        v.generator(rng)
