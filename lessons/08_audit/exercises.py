"""The checks of lesson 08."""

from types import SimpleNamespace

import numpy as np

from leaklab.course import Cases, Exercise, called, choice, close, forms, letters, number
from leaklab.metrics import clopper_pearson

RATES = ((0.6, 0.05, 1e-5), (0.3, 0.01, 0.1), (0.9, 0.2, 0.05))


def least(tpr, fpr, delta):
    return np.log((tpr - delta) / fpr)


SLIPS = (
    (lambda tpr, fpr, delta: (tpr - delta) / fpr,
     "That is e^epsilon, the factor on the odds. Epsilon is its logarithm."),
    (lambda tpr, fpr, delta: np.log(tpr / fpr), "Nearly: take delta off the TPR first."),
    (lambda tpr, fpr, delta: np.log10((tpr - delta) / fpr),
     "That is the logarithm to base 10; epsilon takes the natural one, np.log."),
    (lambda tpr, fpr, delta: np.log2((tpr - delta) / fpr),
     "That is the logarithm to base 2; epsilon takes the natural one, np.log."),
    (lambda tpr, fpr, delta: np.log(fpr / (tpr - delta)), "Turned round: the TPR belongs above the fraction bar."),
    (lambda tpr, fpr, delta: np.log(tpr / (fpr + delta)),
     "Delta is added to e^epsilon FPR, not to FPR: take it off the TPR."),
    (lambda tpr, fpr, delta: np.log((tpr + delta) / fpr),
     "Delta helps the trainer: it is taken off the TPR, not added."),
)


def judge_bound(answer):
    found = [number(called(answer, *rates)) for rates in RATES]
    if all(close(one, least(*rates)) for one, rates in zip(found, RATES, strict=True)):
        return None
    for slip, words in SLIPS:
        if all(close(one, slip(*rates)) for one, rates in zip(found, RATES, strict=True)):
            return words
    wrong = next(i for i, rates in enumerate(RATES) if not close(found[i], least(*rates)))
    tpr, fpr, delta = RATES[wrong]
    return f"At TPR {tpr}, FPR {fpr} and delta {delta} it gives {found[wrong]:.3g}. Solve TPR = e^epsilon FPR + delta."


TPR, FPR = clopper_pearson(60, 100), clopper_pearson(5, 100)
LOWER = least(TPR[0], FPR[1], 1e-5)


def judge_lower_end(answer):
    found = number(answer)
    if close(found, LOWER):
        return None
    if close(found, np.log(0.6 / 0.05)):
        return "That takes the counted rates for the true ones. Use the ends of their intervals."
    if close(found, np.log(TPR[0] / FPR[0])):
        return "The lower FPR flatters the adversary. What is proven must hold for the higher one, too."
    if close(found, np.log(TPR[1] / FPR[0])):
        return "That is the upper end: the best case for the adversary. Proven is the worst case."
    if close(found, np.log(TPR[1] / FPR[1])):
        return "The higher TPR flatters the adversary. What is proven must hold for the lower one, too."
    if close(found, TPR[0] / FPR[1]):
        return "That is the factor on the odds. Epsilon is its logarithm."
    return "The lower end of the TPR, less delta, over the upper end of the FPR; then the logarithm."


def judge_broken(answer, given):
    found, truth = letters(answer, "".join(given)), {name for name, audit in given.items() if audit.caught}
    if found == truth:
        return None
    if accused := found - truth:
        return f"Nothing is proven against {', '.join(sorted(accused))}: the proven epsilon stays below the promised."
    return "There are more who break their promise: proven epsilon above the promised."


SENTENCES = {
    "a": "1 is what was proven at least. The truth may be anything above; the accountant says up to 4.",
    "b": "One adversary who fails proves nothing about all the others.",
    "c": None,
    "d": "The interval is about this adversary. The upper end does not bind a better one.",
}


def judge_sentence(answer):
    return SENTENCES[choice(answer, SENTENCES)]


def bound_cases(rng):
    def forgotten(tpr, fpr, delta):
        epsilon = np.log((tpr - delta) / fpr)  # noqa: F841

    return Cases(least, (*forms(least), lambda tpr, fpr, delta: np.log(tpr - delta) - np.log(fpr),
                         lambda tpr, fpr, delta: f"{least(tpr, fpr, delta):.4g}"),
                 (*((slip, words[:25]) for slip, words in SLIPS), (forgotten, "returns nothing"),
                  (lambda tpr, fpr: np.log(tpr / fpr), "must take 3"), (2.48, "the function itself")))


def lower_end_cases(rng):
    return Cases(LOWER, (*forms(LOWER), round(LOWER, 2), f"{LOWER:.2f}"),
                 ((np.log(0.6 / 0.05), "counted rates"), (np.log(TPR[0] / FPR[0]), "lower FPR"),
                  (np.log(TPR[1] / FPR[0]), "upper end"), (np.log(TPR[1] / FPR[1]), "higher TPR"),
                  (TPR[0] / FPR[1], "logarithm"), (TPR, "One number")))


def broken_cases(rng):
    honest = "ABCD"[rng.integers(4)]
    audits = {name: SimpleNamespace(caught=name != honest) for name in "ABCD"}
    guilty = set("ABCD") - {honest}
    return Cases(guilty, forms(guilty),
                 (({honest}, f"against {honest}"), (set("ABCD"), f"against {honest}"),
                  (sorted(guilty)[:2], "more who break"), ("nobody", "one of"), ({"A", "E"}, "one of")), audits)


def sentence_cases(rng):
    return Cases("c", forms("c"), (("a", "at least"), ("b", "the others"), ("d", "this adversary"), (3, "as a text")))


EXERCISES = [
    Exercise(
        "8.1",
        judge_bound,
        hints=("Start from TPR = e^epsilon FPR + delta: the least epsilon that allows the rates.",
               "e^epsilon = (TPR - delta) / FPR.",
               "Take the logarithm: np.log(...)."),
        cases=bound_cases,
    ),
    Exercise(
        "8.2",
        judge_lower_end,
        hints=("Be a lawyer for the trainer: which rates, within the intervals, make the adversary look worst?",
               "The lowest TPR and the highest FPR.",
               "np.log((clopper_pearson(60, 100)[0] - 1e-5) / clopper_pearson(5, 100)[1])"),
        cases=lower_end_cases,
    ),
    Exercise(
        "8.3",
        judge_broken,
        hints=("A promise is broken when the proven epsilon, the lower end, is above the promised one.",
               "Look at each audit: audits[name].measured.epsilon.low and audits[name].promised.epsilon.",
               "One of the four is honest."),
        cases=broken_cases,
    ),
    Exercise(
        "8.4",
        judge_sentence,
        hints=("Can one failed attack speak for all attacks?",
               "Which sentence names the adversary, and what it could have found?"),
        cases=sentence_cases,
    ),
]
