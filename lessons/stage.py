"""From a lesson and the table *Stage* of its plan to a notebook for the stage; `lessons/build.py` writes it.

The table has a row a step: minutes, what is shown, what to say. What is shown is named by an exact piece of one cell,
or by the whole of it: of a code cell its last value is shown, of a markdown cell the paragraph or table with the piece.
"""

import ast
import re
from dataclasses import dataclass

import nbformat
from nbformat.notebooknode import NotebookNode

import slices

MINUTES = 10
SHOWN = "### SHOWN"
"""Between what a step's cell needs and the cell; `leaklab.course.presentation` reads it."""
BEGIN = "# {title}\n\nTo begin, and after each restart: *Run > Restart Kernel and Run All Cells*."
IN_LAB = "in-lab"
"""The tag of what is said to those who have JupyterLab's menus; Voila leaves it out."""


class StageError(Exception):
    """A table *Stage* that cannot become a notebook; the message says what to change."""


@dataclass(frozen=True)
class Row:
    """A step as the plan has it."""

    minutes: float
    piece: str
    says: str


def section(plan: str, heading: str) -> str:
    """What stands below ``## heading``, up to the next heading of that rank; empty if there is none."""
    found = re.search(rf"^## {re.escape(heading)}[^\S\n]*\n(.*?)(?=^## |\Z)", plan, re.M | re.S)
    return found[1].strip() if found else ""


def rows(plan: str) -> list[Row]:
    """The steps of a plan; none where the plan has no *Stage*."""
    table = [line.strip() for line in section(plan, "Stage").splitlines() if line.lstrip().startswith("|")]
    found = []
    for line in table[2:]:
        columns = [column.strip() for column in line.strip("|").split("|")]
        if len(columns) != 3 or not re.fullmatch(r"\d+(\.\d+)?", columns[0]):
            raise StageError(f"the row {line!r} of Stage needs: | minutes | `piece of a cell` or nothing | sentence |")
        found.append(Row(float(columns[0]), columns[1].strip("`"), columns[2]))
    if found and abs(sum(row.minutes for row in found) - MINUTES) > 1e-9:
        raise StageError(f"the steps of Stage take {sum(row.minutes for row in found):g} minutes, not {MINUTES}")
    return found


def show_widgets(cells: list[NotebookNode]) -> set[int]:
    """The numbers of the cells whose last line shows a widget: a class of `leaklab.widgets`, or a name given to one."""
    classes: set[str] = set()
    named: set[str] = set()
    found = set()
    for number, cell in enumerate(cells):
        body = slices.statements(cell.source) if cell.cell_type == "code" else []
        for node in body:
            if isinstance(node, ast.ImportFrom) and node.module == "leaklab.widgets":
                classes |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Assign) and slices.called(node.value) in classes:
                named |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
        if slices.called(last) in classes or (isinstance(last, ast.Name) and last.id in named):
            found.add(number)
    return found


def hold_fast(cells: list[NotebookNode]) -> None:
    """Where a widget's button has the focus, the keys 3, m and x would change or cut its cell: not these cells.

    A cell with an exercise in it stays as it is, for the student must write there.
    """
    for number in show_widgets(cells):
        if not _exercise(cells[number]):
            cells[number].metadata.update(editable=False, deletable=False)


def stage_notebook(lesson: NotebookNode, student: NotebookNode, plan: str) -> NotebookNode | None:
    """The notebook for the stage; None where the plan has no *Stage*.

    What is not shown comes from the student's notebook: no cell may need the solution of an exercise.
    """
    cells, path = lesson.cells, rows(plan)
    if not path:
        return None
    where = [_find(cells, row.piece) if row.piece else None for row in path]
    code = [number for number in where if number is not None and cells[number].cell_type == "code"]
    if code != sorted(set(code)):
        raise StageError("the code cells of Stage must come in the lesson's order, each once")
    numbers = {cell.id: number for number, cell in enumerate(cells)}
    kept = slices.needed([one for cell in student.cells if cell.cell_type == "code"
                          for one in slices.read(cell.source, numbers[cell.id])], set(code))
    steps, sources, done = [], [], -1
    for step, (row, at) in enumerate(zip(path, where, strict=True), 1):
        settings = {"title": _heading(cells, at)} if at is not None else {}
        if at in code:
            before = [one.text for one in kept if done < one.cell < at]
            sources.append("\n".join([f"%%step {step}", *before, SHOWN, slices.python(cells[at].source).strip()]))
            settings |= {"alt": caption(cells, at), "prepared": _stand_ins(cells, at)}
            done = at
        elif at is not None:
            sources.append(f"%%words {step}\n{_block(cells[at].source, row.piece)}")
        more = "".join(f", {name}={value!r}" for name, value in settings.items() if value)
        steps.append(f"    Step({row.minutes:g}, {row.says!r}{more}),")
    return _made(lesson, steps, sources)


def _made(lesson: NotebookNode, steps: list[str], sources: list[str]) -> NotebookNode:
    name, title = lesson.metadata.leaklab.lesson, lesson.cells[0].source.splitlines()[0].lstrip("# ").split(":")[0]
    first = "\n".join(["from leaklab.course import Step, Talk", "from leaklab.widgets import Presentation", "",
                       f"Presentation(Talk({name!r}, [", *steps, f"], title={title!r}))"])
    cells = [nbformat.v4.new_markdown_cell(BEGIN.format(title=title), id="begin", metadata={"tags": [IN_LAB]})]
    cells += [nbformat.v4.new_code_cell(source, id=f"step-{number}", metadata={"jupyter": {"source_hidden": True}})
              for number, source in enumerate([first, *sources])]
    for cell in cells:
        cell.metadata.update(editable=False, deletable=False)
    return nbformat.v4.new_notebook(cells=cells, metadata={**lesson.metadata, "leaklab": {"lesson": name}})


def _find(cells: list[NotebookNode], piece: str) -> int:
    """The number of the cell that a piece is the whole of, or that alone has it."""
    found = [number for number, cell in enumerate(cells) if cell.source == piece] or [
        number for number, cell in enumerate(cells) if piece in cell.source]
    if len(found) != 1:
        raise StageError(f"`{piece}` of Stage stands in {len(found)} cells of the lesson; it must name one")
    if "trainer" in cells[found[0]].metadata.get("tags", []) or _exercise(cells[found[0]]):
        raise StageError(f"`{piece}` of Stage stands in an exercise, or in a note for trainers")
    return found[0]


def _exercise(cell: NotebookNode) -> bool:
    return "### BEGIN SOLUTION" in cell.source or bool(re.search(r"^check\(", cell.source, re.M))


def caption(cells: list[NotebookNode], number: int) -> str:
    """The words below a figure, which say what is to be seen: its alternative text. May be empty."""
    below = cells[number + 1].source if number + 1 < len(cells) else ""
    found = re.match(r"\*The figure: ((?:[^*]|\*\*)*)\*\s*(?:\n|$)", below)
    return " ".join(found[1].replace("**", "").split()) if found else ""


def _stand_ins(cells: list[NotebookNode], number: int) -> tuple[str, ...]:
    """Cells with a result made beforehand: this one, the next (a picture beside its widget), else those before."""
    code = [n for n, cell in enumerate(cells) if cell.cell_type == "code" and not _exercise(cell)]
    after = [n for n in code if n > number and cells[n - 1].cell_type == "markdown"][:1]
    return tuple(cells[n].id for n in (number, *after, *[n for n in code if n < number][:-4:-1]))


def _block(source: str, piece: str) -> str:
    """The paragraph or table of a markdown cell with a piece in it."""
    return next(part for part in re.split(r"\n\s*\n", source) if piece in part)


def _heading(cells: list[NotebookNode], at: int) -> str:
    """The heading above a cell, an exercise's apart; empty at the beginning of a lesson."""
    above = "\n".join(cell.source for cell in cells[:at + 1] if cell.cell_type == "markdown")
    found = [line for line in re.findall(r"^## (.*)$", above, re.M) if not line.startswith("Exercise")]
    return found[-1] if found else ""
