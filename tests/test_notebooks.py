"""Student notebooks run through untouched: nothing is attempted, nothing breaks."""

import nbformat
import pytest
from lesson_tools import CHROMIUM, LESSONS, NOTEBOOKS, build, outcomes

pytestmark = pytest.mark.notebooks
IN_BROWSER = ("00_start_here", "01_face_inversion", "06_private_training")
"""Where there is a Chromium, tests/browser runs these untouched, and asserts the same of them."""


@pytest.mark.parametrize("name", [folder.name for folder in LESSONS])
def test_untouched_student_notebook_runs(name):
    if CHROMIUM and name in IN_BROWSER:
        pytest.skip("run in the browser")
    notebook = nbformat.read(NOTEBOOKS / "student" / f"{name}.ipynb", as_version=4)
    build.execute(notebook, NOTEBOOKS / "student")
    assert set(outcomes(notebook).values()) <= {"not attempted"}, outcomes(notebook)
