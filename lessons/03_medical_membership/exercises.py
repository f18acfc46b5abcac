"""The checks of lesson 03."""

import numpy as np

from leaklab.course import Exercise
from leaklab.metrics import Interval


def judge_loss(answer):
    if np.isclose(answer, -np.log(0.7), atol=5e-4):
        return None
    if np.isclose(answer, -np.log(0.3), atol=5e-4):
        return "That is the loss if the patient had diabetes. What probability did the model give to the true outcome?"
    if np.isclose(answer, np.log(0.7), atol=5e-4):
        return "Nearly: mind the minus. A loss is never below 0."
    if np.isclose(answer, 0.7) or np.isclose(answer, 0.3):
        return "That is a probability. The loss is minus its logarithm."
    if np.isclose(answer, -np.log10(0.7), atol=5e-4):
        return "That is the logarithm to base 10; the loss takes the natural one, np.log."
    return "The loss is minus the natural logarithm of the probability given to the true outcome."


def judge_attack(answer):
    if not callable(answer):
        return "Write it as a function: says_member(p, y, threshold)."
    rng = np.random.default_rng(3)
    ill = rng.uniform(0.01, 0.99, 60)
    p, y = np.stack([1 - ill, ill], axis=1), rng.integers(0, 2, 60)
    for threshold in (0.2, 0.69):  # at 0.69 alone, "is the model right?" would pass without looking at the threshold
        said = np.asarray(answer(p, y, threshold))
        true = -np.log(p[np.arange(60), y]) < threshold
        if said.shape != true.shape:
            return f"It must answer for each person: an array of shape {true.shape}, not {said.shape}."
        if said.dtype != bool and not np.isin(said, (0, 1)).all():
            return "Return True or False for each person: compare the losses with the threshold."
        said = said.astype(bool)
        if (said == true).all():
            continue
        if said.all():
            return "It says member of everybody. Is there a minus before the logarithm?"
        if (said == ~true).all():
            return "Turned round: members have the *small* losses."
        if (said == (-np.log(p.max(axis=1)) < threshold)).all():
            return "That takes the larger probability; take the one of the true outcome, y."
        if (said == (-np.log(p[:, 1]) < threshold)).all():
            return "That takes the probability of diabetes for everybody; take the one of the true outcome, y."
        return f"Different for {(said != true).sum()} of 60 people at threshold {threshold}."
    return None


def judge_tpr(answer, given):
    member, other = (np.asarray(scores) for scores in given)
    allowed = len(other) // 100
    threshold = np.sort(other)[-allowed - 1]
    truth, answer = np.mean(member > threshold), getattr(answer, "value", answer)  # a Rate, from the package's curve
    if np.isclose(answer, truth):
        return None
    if np.isclose(answer, 100 * truth):
        return "As a share, please, not in percent."
    if np.isclose(answer, round(truth * len(member))):
        return "That counts the members found; divide by how many members there are."
    below = np.sort(member)[-allowed - 1]
    if np.isclose(answer, np.mean(other > below)):
        return "The groups changed places: the threshold comes from the others, the rate from the members."
    if np.isclose(answer, np.mean(member > np.sort(other)[allowed])):
        return "That is the other end: members have *high* scores, so false alarms are the others who score highest."
    return (f"Find a threshold that only {allowed} of the {len(other)} others exceed, then take the share of members "
            "who exceed it.")


def judge_worth(answer, given):
    tpr, fpr = given
    truth = tpr * 0.01 / (tpr * 0.01 + fpr * 0.99)
    if np.isclose(answer, truth, rtol=0.02):
        return None
    if np.isclose(answer, 100 * truth, rtol=0.02):
        return "As a probability, please, not in percent."
    if np.isclose(answer, tpr / (tpr + fpr), rtol=0.02):
        return "That holds where every second person is a member. Here it is 1 in 100: weigh both rates."
    if np.isclose(answer, tpr, rtol=0.02):
        return "That is how often a member is called one. Asked is the reverse: how often one who is called so is one."
    if np.isclose(answer, 0.01):
        return "That is what the insurer knew before. What does the verdict add?"
    return "Imagine 10,000 applicants, 100 of them members. How many are called members, and how many of those rightly?"


def judge_choice(answer, given):
    if not isinstance(answer, str) or answer not in given:
        return "Answer with one of: " + ", ".join(f'"{name}"' for name in given) + "."
    least = min((area for area, _ in given.values()), key=lambda area: area.value)
    alike = {name: useful for name, (area, useful) in given.items() if area.low <= least.high}
    best = max(alike, key=alike.get)
    if answer == best:
        return None
    if answer not in alike:
        return f"Its AUC of {given[answer][0]} lies above that of others: it leaks more than it must."
    return "Among those that leak least by this attack there is one that is right more often about the unseen."


def swapped(p, y, threshold):
    return -np.log(p[np.arange(len(y)), y]) > threshold


def scores_example():
    rng = np.random.default_rng(0)
    return rng.normal(1, 1, 700), rng.normal(0, 1, 700)


EXERCISES = [
    Exercise(
        "3.1",
        judge_loss,
        hints=("The model says two things at once: how likely diabetes is, and how likely no diabetes is.",
               "The true outcome is no diabetes, with probability 1 - 0.3.",
               "loss = -np.log(...) of that."),
        wrong=-np.log(0.3),
    ),
    Exercise(
        "3.2",
        judge_attack,
        hints=("First the probability of each person's true outcome, then its loss, then one comparison.",
               "p[np.arange(len(y)), y] picks from each row the column that y names.",
               "Members are those with -np.log(...) < threshold."),
        wrong=lambda: swapped,
    ),
    Exercise(
        "3.3",
        judge_tpr,
        hints=("The seven highest-scoring others may be accused, the eighth must not.",
               "np.sort(score_others)[-8] is the eighth highest; call members only those strictly above it.",
               "Then the share: (score_members > threshold).mean()."),
        wrong=lambda: float(np.mean(scores_example()[0] > np.quantile(scores_example()[1], 0.5))),
        given_example=scores_example,
    ),
    Exercise(
        "3.4",
        judge_worth,
        hints=("Of 10,000 applicants 100 are members. tpr of those 100, and fpr of the 9,900, are called members.",
               "The share of true members among all who are called members is asked.",
               "Put 0.01 for the prior into the formula above."),
        wrong=0.85 / (0.85 + 0.57),
        given_example=(0.85, 0.57),
    ),
    Exercise(
        "3.5",
        judge_choice,
        hints=("An AUC of 0.5 is a coin. Which models' intervals reach down to there?",
               "Two models leak so little that their intervals overlap. Which is right more often about the unseen?"),
        wrong="700 patients, 50 epochs",
        given_example=lambda: {"700 patients, 50 epochs": (Interval(0.66, 0.63, 0.69), 0.66),
                               "7,000 patients, 5 epochs": (Interval(0.51, 0.49, 0.53), 0.74)},
    ),
]
