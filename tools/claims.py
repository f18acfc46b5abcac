#!/usr/bin/env python3
"""Find the numbers that a lesson says and nothing shows: python tools/claims.py [03 07 ...] (default: all lessons).

A number is said in the lesson's text or in its plan.md: a decimal, a percentage, or a whole number of two digits or
more. It is shown where a cell of the trainer's notebook prints it, where code states it, or in the words that describe
a figure: rounded to as many digits as are said, as a share or in percent. Formulas, code, links and times do not count.
A decimal or a percentage is looked for in its own section and the one before it: somewhere in a lesson nearly every
number is printed. Whole numbers, summaries and plans may speak of the whole page.

What is no figure of ours (a law, a paper's table, a sum that the reader does in the head) is given in a comment that
no page shows, with where it is from; what a test or a benchmark holds, with the file in which the number stands:

    <!-- given: 0.26, 33% (Hayes and others 2023, table 2) -->
    <!-- shown in benchmarks/README.md: 0.69, 71% -->
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"(?<![\w.,/#-])(?P<minus>[-−]?)(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)(?:e(?P<power>[-+]?\d+))?"
                    r"(?P<percent>\s?%)?"
                    r"(?!\w*/|\w|,\d{3}|\.\d)")
GIVEN = re.compile(r"<!--\s*given: ([^(]+)\(([^)]+)\)\s*-->")
ELSEWHERE = re.compile(r"<!--\s*shown in (\S+): (.+?)\s*-->")
HEADING = re.compile(r"^## .*", re.M)
SUMMARIES = ("## What you saw", "## What you would tell", "## Words", "## To read")
TIMES = r"(?:minutes?|seconds?|s|ms|px|pixels|hours?|MB|kB|KB|GB)\b"
SILENT = [  # what says no figure
    r"^\| [\d.]+ \|(?= `)", r"^\*\*Minutes:\*\*.*$",  # the minutes of the stage, and of the lesson
    r"<!--.*?-->", r"```.*?```", r"`[^`]*`", r"\$\$.*?\$\$", r"\$[^$]*\$", r"\]\([^)]*\)", r"https?://\S+",
    r"\b(?:19|20)\d\d\b", r"\d+-bit", r"\b[Aa]rXiv:?\s*[\d.]+", r"^#+ .*$",
    r"\b(?:[Ll]essons?|[Ee]xercises?|[Cc]ells?|[Ss]tep|[Tt]able|[Ff]igure|[Ee]quation|[Aa]lgorithm|[Ss]ections?|"
    r"[Tt]heorem|[Pp]resent|Python|version) [\d.]+(?:(?:,| and| to| or) [\d.]+)*(?!\w)",
    r"\b\d\d · ",
    rf"\b[\d.,]+(?:(?:,|, and| and| to| or|-) ?[\d.,]+)*[ -]{TIMES}", r"\b95%",  # all intervals are of 95%
]


@dataclass(frozen=True)
class Number:
    """A number as it stands in a text: its value as a share or count, and its digits after the point."""

    text: str
    value: float
    places: int
    percent: bool

    @property
    def claims(self) -> bool:
        """Whether it says a figure: small whole numbers count chapters and fingers."""
        return self.percent or self.places > 0 or abs(self.value) >= 10

    def stands_for(self, seen: "Number") -> bool:
        """Whether rounding what was seen gives this number."""
        unit = 10.0 ** -self.places
        values = [seen.value]
        if self.percent != seen.percent:
            values = [seen.value / 100] if seen.percent else [100 * seen.value]
        near = any(abs(abs(value) - abs(self.value)) <= unit / 2 * (1 + 1e-6) for value in values)
        return near and (seen.places >= self.places - 2 * (self.percent < seen.percent) or seen.value == self.value)


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a text.

    >>> [(n.value, n.places, n.percent) for n in numbers("1,400 people, 71.5% or 0.66 [0.63, 0.69]")][:3]
    [(1400.0, 0, False), (71.5, 1, True), (0.66, 2, False)]
    >>> [(n.value, n.places) for n in numbers("at delta 1e-05, off by 7.5e-14")]
    [(1e-05, 5), (7.5e-14, 15)]
    """
    for found in NUMBER.finditer(text):
        digits = found["digits"].replace(",", "")
        power = int(found["power"] or 0)
        yield Number(found[0].strip(), float(f"{digits}e{power}") * (-1 if found["minus"] else 1),
                     max(0, len(digits.partition(".")[2]) - power), bool(found["percent"]))


def said(text: str) -> list[Number]:
    """The figures that a text states."""
    for pattern in SILENT:
        text = re.sub(pattern, " ", text, flags=re.S | re.M if pattern.startswith(("<", "`", r"\$", r"\]")) else re.M)
    text = re.sub(r"\b([\d.]+)(?=(?:,| to| and| or|, and) [\d.]+\s?%)", r"\1%", text)  # 71 to 73%
    return [number for number in numbers(text) if number.claims]


def excused(text: str, root: Path = ROOT) -> list[Number]:
    """What comments give, from outside or from a file that does hold it."""
    found = [number for given in GIVEN.finditer(text) for number in numbers(given[1])]
    for place in ELSEWHERE.finditer(text):
        holds = list(numbers((root / place[1]).read_text(encoding="utf-8"))) if (root / place[1]).is_file() else []
        found += [number for number in numbers(place[2]) if any(number.stands_for(held) for held in holds)]
    return found


def shown(cells: Iterable[nbformat.NotebookNode]) -> list[Number]:
    """The numbers in the code of cells, in what they print, and in the words for their figures."""
    texts = []
    for cell in cells:
        if cell.cell_type != "code":
            continue
        texts.append(re.sub(r"(?<=\d)_(?=\d{3})", "", cell.source))
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = re.sub(r'src="[^"]*"', "", data.get("text/html", ""))
            alts = re.findall(r'(?:alt|aria-label)="([^"]*)"', html)
            texts += [output.get("text", ""), data.get("text/plain", ""), *alts, re.sub(r"<[^>]*>", " ", html)]
    # in code and in tables numbers touch other signs than in a sentence
    text = "\n".join(texts)
    return [*numbers(text), *numbers(re.sub(r"[=()\[\]{}:/*+'\"|_,](?!\d{3}\b)", " ", text))]


def unshown(text: str, known: Iterable[Number], root: Path = ROOT) -> list[str]:
    """The numbers that a text says and that are not known."""
    known = [*known, *excused(text, root)]
    return [number.text for number in said(text) if not any(number.stands_for(seen) for seen in known)]


def sections(notebook: nbformat.NotebookNode) -> list[list[nbformat.NotebookNode]]:
    """The cells of a notebook, parted before each cell with a heading of the second order."""
    parts: list[list[nbformat.NotebookNode]] = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and HEADING.search(cell.source):
            parts.append([])
        parts[-1].append(cell)
    return parts


def of_notebook(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """(Where, number) for each number in a notebook's text that nothing shows."""
    everywhere, before, found = shown(notebook.cells), [], []
    given = excused("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown"))
    counts = [number for number in everywhere if not number.places and not number.percent]
    for part in sections(notebook):
        titles = HEADING.findall(part[0].source) if part else []
        title, here = titles[0] if titles else "its beginning", shown(part)
        known = everywhere if not titles or titles[-1].startswith(SUMMARIES) else [*here, *before, *counts]
        for cell in part:
            if cell.cell_type == "markdown":
                found += [(title, number) for number in unshown(cell.source, [*known, *given])]
        before = here
    return found


def of_lesson(folder: Path, notebooks: Path = ROOT / "notebooks") -> list[tuple[str, str]]:
    """(Where, number) for each number of a lesson, its plan included, that nothing shows."""
    notebook = nbformat.read(notebooks / "trainer" / f"{folder.name}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    plan = (folder / "plan.md").read_text(encoding="utf-8")
    known = [*shown(notebook.cells), *excused(text), *excused(plan)]
    return of_notebook(notebook) + [
        (f"plan.md, {part.strip().splitlines()[0][:50]}", number)
        for part in re.split(r"^(?=## )", plan, flags=re.M) for number in unshown(part, known)]


def main() -> int:
    asked = sys.argv[1:]
    folders = sorted(path.parent for path in (ROOT / "lessons").glob("[0-9][0-9]_*/lesson.py")
                     if not asked or path.parent.name[:2] in asked)
    found = [(folder.name, *what) for folder in folders for what in of_lesson(folder)]
    for lesson, where, number in found:
        print(f"{lesson}: {number:>8}   {where}")
    print(f"{len(found)} numbers said and not shown")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
