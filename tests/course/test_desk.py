"""The desk: settings become an access, an attack becomes a row, and both sides are told."""

from copy import copy

import numpy as np
import pytest
from tiny_stage import tiny_stage

from leaklab.access import Metered, Offers, RemoteApi
from leaklab.course.desk import KEPT, LABELS, NAME_ALONE, SCORES, WHITE_BOX, Desk
from leaklab.evaluation import utility
from leaklab.experiments.hardening import study
from leaklab.server import parse_hardening, serve


@pytest.fixture(scope="module")
def parts():
    return tiny_stage()


@pytest.fixture
def desk(parts):
    desk = Desk(*parts)
    desk.queries = 100
    return desk


@pytest.mark.parametrize("holds, settings, hardening, offers", [
    (WHITE_BOX, {"decimals": 1, "noise": 0.2}, "", Offers.PARAMETERS),
    (SCORES, {}, "", Offers.SCORES),
    (SCORES, {"decimals": 1, "classes": 3, "noise": 0.2}, "laplace=0.2,topk=3,rounded=1", Offers.SCORES),
    (LABELS, {"decimals": 1, "noise": 0.05}, "laplace=0.05,labels", Offers.LABELS),
])
def test_settings_become_a_hardening(desk, holds, settings, hardening, offers):
    desk.holds = holds
    for name, value in settings.items():
        setattr(desk, name, value)
    assert desk.hardening == hardening and desk.access().offers == offers


def test_an_attack_becomes_a_row_only_when_kept(desk):
    outcome = desk.attack()
    assert desk.rows == {} and desk.recovered is None
    desk.keep(*outcome)
    assert list(desk.rows) == ["probabilities, 100 queries"]
    assert desk.recovered.images.shape == (6, 12, 12) and desk.recovered.queries <= 600
    honest = desk.rows["probabilities, 100 queries"][1]
    assert honest.value == 1 and honest.trials == 36
    assert {name: len(faces) for name, faces in desk.faces(4, reveal=True).items()} == {"the truth": 4, "recovered": 4}


def test_an_attack_cut_short_has_a_row_of_its_own(desk):
    desk.keep(*desk.attack())
    desk.access = lambda: Metered(desk.answers, 60)
    label, found, rates = desk.attack()
    assert not found.complete and label == f"probabilities, 100 queries, ended early at {found.queries} queries in all"
    desk.keep(label, found, rates)
    assert len(desk.rows) == 2 and desk.last == label and desk.attacks == 2


def test_what_legitimate_users_get_is_measured_once_a_setting(desk, monkeypatch):
    measured = []
    monkeypatch.setattr("leaklab.course.desk.utility", lambda *args: measured.append(1) or utility(*args))
    for noise in (0.5, 0.0, 0.5, 0.0, 0.5):
        desk.noise = noise
        desk.used()
    assert len(measured) == 2
    _, _, (_, used) = copy(desk).attack()
    assert used is desk.used().accuracy and len(measured) == 2, "words and chart tell the same"


@pytest.mark.parametrize("noise, hardening", [(0.5, "laplace=0.5,topk=1"), (0.1, "laplace=0.1,topk=1")])
def test_desk_and_study_tell_the_same_of_the_same_setting_in_every_run(parts, noise, hardening):
    desk = Desk(*parts)
    desk.noise, desk.classes = noise, 1
    found = study(*parts, parse_hardening(hardening, rng=0), queries=100, rng=0)
    assert desk.used() == found.utility == Desk.used(desk)
    other = study(*parts, parse_hardening(hardening, rng=1), queries=100, rng=0)
    assert other.utility != found.utility, "another seed, other noise"


def test_who_looks_at_the_name_alone_gets_what_a_customer_of_names_gets(desk):
    """The more an answer says, the more there is to leave out: no answer is safer than the name in it."""
    desk.holds = LABELS
    _, by_names, _ = desk.attack()
    desk.holds, desk.classes, desk.looks_at = SCORES, 1, NAME_ALONE
    label, found, _ = desk.attack()
    assert label == "probabilities, top 1, looks at names alone, 100 queries"
    np.testing.assert_array_equal(found.images, by_names.images)


def test_a_server_that_was_closed_is_told_with_what_to_run(parts):
    stage, model = parts
    with serve(model) as server:
        desk = Desk(stage, model, server=server)
        desk.over_http = True
    with pytest.raises(ValueError, match=r"was closed\. Run the cell with serve"):
        desk.attack()


def test_the_last_rows_are_kept(desk):
    outcome = desk.attack()
    for i in range(KEPT + 2):
        desk.keep(f"row {i}", *outcome[1:])
    desk.keep("row 5", *outcome[1:])
    assert len(desk.rows) == KEPT and list(desk.rows)[-1] == "row 5" and "row 0" not in desk.rows


def test_the_price_is_told(desk):
    assert desk.used().accuracy.value == 1 and desk.epsilon_per_query() is None
    desk.noise = 0.5
    assert desk.used().accuracy.value < 1 and desk.epsilon_per_query() == 2 / 0.5, "Laplace: sensitivity over scale"


def test_http_needs_a_server(desk):
    with pytest.raises(ValueError, match="over_http=True: needs a server"):
        desk.over_http = True
    assert desk.over_http is False and desk.access().offers == Offers.SCORES


def test_over_http_each_attack_has_a_key_and_a_budget_of_its_own(parts):
    stage, model = parts
    with serve(model) as server:
        desk = Desk(stage, model, server=server)
        desk.queries, desk.over_http, desk.decimals = 100, True, 2
        label, found, _ = desk.attack()
        assert label == "probabilities, 2 decimals, 100 queries, HTTP" and found.complete
        (key,) = server.keys.all()
        assert key.hardening == "rounded=2" and key.spent == found.queries <= key.budget
        with desk.access() as access:
            assert isinstance(access, RemoteApi)
