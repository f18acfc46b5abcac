"""Running a notebook, and keeping of its outputs what a reader on another machine can use."""

import os
import re
import time
from pathlib import Path

from nbclient import NotebookClient
from nbformat.notebooknode import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
MAX_SECONDS = 90
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def execute(notebook: NotebookNode, folder: Path, *, limit: float = MAX_SECONDS) -> float:
    """Run all cells in ``folder`` and keep portable outputs; returns the seconds it took."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
