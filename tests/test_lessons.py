"""Every lesson keeps its promises: plan, exercises that are themselves tested, notebooks in step with the source."""

import re
from itertools import pairwise

import nbformat
import pytest
from lesson_tools import CHECK, LESSONS, NOTEBOOKS, RESEARCH, build, outcomes, running

from leaklab.course.engine import load

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


@each_exercise
def test_planted_wrong_answer_is_not_yet_right(folder, exercise):
    wrong = exercise.wrong() if callable(exercise.wrong) else exercise.wrong
    given = exercise.given_example() if callable(exercise.given_example) else exercise.given_example
    reply = exercise.verdict(wrong, given)
    assert reply.outcome == "not yet", reply
    assert "could not be judged" not in reply.message


@each_exercise
def test_an_odd_answer_does_not_break_the_check(folder, exercise):
    given = exercise.given_example() if callable(exercise.given_example) else exercise.given_example
    for odd in ("?", -1e9, [], {}, object(), lambda: 1 / 0):
        assert exercise.verdict(odd, given).outcome == "not yet"
