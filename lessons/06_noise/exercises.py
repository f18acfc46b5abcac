"""The checks of lesson 06."""

import numpy as np

from leaklab.course import Cases, Exercise, NotYet, called, close, forms, letters, number, several, whole

TRIES = 900
"""Answers asked for each secret: 3/4 is then known to within 0.05, more than three standard deviations."""


def judge_answer(answer):
    for seed in range(4):  # each as the engine calls a function; the many below at once, for speed
        for secret in (True, False):
            _said(called(answer, secret, np.random.default_rng([seed, secret])))

    def crowd(secret, rng):
        return [_said(answer(secret, rng)) for _ in range(TRIES)]

    said = {secret: np.mean(called(crowd, secret, np.random.default_rng(int(secret)))) for secret in (True, False)}
    yes, no = said[True], said[False]
    if abs(yes - 0.75) < 0.05 and abs(no - 0.25) < 0.05:
        return None
    if yes == 1 and no == 0:
        return "Everybody tells the truth: nobody is protected. Toss the first coin."
    if abs(yes - no) < 0.1:
        return f"Who smoked says yes in {yes:.0%} of cases, who never did in {no:.0%}: then nothing can be learned."
    if abs(yes - 0.25) < 0.05 and abs(no - 0.75) < 0.05:
        return "Turned round: who smoked should say yes in 3 of 4 cases, yours does in 1 of 4."
    if yes == 1 or no == 1:
        return "After tails the second coin must be able to say yes, and no: yours always says yes."
    if yes == 0 or no == 0:
        return "After tails the second coin must be able to say yes, and no: yours always says no."
    return (f"Who smoked says yes in {yes:.0%} of cases, who never did in {no:.0%}; with two fair coins these are 75% "
            "and 25%.")


def _said(one):
    """Whether an answer is "yes"; in any form."""
    if one is True or one is False:
        return one
    if np.ndim(one) or isinstance(one, np.ndarray):
        found = np.asarray(one).ravel().tolist()
        if len(found) != 1:
            raise NotYet(f"It must answer True or False; yours answers {len(found)} things.")
        one = found[0]
    if isinstance(one, str) and one.strip().lower() in ("yes", "no", "true", "false"):
        return one.strip().lower() in ("yes", "true")
    if one is None:
        raise NotYet("On one of its ways your function returns nothing: a return is missing after heads or tails.")
    if isinstance(one, bool | np.bool_ | int | float | np.number) and one in (0, 1):
        return bool(one)
    raise NotYet("It must answer True or False, and nothing else.")


def judge_share(answer, given):
    yes, people = given
    said, keep, lie = yes / people, 0.75, 0.25
    if close(answer, (said - lie) / (keep - lie), digits=2):
        return None
    if close(answer, said):
        return "That is the share of the answers. A quarter of all answers are a yes that the coin gave."
    if close(answer, said - lie):
        return "Nearly: the coin's yes are off. But only half of the people told the truth: divide by 1/2."
    if close(answer, (said - 0.5) / 0.5):
        return "You took off 1/2; the coin says yes in 1/4 of all answers (tails, then heads)."
    if close(answer, (yes - lie * people) / 0.5):
        return "That counts people; the share divides by how many answered."
    if close(answer, said / 0.5 - lie) or close(answer, said / keep):
        return "First take the coin's quarter off the share of yes, then divide by 1/2."
    return "Solve: share of yes = 1/4 + p/2. The share of yes is yes / 1000."


def judge_hundred(answer):
    first, second = several(answer, ("without", "with"))
    without = 100 / (1 + np.exp(2))
    if close(first, without) and close(second, 100 - without):
        return None
    if close(first, 100 - without) and close(second, without):
        return "The two changed places: without the data fewer results point at the person."
    if close(first, without / 100) and close(second, 1 - without / 100):
        return "Those are shares; a patient is told counts of 100."
    if close(second, np.exp(2)) or close(first, np.exp(2)):
        return "e^2 is how much the odds grow. Of 100 results, put it into the two formulas above."
    if close(first, 100 / (1 + np.exp(1))):
        return "Those are the numbers at epsilon 1; asked for is epsilon 2."
    if abs(first + second - 100) > 1.5:
        return "The two add up to 100 here: 100 / (1 + e^2), and the rest."
    return "Without: 100 / (1 + e^epsilon). With: 100 less that."


def judge_scale(answer):
    if close(answer, 4):
        return None
    if close(answer, 2):
        return "That hides one count. A person in both moves two counts by 1 each: the sensitivity is 2."
    if close(answer, 0.25) or close(answer, 0.5):
        return "Upside down: the scale is the sensitivity divided by epsilon; less epsilon, more noise."
    if close(answer, 1):
        return "The scale is the sensitivity divided by epsilon, not times it."
    if close(answer, 8):
        return "Too careful by half: both counts together move by 2, and epsilon 0.5 is for both together."
    return "How far can one person move the two counts together? Divide that by epsilon."


def judge_exact(answer, given):
    given = np.asarray(given, float)
    likely = {round(float(given.mean())), round(float(np.median(given)))}
    found = number(answer)
    if found in likely:
        return None
    if found in given:
        return "That is one of the answers, with the noise of that week in it. You have 52 of them."
    if close(found, given.mean()) or close(found, float(np.median(given))):
        return "That is the mean of noisy answers. People come whole: round it."
    if close(found, given.sum()):
        return "That adds up all weeks; take their mean."
    whole(answer)
    return f"The noise is as often above as below: what do {len(given)} answers have in common? Yours is not it."


def judge_broken(answer, given):
    if isinstance(answer, np.ndarray) and not answer.ndim:
        answer = answer.item()
    said = letters(answer, "".join(given))
    truth = {name for name, audit in given.items() if audit.caught}
    if said == truth:
        return None
    if wrongly := said - truth:
        return f"Nothing is proven against {', '.join(sorted(wrongly))}: what is proven stays below the promised 1."
    return "There are more who break their word: compare each proven epsilon with the promised 1."


class Heard:
    """As much of an audit's result as the judge looks at."""

    def __init__(self, caught):
        self.caught = caught


def coins(secret, rng):
    return secret if rng.random() < 0.5 else rng.random() < 0.5


def answers(rng):
    def one_draw(secret, rng):
        place = rng.random()
        return place < 0.75 if secret else place < 0.25

    def lying(secret, rng):
        return secret if rng.random() < 0.75 else not secret

    return Cases(coins, (*forms(coins), one_draw, lying, lambda secret, rng: "yes" if coins(secret, rng) else "no",
                         lambda secret, rng: bool(rng.choice([secret, secret, True, False]))),
                 ((lambda secret, rng: secret, "tells the truth"),
                  (lambda secret, rng: rng.random() < 0.5, "nothing can be learned"),
                  (lambda secret, rng: secret if rng.random() < 0.5 else not secret, "nothing can be learned"),
                  (lambda secret, rng: secret or rng.random() < 0.5, "always says yes"),
                  (lambda secret, rng: not coins(secret, rng), "Turned round"),
                  (lambda secret, rng: print(secret), "returns nothing"),
                  (lambda secret: secret, "must take 2 arguments")))


def shares(rng):
    people = int(rng.integers(500, 2000))
    yes = int(people * rng.uniform(0.36, 0.44))
    truth = (yes / people - 0.25) / 0.5
    return Cases(truth, (*forms(truth), f"{truth:.3f}", round(truth, 2)),
                 ((yes / people, "share of the answers"), (yes / people - 0.25, "divide by 1/2"),
                  ((yes / people - 0.5) / 0.5, "took off 1/2"), (2 * (yes - people / 4), "counts people"),
                  ("none", "A number is wanted")), given=(yes, people))


def hundreds(rng):
    without = 100 / (1 + np.exp(2))
    pair = (without, 100 - without)
    return Cases(pair, (*forms(pair), (12, 88), [11.9, 88.1], "12, 88", {"without": 12, "with": 88}),
                 ((pair[::-1], "changed places"), ((without / 100, 1 - without / 100), "counts of 100"),
                  ((1, np.exp(2)), "odds grow"), ((26.9, 73.1), "at epsilon 1"),
                  (12, "two numbers"), ((12, 50), "add up to 100")))


def scales(rng):
    return Cases(4, forms(4), ((2, "sensitivity is 2"), (0.25, "Upside down"), (1, "not times it"),
                               (8, "Too careful"), (3, "How far"), ("many", "A number is wanted")))


def years(rng):
    truth = int(rng.integers(60, 180))
    weekly = truth + rng.laplace(0, 1, 52)
    exact = round(float(weekly.mean()))
    return Cases(exact, (*forms(exact)[:7], float(exact), str(exact)),
                 ((float(weekly.mean()), "People come whole"), (float(weekly[0]), "one of the answers"),
                  (float(weekly.sum()), "take their mean"), (exact + 20, "as often above as below"),
                  (weekly, "an array of 52 values")), given=weekly)


def guilty(rng):
    broken = rng.permutation(4) < 2
    given = {name: Heard(bool(flag)) for name, flag in zip("ABCD", broken, strict=True)}
    truth = {name for name, audit in given.items() if audit.caught}
    honest = set(given) - truth
    return Cases(truth, (*forms(truth), "".join(sorted(truth))),
                 ((honest, "Nothing is proven against"), (set(sorted(truth)[:1]), "There are more"),
                  (set(), "There are more"), (set(given), "Nothing is proven against"), ("E", "Answer with one of")),
                 given=given)


EXERCISES = [
    Exercise(
        "6.1",
        judge_answer,
        ("An if with the first coin: what is returned for heads?",
         "if rng.random() < 0.5: return secret",
         "Otherwise a new coin answers, whatever the secret is: return rng.random() < 0.5"),
        answers,
    ),
    Exercise(
        "6.2",
        judge_share,
        ("The share of yes is 1/4 + p/2. What is p?",
         "Take 1/4 off, then divide by 1/2.",
         "(yes / 1000 - 0.25) / 0.5"),
        shares,
    ),
    Exercise(
        "6.3",
        judge_hundred,
        ("Put epsilon 2 into both formulas.", "np.exp(2) is about 7.4.", "100 / (1 + np.exp(2)), and 100 minus that."),
        hundreds,
    ),
    Exercise(
        "6.4",
        judge_scale,
        ("The scale is sensitivity / epsilon.",
         "The sensitivity is how far one person can move the whole answer: add up both counts."),
        scales,
    ),
    Exercise(
        "6.5",
        judge_exact,
        ("The noise has the mean 0. What happens to it in a mean of 52 answers?",
         "weekly.mean() is near the truth; a count is a whole number.",
         "round(weekly.mean())"),
        years,
    ),
    Exercise(
        "6.6",
        judge_broken,
        ("A promise is broken when the proven epsilon is above the promised one.",
         "Read the four lines above: whose number is above 1?"),
        guilty,
    ),
]
