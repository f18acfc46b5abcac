"""Lessons as learners go through them: right, wrong and not at all, with a lesson's long work done once for all three.

Each notebook is a trainer's with a cell before every exercise that tries the learner's cell as it stands, and with each
planted wrong answer. The tests run them in the browser; where there is none, ``python tests/attempts.py`` writes them
to ``build/attempts/`` for nbval.
"""

import ast
import copy
import linecache
import re
import shutil
from pathlib import Path
from typing import Any

START = f"""import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from attempts import attempt as _attempt"""


def attempt(exercise: str, source: str) -> None:
    """Run a learner's cell in copies of the notebook's names: untouched, then with one wrong answer after the other."""
    import numpy as np
    from IPython import get_ipython
    from IPython.utils.capture import capture_output

    from leaklab.course.engine import load

    def told(source, **more):
        linecache.cache[exercise] = len(source), None, source.splitlines(True), exercise  # where `check` looks for ...
        names = {name: copy.deepcopy(value) if isinstance(value, np.random.Generator) else value
                 for name, value in shell.user_ns.items()}
        with capture_output() as said:
            exec(compile(source, exercise, "exec"), names | more)
        said.show()
        text = said.stdout + "\n".join(output.data.get("text/plain", "") for output in said.outputs)
        found = re.search(rf"^{re.escape(exercise)}: (correct|not yet|not attempted)", text, re.M)
        assert found and "could not be judged" not in text, f"{exercise}: {text}"
        return found[1]

    shell = get_ipython()
    source = shell.transform_cell(source)
    assert told(source) == "not attempted", exercise
    cases = load(exercise.split(".")[0].zfill(2)).exercises[exercise].cases(np.random.default_rng(0))
    outcomes = [told(planted(source), _wrong=answer) for answer, _ in cases.wrong]
    assert set(outcomes) <= {"not yet", "correct"} and "not yet" in outcomes, f"{exercise}: {outcomes}"


def planted(source: str) -> str:
    """The cell, with ``_wrong`` in the place of the learner's answer where it is checked."""
    tree = ast.parse(source)
    checked(tree).args[1] = ast.Name("_wrong", ast.Load())
    return ast.unparse(tree)


def checked(tree: ast.AST) -> ast.Call | None:
    """The call of ``check`` in a cell."""
    return next((call for call in ast.walk(tree) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                 and call.func.id == "check"), None)


def with_attempts(notebook: Any, learners: Any) -> Any:
    """A trainer's notebook with an attempt at every exercise, by the cells of the learner's notebook, before it."""
    import nbformat

    untouched = {cell.id: cell.source for cell in learners.cells}
    cells = [nbformat.v4.new_code_cell(START)]
    for cell in notebook.cells:
        plain = re.sub(r"^[ \t]*[%!].*$", "", cell.source, flags=re.M) if cell.cell_type == "code" else ""
        if call := checked(ast.parse(plain)):
            cells.append(nbformat.v4.new_code_cell(f"_attempt({call.args[0].value!r}, {untouched[cell.id]!r})"))
        cells.append(cell)
    notebook.cells = cells
    return notebook


def write(folder: Path) -> None:
    """The notebook of every lesson, into a new folder."""
    import nbformat
    from lesson_tools import LESSONS, NOTEBOOKS

    folder.mkdir(parents=True)
    for lesson in LESSONS:
        both = (nbformat.read(NOTEBOOKS / who / f"{lesson.name}.ipynb", as_version=4) for who in ("trainer", "student"))
        nbformat.write(with_attempts(*both), folder / f"{lesson.name}.ipynb")


def main() -> None:
    from lesson_tools import CHROMIUM, ROOT

    folder = ROOT / "build" / "attempts"
    shutil.rmtree(folder, ignore_errors=True)
    if CHROMIUM is None:
        write(folder)
    else:
        folder.mkdir(parents=True)


if __name__ == "__main__":
    main()
