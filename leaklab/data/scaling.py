"""Center and scale of a table in numbers: its own, or from public bounds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from leaklab._validate import fail, number
from leaklab.data.encoding import CATEGORY, DAYS, NUMBER, Encode, parts, table_of

Bounds = Mapping[Any, tuple[float, float]]
UNSCALED = (-1.0, 1.0)


def own_scaling(features: pd.DataFrame, encode: Encode | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each number; categories stay 0 and 1, and so does what is constant."""
    numbers = table_of(features, encode).to_numpy(np.float64)
    center, scale = numbers.mean(0), numbers.std(0)
    if encode:
        category = [part.kind == CATEGORY for part in parts(features, encode) for _ in part.names]
        center[category], scale[category] = 0, 1
    scale[scale == 0] = 1
    return center, scale


def bounded(features: pd.DataFrame, encode: Encode | None, bounds: Bounds
            ) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """The features clipped to public bounds, and the center and scale that map these to [-1, 1].

    Categories, true and false need no bounds, and are 0 and 1 without.
    """
    found = parts(features, encode)
    for wrong, rule in (({part.column for part in found if part.kind in (NUMBER, DAYS)} - set(bounds),
                         "must cover every feature; missing"),
                        (set(bounds) - {part.column for part in found if part.kind != CATEGORY},
                         "must name only features of the table; unknown")):
        if wrong:
            fail("bounds", sorted(bounds), f"{rule}: {', '.join(map(repr, sorted(wrong)))}")
    ranges = {name: _range(name, bound) for name, bound in bounds.items()}
    for part in found:
        if part.kind == DAYS and not np.array_equal(part.numbers, part.numbers.clip(*ranges[part.column])):
            fail(f"bounds[{part.column!r}]", bounds[part.column], "must span all dates, in days since 1970")
    if numbers := [part.column for part in found if part.kind == NUMBER]:
        features = features.copy()
        features[numbers] = features[numbers].clip(*np.array([ranges[name] for name in numbers]).T, axis=1)
    low, high = np.array([ranges.get(part.column, UNSCALED) for part in found for _ in part.names]).T
    return features, (low + high) / 2, (high - low) / 2


def _range(name: Any, bound: Any) -> tuple[float, float]:
    if not isinstance(bound, tuple | list) or len(bound) != 2:
        fail("bounds", {name: bound}, "must be a pair (low, high)")
    low = number(f"bounds[{name!r}]", bound[0])
    return low, number(f"bounds[{name!r}]", bound[1], low=low, open_low=True)
