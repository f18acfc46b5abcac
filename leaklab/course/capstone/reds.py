"""Three prepared reds: a threshold, shadow models, and shadow models with patience."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks import SIGNALS, lira, logit
from leaklab.attacks.floor import signals_of
from leaklab.attacks.in_turns import Recorded
from leaklab.course.capstone.contest import Challenge, Red
from leaklab.models import Trained
from leaklab.server import parse_hardening
from leaklab.training import halves

COPIES = 0.5
"""Standard deviation of the noise on copies of a record, whose features have a standard deviation of about 1."""


def threshold_red(challenge: Challenge, rng: np.random.Generator) -> np.ndarray:
    """The loss, one question a person (lesson 03; Yeom et al. 2018); of labels: right or wrong."""
    return SIGNALS["loss"](challenge.access.probabilities(challenge.x), challenge.y)


@dataclass(frozen=True, kw_only=True)
class ShadowRed:
    """LiRA with shadow models that answer as blue's model does (lesson 04; Carlini et al. 2022).

    Parameters
    ----------
    shadows : int
        Models trained by blue's recipe, each on a random half of the candidates and on people of red's own.
    times : int
        Questions about each candidate, as far as the budget goes, whose answers are averaged: where answers are noisy
        the same question, where they are labels about copies with a little noise. Else one is enough.
    """

    shadows: int = 48
    times: int = 1

    def __post_init__(self):
        v.integer("shadows", self.shadows, low=4)
        v.integer("times", self.times)

    def __call__(self, challenge: Challenge, rng: np.random.Generator) -> np.ndarray:
        trained, inside = self._trained(challenge, rng)
        versions = list(self._versions(challenge, rng))
        asked = np.mean([challenge.access.probabilities(x) for x in versions], axis=0)
        harden, rows = parse_hardening(challenge.defense.answers, rng=rng), np.arange(len(challenge.x))[:, None]
        mine: dict[int, np.ndarray] = {}  # what the shadow models say of a version that is asked again
        answers = [np.stack([harden(Access(Recorded(p))).probabilities(rows) for p in (
            mine.setdefault(id(x), trained.probabilities(x)))]) for x in versions]
        signals = signals_of(logit, np.concatenate([asked[None], np.mean(answers, axis=0)]), challenge.y)
        return lira(signals[0], signals[1:], inside)

    def _versions(self, challenge: Challenge, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """What is asked: the candidates, and again, or copies of them."""
        answers, budget = challenge.defense.answers, challenge.defense.budget
        labels, noisy = "labels" in answers, "noisy" in answers or "laplace" in answers
        times = self.times if labels or noisy else 1
        if budget is not None:  # what is left, if this red asked before
            times = min(times, (budget - challenge.access.queries) // len(challenge.x))
        yield challenge.x
        for _ in range(times - 1):
            copies = COPIES * rng.standard_normal(challenge.x.shape) if labels else 0
            yield (challenge.x + copies).astype(np.float32) if labels else challenge.x

    def _trained(self, challenge: Challenge, rng: np.random.Generator) -> tuple[Trained, np.ndarray]:
        """The shadow models, and which candidates each was trained on; trained once a challenge."""
        if ("shadows", self.shadows) not in challenge.notes:
            n, people = len(challenge.x), challenge.defense.people
            inside = halves(self.shadows, n, rng=rng)
            own = challenge.outsiders(max(2, 2 * (people - n // 2)), rng=rng)
            others = np.zeros((self.shadows, len(own)), bool)
            for row in others:
                row[rng.permutation(len(own))[:max(0, people - n // 2)]] = True
            trained = challenge.defense.recipe().fit_many(
                np.concatenate([challenge.x, own.x]), np.concatenate([challenge.y, own.label]),
                np.concatenate([inside, others], axis=1), classes=2, rng=rng)
            challenge.notes["shadows", self.shadows] = trained, inside
        return challenge.notes["shadows", self.shadows]


REDS: dict[str, Red] = {"I threshold": threshold_red, "II shadow models": ShadowRed(),
                        "III patience": ShadowRed(times=60)}
"""Three prepared reds, each stronger than the one before."""
