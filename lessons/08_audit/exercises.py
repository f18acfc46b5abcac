"""The checks of lesson 08."""

import numpy as np

from leaklab.course import Exercise
from leaklab.metrics import clopper_pearson


def judge_bound(answer):
    if not callable(answer):
        return "Write it as a function: least_epsilon(tpr, fpr, delta)."
    for tpr, fpr, delta in ((0.6, 0.05, 1e-5), (0.3, 0.01, 0.1)):
        found = float(answer(tpr, fpr, delta))
        if np.isclose(found, np.log((tpr - delta) / fpr)):
            continue
        if np.isclose(found, (tpr - delta) / fpr):
            return "That is e^epsilon, the factor on the odds. Epsilon is its logarithm."
        if np.isclose(found, np.log(tpr / fpr)):
            return "Nearly: take delta off the TPR first."
        if np.isclose(found, np.log10((tpr - delta) / fpr)):
            return "That is the logarithm to base 10; epsilon takes the natural one, np.log."
        return f"At TPR {tpr}, FPR {fpr} and delta {delta} it gives {found:.3g}. Solve TPR = e^epsilon FPR + delta."
    return None


def judge_lower_end(answer):
    tpr, fpr = clopper_pearson(60, 100), clopper_pearson(5, 100)
    if np.isclose(answer, np.log((tpr[0] - 1e-5) / fpr[1]), atol=1e-3):
        return None
    if np.isclose(answer, np.log(0.6 / 0.05), atol=1e-3):
        return "That takes the counted rates for the true ones. Use the ends of their intervals."
    if np.isclose(answer, np.log(tpr[0] / fpr[0]), atol=1e-3):
        return "The lower FPR flatters the adversary. What is proven must hold for the higher one, too."
    if np.isclose(answer, np.log(tpr[1] / fpr[0]), atol=1e-3):
        return "That is the upper end: the best case for the adversary. Proven is the worst case."
    return "The lower end of the TPR, less delta, over the upper end of the FPR; then the logarithm."


def judge_broken(answer, given):
    if isinstance(answer, str) or not np.iterable(answer):
        return 'Answer with a set of letters, such as {"A", "B"}.'
    answer = set(answer)
    if not answer <= set(given):
        return "Use the letters " + ", ".join(given) + "."
    truth = {name for name, audit in given.items() if audit.caught}
    if answer == truth:
        return None
    if accused := answer - truth:
        return f"Nothing is proven against {', '.join(sorted(accused))}: the proven epsilon stays below the promised."
    return "There are more who break their promise: proven epsilon above the promised."


def judge_sentence(answer):
    why = {"a": "1 is what was proven at least. The truth may be anything above; the accountant says up to 4.",
           "b": "One adversary who fails proves nothing about all the others.",
           "d": "The interval is about this adversary. The upper end does not bind a better one."}
    if answer == "c":
        return None
    return why.get(answer, 'Answer with "a", "b", "c" or "d".')


class Planted:
    """As much of an audit's result as the judge looks at."""

    def __init__(self, caught):
        self.caught = caught


EXERCISES = [
    Exercise(
        "7.1",
        judge_bound,
        hints=("Start from TPR = e^epsilon FPR + delta: the least epsilon that allows the rates.",
               "e^epsilon = (TPR - delta) / FPR.",
               "Take the logarithm: np.log(...)."),
        wrong=lambda: lambda tpr, fpr, delta: (tpr - delta) / fpr,
    ),
    Exercise(
        "7.2",
        judge_lower_end,
        hints=("Be a lawyer for the trainer: which rates, within the intervals, make the adversary look worst?",
               "The lowest TPR and the highest FPR.",
               "np.log((clopper_pearson(60, 100)[0] - 1e-5) / clopper_pearson(5, 100)[1])"),
        wrong=np.log(0.6 / 0.05),
    ),
    Exercise(
        "7.3",
        judge_broken,
        hints=("A promise is broken when the proven epsilon, the lower end, is above the promised one.",
               "Look at each audit: audits[name].measured.epsilon.low and audits[name].promised.epsilon.",
               "One of the four is honest."),
        wrong={"A"},
        given_example=lambda: {"A": Planted(True), "B": Planted(True), "C": Planted(False), "D": Planted(True)},
    ),
    Exercise(
        "7.4",
        judge_sentence,
        hints=("Can one failed attack speak for all attacks?",
               "Which sentence names the adversary, and what it could have found?"),
        wrong="d",
    ),
]
