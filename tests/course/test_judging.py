"""The helpers of all judges: right answers in any form, and a sentence for what cannot be read."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from leaklab.course import array_like, called, choice, chosen, close, forms, letters, number, several, whole
from leaklab.course.judging import NotYet
from leaklab.metrics import Interval, Rate

numbers = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)


@given(numbers)
@example(0.357)
@example(70.0)
def test_a_number_in_any_form_is_right(x):
    assert len(forms(x)) >= 5
    for form in (x, *forms(x)):
        assert close(form, x), form
        assert number(form) == pytest.approx(x, rel=1e-3, abs=1e-9)


@given(numbers.filter(bool), st.integers(2, 8))
def test_a_number_rounded_to_the_digits_it_shows_is_right(x, digits):
    rounded = f"{x:.{digits}g}"
    assert close(rounded, x) and close(float(rounded), x) and close([np.float32(rounded)], x)


@given(numbers.filter(bool), st.integers(2, 8), st.sampled_from([-1, 1]))
def test_two_in_the_last_digit_shown_is_wrong(x, digits, sign):
    rounded = Decimal(f"{x:.{digits}g}")
    off = rounded + sign * 2 * Decimal(10) ** (Decimal(x).adjusted() - digits + 1)
    assume(off and abs(float(off) - x) > 2e-3 * abs(x))
    # A last digit that became 0 is not shown by a float: then a text says how many there are.
    assert not close(f"{off:e}", x) or off.normalize().as_tuple().exponent > off.as_tuple().exponent


@given(st.floats(0.001, 0.999), st.integers(2, 6))
def test_a_rounded_percentage_is_right(x, digits):
    assert close(f"{float(f'{100 * x:.{digits}g}'):.10g} %", x)


@pytest.mark.parametrize(("answer", "truth", "right"), [
    (0.4, 0.38, False), (0.4, 0.4004, True), (0.38, 0.3846, True), (0.38, 0.3851, False), (0, 1e-4, False),
    (0, 0, True), (1e-4, 0, False), (100, 96, False), (0.1, 0.096, False), (0.5, 0.55, False), ("0.0", 0.04, False),
    (1.48, 1.4837, True), (0.027, 0.02672, True), (np.inf, np.inf, True), (np.inf, 5, False), (5, np.inf, False),
    (-0.38, 0.38, False), ("38%", 0.3801, True), (38, 0.38, False), (Fraction(84, 221), 84 / 221, True),
    (Decimal("0.38"), 0.3801, True), (Rate(84, 221), 84 / 221, True), (Interval(0.38, 0.3, 0.4), 0.38, True),
    (pd.Series([0.38]), 0.38, True), (1.2e6, 1234567, True), (0.3812, 0.38009, False)])
def test_close(answer, truth, right):
    assert close(answer, truth) is right


def test_digits_are_asked_for_where_they_matter():
    truth = 0.0267166
    for answer in (0.02672, 0.026717, np.float32(truth), "2.672%", truth):
        assert close(answer, truth, digits=4)
    for answer in (0.027, 0.0267, 0.03):
        with pytest.raises(NotYet, match="Right as far as it goes; give four digits"):
            close(answer, truth, digits=4)
    assert not close(0.0272, truth, digits=4) and not close(0.02673, truth, digits=4)


@pytest.mark.parametrize(("text", "value"), [
    ("0.357", 0.357), ("35.7%", 0.357), ("2.7 %", 0.027), (" 0,357 ", 0.357), ("1,400", 1400),
    ("1,234,567.5", 1234567.5),
    ("19/20", 0.95), ("'0.5'", 0.5), ("1e-3", 0.001), ("-3", -3), ("1_000", 1000), (b"0.5", 0.5), ("inf", np.inf),
    ([["0.5"]], 0.5), ({0.5}, 0.5), (np.array([["0.5"]]), 0.5)])
def test_texts_that_are_numbers(text, value):
    assert number(text) == value


@pytest.mark.parametrize(("answer", "says"), [
    ("about a third", 'the text "about a third"'), ("", "an empty text"), ([1, 2], "a list of two"),
    ((), "an empty tuple"), ({}, "an empty dictionary"), ({"a": 1}, "a dictionary of one"), (True, "True or False"),
    (np.eye(2), "a table of shape (2, 2)"), (np.arange(3), "an array of 3 values"), (len, "a function. Call it"),
    (object(), "an object"), (np.bool_(True), "True or False"), (1j, "1j"), (np.nan, "NaN"), ("nan", "NaN"),
    (np.float32("nan"), "NaN"), (10 ** 400, "too large"),
    (pd.DataFrame(np.eye(2)), "a table of shape (2, 2)"), (None, "nothing yet"), ("1/0", "1/0"), (Rate, "a function"),
    ("x" * 500, "…")])
def test_what_is_no_number_is_told(answer, says):
    with pytest.raises(NotYet) as told:
        number(answer)
    assert says in str(told.value) and len(str(told.value)) < 140


def test_whole_numbers():
    assert [whole(answer, high=12) for answer in (6, 6.0, "6", [6], np.int64(6))] == [6] * 5
    for answer in (6.5, -1, 13, np.inf):
        with pytest.raises(NotYet, match="a whole number from 0 to 12"):
            whole(answer, high=12)
    with pytest.raises(NotYet, match="from 0 on"):
        whole(-1)


@given(st.lists(numbers, min_size=2, max_size=4).map(tuple))
def test_several_numbers_in_any_form(truth):
    assert len(forms(truth)) >= 5
    for form in (truth, *forms(truth)):
        assert all(close(found, x, rtol=1e-6) for found, x in zip(several(form, len(truth)), truth, strict=True))


@pytest.mark.parametrize(("answer", "says"), [
    (0.5, "two numbers (low, high) are wanted, as a tuple; yours is the number 0.5"), ([1, 2, 3], "yours holds 3"),
    ("0.5", "yours holds 1"), ({1, 2}, "A set has no order"), (np.eye(2), "a table of shape (2, 2)"),
    (len, "a function"), ([1, "x"], 'the text "x"'), ([], "yours holds 0"), ({"a": 1}, "yours holds 1"),
    (object(), "an object")])
def test_several_says_what_is_missing(answer, says):
    with pytest.raises(NotYet) as told:
        several(answer, ("low", "high"))
    assert says in str(told.value)


def test_several_by_name():
    assert several({"high": 2, "low": 1}, ("low", "high")) == (1, 2)
    assert several({"a": 1, "b": 2}, ("low", "high")) == (1, 2)
    assert several("0,55; 0,25", 2) == (0.55, 0.25)
    assert several([(1, 2)], 2) == several(pd.Series([1, 2]), 2) == several((1, 2), 2) == (1, 2)


@pytest.mark.parametrize("form", forms("labels"))
def test_choice_in_any_form(form):
    assert choice(form, ("scores", "labels")) == "labels"


@pytest.mark.parametrize("form", forms(0.5))
def test_choice_of_numbers(form):
    assert choice(form, (np.inf, 8, 0.5)) == 0.5


def test_choice_says_what_there_is():
    assert choice(float("inf"), (np.inf, 8)) == np.inf
    for answer, options, says in ((9, (8, 0.5), "one of 8, 0.5; yours is 9"), ("z", "ab", 'one of "a", "b"'),
                                  (["a", "b"], "ab", "a list of two"), (3, "ab", "in quotes"),
                                  (len, "ab", "a function")):
        with pytest.raises(NotYet, match=says):
            choice(answer, options)


@given(st.sets(st.sampled_from("ABCD")))
def test_letters_in_any_form(truth):
    for form in (truth, *forms(truth), "".join(truth), " and ".join(sorted(truth))):
        assert letters(form, "ABCD") == truth


def test_names_in_any_form():
    truth = {"noise 0.5", "top-1"}
    for form in (truth, *forms(truth)):
        assert chosen(form, ("noise 0.5", "top-1", "names")) == truth
    assert chosen("Names", ("noise 0.5", "names")) == {"names"}
    for answer in (3, len, {"a": 1}, ["nothing of it"], [1], "E"):
        with pytest.raises(NotYet):
            chosen(answer, ("noise 0.5", "names"))


@pytest.mark.parametrize("truth", [np.random.default_rng(0).random((3, 4)), np.arange(5.0), np.arange(4) > 1])
def test_arrays_in_any_form(truth):
    for form in (truth, *forms(truth), truth.ravel()):
        found = array_like(form, truth.shape, dtype=truth.dtype.type if truth.dtype != bool else bool)
        assert found.shape == truth.shape and np.allclose(found, truth)


@pytest.mark.parametrize(("answer", "says"), [
    ("zeros", 'the text "zeros"'), (0.5, "one number"), (np.zeros((2, 3)), "Rows and columns"),
    (np.zeros(5), "shape (5,)"), (np.zeros((3, 2, 2)), "shape (3, 2, 2)"), ([[1], [1, 2]], "not all of it"),
    (np.full((3, 2), np.nan), "NaN"), (np.full((3, 2), 1j), "not all of it"), (10 ** 400, "not all of it"),
    (len, "a function"), ({1, 2}, "a set of two"), (object(), "an object"), (None, "nothing yet")])
def test_arrays_of_another_kind_are_told(answer, says):
    with pytest.raises(NotYet) as told:
        array_like(answer, (3, 2), what="one row a pixel")
    assert says in str(told.value) and "(3, 2) is wanted: one row a pixel." in str(told.value)


def test_yes_or_no_of_each():
    with pytest.raises(NotYet, match="True or False"):
        array_like([0.2, 0.7], (2,), dtype=bool)


def test_a_function_gets_copies():
    mine, table = np.arange(3.0), pd.DataFrame({"a": [1.0]})

    def spoils(x):
        x *= 2
        return x

    def spoils_table(table):
        table["a"] = 5
        return table

    def spoils_inside(nested):
        nested["x"][0] += 1
        return nested

    for function, given_to_it in ((spoils, mine), (spoils_table, table), (spoils_inside, {"x": [mine]})):
        with pytest.raises(NotYet, match="changes what it is given"):
            called(function, given_to_it)
    assert mine.tolist() == [0, 1, 2] and table["a"].tolist() == [1]


def forgets(x):
    x + 1


def prints(x):
    print(x + 1)


def divides(x):
    return x / 0


def unknown(x):
    return lengths * x  # noqa: F821


def deeper(x):
    return np.linalg.inv(x)


@pytest.mark.parametrize(("function", "says"), [
    (forgets, "last line must be a return"), (prints, "it prints its answer"), (divides, "divides by zero"),
    (unknown, "`return lengths * x  # noqa: F821` with a NameError: it uses a name that is not defined"),
    (deeper, "at the line `return np.linalg.inv(x)`"),
    (lambda: 1, "must take 1 argument; it takes (nothing)"), (lambda a, b: 1, "must take 1 argument; it takes (a, b)"),
    (3.0, "the function itself"), ("f", "the function itself")])
def test_a_function_that_fails_is_told(function, says):
    with pytest.raises(NotYet) as told:
        called(function, 3)
    assert says in str(told.value)


def test_a_function_may_be_of_any_kind(capsys):
    generator = np.random.default_rng(0)
    assert called(lambda rng: (print("seen"), rng.random())[1], generator) < 1  # it may draw, and print
    assert called(np.mean, [1, 3]) == 2 and called(max, [1, 3]) == 3 and called(Rate, 1, 2) == Rate(1, 2)
    assert called(lambda x: np.log(x) * 0 + 1, np.ones(1)).tolist() == [1]
    assert np.isinf(called(lambda x: 1 / x, np.zeros(1))).all()  # its warnings are its own affair
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("function", forms(lambda x: x * 0.25))
def test_other_forms_of_a_function(function):
    assert close(called(function, 2.0), 0.5)


def test_pairs_of_mixed_kinds_have_forms_too():
    found = forms(("labels", 0.5))
    assert len(found) >= 5 and all(choice(name, ("labels",)) and close(value, 0.5) for name, value in found)
