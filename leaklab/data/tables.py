"""Read a CSV file of numbers with a label column; say exactly what is wrong with one that is not."""

from pathlib import Path

import numpy as np
import pandas as pd

MOST_CLASSES = 20


def read_csv(path: Path, label: str | None, person: str | None = None
             ) -> tuple[pd.DataFrame, np.ndarray, tuple[str, ...], np.ndarray | None]:
    """Features, label counted from 0, class names, and whose row it is, of a CSV file with a header line.

    Raises
    ------
    ValueError
        Naming file, column and line: no such label or person column, missing values, text or infinite features, fewer
        than two or more than 20 classes.
    """
    try:
        table = pd.read_csv(path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        raise ValueError(f"{path}: not a readable CSV file ({error}). Save it as UTF-8, comma-separated, with a header "
                         "line.") from error
    columns = ", ".join(map(repr, table.columns))
    if label is None:
        raise ValueError(f"label=None: name the column of {path} to predict. Its columns are {columns}.")
    if label not in table.columns:
        raise ValueError(f"label={label!r}: {path} has no such column. Its columns are {columns}.")
    if person is not None and person not in table.columns.drop(label):
        raise ValueError(f"person={person!r}: {path} has no such column beside the label. Its columns are {columns}.")
    others = table.drop(columns=[label] if person is None else [label, person])
    if len(table) == 0 or others.shape[1] == 0:
        raise ValueError(f"{path} has {len(table)} rows and {table.shape[1]} columns: needs rows, and a column beside "
                         f"the label{'' if person is None else ' and the person'}.")
    _complete(table, path)
    whose = None if person is None else table[person].to_numpy()
    return _numbers(others, path), *_classes(table[label], path), whose


def _line(mask: pd.Series) -> int:
    """Line of the file (the header is line 1) of the first true entry."""
    return int(np.argmax(mask.to_numpy())) + 2


def _complete(table: pd.DataFrame, path: Path) -> None:
    for name in table.columns:
        missing = table[name].isna()
        if missing.any():
            raise ValueError(f"{path}: column {name!r} has {missing.sum()} missing value(s), the first on line "
                             f"{_line(missing)}. Drop those rows, or fill them in (pandas.DataFrame.dropna, fillna).")


def _numbers(features: pd.DataFrame, path: Path) -> pd.DataFrame:
    text = [name for name in features.columns if not pd.api.types.is_numeric_dtype(features[name])]
    if text:
        bad = pd.to_numeric(features[text[0]], errors="coerce").isna()
        raise ValueError(f"{path}: column(s) {', '.join(map(repr, text))} hold text, such as "
                         f"{features[text[0]][bad].iloc[0]!r} on line {_line(bad)}. Encode text as numbers first, e.g. "
                         "with pandas.get_dummies, and mark missing values by an empty field.")
    features = features.astype({name: np.int64 for name in features.columns if features[name].dtype == bool})
    for name in features.columns:
        infinite = ~pd.Series(np.isfinite(features[name].to_numpy(np.float64)))
        if infinite.any():
            raise ValueError(f"{path}: column {name!r} is infinite on line {_line(infinite)}. Drop or fix the row.")
        if features[name].nunique() == 1:
            raise ValueError(f"{path}: column {name!r} has the same value in every row. Drop the column.")
    return features


def _classes(column: pd.Series, path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    values, code = np.unique(column.to_numpy(), return_inverse=True)
    if len(values) < 2:
        raise ValueError(f"{path}: label column {column.name!r} holds only {values[0]!r}. A label needs two classes.")
    if len(values) > MOST_CLASSES:
        raise ValueError(f"{path}: label column {column.name!r} holds {len(values)} different values; classes may "
                         f"number {MOST_CLASSES}. Cut a measurement into classes first, e.g. at its median.")
    return code.astype(np.int64), tuple(map(str, values))
