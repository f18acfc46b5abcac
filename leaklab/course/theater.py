"""The face theater: whom an attack recovers, by what the adversary holds and by what the defender did."""

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, LabelOnly, Noisy, Offers, Rounded, TopK, WhiteBox
from leaklab.attacks import FaceInversion, Recovered
from leaklab.course.desk import LABELS, SCORES, WHITE_BOX
from leaklab.course.film import PERSON, FilmedAttack, Frame
from leaklab.evaluation import accuracy
from leaklab.experiments.faces import Stage
from leaklab.experiments.private import PENALTY, face_model, plan_for, private_softmax
from leaklab.metrics import Rate

HOLDS, DEFENSE = "The adversary holds", "Defense"
NONE, NOISE, EARLY = "none", "noise of 0.1 on each answer", "trained for 2 epochs only"
ANSWERS: dict[str, Callable[[Access], Access]] = {
    "answers rounded to 1 decimal": lambda access: Rounded(access, 1),
    "the top answer only": lambda access: TopK(access, 1),
    NOISE: lambda access: Noisy(access, 0.1, rng=0),
}
"""Defenses that change answers; the others change the training."""


@dataclass
class Row:
    """One setting, and what came of it.

    Attributes
    ----------
    accuracy : Rate
        On unseen photographs, by what the adversary holds.
    epsilon : str
        What is promised, in words, at delta 1e-5: for each photograph, or in the worst case for so many noisy answers.
    tried : dict of int to bool
        Person attacked -> whether the evaluator recognised them.
    """

    accuracy: Rate
    epsilon: str
    tried: dict[int, bool] = field(default_factory=dict)

    @property
    def recognized(self) -> str:
        return f"{sum(self.tried.values())} of {len(self.tried)}" if self.tried else "not tried"


class Theater(FilmedAttack):
    """One person attacked at a time, in a chosen setting; each defense's model is trained once and kept.

    Every model also has a name that was enrolled without a photograph: the same attack on it draws nobody.

    Parameters
    ----------
    stage : leaklab.experiments.faces.Stage
        From `leaklab.experiments.faces.prepare`; of it ``shape`` is that of all pictures.
    epsilons : sequence of float
        Of the defenses by differential privacy, for each photograph, at delta 1e-5.
    rng : int
        Seed of every training.

    Attributes
    ----------
    rows : dict of (str, str) to Row
        What the adversary held, and the defense -> what came of it.
    """

    def __init__(self, stage: Stage, *, epsilons=(8.0, 1.0), rng: int = 0):
        self.stage, self._seed = stage, rng
        self.epsilons = {f"differential privacy, epsilon {epsilon:g}": float(epsilon) for epsilon in epsilons}
        self.attack = FaceInversion(prior=stage.prior, penalty=PENALTY)
        self.rows: dict[tuple[str, str], Row] = {}
        self.likeness: float | None = None
        self._models: dict[str, WhiteBox] = {}
        self._nobody: dict[tuple[str, str], list[Frame]] = {}
        self._one_trains = threading.Lock()
        super().__init__({PERSON: stage.train.names, HOLDS: (WHITE_BOX, SCORES, LABELS),
                          DEFENSE: (NONE, *ANSWERS, EARLY, *self.epsilons)})

    @property
    def setting(self) -> tuple[str, str]:
        """What the adversary holds, and the defense."""
        return self.chosen[HOLDS], self.chosen[DEFENSE]

    def prepare(self, progress: v.Progress | None = None) -> "Theater":
        """Train the model of the setting, ask it what legitimate users ask, and attack the name nobody has.

        Returns a theater of the same models, where nobody else chooses.
        """
        now = copy(self)
        now.chosen = dict(self.chosen)
        with self._one_trains:
            if now.setting not in self._nobody:
                film: list[Frame] = []
                access, nobody = now.access(progress), len(self.stage.people)
                right = accuracy(access, self.stage.test.images, self.stage.test.person)
                watched = now.filmed(access, nobody, film.append)
                self.attack(watched, [nobody], rng=self._seed, progress=progress)
                self.rows[now.setting] = Row(right, now._promise(film[-1].queries))
                self._nobody[now.setting] = film
        return now

    def run(self, seen, progress=None):
        now = self.prepare(progress)
        return now.attack(now.filmed(now.access(), now.person, seen), [now.person], rng=self._seed, progress=progress)

    def forget(self):
        super().forget()
        self.likeness = None

    def end(self, found):
        super().end(found)
        self.likeness = float(self.stage.judge(found.images, [self.person]).beyond[0])
        self.keep(self.setting, found)

    def keep(self, setting: tuple[str, str], found: Recovered) -> None:
        """Count whom the evaluator recognises in what was recovered."""
        for person, image in zip(found.people.tolist(), found.images, strict=True):
            self.rows[setting].tried[person] = self.stage.judge(image[None], [person]).top1.successes == 1

    def everybody(self, progress: v.Progress | None = None) -> tuple[tuple[str, str], Recovered]:
        """Attack all people in the chosen setting; returns what `keep` takes."""
        now = self.prepare(progress)
        return now.setting, now.attack(now.access(), now.stage.people, rng=now._seed, progress=progress)

    def access(self, progress: v.Progress | None = None) -> Access:
        """What the adversary holds of the model of the chosen defense, which is trained at the first call."""
        holds, defense = self.setting
        kind = NONE if defense in ANSWERS else defense
        if kind not in self._models:
            plan = plan_for(len(self.stage.train))
            recipe = private_softmax(self.epsilons.get(kind, np.inf), plan)
            recipe = replace(recipe, epochs=2) if kind == EARLY else recipe
            self._models[kind] = WhiteBox(face_model(recipe, self.stage.train, self.stage.public, rng=self._seed,
                                                     classes=len(self.stage.people) + 1, progress=progress))
        if holds == WHITE_BOX:
            return self._models[kind]
        answers = ANSWERS.get(defense, lambda access: access)(self._models[kind].only(Offers.SCORES))
        return LabelOnly(answers) if holds == LABELS else answers

    @property
    def nobody(self) -> Frame | None:
        """What the same attack on a name without photographs had drawn by as many queries."""
        film = self._nobody.get(self.setting)
        if film is None or self.frame is None:
            return None
        return film[max(0, int(np.searchsorted([f.queries for f in film], self.frame.queries, "right")) - 1)]

    def says(self):
        row = self.rows.get(self.setting)
        if self.likeness is None or row is None or self.at < len(self.film) - 1:
            return super().says()
        named = "Recognised" if row.tried[self.person] else "Not recognised"
        return f"{super().says()} {named} by the evaluator; likeness {self.likeness:.2f}."

    def _promise(self, queries: int) -> str:
        holds, defense = self.setting
        if defense in self.epsilons:
            return f"{self.epsilons[defense]:g} a photograph"
        if defense in ANSWERS and holds == WHITE_BOX:
            return "none: guards answers only"
        if defense == NOISE:
            spent = Noisy(self._models[NONE], 0.1, rng=0).epsilon_after(queries)
            return f"{spent:,.0f} for {queries:,} answers"
        return "none promised"
