"""The noise bench: a room answers a delicate question by a coin; nobody is given away, yet the share is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.data import Records
from leaklab.privacy import RandomizedResponse, ShareEstimate

LEAST, MOST, TIMES = 10, 100_000, 100
"""Fewest and most people of a crowd; most answers of one person."""
NAMES = ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay", "Gil", "Hana", "Ivo", "Jo")


@dataclass(frozen=True)
class Answered:
    """What one person has answered so far, and what that reveals.

    Attributes
    ----------
    name : str
    yes, no : int
        Answers so far.
    prior, belief : float
        How likely the truth is "yes", before and after these answers.
    last : bool
        The last answer.
    bound : float
        The furthest that belief in what the last answer says can go from ``prior``, after so many answers.
    epsilon : float
        Of all answers together: it adds up.
    majority : float
        How often the majority of so many answers is the truth.
    secret : bool
        The truth.
    """

    name: str
    yes: int
    no: int
    prior: float
    belief: float
    last: bool
    bound: float
    epsilon: float
    majority: float
    secret: bool

    @property
    def times(self) -> int:
        """Answers so far."""
        return self.yes + self.no


class Survey:
    """A question with a secret answer, asked of a crowd under a coin: see `RandomizedResponse` for the design.

    The tosses are made once: as epsilon turns, the same tosses are read at another coin, so that answers change one
    by one, and a small crowd is the first people of a large one. `toss` throws anew. Crowds are drawn from a
    population with replacement.

    Parameters
    ----------
    populations : mapping of str to array of bool (n,), optional
        The true answers of people to draw crowds from; `room` where left out.
    people : int in [10, 100,000]
    epsilon : float in [0, inf]
        Two fair coins (ln 3) where left out.
    prior : float in [0, 1]
        How likely somebody thought a person's "yes" before any answer.
    names : sequence of str
        The first people's names.
    rng : int or numpy.random.Generator

    Attributes
    ----------
    counted : tuple of int, or None
        Answers "yes" and "no" that a real audience gave, by `count`; then no truth is known.
    tosses : int
        How often the coins were thrown.

    Examples
    --------
    >>> survey = Survey(people=1000, rng=0)
    >>> print(survey.estimate, "truth", survey.share)
    0.25 [0.19, 0.30] truth 0.277
    >>> survey.count(22, 18)
    >>> print(survey.estimate, "truth", survey.share)
    0.60 [0.33, 0.90] truth None
    """

    def __init__(self, populations: Mapping[str, Sequence | np.ndarray] | None = None, *, people: int = 40,
                 epsilon: float = float(np.log(3)), prior: float = 0.5, names: Sequence[str] = NAMES, rng):
        populations = room() if populations is None else dict(populations)
        if not populations:
            v.fail("populations", populations, "must hold at least one")
        self._secrets = {name: v.mask(f"populations[{name!r}]", true, (None,)) for name, true in populations.items()}
        self.names = tuple(str(name) for name in names)[:LEAST]
        if not self.names:
            v.fail("names", names, "must name at least one person")
        self.coin, self.prior = RandomizedResponse(epsilon), v.number("prior", prior, low=0, high=1)
        self.counted: tuple[int, int] | None = None
        self._rng = v.generator(rng)
        self._drawn = self._rng.random(MOST)
        self.population = next(iter(self._secrets))
        self.tosses = 0
        self.gather(people)
        self.toss()

    @property
    def populations(self) -> tuple[str, ...]:
        """The populations there are."""
        return tuple(self._secrets)

    def choose(self, population: str) -> None:
        """Ask people of another population."""
        self.population, self.counted = v.one_of("population", population, self.populations), None
        self.person, self.asked = 0, 1

    def gather(self, people: int) -> None:
        """Ask so many people."""
        self.people = v.integer("people", people, low=LEAST, high=MOST)
        self.counted = None

    def turn(self, epsilon: float) -> None:
        """Give everybody a coin of this epsilon."""
        self.coin = RandomizedResponse(epsilon)

    def toss(self) -> None:
        """Ask everybody once more, with new tosses; whatever was counted by hand goes."""
        self._told, self._coin = self._rng.random((2, MOST))
        self.tosses += 1
        self.counted = None
        self.meet(0)

    def count(self, yes: int, no: int) -> None:
        """Take the raised hands of a real audience for the answers; what they truly think stays theirs."""
        yes, no = v.integer("yes", yes, low=0), v.integer("no", no, low=0)
        v.integer("yes + no", yes + no, high=MOST, remedy="Somebody must answer.")
        self.counted = yes, no

    def simulate(self) -> None:
        """Back to the crowd whose truth is known."""
        self.counted = None

    def meet(self, person: int) -> None:
        """Look at another of the people with names; they have answered once, with the crowd."""
        self.person, self.asked = v.integer("person", person, low=0, high=len(self.names) - 1), 1
        self._again = self._rng.random((2, TIMES - 1))

    def ask_again(self, times: int = 1) -> None:
        """Ask the same person so many times more."""
        times = v.integer("times", times)
        if self.asked + times > TIMES:
            raise v.Refused(f"times={times}: nobody answers more than {TIMES} times. Meet somebody else.")
        self.asked += times

    @property
    def secrets(self) -> np.ndarray:
        """The true answers of the crowd, bool (people,)."""
        whole = self._secrets[self.population]
        return whole[(self._drawn[:self.people] * len(whole)).astype(int)]

    @property
    def answers(self) -> np.ndarray:
        """What the crowd answers, bool (people,)."""
        return self.coin.answers(self.secrets, self._told[:self.people], self._coin[:self.people])

    @property
    def share(self) -> float | None:
        """The true share of "yes"; None for answers counted by hand."""
        return None if self.counted else float(self.secrets.mean())

    @property
    def estimate(self) -> ShareEstimate:
        """What the answers on show say of the share."""
        yes, people = (self.counted[0], sum(self.counted)) if self.counted else (int(self.answers.sum()), self.people)
        return self.coin.estimate(yes, people)

    @property
    def answered(self) -> Answered:
        """The person one looks at: of the crowd that is simulated."""
        secret, coin = bool(self.secrets[self.person]), self.coin
        told = np.append(self._told[self.person], self._again[0, :self.asked - 1])
        given = coin.answers(secret, told, np.append(self._coin[self.person], self._again[1, :self.asked - 1]))
        yes, no, last = int(given.sum()), int((~given).sum()), bool(given[-1])
        bound = coin.belief(self.prior if last else 1 - self.prior, yes=self.asked, no=0)
        return Answered(self.names[self.person], yes, no, self.prior, coin.belief(self.prior, yes=yes, no=no), last,
                        bound, self.asked * coin.epsilon, coin.majority(self.asked), secret)


def room(share: float = 0.3, *, name: str = "A room") -> dict[str, np.ndarray]:
    """A population of a thousand of whom so many would truly say "yes".

    >>> float(room(0.2)["A room"].mean())
    0.2
    """
    return {name: np.arange(1000) < round(1000 * v.number("share", share, low=0, high=1))}


def has_smoked(records: Records, *, name: str = "Synthetic patients: has smoked") -> dict[str, np.ndarray]:
    """The patients' answers to "Have you smoked?", a population for a `Survey`.

    >>> from leaklab.data import load_patients
    >>> population = has_smoked(load_patients("synthetic"))
    >>> round(float(population["Synthetic patients: has smoked"].mean()), 2)
    0.44
    """
    if "Smoker" not in records.features:
        v.fail("records", records.source, "has no column 'Smoker'", 'Take load_patients("synthetic"), or give a '
               "mapping of your own to Survey.")
    return {name: v.mask("records.features['Smoker']", records.features["Smoker"].to_numpy(), (None,))}
