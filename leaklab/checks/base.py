"""What a check is, and what it finds; nothing is imported here that may be missing or broken."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

OK = "ok"
"""Nothing need be done."""
WARNING = "warning"
"""The course runs, though not as it should."""
FAULT = "fault"
"""Something will not run."""
STATES = OK, WARNING, FAULT
SYMBOLS = {OK: "✓", WARNING: "!", FAULT: "✗"}
"""Beside the word, never alone."""


@dataclass(frozen=True)
class Diagnosis:
    """What a check finds.

    Attributes
    ----------
    state : str
        ``"ok"``, ``"warning"`` (the course runs, though not as it should) or ``"fault"`` (something will not run).
    found : str
        What there is, in a line.
    remedy : str
        What to do about it; empty where nothing need be done.
    """

    state: str
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """A question about this machine.

    Parameters
    ----------
    group, name : str
        What it is about, and what it is called in a table.
    look : callable
        Returns a `Diagnosis`; whatever it raises is a fault.
    slow : bool
        Whether it takes more than a second or two.
    needs : str
        Name of a check before it: where that found a fault, this one is not tried.
    """

    group: str
    name: str
    look: Callable[[], Diagnosis]
    slow: bool = False
    needs: str = ""


@dataclass(frozen=True)
class Checkup:
    """A check, what it found, and the seconds that it took."""

    check: Check
    diagnosis: Diagnosis
    seconds: float


def ok(found: str) -> Diagnosis:
    """Nothing need be done."""
    return Diagnosis(OK, found)


def warn(found: str, remedy: str) -> Diagnosis:
    """The course runs, though not as it should."""
    return Diagnosis(WARNING, found, remedy)


def fault(found: str, remedy: str) -> Diagnosis:
    """Something will not run."""
    return Diagnosis(FAULT, found, remedy)


def examine(checks: Iterable[Check]) -> Iterator[Checkup]:
    """Run the checks one after another; each is told of as it ends, and none of them raises.

    The next check is asked for when the one before it has ended.

    >>> broken = Check("example", "division", lambda: ok(str(1 / 0)))
    >>> [(found.diagnosis.state, found.diagnosis.found) for found in examine([broken])]
    [('fault', 'the check itself failed: ZeroDivisionError: division by zero')]
    """
    faults = set()
    for check in checks:
        started = time.perf_counter()
        try:
            diagnosis = check.look() if check.needs not in faults else warn(
                f"not tried, because of {check.needs}", "Repair that first.")
        except (Exception, SystemExit) as error:  # a broken package raises what it likes when it is imported
            told = " ".join(f"{type(error).__name__}: {error}".split()) or type(error).__name__
            diagnosis = fault(f"the check itself failed: {told[:300]}", REPAIR)
        if diagnosis.state == FAULT:
            faults.add(check.name)
        yield Checkup(check, diagnosis, time.perf_counter() - started)


def count(found: Sequence[Checkup]) -> dict[str, int]:
    """How many found each state, the best first."""
    return {state: sum(one.diagnosis.state == state for one in found) for state in STATES}


def worst(found: Sequence[Checkup]) -> str:
    """The gravest state of all."""
    return max((one.diagnosis.state for one in found), key=STATES.index, default=OK)


def total(found: Sequence[Checkup], seconds: float) -> str:
    """How many found what, in a sentence."""
    numbers = count(found)
    return (f"{numbers[OK]} ok, {numbers[WARNING]} warning{'s' * (numbers[WARNING] != 1)}, "
            f"{numbers[FAULT]} fault{'s' * (numbers[FAULT] != 1)}, in {seconds:.0f} s.")


REPAIR = "Make the environment anew: delete .venv, then make lab; elsewhere, reinstall leaklab."
