"""Who is exposed: choose a person, see their two worlds, and watch the verdict firm up with every shadow model."""

import ipywidgets as w
from markupsafe import Markup

from leaklab.course.card import Card
from leaklab.plots.moving import MovingChart
from leaklab.plots.person import growing
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button, control
from leaklab.widgets.verdict import CANNOT_TELL, NOTHING, SAYS, verdict


class PersonCard(Display[Card]):
    """One person's two histograms, and in words what the attacker makes of them."""

    name = "person-card"
    drawn: tuple = (None, None)

    def controls(self):
        card = self.state
        self.group = control(w.Dropdown, "Pick from", "Whom to pick from, at random", options=list(card.groups),
                             value=card.group, width="22em", label="5em")
        self.another = button("Another one", "Pick another at random", icon="random")
        self.tell = button("Reveal the truth", "Tell whether the model under attack was trained on them", icon="eye")
        self.shadows = control(w.SelectionSlider, "Shadow models", "How many the attacker trains", options=card.counts,
                               value=card.shadows, width="30em", label="8em")
        self.bind(self.group, card.pick)
        self.bind(self.another, lambda: card.pick(card.group))
        self.bind(self.tell, card.tell)
        self.bind(self.shadows, card.use)
        return [[self.group, self.another, self.tell], [self.shadows]]

    def draw(self):
        card = self.state
        self.group.value, self.shadows.value, self.tell.disabled = card.group, card.shadows, card.told

    def said(self):
        card, found = self.state, self.state.person()
        word = NOTHING if not found.judged else SAYS[True] if found.says_member else CANNOT_TELL
        return Markup("Person {card.row} ({card.group}), true outcome: <b>{card.outcome}</b>. With {card.shadows} "
                      "shadow models:{verdict}").format(card=card, verdict=verdict(*word))

    def words(self):
        card, found = self.state, self.state.person()
        truth = Markup("<p>The truth: the model under attack was trained <b>{}</b> this person.</p>").format(
            "with" if found.member else "without") if card.told else ""
        sums = Markup("log likelihood ratio <b>{:.1f}</b>, threshold {:.1f}").format(found.score, found.threshold)
        return Markup(
            "{truth}<p>{inside} shadow models with this person, {outside} without: {sums}. With so many, “member” is "
            "said of {verdicts.tpr.value:.1%} of the members and of {verdicts.fpr.value:.1%} of the others.</p>"
            "<p>Over all {models} models in turn, this person was called a member by {tpr:.0%} of those trained with "
            "them and {fpr:.0%} of those without: advantage <b>{advantage:.2f}</b> [{low:.2f}, {high:.2f}], "
            "<b>{exposed}</b>.</p>").format(
                truth=truth, inside=len(found.inside), outside=len(found.outside),
                sums=sums if found.judged else "too few", verdicts=card.verdicts(),
                models=card.found.inside[card.row] + card.found.outside[card.row],
                exposed="shown to be exposed" if card.marked[card.row] else "not shown to be exposed",
                **{name: getattr(card.found, name)[card.row] for name in ("tpr", "fpr", "advantage", "low", "high")})

    def picture(self):
        card, found = self.state, self.state.person()
        if self.drawn[0] != card.row:  # all numbers of shadow models at once, of which one is shown
            along = {count: card.person(count) for count in card.counts}
            sides = {count: (one.inside, one.outside) for count, one in along.items()}
            chart = MovingChart(growing(sides, found.target))
            chart.mark("target", "the model under attack")
            self.drawn = card.row, chart
        means = "; ".join(f"{len(side)} trained {how} them" + (f", mean {side.mean():.1f}" if len(side) else "")
                          for how, side in (("with", found.inside), ("without", found.outside)))
        return self.drawn[1].show(
            f"Histograms of the models' logits: {means}. The model under attack answers {found.target:.1f}.",
            hidden={f"models-{count}" for count in card.counts if count != card.shadows}, target=found.target)
