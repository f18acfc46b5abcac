"""What a column of cells holds: numbers, true and false, or text; and what in it counts as missing."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable

import numpy as np
import pandas as pd

AMONG_NUMBERS = frozenset(["?", "-", "--", ".", "NA", "N/A", "n/a", "n.a.", "NaN", "nan", "#N/A", "#NA", "<NA>", "NULL",
                           "null", "None", "none"])
"""What counts as missing in a column that otherwise holds only numbers, or only true and false."""
TO_PANDAS = frozenset(["#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
                       "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"])
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+(,\d+)?\s*")
THOUSANDS = re.compile(r"\s*[+-]?\d{1,3},\d{3}\s*")
WORDS = frozenset(["None", "none"])
"""Of these, what may be a category however often it is missing elsewhere."""
FEW_ODD = 0.01


class Cells:
    """The cells of a column as text, before it is decided what they are.

    Parameters
    ----------
    name : str
    text : pandas.Series of str
    stated : collection of str
        What means *missing*, beside an empty cell.
    label : bool
        Whether it is the column to predict: then nothing else is missing, for ``None`` may be a class.

    Attributes
    ----------
    comma : str
        ``"clear"`` where decimals are written with a comma, ``"unclear"`` where it may separate thousands, else ``""``.
    markers : set of str
        What is missing among its numbers, and so in the whole table.
    """

    def __init__(self, name: str, text: pd.Series, stated: Collection[str], label: bool):
        self.name, self._text, self._label = name, text, label
        values = pd.unique(text)
        self._missing = {value for value in values if not value.strip() or value.strip() in stated}
        rest = [value for value in values if value not in self._missing]
        doubtful = [] if label else [value for value in rest if value.strip() in AMONG_NUMBERS]
        self._sure = [value for value in rest if value.strip() not in AMONG_NUMBERS] if doubtful else rest
        self._numbers = not rest or (bool(self._sure) and _read(self._sure).dtype != object)
        commas = [value for value in self._sure if "," in value]
        decimal = bool(commas) and not label and all(map(DECIMAL_COMMA.fullmatch, self._sure))
        self.comma = "" if not decimal else "unclear" if all(map(THOUSANDS.fullmatch, commas)) else "clear"
        self.markers = {value.strip() for value in doubtful} - WORDS if self._numbers or decimal else set()
        if self._numbers or decimal:
            self._missing.update(doubtful)

    def also_missing(self, markers: Collection[str]) -> None:
        """Count as missing what is missing among numbers of the same table: ``NA`` in one column is ``NA`` in all."""
        if not self._label:
            self._missing.update(value for value in pd.unique(self._text) if value.strip() in markers)

    @property
    def example(self) -> str:
        """A cell with a comma."""
        return next(value for value in self._sure if "," in value)

    def typed(self, decimal: str | None) -> pd.Series:
        """The column, as `pandas.read_csv` would type it if told what is missing."""
        if (len(self._text) and self._numbers) or (self.comma and decimal == ","):
            return _read(self._text, self._missing, decimal or ".")
        return self._text.mask(self._text.isin(self._missing), np.nan) if self._missing else self._text

    def notes(self, decimal: str | None, place: Callable[[int], str]) -> tuple[list[str], list[str]]:
        """What happened to the column, and what deserves a warning; ``place`` says where a row stands."""
        said, counted = [], {value for value in self._missing if value}
        if counted:
            said.append(f"column {self.name!r}: {_shown(counted)} counted as missing "
                        f"({int(self._text.isin(counted).sum())} cells).")
        if self._numbers:
            return said, []
        if self.comma and decimal == ",":
            return [*said, f"column {self.name!r}: decimal commas ({self.example!r})."], []
        kept = {value for value in pd.unique(self._text) if value.strip() in TO_PANDAS | AMONG_NUMBERS} - self._missing
        if kept:
            values = _shown(kept)
            said.append(f"column {self.name!r}: {values} kept as {'a class' if self._label else 'text'}, like any other"
                        f" value{', where pandas.read_csv has a gap' if kept & TO_PANDAS else ''}. Pass missing_values="
                        f"{'{' + repr(self.name) + ': ' if self._label else ''}({', '.join(map(repr, sorted(kept)))},)"
                        f"{'}' if self._label else ''} if it means not measured.")
        return said, self._odd(place)

    def _odd(self, place) -> list[str]:
        """A value or two that alone make text of a column of numbers."""
        kept = pd.Series([value for value in pd.unique(self._text) if value not in self._missing], dtype=object)
        odd = kept[pd.to_numeric(kept, errors="coerce").isna()]
        rows = np.flatnonzero(self._text.isin(odd))
        numbers = len(self._text) - len(rows) - int(self._text.isin(self._missing).sum())
        if not 0 < len(rows) <= max(1, FEW_ODD * numbers) or numbers < 2:
            return []
        return [f"column {self.name!r} is text only because of {len(rows)} of {numbers + len(rows)} values, the first "
                f"{self._text.iloc[rows[0]]!r} on {place(int(rows[0]))}; all others are numbers. Mend it in the file, "
                "or name it in missing_values."]


def _read(cells: Iterable[str], missing: Collection[str] = (), decimal: str = ".") -> pd.Series:
    """The cells as `pandas.read_csv` reads a column of them."""
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([cell] for cell in cells)
    file.seek(0)
    return pd.read_csv(file, header=None, names=["cells"], na_values=["", *missing], keep_default_na=False,
                       decimal=decimal, skip_blank_lines=False, low_memory=False)["cells"]


def _shown(values: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(values)))
