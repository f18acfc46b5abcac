"""The checks of lesson 07."""

import numpy as np

from leaklab.course import Cases, Exercise, array_like, called, choice, close, forms, number, several
from leaklab.experiments import PatientPoint
from leaklab.metrics import Interval, Rate

EACH = 0.01 * np.e / (0.99 + 0.01 * np.e)
THREE = 0.01 * np.e**3 / (0.99 + 0.01 * np.e**3)


def judge_belief(answer):
    found = number(answer)
    if close(found, THREE):
        return None
    if close(found, EACH) or close(found, 0.01 * np.e):
        return "That is for one visit. From the table without him to the table with him it is three steps."
    if close(found, 3 * EACH):
        return "Each step multiplies the odds by e; three steps do not add up, they multiply once more each."
    if close(found, 0.01 * np.e**3):
        return "Close, but e^epsilon multiplies the odds, not the probability. At a prior of 50% you would pass 100%."
    if close(found, 0.01 * np.e**3 / 0.99):
        return "These are the odds after the release. Turn them back into a probability: odds / (1 + odds)."
    return "Prior odds 0.01 / 0.99, times e for each of three visits, then back to a probability: between 0 and 1."


def right_clip(gradients, limit):
    return gradients * np.minimum(1, limit / np.linalg.norm(gradients, axis=1))[:, None]


def judge_clip(answer, given):
    table, limit = np.asarray(given[0], float), float(given[1])
    for gradients, bound in ((table, limit), (table, 0.5 * limit), (1.5 * table[::-1], 1.5 * limit)):
        clipped = called(answer, gradients, bound)
        clipped = array_like(clipped, gradients.shape, what="one row an example, in and out")
        if said := _not_clipped(clipped, gradients, bound, table, limit):
            return said
    return None


def _not_clipped(clipped, gradients, bound, table, limit):
    """What is wrong with rows clipped to a bound, if anything."""
    norms, after = np.linalg.norm(gradients, axis=1), np.linalg.norm(clipped, axis=1)
    if np.allclose(clipped, right_clip(gradients, bound), atol=1e-6):
        return None
    if bound != limit and np.allclose(clipped, right_clip(gradients, limit), atol=1e-6):
        return f"It clips to {limit:g} whatever the limit is. Use the argument `limit`."
    lengths = np.linalg.norm(table, axis=1)
    if np.allclose(clipped, gradients * np.minimum(1, bound / lengths)[:, None], atol=1e-6):
        return "It uses the `lengths` of the cell above. Compute the lengths of the gradients that are handed in."
    if np.allclose(clipped, np.clip(gradients, -bound, bound), atol=1e-6):
        return "That cuts each number by itself, and turns the row. Scale a whole row by one number."
    if (after > bound * (1 + 1e-6)).any():
        return f"A row of length {after.max():.3g} is left; the limit is {bound:g}. Each row has a length of its own."
    if not np.allclose(clipped[norms <= bound], gradients[norms <= bound], atol=1e-6):
        return "Rows that were short enough must stay as they were: clipping never lengthens or shortens those."
    return "A row must keep its direction, and be just as long as the limit: scale the whole row by one number."


def judge_noise(answer):
    on_sum, on_mean = several(answer, ("on the sum", "on the mean"))
    if close(on_sum, 0.55) and close(on_mean, 0.55 / 256):
        return None
    if close(on_mean, 0.55) and close(on_sum, 0.55 / 256):
        return "Both are right, in the other order: first on the sum, then on the mean."
    if close(on_sum, 1.1):
        return "The noise multiplier counts in clipping norms; here one is 0.5."
    if close(on_sum, 0.55) and close(on_mean, 0.55 / 16):
        return "The noise is added once, to the sum, not once an example: dividing by 256 divides all of it by 256."
    if close(on_sum, 0.55):
        return "The first is right. The update is the noisy sum divided by the expected batch size."
    return "Two numbers: the standard deviation on the sum of the clipped gradients, and on that sum divided by 256."


PLAN = {
    "a": "Clipping works on each example alone. It does not mind how the batch came together.",
    "b": "Fresh noise was drawn in each step, shuffled or not.",
    "c": None,
    "d": "Shuffling does hide something, but less can be proved, and this accountant does not compute it.",
}


def judge_plan(answer):
    return PLAN[choice(answer, PLAN)]


def judge_release(answer, given):
    points = {point.epsilon: point for point in given}
    good = [e for e, point in points.items()
            if np.isfinite(e) and point.accuracy.low >= 0.70 and point.auc.high <= 0.53]
    found = choice(answer, points)
    if found == min(good):
        return None
    if np.isinf(found):
        return "Without privacy there is no guarantee to release under."
    if points[found].accuracy.low < 0.70:
        return f"Its accuracy is {points[found].accuracy}: the lower end of the interval is below 0.70."
    if found not in good:
        return f"The attack's AUC is {points[found].auc}: the upper end of the interval is above 0.53."
    return "It keeps the rule, but so does a smaller epsilon, which promises more."


def belief_cases(rng):
    return Cases(THREE, (*forms(THREE), 0.17, "17%", 0.169),
                 ((EACH, "one visit"), (0.0272, "one visit"), (3 * EACH, "multiply once more"),
                  (0.01 * np.e**3, "not the probability"), (0.01 * np.e**3 / 0.99, "odds / (1 + odds)"),
                  (1.5, "between")))


def clip_cases(rng):
    table, limit = rng.normal(size=(40, 6)) * rng.uniform(0.2, 1, (40, 1)), 1.0
    table[:3] *= np.array([[0.2], [3], [9]]) / np.linalg.norm(table[:3], axis=1, keepdims=True)  # short and long
    lengths = np.linalg.norm(table, axis=1)

    def one_by_one(gradients, limit):
        return [row if (length := np.sqrt((row**2).sum())) <= limit else row / length * limit for row in gradients]

    def in_place(gradients, limit):
        gradients *= np.minimum(1, limit / np.linalg.norm(gradients, axis=1))[:, None]
        return gradients

    def forgotten(gradients, limit):
        gradients = right_clip(gradients, limit)

    return Cases(
        right_clip,
        (*forms(right_clip), one_by_one,
         lambda g, c: g / np.maximum(1, np.linalg.norm(g, axis=1, keepdims=True) / c),
         lambda g, limit: np.where(np.linalg.norm(g, axis=1)[:, None] > limit,
                                   limit * g / np.linalg.norm(g, axis=1)[:, None], g)),
        ((lambda g, limit: g * np.minimum(1, 1 / np.linalg.norm(g, axis=1))[:, None], "whatever the limit is"),
         (lambda g, limit: g * np.minimum(1, limit / lengths)[:, None], "the cell above"),
         (lambda g, limit: np.clip(g, -limit, limit), "cuts each number"),
         (lambda g, limit: g * limit / np.linalg.norm(g, axis=1)[:, None], "must stay as they were"),
         (lambda g, limit: g, "is left; the limit is"), (in_place, "in place"), (forgotten, "returns nothing"),
         (table, "the function itself")),
        (table, limit))


def noise_cases(rng):
    right = (0.55, 0.55 / 256)
    return Cases(right, (*forms(right), (0.55, 0.00215), [0.55, 0.0021], "0.55, 0.00215", np.array(right)[None]),
                 (((1.1, 1.1 / 256), "clipping norms"), ((0.55, 0.55 / 16), "once an example"), (right[::-1], "order"),
                  ((0.55, 0.55), "The first is right"), (0.55, "two numbers"), ((3, 4), "standard deviation")))


def plan_cases(rng):
    return Cases("c", forms("c"), (("a", "alone"), ("b", "Fresh noise"), ("d", "less can be proved"), ("e", "one of")))


def release_cases(rng):
    """Accuracy falls and the attack dies along epsilon: the rule leaves two of six."""
    drawn = rng.choice([32, 16, 8, 4, 2, 1, 0.5, 0.2, 0.1], 5, replace=False)
    epsilons = [np.inf, *np.sort(drawn)[::-1]]
    middle = np.array([0.62, 0.55, 0.51, 0.50, 0.49, 0.49]) + rng.uniform(-0.005, 0.005, 6)
    right = (700, 760, 755, 750, 650, 600)
    points = [PatientPoint(float(e), 0.0, Rate(int(n), 1000), Interval(auc, auc - 0.01, auc + 0.01), Rate(1, 100))
              for e, n, auc in zip(epsilons, right, middle, strict=True)]
    inf, leaky, larger, best, poor, worst = (point.epsilon for point in points)
    return Cases(best, forms(best),
                 ((inf, "no guarantee"), (leaky, "above 0.53"), (larger, "a smaller epsilon"), (poor, "below 0.70"),
                  (worst, "below 0.70"), (3, "Answer with one of"), ([larger, best], "One number")), points)


EXERCISES = [
    Exercise(
        "7.1",
        judge_belief,
        hints=("Odds are p / (1 - p): 1% is 1 to 99.",
               "Each visit that is taken away multiplies the odds by at most e^1. There are three.",
               "odds = 0.01 / 0.99 * np.exp(3); the answer is odds / (1 + odds)."),
        cases=belief_cases,
    ),
    Exercise(
        "7.2",
        judge_clip,
        hints=("np.linalg.norm(gradients, axis=1) is the length of each row.",
               "A row longer than the limit is multiplied by limit / length; the others by 1.",
               "np.minimum(1, limit / lengths), and [:, None] to multiply row by row."),
        cases=clip_cases,
    ),
    Exercise(
        "7.3",
        judge_noise,
        hints=("The noise multiplier says how many clipping norms one standard deviation is.",
               "Dividing a random number by 256 divides its standard deviation by 256."),
        cases=noise_cases,
    ),
    Exercise(
        "7.4",
        judge_plan,
        hints=("Read again how a record comes into a batch in the accountant's world, and how in the colleague's.",
               "In a shuffled epoch a record is in exactly one batch: it can count on being used. With Poisson batches "
               "it may be in none or in several, and nobody outside knows."),
        cases=plan_cases,
    ),
    Exercise(
        "7.5",
        judge_release,
        hints=("Print epsilon, accuracy and auc of each of points, a line each.",
               "Strike out every line whose accuracy.low is below 0.70, or whose auc.high is above 0.53.",
               "Of the lines that are left, the smallest epsilon promises most."),
        cases=release_cases,
    ),
]
