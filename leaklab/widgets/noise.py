"""The noise bench: turn the coin, and see what a crowd's answers reveal of all, and one person's of that person."""

import ipywidgets as w
import numpy as np
from markupsafe import Markup

from leaklab.course.survey import LEAST, MOST, Answered, Survey
from leaklab.metrics import Interval
from leaklab.plots.survey import survey_chart
from leaklab.plots.web import chart
from leaklab.privacy import ShareEstimate
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button, control

EPSILONS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, float(np.log(3)), 1.5, 2.0, 3.0, 4.0, 6.0, float("inf"))
CROWDS = (LEAST, 20, 40, 100, 200, 1000, 5000, 10_000, MOST)


class NoiseBench(Display[Survey]):
    """A crowd answers by a coin: dots, the estimate beside the truth, and one person's card.

    *Count these hands* takes what a real audience answered; nobody knows their truth, the widget neither.
    """

    name = "noise-bench"

    def controls(self):
        survey = self.state
        epsilons, crowds = sorted({*EPSILONS, survey.coin.epsilon}), sorted({*CROWDS, survey.people})
        self.epsilon = control(w.SelectionSlider, "Epsilon", "Larger: the coin lets people tell the truth more often",
                               width="24em", label="4em", options=[(_shown(e), e) for e in epsilons],
                               value=survey.coin.epsilon)
        self.people = control(w.SelectionSlider, "People", "How many people are asked", width="19em", label="4em",
                              options=[(f"{n:,}", n) for n in crowds], value=survey.people)
        self.population = control(w.Dropdown, "Who", "Whose answers the crowd is drawn from", width="18em", label="3em",
                                  options=list(survey.populations), value=survey.population)
        self.draw_anew = button("New draw", "Ask everybody again: new coin tosses", icon="random", primary=True)
        self.person = control(w.Dropdown, "Person", "Whose answers to look at", width="13em", label="5em",
                              options=[(name, i) for i, name in enumerate(survey.names)], value=survey.person)
        self.again = button("Ask again", "Ask the same person once more, with new tosses")
        self.again_ten = button("Ask 10 times", "Ask the same person ten times more")
        self.yes, self.no = (
            control(w.BoundedIntText, f"Hands: {word}", f"How many of the audience answered “{word}” by their coin",
                    width="12em", label="6em", min=0, max=MOST, value=0) for word in ("yes", "no"))
        self.count = button("Count these hands", "Take the hands for the answers, instead of the simulated ones")
        self.simulate = button("Back to the simulation", "Show the simulated crowd, whose truth is known")
        for control_, call in ((self.epsilon, survey.turn), (self.people, survey.gather),
                               (self.population, survey.choose), (self.draw_anew, survey.toss),
                               (self.person, survey.meet), (self.again, survey.ask_again),
                               (self.again_ten, lambda: survey.ask_again(10)),
                               (self.count, lambda: survey.count(self.yes.value, self.no.value)),
                               (self.simulate, survey.simulate)):
            self.bind(control_, call)
        return [[self.epsilon, self.people, self.draw_anew], [self.population, self.person, self.again, self.again_ten],
                [self.yes, self.no, self.count, self.simulate]]

    def draw(self):
        survey = self.state
        self.epsilon.value, self.people.value = survey.coin.epsilon, survey.people
        self.population.value, self.person.value = survey.population, survey.person
        self.simulate.disabled = survey.counted is None
        for control_ in (self.person, self.again, self.again_ten):
            control_.disabled = survey.counted is not None  # of hands nobody knows whose they are

    def said(self):
        return crowd_words(self.state.estimate, self.state.coin.epsilon, self.state.share)

    def words(self):
        survey = self.state
        one = self._hand() if survey.counted else card(survey.answered)
        return Markup(
            "<div class='leaklab-verdict leaklab-blue'>{}</div><details><summary>How the coin works</summary>"
            "<p>Everybody tells the truth with a probability of {}; otherwise a fair coin answers for them. So an "
            "answer is the true one in {} of cases, and the false one in {}. Epsilon is the logarithm of that ratio: "
            "each answer changes the odds of a secret by a factor of e^epsilon = {} at most.</p></details>").format(
                one, percent(survey.coin.truth), percent(survey.coin.keep), percent(1 - survey.coin.keep),
                _number(np.exp(survey.coin.epsilon)))

    def _hand(self) -> Markup:
        prior, coin = self.state.prior, self.state.coin
        return Markup("A hand raised for “yes”: the belief that it is true goes from {} to <b>{}</b>{}.").format(
            percent(prior), percent(coin.belief(prior, yes=1, no=0)), "" if coin.epsilon in (0, np.inf) else " at most")

    def picture(self):
        survey, found = self.state, self.state.estimate
        answers, untrue = np.arange(found.people) < found.yes, None
        if survey.counted is None:
            answers = survey.answers
            untrue = answers != survey.secrets
        shares = {"truth": survey.share, "estimate": Interval(found.value, found.low, found.high),
                  "answers": found.naive.value}
        truth = "unknown" if survey.share is None else _of(survey.share, found.people)
        crossed = "" if untrue is None else f", {untrue.sum():,} of the answers not true"
        naive = _of(found.naive.value, found.people)
        return chart(survey_chart(answers, untrue, shares),
                     f"A crowd of dots: {found.yes:,} of {found.people:,} said yes{crossed}. Share of yes: truth "
                     f"{truth}, estimate {_estimate(found)}, answers as they are {naive}.")

    def key(self):
        survey = self.state
        return survey.population, survey.people, survey.coin.epsilon, survey.tosses, survey.counted


def crowd_words(found: ShareEstimate, epsilon: float, truth: float | None) -> str:
    """What a crowd's answers say, in sentences.

    >>> crowd_words(ShareEstimate(22, 40, 0.6, 0.33, 0.9), 1.0, 0.5)
    '22 of 40 said yes. Estimate of the true share: 60% (95% interval 33% to 90%). The truth: 50%.'
    """
    told = "Nobody knows the truth." if truth is None else f"The truth: {_of(truth, found.people)}."
    answers = f"{found.yes:,} of {found.people:,} said yes."
    if epsilon == 0:
        return f"{answers} With epsilon 0 the coin alone answers: nobody is given away, and nothing is learned. {told}"
    if epsilon == np.inf:
        return (f"{answers} Without a coin the share is exact, {_of(found.value, found.people)}, and every answer is "
                "somebody's secret.")
    if found.high - found.low > 0.95:
        return f"{answers} With so much noise any share from {percent(found.low)} to {percent(found.high)} fits. {told}"
    odd = ""
    if truth is None and not found.fits:
        odd = " Answers so one-sided hardly come of this coin: does everybody follow it?"
    elif not 0 <= found.value <= 1:
        odd = " Chance may carry the estimate beyond 0% or 100%; the interval is cut off there."
    return f"{answers} Estimate of the true share: {_estimate(found)}.{odd} {told}"


def card(one: Answered) -> Markup:
    """What the answers of one person reveal, in sentences."""
    word = "yes" if one.last else "no"
    prior = one.prior if one.last else 1 - one.prior
    if one.times == 1:
        if not one.epsilon:
            return Markup("{} said “{}”: the coin alone answered, and the belief stays at <b>{}</b>.").format(
                one.name, word, percent(prior))
        return Markup("{} said “{}”: the belief that it is true goes from {} to <b>{}</b>{}.").format(
            one.name, word, percent(prior), percent(one.bound), "" if one.epsilon == np.inf else " at most")
    toward, prior, belief = ("yes", one.prior, one.belief) if one.belief >= one.prior else (
        "no", 1 - one.prior, 1 - one.belief)
    return Markup(
        "{} was asked {} times: {} yes, {} no. The belief in “{}” goes from {} to <b>{}</b>. Epsilon adds up to {}; "
        "the majority of {} answers is the truth in {} of cases."
        "<details><summary>And the truth?</summary>{} would truly say “{}”.</details>").format(
            one.name, one.times, one.yes, one.no, toward, percent(prior), percent(belief), _number(one.epsilon),
            one.times, percent(one.majority), one.name, "yes" if one.secret else "no")


def percent(share: float) -> str:
    """A share in whole percent, with decimals near the ends.

    >>> percent(0.731), percent(0.9993), percent(0.0004), percent(0.99999999), percent(1.0), percent(1.2)
    ('73%', '99.93%', '0.04%', 'over 99.99%', '100%', '120%')
    """
    if 0.9999 < share < 1:
        return "over 99.99%"
    if 0 < share < 0.0001:
        return "under 0.01%"
    return f"{share:.2%}" if 0.99 < share < 1 or 0 < share < 0.01 else f"{share:.0%}"


def _of(share: float, people: int) -> str:
    """A share of a crowd; of a large one with a decimal, or the interval would be invisible."""
    return f"{share:.1%}" if people >= 1000 else percent(share)


def _estimate(found: ShareEstimate) -> str:
    if np.isnan(found.value):
        return "none: the answers say nothing"
    value, low, high = (_of(share, found.people) for share in (found.value, found.low, found.high))
    return f"{value} (95% interval {low} to {high})"


def _number(value: float) -> str:
    return "infinity" if value == np.inf else f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def _shown(epsilon: float) -> str:
    if epsilon == 0:
        return "0: coin alone"
    return "no coin" if epsilon == np.inf else f"{epsilon:.2g}"
