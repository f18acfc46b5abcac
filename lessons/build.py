"""Build the notebooks: ``python lessons/build.py [NN | research | NAME ...] [--check | --no-execute] [--force]``.

``lessons/NN_topic/lesson.py`` (jupytext percent format) is the full solution. It becomes

- ``notebooks/student/NN_topic.ipynb``: solutions turned into ``...``, trainer's cells gone, no outputs;
- ``notebooks/trainer/NN_topic.ipynb``: everything, executed, outputs kept.

``lessons/research/NAME.py`` has no exercises; it becomes ``notebooks/research/NAME.ipynb``, executed, outputs kept.

This script knows nothing of what the lessons teach: it imports nothing of the package.
"""

import argparse
import ast
import hashlib
import os
import re
import sys
import textwrap
import time
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.notebooknode import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 1_000_000
MAX_SECONDS = 90
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

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
    """Where its notebooks go: with open exercises, if it has any, and executed."""
    if lesson.is_file():
        return None, out / "research" / f"{lesson.stem}.ipynb"
    return out / "student" / f"{lesson.name}.ipynb", out / "trainer" / f"{lesson.name}.ipynb"


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


def execute(notebook: NotebookNode, folder: Path, *, limit: float = MAX_SECONDS) -> float:
    """Run all cells in ``folder`` and keep portable outputs; returns the seconds it took."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    client = NotebookClient(notebook, timeout=4 * limit, kernel_name="python3", store_widget_state=False,
                            record_timing=False, coalesce_streams=True, resources={"metadata": {"path": str(folder)}})
    started = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - started
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs if (kept := portable(output)) is not None]
    return seconds


def portable(output: NotebookNode) -> NotebookNode | None:
    """An output without this machine in it; None where nothing is left that a reader could use."""
    if output.output_type == "stream" and output.name == "stderr":
        print("    stderr, not kept: " + output.text.strip()[:400])  # warnings belong to the author, not the reader
        return None
    if "data" in output and WIDGET_VIEW in output.data:  # dead without its kernel; a fallback stands beside it
        return None
    if "text" in output:
        output.text = anonymous(output.text)
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and not kind.startswith("image/png"):
            output.data[kind] = anonymous(value)
    return output


def anonymous(text: str) -> str:
    """Text without absolute paths, memory addresses and the figures of ``%%time``; pictures within stay whole."""
    # Among so many letters of base64 some look like /tmp/x or 0xabcdef.
    parts = re.split(r"(data:image/png;base64,[A-Za-z0-9+/=]*)", text)
    return "".join(part if i % 2 else without_machine(part) for i, part in enumerate(parts))


def without_machine(text: str) -> str:
    """Text as it would be on any machine."""
    text = text.replace(f"{ROOT}{os.sep}", "").replace(str(ROOT), ".").replace(str(Path.home()), "~")
    text = re.sub(r"(/private)?(/var/folders|/tmp)/[^\s'\"<>)]+", "<temporary>", text)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x...", text)
    return re.sub(r"^(CPU times|Wall time):.*\n?", "", text, flags=re.M)


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
    done = f"{folder.stem}: {'student built, ' if student else ''}{trainer.parent.name}"
    if not run or (not force and current(trainer, lesson)):
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
    if not current(trainer, lesson):
        faults.append(f"{trainer.parent.name}/{trainer.name} is not the executed form of its lesson")
    return faults


def strays(folders: list[Path], out: Path) -> list[str]:
    """Notebooks that no lesson makes."""
    made = {path for folder in folders for path in notebooks_of(folder, out)}
    return [f"{path.parent.name}/{path.name} has no lesson: remove it"
            for kind in ("student", "trainer", "research") for path in out.glob(f"{kind}/*.ipynb") if path not in made]


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
