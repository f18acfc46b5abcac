"""The card of one person, without a browser."""

import asyncio
import re
import time

import numpy as np
import pytest
from course_states import LONELY, lonely_turns

from leaklab.course.card import Card
from leaklab.widgets.person import PersonCard


@pytest.fixture(scope="module")
def turns():
    return lonely_turns()


@pytest.fixture
def card(turns):
    card = PersonCard(Card(turns, {"lonely": LONELY, "crowd": ~LONELY}, rng=0))
    assert card.view is card.view
    return card


def test_the_words_are_what_is_found(card):
    for group in ("crowd", "lonely"):
        card.group.value = group
        words, found, row = card.readout.words, card.state.found, card.state.row
        assert ("<b>shown to be exposed" in words) is (group == "lonely")
        assert f"<b>{found.advantage[row]:.2f}</b> [{found.low[row]:.2f}, {found.high[row]:.2f}]" in words
        assert "The truth" not in words
        card.tell.click()
        assert ("trained <b>without</b> this person" in card.readout.words) is not card.state.person().member


def test_the_truth_stays_while_shadow_models_come_and_goes_with_the_person(card):
    card.tell.click()
    card.shadows.value = 64
    assert "The truth" in card.readout.words
    card.another.click()
    assert "The truth" not in card.readout.words and not card.tell.disabled


def shown(card):
    """How many artists of the humps are seen, and the alternative text."""
    return (len(re.findall('<g id="models-', card.readout.picture)),
            re.search('aria-label="([^"]*)"', card.readout.picture)[1])


def test_each_number_of_shadow_models_shows_its_own_humps(card):
    seen = {}
    for count in card.state.counts:
        card.shadows.value = count
        artists, alt = shown(card)
        found = card.state.person()
        assert f"{len(found.inside)} trained with them" in alt and f"{len(found.outside)} trained without" in alt
        assert re.findall(r'<g id="models-(\d+)', card.readout.picture) == [str(count)] * artists and artists >= 2
        seen[count] = alt
    assert len(set(seen.values())) == len(seen)


def test_it_answers_at_once_once_a_person_is_drawn(card):
    began = time.perf_counter()
    for _ in range(3):
        for count in card.state.counts:
            card.shadows.value = count
    assert (time.perf_counter() - began) / 21 < 0.1


def test_twenty_fast_clicks_draw_two_people(card):
    async def clicks():
        await asyncio.sleep(0.3)
        began = time.perf_counter()
        for _ in range(20):
            card.another.click()
        assert time.perf_counter() - began < 1.5
        await asyncio.sleep(0.4)

    asyncio.run(clicks())
    assert f"answers {card.state.person().target:.1f}" in shown(card)[1]


def test_with_too_few_it_says_nothing_yet(card):
    card.state.use(8)
    shadows = card.state.trial.trained_on[1:9]
    card.state.row = int(np.flatnonzero(np.minimum(shadows.sum(axis=0), (~shadows).sum(axis=0)) < 3)[0])
    card.refresh()
    assert "nothing yet" in card.readout.said and "too few" in card.readout.words


def test_nobody_with_or_without_is_drawn_too(card):
    """The first shadow models may all have trained on a person."""
    trial = card.state.trial
    trial.trained_on[1:9, 5] = True
    card.state.row = 5
    card.shadows.value = 8
    assert card.readout.fault == "" and "0 trained without them;" not in shown(card)[1]
    assert "8 trained with them" in shown(card)[1] and "0 trained without them" in shown(card)[1]


def test_the_view_follows_its_controls(card):
    rows = [control for row in card.view.children[0].children for control in row.children]
    assert rows == [card.group, card.another, card.tell, card.shadows]
    assert all(control.description and control.tooltip for control in rows)
    card.group.value = "crowd"
    assert card.state.group == "crowd" and "(crowd)" in card.readout.said
    people = set()
    for _ in range(6):
        card.another.click()
        people.add(card.state.row)
    assert len(people) > 1


def test_the_still_shows_one_number_of_shadow_models(card):
    pages = set()
    for count in (8, 64):
        card.state.use(count)
        pages.add(card.still().data)
    assert len(pages) == 2 and all("<img" in page for page in pages)
