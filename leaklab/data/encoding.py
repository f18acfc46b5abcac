"""Numbers for Leaklab's own networks from columns of text, true and false, and dates: by stated categories."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from leaklab._validate import Refused, fail

MOST_CATEGORIES = 100
NUMBER, FLAG, CATEGORY, DAYS = "number", "flag", "category", "days"
Encode = Mapping[Any, Sequence | str]
"""For each column of text its categories, or ``"days"`` for one of dates."""
REMEDY = ("Pass encode={'column': ('category', ...)} with the categories of a codebook, encode='table' to take them "
          "from the table, or drop= to leave the column out. A pipeline of your own gets the table as it is")


class EncodedColumn(NamedTuple):
    """What one column becomes: numbers (n, k) with k names."""

    column: Any
    names: tuple
    numbers: np.ndarray
    kind: str


def is_flags(column: pd.Series) -> bool:
    """Whether a column holds true and false alone, gaps apart."""
    return pd.api.types.is_bool_dtype(column.dtype) or (
        column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "boolean")


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers, true and false not among them."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def all_numbers(features: pd.DataFrame) -> bool:
    """Whether a table holds nothing but numbers, without gaps."""
    return all(map(is_number, _columns(features))) and not features.isna().to_numpy().any()


def not_encoded(features: pd.DataFrame, encode: Encode | None) -> str:
    """What keeps the table from being numbers, and the remedy; empty where nothing does."""
    for column in _columns(features):
        if not is_number(column) and not is_flags(column) and column.name not in (encode or {}):
            example = column.dropna().iloc[:1].tolist()
            return (f"column {column.name!r} holds {'dates' if column.dtype.kind == 'M' else 'text'}"
                    f"{f', such as {example[0]!r}' if example else ''}, and must be numbers. {REMEDY}.")
    for column in _columns(features):
        if column.isna().any():
            return (f"column {column.name!r} has {int(column.isna().sum())} missing value(s), and numbers must be "
                    "finite. Drop or fill the missing values first (missing='drop'); a pipeline of your own gets the "
                    "table as it is.")
    return ""


def parts(features: pd.DataFrame, encode: Encode | None) -> list[EncodedColumn]:
    """What each column becomes; refused where `not_encoded` says why, or a value is in no category."""
    if why := not_encoded(features, encode):
        raise Refused(f"features: {why}")
    return [_part(column, (encode or {}).get(column.name)) for column in _columns(features)]


def table_of(features: pd.DataFrame, encode: Encode | None) -> pd.DataFrame:
    """The table in numbers; as it is, where it holds nothing else."""
    if not encode and all(map(is_number, _columns(features))):
        return features
    found = parts(features, encode)
    return pd.DataFrame(np.hstack([part.numbers for part in found]), index=features.index,
                        columns=[name for part in found for name in part.names])


def check_encode(features: pd.DataFrame, encode: Any) -> tuple[Encode | None, bool]:
    """Categories as tuples, and whether they are stated; ``"table"`` takes those that the table holds."""
    if encode is None:
        return None, True
    text = [column for column in _columns(features) if not is_number(column) and not is_flags(column)]
    if isinstance(encode, str) and encode == "table":
        return {column.name: _categories(column) for column in text}, not text
    if not isinstance(encode, Mapping):
        fail("encode", encode, "must be a dict of column to categories, or 'table'")
    if unknown := [name for name in encode if name not in features.columns]:
        fail("encode", unknown[0], "must name only features of the table")
    for name, categories in encode.items():
        if not ((isinstance(categories, tuple | list) and len(set(categories)) == len(categories) > 1)
                or (isinstance(categories, str) and categories == DAYS)):
            fail(f"encode[{name!r}]", categories, f"must be at least two different categories, or {DAYS!r}")
    return {name: categories if categories == DAYS else tuple(categories) for name, categories in encode.items()}, True


def outside(column: pd.Series, categories: Sequence | str) -> np.ndarray:
    """Positions of the values that the encoding does not know; gaps are none of them."""
    if isinstance(categories, str):
        return np.flatnonzero(_days(column).isna() & column.notna())
    return np.flatnonzero(~column.isin(categories) & column.notna())


def _columns(features: pd.DataFrame):
    return (features[name] for name in features.columns)


def _categories(column: pd.Series) -> tuple:
    values = sorted(column.dropna().unique().tolist())
    if len(values) > MOST_CATEGORIES:
        fail("encode", "table", f"column {column.name!r} holds {len(values)} different values, more than "
             f"{MOST_CATEGORIES}", "Leave it out (drop=), or state its categories.")
    return tuple(values)


def _part(column: pd.Series, categories: Sequence | str | None) -> EncodedColumn:
    if categories is None:
        return EncodedColumn(column.name, (column.name,), column.to_numpy(np.float64)[:, None],
                             FLAG if is_flags(column) else NUMBER)
    if len(wrong := outside(column, categories)):
        at = int(wrong[0])
        fail(f"encode[{column.name!r}]", categories, f"does not cover {column.iloc[at]!r} in row {column.index[at]}",
             "Add the category, or mend the value.")
    if isinstance(categories, str):
        return EncodedColumn(column.name, (column.name,), _days(column).to_numpy(np.float64)[:, None], DAYS)
    hot = np.stack([(column == value).to_numpy(np.float64) for value in categories], axis=1)
    return EncodedColumn(column.name, tuple(f"{column.name}={value}" for value in categories), hot, CATEGORY)


def _days(column: pd.Series) -> pd.Series:
    """Days since 1970 of ISO dates; NaN where a value is none."""
    dates = pd.to_datetime(column, format="ISO8601", errors="coerce", utc=True)
    return (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
