"""Who serves in whose turn: not oneself, not one's opposite, and as many for a member as for anybody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaklab._validate import Refused
from leaklab.attacks import check_turns, lira, lira_turns, rmia, rmia_turns
from leaklab.attacks.serving import counts, serving, sums
from leaklab.data import load_patients
from leaklab.experiments.turns import take_turns
from leaklab.training import halves

RNG = np.random.default_rng(0)
HALF = RNG.random((4, 200)) < 0.5


def test_all_others_serve_where_halves_are_drawn_apart_or_balanced():
    for trained_on in (HALF, halves(4, 200, rng=0), halves(5, 200, rng=0), RNG.random((30, 3)) < 0.5, HALF & False):
        np.testing.assert_array_equal(serving(trained_on), ~np.eye(len(trained_on), dtype=bool))


def test_no_opposite_and_no_twin_serves_not_even_nearly():
    near = HALF ^ (RNG.random(HALF.shape) < 0.1)
    for other in (~HALF, HALF, near, ~near):
        found = serving(np.concatenate([HALF, other]))
        np.testing.assert_array_equal(found, ~np.tile(np.eye(4, dtype=bool), (2, 2)))


def test_records_that_are_in_more_often_make_no_relatives():
    trained_on = RNG.random((10, 400)) < np.where(np.arange(400) < 200, 0.95, 0.05)
    np.testing.assert_array_equal(serving(trained_on), ~np.eye(10, dtype=bool))


@pytest.mark.parametrize("attack", [lira, rmia])
def test_a_turn_among_pairs_is_the_attack_without_the_opposite(attack):
    trained_on, turns = np.concatenate([HALF, ~HALF]), {lira: lira_turns, rmia: rmia_turns}[attack]
    signals = RNG.random(trained_on.shape)
    for j, scores in enumerate(turns(signals, trained_on)):
        rest = np.arange(8) % 4 != j % 4
        np.testing.assert_allclose(scores, attack(signals[j], signals[rest], trained_on[rest]), rtol=1e-9, atol=1e-9)


@settings(deadline=None, derandomize=True)
@given(k=st.integers(4, 20), seed=st.integers(0, 10**6))
def test_members_and_others_have_as_many_shadow_models_where_the_design_is_balanced(k, seed):
    trained_on = halves(k, 100, rng=seed)
    inside, outside = sums(np.stack([np.ones(trained_on.shape), trained_on]), trained_on, serving(trained_on))
    assert (inside[0] == inside[0, 0, 0]).all() and (outside[0] == outside[0, 0, 0]).all()
    assert inside[0, 0, 0] == outside[0, 0, 0] == k // 2 - 1
    np.testing.assert_array_equal(inside[1], inside[0])  # and it is members that are summed, and others
    assert not outside[1].any()


def test_models_drawn_apart_all_count():
    trained_on = RNG.random((12, 500)) < 0.5
    inside, outside = sums(np.ones((1, *trained_on.shape)), trained_on, serving(trained_on))
    np.testing.assert_array_equal(inside[0], trained_on.sum(axis=0) - trained_on)
    np.testing.assert_array_equal(outside[0], (~trained_on).sum(axis=0) - ~trained_on)
    np.testing.assert_array_equal(counts(trained_on, serving(trained_on)), inside[0])


def test_which_models_are_left_out_does_not_hang_on_the_turn_being_computed():
    trained_on = halves(9, 60, rng=0)
    signals = RNG.normal(size=trained_on.shape)
    np.testing.assert_array_equal(lira_turns(signals, trained_on), lira_turns(signals, trained_on))


@pytest.mark.parametrize(("trained_on", "settings", "message"), [
    (halves(5, 40, rng=0), {"variance": "per_record"}, "needs at least 2"),
    (np.array([[True, False], [True, True], [True, False], [False, True]]), {}, "record 0 is out of 0"),
    (np.concatenate([HALF[:1], ~HALF[:1]]), {}, "of the shadow models"),
    (np.full((4, 3), 0.5), {}, "trained_on=0.5: must be True or False"),
])
def test_a_design_is_refused_by_keep_alone(trained_on, settings, message):
    with pytest.raises(ValueError, match=message):
        check_turns(trained_on, **settings)


def test_turns_are_refused_before_the_training_is_begun():
    people = load_patients("synthetic", patients=40, rng=0)

    class Never:
        def fit_many(self, *args, **kwargs):
            raise AssertionError("trained")

    with pytest.raises(Refused, match="record 1 is out of 0 of the shadow models"):
        take_turns(people, Never(), trained_on=np.arange(40) > np.zeros((6, 1)), rng=0)
    with pytest.raises(Refused, match="Train more"):
        take_turns(people, Never(), models=3, rng=0)
    with pytest.raises(AssertionError, match="trained"):
        take_turns(people, Never(), models=4, rng=0)


def test_what_is_not_refused_can_be_attacked():
    for k in range(4, 40):
        trained_on = halves(k, 50, rng=k)
        check_turns(trained_on)
        check_turns(trained_on, online=False)
        assert np.isfinite(lira_turns(RNG.normal(size=trained_on.shape), trained_on)).all()
        assert np.isfinite(rmia_turns(RNG.random(trained_on.shape), trained_on)).all()
    with pytest.raises(Refused):
        check_turns(halves(3, 50, rng=0))
