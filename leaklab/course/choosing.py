"""Reads which of some options an answer names: texts, letters, lists of them, in any case."""

import re
from collections.abc import Collection, Iterable, Mapping
from numbers import Number
from typing import Any

import numpy as np

from leaklab.course.judging import NotYet, described, inside, number


def choice(answer: Any, options: Iterable) -> Any:
    """The one of the options that an answer names: texts in any case and spacing, numbers in any form.

    >>> choice(" C ", "abcd"), choice(["Labels"], ("scores", "labels")), choice("0.5", (np.inf, 8, 0.5))
    ('c', 'labels', 0.5)
    """
    options = list(options)
    if all(isinstance(option, Number) for option in options):
        found = number(answer)
        for option in options:
            if found == option or (np.isfinite(option) and np.isclose(found, float(option), rtol=1e-6, atol=1e-12)):
                return option
        raise NotYet(f"Answer with one of {', '.join(f'{option:g}' for option in options)}; yours is {found:g}.")
    return _named(inside(answer), options)


def chosen(answer: Any, options: Iterable[str]) -> frozenset[str]:
    """Which of the options an answer lists: a list, tuple, set, array, or a text with commas; it may be empty.

    >>> sorted(chosen("Noise, TOP", ("noise", "top", "names"))), chosen([], ("noise", "top"))
    (['noise', 'top'], frozenset())
    """
    options = list(options)
    if isinstance(answer, str) and answer.strip().lower() not in [option.lower() for option in options]:
        answer = [part.strip() for part in re.split(r"[,;]", answer.strip(" ()[]{}\n\t")) if part.strip()]
    if isinstance(answer, str):
        answer = [answer]
    if isinstance(answer, Mapping) or not (isinstance(answer, Collection) or hasattr(answer, "shape")):
        raise NotYet(f"A list of names is wanted (it may be empty); yours is {described(answer)}.")
    parts = np.asarray(answer if hasattr(answer, "shape") else list(answer), dtype=object).ravel()
    return frozenset(_named(part, options) for part in parts)


def letters(answer: Any, alphabet: str) -> frozenset[str]:
    """The set of letters in an answer: ``{"A", "B"}``, ``["a", "b"]``, ``"AB"``, ``"a, b"``, ``"A and B"``.

    >>> sorted(letters("b and A", "ABCD"))
    ['A', 'B']
    """
    if isinstance(answer, str):
        words = re.findall(r"\w+", answer.replace(" and ", " "))
        upper = {letter.lower() for letter in alphabet}
        answer = [part for word in words for part in (word if set(word.lower()) <= upper else [word])]
    return chosen(answer, alphabet)


def _named(answer: Any, options: list) -> Any:
    """The option that a text names."""
    by_name = {str(option).strip().lower(): option for option in options}
    listed = ", ".join(f'"{option}"' for option in options)
    if not isinstance(answer, str):
        raise NotYet(f"Answer with {listed}, as a text in quotes; yours is {described(answer)}.")
    found = by_name.get(answer.strip().strip("\"'").lower())
    if found is None:
        raise NotYet(f"Answer with one of {listed}; yours is {described(answer)}.")
    return found
