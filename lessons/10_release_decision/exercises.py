"""The checks of lesson 10."""

from collections.abc import Collection, Mapping

import numpy as np

from leaklab.course import REDS, Cases, Exercise, NotYet, Result, Rules, choice, close, forms, number
from leaklab.metrics import Interval, Rate

SENTENCES = {"a": "These attacks found nothing. That is no proof about others, nor about a leak too small to be seen.",
             "b": "The scores showed a leak on average, and the file gives the scores: rule 2 keeps it.",
             "d": "Not a sound reason: a leak was shown from its scores, although the two accuracies are close."}


def judge_sentence(answer):
    picked = choice(answer, "abcd")
    return SENTENCES.get(picked)


NUMBERS = {"tolerated_auc": 0.65, "tolerated_tpr": 0.03, "must_see_auc": 0.6, "group_size": 20}


def named(answer, names):
    """The parts of a dictionary, by these names in any case."""
    if not isinstance(answer, Mapping):
        raise NotYet("Answer with a dictionary: {" + ", ".join(f'"{name}": ...' for name in names) + "}.")
    found = {str(name).strip().lower(): value for name, value in answer.items()}
    if missing := [name for name in names if name not in found]:
        raise NotYet(f"Something is missing in it: {', '.join(missing)}.")
    if extra := [name for name in found if name not in names]:
        raise NotYet(f"Nobody asked for {', '.join(extra)}.")
    return {name: found[name] for name in names}


def judge_numbers(answer):
    given = named(answer, NUMBERS)
    if any(part is ... for part in given.values()):
        return "Fill in all four."
    read = {name: number(value) for name, value in given.items()}
    for name, value in read.items():
        if close(value, NUMBERS[name]):
            continue
        if close(value, 100 * NUMBERS[name]) and name == "tolerated_tpr":
            return "tolerated_tpr is a share: 3 in 100 is 0.03."
        if close(read["tolerated_auc"], 0.6) and close(read["must_see_auc"], 0.65):
            return "The two AUCs changed places: tolerated is what is borne, must_see what an audit must not miss."
        if name == "tolerated_tpr" and close(value, 0.01):
            return "1% is the false alarms at which it is measured. How many members may be found there?"
        return f"{name}: read the board's sentence once more."
    return None


CLAUSES = {
    "hold": ("b", {"a": "hold: whoever has the file has all that its scores leak, and more.",
                   "c": "hold: who may not hold the rows may not hold what remembers them."}),
    "query": ("b", {"a": "query: nobody can be held to a budget who has no name.",
                    "c": "query: rounding hardly stopped an attack anywhere in this course."}),
    "share": ("b", {"a": "share: a model holds no rows either, and remembers people. What is made of it may, too.",
                    "c": "share: a rule that stops all use is soon broken. An audit of its own makes it safe to say."}),
    "retention": ("b", {"a": "retention: attacks get better with the years, and people ask to be erased.",
                        "c": "retention: accuracy says nothing about what it remembers. Name a day."}),
    "incident": ("c", {"a": "incident: while you wait, it goes on asking. A key can be given back.",
                       "b": "incident: the log is the evidence, and says whom to warn."}),
    "erasure": ("b", {"a": "erasure: the row is gone and the model still remembers it.",
                      "c": "erasure: noise in a row changes nothing in a model that is trained already."}),
}


def judge_clauses(answer):
    picked = {name: choice(value, "abc") for name, value in named(answer, CLAUSES).items()}
    return next((why[picked[name]] for name, (right, why) in CLAUSES.items() if picked[name] != right), None)


def judge_questions(answer):
    if close(answer, 16):
        return None
    if close(answer, 4):
        return "Right for the root: noise falls with the root of the questions, not with their number."
    if close(answer, 256) or close(answer, 2):
        return "The root once, please: solve 0.2 / sqrt(k) = 0.05 for k."
    if close(answer, 1 / 16):
        return "Turned round: more questions, less noise."
    return "Solve 0.2 / sqrt(k) = 0.05 for k."


def judge_board(answer):
    parts = answer.values() if isinstance(answer, Mapping) else np.ravel(answer) if hasattr(answer, "shape") else answer
    results = list(parts) if isinstance(parts, Collection) and not isinstance(parts, str) else parts
    if isinstance(results, Result):
        return "That is one result. Play against all three: board = play(Defense(...), REDS, seed=10)."
    if not isinstance(results, list) or not results or not all(isinstance(one, Result) for one in results):
        return "Hand in what play gives: board = play(Defense(...), REDS, seed=10)."
    if any(one.rules != Rules() for one in results):
        return "By the rules of this page, please: leave rules= out."
    if len(results) < len(REDS) or (isinstance(answer, Mapping) and not set(REDS) <= set(answer)):
        return "Play against all three: play(Defense(...), REDS, seed=10)."
    if not all(one.useful for one in results):
        return (f"The accuracy misses its floor: the lower end of {results[0].accuracy} must reach "
                f"{results[0].rules.floor:.2f}. Less noise, or more people.")
    lost = sum(not one.private for one in results)
    if lost == len(results):
        return "All reds win: the model knows its people by heart. Begin there, with lesson 03's cure or more people."
    if lost:
        worst = max((one for one in results if not one.private), key=lambda one: one.auc.value)
        return (f"Not against all: {lost} of {len(results)} reds still win, the best with an AUC of {worst.auc} after "
                f"{worst.queries:,} questions. Did its number of questions help it?")
    return None


def board(*aucs, accuracy=2880, queries=1000):
    """Results as `play` gives them, from invented AUCs."""
    return {name: Result(Rate(accuracy, 4000), Interval(auc, auc - 0.035, auc + 0.035), Rate(8, 500), queries, Rules())
            for name, auc in zip(("I threshold", "II shadow models", "III patience"), aucs, strict=False)}


def cases_board(rng):
    good = board(*rng.uniform(0.49, 0.57, 3))
    return Cases(good, (dict(reversed(good.items())), list(good.values()), tuple(good.values()),
                        np.array(list(good.values()), dtype=object).tolist(), board(0.5, 0.5, 0.5),
                        board(0.52, 0.55, 0.57, queries=60000)),
                 ((board(0.65, 0.75, 0.75), "by heart"), (board(0.53, 0.53, 0.65), "1 of 3"),
                  (board(0.5, 0.5, 0.5, accuracy=2600), "floor"), (board(0.5), "all three"),
                  (dict(zip("abc", good.values(), strict=True)), "all three"),
                  (good["I threshold"], "one result"), ("Defense()", "Hand in what play gives")))


def letters_of(answer):
    """The forms of a dictionary of letters."""
    return ({name: letter.upper() for name, letter in answer.items()}, {name: [x] for name, x in answer.items()},
            {name.upper(): letter for name, letter in answer.items()}, dict(reversed(answer.items())),
            {name: f" {letter} " for name, letter in answer.items()}, {n: np.str_(x) for n, x in answer.items()})


def cases_clauses(rng):
    right = {name: letter for name, (letter, _) in CLAUSES.items()}
    wrong = [({**right, name: letter}, why.split(":")[0] + ":") for name, (_, slips) in CLAUSES.items()
             for letter, why in slips.items()]
    return Cases(right, letters_of(right), (*wrong, ({"hold": "b"}, "missing"), ("b", "dictionary")))


def cases_numbers(rng):
    texts = {name: str(value) for name, value in NUMBERS.items()}
    return Cases(NUMBERS, (texts, {**NUMBERS, "tolerated_tpr": "3%"}, {n: [x] for n, x in NUMBERS.items()},
                           {n: np.array(x) for n, x in NUMBERS.items()}, {n: np.float32(x) for n, x in NUMBERS.items()},
                           dict(reversed(NUMBERS.items()))),
                 (({**NUMBERS, "tolerated_tpr": 3}, "share"),
                  ({**NUMBERS, "tolerated_auc": 0.6, "must_see_auc": 0.65}, "changed places"),
                  ({**NUMBERS, "tolerated_tpr": 0.01}, "false alarms"), ({**NUMBERS, "group_size": 10}, "group_size"),
                  ({"tolerated_auc": 0.65}, "missing"), (0.65, "dictionary")))


EXERCISES = [
    Exercise(
        "10.1",
        judge_sentence,
        hints=("Which of them says what was looked for, and no more?",
               "An audit refutes; it never proves. And it says how large a leak it would have seen."),
        cases=lambda rng: Cases("c", forms("c"), (("a", "no proof"), ("b", "rule 2"), ("d", "Not a sound reason"),
                                                  ("e", "one of"), (3, "a text"))),
    ),
    Exercise(
        "10.2",
        judge_numbers,
        hints=('The four names: "tolerated_auc", "tolerated_tpr", "must_see_auc", "group_size".',
               "Tolerated is what is borne; must_see is how fine the audit has to look. Shares, not percent."),
        cases=cases_numbers,
    ),
    Exercise(
        "10.3",
        judge_clauses,
        hints=("A model is treated as its data are treated. Who may hold those?",
               "For each clause ask: what remains when the sentence has been obeyed to the letter?",
               "Five of the letters are the same; incident is another."),
        cases=cases_clauses,
    ),
    Exercise(
        "10.4",
        judge_questions,
        hints=("0.2 over the root of k must be 0.05.", "The root of k is 4."),
        cases=lambda rng: Cases(16, forms(16), ((4, "root"), (256, "once"), (1 / 16, "Turned round"), (8, "Solve"))),
    ),
    Exercise(
        "10.5",
        judge_board,
        hints=("Begin with what makes the model forget: weight_decay=0.02, fewer epochs, or more people.",
               "Whoever averages must be kept from asking: budget=1000 is one question a candidate.",
               'play(Defense(weight_decay=0.02, answers="noisy=0.2", budget=1000), REDS, seed=10)'),
        cases=cases_board,
    ),
]
