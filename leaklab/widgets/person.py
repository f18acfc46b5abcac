"""Who is exposed: choose a person, see their two worlds, and watch the verdict firm up with every shadow model."""

import ipywidgets as w
from markupsafe import Markup
from matplotlib.figure import Figure

from leaklab.course.card import Card
from leaklab.plots.person import in_and_out
from leaklab.plots.style import BLUE, GREY, RED, figure_of
from leaklab.widgets.old import OldDisplay as Display
from leaklab.widgets.patient import verdict


class PersonCard(Display[Card]):
    """One person's two histograms, and in words what the attacker makes of them."""

    def words(self) -> Markup:
        """What is found; the truth is folded away."""
        card, found = self.state, self.state.person()
        says = ("?", "nothing yet", GREY) if not found.judged else (
            ("●", "member", BLUE) if found.says_member else ("○", "cannot tell", RED))
        sums = Markup("log likelihood ratio <b>{:.1f}</b>, threshold {:.1f}").format(found.score, found.threshold)
        return Markup(
            "<div style='line-height:1.4'>Person {card.row} ({card.group}), true outcome: <b>{card.outcome}</b>. "
            "With {card.shadows} shadow models: {sums}.{verdict}"
            "With so many shadow models, “member” is said of {verdicts.tpr.value:.1%} of the members and of "
            "{verdicts.fpr.value:.1%} of the others."
            "<br>Over all {models} models in turn, this person was called a member by {tpr:.0%} of those trained with "
            "them and {fpr:.0%} of those without: advantage <b>{advantage:.2f}</b> [{low:.2f}, {high:.2f}], "
            "<b>{exposed}</b>."
            "<details><summary>And the truth?</summary>This person was <b>{truth}</b> of the model under attack."
            "</details></div>").format(
                card=card, sums=sums if found.judged else "too few shadow models with or without this person",
                verdict=verdict(*says), verdicts=card.verdicts(),
                models=card.found.inside[card.row] + card.found.outside[card.row],
                exposed="shown to be exposed" if card.marked[card.row] else "not shown to be exposed",
                truth="in the training data" if found.member else "not in the training data",
                **{name: getattr(card.found, name)[card.row] for name in ("tpr", "fpr", "advantage", "low", "high")})

    def figure(self) -> Figure:
        """The person's two histograms and the answer of the model under attack."""
        found, most = self.state.person(), self.state.person(self.state.counts[-1])
        ax = in_and_out(found.inside, found.outside, found.target)
        # The same axis for any number of shadow models, so that only the histograms move.
        ax.set_xlim(in_and_out(most.inside, most.outside, found.target).get_xlim())
        return figure_of(ax)

    def layout(self) -> w.Widget:
        card = self.state
        wide = {"style": {"description_width": "150px"}, "layout": {"width": "480px"}}
        self.group = w.Dropdown(options=list(card.groups), value=card.group, description="Pick from", **wide)
        self.another = w.Button(description="Another one", icon="random", tooltip="Pick another at random")
        self.shadows = w.SelectionSlider(options=card.counts, value=card.shadows, description="Shadow models", **wide)
        self.said, self.shown = w.HTML(), self.image("560px")
        self.bind(self.group, card.pick)
        self.bind(self.another, lambda: card.pick(card.group))
        self.bind(self.shadows, card.use)
        return w.VBox([w.HBox([self.group, self.another]), self.shadows, self.said, self.shown])

    def draw(self) -> None:
        self.said.value = self.words()
        self.show(self.shown, self.figure())
