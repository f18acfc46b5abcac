"""Members and others as one table: who was in the training data, what belongs together, and what each row is called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access
from leaklab.data import Faces, Records
from leaklab.data.duplicates import copies
from leaklab.data.grouping import equal_rows, linked

FEWEST = 10
"""Units on each side: below, not even an attack that never errs would be told from chance."""
MOST = 10_000
"""Rows on each side that are asked about."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The records an audit asks about.

    Attributes
    ----------
    x : array (n, ...) or DataFrame
        As the model takes them.
    y : array (n,)
        Labels, of the kind in the model's ``classes``.
    member : bool array (n,)
    unit : int array (n,)
        From 0: rows of one person, and equal rows, are one unit.
    rows : array of str (n,)
        What each row is called, for people who look it up.
    table : pandas.DataFrame (n, d)
        The features by name, for groups; without columns where they have no names.
    person : array (n,), optional
    notes : tuple of str
    """

    x: Any
    y: np.ndarray
    member: np.ndarray
    unit: np.ndarray
    rows: np.ndarray
    table: pd.DataFrame
    person: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    __repr__ = summary

    def __len__(self) -> int:
        return len(self.y)

    @property
    def first(self) -> np.ndarray:
        """Where each unit's first row is, int (units,)."""
        return np.unique(self.unit, return_index=True)[1]

    @property
    def pictures(self) -> bool:
        return not hasattr(self.x, "columns") and self.x.ndim > 2

    def counts(self) -> tuple[int, int]:
        """Units that are members, and others."""
        inside = self.member[self.first]
        return int(inside.sum()), int((~inside).sum())

    def take(self, rows: np.ndarray, *notes: str) -> "Sample":
        """These rows, a bool mask, with a note on the others."""
        x = self.x[rows] if not hasattr(self.x, "columns") else self.x[rows].reset_index(drop=True)
        return replace(self, x=x, y=self.y[rows], member=self.member[rows],
                       unit=np.unique(self.unit[rows], return_inverse=True)[1], rows=self.rows[rows],
                       table=self.table[rows].reset_index(drop=True),
                       person=None if self.person is None else self.person[rows], notes=self.notes + notes)

    def by_unit(self, values: np.ndarray) -> np.ndarray:
        """The mean over each unit's rows: (..., n) becomes (..., units)."""
        values = np.asarray(values, np.float64)
        flat = values.reshape(-1, len(self))
        means = np.stack([np.bincount(self.unit, weights=row) for row in flat]) / np.bincount(self.unit)
        return means.reshape(*values.shape[:-1], -1)


def sample(access: Access, members: Any, others: Any, *, rng) -> Sample:
    """The records on both sides, as the model takes them.

    Parameters
    ----------
    access : Access
    members, others : Records, Faces, or (x, y) or (x, y, person)
        Records are given to the model by column name where it knows its columns, else as ``records.x``. ``y`` are
        labels of the kind in the model's ``classes``.
    rng : int or numpy.random.Generator
        Which rows are asked about where there are more than `MOST`.

    Raises
    ------
    ValueError
        Where a side is empty, the sides are of different kinds, or too few remain once records on both sides are left
        out.
    """
    rng, sides = v.generator(rng), [_side(access, name, side) for name, side in
                                    (("members", members), ("others", others))]
    if len({side.person is None for side in sides}) > 1:
        raise ValueError("person is known of one side alone: name whose rows they are for members and others, or for "
                         "neither.")
    (a, b), m = sides, len(sides[0])
    whole = Sample(pd.concat([a.x, b.x], ignore_index=True) if hasattr(a.x, "columns") else np.concatenate([a.x, b.x]),
                   _labels(a.y, b.y), np.arange(m + len(b)) < m, np.zeros(m + len(b), int),
                   np.concatenate([a.rows, b.rows]), pd.concat([a.table, b.table], ignore_index=True),
                   None if a.person is None or b.person is None else np.concatenate([a.person, b.person]),
                   tuple(dict.fromkeys((*a.notes, *b.notes))))
    return _enough(_thinned(_parted(replace(whole, unit=_units(whole))), rng))


def _side(access: Access, name: str, given: Any) -> Sample:
    x, y, person, table, notes = _taken(access, name, given)
    if not len(x):
        raise ValueError(f"{name} is empty: give at least {FEWEST} records.")
    rows = [row if isinstance(row, str) else f"{name} {row}" for row in table.index]
    x = access.inputs.check(x, f"{name}.x")
    access.encode(y, f"{name}.y", len(x))
    if hasattr(x, "columns"):
        x = x.reset_index(drop=True)
    person = None if person is None else np.asarray(person)
    if person is not None and person.shape != (len(x),):
        raise ValueError(f"{name}: person has shape {person.shape}: must say whose row it is for each of {len(x)}.")
    return Sample(x, np.asarray(y), np.zeros(len(x), bool), np.arange(len(x)),
                  np.array(rows, object), table.reset_index(drop=True), person, notes)


def _taken(access: Access, name: str, given: Any) -> tuple[Any, Any, Any, pd.DataFrame, tuple[str, ...]]:
    """What was given, as x, y, person, the table by name, and notes."""
    notes = tuple(getattr(given, "notes", ()))
    if isinstance(given, Records):
        own = access.classes == tuple(range(len(given.classes))) and not set(given.classes) <= set(access.classes)
        labels = given.label if own else given.outcome  # our own networks count classes from 0
        if access.inputs.columns is None and access.inputs.dtype != "table":
            return given.x, labels, given.person, given.features, notes
        return *_narrowed(access, given.features, labels, given.person), given.features, notes
    if isinstance(given, Faces):
        named = set(given.names) <= set(access.classes)
        labels = np.array(given.names)[given.person] if named else given.person
        return given.images, labels, None, pd.DataFrame(index=range(len(given))), notes
    if isinstance(given, Sequence) and len(given) in (2, 3):
        x, y, person = (*given, None)[:3]
        if hasattr(x, "columns"):
            return *_narrowed(access, x, y, person), x, notes
        return x, y, person, pd.DataFrame(index=range(len(x))), notes
    v.fail(name, type(given).__name__, "must be Records, Faces, or a tuple (x, y) or (x, y, person)")


def _narrowed(access: Access, table: pd.DataFrame, y: Any, person: Any) -> tuple[pd.DataFrame, Any, Any]:
    """Of a table that has more, the columns that the model knows: the others serve to name groups."""
    columns = access.inputs.columns
    if columns is None or not set(columns) <= set(table.columns):
        return table, y, person
    return table[list(columns)], y, person


def gray(images: np.ndarray) -> np.ndarray:
    """Pictures without their last axis, where that is of channels: (n, height, width)."""
    return images if images.ndim == 3 else images.mean(axis=-1)


def row_numbers(x: Any, y: np.ndarray) -> np.ndarray:
    """Equal numbers (n,) for rows that are equal in features and label, gaps being equal to gaps."""
    table = x if hasattr(x, "columns") else pd.DataFrame(x.reshape(len(x), -1))
    return equal_rows(table, pd.factorize(pd.Series(y))[0])


def _labels(*sides: np.ndarray) -> np.ndarray:
    """One after the other, numbers not turned into text where one side has text."""
    kinds = {side.dtype.kind for side in sides}
    return np.concatenate(sides if len(kinds) == 1 else [side.astype(object) for side in sides])


def _units(whole: Sample) -> np.ndarray:
    """Equal rows, copies of one photograph, one person's rows, and what these link."""
    group = copies(gray(whole.x)) if whole.pictures else row_numbers(whole.x, whole.y)
    return group if whole.person is None else linked(group, whole.person)


def _parted(whole: Sample) -> Sample:
    """Without units that stand on both sides: of them the question has no answer."""
    inside, outside = (np.bincount(whole.unit, weights=side) > 0 for side in (whole.member, ~whole.member))
    both = (inside & outside)[whole.unit]
    if both.all():
        raise ValueError("others: every record is also among the members, so nobody is known to be outside the "
                         "training data. Give records of the same population that the model was not trained on.")
    if both.any():
        whole = whole.take(~both, f"{both.sum():,} rows stand on both sides (equal rows, or rows of one person, among "
                                  "members and others) and were left out.")
    alike = len(whole) - len(np.unique(whole.unit))
    word = "repeat an earlier row exactly" if whole.person is None else (
        "belong to somebody, or are equal to a row, counted already")
    word = "are copies of an earlier photograph" if whole.pictures else word
    return whole if not alike else replace(whole, notes=(*whole.notes, f"{alike:,} of {len(whole):,} rows {word}: "
                                                         "what belongs together is counted once."))


def _thinned(whole: Sample, rng: np.random.Generator) -> Sample:
    keep = np.ones(len(whole), bool)
    for side in (whole.member, ~whole.member):
        if side.sum() > MOST:
            order = rng.permutation(np.unique(whole.unit[side]))
            sizes = np.bincount(whole.unit)[order].cumsum()
            keep &= ~side | np.isin(whole.unit, order[sizes <= MOST])
    return whole if keep.all() else whole.take(keep, f"{keep.sum():,} of {len(keep):,} rows, drawn at random, were "
                                                     "asked about.")


def _enough(whole: Sample) -> Sample:
    for name, count in zip(("members", "others"), whole.counts(), strict=True):
        if count < FEWEST:
            raise ValueError(f"{name}: {count} remain that stand on one side alone and differ from one another, and "
                             f"with fewer than {FEWEST} nothing can be tested. Give more.")
    return whole
