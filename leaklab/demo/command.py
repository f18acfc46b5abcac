"""The command: run the parts, and write the handout after each of them."""

import argparse
import sys
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leaklab._repr import printable
from leaklab.demo.console import bar, quiet
from leaklab.demo.folder import QUESTIONS, WHOLE, check_folder, write

STOPPED = "the run was stopped"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration and write it as one page. 0 on success, 1 when a part failed, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m leaklab.demo", description="Run the demonstration and write it as "
                                     "one page to print, to hand out, and to show when all else fails.")
    parser.add_argument("--out", default="build/demo", help="folder to write to (default: %(default)s)")
    parser.add_argument("--only", action="append", choices=list(QUESTIONS), metavar="PART",
                        help=f"run this part alone; may be repeated. One of {', '.join(QUESTIONS)}")
    args = parser.parse_args(argv)
    try:
        folder = check_folder(args.out)
    except (ValueError, OSError) as error:
        print(printable(str(error)), file=sys.stderr)
        return 1
    return Run(folder, [name for name in QUESTIONS if name in (args.only or QUESTIONS)])()


class Run:
    """One run: what is done, what is missing and why, and the page as far as it goes."""

    def __init__(self, folder: Path, asked: Sequence[str]):
        self.folder, self.asked = folder, asked
        self.start, self.created = time.perf_counter(), datetime.now(UTC).isoformat()
        self.done: dict[str, Any] = {}
        self.why: dict[str, str] = {}
        self.page: Path | None = None

    def __call__(self) -> int:
        try:
            with quiet():
                failed = self._parts()
                self._write(last=True)
        except KeyboardInterrupt:
            self.why |= {name: STOPPED for name in self.asked if name not in self.done and name not in self.why}
            self._write()
            left = ", ".join(QUESTIONS[name][1] for name in self.asked if name not in self.done)
            print(f"Stopped. Missing: {left or 'nothing'}.")
            self._say_where()
            return 130
        self._say_where()
        return int(failed)

    def _parts(self) -> bool:
        """Run what is asked for; whether one failed."""
        from leaklab.demo.part import Shared  # here, for TensorFlow's import takes seconds
        from leaklab.demo.parts import PARTS

        shared = Shared()
        for name in self.asked:
            start, called = time.perf_counter(), QUESTIONS[name][1]
            try:
                with bar(called) as shared.progress:
                    self.done[name] = PARTS[name](shared)
            except Exception as error:  # one part that fails takes no other with it
                self.why[name] = f"it failed: {printable(str(error)) or type(error).__name__}"
                print(f"{called}: {self.why[name]}", file=sys.stderr)
                continue
            print(f"{self.asked.index(name) + 1}/{len(self.asked)} {called:22} {time.perf_counter() - start:5.1f} s",
                  flush=True)
            self._write()
        return bool(self.why)

    def _write(self, *, last: bool = False) -> None:
        """The page with what is done so far; the last time as PDF, too."""
        if not self.done:
            return
        from leaklab.demo.page import html, slides_of
        from leaklab.report.save import write_pdf

        why = dict.fromkeys(self.asked, "it is not done yet") | self.why
        text = html(self.done, why, seconds=time.perf_counter() - self.start, created=self.created)
        self.page = write(self.folder, self.done, text, slides_of(self.done))
        if last:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                write_pdf(text, self.page.with_suffix(".pdf"))
            for one in said:
                print(one.message)

    def _say_where(self) -> None:
        if self.page is None:
            print("Nothing was written: no part was done.")
            return
        paper = self.page.with_suffix(".pdf")
        print(f"Open {self.page}" + (f", or print {paper.name}" if self.page.name == WHOLE and paper.exists() else ""))
