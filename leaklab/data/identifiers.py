"""Columns that say which row or whose row it is: no features, and a split must know of them."""

import re

import numpy as np
import pandas as pd

from leaklab._validate import Refused
from leaklab.data.encoding import is_number

FEW_VALUES = 20
ENOUGH_ROWS = 20
NEARLY_ALL = 0.95
MANY_VALUES = 1000
MOST_PARTS = 4
UNNAMED = re.compile(r"(Unnamed: \d+)?")
PERSON = re.compile(
    r"(patient|pat|pt|person|u?subj|subject|respondent|participant|user|client|customer)"
    r"([ _.\-]?(id|nr|no|num|number|key|name|index|identifier))?", re.IGNORECASE)
IDENTIFIER = re.compile(
    r"id|identifier|names?|rownames?|obs|seqn|eid|pid|uid|rid|ptid|mrn|ssn|uuid|guid|.+[ _.\-](id|uuid|guid|identifier)"
    r"|(row|case|record|encounter|visit|sample)[ _.\-]?(id|nr|no|num|number|key|name|index|identifier)", re.IGNORECASE)
CAMEL = re.compile(r".*[a-z0-9]I[dD]")


def no_feature(table: str, column: pd.Series) -> str:
    """Why a column is no feature but a row's or a person's number or name; empty if it may be one."""
    name, n, values = str(column.name), len(column), column.nunique()
    whole = _whole(column)
    text = not is_number(column) and column.dtype.kind != "M"
    out = f"column {column.name!r} was left out:"
    remedy = "If it is a feature, name it in features= with the others."
    if UNNAMED.fullmatch(name) and (values == 0 or (whole and values > min(FEW_VALUES, n / 2))):
        return f"{out} {'it is empty' if values == 0 else 'row numbers without a name'}. {remedy}"
    if values >= ENOUGH_ROWS and whole and _counts(column.to_numpy(np.float64)):
        return f"{out} it counts the rows. {remedy}"
    person = PERSON.fullmatch(name)
    if (person or IDENTIFIER.fullmatch(name) or CAMEL.fullmatch(name)) and (whole or text):
        if values == n:
            return f"{out} it identifies rows, all values differ. {remedy}"
        if values > (2 if person else FEW_VALUES):
            raise Refused(f"{table}: column {name!r} looks like an identifier and repeats: {values} values in {n} "
                          f"rows. Pass person={column.name!r} if it says whose row it is, so that nobody is on both "
                          f"sides of the member line, or drop=({column.name!r},) to leave it out. {remedy}")
    if n >= ENOUGH_ROWS and text and values > NEARLY_ALL * n and not _like_dates_or_numbers(column):
        return f"{out} text that is different in (nearly) every row, like a name. {remedy}"
    return ""


def _counts(numbers: np.ndarray) -> bool:
    """Whether numbers are 1, 2, 3 and so on, in each of a few parts or in any order."""
    in_order = (np.diff(numbers) != 1).sum() < MOST_PARTS
    return bool(in_order or (numbers.min() in (0, 1) and np.array_equal(np.sort(numbers) - numbers.min(),
                                                                       np.arange(len(numbers)))))


def written_alike(column: pd.Series) -> str:
    """Which values of a text column differ only by spaces around them or by case; empty where none do."""
    if is_number(column) or column.dtype.kind == "M" or len(values := column.dropna().unique()) > MANY_VALUES:
        return ""
    text = pd.Series([str(value) for value in values])
    plain = text.str.strip().str.casefold()
    if not plain.duplicated().any():
        return ""
    first, second = text[plain == plain[plain.duplicated()].iloc[0]].iloc[:2]
    return f"column {column.name!r}: {first!r} and {second!r} differ only by spaces or case, and count as different."


def _whole(column: pd.Series) -> bool:
    if not is_number(column):
        return False
    numbers = column.dropna().to_numpy(np.float64)
    return len(numbers) > 0 and bool(np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all())


def _like_dates_or_numbers(column: pd.Series) -> bool:
    return bool(column.astype(str).str.fullmatch(r"[\d\s.,:/+\-TZ]+").mean() > 0.5)
