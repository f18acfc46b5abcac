"""Telling the outputs of two inputs apart, whatever an output is: numbers, rows of numbers, words, or some of each."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from leaklab._repr import summary

OFTEN = 3
"""An output that came so often, exactly, among those learned from is judged by its own counts."""
FEW, WIDEST = 20, 8
"""Fewest rows of numbers to learn from; no more coordinates than this are tried one by one."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """Outputs of any kind, as numbers: a code for each that is the same, and a row where it consists of numbers.

    Attributes
    ----------
    codes : int array (n,)
        Equal for equal outputs, whatever their types: 2, 2.0 and ``np.float32(2)`` are equal.
    rows : float array (n, d)
        The numbers; zeros where there are none.
    numeric : bool array (n,)
        Which outputs are d finite numbers, d being the length of most.
    names : list
        What each code stands for.
    """

    codes: np.ndarray
    rows: np.ndarray
    numeric: np.ndarray
    names: list
    __repr__ = summary

    @classmethod
    def read(cls, outputs: Sequence) -> "Outputs":
        """From a sequence of n outputs.

        >>> read = Outputs.read(["yes", "no", "yes", 3.5, np.float32(3.5), None])
        >>> read.codes.tolist(), read.numeric.tolist()
        ([0, 1, 0, 2, 2, 3], [False, False, False, True, True, False])
        """
        if (plain := _plain(outputs)) is not None:
            found, codes = np.unique(plain, axis=0, return_inverse=True)
            whether = all(isinstance(output, bool | np.bool_) for output in outputs)
            names = [bool(row[0]) if whether else tuple(row.tolist()) for row in found]
            return cls(codes.reshape(-1), plain, np.ones(len(plain), bool), names)
        number: dict[Hashable, int] = {}
        keys = [_key(output) for output in outputs]
        codes = np.array([number.setdefault(key, len(number)) for key in keys])
        found = [_numbers(key) for key in keys]
        widths = Counter(len(row) for row in found if row)
        width = widths.most_common(1)[0][0] if widths else 0
        numeric = np.array([row is not None and len(row) == width for row in found], bool) & bool(width)
        rows = np.zeros((len(keys), width))
        rows[numeric] = [row for row, is_row in zip(found, numeric, strict=True) if is_row] or np.empty((0, width))
        return cls(codes, rows, numeric, list(number))


def tellers(outputs: Outputs, first: np.ndarray, learn: np.ndarray) -> dict[str, np.ndarray]:
    """Scores that are higher for outputs of the first input; which of them tells best is to be seen on others.

    An output that comes again and again, exactly, is judged by how often it came of each input: so categories, words,
    and a number that no noise was added to. Numbers are also judged each by itself, by a linear score of all, and by
    a tree, which finds bands and corners.

    Parameters
    ----------
    outputs : Outputs
    first, learn : bool array (n,)
        Which come of the first input; and which may be learned from.

    Returns
    -------
    dict of str to float array (n,)
    """
    counted, often = _by_counts(outputs.codes, first, learn)
    scores = {"counts": np.where(often, counted, 0.0)}
    rows, numeric = outputs.rows, outputs.numeric
    chosen = numeric & learn
    if min((chosen & first).sum(), (chosen & ~first).sum()) < FEW:
        return scores
    low, high = np.quantile(rows[chosen], [0.005, 0.995], axis=0)
    clipped = np.clip(rows, low, high)
    middle, spread = clipped[chosen].mean(axis=0), clipped[chosen].std(axis=0)
    shift = clipped[chosen & first].mean(axis=0) - clipped[chosen & ~first].mean(axis=0)
    if rows.shape[1] <= WIDEST:
        for column, move in enumerate(shift):
            scores[f"number {column + 1}"] = np.where(numeric, (rows[:, column] - middle[column]) * (
                1 if move >= 0 else -1), 0.0)
    if rows.shape[1] > 1:
        scaled = (clipped - middle) / np.where(spread > 0, spread, 1.0)
        scores["linear"] = np.where(numeric, scaled @ _direction(scaled[chosen], first[chosen]), 0.0)
    tree = DecisionTreeClassifier(max_leaf_nodes=32, min_samples_leaf=max(10, chosen.sum() // 200), random_state=0)
    seen = tree.fit(rows[chosen], first[chosen]).predict_proba(rows)[:, 1]
    scores["tree"] = np.where(numeric, seen - 0.5, 0.0)
    log_odds = np.log((seen + 1e-3) / (1 - seen + 1e-3))
    scores["tree and counts"] = np.where(often, counted, np.where(numeric, log_odds, 0.0))
    return scores


def _direction(rows: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Fisher's linear discriminant, with a little of the identity against columns that repeat each other."""
    apart = rows[first].mean(axis=0) - rows[~first].mean(axis=0)
    within = (np.cov(rows[first].T) + np.cov(rows[~first].T)) / 2
    return np.linalg.solve(within + 1e-3 * np.eye(len(apart)), apart)


def _by_counts(codes: np.ndarray, first: np.ndarray, learn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of each output by how often it came of either input, drawn to 0 where it is rare; and which are known.

    One is added to each count, so that what came once or twice is no strong evidence.
    """
    counts = np.stack([np.bincount(codes[learn & side], minlength=codes.max() + 1) for side in (first, ~first)])
    totals = counts.sum(axis=1, keepdims=True)
    log_rates = np.log((counts + 1) / (totals + 1))
    return (log_rates[0] - log_rates[1])[codes], (counts.sum(axis=0) >= OFTEN)[codes]


def _plain(outputs: Sequence) -> np.ndarray | None:
    """All outputs as one float array (n, d), where they are finite numbers of one shape; else None."""
    try:
        raw = np.asarray(outputs)
    except ValueError:  # of unlike lengths
        return None
    if raw.dtype.kind not in "biuf":
        return None
    plain = raw.astype(float).reshape(len(raw), -1)
    return plain if plain.shape[1] and np.isfinite(plain).all() else None


def _key(output: Any) -> Hashable:
    """What two outputs share when they are the same, of whatever kind."""
    if isinstance(output, str | bytes) or output is None:
        return output
    if isinstance(output, np.generic):
        output = output.item()
    if isinstance(output, Real):
        try:
            number = float(output)
        except OverflowError:  # an integer beyond all floats
            return repr(output)
        return "not a number" if np.isnan(number) else number
    if isinstance(output, np.ndarray):
        return tuple(_key(one) for one in output.ravel())
    if isinstance(output, dict):
        return tuple((str(name), _key(one)) for name, one in output.items())
    if isinstance(output, set | frozenset):
        return tuple(sorted(map(str, map(_key, output))))
    if isinstance(output, list | tuple):
        return tuple(_key(one) for one in output)
    return _key(output.to_numpy()) if hasattr(output, "to_numpy") else repr(output)


def _numbers(key: Hashable) -> list[float] | None:
    """The finite numbers that an output consists of, also as texts; None where there is anything else in it."""
    if isinstance(key, tuple):
        parts = [_numbers(one) for one in key]
        return None if not parts or None in parts else [number for part in parts for number in part or ()]
    try:
        number = float(key)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return [number] if np.isfinite(number) else None
