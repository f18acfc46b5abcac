"""The checks of lesson 03."""

import numpy as np

from leaklab.course import Cases, Exercise, NotYet, array_like, called, choice, close, forms, number
from leaklab.metrics import Interval

PRIOR = 0.01


def judge_loss(answer):
    if close(answer, -np.log(0.7)):
        return None
    if close(answer, -np.log(0.3)):
        return "That is the loss if the patient had diabetes. What probability did the model give to the true outcome?"
    if close(answer, np.log(0.7)):
        return "Nearly: mind the minus. A loss is never below 0."
    if close(answer, 0.7) or close(answer, 0.3):
        return "That is a probability. The loss is minus its logarithm."
    if close(answer, -np.log10(0.7)):
        return "That is the logarithm to base 10; the loss takes the natural one, np.log."
    return "The loss is minus the natural logarithm of the probability given to the true outcome."


def of_true(p, y):
    return p[np.arange(len(y)), y]


def judge_attack(answer):
    rng = np.random.default_rng(3)
    ill = rng.uniform(0.01, 0.99, 60)
    p, y = np.stack([1 - ill, ill], axis=1), rng.integers(0, 2, 60)
    for threshold in (0.2, 0.69, 2.0):  # at 0.69 alone, "is the model right?" would pass without the threshold
        said = called(answer, p, y, threshold)
        losses = -np.log(of_true(p, y))
        if _alike(said, -np.log(p) < threshold):
            return "That is a verdict on both outcomes. Take from each row the column that y names: the true outcome's."
        if _alike(said, losses) or _alike(said, -losses):
            return "Those are the losses. Compare them with the threshold, for True or False."
        said = array_like(said, y.shape, dtype=bool, what="True or False for each person")
        if reason := _wrong_verdicts(said, p, y, threshold):
            return reason
    return None


def _alike(said, truth):
    try:
        return np.shape(said) == truth.shape and np.allclose(np.asarray(said, float), truth)
    except (TypeError, ValueError):
        return False


def _wrong_verdicts(said, p, y, threshold):
    true = -np.log(of_true(p, y)) < threshold
    for other, words in ((~true, "Turned round: members have the *small* losses."),
                         (p.argmax(axis=1) == y, "That asks whether the model is right, and forgets the threshold."),
                         (-np.log(p.max(axis=1)) < threshold,
                          "That takes the larger probability; take the one of the true outcome, y."),
                         (-np.log(p[:, 1]) < threshold,
                          "That takes the probability of diabetes for everybody; take the one of the true outcome, y."),
                         (of_true(p, y) < threshold, "That compares the probability. The loss is minus its logarithm."),
                         (np.ones(len(y), bool),
                          "It says member of everybody. Is there a minus before the logarithm?")):
        if (said == true).all():
            return None
        if (said == other).all():
            return words
    return f"Different for {(said != true).sum()} of {len(y)} people at threshold {threshold}."


def judge_tpr(answer, given):
    member, other = (np.asarray(scores) for scores in given)
    allowed, members = len(other) // 100, len(member)
    highest, answer = np.sort(other), number(answer)
    # Whatever lies above the next of the others, up to the last who may be called, is a threshold.
    least, most = (member >= highest[-allowed]).sum(), (member > highest[-allowed - 1]).sum()
    if any(close(answer, found / members) for found in range(least, most + 1)):
        return None
    if close(answer, 100 * most / members):
        return "As a share, please, not in percent."
    if close(answer, most):
        return "That counts the members found; divide by how many members there are."
    if close(answer, allowed / len(other)):
        return "That is the rate of false alarms, of the others; asked is how many of the *members* are found at it."
    if close(answer, np.mean(other > np.sort(member)[-allowed - 1])):
        return "The groups changed places: the threshold comes from the others, the rate from the members."
    if close(answer, np.mean(member > highest[allowed])):
        return "That is the other end: members have *high* scores, so false alarms are the others who score highest."
    close(answer, most / members, digits=2)
    return (f"Find a threshold that only {allowed} of the {len(other)} others exceed, then take the share of members "
            "who exceed it.")


def judge_worth(answer, given):
    tpr, fpr = map(number, given)
    if close(answer, worth(tpr, fpr)):
        return None
    if close(answer, 100 * worth(tpr, fpr)):
        return "As a probability, please, not in percent."
    if close(answer, tpr / (tpr + fpr)):
        return "That holds where every second person is a member. Here it is 1 in 100: weigh both rates."
    if close(answer, tpr):
        return "That is how often a member is called one. Asked is the reverse: how often one who is called so is one."
    if close(answer, PRIOR):
        return "That is what the insurer knew before. What does the verdict add?"
    if close(answer, tpr * PRIOR):
        return "That many of all applicants are members *and* called so. Divide by how many are called members at all."
    return "Imagine 10,000 applicants, 100 of them members. How many are called members, and how many of those rightly?"


def worth(tpr, fpr):
    return tpr * PRIOR / (tpr * PRIOR + fpr * (1 - PRIOR))


def judge_choice(answer, given):
    answer = choice(answer, given)
    useful = {name: number(share) for name, (_, share) in given.items()}
    least = min((area for area, _ in given.values()), key=lambda area: area.value)
    alike = [name for name, (area, _) in given.items() if area.low <= least.high]
    if answer not in alike:
        raise NotYet(f"Its AUC of {given[answer][0]} lies above that of others: it leaks more than it must.")
    if useful[answer] == max(useful[name] for name in alike):
        return None
    return "Among those that leak least by this attack there is one that is right more often about the unseen."


def losses(rng):
    loss = -np.log(0.7)
    return Cases(loss, (*forms(loss), 0.36, "0.357", 0.3567),
                 ((-np.log(0.3), "if the patient had diabetes"), (-1.2, "natural logarithm"),
                  (np.log(0.7), "mind the minus"), (0.7, "probability"), (0.155, "base 10"), ([0.36, 1.2], "a list")))


def attacks(rng):
    def says(p, y, threshold):
        return -np.log(p[np.arange(len(y)), y]) < threshold

    return Cases(says, (*forms(says), lambda p, y, t: of_true(p, y) > np.exp(-t),
                        lambda p, y, t: [-np.log(row[label]) < t for row, label in zip(p, y, strict=True)],
                        lambda p, y, t: np.where(y == 1, -np.log(p[:, 1]), -np.log(p[:, 0])) <= t),
                 ((lambda p, y, t: -np.log(of_true(p, y)) > t, "Turned round"),
                  (lambda p, y, t: p.argmax(axis=1) == y, "forgets the threshold"),
                  (lambda p, y, t: -np.log(p.max(axis=1)) < t, "larger probability"),
                  (lambda p, y, t: -np.log(p[:, 1]) < t, "diabetes for everybody"),
                  (lambda p, y, t: np.log(of_true(p, y)) < t, "minus before the logarithm"),
                  (lambda p, y, t: of_true(p, y) < t, "compares the probability"),
                  (lambda p, y, t: -np.log(of_true(p, y)), "Those are the losses"),
                  (lambda p, y, t: -np.log(p) < t, "both outcomes"), (lambda p, y, t: None, "return"),
                  (lambda p, y: True, "3 arguments"), (np.ones(60, bool), "function itself")))


def scores(rng):
    member, other = rng.normal(1, 1, 700), rng.normal(0, 1, 700)
    threshold = np.sort(other)[-8]
    tpr = (member > threshold).mean()
    return Cases(tpr, (*forms(tpr), float(f"{tpr:.2g}"), f"{100 * tpr:.2f}%", (member >= np.sort(other)[-7]).mean(),
                       (member > np.quantile(other, 0.99)).mean()),
                 ((100 * tpr, "percent"), ((member > threshold).sum(), "counts"), (0.01, "false alarms"),
                  ((member > np.sort(other)[7]).mean(), "other end"), ((member > 0).mean(), "only 7 of the 700"),
                  ((other > np.sort(member)[-8]).mean(), "changed places"), (member, "an array of 700 values")),
                 given=(member, other))


def rates(rng):
    tpr, fpr = rng.uniform(0.7, 0.95), rng.uniform(0.45, 0.6)
    right = worth(tpr, fpr)
    return Cases(right, (*forms(right), float(f"{right:.2g}"), f"{100 * right:.1f}%"),
                 ((100 * right, "percent"), (tpr / (tpr + fpr), "every second person"), (tpr, "the reverse"),
                  (0.01, "knew before"), (0.01 * tpr, "called members at all"), (fpr * 2, "10,000 applicants"),
                  ((tpr, fpr), "a tuple of two")), given=(tpr, fpr))


def models(rng):
    useful = rng.uniform(0.715, 0.73), rng.uniform(0.735, 0.75)
    given = {"700 patients, 50 epochs": (Interval(0.66, 0.63, 0.69), 0.76),
             "700 patients, 3 epochs": (Interval(0.52, 0.49, 0.55), useful[0]),
             "7,000 patients, 50 epochs": (Interval(0.60, 0.57, 0.62), 0.71),
             "7,000 patients, 5 epochs": (Interval(0.51, 0.49, 0.53), useful[1])}
    best = "7,000 patients, 5 epochs"
    return Cases(best, forms(best), (("700 patients, 50 epochs", "leaks more"), ("700 patients, 3 epochs", "unseen"),
                                     ("7,000 patients, 50 epochs", "0.60"), ("the last", "one of"), (3, "as a text")),
                 given=given)


EXERCISES = [
    Exercise(
        "3.1",
        judge_loss,
        ("The model says two things at once: how likely diabetes is, and how likely no diabetes is.",
         "The true outcome is no diabetes, with probability 1 - 0.3.",
         "-np.log(...) of that."),
        losses,
    ),
    Exercise(
        "3.2",
        judge_attack,
        ("First the probability of each person's true outcome, then its loss, then one comparison.",
         "p[np.arange(len(y)), y] picks from each row the column that y names.",
         "Members are those with -np.log(...) < threshold."),
        attacks,
    ),
    Exercise(
        "3.3",
        judge_tpr,
        ("The seven highest-scoring others may be accused, the eighth must not.",
         "np.sort(score_others)[-8] is the eighth highest; call members only those strictly above it.",
         "Then the share: (score_members > threshold).mean()."),
        scores,
    ),
    Exercise(
        "3.4",
        judge_worth,
        ("Of 10,000 applicants 100 are members. tpr of those 100, and fpr of the 9,900, are called members.",
         "The share of true members among all who are called members is asked.",
         "Put 0.01 for the prior into the formula above."),
        rates,
    ),
    Exercise(
        "3.5",
        judge_choice,
        ("An AUC of 0.5 is a coin. Which models' intervals reach down to there?",
         "Two models leak so little that their intervals overlap. Which is right more often about the unseen?"),
        models,
    ),
]
