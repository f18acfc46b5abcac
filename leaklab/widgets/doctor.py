"""The checks of `leaklab doctor` behind a button, each shown as it ends."""

from collections.abc import Sequence

import ipywidgets as w
from markupsafe import Markup

from leaklab import _validate as v
from leaklab.checks import CHECKS, SYMBOLS, Checkup, Examination
from leaklab.widgets.controls import control
from leaklab.widgets.runner import Runner


class Doctor(Runner[Examination]):
    """Whether this machine can run the course, and what to do where it cannot.

    Parameters
    ----------
    state : Examination, optional
        All checks of ``leaklab doctor`` if left out.
    """

    name = "doctor"

    def __init__(self, state: Examination | None = None):
        super().__init__(_all() if state is None else state)

    def controls(self) -> Sequence[Sequence[w.Widget]]:
        self.start.description, self.start.tooltip = "Check", "Check this machine; nothing is changed"
        self.quick = control(w.Checkbox, "Quick", "Leave out TensorFlow, kernel, speed and widgets", width="8em",
                             label="0", indent=False, value=self.state.quick)
        self.bind(self.quick, lambda quick: setattr(self.state, "quick", quick))
        return [[self.start, self.stop, self.quick, self.progress]]

    def draw(self) -> None:
        self.quick.value = self.state.quick

    def stands(self) -> str:
        return self.state.says()

    def words(self) -> str:
        if not self.state.found:
            return ""
        return Markup("<table><thead><tr><th scope='col'>state</th><th scope='col'>what</th><th scope='col'>found</th>"
                      "</tr></thead>{}</table>").format(Markup("").join(map(_row, self.state.found)))

    def begin(self) -> None:
        self.halt()
        self.run(self.work, lambda _: None, saying="Checking this machine.")
        self.refresh()

    def work(self, progress: v.Progress) -> None:
        """Check, and show each finding; ``progress`` raises when somebody has stopped it."""
        checks = self.state.chosen
        for number, one in enumerate(self.state.run(), 1):
            with self.lock:  # so that nothing of a stopped examination comes after the next has begun
                progress(number, len(checks), one.check.name)
                self.state.keep(one)
                self.refresh()


def _row(one: Checkup) -> Markup:
    found = one.diagnosis
    remedy = Markup("<br><b>{}</b>").format(found.remedy) if found.remedy else ""
    return Markup("<tr><td style='white-space:nowrap'><span aria-hidden='true'>{}</span> {}</td>"
                  "<th scope='row'>{}</th><td>{}{}</td></tr>").format(SYMBOLS[found.state], found.state, one.check.name,
                                                                      found.found, remedy)


def _all() -> Examination:
    from leaklab.widgets.tried import CHECKS as CLICKS  # it imports this module

    return Examination((*CHECKS, *CLICKS))
