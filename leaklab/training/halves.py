"""The usual design of shadow models: each is given a random half of one table."""

import numpy as np

from leaklab import _validate as v


def halves(k: int, n: int, *, rng) -> np.ndarray:
    """``trained_on`` for k models: each is given a random half of n rows, and each row is given to half of the models.

    Models differ in size by a row at most, rows in their number of models by one, and apart from that all is drawn
    alike: no two models are given opposite halves, as a design of pairs would. (Fewer than 3 models are drawn
    independently, for two that share out every row *are* opposite halves.)

    Returns
    -------
    bool array (k, n)

    Examples
    --------
    >>> trained_on = halves(4, 10, rng=0)
    >>> trained_on.sum(axis=1).tolist(), trained_on.sum(axis=0).tolist()
    ([5, 5, 5, 5], [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    k, n, rng = v.integer("k", k), v.integer("n", n, low=2), v.generator(rng)
    if k < 3:
        trained_on = np.zeros((k, n), bool)
        np.put_along_axis(trained_on, rng.random((k, n)).argpartition(n // 2, axis=1)[:, :n // 2], True, axis=1)
        return trained_on
    of_row = k // 2 + (rng.permutation(n) < k * (n // 2) - n * (k // 2))
    trained_on = rng.permuted(np.arange(k)[:, None].repeat(n, axis=1), axis=0) < of_row
    extra = trained_on.sum(axis=1) - trained_on.sum() // k - (rng.permutation(k) < trained_on.sum() % k)
    while extra.any():  # rows move from the largest model to the smallest
        most, least = extra.argmax(), extra.argmin()
        moved = rng.permutation(np.flatnonzero(trained_on[most] & ~trained_on[least]))[:min(extra[most], -extra[least])]
        trained_on[most, moved], trained_on[least, moved] = False, True
        extra[[most, least]] += -len(moved), len(moved)
    return trained_on


def check_rows(trained_on, k: int | None, n: int) -> np.ndarray:
    """``trained_on`` as a bool array (k, n) that gives every model a row."""
    trained_on = v.mask("trained_on", trained_on, (k, n))
    if not trained_on.any(axis=1).all():
        v.fail("trained_on", f"row {int(trained_on.any(axis=1).argmin())}", "must give every model at least one record")
    return trained_on
