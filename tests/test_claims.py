"""Every number that a lesson says is shown on its page; a stale one is found."""

import sys

import nbformat
import pytest
from lesson_tools import LESSONS, NOTEBOOKS, ROOT

sys.path.insert(0, str(ROOT / "tools"))
import claims

CODE = nbformat.v4.new_code_cell("people = 1400", outputs=[
    nbformat.v4.new_output("stream", text="AUC 0.664 [0.634, 0.691]; 73.4% of 1,400\n"),
    nbformat.v4.new_output("display_data", data={"text/html": '<img alt="at 2 queries 0.81" src="0.99">'})])


def page(*texts):
    return nbformat.v4.new_notebook(cells=[CODE, *map(nbformat.v4.new_markdown_cell, texts)])


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)
def test_every_number_said_is_shown(folder):
    assert claims.of_lesson(folder) == []


@pytest.mark.parametrize("text", [
    "It is 0.66 [0.63, 0.69].", "It is 0.664.", "66% of them, 73%, 73.4%.", "Of 1,400 people, 0.7.", "At 0.81.",
    "In lesson 03, exercise 3.5, in 40 seconds, `0.99`, $0.99$, [it](0.98.html).", "Three of 9.",
    "**Minutes:** 45 (20 to read, 25 for exercises)",
    "The law says 0.99. <!-- given: 0.99 (the law of 1900) -->", "63 to 69%."])
def test_what_is_shown_may_be_said(text):
    assert claims.of_notebook(page(text)) == []


@pytest.mark.parametrize("text, stale", [
    ("It is 0.67 [0.63, 0.69].", ["0.67"]), ("It is 0.6641.", ["0.6641"]), ("74%", ["74%"]), ("1,401", ["1,401"]),
    ("0.99", ["0.99"]), ("62 to 69%", ["62%"]), ("0.98 <!-- given: 0.99 (the law of 1900) -->", ["0.98"]),
    ("0.12345 <!-- shown in benchmarks/README.md: 0.12345 -->", ["0.12345"])])
def test_what_is_not_shown_is_found(text, stale):
    assert [number for _, number in claims.of_notebook(page(text))] == stale


def test_a_decimal_is_shown_near_by_and_a_summary_speaks_of_all():
    far = page("## One", "## Two", "0.66 of 1,400")
    assert [number for _, number in claims.of_notebook(far)] == ["0.66"]
    assert claims.of_notebook(page("## One", "## Two", "## What you saw", "0.66 of 1,400")) == []


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)
def test_a_number_planted_in_a_lesson_is_found(folder):
    notebook = nbformat.read(NOTEBOOKS / "trainer" / f"{folder.name}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("We saw 0.1234567 and 98,765."))
    assert [number for _, number in claims.of_notebook(notebook)][-2:] == ["0.1234567", "98,765"]
