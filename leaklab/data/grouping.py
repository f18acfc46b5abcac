"""Which rows are alike, which belong on one side of the member line, and which groups fit."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def equal_rows(features: pd.DataFrame, label: np.ndarray) -> np.ndarray:
    """Group numbers (n,), in order of first appearance: equal for rows that are exactly alike; a gap equals a gap."""
    group = label
    for j in range(features.shape[1]):  # pair by pair: the pairs' numbers stay below n squared
        code, values = pd.factorize(features.iloc[:, j], use_na_sentinel=False)
        group = pd.factorize(group * len(values) + code)[0]
    return group


def linked(group: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Groups joined where they share a person, numbered in order of first appearance."""
    n = len(group)
    link = np.ones(n), (group, pd.factorize(person)[0] + n)
    return pd.factorize(connected_components(coo_matrix(link, shape=(2 * n,) * 2), directed=False)[1][group])[0]


def fitting(counts: np.ndarray, order: np.ndarray, size: int) -> list[int]:
    """The groups, taken in ``order``, that fit one after the other into ``size`` rows."""
    taken = []
    for g in order:
        if counts[g] <= size:
            taken.append(g)
            size -= counts[g]
        if size == 0:
            break
    return taken
