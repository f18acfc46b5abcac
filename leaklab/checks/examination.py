"""The state of an examination: what there is to check, and what was found so far."""

from collections.abc import Iterable, Iterator

from leaklab.checks.base import FAULT, OK, Check, Checkup, count, examine, worst


class Examination:
    """Checks to run, and what they found.

    Parameters
    ----------
    checks : iterable of Check

    Attributes
    ----------
    quick : bool
        Whether slow checks are left out.
    found : tuple of Checkup

    Examples
    --------
    >>> from leaklab.checks import CHECKS
    >>> examination = Examination(check for check in CHECKS if check.name == "Python")
    >>> examination.says()
    'Nothing is checked yet.'
    >>> for checkup in examination.run():
    ...     examination.keep(checkup)
    >>> examination.says()
    'All is ready: 1 ok, 0 warnings, 0 faults.'
    """

    def __init__(self, checks: Iterable[Check]):
        self.checks, self.quick = tuple(checks), False
        self.found: tuple[Checkup, ...] = ()

    @property
    def chosen(self) -> tuple[Check, ...]:
        """The checks to run."""
        return tuple(check for check in self.checks if not (self.quick and check.slow))

    def run(self) -> Iterator[Checkup]:
        """Each check's finding, as it comes; kept by `keep`, so that what is stopped leaves nothing."""
        self.found = ()
        return examine(self.chosen)

    def keep(self, one: Checkup) -> None:
        """Add a finding."""
        self.found = (*self.found, one)

    def says(self) -> str:
        """How things stand, in a sentence."""
        if not self.found:
            return "Nothing is checked yet."
        numbers = ", ".join(f"{number} {state}{'s' * (state != OK and number != 1)}"
                            for state, number in count(self.found).items())
        if worst(self.found) == FAULT:
            return f"Not ready: {numbers}. Do what is said beside each fault."
        return f"All is ready: {numbers}."
