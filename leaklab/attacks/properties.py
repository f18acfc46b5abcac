"""Property inference: how large a share of the training data belongs to a group, which is nobody's own secret."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, Offers
from leaklab.attacks.base import Attack
from leaklab.models import Trained, adapt

PENALTIES = 10.0 ** np.arange(-2, 5)


def worlds(group: Any, shares: Any, size: int, *, rng) -> np.ndarray:
    """``trained_on`` for models whose training data hold a group in given shares.

    Parameters
    ----------
    group : bool (n,)
        Who of a table belongs to the group.
    shares : float (k,), in [0, 1]
        Of each model's training data.
    size : int
        Records of each model; ``round(share * size)`` of them are drawn from the group, the others from the rest.

    Returns
    -------
    bool array (k, n)

    Examples
    --------
    >>> group = np.arange(100) < 50
    >>> drawn = worlds(group, [0.2, 0.8], 20, rng=0)
    >>> drawn.sum(axis=1).tolist(), drawn[:, group].sum(axis=1).tolist()
    ([20, 20], [4, 16])
    """
    group, rng = v.mask("group", group, (None,)), v.generator(rng)
    shares, size = check_shares(shares), v.integer("size", size)
    inside, rest = np.flatnonzero(group), np.flatnonzero(~group)
    trained_on = np.zeros((len(shares), len(group)), bool)
    for row, share in zip(trained_on, shares, strict=True):
        many = round(float(share) * size)
        if many > len(inside) or size - many > len(rest):
            v.fail("shares", float(share), f"needs {many} of the group's {len(inside)} records and {size - many} of "
                   f"the {len(rest)} others", "Give more records, or ask for a smaller size.")
        row[rng.choice(inside, many, replace=False)] = row[rng.choice(rest, size - many, replace=False)] = True
    return trained_on


@dataclass(frozen=True, eq=False)
class ShadowWorlds:
    """Models that the adversary trained in worlds that they know.

    Attributes
    ----------
    models : Trained or sequence
        Of k models, trained as the one under attack was.
    shares : float (k,)
        The share of the group in each one's training data.
    x : array (m, ...) or DataFrame
        What all models are asked about: any records.
    """

    models: Any
    shares: Any
    x: Any
    __repr__ = summary

    def __post_init__(self):
        shares = check_shares(self.shares)
        if len(self.models) != len(shares) or len(shares) < 10 or np.ptp(shares) == 0:
            raise ValueError(f"{len(self.models)} models and {len(shares)} shares: must be as many, at least 10, of "
                             "at least two different shares.")
        object.__setattr__(self, "shares", shares)


@dataclass(frozen=True, eq=False)
class Share:
    """What a property inference says of one model.

    Attributes
    ----------
    share : float
        The estimated share of the group, in [0, 1].
    low, high : float
        The interval that holds it about as often as ``confidence`` says, over models trained like the shadow models and
        on people of the same population: a quantile of the shadow models' cross-validated errors, as in conformal
        prediction. Measured with 60 shadow models, at 0.95: 0.95 over all kinds of models and groups together, but 0.82
        to 1.00 within one (``benchmarks/README.md``).
    confidence : float
    above : float
        Probability that the share lies nearer the largest of the shadow models' shares than the smallest: which of two
        worlds it is, where there are two.
    queries : int
    """

    share: float
    low: float
    high: float
    confidence: float
    above: float
    queries: int = 0

    def __str__(self) -> str:
        return f"{self.share:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True, kw_only=True)
class PropertyInference(Attack):
    """How large a group was in the training data (after Ateniese et al. 2015 and Ganju et al. 2018).

    ``attack(access, knowledge=ShadowWorlds(...))``: a meta-model learns from shadow models how answers, or parameters,
    move with the share. It is a ridge regression for the share and a logistic regression for which of two worlds.

    Parameters
    ----------
    by : {"answers", "parameters"}
        What of a model it looks at: logarithms of its probabilities on ``knowledge.x``; or its parameters, the hidden
        units of each layer in the order of their outgoing weights' sums, for a network is the same in whatever order
        they stand (Ganju et al. 2018).
    confidence : float

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> def clinic(share):  # as often ill as the share of smokers lets it be
    ...     return lambda x: np.tile([1 - share / 2, share / 2], (len(x), 1))
    >>> shares = np.linspace(0.1, 0.9, 20)
    >>> shadow = [adapt(clinic(share), inputs=(1,), classes=2) for share in shares]
    >>> access = BlackBox(clinic(0.7), inputs=(1,), classes=2)
    >>> found = PropertyInference()(access, knowledge=ShadowWorlds(shadow, shares, np.zeros((3, 1))))
    >>> round(found.share, 1), found.low < 0.7 < found.high, found.above > 0.5, found.queries
    (0.7, True, True, 3)
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (ShadowWorlds,)
    by: str = "answers"
    confidence: float = 0.95

    def __post_init__(self):
        v.one_of("by", self.by, ("answers", "parameters"))
        v.number("confidence", self.confidence, low=0, high=1, open_low=True, open_high=True)

    def target(self, access):
        if self.by == "parameters":
            access.require(Offers.PARAMETERS, "PropertyInference(by='parameters')")
        return ()

    def run(self, access, knowledge, rng, progress):
        meta = Meta.learn(seen_of(knowledge.models, knowledge.x, self.by), knowledge.shares, self.confidence)
        if self.by == "parameters":
            return meta.read(flat(access.parameters())[None])[0]
        return meta.read(_logs(access.probabilities(knowledge.x))[None])[0]

    def wrap(self, result):
        return result


@dataclass(frozen=True, eq=False)
class Meta:
    """A meta-model: from what is seen of a model to the share in its training data.

    Attributes
    ----------
    regression, side : Pipeline
        For the share, and for which side of the middle.
    half : float
        Half the width of the interval.
    confidence : float
    """

    regression: Pipeline
    side: Pipeline
    half: float
    confidence: float = 0.95
    __repr__ = summary

    @classmethod
    def learn(cls, seen: np.ndarray, shares: np.ndarray, confidence: float = 0.95) -> "Meta":
        """From ``seen`` (k, features) of k shadow models and their ``shares`` (k,)."""
        regression = make_pipeline(StandardScaler(), RidgeCV(PENALTIES))
        order = np.random.default_rng(0).permutation(len(shares))  # folds must not follow the order of the worlds
        error = np.sort(np.abs(cross_val_predict(regression, seen[order], shares[order], cv=10) - shares[order]))
        rank = int(np.ceil((len(error) + 1) * confidence))
        half = float(error[rank - 1]) if rank <= len(error) else 1.0
        middle = (shares.min() + shares.max()) / 2
        side, off = make_pipeline(StandardScaler(), LogisticRegression(
            C=0.01, class_weight="balanced", max_iter=1000)), ~np.isclose(shares, middle)
        return cls(regression.fit(seen, shares), side.fit(seen[off], shares[off] > middle), half, confidence)

    def read(self, seen: np.ndarray) -> list[Share]:
        """What is said of each model, by what is seen of it: (j, features)."""
        share = np.clip(self.regression.predict(seen), 0, 1)
        above = self.side.predict_proba(seen)[:, 1]
        return [Share(float(one), float(max(0, one - self.half)), float(min(1, one + self.half)), self.confidence,
                      float(p)) for one, p in zip(share, above, strict=True)]


def seen_of(models: Any, x: Any, by: str = "answers") -> np.ndarray:
    """What is seen of each of many models, float64 (k, features)."""
    if by == "parameters":
        return np.stack([flat(Access(models[j]).parameters()) for j in range(len(models))])
    if not isinstance(models, Trained):
        models = [adapt(model) for model in models]
        return np.stack([_logs(Access(model).probabilities(x)) for model in models])
    return np.stack([_logs(p) for p in models.probabilities(x)])


def flat(parameters: list[np.ndarray]) -> np.ndarray:
    """Kernels and biases in turn as one row, hidden units in the order of the sums of their outgoing weights.

    >>> flat([np.array([[1.0, 2.0]]), np.array([3.0, 4.0]), np.array([[9.0], [5.0]]), np.array([6.0])]).tolist()
    [2.0, 1.0, 4.0, 3.0, 5.0, 9.0, 6.0]
    """
    parts = [np.asarray(part, np.float64) for part in parameters]
    for layer in range(len(parts) - 4, -1, -2):
        if parts[layer].ndim != 2 or parts[layer + 2].ndim != 2:
            raise v.Refused("by='parameters': only networks of dense layers are supported. Use by='answers'.")
        order = np.argsort(parts[layer + 2].sum(axis=1), kind="stable")
        parts[layer], parts[layer + 1] = parts[layer][:, order], parts[layer + 1].ravel()[order]
        parts[layer + 2] = parts[layer + 2][order]
    return np.concatenate([part.ravel() for part in parts])


def check_shares(shares: Any) -> np.ndarray:
    """Shares in [0, 1], float64 (k,)."""
    shares = v.array("shares", shares, ndim=1, dtype=np.float64)
    if shares.min() < 0 or shares.max() > 1:
        v.fail("shares", float(shares.min() if shares.min() < 0 else shares.max()), "must lie in [0, 1]")
    return shares


def _logs(p: np.ndarray) -> np.ndarray:
    """Logits of all classes but the first, one row; the first's is what the others leave."""
    p = np.clip(np.asarray(p, np.float64), 1e-6, 1)
    return (np.log(p[:, 1:]) - np.log(p[:, :1])).ravel()
