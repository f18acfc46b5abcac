"""Guess against the attack: a person and the threshold attack judge the same patients, and the score is kept."""

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binomtest

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks import Shadow, Threshold
from leaklab.course.form import model_says
from leaklab.data import Records
from leaklab.metrics import Rate

CHANCE = 0.5
"""What guessing earns: a fair coin decides whether the next patient is a member."""
LEVEL = 0.05
"""Below this p-value of the sign test a game has a winner."""

WANTED = {"ask": "a guess is wanted. Call say(True) or say(False).",
          "said": "the truth is wanted. Call reveal(), or undo() to guess anew.",
          "told": "the next patient is wanted. Call next().",
          "over": "the game is over, there is no next patient. Start another with again()."}
"""Step of a game -> what it waits for."""


@dataclass(frozen=True, eq=False)
class Round:
    """What both players see: one patient, and what the model says of them."""

    number: int
    record: Records
    answer: str
    probability: float


@dataclass(frozen=True)
class Turn:
    """A round played: whether the student and the attack said "member", and the truth."""

    said: bool
    attack: bool
    member: bool


@dataclass(frozen=True)
class Score:
    """The same rounds judged by two players.

    Attributes
    ----------
    student, attack : Rate
        Right answers of each, with exact intervals.
    student_alone, attack_alone : int
        Rounds that only one of them got right.
    p_value : float
        Of the exact two-sided sign test (Dixon and Mood 1946) on the rounds that only one of them got right: the others
        say nothing about who is better. Good for a number of rounds fixed beforehand; whoever looks after each round
        and stops when it pleases will be fooled.

    Examples
    --------
    >>> score = Score.of([Turn(said=False, attack=True, member=True)] * 6 + [Turn(True, True, True)] * 4)
    >>> score.student.successes, score.attack.successes, score.p_value, score.winner
    (4, 10, 0.03125, 'attack')
    """

    student: Rate
    attack: Rate
    student_alone: int
    attack_alone: int
    p_value: float = field(init=False)

    def __post_init__(self):
        differ = self.student_alone + self.attack_alone
        object.__setattr__(self, "p_value", float(binomtest(self.attack_alone, differ).pvalue) if differ else 1.0)

    @classmethod
    def of(cls, turns) -> "Score":
        """Count the ``turns`` played, at least one."""
        said, attack, member = np.array([(t.said, t.attack, t.member) for t in turns], dtype=bool).reshape(-1, 3).T
        student_right, attack_right = said == member, attack == member
        return cls(Rate(int(student_right.sum()), len(member)), Rate(int(attack_right.sum()), len(member)),
                   int((student_right & ~attack_right).sum()), int((attack_right & ~student_right).sum()))

    @property
    def winner(self) -> str | None:
        """``"student"`` or ``"attack"``; None where the sign test cannot tell them apart."""
        if self.p_value >= LEVEL:
            return None
        return "attack" if self.attack_alone > self.student_alone else "student"


class Game:
    """Patients one after the other, members or not by a fair coin; nobody comes twice.

    Parameters
    ----------
    access : Access
        The model under attack; scores are enough. Each patient costs two queries: the student's and the attack's.
    members, others : Records
        Patients it was trained on, and patients it never saw.
    knowledge : Shadow
        What the attack's threshold is learned from.
    rounds : int
        The length of a game, fixed before it begins.
    rng : int or numpy.random.Generator
        Decides who comes.

    Attributes
    ----------
    turns : tuple of Turn
        This game so far.
    said : bool or None
        A guess of which the truth is not told yet.

    `say`, `undo`, `reveal` and `next` are the steps of a round, which a room can follow; `guess` is all of them.
    """

    def __init__(self, access: Access, members: Records, others: Records, *, knowledge: Shadow, rounds: int = 20, rng):
        self._access, self._knowledge, self._rng = access, knowledge, v.generator(rng)
        self._people = (others.deduplicate(), members.deduplicate())
        self.rounds = v.integer("rounds", rounds, high=min(map(len, self._people)),
                                remedy="A fair coin may choose the smaller group every time.")
        self._queues = [self._rng.permutation(len(people)) for people in self._people]
        self.turns: tuple[Turn, ...]
        self.said: bool | None
        self._member: np.ndarray
        self._attack: np.ndarray
        self._deal()

    @property
    def over(self) -> bool:
        """Whether all rounds are played."""
        return len(self.turns) == self.rounds

    @property
    def step(self) -> str:
        """``"ask"``: a guess is wanted; ``"said"``: the truth is; ``"told"``: the next patient is; or ``"over"``."""
        return "said" if self.said is not None else "over" if self.over else "told" if self._told else "ask"

    @property
    def round(self) -> Round:
        """The patient to judge now, or judged just now."""
        at = len(self.turns) - self._told
        return Round(at + 1, self._records[at], *model_says(self._records[at], self._answers[at]))

    def guess(self, said: bool) -> Turn:
        """Say "member" (True) or "not a member" (False) of this round's patient, learn the truth, and go on."""
        self.say(said)
        turn = self.reveal()
        self._told = self.over
        return turn

    def say(self, said: bool) -> None:
        """Say "member" (True) or "not a member" (False) of this round's patient, without the truth."""
        v.one_of("said", said, (True, False), 'True says "member".')
        self._want("ask")
        self.said = bool(said)

    def undo(self) -> None:
        """Take back what was said, of which nobody has seen the truth."""
        self._want("said")
        self.said = None

    def reveal(self) -> Turn:
        """The truth about the patient of whom somebody said something; it counts from now on."""
        self._want("said")
        at = len(self.turns)
        turn = Turn(bool(self.said), bool(self._attack[at]), bool(self._member[at]))
        self.turns, self.said, self._told = (*self.turns, turn), None, True
        return turn

    def next(self) -> None:
        """Go on to the next patient."""
        self._want("told")
        self._told = False

    def score(self) -> Score:
        """The score of this game so far; refused before the first guess."""
        if not self.turns:
            raise v.Refused("turns=0: nobody has guessed yet, there is no score. Call guess(True) or guess(False).")
        return Score.of(self.turns)

    def again(self, rounds: int | None = None) -> None:
        """Begin another game, as long or of so many rounds, with patients who did not come yet, and forget this one.

        Refused when too few patients may be left.
        """
        rounds, left = self.rounds if rounds is None else v.integer("rounds", rounds), min(map(len, self._queues))
        if left < rounds:
            raise v.Refused(f"rounds={rounds}: only {left} unused patients remain in one group. Make a "
                            "new Game with another rng.")
        self.rounds = rounds
        self._deal()

    def _want(self, step: str) -> None:
        if self.step != step:
            raise v.Refused(f"step={self.step!r}: {WANTED[self.step]}")

    def _deal(self) -> None:
        """Toss the coins, take that many from each queue, and let model and attack judge them all at once."""
        self.turns, self.said, self._told = (), None, False
        self._member = self._rng.random(self.rounds) < CHANCE
        self._records = []
        for member in self._member.astype(int):
            row, self._queues[member] = self._queues[member][0], self._queues[member][1:]
            self._records.append(self._people[member].take([row]))
        x, y = np.concatenate([r.x for r in self._records]), np.concatenate([r.label for r in self._records])
        self._answers = self._access.probabilities(x)
        self._attack = Threshold(signal="loss")(self._access, x, y, knowledge=self._knowledge).guess
