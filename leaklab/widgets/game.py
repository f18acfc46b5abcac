"""Guess against the attack, with two buttons: the view of `leaklab.course.game.Game`."""

import ipywidgets as w
from markupsafe import Markup

from leaklab.course.form import answers
from leaklab.course.game import CHANCE, Game
from leaklab.plots.membership import score_chart
from leaklab.plots.style import span
from leaklab.plots.web import chart
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button, control
from leaklab.widgets.verdict import SAYS, verdict

ROUNDS = (5, 10, 20)
ENDS = {"attack": "The attack beat you.", "student": "You beat the attack.",
        None: "No winner: so few rounds cannot tell you apart."}


class GuessingGame(Display[Game]):
    """A game to play by mouse or keyboard: guess, see the truth, go on; the focus of the keyboard goes along."""

    name = "game"

    def controls(self):
        game, self.focused = self.state, self.state.step
        self.member = button("● Member", "The patient was in the training data", primary=True)
        self.other = button("○ Not a member", "The patient was not in the training data", primary=True)
        self.reveal = button("Reveal the truth", "What is true, and what the attack said: the round counts", icon="eye")
        self.undo = button("Undo", "Take the guess back, before the truth is shown", icon="undo")
        self.next = button("Next", "The next patient", icon="arrow-right")
        self.rounds = control(w.Dropdown, "Rounds", "How many patients a game has; fixed before it begins",
                              options=sorted({*ROUNDS, game.rounds}), value=game.rounds, width="9em", label="4em")
        self.again = button("Again", "Start over, with other patients", icon="refresh")
        self.steps: dict[str, dict] = {
            "ask": {self.member: lambda: game.say(True), self.other: lambda: game.say(False)},
            "said": {self.reveal: game.reveal, self.undo: game.undo}, "told": {self.next: game.next}}
        for step, calls in self.steps.items():
            for one, call in calls.items():  # the second half of a double click comes late, and does nothing
                self.bind(one, lambda step=step, call=call: call() if game.step == step else None)
        self.bind(self.again, game.again)
        self.bind(self.rounds, game.again)
        return [[self.member, self.other, self.reveal, self.undo, self.next], [self.rounds, self.again]]

    def draw(self):
        game = self.state
        for step, calls in self.steps.items():
            for one in calls:
                one.disabled = step != game.step
        self.rounds.value = game.rounds
        self.rounds.disabled = not game.over and (game.said is not None or bool(game.turns))
        if game.step != self.focused:
            self.focused = game.step
            next(iter(self.steps.get(game.step, [self.again]))).focus()

    def said(self):
        game = self.state
        where = f"Patient {game.round.number} of {game.rounds}"
        if game.step in ("ask", "said"):
            return f"{where}. " + ("Was this patient in the training data?" if game.said is None else
                                   f"You say: {SAYS[game.said][1]}. Reveal the truth, or undo.")
        last, end = game.turns[-1], f"All are judged. {ENDS[game.score().winner]}" if game.over else ""
        said = Markup("; ").join(
            Markup("{} said <b>{}</b>, {}").format(who, SAYS[what][1], "right ✓" if what == last.member else "wrong ✗")
            for who, what in (("You", last.said), ("the attack", last.attack)))
        return Markup("{}{}. <b>{}</b>").format(verdict(*SAYS[last.member], f"{where}:"), said, end)

    def words(self):
        now = self.state.round
        rows = Markup("").join(Markup("<tr><th scope='row'>{}</th><td><b>{}</b></td></tr>").format(*said)
                               for said in answers(now.record).items())
        return Markup("<table>{}</table><p>True outcome: <b>{}</b>. The model's answer: {} with probability <b>{:.0%}"
                      "</b>.</p>{}").format(rows, now.record.classes[now.record.label[0]], now.answer, now.probability,
                                            self.score())

    def score(self):
        """The score, and at the end what it proves."""
        if not self.state.turns:
            return Markup("<p>No score yet. A coin would be right in {:.0%}.</p>").format(CHANCE)
        score = self.state.score()
        stands = Markup("").join(
            Markup("<p>{}: <b>{}</b> of {} right, {}{}</p>").format(who, rate.successes, rate.trials, span(rate),
                                                                    coin(rate))
            for who, rate in (("You", score.student), ("The attack", score.attack)))
        proves = Markup("<p>Only the attack was right in {} rounds, only you in {}. Exact sign test: p = {:.2g}.</p>")
        return stands + (proves.format(score.attack_alone, score.student_alone, score.p_value)
                         if self.state.over else "")

    def picture(self):
        if not self.state.turns:
            return ""
        rates = {"you": self.state.score().student, "the attack": self.state.score().attack}
        return chart(score_chart(rates, chance=CHANCE), "Right answers beside chance, 50%: " + "; ".join(
            f"{who} {span(rate)}" for who, rate in rates.items()))

    def key(self):
        return self.state.turns


def coin(rate) -> str:
    """Whether a coin's rate lies in the interval, in words.

    >>> from leaklab.metrics import Rate
    >>> coin(Rate(9, 10)), coin(Rate(6, 10))
    (' (a coin is outside)', ' (a coin is inside)')
    """
    return f" (a coin is {'inside' if rate.low <= CHANCE <= rate.high else 'outside'})"
