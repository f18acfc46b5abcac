"""The checks of lesson 04."""

import numpy as np
from scipy.stats import norm

from leaklab.course import Exercise
from leaklab.metrics import Interval

LIMIT = 0.70


def ratio(target, inside, outside):
    return norm.logpdf(target, inside.mean(), inside.std()) - norm.logpdf(target, outside.mean(), outside.std())


def judge_ratio(answer):
    if not callable(answer):
        return "Write it as a function: log_ratio(target, inside, outside)."
    rng = np.random.default_rng(4)
    for _ in range(4):
        inside, outside, target = rng.normal(2, 1, 30), rng.normal(-1, 2, 34), rng.normal(1, 2)
        said, true = float(answer(target, inside, outside)), ratio(target, inside, outside)
        if np.isclose(said, true, rtol=1e-6):
            continue
        if np.isclose(said, -true):
            return "Turned round: the world *with* the person belongs above the fraction bar."
        if np.isclose(said, np.exp(true)):
            return "That is the ratio itself; its logarithm is asked."
        if np.isclose(said, true - np.log(outside.std() / inside.std())):
            return "The squares are right. Each curve also has its height: keep the logarithms of the deviations."
        if np.isclose(said, true - 2 * np.log(outside.std() / inside.std())):
            return "The squares are right; the logarithm of the deviations has the wrong sign."
        if np.isclose(said, true, rtol=0.15):
            return "Close. Which deviation did you take? Plain .std(), without ddof."
        return f"For a target at {target:.2f} it gives {said:.2f}; the formula gives {true:.2f}."
    return None


def judge_luck(answer):
    if np.isclose(answer, 70):
        return None
    if np.isclose(answer, 0.05) or np.isclose(answer, 5):
        return "That is the share. How many people is it?"
    if np.isclose(answer, 0):
        return "A p-value below 0.05 happens without a reason too: that is what the 0.05 says."
    return "Without any leak a p-value lies below 0.05 with a probability of at most 0.05; and there are 1,400 of them."


def judge_age(answer, given):
    truth = "more" if given.low > 0 else "less" if given.high < 0 else "not shown"
    if answer == truth:
        return None
    if answer not in ("more", "less", "not shown"):
        return 'Answer with "more", "less" or "not shown".'
    return f"The difference, under 35 minus older, is {given}. On which side of 0 does the whole interval lie?"


def judge_bayes(answer, given):
    before, says = (np.asarray(part, float) for part in given)
    answer = np.asarray(answer)
    if answer.shape != (len(before),):
        return f"A guess, 0 or 1, is wanted for each of {len(before)} people; yours has shape {answer.shape}."
    if np.array_equal(answer, (before * says).argmax(axis=1)):
        return None
    for other, word in ((says, "the model alone; what was known before it counts too"),
                        (before, "what was known before the model; nothing was learnt from it"),
                        (before + says, "the sum. Bayes' rule multiplies"),
                        (-before * says, "the less likely answer")):
        if np.array_equal(answer, other.argmax(axis=1)):
            return f"That is {word}."
    return "Multiply the two tables, place by place, and take the column of the larger product in each row."


def worst(groups):
    return max(groups, key=lambda name: groups[name].high)


def judge_release(answer, given):
    after, useful = given
    if not isinstance(answer, str) or answer not in after:
        return "Answer with one of: " + ", ".join(f'"{name}"' for name in after) + "."
    keeps = [name for name in after if after[name][worst(after[name])].high <= LIMIT]
    if answer not in keeps:
        group = worst(after[answer])
        return f"There the group \"{group}\" has an AUC of {after[answer][group]}: its upper end passes {LIMIT:.2f}."
    if useful[answer] < max(useful[name] for name in keeps):
        return "It keeps the rule, but so does a more useful one."
    return None


def upside_down(target, inside, outside):
    return ratio(target, outside, inside)


def some_settings():
    def groups(*values):
        return {name: Interval(value, value - 0.02, value + 0.02)
                for name, value in zip(("healthy", "ill"), values, strict=True)}

    after = {"as it was": groups(0.6, 0.98), "more people": groups(0.51, 0.65), "short": groups(0.50, 0.53)}
    return after, {"as it was": 0.72, "more people": 0.82, "short": 0.79}


def _two_tables():
    """A prior and a model's answers that disagree for some, for the test of the judge."""
    rng = np.random.default_rng(0)
    return rng.dirichlet([1, 1], 50), rng.random((50, 2))


EXERCISES = [
    Exercise(
        "4.1",
        judge_ratio,
        hints=("How many deviations is the target from each hump's middle? (target - inside.mean()) / inside.std().",
               "Each hump gives minus half of that square, minus the logarithm of its deviation.",
               "In minus out. (Or scipy.stats.norm.logpdf(target, mean, deviation), twice.)"),
        wrong=lambda: upside_down,
    ),
    Exercise(
        "4.2",
        judge_luck,
        hints=("A p-value below 0.05 comes up by luck in at most 5 of 100 people.",
               "And how many of 1,400?"),
        wrong=0.05,
    ),
    Exercise(
        "4.3",
        judge_age,
        hints=("The line printed is: AUC under 35, minus AUC of the older, with its 95% interval.",
               "An interval that holds 0 shows no difference. Below 0: the first group is less exposed."),
        wrong="more",
        given_example=Interval(-0.13, -0.16, -0.09),
    ),
    Exercise(
        "4.4",
        judge_bayes,
        hints=("Bayes' rule needs no denominator here: only which of two products is larger.",
               "before * says is a table of 1,400 rows and two columns; argmax(axis=1) names the larger column."),
        wrong=lambda: _two_tables()[1].argmax(axis=1),
        given_example=lambda: _two_tables(),
    ),
    Exercise(
        "4.5",
        judge_release,
        hints=("after[name] holds the AUC of each group, with .low and .high.",
               "Strike out every setting in which a group's .high is above 0.70.",
               "Of the settings left, useful says which is the most useful."),
        wrong="as it was",
        given_example=some_settings,
    ),
]
