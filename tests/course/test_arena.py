"""The capstone over the network: by key, without a hint from the referee, whatever a red sends."""

import http.client
import json

import numpy as np
import pytest

from leaklab._validate import Refused
from leaklab.access import BlackBox, BudgetSpent, RemoteApi
from leaklab.course import Arena, Contest, Defense, Rules, ShadowRed, join, threshold_red
from leaklab.server import Keys, list_keys, serve

RULES = Rules(candidates=100, unseen=100, most_people=100)
PATH = "/v1/models/model/capstone"


@pytest.fixture(scope="module")
def contest():
    return Contest(Defense(people=100, epochs=3, answers="noisy=0.1", budget=300), seed=1, rules=RULES)


@pytest.fixture
def arena(contest):
    with Arena(contest) as running:
        yield running


def send(arena, key, body, method="POST"):
    connection = http.client.HTTPConnection(arena.url.removeprefix("http://"), timeout=20)
    connection.request(method, PATH, body, {"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said


def test_reds_play_over_the_network(contest, arena):
    keys = {name: arena.enter(name) for name in ("Ada", "Bo", "Cy")}
    with join(arena.url, keys["Ada"]) as ada, join(arena.url, keys["Bo"]) as bo:
        local = contest.challenge()
        np.testing.assert_array_equal(ada.challenge.x, local.x)
        np.testing.assert_array_equal(ada.challenge.y, local.y)
        assert ada.challenge.defense == contest.defense
        ada.hand_in(ShadowRed(shadows=4, times=9)(ada.challenge, np.random.default_rng(0)))
        assert ada.challenge.access.queries == 300, "as many as the budget allows"
        bo.hand_in(threshold_red(bo.challenge, np.random.default_rng(0)))
        bo.hand_in(contest._member)  # the last list counts
    board = arena.scoreboard()
    assert list(board) == ["Bo", "Ada"] and board["Bo"].auc.value == 1 and board["Bo"].winner == "red"
    assert (board["Ada"].queries, board["Bo"].queries) == (300, 100)


def test_handing_in_tells_nothing_and_costs_nothing(contest, arena):
    key = arena.enter("Ada")
    answers = {send(arena, key, json.dumps({"scores": list(map(float, scores))}))
               for scores in (contest._member, ~contest._member, np.zeros(100))}
    assert answers == {(200, '{"received": true}')}
    assert [one.spent for one in arena._server.keys.all()] == [0]
    assert not {"member", "seed", "table"} & set(json.loads(send(arena, key, None, "GET")[1]))


def test_a_budget_is_a_budget(arena):
    with join(arena.url, arena.enter("Ada")) as team:
        for _ in range(3):
            team.challenge.access.probabilities(team.challenge.x)
        with pytest.raises(BudgetSpent):
            team.challenge.access.probabilities(team.challenge.x[:1])


@pytest.mark.parametrize("body", [
    "", "{}", "[]", "null", '{"scores": null}', '{"scores": []}', '{"scores": [NaN]}', '{"scores": "0"}',
    json.dumps({"scores": [0.0] * 99}), json.dumps({"scores": [0.0] * 101}), json.dumps({"scores": ["a"] * 100}),
    json.dumps({"scores": [[0.0]] * 100}), json.dumps({"scores": [10**400] * 100}), "[" * 50_000,
    json.dumps({"scores": [float("inf")] * 100}), json.dumps({"scores": [0.0] * 100, "name": "Bo"}), b"\xff\xfe"])
def test_hostile_scores_are_refused_with_a_sentence(arena, body):
    status, said = send(arena, arena.enter("Ada"), body)
    assert status == 400 and "error" in json.loads(said) and "Traceback" not in said
    assert arena.handed_in == {} and arena.scoreboard() == {}


def test_without_a_key_nothing(arena):
    for method in ("GET", "POST"):
        assert send(arena, "leaklab_0_x", '{"scores": []}', method)[0] == 401
    with pytest.raises(Refused, match="401"):
        join(arena.url, "leaklab_0_x")


def test_a_team_refuses_its_own_slips_before_they_are_sent(arena):
    with join(arena.url, arena.enter("Ada")) as team:
        for bad in ([0.0] * 99, [np.nan] * 100):
            with pytest.raises(ValueError, match="scores"):
                team.hand_in(bad)
    assert arena.handed_in == {}


def test_two_of_one_name_are_told_apart(arena):
    for _ in range(2):
        with join(arena.url, arena.enter("Ada")) as team:
            team.hand_in(np.arange(100))
    assert len(arena.scoreboard()) == 2 and all(name.startswith("Ada (") for name in arena.scoreboard())


def test_where_no_contest_is_served(contest):
    with serve(BlackBox(contest.model)) as server, pytest.raises(Refused, match="Malformed request"):
        join(server.url, server.keys.add("Ada"))


@pytest.mark.parametrize("told", [
    b"{}", b"[]", b"no", b'{"candidates": [[1]], "outcomes": [0], "defense": {}}',
    b'{"candidates": [], "outcomes": [], "defense": {}}', b'{"candidates": 1, "outcomes": [0], "defense": []}',
    json.dumps({"candidates": [[0.0] * 21] * 2, "outcomes": [0, 7], "defense": {}}).encode(),
    json.dumps({"candidates": [[0.0] * 21] * 2, "outcomes": [0, 1], "defense": {"answers": "blur"}}).encode()])
def test_a_hostile_referee_is_refused(contest, told):
    with serve(BlackBox(contest.model), pages={PATH: lambda key, body: told}) as server, pytest.raises(ValueError):
        join(server.url, server.keys.add("Ada"))


def test_the_log_is_a_servers(contest, tmp_path):
    path = tmp_path / "class.sqlite"
    with Arena(contest, log=path) as arena:
        arena.enter("Ada")
    key, = list_keys(path)
    assert (key.name, key.budget, key.hardening) == ("Ada", 300, ""), "the model itself is served as blue chose"


@pytest.mark.parametrize("answers", ["labels", "rounded=1", "noisy=0.2"])
def test_a_key_that_the_arena_did_not_make_gets_blues_answers_too(contest, monkeypatch, answers):
    """Somebody adds a key to the file by hand: the answers are those that blue chose all the same."""
    plain = BlackBox(contest.model).probabilities(contest.challenge().x)
    monkeypatch.setattr(contest, "defense", Defense(people=100, epochs=3, answers=answers))
    with Arena(contest) as arena, RemoteApi(arena.url, arena._server.keys.add("Mal")) as api:
        seen = api.probabilities(contest.challenge().x)
    if answers == "labels":
        np.testing.assert_array_equal(seen, np.eye(2)[plain.argmax(axis=1)])
    else:
        assert np.abs(seen - plain).max() > 0.01
    assert np.abs(seen.sum(axis=1) - 1).max() < 1e-6


def test_a_key_of_one_round_opens_no_other(contest, tmp_path):
    """Its budget and its answers are those of the round that it was made for."""
    path = tmp_path / "class.sqlite"
    with Arena(contest, log=path) as first:
        first.enter("Ada")
    with pytest.raises(ValueError, match=r"log=.*holds active keys.*Name a new file"):
        Arena(contest, log=path)
    with Keys(path) as keys:
        keys.revoke(keys.all()[0].id)
    with Arena(contest, log=path) as second:
        second.enter("Bo")
    assert [key.revoked is None for key in list_keys(path)] == [False, True]
