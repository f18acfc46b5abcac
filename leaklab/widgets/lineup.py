"""A line-up to answer by hand: whom does the recovered face show?"""

import ipywidgets as w
from markupsafe import Markup

from leaklab.access import Access
from leaklab.course.lineup import Lineup
from leaklab.plots.lineup import lineup as draw_lineup
from leaklab.plots.membership import score_chart
from leaklab.plots.style import picture, png
from leaklab.widgets.old import OldDisplay as Display
from leaklab.widgets.old import status

NONE = "None of them"


class LineupTest(Display[Lineup]):
    """The widget: numbered photographs, "none of them", and the score beside chance and the machine's.

    An answer shows the truth, and what the machine says of the same face; *Next* goes on. By keyboard: Tab and Space;
    the focus follows.

    Parameters
    ----------
    state : Lineup
    evaluator : Access, optional
        The machine that answers the same tasks.
    """

    def __init__(self, state: Lineup, *, evaluator: Access | None = None):
        super().__init__(state)
        self.machine = None if evaluator is None else state.machine(evaluator)
        self.answered = state.task is None

    def layout(self) -> w.Widget:
        self.choices = [w.Button(description=str(i + 1), tooltip=f"It is number {i + 1}", layout={"width": "64px"})
                        for i in range(self.state.candidates)]
        self.none = w.Button(description=NONE, tooltip="The person is not among them", layout={"width": "130px"})
        self.next = w.Button(description="Next", icon="arrow-right", button_style="primary", tooltip="The next face")
        self.shown, self.chart, self.said = w.HTML(), w.HTML(), w.HTML()
        for place, button in enumerate([*self.choices, self.none]):
            self.bind(button, lambda choice=place if button in self.choices else None: self.answer(choice))
        self.bind(self.next, self.go_on)
        buttons = w.HBox([w.Label("Whose face is it?"), *self.choices, self.none, self.next])
        box = w.VBox([self.shown, buttons, self.said, self.chart])
        box.add_class("leaklab-lineup")
        return box

    def answer(self, choice: int | None) -> None:
        """Answer by a place, or None for "none of them"; a second click on the same face says nothing."""
        if not self.answered:
            self.state.answer(choice)
            self.answered = True
            if self.state.task is not None:
                self.next.disabled = False
                self.next.focus()

    def go_on(self) -> None:
        """To the next face, if there is one."""
        if self.answered and self.state.task is not None:
            self.answered = False
            self.choices[0].disabled = False
            self.choices[0].focus()

    def words(self) -> Markup:
        """Which face it is; after an answer, the truth and the scores."""
        lineup, done = self.state, len(self.state.answers)
        if not self.answered:
            return status(f"Face {done + 1} of {len(lineup.tasks)}.")
        task, choice = lineup.tasks[done - 1], lineup.answers[-1]
        stands = [f"{'Right ✓' if choice == task.solution else 'Wrong ✗'}: {_name(task.solution)}.",
                  f"You: {lineup.score()}."]
        if self.machine is not None:
            stands.append(f"The machine: {lineup.score(self.machine[:done])}.")
        if lineup.task is None:
            stands.append("That was the last face.")
        return status(" ".join(stands))

    def draw(self) -> None:
        lineup, done = self.state, len(self.state.answers)
        task, marks, rates = lineup.tasks[done - self.answered], {}, {}
        if self.answered:
            marks = {"the truth": task.solution, "your answer": lineup.answers[-1]}
        if done:
            rates["you"] = lineup.score().right
        if self.machine is not None and done:
            rates["the machine"] = lineup.score(self.machine[:done]).right
            if self.answered:
                marks["the machine"] = self.machine[done - 1]
        face = draw_lineup(lineup.recovered[task.person], lineup.photographs[task.candidates], marks=marks)
        self.shown.value = self._picture(
            face, 800, f"A recovered face and {lineup.candidates} numbered photographs. ",
            {word: _name(place) for word, place in marks.items()})
        self.chart.value = self._picture(score_chart(rates, chance=1 / (lineup.candidates + 1)), 450,
                                         "How many were right, with intervals. ", rates)
        self.said.value = self.words()
        for button in (*self.choices, self.none):
            button.disabled = self.answered
        self.next.disabled = not self.answered or lineup.task is None

    def _picture(self, ax, width: int, title: str, words: dict) -> Markup:
        """As HTML: ipywidgets' own Image cannot say in words what it shows."""
        alt = title + "; ".join(f"{name}: {value}" for name, value in words.items())
        return picture(png(ax.figure, dpi=self.dpi), alt.strip(), style=f"width:{width}px;max-width:100%")


def _name(place: int | None) -> str:
    return NONE.lower() if place is None else f"number {place + 1}"
