"""Whether a model's object holds its training rows: every table inside is compared with the members, at every step."""

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from leaklab.structure.finding import Structure, places, positions
from leaklab.structure.inside import ELEMENTS, Inside, count_people
from leaklab.structure.tables import dense, numbers_of, strings_in, text_columns

RELATIVE, ABSOLUTE = 1e-6, 1e-5
"""Rounding to float32: of a value, and of the standard deviation of its column."""
TRIED, CANDIDATES, CELLS = 1_000, 8, 2**22
WIDE = 256
"""Columns above which no row matches by chance."""
WORDS = 3
"""Words of a text that is a record, and not a category."""


class View:
    """The members at one step of a model, to be looked for in other tables.

    Rows are compared by one random projection; what comes near is compared value by value.
    """

    def __init__(self, table: Any, numbers: Any, people: np.ndarray):
        self.table, self._people = table, people
        if sparse.issparse(numbers):
            self._center = np.zeros(numbers.shape[1])
            self._scale = np.asarray(abs(numbers).max(axis=0).todense()).ravel()
        else:
            known = np.isfinite(numbers)
            count = np.maximum(known.sum(axis=0), 1)
            self._center = np.where(known, numbers, 0).sum(axis=0) / count
            self._scale = np.sqrt((np.where(known, numbers - self._center, 0)**2).sum(axis=0) / count)
        self._scale = np.where(self._scale > 1e-12 * np.abs(self._center), self._scale, 1.0)
        self.numbers = self._filled(numbers)
        self._weights = np.random.default_rng(0).normal(size=numbers.shape[1]) / self._scale
        self._slack = ABSOLUTE * np.abs(self._weights * self._scale).sum()
        self.keys = self._keys(self.numbers)

    @property
    def width(self) -> int:
        return self.numbers.shape[1]

    def same_as(self, other: "View") -> bool:
        """Whether another view shows the same rows, names of columns aside."""
        return self.width == other.width and all(
            np.allclose(mine, theirs) for mine, theirs in ((self._center, other._center), (self._scale, other._scale),
                                                           (self.keys, other.keys)))

    def held_by(self, store: Any) -> np.ndarray:
        """Which members' rows a table holds, bool (n,); none where rows of nobody would match as often."""
        store = self._filled(store)
        found = self._among(self.numbers, store)
        if not found.any() or self._in_order(store):
            return found
        telling = self._telling
        share = (found & telling).sum() / max(telling.sum(), 1)
        by_chance = 0.0
        if share and self.width <= WIDE:
            made_up = self._made_up
            by_chance = self._among(made_up, store).mean() if len(made_up) else 1.0
        return found if share > 3 * by_chance else np.zeros_like(found)

    def _filled(self, numbers: Any) -> Any:
        """With a value that no record has in place of gaps."""
        if sparse.issparse(numbers):
            return numbers
        return np.where(np.isfinite(numbers), numbers, self._center - 7.654321 * self._scale)

    def _in_order(self, store: Any) -> bool:
        """Whether the table is the members' own, row by row: no chance, however common the rows."""
        n = len(self.keys)
        return (store.shape == self.numbers.shape and n >= 20 and np.ptp(self.keys) > 0
                and bool(np.all(np.abs(self._keys(store) - self.keys) <= self._tolerance(self.numbers))))

    @cached_property
    def _telling(self) -> np.ndarray:
        """Rows that one person alone has, and that differ in two columns from the most common values."""
        group = np.unique(np.round(self.keys, 8), return_inverse=True)[1]
        alone = count_people(group, self._people)[group] == 1
        if sparse.issparse(self.numbers):
            return alone & (np.diff(self.numbers.tocsr().indptr) >= 2)
        usual = np.array([_most_common(column) for column in self.numbers.T])
        constant = self.numbers.min(axis=1) == self.numbers.max(axis=1)
        return alone & ~constant & ((self.numbers != usual).sum(axis=1) >= min(2, self.width))

    @cached_property
    def _made_up(self) -> np.ndarray:
        """Rows of nobody, from the members' values."""
        rows = np.random.default_rng(0).permutation(self.numbers.shape[0])[:TRIED]
        made_up = np.random.default_rng(1).permuted(dense(self.numbers), axis=0)[rows]
        return made_up[~self._among(made_up, self.numbers)]

    def _keys(self, numbers: Any) -> np.ndarray:
        if sparse.issparse(numbers):
            return numbers @ self._weights - self._center @ self._weights
        return (numbers - self._center) @ self._weights

    def _tolerance(self, numbers: Any) -> np.ndarray:
        return RELATIVE * (abs(numbers) @ np.abs(self._weights)) + self._slack

    def _among(self, rows: Any, store: Any) -> np.ndarray:
        """Which of the rows lie in the store."""
        keys, reach = self._keys(rows), self._tolerance(rows)
        kept = self._keys(store)
        order = np.argsort(kept)
        low = np.searchsorted(kept[order], keys - reach)
        high = np.searchsorted(kept[order], keys + reach, side="right")
        found = np.zeros(len(keys), bool)
        for step in range(CANDIDATES):
            near = np.flatnonzero(~found & (low + step < high))
            size = max(1, CELLS // self.width)
            for start in range(0, len(near), size):
                some = near[start:start + size]
                found[some] = self._equal(rows, some, store, order[low[some] + step])
        return found

    def _equal(self, rows: Any, some: np.ndarray, store: Any, others: np.ndarray) -> np.ndarray:
        a, b = dense(rows[some]), dense(store[others])
        return (np.abs(a - b) <= RELATIVE * np.abs(a) + ABSOLUTE * self._scale).all(axis=1)


def held_rows(inside: Inside) -> tuple[list[Structure], set[int]]:
    """Findings, and the parts (their ``id``) that hold records."""
    views = _views(inside)
    parts: set[int] = set()
    vectors: dict[bool, list[str]] = {False: [], True: []}
    union = {False: np.zeros(inside.size, bool), True: np.zeros(inside.size, bool)}
    for part, table in inside.arrays:
        if np.size(table) > ELEMENTS:
            continue
        found = np.zeros(inside.size, bool)
        for view in views:
            for store in _stores(table, view):
                found |= view.held_by(store)
        if found.any():
            support = "support_vectors" in part.path
            parts.add(id(part.value))
            vectors[support].append(part.path)
            union[support] |= found
    for path, found in _held_texts(inside):
        vectors[False].append(path)
        union[False] |= found
    return [_finding(vectors[kind], union[kind], kind) for kind in (False, True) if vectors[kind]], parts


def _finding(paths: list[str], found: np.ndarray, support: bool) -> Structure:
    count, of = int(found.sum()), len(found)
    why = " (records near the border between the classes, which this kind of model keeps to decide)" * support
    return Structure(
        "support vectors" if support else "training rows",
        "Support vectors are training records" if support else "Training records lie in the file",
        f"The file holds the records of {count:,} of {of:,} members, value by value{why}. Whoever has the file reads "
        "them, as they are or as the model's own steps prepared them: treat it as the data itself.",
        "holds records", count, of, places(paths), positions(found))


def _views(inside: Inside) -> list[View]:
    """The members at every step, each representation once."""
    found: list[View] = []
    tables = [table for _, table in inside.views]
    if isinstance(inside.x, pd.DataFrame):
        tables.append(inside.x.select_dtypes("number"))
    for table in tables:
        numbers = numbers_of(table)
        if numbers is None or not numbers.shape[1] or (numbers.shape[1] == 1 and table is not inside.x):
            continue
        view = View(table, numbers, inside.people)
        if not any(view.same_as(other) for other in found):
            found.append(view)
    return found


def _stores(table: Any, view: View):
    """The ways to read a table as rows of the view's width: lying, standing, with a column or two more."""
    width = view.width
    if isinstance(table, pd.DataFrame):
        names = [name for name in getattr(view.table, "columns", ()) if name in table.columns]
        if len(names) == width:
            table = table[names]
        if table.shape[1] != width:
            return
        yield numbers_of(table)
    elif sparse.issparse(table):
        if table.shape[1] == width and table.shape[0]:
            yield numbers_of(table)
    elif table.dtype.kind in "biuf":
        record = np.shape(view.table)[1:]
        if width == table.shape[-1] or table.shape[-len(record):] == record:
            yield table.reshape(-1, width).astype(np.float64)
        if table.ndim == 2 and len(table) == width != table.shape[1]:
            yield table.T.astype(np.float64)
        if table.ndim == 2 and width > 2 and 0 < table.shape[1] - width <= 2:  # labels or numbers beside the records
            yield table[:, :width].astype(np.float64)
            yield table[:, -width:].astype(np.float64)
    elif table.ndim == 2 and table.shape[1] == width and (numbers := numbers_of(table)) is not None:
        yield numbers


def _held_texts(inside: Inside):
    """Texts of several words that a list, an array or the keys of a dictionary hold as they are."""
    columns = text_columns(inside.x)
    long = {name: np.array([len(text.split()) >= WORDS for text in column]) for name, column in columns.items()}
    columns = {name: column for name, column in columns.items()
               if long[name].mean() > 0.5 and len(set(column)) > len(column) / 2}
    for part in inside.parts if columns else ():
        strings = strings_in(part.value)
        for name, column in columns.items():
            found = np.array([text in strings for text in column]) & long[name] if strings else np.zeros(1, bool)
            if found.any():
                yield part.path, found


def _most_common(column: np.ndarray) -> float:
    values, counts = np.unique(column, return_counts=True)
    return values[counts.argmax()]
