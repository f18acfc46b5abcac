"""A line-up to answer by hand: whom does the recovered face show?"""

from html import escape

import ipywidgets as w

from leaklab.access import Access
from leaklab.experiments.lineup import Lineup
from leaklab.plots.lineup import lineup as draw
from leaklab.plots.style import png

NONE = "None of them"


class LineupTest:
    """The widget: five numbered photographs, "none of them", and a score beside chance and the machine's.

    Choosing answers the task and shows the truth; *Next* goes on.

    Parameters
    ----------
    lineup : Lineup
    evaluator : Access, optional
        The machine that answers the same tasks, shown at the end.

    Attributes
    ----------
    view : ipywidgets.Widget
    """

    def __init__(self, lineup: Lineup, *, evaluator: Access | None = None):
        self.lineup, self.evaluator = lineup, evaluator
        self.choices = [w.Button(description=str(i + 1), tooltip=f"It is candidate {i + 1}", layout={"width": "60px"})
                        for i in range(lineup.candidates)]
        self.none = w.Button(description=NONE, tooltip="The person is not among the candidates")
        self.next = w.Button(description="Next", button_style="primary", tooltip="Show the next face", disabled=True)
        self.image = w.Image(format="png", layout={"max_width": "100%", "width": "900px"})
        self.words = w.HTML()
        self.view = w.VBox([self.image, w.HBox([*self.choices, self.none, self.next]), self.words])
        for place, button in enumerate(self.choices):
            button.on_click(lambda _, place=place: self._on_choice(place))
        self.none.on_click(lambda _: self._on_choice(None))
        self.next.on_click(lambda _: self._ask())
        self._ask()

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)

    def _ask(self):
        self._buttons(waiting=self.lineup.task is not None)
        if self.lineup.task is not None:
            self.image.value = self._picture(self.lineup.task)
            self._say(f"Face {len(self.lineup.answers) + 1} of {len(self.lineup.tasks)}. Whose is it? {self._score()}")

    def _on_choice(self, choice: int | None):
        task = self.lineup.task
        if task is None or not self.next.disabled:  # a second click on the same face
            return
        right = self.lineup.answer(choice)
        self.image.value = self._picture(task, chosen=choice, solution=task.solution)
        truth = NONE.lower() if task.solution is None else f"candidate {task.solution + 1}"
        self._say(f"{'Right' if right else 'Wrong'}: {truth}. {self._score()}")
        self._buttons(waiting=False)

    def _picture(self, task, **marks) -> bytes:
        found = self.lineup.recovered[task.person]
        return png(draw(found, self.lineup.photographs[task.candidates], **marks), dpi=90)

    def _score(self) -> str:
        if not self.lineup.answers:
            return f"Guessing is right once in {self.lineup.candidates + 1}."
        words = f"You: {self.lineup.score()}."
        if self.lineup.task is None and self.evaluator is not None:
            words += f" The machine: {self.lineup.machine(self.evaluator)}."
        return words

    def _buttons(self, *, waiting: bool):
        for button in (*self.choices, self.none):
            button.disabled = not waiting
        self.next.disabled = waiting or self.lineup.task is None

    def _say(self, words: str):
        self.words.value = f'<span role="status">{escape(words)}</span>'
