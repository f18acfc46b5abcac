"""Randomized response: what an answer given by a coin reveals of one person, and what many of them reveal of all."""

from dataclasses import dataclass

import numpy as np
from dp_accounting.pld import privacy_loss_distribution as pld
from scipy.stats import binom

from leaklab import _validate as v
from leaklab.privacy.accounting import GRID
from leaklab.privacy.release import Mechanism, ReleaseGuarantee, check_epsilon
from leaklab.privacy.shares import ShareEstimate, share_of


@dataclass(frozen=True)
class RandomizedResponse(Mechanism):
    """A yes-or-no answer under a coin (Warner 1965; with forced answers, Boruch 1971).

    Each person tells the truth with probability ``truth``; otherwise a fair coin answers for them. An answer is then
    the true one with probability ``keep = (1 + truth) / 2``, and epsilon-local differential privacy holds with
    ``epsilon = ln(keep / (1 - keep))`` and no smaller one (Wang and others 2017: direct encoding of two values). So
    ``truth = tanh(epsilon / 2)``. For more than two answers: `CategoricalResponse`; for a table: `TableResponse`.

    Parameters
    ----------
    epsilon : float in [0, inf]
        At 0 the coin alone answers; at ``inf`` everybody tells the truth.

    Examples
    --------
    >>> coin = RandomizedResponse.of_truth(0.5)
    >>> round(coin.epsilon, 3), coin.keep, round(coin.belief(0.5, yes=1, no=0), 2)
    (1.099, 0.75, 0.75)
    >>> print(coin.estimate(22, 40))
    0.60 [0.33, 0.90]
    >>> round(coin.release([True] * 90_000, rng=0).mean(), 2)
    0.75
    >>> print(coin.guarantee)
    epsilon = 1.10 at delta = 0 (neighbours: replace one person by another; exact)
    """

    epsilon: float

    def __post_init__(self):
        object.__setattr__(self, "epsilon", check_epsilon(self.epsilon))

    @classmethod
    def of_truth(cls, truth: float) -> "RandomizedResponse":
        """The coin with which people tell the truth with this probability, in [0, 1]."""
        truth = v.number("truth", truth, low=0, high=1)
        return cls(2 * float(np.arctanh(truth)) if truth < 1 else np.inf)

    @property
    def truth(self) -> float:
        """How often a person tells the truth because the coin says so."""
        return float(np.tanh(self.epsilon / 2))

    @property
    def keep(self) -> float:
        """How often an answer is the true one, also by luck."""
        return (1 + self.truth) / 2

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What one answer promises to who gives it, against whoever reads it."""
        return ReleaseGuarantee(self.epsilon, unit="person", change="replace")

    def release(self, value, *, rng):
        """A noisy answer to one yes-or-no secret, or to those of many people, bool (n,), each with a coin of their own.

        Raises
        ------
        ValueError
            On secrets that are not True or False (1 or 0).
        """
        rng = v.generator(rng)
        if isinstance(value, bool):  # one answer: an audit asks for thousands
            return value if rng.random() < self.truth else rng.random() < 0.5
        secret = v.mask("value", value, (None,) * np.ndim(value))
        answers = self.answers(secret, *rng.random((2, *secret.shape)))
        return answers if secret.ndim else bool(answers)

    def answers(self, secret, told, coin) -> np.ndarray:
        """Noisy answers, from the true ones and two uniform numbers in [0, 1) for each.

        The same numbers give answers that change with epsilon one by one: nothing is tossed anew.
        """
        return np.where(np.asarray(told) < self.truth, secret, np.asarray(coin) < 0.5)

    def losses(self) -> pld.PrivacyLossDistribution:
        """The exact distribution of the privacy loss of one answer; epsilon must be above 0 and finite."""
        return pld.from_randomized_response(1 - self.truth, 2, value_discretization_interval=GRID) \
            if 0 < self.truth < 1 else super().losses()

    def estimate(self, yes: int, people: int, *, confidence: float = 0.95) -> ShareEstimate:
        """The share of "yes" behind noisy answers, among the people who gave them; see `share_of`.

        Unbiased: ``(yes / people - (1 - truth) / 2) / truth``.

        Parameters
        ----------
        yes, people : int
            Noisy answers "yes", and all answers.
        confidence : float
        """
        return share_of(yes, people, keep=self.keep, lie=1 - self.keep, confidence=confidence)

    def belief(self, prior: float, *, yes: int, no: int) -> float:
        """How likely the truth is "yes", after so many answers of one person, by Bayes.

        Every "yes" multiplies the odds by e^epsilon, every "no" divides them by it: k answers are k epsilon together.
        """
        prior = v.number("prior", prior, low=0, high=1)
        excess = v.integer("yes", yes, low=0) - v.integer("no", no, low=0)
        if self.epsilon == np.inf and yes and no:
            raise v.Refused(f"yes={yes}, no={no}: without noise nobody answers both ways. Use a finite epsilon.")
        if prior in (0, 1) or not excess:
            return prior
        evidence = excess * self.epsilon
        return float(1 / (1 + (1 - prior) / prior * np.exp(-evidence))) if evidence > -700 else 0.0

    def majority(self, times: int) -> float:
        """How often the majority of so many answers of one person is the truth; a tie is decided by a fair coin."""
        times = v.integer("times", times)
        ties = binom.pmf(times / 2, times, self.keep) if times % 2 == 0 else 0.0
        return float(binom.sf(times // 2, times, self.keep) + ties / 2)
