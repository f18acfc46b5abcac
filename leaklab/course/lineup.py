"""The line-up: could somebody recognise this face?"""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access
from leaklab.metrics import Rate


@dataclass(frozen=True, eq=False)
class Task:
    """One recovered face and the people to choose from.

    Attributes
    ----------
    person : int
        Whose face the attack was after.
    candidates : int (c,)
        Whose photographs are shown, in this order; the person may not be among them.
    """

    person: int
    candidates: np.ndarray
    __repr__ = summary

    @property
    def solution(self) -> int | None:
        """Place of the person among the candidates; None for "none of them"."""
        place = np.flatnonzero(self.candidates == self.person)
        return int(place[0]) if len(place) else None


@dataclass(frozen=True)
class LineupScore:
    """How many were recognised.

    Attributes
    ----------
    right : Rate
        Right answers, all tasks together.
    present, absent : Rate or None
        Those where the person was among the candidates, and where "none of them" was right; None before any was.
    chance : float
        What choosing one of the answers at random would get.
    """

    right: Rate
    present: Rate | None
    absent: Rate | None
    chance: float

    @property
    def beyond_chance(self) -> bool:
        """Whether chance lies below the interval of ``right``."""
        return self.right.low > self.chance

    def __str__(self):
        verdict = "better than chance" if self.beyond_chance else "not shown to be better than chance"
        return f"{self.right.successes} of {self.right.trials} right, {self.right}: {verdict} ({self.chance:.2f})"


class Lineup:
    """Recognise recovered faces among photographs, as people did for Fredrikson, Jha and Ristenpart (2015).

    In each task a recovered face stands beside candidates, who are people of the model; in a share of the tasks the
    person is not among them, and "none of them" is right. Tasks are answered in order, once. ``answers`` are those of
    whoever sits before it; the machine's are computed, and count nowhere but in `score`.

    Parameters
    ----------
    recovered : float array (n, height, width)
        One face for each person.
    photographs : float array (n, height, width)
        A photograph of each person, best one that was not trained on.
    people : int array (m,), optional
        Who is asked about, once each, and who stands in the line; everybody where left out.
    candidates : int
        In each task, at most m - 1.
    absent : float in [0, 1]
        Share of the tasks, rounded, in which the person is not among the candidates.
    rng : int or numpy.random.Generator
        Order of the tasks, who is in them and where they stand.

    Attributes
    ----------
    tasks : tuple of Task
        One for each of ``people``.
    answers : list of int or None
        So far: the place chosen, or None for "none of them".
    at : int
        Which task is looked at; ``len(tasks)`` when all is over. Answers are noted, and `next` goes on.

    Examples
    --------
    >>> faces = np.random.default_rng(0).random((6, 8, 8))
    >>> lineup = Lineup(faces, faces, rng=0)
    >>> for task in lineup.tasks:
    ...     right = lineup.answer(task.solution)
    >>> print(lineup.score())
    6 of 6 right, 1.00 [0.54, 1.00]: better than chance (0.17)
    """

    def __init__(self, recovered, photographs, *, people=None, candidates: int = 5, absent: float = 0.2, rng):
        self.recovered = v.array("recovered", recovered, ndim=3)
        self.photographs = v.array("photographs", photographs, ndim=3, length=len(self.recovered))
        everybody, self._rng = np.arange(len(self.recovered)), v.generator(rng)
        self.people = everybody if people is None else np.unique(v.labels("people", people, classes=len(everybody)))
        self.candidates = v.integer("candidates", candidates, high=len(self.people) - 1,
                                    remedy="Somebody must be able to be absent.")
        self.absent = v.number("absent", absent, low=0, high=1)
        self.again()

    def again(self) -> None:
        """Start over: the same people in a new order, between others."""
        rng, people = self._rng, self.people
        gone = rng.permutation(people)[:round(self.absent * len(people))]
        self.tasks = tuple(self._task(person, people, person in gone, rng) for person in rng.permutation(people))
        self.answers: list[int | None] = []
        self.at = 0

    def _task(self, person: int, people: np.ndarray, gone: bool, rng: np.random.Generator) -> Task:
        foils = rng.choice(people[people != person], self.candidates - (not gone), replace=False)
        return Task(int(person), rng.permutation(foils if gone else np.append(foils, person)))

    @property
    def task(self) -> Task | None:
        """The task that waits for an answer; None when all are answered."""
        return self.tasks[len(self.answers)] if len(self.answers) < len(self.tasks) else None

    def answer(self, choice: int | None) -> bool:
        """Answer the waiting task by a candidate's place, or None for "none of them"; whether that was right."""
        if self.task is None:
            raise v.Refused("all tasks are answered. Make a new Lineup for another round.")
        if choice is not None:
            choice = v.integer("choice", choice, low=0, high=self.candidates - 1, remedy='Or None for "none of them".')
        right = choice == self.task.solution
        self.answers.append(choice)
        return right

    def undo(self) -> None:
        """Take the last answer back, and look at its task again; not when all is over, and the truth known."""
        if not self.answers or self.over:
            raise v.Refused("there is no answer to take back.")
        self.answers.pop()
        self.at = len(self.answers)

    def next(self) -> None:
        """Look at the task that waits; after the last answer, all is over."""
        self.at = len(self.answers)

    @property
    def noted(self) -> bool:
        """Whether the task that is looked at was answered."""
        return self.at < len(self.answers)

    @property
    def over(self) -> bool:
        """Whether all was answered, and the truth may be told."""
        return self.at == len(self.tasks)

    @property
    def chance(self) -> float:
        """What choosing one of the answers at random would get."""
        return 1 / (self.candidates + 1)

    @property
    def bar(self) -> int | None:
        """From how many right answers to all tasks on the interval lies above chance; None where all are too few."""
        return next((k for k in range(len(self.tasks) + 1) if Rate(k, len(self.tasks)).low > self.chance), None)

    def machine(self, evaluator: Access) -> list[int | None]:
        """The evaluator's answers to all tasks: whom it names, if among the candidates; else "none of them"."""
        named = evaluator.probabilities(self.recovered[[task.person for task in self.tasks]]).argmax(axis=1)
        return [Task(int(name), task.candidates).solution for name, task in zip(named, self.tasks, strict=True)]

    def score(self, answers=None) -> LineupScore:
        """Of the answers so far; or of these, to the first tasks in order. At least one."""
        answers = self.answers if answers is None else answers
        if not 0 < len(answers) <= len(self.tasks):
            raise v.Refused(f"there are {len(answers)} answers to {len(self.tasks)} tasks. Answer at least one task.")
        pairs = [(task.solution, answer) for task, answer in zip(self.tasks, answers, strict=False)]

        def rate(some):
            return Rate(sum(a == b for a, b in some), len(some)) if some else None

        return LineupScore(rate(pairs), rate([p for p in pairs if p[0] is not None]),
                           rate([p for p in pairs if p[0] is None]), self.chance)
