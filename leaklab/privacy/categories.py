"""Randomized response with more than two answers, and for a whole table, a column after the other."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from dp_accounting.pld import privacy_loss_distribution as pld

from leaklab import _validate as v
from leaklab.privacy.accounting import GRID
from leaklab.privacy.release import Mechanism, ReleaseGuarantee, check_epsilon
from leaklab.privacy.response import RandomizedResponse
from leaklab.privacy.shares import ShareEstimate, share_of


@dataclass(frozen=True)
class CategoricalResponse(Mechanism):
    """One of k answers under a die: the true one with probability ``keep``, each other with ``lie``.

    ``keep = e^epsilon / (e^epsilon + k - 1)`` and ``lie = 1 / (e^epsilon + k - 1)``: epsilon-local differential privacy
    (Kairouz, Oh and Viswanath 2014, "k-ary randomized response"). With two answers it is `RandomizedResponse`. The more
    answers there are, the more often one must lie.

    Parameters
    ----------
    epsilon : float in [0, inf]
    answers : sequence of k >= 2 different answers
        All that anybody may give: stated, never read off the data.

    Examples
    --------
    >>> die = CategoricalResponse(1.0, ("never", "once", "often"))
    >>> round(die.keep, 3), round(die.lie, 3)
    (0.576, 0.212)
    >>> told = die.release(["often"] * 9000, rng=0)
    >>> str(die.estimate(told)["often"])
    '0.99 [0.96, 1.00]'
    """

    epsilon: float
    answers: tuple[Hashable, ...]

    def __post_init__(self):
        object.__setattr__(self, "epsilon", check_epsilon(self.epsilon))
        if isinstance(self.answers, str):
            v.fail("answers", self.answers, "must be a sequence of answers", 'For example ("yes", "no").')
        answers = tuple(getattr(answer, "item", lambda same=answer: same)() for answer in self.answers)
        if len(set(answers)) != len(answers) or len(answers) < 2:
            v.fail("answers", answers, "must be at least two, all different")
        object.__setattr__(self, "answers", answers)

    @property
    def keep(self) -> float:
        """How often an answer is the true one."""
        return 1 / (1 + (len(self.answers) - 1) * float(np.exp(-self.epsilon)))

    @property
    def lie(self) -> float:
        """How often it is one certain other answer."""
        return (1 - self.keep) / (len(self.answers) - 1)

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What one answer promises to who gives it, against whoever reads it."""
        return ReleaseGuarantee(self.epsilon, unit="person", change="replace")

    def release(self, value, *, rng):
        """A noisy answer to one secret, or to those of many people (n,), each with a die of their own.

        Raises
        ------
        ValueError
            On a secret that is none of the answers.
        """
        rng = v.generator(rng)
        one = isinstance(value, str) or np.ndim(value) == 0
        codes = self._codes("value", [value] if one else value)
        # Another answer than the true one: the next of k - 1, counted from the true one.
        other = codes + rng.integers(1, len(self.answers), len(codes))
        told = np.where(rng.random(len(codes)) < self.keep, codes, other % len(self.answers))
        if one:
            return self.answers[told[0]]
        kinds = {type(answer) for answer in self.answers}
        plain = len(kinds) == 1 and kinds <= {bool, int, float, str}  # else numpy would change some
        return (np.array(self.answers) if plain else np.fromiter(self.answers, object, len(self.answers)))[told]

    def estimate(self, told: Sequence, *, confidence: float = 0.95) -> dict[Hashable, ShareEstimate]:
        """The share of each answer behind noisy ones, (n,); each interval holds by itself. See `share_of`."""
        counts = np.bincount(self._codes("told", told), minlength=len(self.answers))
        return {answer: share_of(int(count), len(told), keep=self.keep, lie=self.lie, confidence=confidence)
                for answer, count in zip(self.answers, counts, strict=True)}

    def losses(self) -> pld.PrivacyLossDistribution:
        """The exact distribution of the privacy loss of one answer."""
        if not 0 < self.epsilon < np.inf:
            return super().losses()
        return pld.from_randomized_response(self.lie * len(self.answers), len(self.answers),
                                            value_discretization_interval=GRID)

    def _codes(self, name: str, values) -> np.ndarray:
        """Numbers of the answers; one that there is not is refused."""
        number = {answer: i for i, answer in enumerate(self.answers)}
        values = [value.item() if isinstance(value, np.generic) else value for value in values]
        if odd := [value for value in values if value not in number]:
            v.fail(name, odd[0], f"must be one of the {len(number)} answers", "Name all answers that may be given.")
        return np.array([number[value] for value in values], int)


@dataclass(frozen=True, eq=False)
class TableResponse(Mechanism):
    """Noise in the data: each person answers every question of a table under a coin or a die of its own.

    All answers of a person are theirs, so their epsilons add up.

    Parameters
    ----------
    columns : mapping of str to RandomizedResponse or CategoricalResponse

    Examples
    --------
    >>> table = pd.DataFrame({"smoker": [1, 0, 1], "ill": [0, 0, 1]})
    >>> noise = TableResponse.for_epsilon(2.0, {"smoker": (0, 1), "ill": (0, 1)})
    >>> noise.guarantee.epsilon, noise.release(table, rng=0).shape
    (2.0, (3, 2))
    """

    columns: Mapping[str, RandomizedResponse | CategoricalResponse]

    def __post_init__(self):
        if not self.columns:
            v.fail("columns", self.columns, "must name at least one column")
        for name, response in self.columns.items():
            if not isinstance(response, RandomizedResponse | CategoricalResponse):
                v.fail(f"columns[{name!r}]", response, "must be a RandomizedResponse or a CategoricalResponse")
        object.__setattr__(self, "columns", dict(self.columns))

    @classmethod
    def for_epsilon(cls, epsilon: float, answers: Mapping[str, Sequence]) -> "TableResponse":
        """The whole epsilon of a person, shared equally by the columns; for each, all answers that it may hold."""
        if not answers:
            v.fail("answers", answers, "must name at least one column")
        each = check_epsilon(epsilon) / len(answers)
        return cls({name: CategoricalResponse(each, tuple(possible)) for name, possible in answers.items()})

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What a whole row promises to its person: basic composition (Dwork and Roth 2014, theorem 3.16)."""
        total = sum(response.guarantee.epsilon for response in self.columns.values())
        return ReleaseGuarantee(total, unit="person", change="replace", accountant="basic composition")

    def release(self, value: pd.DataFrame, *, rng) -> pd.DataFrame:
        """The table with noise in every column, in its own order.

        Raises
        ------
        ValueError
            On a column that no noise was stated for, which would go out as it is; or one that is missing.
        """
        rng = v.generator(rng)
        if not hasattr(value, "columns"):
            v.fail("value", type(value).__name__, "must be a DataFrame")
        given = Counter(value.columns)
        for wrong, rule in (([c for c in given if c not in self.columns], "has no noise stated for the column(s)"),
                            ([c for c in self.columns if given[c] != 1], "must have once the column(s)")):
            if wrong:
                raise ValueError(f"value {rule} {v.listed(wrong)}. State a response for each, or drop them.")
        return pd.DataFrame({name: self.columns[name].release(value[name].to_numpy(), rng=rng)
                             for name in value.columns}, index=value.index)
