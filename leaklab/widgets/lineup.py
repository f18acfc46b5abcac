"""A line-up to answer by hand: whom does the recovered face show?"""

from base64 import b64encode
from html import escape

import ipywidgets as w
from matplotlib.figure import Figure

from leaklab.access import Access
from leaklab.course.lineup import Lineup
from leaklab.plots.lineup import lineup as draw
from leaklab.plots.membership import score_chart
from leaklab.plots.style import png

NONE = "None of them"


class LineupTest:
    """The widget: numbered photographs, "none of them", and the score beside chance and the machine's.

    An answer shows the truth, and what the machine says of the same face; *Next* goes on. By keyboard: Tab and Space;
    the focus follows.

    Parameters
    ----------
    lineup : Lineup
    evaluator : Access, optional
        The machine that answers the same tasks.

    Attributes
    ----------
    view : ipywidgets.Widget
    """

    def __init__(self, lineup: Lineup, *, evaluator: Access | None = None):
        self.lineup = lineup
        self.machine = None if evaluator is None else lineup.machine(evaluator)
        self.choices = [w.Button(description=str(i + 1), tooltip=f"It is number {i + 1}", layout={"width": "64px"})
                        for i in range(lineup.candidates)]
        self.none = w.Button(description=NONE, tooltip="The person is not among them", layout={"width": "130px"})
        self.next = w.Button(description="Next", icon="arrow-right", button_style="primary", tooltip="The next face")
        self.image, self.chart, self.words = w.HTML(), w.HTML(), w.HTML()
        buttons = w.HBox([w.Label("Whose face is it?"), *self.choices, self.none, self.next])
        self.view = w.VBox([self.image, buttons, self.words, self.chart])
        self.view.add_class("leaklab-lineup")
        for place, button in enumerate(self.choices):
            button.on_click(lambda _, place=place: self._on_choice(place))
        self.none.on_click(lambda _: self._on_choice(None))
        self.next.on_click(self._on_next)
        self._ask()

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)

    def _ask(self):
        self._wait(True)
        self._show(self.lineup.task, {})
        self._say(f"Face {len(self.lineup.answers) + 1} of {len(self.lineup.tasks)}.")

    def _on_choice(self, choice: int | None):
        task = self.lineup.task
        if task is None or not self.next.disabled:  # a second click on the same face
            return
        right = self.lineup.answer(choice)
        marks = {"the truth": task.solution, "your answer": choice}
        if self.machine is not None:
            marks["the machine"] = self.machine[len(self.lineup.answers) - 1]
        self._show(task, marks)
        self._say(f"{'Right ✓' if right else 'Wrong ✗'}: {_name(task.solution)}. {self._score()}")
        self._wait(False)
        if self.lineup.task is not None:
            self.next.focus()

    def _on_next(self, _):
        if self.lineup.task is not None:
            self._ask()
            self.choices[0].focus()

    def _score(self) -> str:
        stands = [f"You: {self.lineup.score()}."]
        if self.machine is not None:
            stands.append(f"The machine: {self.lineup.score(self._machine())}.")
        if self.lineup.task is None:
            stands.append("That was the last face.")
        return " ".join(stands)

    def _machine(self) -> list[int | None]:
        return self.machine[:len(self.lineup.answers)]

    def _show(self, task, marks: dict[str, int | None]):
        ax = draw(self.lineup.recovered[task.person], self.lineup.photographs[task.candidates], marks=marks)
        said = "; ".join(f"{word}: {_name(place)}" for word, place in marks.items())
        self.image.value = _picture(
            ax.figure, 800, f"A recovered face and {self.lineup.candidates} numbered photographs. {said}")
        rates = {"you": self.lineup.score().right} if self.lineup.answers else {}
        if rates and self.machine is not None:
            rates["the machine"] = self.lineup.score(self._machine()).right
        self.chart.value = _picture(score_chart(rates, chance=1 / (self.lineup.candidates + 1)).figure, 450,
                                    "How many were right, with intervals. "
                                    + "; ".join(f"{who}: {rate}" for who, rate in rates.items()))

    def _wait(self, waiting: bool):
        for button in (*self.choices, self.none):
            button.disabled = not waiting
        self.next.disabled = waiting or self.lineup.task is None

    def _say(self, words: str):
        self.words.value = f'<span role="status">{escape(words)}</span>'


def _picture(figure: Figure, width: int, says: str) -> str:
    """The figure as HTML: ipywidgets' own Image cannot say in words what it shows."""
    data = b64encode(png(figure, dpi=90)).decode()
    return (f'<img alt="{escape(says.strip())}" style="width:{width}px;max-width:100%" '
            f'src="data:image/png;base64,{data}">')


def _name(place: int | None) -> str:
    return NONE.lower() if place is None else f"number {place + 1}"
