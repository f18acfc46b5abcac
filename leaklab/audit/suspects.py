"""Four offices that promise epsilon 1 for what they publish; some break their word. Who?"""

from dataclasses import dataclass
from typing import Any

from leaklab import _validate as v
from leaklab.privacy import LaplaceNoise, Mechanism, RandomizedResponse, ReleaseGuarantee

EPSILON = 1.0
FLAWS = {
    "poll": "the coin tells the truth more often than it was accounted for",
    "count": "the noise has half the scale that it should have",
    "week": "five answers, each with noise for the budget of one",
    "sometimes": "one answer in a hundred goes out without noise",
}
"""What an office publishes, and how it may break its word."""
DAYS = 5


@dataclass(frozen=True)
class Suspect(Mechanism):
    """An office that publishes one noisy answer, or one a day, about a secret.

    Parameters
    ----------
    publishes : str
        A key of ``FLAWS``: a "poll" asks one person yes or no; the others publish a count of people.
    broken : bool
        Whether it has that flaw.

    Examples
    --------
    >>> office = Suspect("week", broken=True)
    >>> len(office.release(office.on, rng=0)), office.guarantee.epsilon
    (5, 1.0)
    """

    publishes: str
    broken: bool = False

    def __post_init__(self):
        v.one_of("publishes", self.publishes, FLAWS)

    @property
    def on(self) -> Any:
        """An input; its neighbour is `beside`."""
        return True if self.publishes == "poll" else 120

    @property
    def beside(self) -> Any:
        """The same with one person's answer changed, or without one person."""
        return False if self.publishes == "poll" else 119

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What the office says; true only where it is not broken."""
        return ReleaseGuarantee(EPSILON, unit="person",
                                change="replace" if self.publishes == "poll" else "add or remove")

    def release(self, value, *, rng):
        """What it publishes: a bool, a number, or five numbers."""
        rng = v.generator(rng)
        if self.publishes == "poll":
            return RandomizedResponse(1.4 * EPSILON if self.broken else EPSILON).release(value, rng=rng)
        if self.publishes == "week":
            noise = LaplaceNoise.for_epsilon(EPSILON if self.broken else EPSILON / DAYS, sensitivity=1)
            return tuple(noise.release(value, rng=rng) for _ in range(DAYS))
        if self.publishes == "sometimes" and self.broken and rng.random() < 0.01:
            return value
        half = self.broken and self.publishes == "count"
        return LaplaceNoise.for_epsilon(2 * EPSILON if half else EPSILON, sensitivity=1).release(value, rng=rng)


def suspects(*, rng) -> dict[str, Suspect]:
    """Offices A to D in random order, each publishing something else; two are broken.

    >>> sorted(office.publishes for office in suspects(rng=0).values())
    ['count', 'poll', 'sometimes', 'week']
    >>> sum(office.broken for office in suspects(rng=0).values())
    2
    """
    rng = v.generator(rng)
    kinds, broken = list(FLAWS), rng.permutation(len(FLAWS)) < len(FLAWS) // 2
    return {name: Suspect(kinds[i], bool(broken[i])) for name, i in zip("ABCD", rng.permutation(4), strict=True)}
