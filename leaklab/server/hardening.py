"""Transformations of a key's responses, written as ``rounded=2,topk=1``; applied from left to right."""

from collections.abc import Callable
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, LabelOnly, Noisy, Rounded, TopK

Harden = Callable[[Access], Access]

HARDENINGS: dict[str, tuple[type | None, Callable]] = {
    "rounded": (int, lambda access, digits, rng: Rounded(access, digits)),
    "topk": (int, lambda access, k, rng: TopK(access, min(k, len(access.classes)))),
    "noisy": (float, lambda access, scale, rng: Noisy(access, scale, rng=rng)),
    "laplace": (float, lambda access, scale, rng: Noisy(access, scale, kind="laplace", rng=rng)),
    "labels": (None, lambda access, _, rng: LabelOnly(access)),
}
"""By name: the type of its number (None for none), and what wraps the access."""
MOST = 10
"""Transformations of a key, at most."""


def parse_hardening(spec: str, *, rng: Any = None) -> Harden:
    """A function that wraps an access as ``spec`` says; an empty one leaves it as it is.

    Parameters
    ----------
    spec : str
        Of ``rounded=DIGITS``, ``topk=CLASSES``, ``noisy=STANDARD_DEVIATION`` (Gaussian), ``laplace=SCALE`` and
        ``labels``, separated by commas.
    rng : int or numpy.random.Generator, optional
        Fixes the noise of an experiment: the first access that is wrapped, the second and so on each draw from a
        stream of their own. A server's noise is unpredictable: leave it out there.

    Raises
    ------
    ValueError
        For anything but at most ten transformations with numbers that they take.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> import numpy as np
    >>> model = BlackBox(lambda x: np.array([[0.61, 0.29, 0.1]]), inputs=(1,), classes=3)
    >>> parse_hardening("topk=1,rounded=1")(model).probabilities([[0.0]]).tolist()
    [[0.6, 0.2, 0.2]]
    """
    if not isinstance(spec, str):
        v.fail("hardening", spec, "must be text", "For example rounded=2,topk=1.")
    parts = spec.split(",") if spec else []
    if len(parts) > MOST:
        v.fail("hardening", spec, f"must be at most {MOST} transformations")
    wraps = [_part(spec, part.strip()) for part in parts]
    source = np.random.default_rng() if rng is None else v.generator(rng)

    def harden(access: Access) -> Access:
        (stream,) = source.spawn(1)
        for wrap, value in wraps:
            access = wrap(access, value, stream)
        return access

    return harden


def _part(spec: str, part: str) -> tuple[Callable, float | None]:
    name, _, text = part.partition("=")
    v.one_of("hardening", name, HARDENINGS, f"In {spec!r}; for example rounded=2,topk=1.")
    kind, wrap = HARDENINGS[name]
    if kind is None:
        if text:
            v.fail("hardening", part, f"{name} takes no number")
        return wrap, None
    try:
        value = kind(text)
    except ValueError:
        v.fail("hardening", part, f"{name} takes a {'whole number' if kind is int else 'number'}", f"Write {name}=2.")
    if kind is int:
        v.integer(name, value, low=0 if name == "rounded" else 1, high=9 if name == "rounded" else 10**6)
    else:
        v.number(name, value, low=0, open_low=True)
    return wrap, value
