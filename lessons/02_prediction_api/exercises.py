"""The checks of lesson 02."""

from types import SimpleNamespace

import numpy as np

from leaklab.attacks import antithetic_gradient
from leaklab.course import Cases, Exercise, NotYet, array_like, called, close, forms, whole
from leaklab.metrics import Rate
from leaklab.server import Detector

BUDGET = 5000
"""Queries of a key in exercise 2.2."""


def judge_slope(answer, given):
    plus, minus, u, sigma = (np.asarray(part, float) for part in given)
    answer = array_like(answer, u.shape[1:], what="one number for each eigenface")
    right = antithetic_gradient(plus, minus, u, sigma)
    if near(answer, right):
        return None
    m, twice = len(u), 2 * float(sigma)
    slips = {-1: "That points downhill: take minus away from plus.",
             twice: "The direction is right, the length is not: divide by 2 * sigma, the way between the two sides.",
             2: "You divide by sigma alone; the two sides are 2 * sigma apart.",
             twice ** 2 / 4: "You multiply by sigma / 2 or leave out half of 2 * sigma: divide by 2 * sigma.",
             m: "That is the sum over the pairs: the formula takes their mean, 1/m.",
             m * twice: "That is the sum of (plus - minus) * u: both divisions are missing, by m and by 2 * sigma.",
             0.5: "Half of what it should be: m is the number of pairs, not of questions."}
    for factor, slip in slips.items():
        if near(answer, factor * right):
            return slip
    if near(answer, (plus / (m * twice)) @ u):
        return "That looks to one side only: compare plus with minus."
    return "Weigh each direction (a row of u) by what it brought, (plus - minus) / (2 sigma), and take the mean."


def near(answer, right):
    return np.linalg.norm(answer - right) <= 0.01 * np.linalg.norm(right)


def judge_finished(answer, given):
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise NotYet("A pair is wanted: the finished result, and the number of keys.")
    found, keys = results_in(answer[0]), whole(answer[1], low=1)
    if not all(one.complete for one in found):
        return "The attack is not complete: call resume(another_key()) until it is, each time on the last result."
    missing = set(np.asarray(given.people).tolist()) - {who for one in found for who in np.asarray(one.people).tolist()}
    if missing:
        return f"Of {len(given.people)} people {len(missing)} are missing."
    if len(found) == 1 and not alike(found[0].images, given.images):
        return "These are not the faces of the uninterrupted attack: was it resumed, or begun again?"
    needed = sum(-(-one.queries // BUDGET) for one in found)
    if keys == needed:
        return None
    if keys == 1:
        return ("The faces are there, and one key cannot have paid for them. Did a second run of your cell begin with "
                "the finished result? Run the cell with `partial = ...` again, then yours.")
    if keys == needed - 1:
        return f"You count {keys} keys: the first one, which `partial` was found with, counts too."
    total = sum(one.queries for one in found)
    return f"The faces are there. {total:,} queries at {BUDGET:,} a key: how many keys are that? You count {keys}."


def alike(images, others):
    return np.shape(images) == np.shape(others) and np.allclose(images, others, atol=1e-3)


def results_in(answer):
    """One result, or several, each of some of the people."""
    found = list(answer) if isinstance(answer, list | tuple) else [answer]
    if not found or not all(hasattr(one, "complete") and hasattr(one, "people") for one in found):
        raise NotYet("The first of the pair must be what the attack returned, or a list of that.")
    return found


def judge_wiser(answer, given):
    stage, believed = given
    if isinstance(answer, list | tuple) and len(answer) == 1:
        answer = answer[0]
    if isinstance(answer, Rate) or not hasattr(answer, "images"):
        raise NotYet("Hand in what your attack returns: wiser = brief(..., everybody).")
    if len(answer.images) != len(believed.images):
        return f"All {len(believed.images)} people are wanted; yours are {len(answer.images)}."
    if np.shape(answer.images) != np.shape(believed.images):
        return f"Faces like the model's are wanted, {np.shape(believed.images)}; yours are {np.shape(answer.images)}."
    if answer.queries > believed.queries * 1.02:
        each = answer.queries / len(believed.images)
        return f"That took {each:,.0f} queries a person. Look at the same budget in another way."
    now, before = (stage.judge(one.images).top1.successes for one in (answer, believed))
    if now >= before + 2:
        return None
    if now == before:
        return f"{now} are recognised, as before. What in these answers misleads the attack? Leave it out."
    return f"{now} are recognised, {before} by taking the answers as they come: what can you leave out of an answer?"


def judge_epsilon(answer, given):
    scale, queries = given
    if close(answer, queries * 2 / scale):
        return None
    slips = {2 / scale: "That is one answer's. What do a thousand add up to?",
             queries / scale: "Two answers may be 2 apart in L1: one entry falls by 1, another rises by 1.",
             queries * 2 * scale: "Less noise must cost more: divide by the scale.",
             queries ** 0.5 * 2 / scale: "The costs of answers add up, all of them: no root here.",
             queries * scale / 2: "Turned over: one answer costs 2 / scale, not scale / 2."}
    return next((said for slip, said in slips.items() if close(answer, slip)),
                "Each answer costs 2 / scale, and costs add up.")


def judge_share(answer, given):
    legitimate, attackers, rate = given
    false = rate * legitimate
    if close(answer, attackers / false, rtol=1e-9):  # with the lesson's numbers that is the right answer, rounded
        return ("If you compared real with false alarms: real ones among all alarms are wanted. If you rounded: right "
                "as far as it goes; give two digits.")
    if close(answer, attackers / (attackers + false), digits=2):
        return None
    slips = {100 * attackers / (attackers + false): "As a share between 0 and 1, please, or with a % sign in a text.",
             false / (attackers + false): "That is the share of alarms that are false.",
             1 - rate: "99% of legitimate customers are left in peace. But of the alarms, how many come from them?",
             attackers / (attackers + legitimate): "That is the share of attackers among customers, not alarms.",
             attackers + false: "So many alarms there are. How many of them are real?"}
    return next((said for slip, said in slips.items() if close(answer, slip)),
                "Count the alarms: false ones are false_alarms * legitimate_customers, real ones are the attackers.")


def judge_careful(answer, given):
    for _ in range(3):  # an order drawn at random may be unlucky once
        alarm = flagged(answer, given)
        if not alarm:
            return None
    return (f"The answers are right, and the alarm still goes off, at query {alarm}. It counts steps between questions "
            "that follow one another: what else may you choose about questions?")


def flagged(careful, detector):
    """Where the detector goes off in six steps that are asked so; the answers must be right."""
    rng, log = np.random.default_rng(0), []

    def ask(questions):
        questions = np.asarray(questions, float)
        if questions.ndim != 3 or questions.shape[1:] != (6, 6):
            raise NotYet("`ask` takes several questions at once, as `questions` are: one alone is questions[i:i+1].")
        log.extend(questions.reshape(-1, 36))
        return questions[:, :2, 0]

    for _ in range(6):
        z, u = rng.normal(size=(6, 6)), rng.normal(size=(20, 6, 6))
        questions, before = np.concatenate([z + u, z - u, z[None]]), len(log)
        answers = array_like(called(careful, ask, questions), (41, 2), what="the answers, a row for each question")
        if len(log) == before:
            raise NotYet("No question reached the server: call ask(...) inside your function.")
        if not np.allclose(answers, questions[:, :2, 0]):
            raise NotYet("Row i must answer questions[i]: put each answer back to the place of its question.")
    return detector.first_alarm(np.stack(log))


def slopes(rng):
    m, k, sigma = 40, 12, rng.choice([0.3, 0.4, 0.7])
    plus, minus, u = rng.normal(size=m), rng.normal(size=m), rng.normal(size=(m, k))
    right = antithetic_gradient(plus, minus, u, sigma)
    gains = plus - minus
    by_loop = np.mean([gain / (2 * sigma) * row for gain, row in zip(gains, u, strict=True)], axis=0)
    return Cases(right, (*forms(right), by_loop, (gains[:, None] * u).mean(axis=0) / (2 * sigma), np.float32(right)),
                 ((-right, "downhill"), (gains @ u / m, "divide by 2 * sigma"), (gains / sigma @ u / m, "sigma alone"),
                  (gains / (2 * sigma) @ u, "their mean"), (gains @ u, "both divisions"),
                  (right / 2, "not of questions"), (plus / (2 * sigma) @ u / m, "one side only"),
                  (right + 1, "Weigh each direction"), (right[0], "Yours is one number"),
                  (gains, "one number for each eigenface"), ("uphill", "the text")),
                 given=(plus, minus, u, sigma))


def finishes(rng):
    images = rng.random((20, 2, 2))

    def result(people=range(20), queries=19_700, complete=True, drawn=images):
        return SimpleNamespace(people=np.array(people), images=drawn, queries=queries, complete=complete)

    whole_one = result()
    fours = [result(range(i, i + 5), 4925) for i in range(0, 20, 5)]
    halves = [result(range(10), 9850), result(range(10, 20), 9850)]
    return Cases((whole_one, 4), (*((whole_one, form) for form in forms(4)), [whole_one, 4], ([whole_one], 4),
                                  (fours, 4.0), (halves, 4)),
                 (((result(complete=False), 3), "not complete"), ((whole_one, 1), "Run the cell with `partial"),
                  ((whole_one, 3), "the first one"), ((whole_one, 5), "how many keys"),
                  ((result(drawn=images + 1), 4), "begun again"), ((fours[:3], 3), "5 are missing"),
                  (whole_one, "A pair is wanted"), ((4, whole_one), "first of the pair"),
                  ((whole_one, "some"), "A number is wanted")),
                 given=whole_one)


def wisers(rng):
    """Of a drawn face only is told whether it is recognised: a white one is."""
    def result(recognised, queries=5700, people=20):
        images = np.zeros((people, 2, 2))
        images[rng.permutation(people)[:recognised]] = 1
        return SimpleNamespace(images=images, queries=queries)

    images = np.ones((20, 3, 3))
    judge = SimpleNamespace(judge=lambda images: SimpleNamespace(top1=Rate(int(images[:, 0, 0].sum()), len(images))))
    return Cases(result(17), (result(18), result(19), result(20), [result(17)], (result(18),), result(17, 5000)),
                 ((result(13), "as before"), (result(9), "leave out of an answer"), (result(19, 19_700), "same budget"),
                  (result(5, people=5), "All 20 people"),
                  (SimpleNamespace(images=images, queries=9), "Faces like"),
                  (Rate(18, 20), "what your attack returns"),
                  (0.9, "what your attack returns")),
                 given=(judge, result(13)))


def epsilons(rng):
    scale, queries = rng.choice([0.05, 0.1, 0.2]), int(rng.choice([500, 1000, 2000]))
    right = queries * 2 / scale
    return Cases(right, forms(right),
                 ((2 / scale, "one answer's"), (queries / scale, "2 apart"), (queries * 2 * scale, "Less noise"),
                  (queries ** 0.5 * 2 / scale, "no root"), (queries * scale / 2, "Turned over"), ("much", "the text"),
                  (7, "costs add up"), ([right, right], "One number")),
                 given=(scale, queries))


def shares(rng):
    legitimate, attackers, rate = int(rng.choice([8000, 10_000, 12_000])), int(rng.choice([4, 5, 6])), 0.01
    false = rate * legitimate
    right = attackers / (attackers + false)
    return Cases(right, (*forms(right), round(right, 3), f"{right:.1%}", f"{attackers}/{attackers + round(false)}"),
                 ((1 - rate, "left in peace"), (1 - right, "are false"), (attackers / false, "among all alarms"),
                  (100 * right, "between 0 and 1"), (attackers / (attackers + legitimate), "among customers"),
                  (attackers + false, "How many of them"), (0.3, "Count the alarms"), ("few", "the text")),
                 given=(legitimate, attackers, rate))


def carefuls(rng):
    def shuffled(ask, questions):
        order = rng.permutation(len(questions))
        return ask(questions[order])[np.argsort(order)]

    def one_by_one(ask, questions):
        answers = [None] * len(questions)
        for i in rng.permutation(len(questions)):
            answers[i] = ask(questions[i:i + 1])[0]
        return answers

    def halves(ask, questions):
        order = np.concatenate([rng.permutation(20), 20 + rng.permutation(21)])
        answers = np.empty((len(questions), 2))
        answers[order] = ask(questions[order])
        return answers

    def decoys(ask, questions):
        mixed = np.repeat(questions, 2, axis=0)
        mixed[1::2] = rng.normal(size=questions.shape)
        return ask(mixed)[::2]

    def in_parts(ask, questions):
        order = rng.permutation(len(questions))
        parts = [ask(questions[part]) for part in np.array_split(order, 4)]
        return dict(zip(order, np.concatenate(parts), strict=True)) and np.concatenate(parts)[np.argsort(order)]

    def not_put_back(ask, questions):
        return ask(rng.permutation(questions))

    def backwards(ask, questions):
        return ask(questions[::-1])[::-1]

    def forgets_return(ask, questions):
        shuffled(ask, questions)

    def in_place(ask, questions):
        rng.shuffle(questions)
        return ask(questions)

    return Cases(shuffled, (one_by_one, halves, decoys, in_parts, *forms(shuffled)),
                 ((lambda ask, questions: ask(questions), "alarm still goes off"), (backwards, "alarm still goes off"),
                  (not_put_back, "put each answer back"), (forgets_return, "must be a return"), (in_place, "in place"),
                  (lambda ask, questions: questions[:, :2, 0], "No question reached"),
                  (lambda questions: questions, "must take 2 arguments"), (0.5, "the function itself"),
                  (lambda ask, questions: ask(questions[0]), "several questions at once")),
                 given=Detector(3))


EXERCISES = [
    Exercise(
        "2.1",
        judge_slope,
        ("Each pair brought (plus - minus) / (2 * sigma): m numbers, one for each row of u.",
         "Weights @ u adds up the rows of u with those weights; then divide by their number.",
         "((plus - minus) / (2 * sigma)) @ u / pairs"),
        slopes,
    ),
    Exercise(
        "2.2",
        judge_finished,
        ("finished = partial; while not finished.complete: ... , and count the keys.",
         "finished = finished.resume(another_key())"),
        finishes,
    ),
    Exercise(
        "2.3",
        judge_wiser,
        ("How well does the attack do by the first name alone? You hold the first name.",
         "You need not believe all of an answer. An access that leaves out all but the name: LabelOnly(access).",
         "brief(LabelOnly(topped), everybody)"),
        wisers,
    ),
    Exercise(
        "2.4",
        judge_epsilon,
        ("One answer costs the largest L1 distance over the scale.", "The costs of answers add up.",
         "queries * 2 / scale"),
        epsilons,
    ),
    Exercise(
        "2.5",
        judge_share,
        ("How many alarms are false? How many are there in all?",
         "attackers / (attackers + false_alarms * legitimate_customers)"),
        shares,
    ),
    Exercise(
        "2.6",
        judge_careful,
        ("Steps undo one another because of the order in which the questions come.",
         "Send them in a random order: order = rng.permutation(len(questions)); ask(questions[order]).",
         "The answers come in that order too; [np.argsort(order)] puts them back."),
        carefuls,
    ),
]
