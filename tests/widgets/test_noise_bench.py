"""The noise bench's view, without a browser: the coin turns, hands are counted, one person's card is told."""

import re

import numpy as np
import pytest

from leaklab.course import Survey, room
from leaklab.plots.survey import survey_chart
from leaklab.privacy import RandomizedResponse
from leaklab.widgets import NoiseBench
from leaklab.widgets.noise import card, crowd_words


@pytest.fixture
def bench():
    bench = NoiseBench(Survey(room(0.3) | {"all yes": [True] * 9}, rng=0))
    assert bench.view is bench.view
    return bench


def alt(bench):
    return re.search('aria-label="([^"]*)"', bench.readout.picture)[1]


def test_it_opens_on_a_room_of_forty_with_two_coins(bench):
    found = bench.state.estimate
    assert f"{found.yes} of 40 said yes" in bench.readout.said and "The truth:" in bench.readout.said
    assert f"{found.value:.0%} (95% interval {found.low:.0%} to {found.high:.0%})" in bench.readout.said
    assert f"{found.yes} of 40 said yes" in alt(bench) and "not true" in alt(bench)
    assert "from 50% to <b>75%</b> at most" in bench.readout.words and bench.readout.words.startswith("<div")


def test_the_slider_turns_the_coin_and_tosses_nothing_anew(bench):
    before = bench.readout.said, bench.readout.picture
    bench.epsilon.value = 3.0
    assert bench.state.coin.epsilon == 3.0 and bench.readout.said != before[0] and bench.readout.picture != before[1]
    bench.epsilon.value = float(np.log(3))
    assert (bench.readout.said, bench.readout.picture) == before
    bench.draw_anew.click()
    assert bench.readout.picture != before[1]


def test_the_ends_are_told_in_words(bench):
    bench.epsilon.value = 0.0
    assert "nothing is learned" in bench.readout.said and "stays at <b>50%</b>" in bench.readout.words
    assert "none: the answers say nothing" in alt(bench)
    bench.epsilon.value = float("inf")
    assert "exact" in bench.readout.said and "<b>100%</b>." in bench.readout.words and "0 of the answers" in alt(bench)
    bench.epsilon.value = 0.1
    assert "any share from 0% to 100% fits" in bench.readout.said


@pytest.mark.parametrize("people", [10, 1000, 100_000])
def test_any_crowd_is_drawn(bench, people):
    bench.people.value = people
    assert f"of {people:,} said yes" in bench.readout.said and f"of {people:,} said yes" in alt(bench)
    drawn = re.sub("<[^>]*>", "", bench.readout.picture)
    assert (f"first 200 of {people:,}" in drawn) == (people > 200)


def test_one_person_asked_again(bench):
    bench.population.value = "all yes"
    bench.person.value = 2
    assert bench.state.person == 2 and bench.state.answered.name in bench.readout.words
    bench.again.click()
    assert "asked 2 times" in bench.readout.words and "Epsilon adds up to 2.2" in bench.readout.words
    for _ in range(4):
        bench.again_ten.click()
    assert "asked 42 times" in bench.readout.words and "over 99.99%" in bench.readout.words
    assert "would truly say “yes”" in bench.readout.words and "<details>" in bench.readout.words
    bench.state.asked = 100
    bench.again.click()
    assert "nobody answers more than 100 times" in bench.readout.fault


def test_the_room_raises_hands(bench):
    bench.yes.value, bench.no.value = 22, 18
    bench.count.click()
    assert "22 of 40 said yes" in bench.readout.said and "60%" in bench.readout.said
    assert "Nobody knows the truth" in bench.readout.said and "A hand raised" in bench.readout.words
    assert "truth unknown" in alt(bench) and "not true" not in alt(bench) and bench.person.disabled
    assert not bench.simulate.disabled
    bench.yes.value, bench.no.value = 40, 0
    bench.count.click()
    assert "does everybody follow it?" in bench.readout.said
    bench.yes.value = 0
    bench.count.click()
    assert "Somebody must answer" in bench.readout.fault and "40 of 40" in bench.readout.said
    bench.simulate.click()
    assert "The truth:" in bench.readout.said and bench.readout.fault == "" and bench.simulate.disabled
    assert not bench.person.disabled


def test_an_estimate_beyond_the_axis_is_explained():
    found = RandomizedResponse(2.0).estimate(9, 100)
    assert found.value < 0 and "cut off there" in crowd_words(found, 2.0, None)
    odd = RandomizedResponse(2.0).estimate(3, 100)
    assert "does everybody follow it?" in crowd_words(odd, 2.0, None)
    assert "cut off there" in crowd_words(odd, 2.0, 0.0), "simulated people do follow it"


def test_a_belief_in_no_is_told_as_such():
    survey = Survey({"no": [False]}, epsilon=6.0, prior=0.2, rng=0)
    assert "said “no”" in card(survey.answered) and "from 80% to <b>99.94%</b>" in card(survey.answered)
    survey.ask_again(9)
    assert "The belief in “no” goes from 80%" in card(survey.answered)


def test_settings_of_ones_own_are_on_the_sliders():
    bench = NoiseBench(Survey(people=77, epsilon=0.9, rng=0))
    assert bench.view and (bench.people.value, bench.epsilon.value) == (77, 0.9)


def test_every_control_says_what_it_does(bench):
    controls = [control for row in bench.view.children[0].children for control in row.children]
    assert len(controls) == 11 and all(c.tooltip and c.description for c in controls)


def test_it_reads_without_a_kernel(bench):
    page = bench.still().data
    assert "data:image/svg" in page and "said yes" in page


def test_letters_are_large(bench):
    sizes = [float(size) for size in re.findall(r"font: (?:normal )*([\d.]+)px", bench.readout.picture)] or [
        float(size) for size in re.findall(r"font-size: ?([\d.]+)px", bench.readout.picture)]
    assert sizes and min(sizes) >= 14


def test_the_chart_marks_what_lies_beyond_by_an_arrow():
    lines = survey_chart([True] * 3, None, {"truth": None, "estimate": 1.7, "answers": 0.5}).lines
    assert [line.get_marker() for line in lines][-2:] == [">", "s"]
