"""Who is exposed: choose a person, see their two worlds, and watch the verdict firm up with every shadow model."""

from collections.abc import Mapping

import ipywidgets as widgets
import numpy as np

from leaklab import _validate as v
from leaklab.course.person import Evidence, Trial
from leaklab.experiments.turns import Turns
from leaklab.metrics import exposure
from leaklab.plots.person import in_and_out
from leaklab.plots.style import png

SHADOWS = (8, 12, 16, 24, 32, 48, 64)


class PersonCard:
    """The state of the card, and its view (``.view``; or let the notebook show the object).

    Parameters
    ----------
    turns : Turns
        The first model is under attack; the others are its shadow models.
    groups : mapping of str to bool array (people,)
        Whom one can pick from: `Turns.people`, whose outcome is that of their first record.
    rng : int or numpy.random.Generator
        Decides who is picked.
    """

    def __init__(self, turns: Turns, groups: Mapping[str, np.ndarray], *, rng):
        self.groups = {name: np.flatnonzero(v.mask(name, mask, (len(turns.first),)))
                       for name, mask in groups.items()}
        for name, rows in self.groups.items():
            if not len(rows):
                v.fail("groups", name, "must hold somebody")
        self.trial, self.label = Trial(turns), turns.label[turns.first]
        self.counts = [count for count in SHADOWS if count <= self.trial.most]
        if not self.counts:
            v.fail("turns", len(turns.trained_on), f"must hold at least {SHADOWS[0] + 1} models")
        self.found = exposure(*turns.by_person(turns.scores("LiRA")))
        self.marked = self.found.exposed()
        self.shadows = self.counts[-1]
        self._rng, self._view_parts = v.generator(rng), None
        self.pick(next(iter(self.groups)))

    def pick(self, group: str) -> None:
        """Choose somebody of a group at random."""
        self.group = v.one_of("group", group, self.groups)
        self.row = int(self._rng.choice(self.groups[group]))

    def use(self, shadows: int) -> None:
        """Give the attacker so many shadow models."""
        self.shadows = v.one_of("shadows", shadows, self.counts)

    def person(self) -> Evidence:
        """What the attacker finds of the person."""
        return self.trial.person(self.row, shadows=self.shadows)

    def figure(self):
        """The person's two histograms and the answer of the model under attack, as a matplotlib Figure."""
        found = self.person()
        ax = in_and_out(found.inside, found.outside, found.target)
        # The same axis for any number of shadow models, so that only the histograms move.
        ax.set_xlim(in_and_out(*self._all_sides(), found.target).get_xlim())
        return ax.figure

    def words(self) -> str:
        """The same in words, as HTML; the truth is folded away."""
        found, row, all_of = self.person(), self.row, self.found
        verdicts = self.trial.verdicts(self.shadows)
        symbol, verdict, colour = _verdict(found)
        exposed = "shown to be exposed" if self.marked[row] else "not shown to be exposed"
        truth = "in the training data" if found.member else "not in the training data"
        sums = (f"log likelihood ratio <b>{found.score:.1f}</b>, threshold {found.threshold:.1f}" if found.judged
                else "too few shadow models with or without this person")
        return (
            f"<div style='line-height:1.4'>Person {row} ({self.group}), "
            f"true outcome: <b>{('healthy', 'ill')[self.label[row]]}</b>. With {self.shadows} shadow models: {sums}."
            f"<div role='status' style='border-left:6px solid {colour};padding:4px 12px;margin:6px 0;font-size:150%'>"
            f"<span aria-hidden='true'>{symbol}</span> The attack says: <b>{verdict}</b></div>"
            f"With so many shadow models, “member” is said of {verdicts.tpr.value:.1%} of the members and of "
            f"{verdicts.fpr.value:.1%} of the others."
            f"<br>Over all {all_of.inside[row] + all_of.outside[row]} models in turn, this person was called a member "
            f"by {all_of.tpr[row]:.0%} of those trained with them and {all_of.fpr[row]:.0%} of those without: "
            f"advantage <b>{all_of.advantage[row]:.2f}</b> [{all_of.low[row]:.2f}, {all_of.high[row]:.2f}], "
            f"<b>{exposed}</b>."
            f"<details><summary>And the truth?</summary>This person was <b>{truth}</b> of the model under attack."
            f"</details></div>")

    @property
    def view(self) -> widgets.Widget:
        """The card, made at the first call."""
        if self._view_parts is None:
            self._view_parts = _View(self)
        return self._view_parts.box

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)

    def _all_sides(self):
        everything = self.trial.person(self.row, shadows=self.counts[-1])
        return everything.inside, everything.outside


class _View:
    """Controls that call the state, and outputs that show it."""

    def __init__(self, card: PersonCard):
        self.card = card
        wide = {"style": {"description_width": "150px"}, "layout": {"width": "480px"}}
        self.group = widgets.Dropdown(options=list(card.groups), value=card.group, description="Pick from", **wide)
        self.another = widgets.Button(description="Another one", icon="random", tooltip="Pick another at random")
        self.shadows = widgets.SelectionSlider(options=card.counts, value=card.shadows, description="Shadow models",
                                               **wide)
        self.words = widgets.HTML()
        self.image = widgets.Image(format="png", layout={"width": "560px"})
        self.group.observe(lambda change: self.pick(), "value")
        self.another.on_click(lambda button: self.pick())
        self.shadows.observe(lambda change: self.use(change.new), "value")
        self.box = widgets.VBox([widgets.HBox([self.group, self.another]), self.shadows, self.words, self.image])
        self.show()

    def pick(self):
        self.card.pick(self.group.value)
        self.show()

    def use(self, shadows):
        self.card.use(shadows)
        self.show()

    def show(self):
        self.words.value = self.card.words()
        self.image.value = png(self.card.figure(), dpi=90)


def _verdict(found: Evidence) -> tuple[str, str, str]:
    if not found.judged:
        return "?", "nothing yet", "#6b6b6b"
    return ("●", "member", "#0072B2") if found.says_member else ("○", "cannot tell", "#D55E00")
