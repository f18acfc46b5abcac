#!/usr/bin/env python3
"""Measure what `leaklab doctor` compares a machine with; prints the figures for leaklab/checks/speed.py.

    python tools/lesson_seconds.py [01 04]

Every trainer notebook is executed from its first cell to its last in a new kernel, and the fixed work of
leaklab/checks/speed.py is timed in a process of its own before and after it, so that what else the machine does counts
for both alike. A lesson's seconds are those of the notebook, divided by the mean of the two, times the smallest of all.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks" / "trainer"


def work() -> float:
    """Seconds of the fixed work, in a new process."""
    done = subprocess.run([sys.executable, "-m", "leaklab.checks.speed"], check=True, capture_output=True, text=True)
    return float(done.stdout)


def lesson(path: Path) -> float:
    """Seconds from the start of a kernel to the end of the last cell; nothing is written."""
    client = NotebookClient(nbformat.read(path, as_version=4), timeout=600, kernel_name="python3",
                            resources={"metadata": {"path": str(path.parent)}})
    started = time.perf_counter()
    client.execute()
    return time.perf_counter() - started


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    measured, before = {}, work()
    pieces = [before]
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if sys.argv[1:] and path.name[:2] not in sys.argv[1:]:
            continue
        seconds, after = lesson(path), work()
        measured[path.stem] = 2 * seconds / (before + after)
        print(f"{path.stem}: {seconds:.1f} s, the fixed work {before:.2f} s before, {after:.2f} s after", flush=True)
        pieces.append(before := after)
    print(f"REFERENCE_SECONDS = {min(pieces):.2f}")
    print(f"LESSON_SECONDS = { {name: round(times * min(pieces)) for name, times in measured.items()} }")


if __name__ == "__main__":
    main()
