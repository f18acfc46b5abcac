"""A CSV file as bytes of UTF-8 with one separator, and the file's own line of each row."""

import csv
import gzip
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from leaklab._validate import Refused

SEPARATORS = ",;\t|"
SAMPLE = 1 << 16
OTHER_KINDS = {b"PK\x03\x04": "an Excel workbook or a zip archive", b"PAR1": "a Parquet file",
               b"\x89HDF": "an HDF5 file", b"\xd0\xcf\x11\xe0": "an old Excel workbook", b"\x80\x04": "a Python pickle",
               b'{"': "JSON", b"[{": "JSON", b"<!": "HTML", b"<html": "HTML", b"<?xml": "XML"}
MOST_COLUMNS = 50_000


@dataclass(frozen=True, eq=False)
class Sheet:
    """The text of a file, every row as long as the header.

    Parameters
    ----------
    path : Path
    body : bytes
        UTF-8, without a byte-order mark.
    separator : str
    header : tuple of str
        The names as the file, or whoever reads it, has them.
    named : bool
        True if the names stand in the first line.
    lines : numpy.ndarray of int64
        The file's own line of each row; where a cell holds line breaks, the first.
    notes : tuple of str
    """

    path: Path
    body: bytes = field(repr=False)
    separator: str
    header: tuple[str, ...]
    named: bool
    lines: np.ndarray = field(repr=False)
    notes: tuple[str, ...]

    def frame(self, **how) -> pd.DataFrame:
        """The rows as `pandas.read_csv` reads them, but that only an empty cell is missing."""
        names = {} if self.named else {"names": list(self.header), "header": None}
        how = {"na_values": [""], "low_memory": False, "index_col": False} | names | how
        try:
            frame = pd.read_csv(io.BytesIO(self.body), sep=self.separator, keep_default_na=False, **how)
        except pd.errors.ParserError as error:
            raise ValueError(f"{self.path}: not a readable CSV file ({error}).") from error
        if len(frame) != len(self.lines):
            raise ValueError(f"{self.path}: {len(frame)} rows were read from {len(self.lines)} lines. Save the file "
                             "again as a plain CSV file.")
        return frame


def read_sheet(path: Path, *, separator: str | None, names: Sequence[str] | None, most_bytes: int) -> Sheet:
    """Read a file, and find out its encoding, its separator and where its rows are.

    Raises
    ------
    ValueError
        Naming file and line: not text, no header, a row that is longer or shorter than the header, a quotation mark
        that is never closed.
    """
    body, notes = _decoded(path, _contents(path, most_bytes))
    if not body.strip():
        raise ValueError(f"{path}: not a readable CSV file: it is empty. Save it as comma-separated text with a header "
                         "line.")
    if separator is None:
        separator = _separator(body)
        if separator != ",":
            notes += (f"{path.name}: columns are separated by {separator!r}.",)
    header = tuple(names or next(tuple(cells) for _, cells in _records(_lines(body), separator) if cells))
    widths, lines, blank = _scanned(body, separator)
    if b'"' in body and (widths != len(header)).any():  # a quotation mark inside a text: slower, and exact
        widths, lines, blank = _quoted(path, body, separator)
    if len(header) > MOST_COLUMNS:
        raise Refused(f"{path} has {len(header):,} columns, and at most {MOST_COLUMNS:,} are read. Save the table "
                      "without those that are not needed.")
    if names is None:
        _check_header(path, header)
        lines, widths = lines[1:], widths[1:]
    if (wrong := widths != len(header)).any():
        at = int(np.argmax(wrong))
        raise ValueError(f"{path}: line {lines[at]} has {widths[at]} cell(s), and the "
                         f"{'header' if names is None else 'list of names'} has {len(header)}. Mend the line: put a "
                         f"cell that holds {separator!r} in quotation marks.")
    if len(header) == 1 and len(header[0].split()) > 2:
        raise ValueError(f"{path}: columns seem to be separated by spaces. Save the table with commas, e.g. "
                         "pandas.read_csv(path, sep=r'\\s+').to_csv(...).")
    if blank:
        notes += (f"{path.name}: {blank} blank line(s) were skipped.",)
    return Sheet(path, body, separator, header, names is None, lines, notes)


def _contents(path: Path, most_bytes: int) -> bytes:
    if path.exists() and not path.is_file():  # a pipe or a device has no end
        raise ValueError(f"{path}: must be a file. Save the table as CSV (comma-separated, UTF-8).")
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        if not packed and path.stat().st_size > most_bytes:
            _too_large(path, most_bytes)
        with gzip.open(path) if packed else path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except (OSError, EOFError) as error:
        raise ValueError(f"{path}: not a readable CSV file ({error}). Save it again where it comes from.") from error
    return raw if len(raw) <= most_bytes else _too_large(path, most_bytes)


def _too_large(path: Path, most_bytes: int) -> NoReturn:
    raise Refused(f"{path} holds more than {most_bytes:,} bytes (most_bytes): it would not fit in memory with what is "
                  "computed from it. Take a random sample of its rows.")


def _decoded(path: Path, raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The bytes as UTF-8 with line ends that all parsers count alike, and what they were."""
    for start, kind in OTHER_KINDS.items():
        if raw.startswith(start):
            raise ValueError(f"{path}: not a readable CSV file but {kind}. Save the table as CSV (comma-separated, "
                             "UTF-8).")
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a readable CSV file ({error}). Save it as UTF-8.") from error
    if "\0" in text:
        raise ValueError(f"{path}: not a readable CSV file: it holds a zero byte, on line "
                         f"{text[:text.index(chr(0))].count(chr(10)) + 1}. Save the table as CSV (UTF-8).")
    plain = encoding in ("utf-8", "utf-8-sig")
    body = raw.removeprefix(b"\xef\xbb\xbf") if plain else text.encode()
    if b"\r" in body and b'"' not in body:  # in quotation marks it may belong to a cell
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return body, () if plain else (f"{path.name}: not UTF-8; read as {encoding}.",)


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if raw[:SAMPLE].count(0) > len(raw[:SAMPLE]) // 4:  # UTF-16 without its mark
        return "utf-16-le" if raw[1:SAMPLE:2].count(0) > raw[:SAMPLE:2].count(0) else "utf-16-be"
    for encoding in ("utf-8", "cp1252"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "utf-8-sig" if encoding == "utf-8" else encoding
    return "latin-1"


def _separator(body: bytes) -> str:
    """The separator that gives the first rows most columns, as many in each; the comma where none does."""
    lines = list(io.StringIO(body[:SAMPLE].decode(errors="ignore"), newline=""))
    lines = lines if len(body) <= SAMPLE else lines[:-1] or lines  # the last may be cut
    found = {}
    for separator in SEPARATORS:
        widths = [len(record) for _, record in _records(lines[:50], separator) if record]
        found[separator] = (len(set(widths)) == 1, widths[0]) if widths and widths[0] > 1 else (False, 1)
    return max(found, key=lambda separator: found[separator])  # of equals the first


def _records(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each row begins, and its cells; none of a blank line."""
    reader, line = csv.reader(lines, delimiter=separator), 1
    try:
        for record in reader:
            yield line, [] if len(record) == 1 and record[0].isspace() else record
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line}: {error}") from error


def _quoted(path: Path, body: bytes, separator: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Cells of each row, its line, and how many lines are blank: of a file with quotation marks."""
    lines, last = list(_lines(body)), 1
    found, blank = [], 0
    try:
        for last, record in _records(lines, separator):
            if record:
                found.append((len(record), last))
            else:
                blank += 1
        list(csv.reader(lines[last - 1:], delimiter=separator, strict=True))  # an open quotation mark swallows the rest
    except ValueError as error:
        raise ValueError(f"{path}: {error}. Is a quotation mark left open there?") from error
    except csv.Error as error:
        if "unexpected end" in str(error):  # all else pandas takes as it is
            raise ValueError(f"{path}: line {last} opens a quotation mark that is never closed. Close it, or "
                             "double it where it belongs to the text.") from error
    widths, where = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return widths, where, blank


def _lines(body: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="")


def _scanned(body: bytes, separator: str) -> tuple[np.ndarray, np.ndarray, int]:
    """The same by counting: right where quotation marks come in pairs around cells."""
    code = np.frombuffer(body if body.endswith(b"\n") else body + b"\n", dtype=np.uint8)
    outside = ~np.bitwise_xor.accumulate(code == ord('"')) if b'"' in body else np.True_
    breaks = code == ord("\n")
    ends = np.flatnonzero(breaks & outside)
    if not len(ends):
        return np.zeros(1, int), np.ones(1, int), 0
    starts = np.concatenate([[0], ends[:-1] + 1])
    widths = np.add.reduceat((code == ord(separator)) & outside, starts, dtype=np.int32) + 1
    full = ends > starts
    for at in np.flatnonzero(full & (widths == 1)):  # pandas skips lines of spaces, too
        full[at] = bool(body[starts[at]:ends[at]].strip())
    return widths[full], (np.searchsorted(np.flatnonzero(breaks), starts) + 1)[full], int((~full).sum())


def _check_header(path: Path, header: tuple[str, ...]) -> None:
    """Refuse a first line of numbers alone, unless they count the columns; warn of one that holds some."""
    named = [name for name in header if name.strip()]
    numbers = pd.to_numeric(pd.Series(named, dtype=object), errors="coerce")
    if len(named) > 1 and np.array_equal(numbers, np.arange(len(numbers))):
        return
    remedy = "If it is a row, write the columns' names above it, or pass names=(...) to leaklab.data.read_tables."
    if named and numbers.notna().all():
        raise ValueError(f"{path}: the first line holds only numbers ({', '.join(named[:4])}, ...), no names. "
                         f"{remedy}")
    if numbers.notna().any():
        warnings.warn(f"{path}: the first line, taken for the header, holds numbers "
                      f"({', '.join(map(repr, pd.Series(named)[numbers.notna()][:4]))}). {remedy}", UserWarning,
                      stacklevel=4)
