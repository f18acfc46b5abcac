"""Quantile regression: how sure would the model be of such a record, had it never seen it? No shadow models."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.floor import floored
from leaklab.attacks.knowledge import Outsiders
from leaklab.attacks.lira import logit
from leaklab.attacks.membership import MembershipAttack


@dataclass(frozen=True, kw_only=True)
class QuantileRegression(MembershipAttack):
    """A threshold for every record, regressed on its features (Bertran et al. 2023); needs `Outsiders`.

    The model under attack is asked about the outsiders, and the logit-scaled answer is regressed on features and
    label: its median and an upper quantile. The score is (signal - median) / (upper quantile - median), on one scale
    for all records. A quarter of the outsiders is kept from the regression to set the threshold that ``fpr`` of them
    exceed. The answers for outsiders count as queries.

    Parameters
    ----------
    fpr : float
        False-positive rate of the verdict, in (0, 1).
    upper : float
        The upper quantile, in (0.5, 1).
    trees : int
        Boosting rounds of each regression.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (Outsiders,)
    fpr: float = 0.05
    upper: float = 0.85
    trees: int = 50

    def __post_init__(self):
        v.number("fpr", self.fpr, low=0, high=1, open_low=True, open_high=True)
        v.number("upper", self.upper, low=0.5, high=1, open_low=True, open_high=True)
        v.integer("trees", self.trees)

    def run(self, access, x, y, knowledge, rng, progress):
        others, label = knowledge.asked(access)
        held = max(1, len(label) // 4)
        if np.floor(self.fpr * (held + 1)) < 1:
            raise v.Refused(f"fpr={self.fpr} cannot be set on {held} held-out outsiders (a quarter of "
                            f"{len(label)}): needs at least {int(np.ceil(1 / self.fpr)) - 1}.")
        order = rng.permutation(len(label))
        asked, told = access.probabilities(x), access.probabilities(others)
        measure = floored(logit, np.concatenate([asked, told])[None])
        signal, (features, own) = measure(told, label), _features((others, label), (x, y))
        fit, kept = order[held:], order[:held]
        seeds = rng.integers(2**31, size=2)
        with threadpool_limits(1, user_api="openmp"):  # so small a fit only waits for busy cores
            models = [HistGradientBoostingRegressor(loss="quantile", quantile=q, max_iter=self.trees, random_state=seed,
                                                    early_stopping=False).fit(features[fit], signal[fit])
                      for q, seed in zip((0.5, self.upper), seeds, strict=True)]
            expected = [[model.predict(f) for model in models] for f in (features[kept], own)]
        least = 0.1 * np.subtract(*np.quantile(signal[fit], [self.upper, 0.5]))  # regressed quantiles may cross

        def score(signal, median, upper):
            return (signal - median) / np.maximum(upper - median, max(least, 1e-6))

        false = np.sort(score(signal[kept], *expected[0]))
        threshold = false[-int(np.floor(self.fpr * (held + 1)))]  # a new outsider exceeds it with chance fpr at most
        return score(measure(asked, y), *expected[1]), threshold


def _features(*records: Any) -> list[np.ndarray]:
    """Records and labels as numbers alone; each text becomes the number of its kind."""
    if hasattr(records[0][0], "columns"):
        table = pd.concat([x for x, _ in records])
        codes = [c if c.dtype.kind in "biuf" else pd.Series(pd.factorize(c)[0]) for _, c in table.items()]
        parts = np.split(np.column_stack(codes), [len(records[0][0])])
        records = tuple((part, y) for part, (_, y) in zip(parts, records, strict=True))
    return [np.column_stack([np.reshape(x, (len(x), -1)), y]).astype(np.float64) for x, y in records]
