"""Exact tests of one attack on one model, against all orders of the scores, and against simulation."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from leaklab.metrics import auc, auc_p_value, least_auc, least_tpr, roc, tpr_p_value


def orders(members, others):
    """Every way in which members may stand among all, as masks from the highest score down."""
    for places in combinations(range(members + others), members):
        mask = np.zeros(members + others, bool)
        mask[list(places)] = True
        yield mask


def hits(mask, fpr):
    allowed = int(np.floor(fpr * (~mask).sum() + 1e-9))
    before = np.flatnonzero(~mask)
    return int(mask[:before[allowed]].sum()) if allowed < len(before) else int(mask.sum())


@pytest.mark.parametrize("members, others, fpr", [(4, 5, 0.2), (3, 6, 0.34), (5, 4, 0.25), (4, 4, 0.1)])
def test_tpr_p_value_counts_all_orders(members, others, fpr):
    found = np.array([hits(mask, fpr) for mask in orders(members, others)])
    for h in range(members + 1):
        assert tpr_p_value(h, members, others, fpr) == pytest.approx((found >= h).mean())


@pytest.mark.parametrize("members, others", [(4, 4), (3, 5)])
def test_auc_p_value_counts_all_orders(members, others):
    scores = np.arange(members + others, 0, -1.0)
    areas = np.array([auc(scores, mask).value for mask in orders(members, others)])
    for mask in list(orders(members, others))[::7]:
        assert auc_p_value(scores, mask) == pytest.approx((areas >= auc(scores, mask).value - 1e-9).mean())


@given(st.integers(2, 40), st.integers(2, 40), st.floats(0, 1))
def test_a_larger_count_is_never_likelier(members, others, fpr):
    p = [tpr_p_value(h, members, others, fpr) for h in range(members + 1)]
    assert p[0] == 1 and all(0 <= b <= a + 1e-12 for a, b in pairwise(p))


@given(st.lists(st.integers(0, 3), min_size=8, max_size=30), st.randoms())
def test_scores_that_tie_do_not_count_for_the_attack(scores, random):
    member = np.arange(len(scores)) < len(scores) // 2
    scores = np.array(scores, float)
    random.shuffle(scores)
    found = roc(scores, member).tpr_at(0.3)
    if hasattr(found, "successes"):
        assert 0 <= tpr_p_value(found.successes, int(member.sum()), int((~member).sum()), 0.3) <= 1
    assert 0 <= auc_p_value(scores, member) <= 1


def test_chance_is_called_a_leak_as_often_as_stated():
    rng, member = np.random.default_rng(0), np.arange(240) < 100
    p = np.array([[auc_p_value(s, member), tpr_p_value(roc(s, member).tpr_at(0.05).successes, 100, 140, 0.05)]
                  for s in rng.normal(size=(2000, 240))])
    for level in (0.1, 0.05, 0.01):
        limit = level + 3 * np.sqrt(level * (1 - level) / len(p))
        assert ((p <= level).mean(axis=0) <= limit).all()


@pytest.mark.parametrize("members, others, level", [(100, 150, 1e-3), (300, 200, 5e-4)])
def test_the_least_auc_is_seen_four_times_in_five(members, others, level):
    rng, member = np.random.default_rng(1), np.arange(members + others) < members
    shift = np.sqrt(2) * norm.ppf(least_auc(members, others, level=level))
    seen = np.mean([auc_p_value(rng.normal(member * shift, 1), member) <= level for _ in range(400)])
    assert 0.7 < seen < 0.9


def test_the_least_tpr_is_seen_four_times_in_five():
    rng, member, level = np.random.default_rng(2), np.arange(600) < 300, 1e-3
    rate = least_tpr(300, 300, 0.01, level=level)
    seen = []
    for _ in range(400):
        scores = rng.random(600) + 2 * (member & (rng.random(600) < rate))
        seen.append(tpr_p_value(roc(scores, member).tpr_at(0.01).successes, 300, 300, 0.01) <= level)
    assert 0.7 < np.mean(seen) < 0.95


def test_too_few_see_nothing():
    assert least_tpr(2, 100, 0.01, level=1e-6) is None and least_auc(2, 2, level=1e-6) == 1.0
    assert auc_p_value(np.ones(8), np.arange(8) < 4) == 1.0


@pytest.mark.parametrize("wrong", [{"hits": 5, "members": 4, "non_members": 9, "fpr": 0.1},
                                   {"hits": 1, "members": 4, "non_members": 0, "fpr": 0.1},
                                   {"hits": 1, "members": 4, "non_members": 9, "fpr": 2}])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        tpr_p_value(**wrong)
