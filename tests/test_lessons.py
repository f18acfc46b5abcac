"""Every lesson keeps its promises: plan, exercises that are themselves tested, notebooks in step with the source."""

import re
from itertools import pairwise

import nbformat
import numpy as np
import pandas as pd
import pytest
from lesson_tools import CHECK, LESSONS, NOTEBOOKS, RESEARCH, build, outcomes, running

from leaklab.course.engine import Exercise, load

EXERCISES = [
    pytest.param(folder, exercise, id=exercise.id)
    for folder in LESSONS if (folder / "exercises.py").exists()
    for exercise in load(folder.name[:2]).exercises.values()
]
lessons = pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)
sources = pytest.mark.parametrize("source", [*LESSONS, *RESEARCH], ids=lambda source: source.stem)
each_exercise = pytest.mark.parametrize("folder, exercise", EXERCISES)


def notebook_of(folder, kind):
    return nbformat.read(NOTEBOOKS / kind / f"{folder.name}.ipynb", as_version=4)


@lessons
def test_plan(folder):
    plan = (folder / "plan.md").read_text(encoding="utf-8").lower()
    paths = ("10 minutes", "45 minutes", "90 minutes")
    for part in ("objectives", *paths, "what to say", "numbers to expect", "when it fails"):
        assert part in plan, f"{folder.name}/plan.md has no '{part}'"


@sources
def test_notebooks_are_what_a_rebuild_gives(source):
    assert build.check(source, NOTEBOOKS) == []


@lessons
def test_student_notebook_gives_nothing_away(folder):
    lesson, student = build.read_lesson(folder), notebook_of(folder, "student")
    text = "\n".join(cell.source for cell in student.cells)
    for cell in lesson.cells:
        for solution in build.SOLUTION.finditer(cell.source):
            assert solution["body"].strip() not in text
        if build.tagged(cell, "trainer"):
            assert cell.source not in text
    assert "SOLUTION" not in text
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in student.cells)


@sources
def test_executed_notebook_is_light_and_portable(source):
    _, path = build.notebooks_of(source, NOTEBOOKS)
    assert path.stat().st_size <= build.MAX_BYTES
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
            texts = [output.get("text", ""), *(v for k, v in output.get("data", {}).items() if k.startswith("text/"))]
            assert all(running.anonymous(text) == text for text in texts)


@lessons
def test_every_check_passes_on_the_solution(folder):
    found = outcomes(notebook_of(folder, "trainer"))
    assert set(found.values()) <= {"correct"}, found


@lessons
def test_lesson_and_exercises_name_the_same(folder):
    checked = CHECK.findall((folder / "lesson.py").read_text(encoding="utf-8"))
    assert len(checked) == len(set(checked))
    if not (folder / "exercises.py").exists():
        assert checked == []
        return
    board = load(folder.name[:2])
    assert sorted(checked) == sorted(board.exercises)
    assert set(board.solutions) == set(board.exercises), "each check follows the solution it judges"


@sources
def test_links_lead_somewhere(source):
    for path in filter(None, build.notebooks_of(source, NOTEBOOKS)):
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        for target in re.findall(r"\]\((?!https?:|#|mailto:|attachment:|data:)([^)#\s]+)", text):
            assert (path.parent / target).exists(), f"{path.parent.name}/{path.name}: {target} does not exist"


@pytest.mark.parametrize("source", RESEARCH, ids=lambda source: source.stem)
def test_research_notebook_begins_with_what_to_change(source):
    """Names in capitals, listed in the first cell and alone in the next; every figure is described in words."""
    cells = build.read_lesson(source).cells
    assert [cell.cell_type for cell in cells[:2]] == ["markdown", "code"]
    for part in ("**Change first**", "Whose data?", "threat model", "seconds"):
        assert part in cells[0].source, part
    settings = re.findall(r"^([A-Z_]+) = ", cells[1].source, re.M)
    assert 3 <= len(settings) <= 5 and all(f"`{name}`" in cells[0].source for name in settings)
    assert "does not show" in cells[-1].source
    for figure, words in pairwise(cells):
        assert not figure.source.endswith("figure") or words.source.startswith("*The figure:")


@each_exercise
def test_exercise_is_well_made(folder, exercise):
    assert exercise.id.split(".")[0] == str(int(folder.name[:2]))
    assert len(set(exercise.hints)) == len(exercise.hints) >= 2


SEEDS = 20
ODD = ("?", "", "nan", b"x", -1e9, np.nan, True, 10 ** 400, 1j, [], (), {}, {"a": 1}, {1}, [1, 2, 3], [[1], [1, 2]],
       ["?", None], np.array([]), np.eye(3), np.eye(3)[0], np.array("x"), pd.DataFrame({"a": [1, 2]}), range(3),
       object(), len, int, lambda: 1 / 0, lambda *given: 1 / 0, lambda *given: given, lambda *given: None,
       lambda *given: "?")
PYTHON = re.compile(r"could not be judged|Traceback|object at 0x|(?<!with a )(?<!with an )\b[A-Z]\w+Error\b")


def cases_of(exercise, seed):
    return exercise.cases(np.random.default_rng(seed))


@each_exercise
def test_every_right_answer_is_correct(folder, exercise):
    """The solution and at least five other forms of it, for many seeds."""
    for seed in range(SEEDS):
        cases = cases_of(exercise, seed)
        assert len(cases.right) >= 5
        for answer in (cases.solution, *cases.right):
            reply = exercise.verdict(answer, cases.given)
            assert reply.outcome == "correct", (seed, answer, reply)


@each_exercise
def test_every_planted_wrong_answer_gets_its_own_diagnosis(folder, exercise):
    for seed in range(SEEDS):
        cases = cases_of(exercise, seed)
        assert len(cases.wrong) >= 3
        replies = [exercise.verdict(answer, cases.given) for answer, _ in cases.wrong]
        for (answer, phrase), reply in zip(cases.wrong, replies, strict=True):
            assert reply.outcome == "not yet" and phrase in reply.message, (seed, answer, phrase, reply)
            assert not PYTHON.search(reply.message), reply
        assert len({reply.message for reply in replies}) >= 3, "these wrong answers are told apart"


@each_exercise
def test_an_odd_answer_does_not_break_the_check(folder, exercise):
    given = cases_of(exercise, 0).given
    for odd in ODD:
        reply = exercise.verdict(odd, given)
        empty = isinstance(odd, list | tuple) and not odd  # where the right list may hold nothing
        assert reply.outcome in ({"not yet", "correct"} if empty else {"not yet"}), (odd, reply)
        assert not PYTHON.search(reply.message), (odd, reply)


@each_exercise
def test_what_is_still_to_be_filled_in_is_not_attempted(folder, exercise):
    given = cases_of(exercise, 0).given
    for stub in (..., None, (..., ...), open_function):
        assert exercise.verdict(stub, given).outcome == "not attempted"
    if exercise.needs_given:
        assert "given=" in exercise.verdict(0.5).message


def open_function(p, y, threshold):
    ...


def test_the_cases_can_fail():
    """What the tests above look for is found: a judge that breaks, and an error's or an object's name."""
    breaks = Exercise("1.1", lambda answer: None if answer > 0 else "no", ("a", "b"))
    assert PYTHON.search(breaks.verdict("?").message)
    assert PYTHON.search("ValueError: shapes") and PYTHON.search("<object object at 0x7f>")
    assert not PYTHON.search("Your function stopped with a ZeroDivisionError: it divides by zero.")
