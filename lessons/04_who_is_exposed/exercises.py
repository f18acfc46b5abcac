"""The checks of lesson 04."""

import numpy as np
from scipy.stats import norm

from leaklab.course import Cases, Exercise, called, choice, close, forms, number
from leaklab.metrics import Interval


def ratio(target, inside, outside, ddof=0):
    return (norm.logpdf(target, inside.mean(), inside.std(ddof=ddof))
            - norm.logpdf(target, outside.mean(), outside.std(ddof=ddof)))


def judge_ratio(answer):
    rng = np.random.default_rng(4)
    for _ in range(4):
        inside, outside, target = rng.normal(2, 1, 30), rng.normal(-1, 2, 34), float(rng.normal(1, 2))
        said, true = number(called(answer, target, inside, outside)), ratio(target, inside, outside)
        if reason := None if close(said, true, rtol=1e-5) else _slip(said, true, target, inside, outside):
            return reason
    return None


def _slip(said, true, target, inside, outside):
    height = np.log(outside.std() / inside.std())
    for slip, words in ((-true, "Turned round: the world *with* the person belongs above the fraction bar."),
                        (np.exp(true), "That is the ratio itself; its logarithm is asked."),
                        (true - height, "The squares are right. Each curve also has its height: keep the logarithms of "
                                        "the deviations."),
                        (true - 2 * height, "The squares are right; the logarithm of the deviations has the wrong "
                                            "sign."),
                        (2 * (true - height) + height, "Each square is divided by two, as the formula has it."),
                        (norm.logpdf(target, inside.mean(), inside.std()), "That is the world with the person alone; "
                                                                           "take off the one without."),
                        (ratio(target, inside, outside, ddof=1), "Close: that takes deviations with ddof=1. Here plain "
                                                                 ".std() is asked.")):
        if np.isclose(said, slip, rtol=1e-6):
            return words
    return f"For a target at {target:.2f} it gives {said:.2f}; the formula gives {true:.2f}."


def judge_luck(answer, given):
    if close(answer, 70):
        return None
    if close(answer, given):
        return "So many have it here. The question is about a model that leaks nothing."
    if close(answer, 0.05) or close(answer, 5):
        return "That is the share. How many people is it?"
    if close(answer, 0):
        return "A p-value below 0.05 happens without a reason too: that is what the 0.05 says."
    if close(answer, 1330):
        return "That many are expected above 0.05. How many below?"
    if close(answer, 700):
        return "A p-value below 0.5 has every second person. It is to be below 0.05."
    return "Without any leak a p-value lies below 0.05 with a probability of at most 0.05; and there are 1,400 of them."


def judge_age(answer, given):
    truth = "more" if given.low > 0 else "less" if given.high < 0 else "not shown"
    said = choice(answer, ("more", "less", "not shown"))
    if said == truth:
        return None
    told = f"The difference, under 35 minus older, is {given}."
    if truth == "not shown":
        return f"{told} It holds 0, so \"{said}\" is not shown."
    if said == "not shown":
        return f"{told} The whole interval lies on one side of 0: something is shown."
    return f"{told} It is the older who were taken off: on which side of 0 does it lie?"


def ratios(rng):
    def by_hand(target, inside, outside):
        z_in = (target - inside.mean()) / inside.std()
        z_out = (target - outside.mean()) / outside.std()
        return (z_out**2 - z_in**2) / 2 + np.log(outside.std() / inside.std())

    def density(target, side):
        return np.exp(-(target - np.mean(side)) ** 2 / (2 * np.var(side))) / np.sqrt(2 * np.pi * np.var(side))

    return Cases(by_hand, (*forms(by_hand), ratio, lambda t, i, o: np.log(density(t, i) / density(t, o)),
                           lambda t, i, o: f"{ratio(t, i, o):.4f}"),
                 ((lambda t, i, o: ratio(t, o, i), "Turned round"),
                  (lambda t, i, o: np.exp(ratio(t, i, o)), "logarithm"),
                  (lambda t, i, o: by_hand(t, i, o) - np.log(o.std() / i.std()), "its height"),
                  (lambda t, i, o: by_hand(t, i, o) - 2 * np.log(o.std() / i.std()), "wrong sign"),
                  (lambda t, i, o: 2 * by_hand(t, i, o) - np.log(o.std() / i.std()), "divided by two"),
                  (lambda t, i, o: norm.logpdf(t, i.mean(), i.std()), "take off"),
                  (lambda t, i, o: ratio(t, i, o, ddof=1), "ddof"), (lambda t, i, o: None, "return"),
                  (lambda t, i, o: ratio(i, i, o), "an array of 30 values"), (lambda t, i: t, "3 arguments"),
                  (0.5, "function itself"), (lambda t, i, o: t - i.mean(), "the formula gives")))


def luck(rng):
    return Cases(70, (*forms(70), forms(1400 * 0.05)[0]),
                 ((0.05, "share"), ("5%", "share"), (0, "without a reason"), (1330, "above 0.05"),
                  (700, "every second"), (197, "So many have it here"),
                  (np.ones(1400, bool), "an array of 1400 values")), given=197)


def ages(rng):
    middle = rng.choice([-0.12, 0.01, 0.12]) + rng.uniform(-0.02, 0.02)
    given = Interval(middle, middle - 0.04, middle + 0.04)
    truth = "more" if given.low > 0 else "less" if given.high < 0 else "not shown"
    phrase = {"more": "side of 0", "less": "side of 0", "not shown": "something is shown"}
    wrong = [(said, phrase[said] if truth != "not shown" else "holds 0") for said in phrase if said != truth]
    return Cases(truth, forms(truth), (*wrong, ("yes", "one of"), (given, "as a text")), given=given)


EXERCISES = [
    Exercise(
        "4.1",
        judge_ratio,
        ("How many deviations is the target from each hump's middle? (target - inside.mean()) / inside.std().",
         "Each hump gives minus half of that square, minus the logarithm of its deviation.",
         "In minus out. (Or scipy.stats.norm.logpdf(target, mean, deviation), twice.)"),
        ratios,
    ),
    Exercise(
        "4.2",
        judge_luck,
        ("A p-value below 0.05 comes up by luck in at most 5 of 100 people.",
         "And how many of 1,400?"),
        luck,
    ),
    Exercise(
        "4.3",
        judge_age,
        ("The line printed is: AUC under 35, minus AUC of the older, with its 95% interval.",
         "An interval that holds 0 shows no difference. Below 0: the first group is less exposed."),
        ages,
    ),
]
