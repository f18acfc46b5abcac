"""Names, words and extremes that a model's object holds as they were in the data."""

import re
from collections import defaultdict
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from leaklab.structure.finding import Structure, places, positions
from leaklab.structure.inside import Inside, count_people
from leaklab.structure.parts import Piece, settings
from leaklab.structure.tables import numbers_of, strings_in, text_columns

MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
NAME = re.compile(r"[^\W\d_a-z][\w'’-]*\.?(?:(?:,? |_)(?:[a-z]{2,3} )?[^\W\d_a-z][\w'’-]*\.?){1,3}")
CODE = re.compile(r"(?=.*\d)[A-Za-z]{0,4}[-_]?\d{2,}[A-Za-z-]{0,3}")
CLASSES = 5
TOKEN = re.compile(r"\w\w+")


def class_names(inside: Inside, y: np.ndarray, group_size: int) -> list[Structure]:
    """A finding where the list of labels in the file names people."""
    place = [(part, np.asarray(part.value).ravel()) for part in inside.parts if part.name in ("classes_", "classes")
             and isinstance(part.value, np.ndarray | list | tuple) and len(part.value) and not np.ndim(part.value[0])]
    part, classes = max(place, key=lambda each: len(each[1]), default=(inside.parts[0], np.unique(y)))
    labels = np.array([str(label) for label in classes])
    _, group, size = np.unique(y.astype(str), return_inverse=True, return_counts=True)
    people = count_people(group, inside.people)
    several = len(np.unique(inside.people)) < inside.size
    why = _why(labels, people, several, float(np.median(size)), group_size)
    if not why:
        return []
    return [Structure(
        "names of people", "The labels may name people",
        f"The file lists the model's {len(labels):,} labels, and {why}. The list itself then tells who is in the data.",
        "information", len(labels), len(labels), part.path)]


def _why(labels: np.ndarray, people: np.ndarray, several: bool, rows: float, group_size: int) -> str:
    mails = sum(bool(MAIL.fullmatch(label)) for label in labels)
    if mails:
        return f"{mails:,} of them are e-mail addresses"
    if len(labels) < CLASSES:
        return ""
    if several and (people == 1).all():
        return "each of them belongs to one person"
    if rows <= 3 * group_size and np.mean([bool(NAME.fullmatch(label)) for label in labels]) > 0.7:
        return f"most look like names of people, with {rows:g} records each in the middle"
    if len(labels) >= 2 * CLASSES and rows <= group_size and np.mean(
            [bool(CODE.fullmatch(label)) for label in labels]) > 0.9:
        return f"most are numbers or codes with no more than {rows:g} records each in the middle: they may be people's"
    if len(labels) >= 4 * CLASSES and rows <= group_size:
        return f"there are no more than {rows:g} records to a label in the middle: each may be one person"
    return ""


def rare_categories(inside: Inside, group_size: int) -> list[Structure]:
    """A finding where the object lists values of a column that few people have."""
    texts, raw = text_columns(inside.x), _columns(inside.x)
    concerned = np.zeros(inside.size, bool)
    rare: dict[str, set] = defaultdict(set)
    total: dict[str, set] = defaultdict(set)
    paths = []
    for part in inside.parts:
        columns, listed = texts, strings_in(part.value)
        if part.above is not None and part.above.name == "categories_":
            columns, listed = _column_of(inside, part, raw), set(_as_text(part.value).tolist())
        for name, column in columns.items() if listed else ():
            held = listed & set(column.tolist()) - {""}
            few = {value for value in held if _people(inside, column == value) < group_size}
            total[name] |= held
            if few:
                rare[name] |= few
                concerned |= np.isin(column.astype(str), list(few))
                paths.append(part.path)
    if not paths:
        return []
    count, of = sum(map(len, rare.values())), sum(map(len, total.values()))
    shown = ", ".join(sorted(rare)[:5]) + (", ..." if len(rare) > 5 else "")
    return [Structure(
        "rare categories", "Values that few people have",
        f"The file lists {of:,} values of text or category columns as they were in the data; {count:,} of them belong "
        f"to fewer than {group_size} people (column{'s' * (len(rare) > 1)} {shown}). Whoever has the file reads them.",
        "small groups", count, of, places(list(dict.fromkeys(paths))), positions(concerned))]


def _column_of(inside: Inside, part: Piece, raw: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What arrives in the column of an encoder that one of its lists of categories is about, as text.

    Numbers count where they are those of a column of the data, and not bins or leaves that a step before has made.
    """
    given, place = inside.given(part), re.search(r"\[(\d+)\]$", part.path)
    if given is None or place is None or sparse.issparse(given) or given.ndim != 2 or int(place[1]) >= given.shape[1]:
        return {}
    j = int(place[1])
    values = given.iloc[:, j] if hasattr(given, "iloc") else given[:, j]
    column = _as_text(values)
    same = [name for name, other in raw.items() if np.mean(column == other) > 0.5]  # but for gaps, that are filled
    if same or np.asarray(part.value).dtype.kind in "OUS":
        return {same[0] if same else f"number {j + 1}": column}
    return {}


def _columns(x: Any) -> dict[str, np.ndarray]:
    """All columns of the data, as text."""
    if sparse.issparse(x) or np.ndim(x) != 2:
        return {}
    table = pd.DataFrame(x)
    return {str(name): _as_text(table.iloc[:, j]) for j, name in enumerate(table.columns)}


def _as_text(values: Any) -> np.ndarray:
    """Numbers of any type written alike."""
    values = np.asarray(values)
    with suppress(ValueError, TypeError):
        values = values.astype(np.float64)
    return values.astype(str).astype(object)


def _people(inside: Inside, rows: np.ndarray) -> int:
    return len(np.unique(inside.people[rows]))


def vocabulary(inside: Inside, group_size: int) -> list[Structure]:
    """A finding where the object lists words that one member alone has written."""
    found = []
    for part in inside.parts:
        words = settings(part.value).get("vocabulary_")
        if isinstance(words, dict) and words:
            counts = _transformed(inside, part)
        elif len(listed := strings_in(part.value)) >= 20 and part.name != "vocabulary_":
            words, counts = listed, _tokens(inside, listed)
        else:
            continue
        if counts is None:
            continue
        people = _people_by_column(inside, counts)
        single = np.flatnonzero(people == 1)
        if len(single):
            rows = np.asarray((counts[:, single] > 0).sum(axis=1)).ravel() > 0
            found.append(Structure(
                "vocabulary", "Words of single people",
                f"The file lists {len(words):,} words or pieces of text from the data; words of one person alone: "
                f"{len(single):,} (in {int(rows.sum()):,} of {inside.size:,} records). Names and places are often among"
                " them.", "small groups", len(single), len(words),
                part.path, positions(rows)))
    return found


def _transformed(inside: Inside, part: Piece) -> Any:
    given = inside.given(part)
    with suppress(Exception):
        return sparse.csr_matrix(part.value.transform(given)) if given is not None else None
    return None


def _tokens(inside: Inside, listed: set[str]) -> Any:
    """Which of the listed words occur in which member's texts, bool (n, words); None where few of them are words."""
    columns = list(text_columns(inside.x).values())
    place = {word: number for number, word in enumerate(sorted(listed))}
    cells: set[tuple[int, int]] = set()
    for column in columns:
        for row, text in enumerate(column):
            words = TOKEN.findall(text) if " " in text else []
            cells |= {(row, place[word]) for each in words for word in (each, each.lower()) if word in place}
    if len({word for _, word in cells}) < len(listed) / 2:
        return None
    rows, words = np.array(sorted(cells)).T
    return sparse.csr_matrix((np.ones(len(rows)), (rows, words)), shape=(inside.size, len(listed)))


def _people_by_column(inside: Inside, counts: Any) -> np.ndarray:
    cells = counts.tocoo()
    kept = cells.data != 0
    pairs = np.unique(np.column_stack([cells.col[kept], inside.people[cells.row[kept]]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=counts.shape[1])


def extremes(inside: Inside) -> list[Structure]:
    """A finding where the object states the least and greatest value of columns, which are single people's."""
    concerned, paths, columns = np.zeros(inside.size, bool), [], set()
    for part, array in inside.arrays:
        given = inside.given(part)
        if part.owner.value is inside.asked or given is None or sparse.issparse(given) or not _scales(part.owner.value):
            continue
        numbers = numbers_of(given)
        if numbers is None or sparse.issparse(array) or not hasattr(array, "dtype"):
            continue
        for rows, names in _at_the_ends(inside, numbers, array):
            concerned |= rows
            columns |= {(part.owner.path, name) for name in names}
            paths.append(part.path)
    if not paths:
        return []
    return [Structure(
        "extremes", "Least and greatest values",
        f"The file states the least or greatest value of {len(columns):,} columns, and each of those is one person's "
        f"own: {int(concerned.sum()):,} of {inside.size:,} records have such a value.",
        "small groups", int(concerned.sum()), inside.size, places(list(dict.fromkeys(paths))), positions(concerned))]


def _scales(value: Any) -> bool:
    return callable(getattr(type(value), "transform", None))


def _at_the_ends(inside: Inside, numbers: np.ndarray, array: np.ndarray):
    """Who has the ends that an array states, for all columns at once or as lists of edges, one a column."""
    width = numbers.shape[1]
    low, high = np.where(np.isnan(numbers), np.inf, numbers), np.where(np.isnan(numbers), -np.inf, numbers)
    ends = [(low.min(axis=0), low), (high.max(axis=0), high), (abs(high).max(axis=0), abs(high))]
    if array.dtype == object and array.shape == (width,):
        stated = [np.array([np.ravel(each)[side] for each in array]) for side in (0, -1)] if all(
            np.size(each) and np.asarray(each).dtype.kind == "f" for each in array) else []
    elif array.dtype.kind == "f" and array.shape[-1:] == (width,):
        flat = array.reshape(-1, width)
        stated = [flat[0], flat[-1]]
    else:
        return
    for end, values in ends:
        if any(np.allclose(each, end, rtol=1e-6, atol=0) for each in stated):
            at = values == end
            single = [j for j in range(width) if _people(inside, at[:, j]) == 1]
            if single:
                yield at[:, single].any(axis=1), single


def thresholds(inside: Inside) -> list[Structure]:
    """A finding where a calibration keeps the scores of single records."""
    held = [(part, settings(part.value)["X_thresholds_"]) for part in inside.parts
            if "X_thresholds_" in settings(part.value)]
    if not held:
        return []
    count = sum(len(values) for _, values in held)
    return [Structure(
        "calibration scores", "Scores kept for calibration",
        f"To correct its answers the model keeps {count:,} scores, each that of a record set aside for this.",
        "information", count, max(count, inside.size), places([part.path for part, _ in held]))]
