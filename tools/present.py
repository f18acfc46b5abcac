#!/usr/bin/env python3
"""Present: ``python tools/present.py 04`` opens a lesson's stage in JupyterLab, ``--show`` serves all with Voila.

Presenting happens in copies under ``build/present/``: a talk changes nothing in ``notebooks/``. Beside the copy stand
the speaker's notes as a page, JupyterLab's settings with large type, and the results that took long, so that a talk is
ready again in seconds after its kernel died. All other options go to JupyterLab or Voila.
"""

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import webbrowser
from dataclasses import dataclass
from html import escape
from pathlib import Path

import nbformat
from nbconvert.filters import markdown2html

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lessons"))

import stage  # noqa: E402

STAGE = ROOT / "notebooks" / "stage"
OUT = ROOT / "build" / "present"
FONTS = {"code-font-size": "17px", "content-font-size1": "20px", "ui-font-size1": "20px"}
"""JupyterLab's other sizes are shares of these: its smallest is 0.83 of the last."""
SETTINGS = {
    "@jupyterlab/apputils-extension/themes.jupyterlab-settings": {"overrides": FONTS},
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none", "scrollPastEnd": False},
    "@jupyterlab/statusbar-extension/plugin.jupyterlab-settings": {"visible": False},
}
PARTS = ("What to say", "Numbers to expect", "When it fails")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: notes</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 18px/1.45 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }}
table {{ border-collapse: collapse }} :is(th, td) {{ padding: .25em .8em; text-align: left; vertical-align: top }}
tr + tr {{ border-top: 1px solid #8886 }} .when {{ white-space: nowrap; font-variant-numeric: tabular-nums }}
</style></head><body>
<h1>{title}: notes</h1>
<p>{minutes:g} minutes. After a restart of the kernel: <i>Run &gt; Restart Kernel and Run All Cells</i>.</p>
<table><thead><tr><th scope="col">from</th><th scope="col">to</th><th scope="col">step</th><th scope="col">say</th></tr>
</thead><tbody>
{rows}
</tbody></table>
{parts}
</body></html>
"""


@dataclass(frozen=True)
class NoteRow:
    """A step as the stage notebook has it."""

    minutes: float
    says: str
    title: str = ""


def steps(notebook: nbformat.NotebookNode) -> list[NoteRow]:
    """The steps that a stage notebook lists."""
    tree = ast.parse(next(cell.source for cell in notebook.cells if cell.cell_type == "code"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step"]
    return [NoteRow(*map(ast.literal_eval, call.args), next(
        (word.value.value for word in call.keywords if word.arg == "title"), "")) for call in calls]


def at(minutes: float) -> str:
    """A time on the clock.

    >>> at(2.5)
    '2:30'
    """
    return f"{int(minutes)}:{round(minutes % 1 * 60):02}"


def notes(notebook: nbformat.NotebookNode, plan: str) -> str:
    """The speaker's page: steps with their times, and what the plan says."""
    now, rows = 0.0, []
    for step in steps(notebook):
        rows.append(f"<tr><td class='when'>{at(now)}</td><td class='when'>{at(now + step.minutes)}</td>"
                    f"<td>{escape(step.title)}</td><td>{escape(step.says)}</td></tr>")
        now += step.minutes
    parts = "\n".join(f"<h2>{part}</h2>\n{markdown2html(stage.section(plan, part))}" for part in PARTS)
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    return PAGE.format(title=escape(title), minutes=now, rows="\n".join(rows), parts=parts)


def prepare(source: Path, out: Path = OUT) -> Path:
    """Copy a stage notebook, and write notes and settings beside it; the copy's path."""
    copy = out / source.name
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)
    plan = (ROOT / "lessons" / source.stem / "plan.md").read_text(encoding="utf-8")
    page = notes(nbformat.read(source, as_version=4), plan)
    (out / f"{source.stem}_notes.html").write_text(page, encoding="utf-8")
    for name, settings in SETTINGS.items():
        path = out / "settings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return copy


def environment(out: Path = OUT) -> dict[str, str]:
    """Where settings, slow results and Voila's page are."""
    paths = [str(ROOT / "tools"), os.environ.get("JUPYTER_PATH", "")]
    return {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(out / "settings"), "LEAKLAB_KEPT": str(out / "kept"),
            "JUPYTERLAB_WORKSPACES_DIR": str(out / "workspaces"), "JUPYTER_PATH": os.pathsep.join(filter(None, paths)),
            "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")}


def lab(copy: Path, root: Path = ROOT) -> list[str]:
    """JupyterLab with this document alone."""
    path = copy.relative_to(root).as_posix()
    return ["jupyterlab", f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/doc/tree/{path}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]


def voila() -> list[str]:
    """Voila with all stages."""
    return ["voila", str(STAGE), "--template=leaklab"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Present a lesson; other options go to JupyterLab or Voila.")
    lessons = {path.name[:2]: path for path in sorted(STAGE.glob("*.ipynb"))}
    parser.add_argument("lesson", nargs="?", choices=[*lessons], help="its number")
    parser.add_argument("--show", action="store_true", help="serve all stages with Voila, for others to click through")
    parser.add_argument("--no-browser", action="store_true", help="open no window")
    parser.add_argument("--prepare", action="store_true", help="write the files, and start nothing")
    options, rest = parser.parse_known_args(arguments)
    if not options.show and options.lesson is None:
        parser.error(f"which lesson? make present NN, with NN one of {', '.join(lessons)}")
    command = voila() if options.show else lab(copy := prepare(lessons[options.lesson]))
    if not options.show:
        page = copy.with_name(f"{copy.stem}_notes.html")
        print(f"Notes: {page.relative_to(ROOT)}. In JupyterLab: Run > Run All Cells; after a restart, the same.")
        if not options.no_browser and not options.prepare:
            webbrowser.open(page.as_uri())
    if options.prepare:
        return 0
    quiet = ["--no-browser"] if options.no_browser else []
    return subprocess.run([sys.executable, "-m", *command, *quiet, *rest], env=environment()).returncode


if __name__ == "__main__":
    sys.exit(main())
