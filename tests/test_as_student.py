"""Lessons as learners go through them who answer wrongly: told why each time, and never shown a traceback.

(Not at all: test_notebooks.py. Rightly: the trainer's notebooks under nbval.)
"""

import ast
import re

import nbformat
import pytest
from lesson_tools import LESSONS, NOTEBOOKS, build, shown

from leaklab.course.engine import load

pytestmark = pytest.mark.notebooks
PLANT = """
import numpy as np
from leaklab.course.engine import load
def planted(exercise, nth={nth}):
    wrong = load("{lesson}").exercises[exercise].cases(np.random.default_rng(0)).wrong
    return wrong[nth % len(wrong)][0]
"""


def plant(source):
    """The cell with a wrong answer put in the place of the learner's, just before it is checked; the exercise's id."""
    for call in ast.walk(ast.parse(re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.M))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check":
            exercise, answer = call.args[0].value, call.args[1]
            names = [answer] if isinstance(answer, ast.Name) else getattr(answer, "elts", [])
            assert all(isinstance(name, ast.Name) for name in names), source
            head, check, tail = source.rpartition("check(")
            if names:  # what the cell says is kept, for the cells below
                one = isinstance(answer, ast.Name)
                put = f'_wrong = planted("{exercise}")\n' + (f"{names[0].id} = _wrong\n" if one else (
                    f"if np.iterable(_wrong) and len(_wrong) == {len(names)}:\n"
                    f"    {', '.join(name.id for name in names)} = _wrong\n"))
                return f"{head}{put}{check}{tail}", exercise
    return source, None


@pytest.mark.parametrize("folder", [folder for folder in LESSONS if (folder / "exercises.py").exists()],
                         ids=lambda folder: folder.name)
def test_wrong_answers_are_told_why_and_stop_nothing(folder):
    notebook = nbformat.read(NOTEBOOKS / "student" / f"{folder.name}.ipynb", as_version=4)
    told = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source, exercise = plant(cell.source)
            if exercise:
                told[exercise] = cell
    lesson = folder.name[:2]
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PLANT.format(lesson=lesson, nth=int(lesson))))
    build.execute(notebook, NOTEBOOKS / "student")  # it ends at the first traceback
    assert set(told) == set(load(lesson).exercises)
    outcomes = {exercise: shown(cell) for exercise, cell in told.items()}
    assert all(f"{exercise}: " in text for exercise, text in outcomes.items()), outcomes
    assert not any("could not be judged" in text for text in outcomes.values()), outcomes
    wrong = sum(f"{exercise}: not yet" in text for exercise, text in outcomes.items())
    assert wrong >= len(outcomes) - 1, outcomes  # beside these numbers one may be right
