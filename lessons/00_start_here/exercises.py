"""The checks of lesson 00."""

import numpy as np

from leaklab.course import Exercise


def judge_advantage(answer, given):
    right_members, right_others = given
    truth = np.mean(right_members) - np.mean(right_others)
    if np.isclose(answer, truth):
        return None
    if np.isclose(answer, -truth):
        return "The sign is turned round: how often the guess is right about a member comes first."
    if np.isclose(answer, np.mean(right_members)):
        return "That is the true-positive rate alone; take off the false alarms."
    return "The advantage is the true-positive rate minus the false-positive rate, a number between -1 and 1."


def judge_enough(answer):
    if answer == "labels":
        return None
    if answer in ("scores", "parameters"):
        return f"It would work with {answer}, but with less too: look at what `tree.predict` returned."
    return 'Answer with one of "parameters", "scores", "labels".'


EXERCISES = [
    Exercise(
        "0.1",
        judge_advantage,
        hints=("The guess says 'member' when the tree is right. Of whom is that true, and of whom is it a false alarm?",
               "The mean of an array of True and False is the share of True.",
               "true-positive rate: right_members.mean(); false-positive rate: right_others.mean()."),
        wrong=1.0,
        given_example=([True, True, True, True], [True, True, False, False]),
    ),
    Exercise(
        "0.2",
        judge_enough,
        hints=("Read the cell that makes right_members again: what does it ask of the tree?",
               "A comparison of two yes-or-no answers needs no probability."),
        wrong="scores",
    ),
]
