"""The lessons as the tests see them: their folders, lessons/build.py and the modules beside it."""

import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
LESSONS = sorted(path.parent for path in (ROOT / "lessons").glob("[0-9][0-9]_*/lesson.py"))
RESEARCH = sorted((ROOT / "lessons" / "research").glob("*.py"))
CHECK = re.compile(r"^[^#\n]*\bcheck\(\s*[\"']([^\"']+)[\"']", re.M)

sys.path.insert(0, str(ROOT / "lessons"))  # as when build.py is run: it finds the modules beside it


def _module(path):
    spec = importlib.util.spec_from_file_location(f"leaklab_{path.stem}_script", path)
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


build, present = _module(ROOT / "lessons" / "build.py"), _module(ROOT / "tools" / "present.py")
running, slices, stage = (sys.modules[name] for name in ("running", "slices", "stage"))  # which build.py imports


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
                found[exercise] = said[1] if said else "no outcome shown"
    return found
