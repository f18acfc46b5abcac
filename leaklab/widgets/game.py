"""Guess against the attack, with two buttons: the view of `leaklab.course.game.Game`."""

import ipywidgets as widgets

from leaklab._validate import Refused
from leaklab.course.game import CHANCE, Game, Turn
from leaklab.plots.membership import score_chart
from leaklab.plots.style import BLUE, RED, png
from leaklab.widgets.patient import answers, percent

SAYS = {True: ("●", "member", BLUE), False: ("○", "not a member", RED)}
"""What is said -> its mark, its words, its colour."""


class GuessingGame:
    """A game to play by mouse or keyboard (``.view``; or let the notebook show the object).

    ``guess(said)`` and ``again()`` play; ``patient()``, ``outcome()`` and ``words()`` say in HTML who is asked about,
    how the last round ended and how the game stands; ``figure()`` draws the score.

    Parameters
    ----------
    game : Game
        Its state; everything that is counted is counted there.
    """

    def __init__(self, game: Game):
        self.game = game
        self._view_parts = None
        self._refusal = ""

    def guess(self, said: bool) -> Turn:
        """Say "member" (True) or "not a member" (False)."""
        return self.game.guess(said)

    def again(self) -> None:
        """Start another game; where patients run out, the page says so."""
        try:
            self.game.again()
        except Refused as refusal:
            self._refusal = str(refusal)

    def patient(self) -> str:
        """The patient in question."""
        if self.game.over:
            return f"<h3 style='margin:0'>All {self.game.rounds} patients judged</h3>{self._refusal}"
        now = self.game.round
        rows = "".join(f"<tr><th scope='row' style='text-align:left;font-weight:normal;padding-right:24px'>{name}</th>"
                       f"<td><b>{answer}</b></td></tr>" for name, answer in answers(now.record).items())
        return (f"<h3 style='margin:0'>Patient {now.number} of {self.game.rounds}</h3><table>{rows}</table>"
                f"True outcome: <b>{now.record.classes[now.record.label[0]]}</b>.<br>"
                f"The model's answer: {now.record.label_name} with probability <b>{now.risk:.0%}</b>.")

    def outcome(self) -> str:
        """The truth about the last patient, and what both players had said."""
        if not self.game.turns:
            return "Was this patient in the training data?"
        last = self.game.turns[-1]
        mark, truth, colour = SAYS[last.member]
        said = "; ".join(f"{who} said <b>{SAYS[what][1]}</b>, {'right ✓' if what == last.member else 'wrong ✗'}"
                         for who, what in (("you", last.said), ("the attack", last.attack)))
        return (f"<div style='border-left:6px solid {colour};padding:4px 12px;line-height:1.4'>Patient "
                f"{len(self.game.turns)}: <span aria-hidden='true'>{mark}</span> <b>{truth}</b>.<br>{said}.</div>")

    def words(self) -> str:
        """The score, and after the last round whether one of the two has won."""
        if not self.game.turns:
            return f"No score yet. A coin would be right in {CHANCE:.0%}."
        score = self.game.score()
        stands = "<br>".join(f"{who}: <b>{rate.successes}</b> of {rate.trials} right, {percent(rate)}{coin(rate)}"
                             for who, rate in (("You", score.student), ("The attack", score.attack)))
        if not self.game.over:
            return stands
        end = {"attack": "<b>The attack beat you.</b>", "student": "<b>You beat the attack.</b>",
               None: f"<b>No winner:</b> {self.game.rounds} rounds cannot tell you apart."}[score.winner]
        return (f"{stands}<br>Only the attack was right in {score.attack_alone} rounds, only you in "
                f"{score.student_alone}. Exact sign test: p = {score.p_value:.2g}. {end}")

    def figure(self):
        """The score beside chance, as a matplotlib Figure."""
        turns = self.game.turns
        rates = {"you": self.game.score().student, "the attack": self.game.score().attack} if turns else {}
        return score_chart(rates, chance=CHANCE).figure

    @property
    def view(self) -> widgets.Widget:
        """The game to play, made at the first call."""
        if self._view_parts is None:
            self._view_parts = _View(self)
        return self._view_parts.box

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)


class _View:
    """Buttons that call the state, and outputs that show it."""

    def __init__(self, table: GuessingGame):
        self.table = table
        big = {"layout": {"width": "190px", "height": "52px"}, "style": {"font_size": "18px"}}
        self.member = widgets.Button(description="● Member", tooltip="The patient was in the training data", **big)
        self.other = widgets.Button(description="○ Not a member", tooltip="The patient was not in the training data",
                                    **big)
        self.again = widgets.Button(description="Play again", icon="refresh", tooltip="Another game, other patients",
                                    layout={"width": "386px"})
        self.patient, self.outcome, self.words = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.image = widgets.Image(format="png", layout={"width": "450px"})
        self.member.on_click(lambda button: self.guess(True))
        self.other.on_click(lambda button: self.guess(False))
        self.again.on_click(lambda button: self.start())
        left = widgets.VBox([self.patient, widgets.HBox([self.member, self.other]), self.again],
                            layout={"flex": "0 0 auto"})
        right = widgets.VBox([self.outcome, self.words, self.image],
                             layout={"flex": "1 1 0", "min_width": "0", "margin": "0 0 0 24px"})
        self.box = widgets.HBox([left, right])
        self.box.add_class("leaklab-game")
        self.show()

    def guess(self, said):
        if self.table.game.over:  # a click that came late
            return
        self.table.guess(said)
        self.show()
        if self.table.game.over:
            self.again.focus()

    def start(self):
        self.table.again()
        self.show()
        if not self.table.game.over:
            self.member.focus()

    def show(self):
        table = self.table
        self.patient.value = f"<div style='line-height:1.4;min-height:290px'>{table.patient()}</div>"
        self.outcome.value = f"<div role='status'>{table.outcome()}</div>"
        self.words.value = f"<div style='line-height:1.4'>{table.words()}</div>"
        self.image.value = png(table.figure())
        self.member.disabled = self.other.disabled = table.game.over
        self.again.disabled = not table.game.over


def coin(rate) -> str:
    """Whether a coin's rate lies in the interval, in words.

    >>> from leaklab.metrics import Rate
    >>> coin(Rate(9, 10)), coin(Rate(6, 10))
    (' (a coin is outside)', ' (a coin is inside)')
    """
    return f" (a coin is {'inside' if rate.low <= CHANCE <= rate.high else 'outside'})"
