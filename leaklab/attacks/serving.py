"""Which shadow models serve against a target, so that who trained on what never tells who was in the target itself."""

import numpy as np

TOLD, CHANCE = 0.5, 4.0


def serving(trained_on: np.ndarray) -> np.ndarray:
    """Bool (k, k): the models that may be shadow models of each in its turn. Never itself, and none that it determines.

    Trained on the opposite half, a model errs the opposite way, and whoever is in the target is out of it: on average
    the records then lie nearer to the models of their own kind, though nobody leaks. A twin on the same rows does the
    same from the other side. How much grows with the square of the correlation of two rows of ``trained_on``, which is
    -1 for opposites and 1 for twins. From one half on, where chance alone (four deviations of 1 / root of n) does not
    give as much, a model does not serve. Independent halves correlate by chance alone; those of
    `leaklab.training.halves` by about -1 / k, which does no harm, for all the others are then alike.

    Examples
    --------
    >>> half = np.random.default_rng(0).random((2, 100)) < 0.5
    >>> serving(np.concatenate([half, ~half])).astype(int)
    array([[0, 1, 0, 1],
           [1, 0, 1, 0],
           [0, 1, 0, 1],
           [1, 0, 1, 0]])
    """
    k, n = trained_on.shape
    rows = trained_on - trained_on.mean(axis=1, keepdims=True)
    size = np.sqrt((rows**2).sum(axis=1))
    told = rows @ rows.T / np.maximum(np.outer(size, size), 1e-9)
    usual = np.median(told[~np.eye(k, dtype=bool)]) if k > 1 else 0.0  # above 0 where some records are in more often
    limit = max(TOLD, CHANCE / np.sqrt(n)) - 1e-9
    return (np.abs(told - max(usual, -TOLD)) < limit) & ~np.eye(k, dtype=bool)


def sums(values: np.ndarray, trained_on: np.ndarray, serves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of ``values`` over the serving models that trained on a record, and over those that did not.

    Where all serve, the target is a stranger's, drawn apart from them, and nothing is left out. In turns,
    where ``trained_on`` has every record in equally many models (`evened`), the target's own membership is what the
    others lack: a member has one *in* model fewer. Scores of few models depend on how many there are, so that even a
    model that knows nothing would read as leaking, or as the contrary. Then models are left out at random until, on
    either side, every record has as many as the record with fewest: whoever the target trained on, what serves is now
    drawn alike. Halves lose one model a side (an odd number of them two). Drawn from a fixed seed: equal input, equal
    sums.

    Parameters
    ----------
    values : float array (p, k, n)
    trained_on : bool array (k, n)
    serves : bool array (t, k)
        The models that serve in each of t turns.

    Returns
    -------
    inside, outside : float arrays (p, t, n)
    """
    even = evened(trained_on) and not serves.all()
    chance, result = np.random.default_rng(0).random(trained_on.shape), []
    columns = np.arange(trained_on.shape[1])
    for side in (trained_on, ~trained_on):
        total = np.stack([serves.astype(float) @ (side * value) for value in values])
        surplus = counts(side, serves)
        surplus -= surplus.min(axis=1, keepdims=True)
        order = iter(np.where(side, chance, 2).argsort(axis=0) if even else ())  # the side's own models come first
        while even and surplus.any():
            model = next(order)
            drop = serves[:, model] & side[model, columns] & (surplus > 0)
            total -= drop * values[:, model, columns][:, None]
            surplus -= drop
        result.append(total)
    return tuple(result)


def evened(trained_on: np.ndarray) -> bool:
    """Whether records' numbers of models vary by less than a quarter of what independent draws would give."""
    chance = trained_on.mean(axis=1)
    return bool(trained_on.sum(axis=0).var() < (chance * (1 - chance)).sum() / 4)


def counts(side: np.ndarray, serves: np.ndarray) -> np.ndarray:
    """How many serving models are on a side of each record: int (t, n)."""
    return np.rint(serves.astype(float) @ side).astype(int)
