"""The checks of lesson 00."""

import numpy as np

from leaklab.course import Cases, Exercise, choice, close, forms


def judge_advantage(answer, given):
    members, others = (np.mean(np.asarray(right, float)) for right in given)
    if close(answer, members - others, digits=2):
        return None
    if close(answer, others - members):
        return "The sign is turned round: how often the guess is right about a member comes first."
    if close(answer, 100 * (members - others)):
        return "As a share between -1 and 1, please, not in percent."
    if close(answer, members):
        return "That is the true-positive rate alone; take off the false alarms."
    if close(answer, others):
        return "That is the false-positive rate alone: the members come first, and these are taken off."
    if close(answer, np.sum(given[0]) - np.sum(given[1])):
        return "That is a difference of counts; the advantage is one of rates, so divide by how many people there are."
    return "The advantage is the true-positive rate minus the false-positive rate, a number between -1 and 1."


def judge_enough(answer):
    said = choice(answer, ("parameters", "scores", "labels"))
    if said == "labels":
        return None
    return f"It would work with {said}, but with less too: look at what `tree.predict` returned."


def advantages(rng):
    members, others = rng.random(221) < 0.95, rng.random(221) < rng.uniform(0.6, 0.7)
    tpr, fpr = members.mean(), others.mean()
    return Cases(tpr - fpr, (*forms(tpr - fpr), f"{tpr - fpr:.2f}", round(tpr - fpr, 2)),
                 ((fpr - tpr, "sign"), (100 * (tpr - fpr), "percent"), (tpr, "true-positive rate alone"),
                  (fpr, "false-positive rate alone"), (members.sum() - others.sum(), "counts"), (tpr + fpr, "minus"),
                  (members, "an array of 221 values"), (0.03, "minus")),
                 given=(members, others))


EXERCISES = [
    Exercise(
        "0.1",
        judge_advantage,
        ("The guess says 'member' when the tree is right. Of whom is that true, and of whom is it a false alarm?",
         "The mean of an array of True and False is the share of True.",
         "true-positive rate: right_members.mean(); false-positive rate: right_others.mean()."),
        advantages,
    ),
    Exercise(
        "0.2",
        judge_enough,
        ("Read the cell that makes right_members again: what does it ask of the tree?",
         "A comparison of two yes-or-no answers needs no probability."),
        lambda rng: Cases("labels", forms("labels"), (("scores", "work with scores"), ("parameters", "parameters, but"),
                                                      ("yes", 'one of "parameters"'), (0.38, "as a text"))),
    ),
]
