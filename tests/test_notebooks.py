"""Student notebooks run through untouched: nothing is attempted, nothing breaks."""

import nbformat
import pytest
from lesson_tools import LESSONS, NOTEBOOKS, build, outcomes

pytestmark = pytest.mark.notebooks


@pytest.mark.parametrize("name", [folder.name for folder in LESSONS])
def test_untouched_student_notebook_runs(name):
    notebook = nbformat.read(NOTEBOOKS / "student" / f"{name}.ipynb", as_version=4)
    build.execute(notebook, NOTEBOOKS / "student")
    assert set(outcomes(notebook).values()) <= {"not attempted"}, outcomes(notebook)
