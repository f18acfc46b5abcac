"""The least that an answer of exactly 0 or 1 can mean: a floor under probabilities before logarithms are taken."""

from collections.abc import Callable
from functools import partial
from inspect import signature

import numpy as np

TINY = 1e-30
"""Of a probability that was computed without rounding."""
LOW, LEFT_OUT = 0.05, 1e-3  # a quantile; what a row of probabilities may lack by rounding, as in `Access.probabilities`


def floor_of(answers: np.ndarray) -> float:
    """The floor for answers of several models: what an answer of 0 stands for, as their other answers tell.

    Rounded answers, votes of trees or neighbors, and answers that noise pushed below 0 are exactly 0 (and 1) where the
    model is only *rather* sure. Taken for 1e-30, they lie so far from all others that these no longer differ. A zero
    stands for something below what other models answer to the same question: the floor is half of the lowest 5%
    of that. On a grid it is half a step. Answers without zeros are not touched (the floor is 1e-30), and neither are
    those of a softmax, where only what is next to nothing underflows.

    Parameters
    ----------
    answers : float array (k, n, classes)
        Of target and shadow models together, so that all are floored alike.

    Examples
    --------
    >>> votes = np.array([[[0.0, 1.0], [0.4, 0.6]], [[0.2, 0.8], [0.6, 0.4]]])
    >>> floor_of(votes), floor_of(votes[:, 1:])
    (0.1, 1e-30)
    """
    answers = whole(answers)
    zero = answers == 0
    if not zero.any():
        return TINY
    beside = answers[zero.any(axis=0) & ~zero]
    least = np.quantile(beside, LOW, method="lower") if beside.size else answers[~zero].min()
    return max(TINY, float(least) / 2)


def whole(p: np.ndarray) -> np.ndarray:
    """Answers of which the smallest were left out, completed: those that are 0 share equally what is left to 1.

    >>> whole(np.array([[0.7, 0.0, 0.0], [0.995, 0.005, 0.0]])).round(3)
    array([[0.7  , 0.15 , 0.15 ],
           [0.995, 0.005, 0.   ]])
    """
    zero, left = p == 0, 1 - p.sum(axis=-1, keepdims=True)
    return np.where(zero & (left > LEFT_OUT), left / np.maximum(zero.sum(axis=-1, keepdims=True), 1), p)


def signals_of(signal: Callable, answers: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``signal(p, y)`` of every model's answers (k, n, classes), all floored alike: float64 (k, n)."""
    answers = np.asarray(answers, np.float64)
    signal = floored(signal, answers)
    return np.stack([signal(p, y) for p in answers])


def floored(signal: Callable, answers: np.ndarray) -> Callable:
    """``signal(p, y)`` with the floor of ``answers``, where it takes ``floor=``; any other as it is."""
    return partial(signal, floor=floor_of(answers)) if "floor" in signature(signal).parameters else signal
