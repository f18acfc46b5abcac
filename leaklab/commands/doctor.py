"""``leaklab doctor``: whether this machine can run the course, and what to do where it cannot."""

import argparse
import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module

import leaklab
from leaklab._repr import printable
from leaklab.checks import (
    CHECKS,
    FAULT,
    OK,
    SYMBOLS,
    WARNING,
    Check,
    Checkup,
    Diagnosis,
    count,
    examine,
    ok,
    total,
    worst,
)

ABOUT = """Check that this machine can run the course: Python and packages, kernel,
ports, data, speed, and a click on each widget; and say what to do where it
cannot. Nothing is installed, downloaded or changed."""
EXAMPLE = """examples:
  leaklab doctor --quick
  leaklab doctor --json > before-the-talk.json

Exit status: 0 if the course runs (there may be warnings), 1 if there is a
fault. The last line counts both.
"""
CLICKS = "leaklab.widgets.tried"
WIDTH = max(len(check.name) for check in CHECKS)
PLAIN = {OK: "+", WARNING: "!", FAULT: "x"}


def add_doctor(commands) -> None:
    """Add the command to a parser's subparsers."""
    one = commands.add_parser(
        "doctor", help="check that this machine can run the course, and say what to do where it cannot",
        description=ABOUT, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter)
    one.add_argument("--quick", action="store_true",
                     help="leave out what takes long: TensorFlow, kernel, speed, widgets")
    one.add_argument("--json", action="store_true", help="the results as JSON, when all are there")
    one.set_defaults(run=_doctor)


def _doctor(args) -> int:
    started, found = time.perf_counter(), []
    with _quiet():
        for one in examine(all_checks(quick=args.quick)):
            found.append(one)
            if not args.json:
                print(printable(line(one)), flush=True)
    seconds = time.perf_counter() - started
    if args.json:
        print(json.dumps(as_json(found, seconds), indent=1))
    else:
        print(total(found, seconds) + (" Left out: what takes long." if args.quick else ""))
    return int(worst(found) == FAULT)


def all_checks(*, quick: bool = False) -> Iterator[Check]:
    """Those of `leaklab.checks`, then a click on each widget, where widgets can be imported."""
    yield from (check for check in CHECKS if not (quick and check.slow))
    if not quick:
        yield Check("widgets", "widgets", _import_widgets, slow=True, needs="TensorFlow")
        if CLICKS in sys.modules:
            yield from sys.modules[CLICKS].CHECKS


def _import_widgets() -> Diagnosis:
    return ok(f"{len(import_module(CLICKS).CHECKS)} to click on")


def line(one: Checkup, width: int = WIDTH) -> str:
    """One check in a line; the state by a symbol and a word."""
    found = one.diagnosis
    symbols = SYMBOLS if _can_print("".join(SYMBOLS.values())) else PLAIN
    told = f"{found.found}." if found.remedy and found.found[-1:] not in ".!?" else found.found
    return f"{symbols[found.state]} {found.state:7}  {one.check.name:{width}}  {told} {found.remedy}".rstrip()


def as_json(found: list[Checkup], seconds: float) -> dict:
    """All results as plain objects."""
    return {"leaklab": leaklab.__version__, "state": worst(found), "seconds": round(seconds, 1), "count": count(found),
            "checks": [{"group": one.check.group, "name": one.check.name, **asdict(one.diagnosis),
                        "seconds": round(one.seconds, 2)} for one in found]}


def _can_print(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _quiet() -> Iterator[None]:
    """What libraries say of themselves, by warnings, logs and C++ on standard error, is not part of the answer."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # read when tensorflow is imported
    sys.stdout.flush()
    with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            kept = os.dup(2)
        except OSError:  # started without one
            yield
            return
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            logging.disable(logging.NOTSET)
