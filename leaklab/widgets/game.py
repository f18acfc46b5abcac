"""Guess against the attack, with two buttons: the view of `leaklab.course.game.Game`."""

import ipywidgets as w
from markupsafe import Markup
from matplotlib.figure import Figure

from leaklab.course.form import answers
from leaklab.course.game import CHANCE, Game
from leaklab.plots.membership import score_chart
from leaklab.plots.style import figure_of
from leaklab.widgets.old import OldDisplay as Display
from leaklab.widgets.patient import SAYS, percent


class GuessingGame(Display[Game]):
    """A game to play by mouse or keyboard."""

    dpi = 110

    def patient(self) -> Markup:
        """The patient in question."""
        if self.state.over:
            return Markup("<h3 style='margin:0'>All {} patients judged</h3>").format(self.state.rounds)
        now = self.state.round
        rows = Markup("").join(
            Markup("<tr><th scope='row' style='text-align:left;font-weight:normal;padding-right:24px'>{}</th>"
                   "<td><b>{}</b></td></tr>").format(*said) for said in answers(now.record).items())
        return Markup("<h3 style='margin:0'>Patient {now.number} of {rounds}</h3><table>{rows}</table>"
                      "True outcome: <b>{outcome}</b>.<br>"
                      "The model's answer: {now.answer} with probability <b>{now.probability:.0%}</b>.").format(
                          now=now, rounds=self.state.rounds, rows=rows,
                          outcome=now.record.classes[now.record.label[0]])

    def outcome(self) -> Markup:
        """The truth about the last patient, and what both players had said."""
        if not self.state.turns:
            return Markup("Was this patient in the training data?")
        last = self.state.turns[-1]
        mark, truth, color = SAYS[last.member]
        said = Markup("; ").join(
            Markup("{} said <b>{}</b>, {}").format(who, SAYS[what][1], "right ✓" if what == last.member else "wrong ✗")
            for who, what in (("you", last.said), ("the attack", last.attack)))
        return Markup("<div style='border-left:6px solid {};padding:4px 12px;line-height:1.4'>Patient {}: "
                      "<span aria-hidden='true'>{}</span> <b>{}</b>.<br>{}.</div>").format(
                          color, len(self.state.turns), mark, truth, said)

    def words(self) -> Markup:
        """The score, and after the last round whether one of the two has won."""
        game = self.state
        if not game.turns:
            return Markup("No score yet. A coin would be right in {:.0%}.").format(CHANCE)
        score = game.score()
        stands = Markup("<br>").join(
            Markup("{}: <b>{}</b> of {} right, {}{}").format(who, rate.successes, rate.trials, percent(rate),
                                                             coin(rate))
            for who, rate in (("You", score.student), ("The attack", score.attack)))
        if not game.over:
            return stands
        end = {"attack": Markup("<b>The attack beat you.</b>"), "student": Markup("<b>You beat the attack.</b>"),
               None: Markup("<b>No winner:</b> {} rounds cannot tell you apart.").format(game.rounds)}[score.winner]
        return Markup("{}<br>Only the attack was right in {} rounds, only you in {}. Exact sign test: p = {:.2g}. {}"
                      ).format(stands, score.attack_alone, score.student_alone, score.p_value, end)

    def figure(self) -> Figure:
        """The score beside chance."""
        rates = {}
        if self.state.turns:
            score = self.state.score()
            rates = {"you": score.student, "the attack": score.attack}
        return figure_of(score_chart(rates, chance=CHANCE))

    def layout(self) -> w.Widget:
        big = {"layout": {"width": "190px", "height": "52px"}, "style": {"font_size": "18px"}}
        self.member = w.Button(description="● Member", tooltip="The patient was in the training data", **big)
        self.other = w.Button(description="○ Not a member", tooltip="The patient was not in the training data", **big)
        self.again = w.Button(description="Play again", icon="refresh", tooltip="Another game, other patients",
                              layout={"width": "386px"})
        self.asked, self.ended, self.said = w.HTML(), w.HTML(), w.HTML()
        self.shown = self.image("450px")
        self.bind(self.member, lambda: self.guess(True))
        self.bind(self.other, lambda: self.guess(False))
        self.bind(self.again, self.start)
        left = w.VBox([self.asked, w.HBox([self.member, self.other]), self.again], layout={"flex": "0 0 auto"})
        right = w.VBox([self.ended, self.said, self.shown],
                       layout={"flex": "1 1 0", "min_width": "0", "margin": "0 0 0 24px"})
        box = w.HBox([left, right])
        box.add_class("leaklab-game")
        return box

    def draw(self) -> None:
        over = self.state.over
        self.member.disabled, self.other.disabled, self.again.disabled = over, over, not over
        self.asked.value = Markup("<div style='line-height:1.4;min-height:290px'>{}</div>").format(self.patient())
        self.ended.value = Markup("<div role='status'>{}</div>").format(self.outcome())
        self.said.value = Markup("<div style='line-height:1.4'>{}</div>").format(self.words())
        self.show(self.shown, self.figure())

    def guess(self, said: bool) -> None:
        """Say "member" (True) or "not a member" (False); a click that comes after the last round says nothing."""
        if not self.state.over:
            self.state.guess(said)
            if self.state.over:
                self.again.disabled = False
                self.again.focus()

    def start(self) -> None:
        """Another game; where patients run out, the page says so."""
        self.state.again()
        self.member.disabled = False
        self.member.focus()


def coin(rate) -> str:
    """Whether a coin's rate lies in the interval, in words.

    >>> from leaklab.metrics import Rate
    >>> coin(Rate(9, 10)), coin(Rate(6, 10))
    (' (a coin is outside)', ' (a coin is inside)')
    """
    return f" (a coin is {'inside' if rate.low <= CHANCE <= rate.high else 'outside'})"
