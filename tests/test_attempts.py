"""tests/attempts.py tries every exercise as a learner may; and no later cell needs what the learner writes there."""

import ast
import re

import nbformat
import pytest
from attempts import planted, with_attempts
from lesson_tools import LESSONS, NOTEBOOKS, build

HANDLED = {"careful"}
"""Lesson 02's cell below its exercise asks the learner's function, and says what it makes of an open one."""


def parsed(source):
    return ast.parse(re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.M))


def names(tree, kind):
    """Names that are read (ast.Load), or made (ast.Store), by imports too."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}
    imported = {node.asname or node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
    return found | imported if kind is ast.Store else found


def functions(tree):
    return {node.name: ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def still_open(tree):
    """Names that stand for a ``...`` alone."""
    return set().union(*(names(one, ast.Store) for one in ast.walk(tree)
                         if isinstance(one, ast.Assign) and "..." in ast.unparse(one.value)))


def needed_of_learners(cells, solved):
    """Names that a cell reads, though only a learner's answer above could have made them."""
    known, theirs, needed = set(), set(), set()
    for cell in cells:
        tree, solution = parsed(cell.source), parsed(solved[cell.id])
        made = names(tree, ast.Store) - still_open(tree)
        needed |= names(tree, ast.Load) & theirs - made
        written, given = functions(solution), functions(tree)
        known |= made | {name for name in given if given[name] == written.get(name)}
        theirs = (theirs | names(solution, ast.Store) | set(written)) - known
    return needed


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)
def test_no_later_cell_needs_what_a_learner_writes(folder):
    """So a lesson of which nothing is done, or all is wrong, runs on as one whose answers are right."""
    learner, trainer = ([cell for cell in nbformat.read(NOTEBOOKS / who / f"{folder.name}.ipynb", as_version=4).cells
                         if cell.cell_type == "code"] for who in ("student", "trainer"))
    assert needed_of_learners(learner, {cell.id: cell.source for cell in trainer}) <= HANDLED


LESSON = '''\
# %%
x = 3

# %%
### BEGIN SOLUTION
twice = 2 * x
### END SOLUTION
check("0.1", twice, given=x)

# %%
print(x)

# %%
print(twice)
'''


@pytest.fixture
def lesson(tmp_path):
    (tmp_path / "00_made_up").mkdir()
    (tmp_path / "00_made_up" / "lesson.py").write_text(LESSON)
    made = build.read_lesson(tmp_path / "00_made_up")
    return build.trainer_notebook(made), build.student_notebook(made)


def test_a_cell_that_needs_an_answer_is_found(lesson):
    trainer, learner = lesson
    solved = {cell.id: cell.source for cell in trainer.cells}
    assert needed_of_learners(learner.cells, solved) == {"twice"}
    assert needed_of_learners(learner.cells[:-1], solved) == set()


def test_an_attempt_stands_before_the_exercise(lesson):
    cells = [cell.source for cell in with_attempts(*lesson).cells]
    assert len(cells) == 6 and "attempts" in cells[0]
    assert cells[2] == "_attempt('0.1', 'twice = ...\\ncheck(\"0.1\", twice, given=x)')" and "2 * x" in cells[3]
    assert planted("twice = ...\ncheck('0.1', twice, given=x)").endswith("check('0.1', _wrong, given=x)")
