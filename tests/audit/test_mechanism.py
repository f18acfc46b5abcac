"""The audit of any mechanism: broken ones are caught at every seed, honest ones hardly ever accused."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from leaklab.audit import (
    FLAWS,
    Promise,
    Suspect,
    audit_mechanism,
    epsilon_from_counts,
    lower_limits,
    suspects,
)
from leaklab.audit.mechanism import _event
from leaklab.audit.outputs import Outputs, tellers
from leaklab.privacy import Composition, GaussianNoise, LaplaceNoise, RandomizedResponse, ReleaseGuarantee
from leaklab.privacy.batches import Batches
from leaklab.privacy.guarantee import guarantee

SEEDS = 20
ONE = ReleaseGuarantee(1.0)
LAPLACE = LaplaceNoise.for_epsilon(1.0, sensitivity=1)
BROKEN = {
    "a coin of the wrong bias": (RandomizedResponse.of_truth(0.6), True, False,
                                 RandomizedResponse.of_truth(0.5).guarantee),
    "noise of half the scale": (LaplaceNoise(scale=0.5, sensitivity=1), 120, 119, ONE),
    "a forgotten composition": (Composition([LAPLACE] * 5), [120] * 5, [119] * 5, ONE),
}
HONEST = {
    "the coin": (RandomizedResponse.of_truth(0.5), True, False, None),
    "the noise": (LAPLACE, 120, 119, None),
    "five answers": (Composition([LaplaceNoise.for_epsilon(0.2, sensitivity=1)] * 5), [120] * 5, [119] * 5, None),
}


def caught(case, samples):
    mechanism, on, beside, promise = case
    return sum(audit_mechanism(mechanism, on, beside, promise=promise, samples=samples, rng=seed).caught
               for seed in range(SEEDS))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_caught_at_every_seed(name):
    assert caught(BROKEN[name], 4000) == SEEDS


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_one_is_hardly_ever_accused(name):
    assert caught(HONEST[name], 4000) <= 1


@pytest.mark.parametrize("counted", [100, 300])
def test_how_often_an_honest_coin_is_accused(counted):
    """Exactly, summed over all counts, of the tightest honest mechanism there is: below the 5% that are allowed."""
    keep = RandomizedResponse.of_truth(0.5).keep
    tp, fp = np.meshgrid(np.arange(counted + 1), np.arange(counted + 1), indexing="ij")
    chance = binom.pmf(tp, counted, keep) * binom.pmf(fp, counted, 1 - keep)
    low = lower_limits(tp, counted - tp, fp, counted - fp, 0.0, 0.95)
    assert 0.001 < chance[low > np.log(3)].sum() < 0.05


@pytest.fixture(scope="module")
def bench():
    """The benchmark's cases: mechanisms that Leaklab did not make among them."""
    folder = Path(__file__).resolve().parents[2] / "benchmarks"
    spec = importlib.util.spec_from_file_location("benchmarks_mechanisms", folder / "mechanisms.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))  # as when it is run: it finds table.py beside it
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return {case.name: case for case in module.CASES}


@pytest.mark.parametrize("words", ["geometric", "exponential mechanism", "truth with probability", "sentence",
                                   "noise forgotten in 1 of 100", "one of three", "scale that depends", "die of five"])
def test_foreign_ones(bench, words):
    found = [case for name, case in bench.items() if words in name]
    assert any(case.broken for case in found)
    for case in found:
        audit = audit_mechanism(case.mechanism, case.on, case.beside, promise=Promise(case.promised, case.delta),
                                samples=12_000, rng=0)
        assert audit.caught == case.broken, (case.name, str(audit))
        assert audit.epsilon <= case.true, "a bound is below the truth"


def test_the_bound_is_valid_at_its_confidence():
    """Of an honest coin, whose epsilon is known, at a confidence of 60%: accused in at most 40%, by so many audits."""
    coin = RandomizedResponse(1.0)
    wrong = sum(audit_mechanism(coin, True, False, samples=200, confidence=0.6, rng=seed).caught for seed in range(60))
    assert wrong / 60 < 0.4


class Office:
    """With the interface, and no class of Leaklab's: answers a table's mean, or nothing at all."""

    def release(self, value, *, rng):
        if rng.random() < 0.1:
            return None
        return pd.Series({"mean": np.mean(value) + rng.laplace(0, 0.1), "people": len(value)})


@pytest.mark.parametrize("function", [
    lambda value, rng: value + rng.laplace(), lambda value, *, rng: value + rng.laplace(),
    lambda value: value + np.random.default_rng().laplace(), Office().release,
    lambda value, rng: {"count": value, "note": str(rng.random())}, lambda value, rng: [value] * rng.integers(1, 4),
    lambda value, rng: float("nan") if rng.random() < 0.5 else value, lambda value, rng: object(),
    lambda value, rng: np.full((2, 2), value) + rng.normal(size=(2, 2)), lambda value, rng: 0,
    lambda value, rng: "".join(rng.choice(list("abc"), 2)), lambda value, rng: b"x", lambda value, rng: {1, 2},
    lambda value, rng: float("inf"), lambda value, rng: 10**400 + int(value), lambda value, rng: [1, 10**400],
])
def test_it_takes_whatever_one_answers(function):
    on, beside = ([1.0, 0.0], [1.0]) if function == Office().release or "Office" in str(function) else (1.0, 0.0)
    audit = audit_mechanism(function, on, beside, promise=Promise(1.0, 0.0), samples=400, rng=0)
    assert audit.epsilon >= 0 and "promised: 1.00" in str(audit) and audit.event


def test_what_gives_the_number_away_is_said():
    counted = audit_mechanism(lambda table, rng: len(table), [1, 2], [1], promise=ONE, samples=400, rng=0)
    assert counted.caught and "2.0" in counted.event and counted.epsilon == pytest.approx(counted.measured.most)
    silent = audit_mechanism(lambda value, rng: 0, 1, 0, promise=ONE, samples=400, rng=0)
    assert silent.epsilon == 0 and not silent.caught and silent.could_refute
    more = audit_mechanism(lambda count, rng: count + rng.normal(), 3, 0, promise=ONE, samples=2000, rng=0)
    assert "where the output is at least" in more.event and more.told_by == "number 1"
    less = audit_mechanism(lambda count, rng: count + rng.normal(), 0, 3, promise=ONE, samples=2000, rng=0)
    assert "where the output is at most" in less.event


def test_outputs_without_a_number_are_told_of_in_the_event():
    """A missing number scores 0, in the middle of the numbers: the rule speaks of it too."""
    rows = np.array([[1.0], [2.0], [0.0]])
    outputs = Outputs(np.arange(3), rows, np.array([True, True, False]), ["a", "b", "busy"])
    assert _event(outputs, np.array([False, True, True]), "number 1").endswith("at least 2, or no number")
    assert _event(outputs, np.array([False, True, False]), "number 1").endswith("at least 2")
    assert _event(outputs, np.array([True, False, True]), "number 1").endswith("at most 1, or no number")


def test_noise_left_out_at_zero_is_caught_at_zero_alone():
    def office(count, rng):
        return count if count == 0 else count + rng.laplace()

    at_zero, elsewhere = (audit_mechanism(office, *pair, promise=ONE, samples=3000, rng=0) for pair in
                          ((1, 0), (120, 119)))
    assert at_zero.caught and not elsewhere.caught, "an audit speaks of the pair that it was given"


def test_cutting_and_rounding_cost_nothing():
    for after in (round, lambda noisy: max(0.0, noisy)):
        audit = audit_mechanism(lambda count, rng, f=after: f(count + rng.laplace()), 1, 0, promise=ONE, samples=3000,
                                rng=1)
        assert not audit.caught


def test_too_few_samples_say_so():
    audit = audit_mechanism(LAPLACE, 1, 0, promise=Promise(8, 0.0), samples=500, rng=0)
    assert not audit.could_refute and "Nothing could have refuted" in str(audit)
    assert audit.measured.most == pytest.approx(epsilon_from_counts(250, 0, 0, 250, delta=0.0).low)


def test_any_kind_of_promise_is_held():
    trained = guarantee(Batches(10, 10, 1), noise_multiplier=4.0, delta=1e-2)
    noise = GaussianNoise(deviation=0.5, sensitivity=1, delta=1e-2)
    assert audit_mechanism(noise, 1, 0, promise=trained, samples=4000, rng=0).caught
    told = []
    assert not audit_mechanism(noise, 1, 0, samples=2000, rng=0, progress=lambda *step: told.append(step)).caught
    assert told[0] == (0, 4000, "answers drawn") and len(told) == 4


def test_the_same_seed_gives_the_same_audit():
    first, again = (audit_mechanism(Composition([LAPLACE] * 3), [1] * 3, [0] * 3, samples=1000, rng=5) for _ in "ab")
    assert str(first) == str(again)


def test_equal_outputs_are_equal_whatever_their_kind():
    read = Outputs.read([1, True, np.float32(1), "1", None, [1, 2], (1.0, 2.0), np.array([1, 2]), {"a": 1, "b": 2},
                         float("nan"), float("nan")])
    assert read.codes[0] == read.codes[1] == read.codes[2] != read.codes[3]
    assert read.codes[5] == read.codes[6] == read.codes[7] and read.codes[9] == read.codes[10]
    assert read.numeric.tolist() == [True, True, True, True, *[False] * 7], "of one length: that of most"
    assert Outputs.read([True, False]).names == [False, True]


def test_scores_are_learned_from_what_may_be_learned_from():
    rng = np.random.default_rng(0)
    first, learn = np.arange(4000) % 2 == 0, np.arange(4000) < 2000
    values = rng.normal(size=(4000, 2))
    scores = tellers(Outputs.read(values), first, learn)
    assert set(scores) == {"counts", "number 1", "number 2", "linear", "tree", "tree and counts"}
    for score in scores.values():
        above = score[~learn] > np.median(score[~learn])
        assert abs(above[first[~learn]].mean() - above[~first[~learn]].mean()) < 0.08, "noise is noise, on the others"


def test_four_offices_of_whom_two_break_their_word():
    kinds = set()
    for seed in range(6):
        offices = suspects(rng=seed)
        assert list(offices) == list("ABCD") and {one.publishes for one in offices.values()} == set(FLAWS)
        assert sum(one.broken for one in offices.values()) == 2
        kinds.add(tuple((one.publishes, one.broken) for one in offices.values()))
    assert len(kinds) > 3
    for kind in FLAWS:
        for broken in (False, True):
            office = Suspect(kind, broken)
            samples = 14_000 if kind == "sometimes" else 4000
            assert audit_mechanism(office, office.on, office.beside, samples=samples, rng=0).caught == broken


@pytest.mark.parametrize("call, told", [
    (lambda: audit_mechanism(lambda value, rng: value, 1, 0, rng=0), "promise=None: must be a Guarantee"),
    (lambda: audit_mechanism(3, 1, 0, promise=ONE, rng=0), "mechanism=3: must be a function"),
    (lambda: audit_mechanism(LAPLACE, 1, 0, samples=50, rng=0), "samples=50"),
    (lambda: audit_mechanism(LAPLACE, 1, 0, samples=500, confidence=1, rng=0), "confidence=1"),
    (lambda: audit_mechanism(LAPLACE, 1, 0, samples=500, rng=None), "rng=None"),
    (lambda: Suspect("news"), "publishes='news'"),
])
def test_refusals(call, told):
    with pytest.raises(ValueError, match=told):
        call()
