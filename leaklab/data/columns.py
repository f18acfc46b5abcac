"""From a table to features, label and person: what is left out, what is missing, and what is refused."""

import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import NamedTuple

import numpy as np
import pandas as pd

from leaklab._validate import Refused, fail, listed, one_of
from leaklab.data.identifiers import no_feature, written_alike
from leaklab.data.tables import Table, place

MOST_CLASSES = 20
OF_ONE_KIND = frozenset(["string", "boolean", "integer", "floating", "mixed-integer-float", "empty", "datetime", "date",
                         "datetime64", "categorical"])


@dataclass(frozen=True, eq=False)
class Source:
    """A table, what it is called, and where a row of it stands."""

    frame: pd.DataFrame
    name: str
    short: str
    place: Callable[[int], str]
    notes: tuple[str, ...] = ()


class Divided(NamedTuple):
    """A table divided: features as they are, label counted from 0, classes as they are, whose row it is."""

    features: pd.DataFrame
    label: np.ndarray
    classes: tuple
    person: np.ndarray | None
    place: Callable[[int], str]
    notes: tuple[str, ...]


def source_of(table: pd.DataFrame | Table | Sequence[Table]) -> Source:
    """A DataFrame, a table that was read, or several read together, one after the other."""
    if isinstance(table, pd.DataFrame):
        index = table.index
        return Source(table.infer_objects(), "the table", "the table", lambda row: f"row {row} (index {index[row]!r})")
    tables = [table] if isinstance(table, Table) else list(table) if isinstance(table, Sequence) else []
    if not tables or not all(isinstance(one, Table) for one in tables):
        fail("table", type(table).__name__, "must be a pandas.DataFrame, or what read_tables gives")
    frame = pd.concat([one.frame for one in tables], ignore_index=True) if len(tables) > 1 else tables[0].frame
    return Source(frame, " and ".join(str(one.path) for one in tables),
                  " and ".join(one.path.name for one in tables), lambda row: place(tables, row),
                  tuple(dict.fromkeys(note for one in tables for note in one.notes)))


def divide(source: Source, *, label: Hashable | None, person: Hashable | None, drop: Sequence[Hashable],
           features: Sequence[Hashable] | None, missing: str) -> Divided:
    """Take a table apart.

    Raises
    ------
    ValueError
        Naming table, column, line and remedy: no such column; a column that identifies people; missing values;
        infinities; values of different kinds in one column; a label that is not 2 to 20 classes.
    """
    frame, notes = source.frame, list(source.notes)
    _known(source, label, person, drop, features)
    outcome, changed = _trimmed(frame[label])
    if outcome.notna().all():  # before the features are judged
        _classes(source, outcome)
    names, warned = _features(source, label, person, drop, features)
    if changed:
        warned.append(f"label column {label!r}: spaces around {changed} value(s) were removed.")
    warned += filter(None, (written_alike(frame[name]) for name in names))
    for text in warned:
        warnings.warn(f"{source.name}: {text}", UserWarning, stacklevel=5)
    notes += [*warned, *([f"left out as asked: {', '.join(map(repr, drop))}."] if drop else [])]
    needed = [outcome] if person is None else [outcome, frame[person]]
    keep, said = _complete(source, frame[names], needed, missing)
    rows = np.flatnonzero(keep)
    here = Source(frame, source.name, source.short, lambda row: source.place(int(rows[row])))
    table = frame[names] if keep.all() else frame[names][keep]
    for name in names:
        _check(here, table[name], constant=features is not None)
    code, classes = _classes(here, outcome[keep])
    whose = None if person is None else frame[person][keep].to_numpy()
    return Divided(table, code, classes, whose, here.place, (*notes, *said))


def _known(source: Source, label, person, drop, features) -> None:
    """Refuse names that are no columns, or say two things."""
    columns = list(source.frame.columns)
    known = f"Its columns are {listed(columns)}."
    if label is None:
        raise ValueError(f"label=None: name the column of {source.name} to predict. {known}")
    if label not in columns:
        raise ValueError(f"label={label!r}: {source.name} has no such column. {known}")
    if person is not None and (person not in columns or person == label):
        raise ValueError(f"person={person!r}: {source.name} has no such column beside the label. {known}")
    if twice := [name for name, times in Counter(columns).items() if times > 1]:
        raise ValueError(f"{source.name}: column {twice[0]!r} occurs twice. Rename or drop one.")
    for argument, given in (("drop", drop), ("features", features or ())):
        if isinstance(given, str):
            fail(argument, given, "must be several names", f"For one, pass ({given!r},).")
        for name in given:
            if name not in columns or name in (label, person):
                raise ValueError(f"{argument}={name!r}: {source.name} has no such column beside the label"
                                 f"{'' if person is None else ' and the person'}. {known}")
    if features is not None and drop:
        fail("drop", drop, "cannot be given together with features", "Leave one of the two out.")
    if len(source.frame) == 0:
        raise ValueError(f"{source.name} has 0 rows and {len(columns)} columns: needs rows.")


def _features(source: Source, label, person, drop, features) -> tuple[list, list[str]]:
    """The names of the features, and a sentence for each column that was left out unasked."""
    frame = source.frame
    names = [name for name in frame.columns if name not in (label, person, *drop)] if features is None else features
    for name in names:
        _one_kind(source, frame[name])
    if features is not None:
        return list(features), []
    said = {name: why for name in names if (why := no_feature(source.name, frame[name]))}
    if len(said) == len(names):
        raise ValueError(f"{source.name} has {len(frame)} rows and {frame.shape[1]} columns: needs rows, and a column "
                         f"beside the label{'' if person is None else ' and the person'}. {' '.join(said.values())}")
    return [name for name in names if name not in said], list(said.values())


def _trimmed(column: pd.Series) -> tuple[pd.Series, int]:
    """A label column without spaces around its text, and how many values had some."""
    if pd.api.types.infer_dtype(column, skipna=True) not in ("string", "categorical"):
        return column, 0
    text = column.astype(object)
    trimmed = text.map(lambda value: value.strip() or None if isinstance(value, str) else value)
    return trimmed, int((trimmed.ne(text) & text.notna()).sum())


def _complete(source: Source, features: pd.DataFrame, needed: list[pd.Series], missing: str
              ) -> tuple[np.ndarray, list[str]]:
    """Which rows stay, and what is said of the others; a row without label or person never does."""
    one_of("missing", missing, ("refuse", "drop", "keep"))
    gaps = {column.name: column.isna().to_numpy() for column in (*(features[name] for name in features), *needed)}
    gaps = {name: gap for name in source.frame.columns if (gap := gaps.get(name)) is not None and gap.any()}
    if not gaps:
        return np.ones(len(features), bool), []
    decide = [gap for name, gap in gaps.items() if missing != "keep" or name not in features]
    gone = np.any(decide, axis=0) if decide else np.zeros(len(features), bool)
    if missing == "refuse" or gone.all():
        first, most = next(iter(gaps)), max(gaps, key=lambda name: gaps[name].sum())
        raise ValueError(
            f"{source.name}: column {first!r} has {gaps[first].sum()} missing value(s), the first on "
            f"{source.place(int(gaps[first].argmax()))}"
            + (f"; {len(gaps)} columns have gaps, {most!r} most: {gaps[most].sum()}. " if len(gaps) > 1 else ". ")
            + (f"All {len(gone)} rows have a gap: " if gone.all() else
               f"Pass missing='drop' to leave out the {gone.sum()} of {len(gone)} rows that have gaps, ")
            + "drop= to leave out columns, or missing='keep' for a pipeline that takes gaps.")
    notes = []
    if gone.any():
        notes.append(f"{gone.sum()} of {len(gone)} rows were left out for gaps"
                     + (" in label or person." if missing == "keep" else "."))
        if missing == "keep":  # which was not asked for
            warnings.warn(f"{source.name}: {notes[0]}", UserWarning, stacklevel=5)
    if kept := sum(int(gap[~gone].sum()) for gap in gaps.values()):
        notes.append(f"{kept} missing values were kept.")
    return ~gone, notes


def _check(source: Source, column: pd.Series, constant: bool) -> None:
    """Refuse a feature with an infinity, or (unless ``constant`` is allowed) one value."""
    if pd.api.types.is_float_dtype(column.dtype):
        infinite = np.isinf(column.to_numpy(np.float64, na_value=np.nan))
        if infinite.any():
            raise ValueError(f"{source.name}: column {column.name!r} is infinite on "
                             f"{source.place(int(infinite.argmax()))}. Drop or fix the row.")
    if not constant and column.nunique(dropna=False) == 1:
        raise ValueError(f"{source.name}: column {column.name!r} has the same value in every row. Drop the column: "
                         f"drop=({column.name!r},).")


def _one_kind(source: Source, column: pd.Series) -> None:
    if column.dtype != object or pd.api.types.infer_dtype(column, skipna=True) in OF_ONE_KIND:
        return
    kinds = column.map(lambda value: None if pd.api.types.is_scalar(value) and pd.isna(value) else
                       "a number" if isinstance(value, Number) and not isinstance(value, bool) else
                       {"str": "text", "bool": "true or false"}.get(type(value).__name__, type(value).__name__))
    usual = kinds.value_counts()
    at = int(np.argmax((kinds.notna() & (kinds == usual.index[-1])).to_numpy()))
    raise ValueError(f"{source.name}: column {column.name!r} holds {usual.index[-1]}, {column.iloc[at]!r} on "
                     f"{source.place(at)}" + (f", among values that are {usual.index[0]}" if len(usual) > 1 else "")
                     + ". Make all of them numbers or all of them text.")


def _classes(source: Source, column: pd.Series) -> tuple[np.ndarray, tuple]:
    _one_kind(source, column)
    code, values = pd.factorize(column.astype(object).to_numpy() if column.dtype != object else column, sort=True)
    classes = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
    if len(classes) < 2:
        raise ValueError(f"{source.name}: label column {column.name!r} holds only {classes[0]!r}. A label needs two "
                         "classes.")
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"{source.name}: label column {column.name!r} holds {len(classes)} different values; classes "
                         f"may number {MOST_CLASSES}. Cut a measurement into classes first, e.g. at its median.")
    alike = pd.Series([value.casefold().strip(" .") if isinstance(value, str) else value for value in classes])
    if alike.duplicated().any():
        first, second = np.flatnonzero(alike == alike[alike.duplicated()].iloc[0])[:2]
        raise Refused(f"{source.name}: classes {classes[first]!r} and {classes[second]!r} of label column "
                      f"{column.name!r} differ only by case or a full stop; the latter first on "
                      f"{source.place(int(np.argmax(code == second)))}. Write them alike.")
    return code.astype(np.int64), classes
