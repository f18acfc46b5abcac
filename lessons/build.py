"""Build the notebooks: ``python lessons/build.py [NN | research | NAME ...] [--check | --no-execute] [--force]``.

``lessons/NN_topic/lesson.py`` (jupytext percent format) is the full solution. It becomes

- ``notebooks/student/NN_topic.ipynb``: solutions turned into ``...``, trainer's cells gone, no outputs;
- ``notebooks/trainer/NN_topic.ipynb``: everything, executed, outputs kept;
- ``notebooks/stage/NN_topic.ipynb``, where the plan has a table *Stage*: one demonstration, see `lessons/stage.py`.

``lessons/research/NAME.py`` has no exercises; it becomes ``notebooks/research/NAME.ipynb``, executed, outputs kept.

This script knows nothing of what the lessons teach: it imports nothing of the package.
"""

import argparse
import ast
import hashlib
import re
import sys
import textwrap
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat.notebooknode import NotebookNode

import stage
from running import MAX_SECONDS, ROOT, execute

MAX_BYTES = 1_000_000

SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION[^\n]*\n(?P<body>.*?)^[ \t]*### END SOLUTION[^\n]*$", re.M | re.S)
MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[^\n]*\n?", re.M)


class BuildError(Exception):
    """A lesson that cannot become a notebook; the message names it and says what to change."""


def stub(body: str) -> str:
    """What a solution leaves behind: ``...``, or ``name = ...`` where later cells need the name."""
    try:
        last = ast.parse(textwrap.dedent(body)).body[-1]
    except (SyntaxError, IndexError):  # a fragment (elif ...), or comments only
        return "..."
    if not isinstance(last, ast.Assign) or len(last.targets) > 1:
        return "..."
    target = last.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    if not all(isinstance(name, ast.Name) for name in names):
        return "..."
    return ", ".join(name.id for name in names) + " = " + ", ".join("..." for _ in names)


def without_solution(source: str) -> str:
    return SOLUTION.sub(lambda found: found["indent"] + stub(found["body"]), source)


def files_of(lesson: Path) -> list[Path]:
    """What a lesson is made of, the notebook's source first: of a folder, or a research notebook's one file."""
    return [lesson] if lesson.is_file() else [lesson / "lesson.py", lesson / "exercises.py"]


def notebooks_of(lesson: Path, out: Path) -> tuple[Path | None, Path]:
    """Where its notebooks go: with open exercises, if it has any, and executed. (For that of the stage: `on_stage`.)"""
    if lesson.is_file():
        return None, out / "research" / f"{lesson.stem}.ipynb"
    return out / "student" / f"{lesson.name}.ipynb", out / "trainer" / f"{lesson.name}.ipynb"


def on_stage(lesson: Path, out: Path) -> Path:
    """Where its notebook for the stage goes, if it has one."""
    return out / "stage" / f"{lesson.name}.ipynb"


def read_lesson(folder: Path) -> NotebookNode:
    """The lesson as a notebook: clean metadata, and cell ids that survive edits of other cells."""
    parsed = jupytext.read(files_of(folder)[0], fmt="py:percent")
    seen: dict[str, int] = {}
    cells = []
    for number, cell in enumerate(parsed.cells):
        opened, closed = cell.source.count("### BEGIN SOLUTION"), cell.source.count("### END SOLUTION")
        if not opened == closed == len(SOLUTION.findall(cell.source)):
            raise BuildError(f"{folder.stem}, cell {number}: {opened} BEGIN and {closed} END SOLUTION; pair them")
        key = cell.cell_type + cell.source
        seen[key] = seen.get(key, 0) + 1
        make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        tags = cell.metadata.get("tags", [])
        digest = hashlib.sha256(f"{folder.stem}/{key}/{seen[key]}".encode()).hexdigest()
        cells.append(make(cell.source, id=digest[:8], metadata={"tags": list(tags)} if tags else {}))
    stage.hold_fast(cells)
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "leaklab": {"lesson": folder.stem, "source": fingerprint(folder)},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def fingerprint(folder: Path) -> str:
    """Changes when the lesson or its checks change: then the trainer notebook must run again."""
    return hashlib.sha256(b"\0".join(f.read_bytes() for f in files_of(folder) if f.exists())).hexdigest()[:16]


def tagged(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def student_notebook(lesson: NotebookNode) -> NotebookNode:
    """Exercises open, trainer's cells gone, nothing executed."""
    notebook = deepcopy(lesson)
    notebook.cells = [cell for cell in notebook.cells if not tagged(cell, "trainer")]
    for cell in notebook.cells:
        cell.source = without_solution(cell.source)
    return notebook


def trainer_notebook(lesson: NotebookNode) -> NotebookNode:
    """Everything, still to be executed; the solution's markers are of no use to a reader and go."""
    notebook = deepcopy(lesson)
    for cell in notebook.cells:
        cell.source = MARKER.sub("", cell.source).rstrip("\n")
    return notebook


def plan_of(folder: Path) -> str:
    """The plan's text; empty for what has none."""
    plan = folder / "plan.md"
    return plan.read_text(encoding="utf-8") if plan.is_file() else ""


def stage_notebook(folder: Path, lesson: NotebookNode) -> NotebookNode | None:
    """The steps that the plan names, code hidden; None for a lesson without a plan for the stage."""
    try:
        return stage.stage_notebook(lesson, student_notebook(lesson), plan_of(folder))
    except stage.StageError as error:
        raise BuildError(f"{folder.stem}/plan.md: {error}") from None


def cells_of(notebook: NotebookNode) -> list[tuple]:
    return [(cell.id, cell.cell_type, cell.source, tuple(cell.metadata.get("tags", []))) for cell in notebook.cells]


def text_of(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1, sort_keys=True) + "\n"


def current(path: Path, lesson: NotebookNode) -> bool:
    """Whether the trainer notebook at ``path`` was executed from exactly this lesson."""
    if not path.exists():
        return False
    there = nbformat.read(path, as_version=4)
    return there.metadata.get("leaklab") == lesson.metadata.leaklab and executed(there) \
        and cells_of(there) == cells_of(trainer_notebook(lesson))


def marked(path: Path, lesson: NotebookNode) -> str:
    """The executed notebook at ``path``, with what the lesson says of its cells (tags, "not editable") as of now."""
    notebook = nbformat.read(path, as_version=4)
    for cell, now in zip(notebook.cells, lesson.cells, strict=True):
        cell.metadata = now.metadata
    return text_of(notebook)


def executed(notebook: NotebookNode) -> bool:
    return all(cell.execution_count for cell in notebook.cells
               if cell.cell_type == "code" and cell.source.strip() and not tagged(cell, "nbval-skip"))


def build(folder: Path, out: Path, *, run: bool = True, force: bool = False) -> None:
    """Write the notebooks of one lesson under ``out``."""
    lesson = read_lesson(folder)
    student, trainer = notebooks_of(folder, out)
    trainer.parent.mkdir(parents=True, exist_ok=True)
    if student:
        student.parent.mkdir(parents=True, exist_ok=True)
        student.write_text(text_of(student_notebook(lesson)), encoding="utf-8")
    if shown := stage_notebook(folder, lesson):
        on_stage(folder, out).parent.mkdir(parents=True, exist_ok=True)
        on_stage(folder, out).write_text(text_of(shown), encoding="utf-8")
    done = f"{folder.stem}: {'student built, ' if student else ''}{trainer.parent.name}"
    up_to_date = current(trainer, lesson)
    if up_to_date:
        trainer.write_text(marked(trainer, lesson), encoding="utf-8")
    if not run or (not force and up_to_date):
        print(f"{done} {'as it was' if trainer.exists() else 'not executed'}")
        return
    notebook = trainer_notebook(lesson)
    try:
        seconds = execute(notebook, trainer.parent)
    except CellExecutionError as error:
        raise BuildError(f"{folder.stem}: a cell failed\n{error}") from None
    text = text_of(notebook)
    size = len(text.encode())
    print(f"{done} executed in {seconds:.1f} s, {size / 1000:.0f} kB")
    if size > MAX_BYTES:
        raise BuildError(f"{folder.stem}: {size:,} bytes, more than {MAX_BYTES:,}; draw fewer or smaller figures")
    if seconds > MAX_SECONDS:
        raise BuildError(f"{folder.stem}: {seconds:.0f} s, more than {MAX_SECONDS}; compute less, or on fewer records")
    trainer.write_text(text, encoding="utf-8")


def check(folder: Path, out: Path) -> list[str]:
    """What a rebuild would change in the notebooks under ``out``; nothing is executed or written."""
    lesson = read_lesson(folder)
    student, trainer = notebooks_of(folder, out)
    faults = []
    if student and not (student.exists() and student.read_text(encoding="utf-8") == text_of(student_notebook(lesson))):
        faults.append(f"student/{student.name} differs from its lesson")
    if (shown := stage_notebook(folder, lesson)) and not (
            on_stage(folder, out).exists() and on_stage(folder, out).read_text(encoding="utf-8") == text_of(shown)):
        faults.append(f"stage/{folder.name} differs from its lesson and plan")
    if not current(trainer, lesson):
        faults.append(f"{trainer.parent.name}/{trainer.name} is not the executed form of its lesson")
    elif trainer.read_text(encoding="utf-8") != marked(trainer, lesson):
        faults.append(f"{trainer.parent.name}/{trainer.name} does not say of its cells what its lesson says")
    return faults


def strays(folders: list[Path], out: Path) -> list[str]:
    """Notebooks that no lesson makes."""
    made = {path for folder in folders for path in notebooks_of(folder, out)}
    made |= {on_stage(folder, out) for folder in folders if stage.section(plan_of(folder), "Stage")}
    return [f"{path.parent.name}/{path.name} has no lesson: remove it"
            for kind in ("student", "trainer", "research", "stage") for path in out.glob(f"{kind}/*.ipynb")
            if path not in made]


def called(folder: Path) -> tuple[str, str]:
    """What it may be asked for by: its number or its room, and its name."""
    return "research" if folder.is_file() else folder.name[:2], folder.stem


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the notebooks from the lessons.")
    parser.add_argument("lesson", nargs="*", help="numbers of lessons, e.g. 01 03; research; or names (default: all)")
    parser.add_argument("--check", action="store_true", help="fail if a rebuild would change a source cell")
    parser.add_argument("--no-execute", action="store_true", help="build the student notebooks only")
    parser.add_argument("--force", action="store_true", help="execute even what has not changed")
    parser.add_argument("--lessons", type=Path, default=ROOT / "lessons", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=ROOT / "notebooks", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    everything = sorted(path.parent for path in options.lessons.glob("[0-9][0-9]_*/lesson.py"))
    everything += sorted(options.lessons.glob("research/*.py"))
    missing = set(options.lesson).difference(*map(called, everything))
    if missing:
        known = dict.fromkeys(called(f)[0] for f in everything)
        parser.error(f"no lesson {', '.join(sorted(missing))}; there are {', '.join(known)}")
    folders = [f for f in everything if not options.lesson or set(called(f)) & set(options.lesson)]
    faults = [] if options.lesson else strays(everything, options.out)
    for folder in folders:
        try:
            if options.check:
                faults += check(folder, options.out)
            else:
                build(folder, options.out, run=not options.no_execute, force=options.force)
        except BuildError as error:
            faults.append(str(error))
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults and options.check:
        print("Run: make notebooks (then commit lessons/ and notebooks/ together)", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
