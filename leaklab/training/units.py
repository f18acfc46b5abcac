"""Whose rows are whose: the table seen as units, each of one row or of all rows of a person."""

import numpy as np

from leaklab import _validate as v
from leaklab.privacy import Batches


def unit_rows(rows: int, person, batches: Batches, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (units, m), and how many of them count (units,); the rest repeat the unit's own first row.

    Parameters
    ----------
    rows : int
        Rows of the table.
    person : array (rows,), optional
        Whose row each is; needed for ``batches.unit == "person"``, refused otherwise.
    batches : Batches
        Its ``most`` limits m; the rows of a person are then chosen at random.
    """
    person = check_person(rows, person, batches)
    if person is None:
        return np.arange(rows)[:, None], np.ones(rows, np.int64)
    counts = np.bincount(person)
    order = np.lexsort((rng.random(rows), person))  # person after person, each one's rows in random order
    first = np.cumsum(counts) - counts
    used = np.minimum(counts, batches.most or counts.max())
    turn = np.arange(used.max())
    return order[first[:, None] + np.where(turn < used[:, None], turn, 0)], used


def check_person(rows: int, person, batches: Batches) -> np.ndarray | None:
    """``person`` as numbers from 0 (rows,), or None where the unit is a record."""
    if batches.unit == "record":
        if person is not None:
            v.fail("person", person, "was given, but the plan protects records", "Set Batches(..., unit='person').")
        return None
    if person is None:
        v.fail("person", None, "is needed: the plan protects people", "Say whose row each is: person=(n,).")
    person = np.asarray(person)
    if person.shape != (rows,):
        raise ValueError(f"person has shape {person.shape}: must say whose row each of the {rows} is.")
    return np.unique(person, return_inverse=True)[1]


def count_classes(y: np.ndarray, classes: int | None, *, private: bool) -> int:
    """The number of classes: as stated, else read off the labels, which private training may not do."""
    if classes is None and private:
        v.fail("classes", None, "must be stated for private training: read off the labels, it would tell of them",
               "Pass classes=, as in fit(x, y, classes=2, rng=0).")
    return classes or int(y.max()) + 1
