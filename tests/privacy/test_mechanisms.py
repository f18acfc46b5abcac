"""Mechanisms keep the guarantee they state: against dp_accounting, closed forms, and their own densities."""

import dp_accounting
import numpy as np
import pandas as pd
import pytest
from dp_accounting.pld import PLDAccountant
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, kstest, laplace, norm

from leaklab.privacy import (
    CategoricalResponse,
    Composition,
    GaussianNoise,
    LaplaceNoise,
    Mechanism,
    RandomizedResponse,
    ReleaseGuarantee,
    TableResponse,
    belief,
    gaussian_delta,
    odds_words,
    of_hundred,
)
from leaklab.privacy.shares import share_of

EPSILONS = st.floats(0.05, 6)
ABC = ("a", "b", "c")


class Own(Mechanism):
    """Somebody else's: it knows its guarantee, and not the distribution of its loss."""

    guarantee = ReleaseGuarantee(0.5, 1e-6)

    def release(self, value, *, rng):
        return value


@settings(max_examples=30, deadline=None)
@given(EPSILONS, st.floats(0.1, 20))
def test_laplace_keeps_epsilon_and_no_less(epsilon, sensitivity):
    noise = LaplaceNoise.for_epsilon(epsilon, sensitivity=sensitivity)
    assert noise.guarantee.epsilon == pytest.approx(epsilon) and noise.guarantee.delta == 0
    z = np.linspace(-30, 30, 401) * sensitivity
    loss = laplace.logpdf(z, scale=noise.scale) - laplace.logpdf(z - sensitivity, scale=noise.scale)
    assert abs(loss).max() == pytest.approx(epsilon)


@settings(max_examples=20, deadline=None)
@given(EPSILONS, st.floats(1e-8, 0.1), st.floats(0.1, 20))
def test_gaussian_noise_is_the_least_that_keeps_epsilon_at_delta(epsilon, delta, sensitivity):
    noise = GaussianNoise.for_epsilon(epsilon, delta=delta, sensitivity=sensitivity)
    assert noise.guarantee.epsilon <= epsilon + 1e-9
    assert gaussian_delta(epsilon, noise.mu) == pytest.approx(delta, rel=1e-4)
    textbook = np.sqrt(2 * np.log(1.25 / delta)) * sensitivity / epsilon
    assert epsilon >= 1 or noise.deviation < textbook, "Balle and Wang's is below Dwork and Roth's, theorem 3.22"


@pytest.mark.parametrize("mechanism, event", [
    (LaplaceNoise.for_epsilon(0.7, sensitivity=2), dp_accounting.LaplaceDpEvent(1 / 0.7)),
    (GaussianNoise(deviation=6.0, sensitivity=2, delta=1e-5), dp_accounting.GaussianDpEvent(3.0)),
])
def test_the_mix_is_what_dp_accounting_says(mechanism, event):
    """The events go through its accountant; the mechanisms through their own losses."""
    book = PLDAccountant()
    book.compose(dp_accounting.ComposedDpEvent([dp_accounting.SelfComposedDpEvent(event, 7),
                                                dp_accounting.GaussianDpEvent(2.0)]))
    both = Composition([mechanism] * 7 + [GaussianNoise(deviation=2.0, sensitivity=1, delta=1e-6)],
                       accountant="pld", delta=1e-5)
    assert both.guarantee.epsilon == pytest.approx(book.get_epsilon(1e-5), rel=1e-3)


def test_gaussians_together_are_one_gaussian():
    """mu adds as squares (Dong, Roth and Su 2022, corollary 3.3): a closed form, with no accountant inside."""
    parts = [GaussianNoise(deviation=5.0, sensitivity=1, delta=1e-6)] * 9
    one = GaussianNoise(deviation=5.0 / 3, sensitivity=1, delta=1e-5)
    found = Composition(parts, accountant="pld", delta=1e-5).guarantee.epsilon
    assert found == pytest.approx(one.guarantee.epsilon, rel=2e-3) and found >= one.guarantee.epsilon - 1e-6


def test_composed_responses_by_hand():
    """k answers by a coin: the loss is epsilon times (true - false); delta at any epsilon is a binomial sum."""
    coin, k, at = RandomizedResponse(0.8), 6, 1.5
    true = np.arange(k + 1)
    loss = 0.8 * (2 * true - k)
    delta = (binom.pmf(true, k, coin.keep) * np.maximum(0, 1 - np.exp(at - loss))).sum()
    assert Composition([coin] * k).delta_at(at) == pytest.approx(delta, rel=2e-3)
    assert Composition([coin] * k).guarantee.epsilon == pytest.approx(4.8)


def test_composition_adds_up_and_sharpens():
    parts = [LaplaceNoise.for_epsilon(0.1, sensitivity=1)] * 50
    plain, sharp = Composition(parts).guarantee, Composition(parts, accountant="pld", delta=1e-6).guarantee
    assert plain.epsilon == pytest.approx(5.0) and plain.delta == 0
    assert sharp.epsilon < 0.8 * plain.epsilon and sharp.accountant == "pld" and sharp.delta == 1e-6
    mixed = Composition([parts[0], GaussianNoise.for_epsilon(0.5, sensitivity=1, delta=1e-6), Own()]).guarantee
    assert mixed.epsilon == pytest.approx(1.1) and mixed.delta == pytest.approx(2e-6)
    assert "Mironov" in str(mixed) and str(mixed).count("Caveat") == 1


def test_a_mechanism_of_ones_own_is_composed_by_its_promise():
    one, two = (Composition([Own()] * k, accountant="pld", delta=delta) for k, delta in ((1, 1e-6), (2, 1e-5)))
    assert one.guarantee.epsilon == pytest.approx(0.5, abs=1e-3) and two.guarantee.epsilon <= 1.0 + 2e-4
    assert one.release([3], rng=0) == (3,)


def test_parts_of_unlike_shape_are_released_each_in_its_own():
    """A coin for one person beside noise on a table of figures."""
    both = Composition([RandomizedResponse(1.0), CategoricalResponse(1.0, ABC), TableResponse.for_epsilon(
        1.0, {"ill": (0, 1)})])
    said, letters, table = both.release((True, ["a", "b"], pd.DataFrame({"ill": [0, 1, 1]})), rng=0)
    assert type(said) is bool and letters.shape == (2,) and table.shape == (3, 1)
    assert both.guarantee.epsilon == 3.0


@pytest.mark.parametrize("k", [2, 3, 10])
def test_the_die_keeps_epsilon_and_is_the_coin_for_two(k):
    die = CategoricalResponse(1.3, tuple(range(k)))
    assert die.keep / die.lie == pytest.approx(np.exp(1.3)) and die.keep + (k - 1) * die.lie == pytest.approx(1)
    assert k > 2 or die.keep == pytest.approx(RandomizedResponse(1.3).keep)
    told = die.release(np.zeros(40_000, int), rng=k)
    counts = np.bincount(told, minlength=k) / 40_000
    assert counts[0] == pytest.approx(die.keep, abs=0.011) and abs(counts[1:] - die.lie).max() < 0.011
    assert die.delta_at(1.31) == 0 and die.delta_at(0.0) == pytest.approx(die.keep - die.lie, abs=1e-3)


def test_shares_behind_a_die_are_unbiased_and_covered():
    die, rng, truth = CategoricalResponse(1.0, ABC), np.random.default_rng(0), ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    found = [die.estimate(die.release(truth, rng=rng)) for _ in range(300)]
    for answer, share in zip(ABC, (0.6, 0.3, 0.1), strict=True):
        each = [one[answer] for one in found]
        assert np.mean([one.value for one in each]) == pytest.approx(share, abs=0.04)
        assert np.mean([one.low <= share <= one.high for one in each]) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)
    assert sum(one.value for one in found[0].values()) == pytest.approx(1)


def test_an_unbalanced_share_is_covered_exactly():
    """Summed over all answers, where an answer is kept and lied with probabilities that do not add up to 1."""
    people, true, keep, lie = 30, 8, 0.6, 0.2
    others = binom.pmf(range(people - true + 1), people - true, lie)
    chance = np.convolve(binom.pmf(range(true + 1), true, keep), others)
    covered = [one.low <= true / people <= one.high for one in (share_of(yes, people, keep=keep, lie=lie)
                                                                for yes in range(people + 1))]
    assert chance[covered].sum() >= 0.95


def test_one_answer_and_many():
    coin = RandomizedResponse.of_truth(0.5)
    one = [coin.release(True, rng=rng) for rng in (np.random.default_rng(i) for i in range(4000))]
    assert set(map(type, one)) == {bool} and np.mean(one) == pytest.approx(0.75, abs=0.028)
    many = coin.release(np.zeros((100, 200), bool), rng=0)
    assert many.shape == (100, 200) and many.mean() == pytest.approx(0.25, abs=0.013)
    die = CategoricalResponse(2.0, ABC)
    assert die.release("a", rng=0) in ABC and die.release(np.array(["a", "b"]), rng=0).shape == (2,)
    mixed = (1, "1", None, 2.5, (1, 2))
    told = CategoricalResponse(0.1, mixed).release([1] * 200, rng=0)
    assert {repr(answer) for answer in told} == set(map(repr, mixed)), "answers keep their types"
    assert RandomizedResponse(float("inf")).release([1, 0], rng=0).tolist() == [True, False]
    assert type(LaplaceNoise(scale=1.0, sensitivity=1).release(3, rng=0)) is float
    assert LaplaceNoise(scale=1.0, sensitivity=1).release([[1, 2]], rng=0).shape == (1, 2)


@pytest.mark.parametrize("noise, cdf", [(LaplaceNoise(scale=2.0, sensitivity=1), laplace(scale=2.0).cdf),
                                        (GaussianNoise(deviation=2.0, sensitivity=1, delta=1e-5), norm(scale=2.0).cdf)])
def test_noise_has_its_distribution_and_its_interval(noise, cdf):
    drawn = noise.release(np.full(20_000, 7.0), rng=0)
    assert kstest(drawn - 7, cdf).pvalue > 1e-3
    inside = [found.low <= 7 <= found.high for found in map(noise.interval, drawn[:4000])]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.014)
    one = [noise.release(7, rng=rng) for rng in [np.random.default_rng(1)] * 4000]
    assert kstest(np.array(one) - 7, cdf).pvalue > 1e-3


def test_a_table_under_coins():
    table = pd.DataFrame({"smoker": [1, 0] * 3000, "sex": ["m", "f"] * 3000}, index=range(5, 6005))
    noise = TableResponse.for_epsilon(2.0, {"smoker": (0, 1), "sex": ("m", "f")})
    told = noise.release(table, rng=0)
    assert noise.guarantee.epsilon == pytest.approx(2.0) and told.index.equals(table.index)
    kept = (told == table).mean()
    assert kept.to_numpy() == pytest.approx(RandomizedResponse(1.0).keep, abs=0.025)
    own = TableResponse({"smoker": RandomizedResponse(1.0), "sex": CategoricalResponse(0.5, ("m", "f"))})
    assert own.guarantee.epsilon == 1.5 and own.guarantee.unit == "person"


def test_a_guarantee_in_the_units_that_people_decide_in():
    promise = ReleaseGuarantee(1.0, 1e-3)
    assert promise.tpr_at(0.0) == pytest.approx(1e-3) and promise.tpr_at(0.1) == pytest.approx(0.1 * np.e + 1e-3)
    assert promise.tpr_at(0.9) == pytest.approx(1 - (1 - 1e-3 - 0.9) / np.e)
    assert promise.belief(0.5) == belief(0.5, 1.0) and ReleaseGuarantee(float("inf")).tpr_at(0.1) == 1
    group = promise.for_groups_of(3)
    assert group.epsilon == 3 and group.delta == pytest.approx(1e-3 * (1 + np.e + np.e**2)) and "3 units" in str(group)
    assert promise.for_groups_of(1) is promise


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 30))
def test_of_a_hundred(epsilon):
    without, with_you = of_hundred(epsilon)
    assert without + with_you == pytest.approx(100) and with_you == pytest.approx(100 * belief(0.5, epsilon))
    promise = ReleaseGuarantee(epsilon)
    assert promise.tpr_at(without / 100) == pytest.approx(with_you / 100), "no test of two neighbours does better"


def test_odds_in_words():
    assert "50 of 100" in odds_words(0) and "at most 50 of" in odds_words(0)
    assert "0 of 100" in odds_words(float("inf")) and "at most 100 of" in odds_words(float("inf"))
    assert "99.97 of 100" in odds_words(8) and "0.03 of 100" in odds_words(8)
    assert "fewer than 0.01 of 100" in odds_words(10) and "at most 100 of" in odds_words(10)


@pytest.mark.parametrize("call, told", [
    (lambda: LaplaceNoise(scale=0, sensitivity=1), "scale=0: must lie in"),
    (lambda: LaplaceNoise(scale=1, sensitivity=-1), "sensitivity=-1"),
    (lambda: LaplaceNoise(scale=1, sensitivity=1, unit="row"), "unit='row': must be one of"),
    (lambda: LaplaceNoise(scale=1, sensitivity=1, change="swap"), "change='swap'"),
    (lambda: LaplaceNoise.for_epsilon(0, sensitivity=1), "epsilon=0"),
    (lambda: LaplaceNoise(scale=1, sensitivity=1).release("many", rng=0), "value='many'"),
    (lambda: LaplaceNoise(scale=1, sensitivity=1).release(float("nan"), rng=0), "must be finite"),
    (lambda: GaussianNoise.for_epsilon(1, sensitivity=1, delta=0), "delta=0"),
    (lambda: CategoricalResponse(1, ("a",)), "at least two"), (lambda: CategoricalResponse(1, "abc"), "answers='abc'"),
    (lambda: CategoricalResponse(1, ABC).release("d", rng=0), "value='d': must be one of the 3 answers"),
    (lambda: RandomizedResponse(1).release([0, 2], rng=0), "must be True or False"),
    (lambda: RandomizedResponse(1).release(True, rng=None), "rng=None"),
    (lambda: TableResponse({}), "at least one column"), (lambda: TableResponse({"a": 3}), "columns\\['a'\\]=3"),
    (lambda: TableResponse.for_epsilon(1, {"a": (0, 1)}).release(pd.DataFrame({"a": [0], "name": ["x"]}), rng=0),
     "no noise stated for the column.s. 'name'"),
    (lambda: TableResponse.for_epsilon(1, {"a": (0, 1)}).release(pd.DataFrame({"b": [0]}), rng=0), "no noise stated"),
    (lambda: TableResponse({"a": LaplaceNoise(scale=1, sensitivity=1)}), "must be a RandomizedResponse"),
    (lambda: TableResponse({"a": GaussianNoise(deviation=1, sensitivity=1, delta=0.1)}), "must be a Randomized"),
    (lambda: Composition([RandomizedResponse(float("inf"))], accountant="pld", delta=0.1).guarantee, "epsilon=inf"),
    (lambda: RandomizedResponse(float("inf")).delta_at(1.0), "epsilon=inf"),
    (lambda: TableResponse.for_epsilon(1, {"a": (0, 1)}).release([[0]], rng=0), "must be a DataFrame"),
    (lambda: Composition([]), "at least one mechanism"), (lambda: Composition([3]), "parts="),
    (lambda: Composition([RandomizedResponse(1), LaplaceNoise(scale=1, sensitivity=1)]), "different changes"),
    (lambda: Composition([Own()], accountant="pld"), "delta=None"),
    (lambda: Composition([Own()], delta=0.1), "delta=0.1"),
    (lambda: Composition([Own()], accountant="moments"), "accountant='moments'"),
    (lambda: Composition([Own()] * 2).release([1], rng=0), "must hold 2 values"),
    *[(lambda one=one: Composition([Own()] * 2).release(one, rng=0), "must hold 2 values")
      for one in (1, "ab", None, np.float64(2), np.array(2.0), [1, 2, 3])],
    (lambda: ReleaseGuarantee(1, 0.2).for_groups_of(9), "promises nothing to so many"),
    (lambda: ReleaseGuarantee(-1), "epsilon=-1"), (lambda: of_hundred("1"), "epsilon='1'"),
])
def test_refusals(call, told):
    with pytest.raises(ValueError, match=told):
        call()
