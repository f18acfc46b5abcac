"""``read_tables``: CSV files as people have them, read together, with the types that ``pandas.read_csv`` gives."""

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leaklab._validate import Refused, fail, integer, listed, one_of
from leaklab.data.cells import DECIMAL_COMMA, Cells
from leaklab.data.encoding import is_number
from leaklab.data.sheets import Sheet, read_sheet

Missing = Sequence[str] | Mapping[str, Sequence[str]]


@dataclass(frozen=True, eq=False)
class Table:
    """A file's table.

    Parameters
    ----------
    path : Path
    frame : pandas.DataFrame
        Every row and column of the file, with the types that ``pandas.read_csv`` gives it: whole numbers, decimals,
        true and false, text; dates are text.
    lines : numpy.ndarray of int64, shape (n,)
        The file's own line of each row.
    notes : tuple of str
        What was not as plain as it might be: encoding, separator, decimal commas, what counted as missing.
    """

    path: Path
    frame: pd.DataFrame
    lines: np.ndarray
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Table({self.frame.shape[0]} x {self.frame.shape[1]} from {self.path.name!r})"


def read_tables(paths: str | os.PathLike | Iterable[str | os.PathLike], *, label: str | None = None,
                missing_values: Missing | None = None, separator: str | None = None, decimal: str | None = None,
                names: Sequence[str] | None = None, most_bytes: int = 10**9) -> list[Table]:
    """Read CSV files (``.gz`` too) together: the same columns, of the same types, in the order of the first file.

    Encoding (UTF-8, UTF-16, Windows-1252) and separator (comma, semicolon, tab, ``|``) are detected. An ordinary file
    gives exactly what ``pandas.read_csv`` gives, but for ``NA``, ``null`` and the like: among numbers, and among true
    and false, they are missing, and what is missing there (but for ``None``) is missing in the whole table. Else they
    are text, as they always are in the label, for they may be a category, and a note says so. An empty cell is missing.

    Parameters
    ----------
    paths : path, or several
    label : str, optional
        The column to predict, in which only an empty cell is missing.
    missing_values : sequence of str, or dict of str to sequence of str, optional
        What else means *missing*: in every column but the label, or in the columns that the dict names.
    separator, decimal : str, optional
        Where they cannot be detected.
    names : sequence of str, optional
        Of the columns, where the files have no header line.
    most_bytes : int
        A file that holds more, unpacked, is refused.

    Raises
    ------
    ValueError
        Naming file, line and column: see `leaklab.data.sheets.read_sheet`; columns that the first file lacks, or
        another one; a comma that may separate decimals or thousands.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "clinic.csv").write_text("dose;drug\\n1,5;None\\n?;A\\n", encoding="utf-8")
    ...     table, = read_tables(Path(folder, "clinic.csv"))
    >>> table.frame["dose"].tolist(), table.frame["drug"].tolist(), table.lines.tolist()
    ([1.5, nan], ['None', 'A'], [2, 3])
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    if not files:
        fail("paths", paths, "must name at least one file")
    one_of("decimal", decimal, (None, ",", "."))
    integer("most_bytes", most_bytes)
    sheets = [read_sheet(path, separator=separator, names=names, most_bytes=most_bytes) for path in files]
    frames = [_without_headers(sheet, sheet.frame()) for sheet in sheets]
    columns = _same_columns(files, frames)
    if label is not None and label not in columns:
        raise ValueError(f"label={label!r}: {files[0]} has no such column. Its columns are "
                         f"{listed(columns)}.")
    stated = _stated(missing_values, columns, label)
    open_ones = [Cells(name, text, stated[name], name == label) for name, text in _texts(sheets, frames, stated)]
    markers = set[str]().union(*(cells.markers for cells in open_ones))
    decimal = decimal or _decimal(open_ones)
    whole = pd.concat([frame[columns] for frame in frames], ignore_index=True) if len(frames) > 1 else frames[0]
    notes = _renamed(sheets[0], columns)
    for cells in open_ones:
        cells.also_missing(markers)
        whole[cells.name] = cells.typed(decimal)
        said, warned = cells.notes(decimal, lambda row: place(sheets, row))
        if whole[cells.name].dtype == object and not warned:
            warned = _mixed(sheets, [frame[cells.name] for frame in frames])
        notes += [*said, *warned]
        for text in warned:
            warnings.warn(text, UserWarning, stacklevel=2)
    ends = np.cumsum([len(sheet.lines) for sheet in sheets])
    return [Table(sheet.path, whole.iloc[end - len(sheet.lines):end].reset_index(drop=True), sheet.lines,
                  (*sheet.notes, *notes)) for sheet, end in zip(sheets, ends, strict=True)]


def place(parts: Sequence[Sheet] | Sequence[Table], row: int) -> str:
    """Where a row of all the parts stands: ``line 7``, or ``line 7 of b.csv``."""
    for part in parts:
        if row < len(part.lines):
            return f"line {part.lines[row]}" + (f" of {part.path.name}" if len(parts) > 1 else "")
        row -= len(part.lines)
    raise IndexError(row)


def _without_headers(sheet: Sheet, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, unless the header stands in it once more, as where files were appended to each other."""
    for row in np.flatnonzero(frame.iloc[:, 0] == sheet.header[0]) if sheet.named else ():
        if (frame.iloc[row].astype(str).to_numpy() == np.array(sheet.header)).all():
            raise ValueError(f"{sheet.path}: line {sheet.lines[row]} repeats the header. Delete the line.")
    return frame


def _same_columns(paths: list[Path], frames: list[pd.DataFrame]) -> list[str]:
    columns = list(frames[0].columns)
    for path, frame in zip(paths, frames, strict=True):
        for without, wrong, having in ((path, [name for name in columns if name not in frame], paths[0]),
                                       (paths[0], [name for name in frame if name not in frames[0]], path)):
            if wrong:
                raise ValueError(f"{without} has no column {listed(wrong)}, which {having} has. Give them the same "
                                 "columns, in any order.")
    return columns


def _stated(missing_values: Missing | None, columns: list[str], label: str | None) -> dict[str, frozenset[str]]:
    """What means *missing* in each column."""
    if isinstance(missing_values, str):
        fail("missing_values", missing_values, "must be several values", f"For one, pass ({missing_values!r},).")
    if not isinstance(missing_values, Mapping):
        everywhere = missing_values or ()
        missing_values = {name: everywhere for name in columns if name != label}
    elif unknown := missing_values.keys() - set(columns):
        one_of("missing_values", next(iter(unknown)), columns)
    return {name: frozenset(str(value).strip() for value in missing_values.get(name, ())) for name in columns}


def _texts(sheets: list[Sheet], frames: list[pd.DataFrame], stated: dict[str, frozenset[str]]):
    """Names and cells, of all files one after the other, of the columns that are not plainly of one type."""
    for name in list(frames[0].columns):
        types = {frame[name].dtype for frame in frames}
        numbers = pd.to_numeric(pd.Series(sorted(stated[name]), dtype=object), errors="coerce")
        if len(types) == 1 and frames[0][name].dtype != object and numbers.isna().all():
            continue
        texts = [_text(sheet, frame[name]) for sheet, frame in zip(sheets, frames, strict=True)]
        yield name, pd.concat(texts, ignore_index=True)


def _text(sheet: Sheet, column: pd.Series) -> pd.Series:
    """The cells of a column as the file has them."""
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "string":
        return column.fillna("")
    return sheet.frame(dtype=str, na_filter=False)[column.name]


def _mixed(sheets: list[Sheet], parts: list[pd.Series]) -> list[str]:
    """That a column has decimal commas in one file, and nothing but plain numbers in another."""
    numbers = [sheet for sheet, part in zip(sheets, parts, strict=True) if is_number(part) and part.notna().any()]
    texts = [(sheet, part.dropna()) for sheet, part in zip(sheets, parts, strict=True) if part.dtype == object
             and part.notna().any() and all(map(DECIMAL_COMMA.fullmatch, part.dropna().astype(str)))]
    if not numbers or not texts:
        return []
    (sheet, text), *_ = texts
    return [f"column {text.name!r} holds numbers in {numbers[0].path.name} and decimal commas in {sheet.path.name}, "
            f"such as {text.iloc[0]!r} on line {sheet.lines[text.index[0]]}: it is read as text. Write both alike."]


def _decimal(columns: list[Cells]) -> str:
    """The decimal sign, if the columns that have commas settle it."""
    if any(cells.comma == "clear" for cells in columns):
        return ","
    for cells in columns:
        if cells.comma:
            raise Refused(f"column {cells.name!r}: the comma of {cells.example!r} may separate decimals or thousands. "
                          "Pass decimal=',' if it is a decimal comma, decimal='.' if the column is to stay text.")
    return "."


def _renamed(sheet: Sheet, columns: list[str]) -> list[str]:
    twice = [name for name, times in Counter(sheet.header).items() if name.strip() and times > 1]
    return [f"column {name!r} occurs more than once in the header; the later ones are called as pandas.read_csv calls "
            f"them ({name + '.1'!r}, ...)." for name in twice]
