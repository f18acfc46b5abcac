"""The checks of lesson 01."""

import numpy as np

from leaklab.course import Exercise
from leaklab.metrics import Rate


def judge_step(answer, given):
    start, p, slope, step_size = (np.asarray(part, float) for part in given)
    answer = np.asarray(answer, float)
    if answer.size != start.size:
        return f"The next image has {start.size} pixels, as the one before; yours has {answer.size}."
    answer = answer.reshape(start.shape)
    if np.allclose(answer, np.clip(start + step_size * p * slope, 0, 1), atol=1e-6):
        return None
    if np.allclose(answer, np.clip(start - step_size * p * slope, 0, 1), atol=1e-6):
        return "That goes the wrong way: the cost is 1 - p, so down with the cost is up with p."
    if any(np.allclose(answer, image, atol=1e-6) for image in (start + step_size * slope,
                                                               np.clip(start + step_size * slope, 0, 1))):
        return "That is a step along the gradient of log p. MI-Face climbs p itself: how do the two gradients differ?"
    if answer.min() < 0 or answer.max() > 1:
        return "Pixels must stay between 0 and 1: np.clip does that."
    return "Start from grey, add step_size times the gradient of p, and clip to 0..1."


def judge_refusal(answer):
    if not isinstance(answer, str):
        return "The answer is the message that the cell catches: call mi_face(guarded, ...) inside the try."
    if "GRADIENTS" in answer and "SCORES" in answer:
        return None
    return f"The attack stopped for another reason: {answer[:120]} Call it as mi_face(guarded, [0])."


def judge_beyond(answer, given):
    face, person, average = (np.asarray(image, float) for image in given)
    answer = float(np.asarray(answer, float).reshape(()))
    if np.isclose(answer, correlation(face - average, person - average), atol=1e-4):
        return None
    if np.isclose(answer, correlation(face, person), atol=1e-4):
        return "That is the plain correlation, and it flatters: take the average face away from both first."
    if any(np.isclose(answer, correlation(*pair), atol=1e-4)
           for pair in ((face - average, person), (face, person - average))):
        return "Take the average away from both pictures, not from one."
    return "A correlation of two differences is wanted: of the face and of the person, each less the average."


def correlation(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def judge_bar(answer):
    if not isinstance(answer, int | float | np.number) or answer != int(answer) or not 0 <= answer <= 12:
        return "Answer with a whole number of right answers, 0 to 12."
    answer, chance = int(answer), 1 / 6
    found = Rate(answer, 12)
    if found.low <= chance:
        luck = " That is what guessing gets on average." if answer == 2 else ""
        return f"{answer} of 12 is {found}: the interval reaches down to chance, {chance:.2f}.{luck}"
    if answer > 0 and Rate(answer - 1, 12).low > chance:
        return f"{answer} of 12 is {found}: that is no luck, but fewer right answers would do."
    return None


def judge_penalties(answer, given):
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return "Two penalties are wanted: the surest first, then the most alike."
    for said, measured, word in zip(answer, given, ("sure", "alike"), strict=True):
        if not isinstance(said, int | float | np.number) or said not in measured:
            return f"Answer with penalties, some of {', '.join(f'{penalty:g}' for penalty in measured)}."
        if measured[said] < max(measured.values()):
            return f"The faces of penalty {said:g} are not the most {word}; look at every value of `{word}`."
    return None


EXERCISES = [
    Exercise(
        "1.1",
        judge_step,
        hints=("Down with 1 - p is up with p: add something to grey.",
               "The chain rule: the gradient of p is p times the gradient of log p.",
               "np.clip(grey + step_size * p * slope, 0, 1)"),
        wrong=lambda: np.clip(0.5 + np.eye(4), 0, 1),
        given_example=lambda: (np.full((4, 4), 0.5), 0.1, np.eye(4), 1.0),
    ),
    Exercise(
        "1.2",
        judge_refusal,
        hints=("Call the attack as before, with `guarded` in the place of the model.",
               "mi_face(guarded, [0])"),
        wrong="access=<Model>: must be an access object.",
    ),
    Exercise(
        "1.3",
        judge_beyond,
        hints=("Make two difference pictures first: face - average, and person - average.",
               "np.corrcoef wants flat arrays (.ravel()) and gives a 2 x 2 table; the number is at [0, 1].",
               "np.corrcoef((face - average).ravel(), (person - average).ravel())[0, 1]"),
        wrong=lambda: correlation(*_three_faces()[:2]),
        given_example=lambda: _three_faces(),
    ),
    Exercise(
        "1.4",
        judge_bar,
        hints=("Try them in order: Rate(0, 12).low, Rate(1, 12).low, ... until one is above 1/6.",
               "next(k for k in range(13) if ...) finds the first k."),
        wrong=2,
    ),
    Exercise(
        "1.5",
        judge_penalties,
        hints=("`sure` and `alike` are dicts from penalty to mean; the question is which key has the largest value.",
               "max(sure, key=sure.get) gives the key of the largest value."),
        wrong=(0.0, 0.0),
        given_example=({0.0: 0.99, 0.01: 0.97}, {0.0: 0.6, 0.01: 0.7}),
    ),
]


def _three_faces():
    """A face, a person and an average that have much in common, for the test of the judge."""
    rng = np.random.default_rng(0)
    average = rng.random((8, 8))
    return average + 0.1 * rng.random((8, 8)), average + 0.1 * rng.random((8, 8)), average
