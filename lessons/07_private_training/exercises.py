"""The checks of lesson 07."""

import numpy as np

from leaklab.course import Exercise


def judge_belief(answer):
    if np.isclose(answer, 0.01 * np.e / (0.99 + 0.01 * np.e), atol=1e-4):
        return None
    if np.isclose(answer, 0.01 * np.e, atol=1e-4):
        return "Close, but e^epsilon multiplies the odds, not the probability. At a prior of 50% you would pass 100%."
    if np.isclose(answer, 0.01 * np.e / 0.99, atol=1e-5):
        return "These are the odds after the release. Turn them back into a probability: odds / (1 + odds)."
    return "Prior odds 0.01 / 0.99, times e^1, then back to a probability: between 0 and 1, to four decimals."


def judge_clip(answer, given):
    gradients, limit = np.asarray(given[0], float), given[1]
    before = gradients.copy()
    clipped = np.asarray(answer(gradients, limit), float)
    if not np.array_equal(gradients, before):
        return "The gradients you were given have changed. Return new ones, and leave those alone."
    if clipped.shape != gradients.shape:
        return f"The gradients came as {gradients.shape} and went as {clipped.shape}: one row an example, in and out."
    norms, after = np.linalg.norm(gradients, axis=1), np.linalg.norm(clipped, axis=1)
    if (after > limit * (1 + 1e-6)).any():
        return f"A row of length {after.max():.3g} is left; the limit is {limit:g}. Each row has a length of its own."
    if not np.allclose(clipped[norms <= limit], gradients[norms <= limit]):
        return "Rows that were short enough must stay as they were: clipping never lengthens or shortens those."
    if not np.allclose(clipped, gradients * np.minimum(1, limit / norms)[:, None], atol=1e-6):
        return "The lengths are within the limit, but a direction has turned. Scale the whole row by one number."
    return None


def judge_noise(answer):
    on_sum, on_mean = (float(part) for part in answer)
    if np.isclose(on_sum, 0.55) and np.isclose(on_mean, 0.55 / 256):
        return None
    if np.isclose(on_sum, 1.1):
        return "The noise multiplier counts in clipping norms; here one is 0.5."
    if np.isclose(on_sum, 0.55) and np.isclose(on_mean, 0.55 / 16):
        return "The noise is added once, to the sum, not once an example: dividing by 256 divides all of it by 256."
    if np.isclose(on_sum, 0.55):
        return "The first is right. The update is the noisy sum divided by the expected batch size."
    return "Two numbers: the standard deviation on the sum of the clipped gradients, and on that sum divided by 256."


def judge_plan(answer):
    reasons = {
        "a": "Clipping works on each example alone. It does not mind how the batch came together.",
        "b": "Fresh noise was drawn in each step, shuffled or not.",
        "d": "Shuffling does hide something, but less can be proved, and this accountant does not compute it.",
    }
    if answer == "c":
        return None
    return reasons.get(answer, 'Answer with one letter: "a", "b", "c" or "d".')


def allowed(epsilons, accuracy, attack):
    """The epsilons that keep the rule of the exercise."""
    return [e for e, right, auc in zip(epsilons, accuracy, attack, strict=True)
            if np.isfinite(e) and right.low >= 0.70 and auc.high <= 0.53]


def judge_release(answer, given):
    epsilons, accuracy, attack = given
    good = allowed(epsilons, accuracy, attack)
    if isinstance(answer, (int, float)) and answer == min(good):
        return None
    if answer not in epsilons:
        return f"Choose one of the epsilons that were run: {', '.join(f'{e:g}' for e in epsilons)}."
    if np.isinf(answer):
        return "Without privacy there is no guarantee to release under."
    here = list(epsilons).index(answer)
    if accuracy[here].low < 0.70:
        return f"Its accuracy is {accuracy[here]}: the lower end of the interval is below 0.70."
    if answer not in good:
        return f"The attack's AUC is {attack[here]}: the upper end of the interval is above 0.53."
    return "It keeps the rule, but so does a smaller epsilon, which promises more."


def unclipped(gradients, limit):
    return gradients * limit / np.linalg.norm(gradients)


def some_runs():
    from leaklab.metrics import Interval, Rate

    attack = [Interval(low + 0.02, low, low + 0.04) for low in (0.62, 0.51, 0.48, 0.47)]
    return (np.inf, 8, 2, 0.5), [Rate(700, 1000), Rate(760, 1000), Rate(750, 1000), Rate(600, 1000)], attack


EXERCISES = [
    Exercise(
        "6.1",
        judge_belief,
        hints=("Odds are p / (1 - p): 1% is 1 to 99.",
               "Multiply the odds by e^epsilon = 2.718...",
               "odds = 0.01 / 0.99 * np.exp(1); the answer is odds / (1 + odds)."),
        wrong=0.01 * np.e,
    ),
    Exercise(
        "6.2",
        judge_clip,
        hints=("np.linalg.norm(gradients, axis=1) is the length of each row.",
               "A row longer than the limit is multiplied by limit / length; the others by 1.",
               "np.minimum(1, limit / lengths), and [:, None] to multiply row by row."),
        wrong=lambda: unclipped,
        given_example=(np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 2.0]]), 1.0),
    ),
    Exercise(
        "6.3",
        judge_noise,
        hints=("The noise multiplier says how many clipping norms one standard deviation is.",
               "Dividing a random number by 256 divides its standard deviation by 256."),
        wrong=(1.1, 1.1 / 256),
    ),
    Exercise(
        "6.4",
        judge_plan,
        hints=("Read again how a record comes into a batch in the accountant's world, and how in the colleague's.",
               "In a shuffled epoch a record is in exactly one batch: it can count on being used. With Poisson batches "
               "it may be in none or in several, and nobody outside knows."),
        wrong="b",
    ),
    Exercise(
        "6.5",
        judge_release,
        hints=("Print epsilon, accuracy and auc of each of runs.patients, a line each.",
               "Strike out every line whose accuracy.low is below 0.70, or whose auc.high is above 0.53.",
               "Of the lines that are left, the smallest epsilon promises most."),
        wrong=8,
        given_example=some_runs,
    ),
]
