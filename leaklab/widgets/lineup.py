"""A line-up to answer by hand: whom does the recovered face show?"""

import ipywidgets as w
from markupsafe import Markup

from leaklab.access import Access
from leaklab.course.lineup import Lineup
from leaklab.plots.membership import score_chart
from leaklab.plots.web import chart, face
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button

NONE = "None of them"


class LineupTest(Display[Lineup]):
    """The widget: numbered photographs and "none of them"; at the end the score, beside chance and the machine's.

    The truth is told at the end alone: who learns it on the way crosses people out, and beats chance without looking.
    By keyboard: Tab and Space; the focus follows.

    Parameters
    ----------
    state : Lineup
    evaluator : Access, optional
        The machine that answers the same tasks.
    """

    name = "lineup"

    def __init__(self, state: Lineup, *, evaluator: Access | None = None):
        super().__init__(state)
        self.evaluator = evaluator

    def controls(self):
        self.choices = [button(str(i + 1), f"It is number {i + 1}") for i in range(self.state.candidates)]
        self.none = button(NONE, "The person is not among them")
        self.next = button("Next", "The next face; after the last, the truth", icon="arrow-right", primary=True)
        self.undo = button("Undo", "Take the last answer back", icon="undo")
        self.again = button("Again", "Start over: the same people in a new order", icon="refresh")
        for place, choice in enumerate([*self.choices, self.none]):
            self.bind(choice, lambda answer=place if choice in self.choices else None: self.answer(answer))
        for control, call in ((self.next, self.state.next), (self.undo, self.state.undo),
                              (self.again, self.state.again)):
            self.bind(control, call)
            control.on_click(lambda _: self.choices[0].focus())
        return [[w.Label("Whose face is it?"), *self.choices, self.none], [self.next, self.undo, self.again]]

    def answer(self, choice: int | None) -> None:
        """Answer by a place, or None for "none of them"; a second click on the same face says nothing."""
        if not self.state.noted and not self.state.over:
            self.state.answer(choice)
            self.next.disabled = False
            self.next.focus()

    def draw(self):
        lineup = self.state
        for choice in (*self.choices, self.none):
            choice.disabled = lineup.noted or lineup.over
        self.next.disabled, self.undo.disabled = not lineup.noted, not lineup.answers or lineup.over

    def said(self):
        lineup = self.state
        if not lineup.over:
            noted = f" Noted: {_name(lineup.answers[-1])}." if lineup.noted else ""
            return f"Face {lineup.at + 1} of {len(lineup.tasks)}.{noted}"
        right, bar = lineup.score().right.successes, lineup.bar
        luck = ("with so few faces, luck cannot be excluded" if bar is None else
                f"{'' if right >= bar else 'not shown to be '}more than luck, which takes {bar}")
        return f"You: {right} of {len(lineup.tasks)} right, {luck}."

    def picture(self):
        lineup = self.state
        if not lineup.over:
            shown = self._line(lineup.at, {}, f"Recovered face {lineup.at + 1} of {len(lineup.tasks)}")
            return Markup("<div class='leaklab-faces leaklab-line'>{}</div>").format(shown)
        answers = {"your answer": lineup.answers}
        rates = {"you": lineup.score().right}
        if self.evaluator is not None:
            answers["the machine"] = lineup.machine(self.evaluator)
            rates["the machine"] = lineup.score(answers["the machine"]).right
        alt = "How many were right, with intervals: " + "; ".join(f"{who}: {rate}" for who, rate in rates.items())
        drawn = chart(score_chart(rates, chance=lineup.chance), f"{alt}; chance: {lineup.chance:.2f}")
        rows = Markup("").join(self._reviewed(at, {who: said[at] for who, said in answers.items()})
                               for at in range(len(lineup.tasks)))
        return Markup("{}{}").format(drawn, rows)

    def _reviewed(self, at: int, answers: dict[str, int | None]) -> Markup:
        solution = self.state.tasks[at].solution
        marks = {"the truth": solution, **answers}
        words = "; ".join(f"{who}: {_name(place)}" for who, place in marks.items())
        verdict = "right ✓" if answers["your answer"] == solution else "wrong ✗"
        return Markup("<p><b>Face {}: {}</b> ({})</p><div class='leaklab-faces leaklab-review'>{}</div>").format(
            at + 1, verdict, words, self._line(at, marks, f"Recovered face {at + 1}"))

    def _line(self, at: int, marks: dict[str, int | None], alt: str) -> Markup:
        lineup, task = self.state, self.state.tasks[at]
        line = [face(lineup.recovered[task.person], alt, "recovered")]
        for place, image in enumerate(lineup.photographs[task.candidates]):
            here = [who for who, where in marks.items() if where == place]
            words = ", ".join([str(place + 1), *here])
            line.append(face(image, f"Photograph {words}", words))
        return Markup("").join(line)


def _name(place: int | None) -> str:
    return NONE.lower() if place is None else f"number {place + 1}"
