"""The checks of lesson 05."""

from types import SimpleNamespace

import numpy as np

from leaklab.course import Cases, Exercise, array_like, called, choice, chosen, close, forms, number
from leaklab.metrics import Interval, Rate

LIMIT = 0.70


def worst(groups):
    return max(groups, key=lambda name: groups[name].high)


def judge_release(answer, given):
    groups, shown, useful = given
    said = choice(answer, (*groups, "cannot tell"))
    keeps = [name for name in groups if not shown[name] and groups[name][worst(groups[name])].high <= LIMIT]
    best = sorted(keeps, key=lambda name: -useful[name].value)
    if len(best) > 1 and useful[best[1]].high >= useful[best[0]].low:
        return None if said == "cannot tell" else (
            f"{best[0]!r} is useful {useful[best[0]]}, {best[1]!r} {useful[best[1]]}: these overlap.")
    if said == best[0]:
        return None
    if said == "cannot tell":
        return "The intervals of the two most useful settings that keep the rule do not overlap: one is better."
    if shown[said]:
        return f"With {said!r} there are {shown[said]} people shown to be exposed; the rule says nobody."
    if said not in keeps:
        group = worst(groups[said])
        return f"There the AUC of {group!r} is {groups[said][group]}: its upper end passes {LIMIT:.2f}."
    return f"{said!r} keeps the rule, but so does a more useful setting."


def judge_bayes(answer, given):
    before, says = (np.asarray(part, float) for part in given)
    if getattr(answer, "shape", None) == before.shape:
        return f"That is a whole table; take the column of the larger product in each of its {len(before)} rows."
    answer = array_like(answer, (len(before),), dtype=int, what="a guess, 0 or 1, for every person")
    if np.array_equal(answer, (before * says).argmax(axis=1)):
        return None
    for other, word in ((says, "the model alone; what was known before it counts too"),
                        (before, "what was known before the model; nothing was learnt from it"),
                        (before + says, "the sum. Bayes' rule multiplies"),
                        (-before * says, "the less likely answer")):
        if np.array_equal(answer, other.argmax(axis=1)):
            return f"That is {word}."
    return "Multiply the two tables, place by place, and take the column of the larger product in each row."


def a_clinic(rng, people=60, width=4, steps=50):
    """A logistic regression at its minimum (by Newton's steps), all others, and the one who is missing."""
    x, y, penalty = rng.normal(size=(people, width)), rng.integers(0, 2, people), rng.uniform(0.5, 3)
    full, theta = np.column_stack([x, np.ones(people)]), np.zeros(width + 1)
    weight = penalty * np.append(np.ones(width), 0)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-full @ theta))
        hessian = (full * (p * (1 - p))[:, None]).T @ full + np.diag(weight)
        theta = theta - np.linalg.solve(hessian, full.T @ (p - y) + weight * theta)
    return (theta[:-1], theta[-1], penalty, x[1:], y[1:]), (x[0], int(y[0]))


def solved(w, b, penalty, x, y):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    residual = (y - p).sum()
    return ((y - p) @ x - penalty * w) / residual, int(residual < 0)


def judge_last_patient(answer):
    for seed in range(4):
        arguments, (features, label) = a_clinic(np.random.default_rng(seed))
        if fault := _last(called(answer, *arguments), arguments, features, label):
            return fault
    return None


def _last(said, arguments, features, label):
    width = len(features)
    if not isinstance(said, tuple | list) or len(said) != 2:
        if getattr(said, "shape", None) == (width,) or (isinstance(said, list) and len(said) == width):
            return "Those are features alone; return them and the outcome, two things: return features, outcome."
        return "Return two things: the features, and the outcome (0 or 1)."
    found = array_like(said[0], (width,), what="one number a feature")
    if not np.allclose(found, features, rtol=2e-3, atol=2e-3):
        return _slip(found, arguments, features)
    outcome = number(int(said[1]) if isinstance(said[1], bool | np.bool_) else said[1])
    if close(outcome, label):
        return None
    if close(outcome, 1 - label):
        return "The features are right; the outcome is turned round. Where p - y is below 0, y is 1."
    return f"The features are right; the outcome must be 0 or 1, and yours is {outcome:.3g}."


def _slip(found, arguments, features):
    w, b, penalty, x, y = arguments
    p = 1 / (1 + np.exp(-(x @ w + b)))
    residual = (y - p).sum()
    pull = (y - p) @ x - penalty * w
    for other, word in (
            (pull, "That is (p - y) x, the missing pull. Divide it by p - y."),
            (-features, "The signs are turned round: the missing pull is *minus* the sum of the others'."),
            ((y - p) @ x / residual, "The penalty pulls, too: take off penalty * w before you divide."),
            (((y - p) @ x + penalty * w) / residual, "The penalty has the wrong sign: it stands on the others' side of "
                                                     "the equation, and moves over with a minus.")):
        if np.allclose(found, other, rtol=2e-3, atol=2e-3):
            return word
    return (f"For one clinic the first feature is {features[0]:.3f} and yours is {found[0]:.3f}. The others' pull is "
            "(p - y) @ x, the penalty's penalty * w; what is missing makes them zero.")


def judge_given_away(answer, given):
    said, truth = chosen(answer, tuple(given)), {name for name, one in given.items() if one.told.low > 0.5}
    if said == truth:
        return None
    for name in given:
        told = given[name].told
        if name in said - truth:
            return f"{name!r}: told rightly {told}. That interval holds 0.5, so a coin is not ruled out."
        if name in truth - said:
            return f"One is missing: {name!r} is told rightly {told}, and that interval lies above 0.5."
    return None


def releases(rng):
    def kinds(*values):
        return {name: Interval(value, value - 0.02, value + 0.02)
                for name, value in zip(("healthy", "ill"), values, strict=True)}

    groups = {"as it was": kinds(0.6, 0.98), "more people": kinds(0.51, 0.65), "short": kinds(0.50, 0.53),
              "mixed": kinds(0.74, 0.66)}
    shown = {"as it was": int(rng.integers(60, 120)), "more people": 0, "short": 0, "mixed": 0}
    useful = {name: Interval(value, value - 0.01, value + 0.01) for name, value in (
        ("as it was", 0.72), ("more people", 0.82), ("short", rng.uniform(0.7, 0.79)), ("mixed", 0.9))}
    return Cases("more people", forms("more people"),
                 (("as it was", "people shown to be exposed"), ("mixed", "upper end passes"), ("short", "more useful"),
                  ("cannot tell", "do not overlap"), (0.82, "more people")), given=(groups, shown, useful))


def tables(rng):
    before, says = rng.dirichlet([1, 1], 60), rng.random((60, 2))
    right = (before * says).argmax(axis=1)
    return Cases(right, forms(right),
                 ((says.argmax(axis=1), "the model alone"), (before.argmax(axis=1), "before the model"),
                  (before * says, "whole table"), ((before * says).argmin(axis=1), "less likely"),
                  (1, "for every person")), given=(before, says))


def ways(rng):
    def by_matrix(w, b, penalty, x, y):
        full, theta = np.c_[x, np.ones(len(x))], np.r_[w, b]
        pull = full.T @ (1 / (1 + np.exp(-full @ theta)) - y) + penalty * np.r_[w, 0]
        return [-pull[:-1] / -pull[-1], -pull[-1] < 0]

    def one_by_one(w, b, penalty, x, y):
        total, residual = [-penalty * one for one in w], 0.0
        for row, label in zip(x, y, strict=True):
            left = label - 1 / (1 + np.exp(-(sum(a * c for a, c in zip(row, w, strict=True)) + b)))
            residual += left
            total = [one + left * value for one, value in zip(total, row, strict=True)]
        features = [one / residual for one in total]
        return features, round(float(1 / (1 + np.exp(-(np.dot(features, w) + b))) - residual))

    def rounded(w, b, penalty, x, y):
        features, label = solved(w, b, penalty, x, y)
        return features.round(3), np.array([label])

    def as_text(*arguments):
        features, label = solved(*arguments)
        return features.tolist(), str(label)

    def as_row(*arguments):
        features, label = solved(*arguments)
        return features[None], np.float64(label)

    def features_only(*arguments):
        return solved(*arguments)[0]

    def no_penalty(w, b, penalty, x, y):
        return solved(w, b, 0 * penalty, x, y)

    def no_division(w, b, penalty, x, y):
        features, label = solved(w, b, penalty, x, y)
        return features * (y - 1 / (1 + np.exp(-(x @ w + b)))).sum(), label

    def mirrored(*arguments):
        features, label = solved(*arguments)
        return -features, label

    def turned(*arguments):
        features, label = solved(*arguments)
        return features, 1 - label

    def forgotten(*arguments):
        solved(*arguments)

    return Cases(solved, (by_matrix, one_by_one, rounded, as_text, as_row),
                 ((features_only, "features alone"), (no_penalty, "penalty pulls"), (no_division, "Divide"),
                  (mirrored, "turned round"), (turned, "outcome is turned round"), (forgotten, "return"),
                  (3.0, "function")))


def clinics(rng):
    hits = {"by heart": 31, "calm": int(rng.integers(50, 58)), "private": int(rng.integers(52, 60)), "a coin": 28}
    given = {name: SimpleNamespace(told=Rate(hit, 60)) for name, hit in hits.items()}
    return Cases({"calm", "private"}, (["private", "calm"], ("calm", "private"), np.array(["calm", "private"]),
                                       "calm, private", frozenset({"calm", "private"}), {"Calm", "PRIVATE"}),
                 ((("calm", "private", "a coin"), "not ruled out"), (["calm"], "One is missing"),
                  (["by heart"], "not ruled out"), (set(given), "not ruled out")), given=given)


EXERCISES = [
    Exercise(
        "5.1",
        judge_release,
        ("Strike out every setting with somebody shown to be exposed; then every one with a kind whose .high is above "
         "0.70.",
         "groups[name] holds the AUC of each kind; shown[name] how many are exposed; useful[name] has .value, .low and "
         ".high.",
         "Of those left, take the largest useful[name].value; is its .low above the next one's .high?"),
        releases,
    ),
    Exercise(
        "5.2",
        judge_bayes,
        ("Bayes' rule needs no denominator here: only which of two products is larger.",
         "before * says is a table of 1,400 rows and two columns; argmax(axis=1) names the larger column."),
        tables,
    ),
    Exercise(
        "5.3",
        judge_last_patient,
        ("p = 1 / (1 + np.exp(-(x @ w + b))) are the others' risks. All residuals p - y, the missing one too, sum to "
         "0.",
         "So the missing p - y is (y - p).sum(). And the missing (p - y) x is (y - p) @ x - penalty * w.",
         "Divide the second by the first. A risk lies between 0 and 1: p - y below 0 can only be y = 1."),
        ways,
    ),
    Exercise(
        "5.4",
        judge_given_away,
        ("An interval that holds 0.5 does not rule out a coin.",
         "{name for name, study in studies.items() if study.told.low > 0.5}"),
        clinics,
    ),
]
