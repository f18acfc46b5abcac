"""AUC within groups: counted by hand, and intervals against repeated draws of people and of models."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from leaklab.metrics import auc, auc_by_group, clopper_pearson

FEW = binom.ppf(0.0005, 300, 0.95)  # 300 repeats of a true 95% interval cover at least so often


def draw(rng, people, targets, *, mean=1.0, person=0.0, leak=0.0, target=0.0):
    """Scores with effects of the person, of what the person leaks, and of the target; and their expected AUC.

    A member's score has variance person^2 + leak^2 + 1 about mean + target effect, a non-member's person^2 + 1.
    """
    trained_on = rng.permuted(np.tile(np.arange(people) < people // 2, (targets, 1)), axis=1)
    more = mean + rng.normal(0, 1, people) * leak + rng.normal(0, 1, (targets, 1)) * target
    scores = rng.normal(0, 1, people) * person + rng.normal(trained_on * more, 1)
    return scores, trained_on, norm.cdf(mean / np.sqrt(2 * person**2 + leak**2 + target**2 + 2))


def test_groups_are_the_share_of_pairs_won():
    rng = np.random.default_rng(0)
    scores, trained_on, _ = draw(rng, 40, 5)
    scores, group = np.round(scores), np.where(np.arange(40) % 3, "common", "rare")
    found = auc_by_group(scores, trained_on, group)
    for name in ("common", "rare"):
        rows = group == name
        won = pairs = 0.0
        for s, m in zip(scores[:, rows], trained_on[:, rows], strict=True):
            gap = s[m][:, None] - s[~m][None]
            won, pairs = won + (gap > 0).sum() + (gap == 0).sum() / 2, pairs + gap.size
        assert found.auc[name].value == pytest.approx(won / pairs) and found.records[name] == rows.sum()
    assert found.difference("rare", "common").value == found.auc["rare"].value - found.auc["common"].value


def test_one_group_of_equal_targets_is_their_mean():
    scores, trained_on, _ = draw(np.random.default_rng(0), 40, 5)
    whole = auc_by_group(scores, trained_on, np.zeros(40, int)).auc[0].value
    assert whole == pytest.approx(np.mean([auc(s, m).value for s, m in zip(scores, trained_on, strict=True)]))


@pytest.mark.parametrize("effects", [
    {}, {"person": 2.0}, {"leak": 1.5}, {"target": 0.7}, {"mean": 0.0, "person": 1.0},
    {"leak": 1.0, "target": 0.5, "person": 1.0}], ids=str)
def test_an_interval_covers_other_people_and_other_models(effects):
    rng, covered = np.random.default_rng(7), 0
    for _ in range(300):
        scores, trained_on, truth = draw(rng, 60, 12, **effects)
        found = auc_by_group(scores, trained_on, np.zeros(60, int)).auc[0]
        covered += found.low <= truth <= found.high
    assert covered >= FEW


def test_turns_of_one_record_are_not_new_people():
    # All that varies is what a person leaks: pooled turns would pretend to 20 times the people there are.
    scores, trained_on, _ = draw(np.random.default_rng(1), 40, 20, leak=2.0)
    honest = auc_by_group(scores, trained_on, np.zeros(40, int)).auc[0]
    pooled = auc(scores.ravel(), trained_on.ravel())
    assert honest.high - honest.low > 2 * (pooled.high - pooled.low)


def test_a_difference_covers_and_what_both_share_cancels():
    rng, covered, narrower = np.random.default_rng(5), 0, 0
    group = np.repeat(["a", "b"], 50)
    for _ in range(300):
        scores, trained_on, _ = draw(rng, 100, 12, leak=0.5, target=0.8)
        found = auc_by_group(scores, trained_on, group)
        gap = found.difference("a", "b")
        covered += gap.low <= 0 <= gap.high
        apart = np.hypot(*(found.auc[name].high - found.auc[name].low for name in "ab"))
        narrower += gap.high - gap.low < 0.8 * apart
        back = found.difference("b", "a")
        assert (back.low, back.high) == pytest.approx((-gap.high, -gap.low))
    assert covered >= FEW and narrower > 270


def test_all_pairs_won_is_no_certainty():
    _, trained_on, _ = draw(np.random.default_rng(0), 20, 6)
    found = auc_by_group(trained_on.astype(float), trained_on, np.repeat([0, 1], 10)).auc[0]
    assert (found.value, found.low, found.high) == (1, *clopper_pearson(5, 5))


@pytest.mark.parametrize("group, message", [
    (np.zeros(19), "must name the group of each of 20 records"),
    (np.r_[1, np.zeros(19, int)], r"group=1: has 1 record\(s\), never one in and one out"),
])
def test_groups_refused(group, message):
    scores, trained_on, _ = draw(np.random.default_rng(0), 20, 6)
    with pytest.raises(ValueError, match=message):
        auc_by_group(scores, trained_on, group)


def test_comparisons_refused():
    scores, trained_on, _ = draw(np.random.default_rng(0), 20, 6)
    found = auc_by_group(scores, trained_on, np.repeat(["a", "b"], 10))
    with pytest.raises(ValueError, match="group='c': must be one of 'a', 'b'"):
        found.difference("a", "c")
    with pytest.raises(ValueError, match="another group"):
        found.difference("a", "a")
    with pytest.raises(ValueError, match="at least two targets"):
        auc_by_group(scores[:1], trained_on[:1], np.repeat(["a", "b"], 10))
