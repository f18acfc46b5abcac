"""Tables of any kind, as numbers and as text."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from leaklab import _validate as v


def table_of(x: Any) -> Any:
    """Features as they can be cut by rows: a list as an array."""
    if hasattr(x, "iloc") or hasattr(x, "shape"):
        return x
    x = np.asarray(x, dtype=object) if len(x) and isinstance(x[0], str) else np.asarray(x)
    return x if x.ndim else v.fail("x", x, "must be one record for every member")


def numbers_of(table: Any) -> Any:
    """A table as float64 (n, d), dense or sparse, text as numbers of its own; None for what is no table."""
    if sparse.issparse(table):
        return table.tocsr().astype(np.float64) if table.dtype.kind in "biuf" else None
    if isinstance(table, np.ndarray) and table.dtype.kind in "OUS":
        if table.ndim != 2:
            return None
        table = pd.DataFrame(table).infer_objects()
    if isinstance(table, pd.DataFrame):
        columns = [_column(table.iloc[:, j]) for j in range(table.shape[1])]
        return np.column_stack(columns) if columns else None
    table = np.asarray(table)
    if table.ndim < 2 or not table.size or table.dtype.kind not in "biuf":
        return None
    return table.reshape(len(table), -1).astype(np.float64)


def _column(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(np.float64, na_value=np.nan)
    text = column.astype(object).where(column.notna(), "").astype(str)
    return (pd.util.hash_array(text.to_numpy(object)) % 2**40).astype(np.float64)


def text_columns(x: Any) -> dict[str, np.ndarray]:
    """The columns of text, by name, as arrays of str with '' for gaps; the only column of texts is called 'text'."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "OUS":
        x = pd.DataFrame(x.reshape(len(x), -1), columns=["text"] if x.size == len(x) else None).infer_objects()
    if isinstance(x, pd.Series):
        x = x.to_frame("text")
    if not isinstance(x, pd.DataFrame):
        return {}
    columns = {str(name): x.iloc[:, j] for j, name in enumerate(x.columns)}
    return {name: column.astype(object).where(column.notna(), "").astype(str).to_numpy(object)
            for name, column in columns.items() if not pd.api.types.is_numeric_dtype(column.dtype)}


def strings_in(value: Any) -> set[str]:
    """The strings that one object lists: an array, a list, the keys and values of a dictionary, a table's text."""
    if isinstance(value, pd.DataFrame):
        return set().union(*(set(column) for column in text_columns(value).values()))
    if isinstance(value, np.ndarray | pd.Series | pd.Index) and value.dtype.kind in "OUS":
        value = np.asarray(value).ravel().tolist()
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if not isinstance(value, list | tuple | set | frozenset):
        return set()
    return {each for each in value if isinstance(each, str)}


def dense(table: Any) -> np.ndarray:
    return table.toarray() if sparse.issparse(table) else table
