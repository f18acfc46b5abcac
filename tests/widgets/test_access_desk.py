"""The desk without a browser: settings become an access, an attack becomes a row, and both sides are told."""

import pytest
from tiny_stage import tiny_stage

from leaklab.access import Metered, Offers, RemoteApi
from leaklab.server import serve
from leaklab.widgets.access import KEPT, LABELS, SCORES, WHITE_BOX, AccessDesk, _View


@pytest.fixture(scope="module")
def parts():
    return tiny_stage()


@pytest.fixture
def desk(parts):
    desk = AccessDesk(*parts, shown=4)
    desk.queries = 100
    return desk


@pytest.mark.parametrize("holds, settings, hardening, offers", [
    (WHITE_BOX, {"decimals": 1, "noise": 0.2}, "", Offers.PARAMETERS),
    (SCORES, {}, "", Offers.SCORES),
    (SCORES, {"decimals": 1, "classes": 3, "noise": 0.2}, "noisy=0.2,topk=3,rounded=1", Offers.SCORES),
    (LABELS, {"decimals": 1, "noise": 0.05}, "noisy=0.05,labels", Offers.LABELS),
])
def test_settings_become_a_hardening(desk, holds, settings, hardening, offers):
    desk.holds = holds
    for name, value in settings.items():
        setattr(desk, name, value)
    assert desk.hardening == hardening and desk.access().offers == offers


def test_an_attack_becomes_a_row_only_when_kept(desk):
    outcome = desk.attack()
    assert desk.rows == {} and desk.recovered is None and desk.comparison() is None
    desk.keep(*outcome)
    assert list(desk.rows) == ["probabilities, 100 queries"]
    assert desk.recovered.images.shape == (6, 12, 12) and desk.recovered.queries <= 600
    honest = desk.rows["probabilities, 100 queries"][1]
    assert honest.value == 1 and honest.trials == 36
    assert len(desk.comparison().axes) == 1 and len(desk.faces(reveal=True).axes[0].images) == 8


def test_the_last_rows_are_kept(desk):
    outcome = desk.attack()
    for i in range(KEPT + 2):
        desk.keep(f"row {i}", *outcome[1:])
    desk.keep("row 5", *outcome[1:])
    assert len(desk.rows) == KEPT and list(desk.rows)[-1] == "row 5" and "row 0" not in desk.rows


def test_the_price_is_told(desk):
    assert "100%" in desk.honest() and "epsilon" not in desk.honest()
    desk.noise = 0.5
    assert "epsilon" in desk.honest()


def test_over_http_each_attack_has_a_key_and_a_budget_of_its_own(parts):
    stage, model = parts
    with serve(model) as server:
        desk = AccessDesk(stage, model, server=server)
        desk.queries, desk.over_http, desk.decimals = 100, True, 2
        label, found, _ = desk.attack()
        assert label == "probabilities, 2 decimals, 100 queries, HTTP" and found.complete
        (key,) = server.keys.all()
        assert key.hardening == "rounded=2" and key.spent == found.queries <= key.budget
        with desk.access() as access:
            assert isinstance(access, RemoteApi)


def test_the_view_attacks_stops_and_tells(desk):
    view = _View(desk)
    assert view.controls["over_http"].disabled, "there is no server"
    view.controls["decimals"].value = 1
    assert desk.decimals == 1
    view.controls["decimals"].value = "all"
    assert desk.decimals is None
    view.start.click()
    assert view.background.wait()
    assert "of 6 recognised" in view.words.value and view.comparison.value and not view.start.disabled
    before = view.faces.value
    view.reveal.value = True
    assert view.faces.value != before
    view.start.click()
    view.stop.click()
    assert view.background.wait() and "Stopped" in view.words.value and not view.start.disabled


def test_settings_that_mean_nothing_are_greyed(desk):
    view = _View(desk)
    view.controls["holds"].value = LABELS
    assert view.controls["decimals"].disabled and not view.controls["noise"].disabled
    view.controls["holds"].value = WHITE_BOX
    assert view.controls["queries"].disabled and view.controls["noise"].disabled


def test_a_failure_is_told(desk):
    desk.access = lambda: Metered(desk.answers, 3)
    view = _View(desk)
    view.background.start(desk.attack, view._arrive, view._fail, view._report)
    assert view.background.wait()
    assert "budget of 3" in view.words.value
