"""The checks of lesson 02."""

from types import SimpleNamespace

import numpy as np

from leaklab.course import Exercise
from leaklab.metrics import Rate


def judge_slope(answer, given):
    plus, minus, u, sigma = (np.asarray(part, float) for part in given)
    answer, right = np.asarray(answer, float), slope_of(plus, minus, u, sigma)
    if answer.shape != right.shape:
        return f"A slope has a number for each eigenface, {len(right)} in all; yours has the shape {answer.shape}."
    if np.allclose(answer, right, rtol=1e-3, atol=1e-6):
        return None
    if np.allclose(answer, -right, rtol=1e-3, atol=1e-6):
        return "That points downhill: take minus away from plus."
    factor = answer @ right / (right @ right)
    if np.allclose(answer, factor * right, rtol=1e-3, atol=1e-6):
        return (f"The direction is right, and the length {factor:.3g} times what the formula says: look at 1/m and at "
                "2 sigma.")
    return "Weigh each direction (a row of u) by what it brought, (plus - minus) / (2 sigma), and take the mean."


def slope_of(plus, minus, u, sigma):
    return ((plus - minus) / (2 * sigma)) @ u / len(u)


def judge_finished(answer, given):
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return "A pair is wanted: the finished result, and the number of keys."
    found, keys = answer
    if not getattr(found, "complete", False):
        return "The attack is not complete: call resume(another_key()) until it is."
    if not np.allclose(found.images, given.images, atol=1e-3):
        return "These are not the faces of the uninterrupted attack: was it resumed, or begun again?"
    needed = -(-given.queries // 5000)
    if isinstance(keys, int | np.integer) and needed <= keys <= needed + 1:
        return None
    return f"The faces are there. {given.queries:,} queries at 5,000 a key: how many keys are that? (You say {keys}.)"


def judge_defences(answer, given):
    attacked, used = given
    right = {name for name in attacked if attacked[name].high < 0.5 and used[name].value >= 0.9}
    try:
        answer = set(answer)
    except TypeError:
        return "A list of names is wanted; it may be empty."
    if answer == right:
        return None
    unknown = answer - set(attacked)
    if unknown:
        return f"There is no way of answering called {sorted(map(str, unknown))[0]!r}."
    for name in sorted(answer - right):
        side, rate = ("attack", attacked[name]) if attacked[name].high >= 0.5 else ("accuracy of use", used[name])
        return f"{name!r}: the {side} is {rate}."
    return f"{len(right - answer)} more: compare .high of the attack with 0.5, and .value of the accuracy with 0.9."


def judge_epsilon(answer, given):
    scale, queries = given
    answer = float(answer)
    if np.isclose(answer, queries * 2 / scale):
        return None
    if np.isclose(answer, 2 / scale):
        return "That is one answer's. What do a thousand add up to?"
    if np.isclose(answer, queries / scale):
        return "Two rows of probabilities may be 2 apart in L1: one entry falls by 1, another rises by 1."
    return "Each answer costs 2 / scale, and costs add up."


def judge_share(answer, given):
    legitimate, attackers, rate = given
    answer = float(answer)
    if np.isclose(answer, attackers / (attackers + rate * legitimate), rtol=1e-2):
        return None
    if np.isclose(answer, 1 - rate):
        return "99% of legitimate customers are left in peace. But of the alarms, how many come from them?"
    return "Count the alarms: false ones are false_alarms * legitimate_customers, real ones are the attackers."


def _example():
    rng = np.random.default_rng(0)
    return rng.normal(size=6), rng.normal(size=6), rng.normal(size=(6, 4)), 0.5


EXERCISES = [
    Exercise(
        "2.1",
        judge_slope,
        hints=("Each pair brought (plus - minus) / (2 * sigma): m numbers, one for each row of u.",
               "Weights @ u adds up the rows of u with those weights; then divide by their number.",
               "((plus - minus) / (2 * sigma)) @ u / pairs"),
        wrong=lambda: -slope_of(*_example()),
        given_example=_example,
    ),
    Exercise(
        "2.2",
        judge_finished,
        hints=("finished = partial; while not finished.complete: ... , and count the keys.",
               "finished = finished.resume(another_key())"),
        wrong=lambda: (SimpleNamespace(complete=False, images=np.zeros((1, 2, 2))), 1),
        given_example=lambda: SimpleNamespace(images=np.zeros((1, 2, 2)), queries=19_700),
    ),
    Exercise(
        "2.3",
        judge_defences,
        hints=("Go through the names; keep those that pass both tests.",
               "[name for name in studies if attacked[name].high < 0.5 and used[name].value >= 0.9]"),
        wrong=["rounded"],
        given_example=lambda: ({"rounded": Rate(19, 20), "noisy": Rate(2, 20), "slow": Rate(2, 20)},
                               {"rounded": Rate(58, 60), "noisy": Rate(30, 60), "slow": Rate(58, 60)}),
    ),
    Exercise(
        "2.4",
        judge_epsilon,
        hints=("One answer costs the sensitivity over the scale.", "The costs of answers add up.",
               "queries * 2 / scale"),
        wrong=10.0,
        given_example=(0.2, 1000),
    ),
    Exercise(
        "2.5",
        judge_share,
        hints=("How many alarms are false? How many are there in all?",
               "attackers / (attackers + false_alarms * legitimate_customers)"),
        wrong=0.99,
        given_example=(10_000, 5, 0.01),
    ),
]
