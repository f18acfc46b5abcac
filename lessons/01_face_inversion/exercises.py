"""The checks of lesson 01."""

import numpy as np

from leaklab.course import Cases, Exercise, array_like, called, choice, close, forms, number, several, whole
from leaklab.metrics import Rate

CHANCE = 1 / 6


def judge_step(answer):
    rng = np.random.default_rng(1)
    for step_size in (1.0, 40.0):  # after the short step every pixel is within 0..1 anyway, after the long one is not
        image, slope, p = rng.random((4, 6)), rng.normal(size=(4, 6)), rng.uniform(0.02, 0.05)
        said = array_like(called(answer, image, p, slope, step_size), image.shape, what="the next image")
        raw = image + step_size * p * slope
        if np.allclose(said, np.clip(raw, 0, 1), atol=1e-5):
            continue
        for slip, why in (
                (raw, "Pixels must stay between 0 and 1, also after a long step: np.clip does that."),
                (image - step_size * p * slope, "That goes the wrong way: down with the cost 1 - p is up with p."),
                (image + step_size * slope, "That is a step along the gradient of log p. MI-Face climbs p itself: how "
                                            "do the two gradients differ?"),
                (image + p * slope, "How long is the step? Multiply by step_size."),
                (step_size * p * slope, "That is the change alone: add it to the image.")):
            if np.allclose(said, slip, atol=1e-5) or np.allclose(said, np.clip(slip, 0, 1), atol=1e-5):
                return why
        return "Start from the image, add step_size times the gradient of p, and clip to 0..1."
    return None


def walked(slope_of, image, person, steps, step_size, *, low=0.0, high=1.0, sign=1, fresh=True):
    """The image after so many steps of MI-Face; with a usual slip, where one is asked for."""
    p, slope = slope_of(image, person)
    for _ in range(steps):
        image = np.clip(image + sign * step_size * p * slope, low, high)
        if fresh:
            p, slope = slope_of(image, person)
    return image


def judge_climb(answer, given):
    slope_of, image = given
    for steps, step_size in ((3, 1.0), (4, 60.0)):  # with short steps no pixel needs the clipping
        case = (image, 1, steps, step_size)
        said = array_like(called(answer, *case), np.shape(image), what="the image after all steps")
        if np.allclose(said, walked(slope_of, *case), atol=1e-4):
            continue
        free = walked(slope_of, *case, low=-np.inf, high=np.inf)
        for slip, why in (
                (walked(slope_of, image, 1, 1, step_size), "That is one step. Is the return inside the loop?"),
                (walked(slope_of, *case, fresh=False), "The slope is that of the first image: ask for it anew in each "
                                                       "step."),
                (free, "Pixels must stay between 0 and 1 after each step."),
                (np.clip(free, 0, 1), "Clip after each step, not only at the end."),
                (walked(slope_of, image, 1, steps - 1, step_size), "One step too few."),
                (walked(slope_of, image, 1, steps + 1, step_size), "One step too many."),
                (walked(slope_of, image, 0, steps, step_size), "That climbs towards person 0 whoever is asked for."),
                (walked(slope_of, *case, sign=-1), "That goes away from the person: add the step.")):
            if np.allclose(said, slip, atol=1e-4):
                return why
        return f"After {steps} steps of size {step_size:g} the picture is another. Is each step that of Exercise 1.1?"
    return None


def judge_beyond(answer, given):
    face, person, average = (np.asarray(image, float) for image in given)
    shape = shape_of(answer)
    if shape == (2, 2):
        return "That is the whole table that np.corrcoef gives; the number stands at [0, 1]."
    if shape in (face.shape, (face.size,)):
        return "That is a picture. Correlate the two difference pictures: one number is wanted."
    if close(answer, correlation(face - average, person - average), digits=2):
        return None
    if close(answer, correlation(face, person)):
        return "That is the plain correlation, and it flatters: take the average face away from both first."
    if any(close(answer, correlation(*pair)) for pair in ((face - average, person), (face, person - average))):
        return "Take the average away from both pictures, not from one."
    if abs(number(answer)) > 1:
        return "A correlation lies between -1 and 1; this is something else, perhaps a sum, or a percentage."
    return "A correlation of two differences is wanted: of the face and of the person, each less the average."


def shape_of(answer):
    try:
        return np.shape(answer)
    except ValueError:  # rows of unequal length
        return None


def correlation(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def judge_bar(answer):
    right = whole(answer, high=12)
    found = Rate(right, 12)
    if found.low <= CHANCE:
        luck = " That is what guessing gets on average." if right == 2 else ""
        return f"{right} of 12 is {found}: the interval reaches down to chance, {CHANCE:.2f}.{luck}"
    if Rate(right - 1, 12).low > CHANCE:
        return f"{right} of 12 is {found}: that is no luck, but fewer right answers would do."
    return None


def judge_penalties(answer, given):
    said = [choice(part, given[0]) for part in several(answer, ("the surest", "the most alike"))]
    best = [max(measured, key=measured.get) for measured in given]
    if said == best:
        return None
    if said == best[::-1]:
        return "The two have changed places: the surest first, then the most alike."
    for mine, measured, word in zip(said, given, ("sure", "alike"), strict=True):
        if measured[mine] < max(measured.values()):
            return f"The faces of penalty {mine:g} are not the most {word}; look at every value of `{word}`."
    return None


def stepped(image, p, slope, step_size):
    return np.clip(image + step_size * p * slope, 0, 1)


def step_cases(rng):
    return Cases(stepped, (
        *forms(stepped), lambda x, p, g, s: np.minimum(np.maximum(x + s * (p * g), 0), 1),
        lambda x, p, g, s: [[min(max(a + s * p * b, 0.0), 1.0) for a, b in zip(*rows, strict=True)]
                            for rows in zip(x, g, strict=True)]), (
        (lambda x, p, g, s: x + s * p * g, "between 0 and 1"), (lambda x, p, g, s: x - s * p * g, "wrong way"),
        (lambda x, p, g, s: np.clip(x - s * p * g, 0, 1), "wrong way"),
        (lambda x, p, g, s: np.clip(x + s * g, 0, 1), "gradient of log p"),
        (lambda x, p, g, s: np.clip(x + p * g, 0, 1), "step_size"), (lambda x, p, g, s: s * p * g, "change alone"),
        (lambda x, p, g, s: print(x + s * p * g), "must return it"), (lambda x, p, g, s: p, "one number"),
        (lambda x, p, g, s: x.__iadd__(s * p * g).clip(0, 1), "changes what it is given"),
        (rng.random((4, 6)), "the function itself"), (lambda x: x, "must take 4 arguments")))


def climb_cases(rng):
    weights = rng.normal(size=(12, 3))

    def slope_of(image, person):
        p = np.exp(np.ravel(image) @ weights)
        p /= p.sum()
        return p[person], (weights[:, person] - weights @ p).reshape(np.shape(image))

    def slip(**how):
        return lambda *case: walked(slope_of, *case, **how)

    def recursive(x, k, n, s):
        return x if n == 0 else recursive(np.clip(x + s * np.prod(slope_of(x, k)[:1]) * slope_of(x, k)[1], 0, 1), k,
                                          n - 1, s)

    free = slip(low=-np.inf, high=np.inf)
    return Cases(slip(), (*forms(slip()), recursive), (
        (lambda x, k, n, s: walked(slope_of, x, k, 1, s), "return inside the loop"), (slip(fresh=False), "anew"),
        (free, "between 0 and 1"), (lambda x, k, n, s: walked(slope_of, x, k, n - 1, s), "too few"),
        (slip(sign=-1), "away from"), (lambda x, k, n, s: walked(slope_of, x, 0, n, s), "person 0"),
        (lambda x, k, n, s: None, "must be a return"),
        (lambda x, k, n, s: unknown(x), "not defined"),  # noqa: F821
        (lambda x, k, n, s: slope_of(x, k), "is wanted"), (np.zeros((3, 4)), "the function itself")),
        given=(slope_of, np.full((3, 4), 0.5)))


def beyond_cases(rng):
    """A face, a person and an average that have much in common."""
    average = rng.random((8, 8))
    face, person = average + 0.3 * rng.random((8, 8)), average + 0.3 * rng.random((8, 8))
    person += face - average
    away, towards = face - average, person - average
    truth = correlation(away, towards)
    return Cases(truth, (*forms(truth), round(truth, 2), np.corrcoef([away.ravel(), towards.ravel()])[1, 0]), (
        (np.corrcoef(away.ravel(), towards.ravel()), "whole table"), (correlation(face, person), "plain correlation"),
        (correlation(away, person), "not from one"), (correlation(face, towards), "not from one"),
        (away, "a picture"), (100 * truth, "between -1 and 1"), (-truth, "each less the average"),
        ("high", "A number is wanted")), given=(face, person, average))


def penalty_cases(rng):
    penalties = [0.0, 0.001, 1.0]
    sure = dict(zip(penalties, (0.99, 0.98, rng.uniform(0.3, 0.6)), strict=True))
    alike = dict(zip(penalties, (rng.uniform(0.6, 0.7), 0.74, 0.5), strict=True))
    return Cases((0.0, 0.001), forms((0.0, 0.001)), (
        ((0.001, 0.0), "changed places"), ((0.0, 0.0), "not the most alike"), ((1.0, 0.001), "not the most sure"),
        (0.001, "two numbers"), ((0.0, 0.5), "one of 0, 0.001, 1"), ((0.99, 0.74), "one of 0, 0.001, 1"),
        ("the first", 'the text "the"')), given=(sure, alike))


EXERCISES = [
    Exercise(
        "1.1",
        judge_step,
        ("Down with 1 - p is up with p: add something to the image.",
         "The chain rule: the gradient of p is p times the gradient of log p.",
         "return np.clip(image + step_size * p * slope, 0, 1)"),
        step_cases,
    ),
    Exercise(
        "1.2",
        judge_climb,
        ("for _ in range(steps): ask slope_by_hand for p and slope of the image as it is now, then step.",
         "p, slope = slope_by_hand(image, person), then the line of Exercise 1.1; image is the new one.",
         "The return stands after the loop, not in it."),
        climb_cases,
    ),
    Exercise(
        "1.3",
        judge_beyond,
        ("Make two difference pictures first: face - average, and person - average.",
         "np.corrcoef wants flat arrays (.ravel()) and gives a 2 x 2 table; the number is at [0, 1].",
         "np.corrcoef((face - average).ravel(), (person - average).ravel())[0, 1]"),
        beyond_cases,
    ),
    Exercise(
        "1.4",
        judge_bar,
        ("Try them in order: Rate(0, 12).low, Rate(1, 12).low, ... until one is above 1/6.",
         "next(k for k in range(13) if ...) finds the first k."),
        lambda rng: Cases(6, forms(6), ((2, "guessing gets on average"), (5, "reaches down to chance"), (3, "3 of 12"),
                                        (7, "fewer right answers would do"), (0.5, "whole number"), (13, "0 to 12"))),
    ),
    Exercise(
        "1.5",
        judge_penalties,
        ("`sure` and `alike` are dicts from penalty to mean; the question is which key has the largest value.",
         "max(sure, key=sure.get) gives the key of the largest value."),
        penalty_cases,
    ),
]
