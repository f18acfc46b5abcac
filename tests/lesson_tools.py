"""The lessons as the tests see them: their folders, and lessons/build.py as a module."""

import importlib.util
import os
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
LESSONS = sorted(path.parent for path in (ROOT / "lessons").glob("[0-9][0-9]_*/lesson.py"))
RESEARCH = sorted((ROOT / "lessons" / "research").glob("*.py"))
CHECK = re.compile(r"^[^#\n]*\bcheck\(\s*[\"']([^\"']+)[\"']", re.M)

_spec = importlib.util.spec_from_file_location("leaklab_lessons_build", ROOT / "lessons" / "build.py")
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)


def shown(cell):
    """All the text that a cell's outputs show, one string."""
    texts = []
    for output in cell.get("outputs", []):
        texts.append(output.get("text", ""))
        texts.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(texts)


def outcomes(notebook):
    """``{exercise id: outcome}`` as the cells of an executed notebook show them."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for exercise in CHECK.findall(cell.source):
                said = re.search(rf"^{re.escape(exercise)}: (correct|not yet|not attempted)", shown(cell), re.M)
                found[exercise] = said[1] if said else "no outcome shown: check(...) must be the last line of its cell"
    return found
