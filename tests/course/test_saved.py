"""Runs made beforehand: curves, and the dial that stands at one of them."""

from dataclasses import replace

import numpy as np
import pytest

from leaklab.course.saved import Dial, save_runs, saved_runs
from leaklab.experiments import plan_for
from leaklab.privacy import guarantee


@pytest.fixture(scope="module")
def runs():
    return saved_runs()


def test_the_dial_stands_only_where_something_was_run(runs):
    dial = Dial(runs)
    assert np.isinf(dial.epsilon)
    with pytest.raises(ValueError, match=r"epsilon=3: must be one of inf, 32\.0"):
        dial.turn(3)
    with pytest.raises(ValueError, match="unit='family'"):
        dial.protect("family")
    with pytest.raises(ValueError, match="photographs=3"):
        dial.count(3)
    dial.turn(0.5)
    assert [point.epsilon for point in dial.points] == [0.5, 0.5]


@pytest.mark.parametrize("unit", ["photograph", "person"])
def test_every_curve_has_a_value_for_each_epsilon(runs, unit):
    for curves in runs.curves(unit):
        assert {len(values) for values in curves.values()} == {len(runs.epsilons)}
    assert [point.epsilon for point in runs.of(unit)] == list(runs.epsilons)


def test_the_same_noise_promises_less_to_whoever_has_more(runs):
    assert runs.photographs[0] == 1 and np.isinf(runs.promised[0]).all()
    finite = runs.promised[1:]
    np.testing.assert_allclose(finite[:, 0], runs.epsilons[1:], rtol=0.01)
    assert (np.diff(finite, axis=1) > 0).all() and (np.diff(finite, axis=0) < 0).all()
    assert (finite >= np.multiply.outer(finite[:, 0], runs.photographs) * 0.99).all(), "delta is not shared out"


def test_what_is_promised_is_what_the_accountant_says(runs):
    noise = runs.at(0.1)[1].noise_multiplier
    asked = guarantee(plan_for(2000), noise_multiplier=noise, delta=1e-5).for_groups_of(4)
    assert runs.promise(0.1, 4) == pytest.approx(asked.epsilon, rel=1e-3)


def test_a_promise_to_a_person_holds_however_many_they_have(runs):
    dial = Dial(runs)
    dial.turn(2)
    dial.protect("person")
    for photographs in runs.photographs:
        dial.count(photographs)
        assert dial.promised == 2


def test_what_hides_one_of_twenty_hides_what_a_recognizer_learns(runs):
    """At 8, the setting that people choose: a promise to photographs costs nothing, one to people nearly all."""
    photograph, person = (runs.at(8, unit)[1] for unit in ("photograph", "person"))
    assert photograph.accuracy.low > 0.9 and person.accuracy.high < 0.3
    assert photograph.top1.low > 0.8 and person.top1.high < 0.3
    assert person.noise_multiplier > photograph.noise_multiplier


def test_what_is_saved_is_what_is_read(runs, tmp_path):
    save_runs(runs, tmp_path)
    again = saved_runs(tmp_path)
    assert again.patients == runs.patients and again.photographs == runs.photographs
    np.testing.assert_array_equal(again.promised, runs.promised)
    for unit in ("photograph", "person"):
        for before, after in zip(runs.of(unit), again.of(unit), strict=True):
            assert (before.accuracy, before.top1, before.beyond) == (after.accuracy, after.top1, after.beyond)
            np.testing.assert_allclose(before.images, after.images, atol=1 / 255)
    assert (tmp_path / "faces.png").stat().st_size < 300_000


@pytest.mark.parametrize("name", ["faces", "people"])
def test_epsilons_that_do_not_match_are_refused(runs, tmp_path, name):
    with pytest.raises(ValueError, match=f"and {name}"):
        save_runs(replace(runs, **{name: getattr(runs, name)[::-1]}), tmp_path)
