"""Every lesson keeps its promises: plan, exercises that are themselves tested, notebooks in step with the source."""

import re

import nbformat
import pytest
from lesson_tools import CHECK, LESSONS, NOTEBOOKS, build, outcomes

from leaklab.course.engine import load

EXERCISES = [
    pytest.param(folder, exercise, id=exercise.id)
    for folder in LESSONS if (folder / "exercises.py").exists()
    for exercise in load(folder.name[:2]).exercises.values()
]
lessons = pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)
each_exercise = pytest.mark.parametrize("folder, exercise", EXERCISES)


def notebook_of(folder, kind):
    return nbformat.read(NOTEBOOKS / kind / f"{folder.name}.ipynb", as_version=4)


@lessons
def test_plan(folder):
    plan = (folder / "plan.md").read_text(encoding="utf-8").lower()
    paths = ("10 minutes", "45 minutes", "90 minutes")
    for part in ("objectives", *paths, "what to say", "numbers to expect", "when it fails"):
        assert part in plan, f"{folder.name}/plan.md has no '{part}'"


@lessons
def test_notebooks_are_what_a_rebuild_gives(folder):
    assert build.check(folder, NOTEBOOKS) == []


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


@lessons
def test_trainer_notebook_is_light_and_portable(folder):
    path = NOTEBOOKS / "trainer" / f"{folder.name}.ipynb"
    assert path.stat().st_size <= build.MAX_BYTES
    for cell in notebook_of(folder, "trainer").cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
            texts = [output.get("text", ""), *(v for k, v in output.get("data", {}).items() if k.startswith("text/"))]
            assert all(build.anonymous(text) == text for text in texts)


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


@lessons
def test_links_lead_somewhere(folder):
    for kind in ("student", "trainer"):
        text = "\n".join(cell.source for cell in notebook_of(folder, kind).cells if cell.cell_type == "markdown")
        for target in re.findall(r"\]\((?!https?:|#|mailto:|attachment:|data:)([^)#\s]+)", text):
            assert (NOTEBOOKS / kind / target).exists(), f"{kind}/{folder.name}: {target} does not exist"


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
