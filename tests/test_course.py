"""The course as a whole: each lesson has its parts, can be read in its time, and leads to the next."""

import re
from itertools import pairwise
from statistics import median, quantiles

import nbformat
import pytest
from lesson_tools import LESSONS, ROOT, build

COURSE = [folder for folder in LESSONS if folder.name[:2] <= "10"]
WORDS = 2200
PARTS = ("**After this page you can**", "**Minutes:**", "**Before it:**", "## The threat model",
         "## What you would tell your management", "## Words", "## To read", "## What you saw")
ROWS = ("**Adversary**", "**Worst group**", "**Number exposed**", "**Not tested**",
        "**Promised, and for which unit**")
PLAN = ("## Objectives", "## Prerequisites", "## Minutes", "## Paths", "## Stage", "## What to say",
        "## Numbers to expect", "## Answers", "## Closing questions", "## When it fails")
lessons = pytest.mark.parametrize("folder", COURSE, ids=lambda folder: folder.name)


def cells(folder, kind):
    return [cell.source for cell in build.student_notebook(build.read_lesson(folder)).cells if cell.cell_type == kind]


def words(text):
    """What is read as prose: no comments, formulas, tables' rules or addresses."""
    text = re.sub(r"<!--.*?-->|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)", " ", text, flags=re.S)
    return len(re.findall(r"[A-Za-z0-9][\w'’.,%-]*", text))


def lines(code):
    return sum(bool(line.strip()) and not line.strip().startswith(("#", "%")) for line in code.splitlines())


def test_eleven_lessons_in_their_order():
    assert [folder.name[:2] for folder in COURSE] == [f"{number:02}" for number in range(11)]


@lessons
def test_it_has_its_parts(folder):
    text = "\n\n".join(cells(folder, "markdown"))
    assert [part for part in (*PARTS, *ROWS) if part not in text] == []
    assert "$" in text, "a formula"
    assert re.search(r"\*\*Expect\*\*|[Pp]redict", text), "a prediction before a result"
    assert re.search(r"^## .*\bfails?\b", text, re.M), "where the attack fails"
    read = text.partition("## To read")[2].partition("\n## ")[0]
    assert re.search(r"https://(doi\.org/10\.|arxiv\.org/abs/)", read), "a reference with DOI"
    assert 4 <= len(re.findall(r"^- \*\*", text.partition("## Words")[2].partition("\n## ")[0], re.M)) <= 8


@lessons
def test_its_plan_has_its_parts(folder):
    plan = (folder / "plan.md").read_text(encoding="utf-8")
    assert [part for part in PLAN if part not in plan] == []
    assert re.findall(r"^[A-Z]{4,}$", plan, re.M) == [], "a placeholder"


def test_each_leads_to_the_next():
    for folder, following in pairwise([*COURSE, LESSONS[-1]]):
        last = cells(folder, "markdown")[-1]
        assert f"({following.name}.ipynb)" in last.partition("Next")[2], folder.name


@lessons
def test_it_can_be_read_in_its_time(folder):
    prose = cells(folder, "markdown")
    assert sum(map(words, prose)) <= WORDS


def test_cells_are_short_and_explained():
    ratios = []
    for folder in COURSE:
        code = [lines(cell) for cell in cells(folder, "code")]
        assert median(code) <= 4.5 and quantiles(code, n=10)[-1] <= 10, folder.name
        ratios.append(sum(map(words, cells(folder, "markdown"))) / sum(code))
    assert 13 <= median(ratios) <= 31 and all(8 <= ratio <= 45 for ratio in ratios), ratios


@lessons
def test_never_more_than_three_cells_of_code_in_a_row(folder):
    notebook = build.student_notebook(build.read_lesson(folder))
    runs = "".join("c" if cell.cell_type == "code" else " " for cell in notebook.cells).split()
    assert max(map(len, runs)) <= 3


MAP = re.findall(r"^\| [^|]+ \| \[(\d\d)\]\(\.\./(notebooks/trainer/\d\d_\w+\.ipynb)\) \| `([^`]+)` \|$",
                 (ROOT / "lessons" / "README.md").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("lesson, path, piece", MAP)
def test_the_cell_that_shows_a_claim_is_there(lesson, path, piece):
    found = [cell for cell in nbformat.read(ROOT / path, as_version=4).cells
             if cell.cell_type == "code" and piece in cell.source]
    assert len(found) == 1, piece
    assert found[0].outputs


def test_every_lesson_from_01_on_shows_a_claim():
    assert [folder.name[:2] for folder in COURSE[1:]] == sorted({lesson for lesson, _, _ in MAP})
