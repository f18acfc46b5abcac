"""Keys, budgets, rates and the log: what is spent, and who sees what."""

import hmac
import json

import numpy as np
import pytest
from raw_http import small_model, softmax

from leaklab.access import BudgetSpent, Offers, RemoteApi
from leaklab.server import Keys, read_log, sketch_of
from leaklab.server.hardening import parse_hardening
from leaklab.server.limits import Problem, RateLimit

X = np.random.default_rng(0).normal(size=(40, 2, 2)).astype(np.float32)


def body(n):
    return json.dumps({"instances": X[:n].tolist()}).encode()


def test_a_secret_is_shown_once_and_kept_as_a_hash(tmp_path):
    path = tmp_path / "s.sqlite"
    with Keys(path) as keys:
        secrets = [keys.add("a"), keys.add("a")]
        assert len(set(secrets)) == 2 and keys.check(secrets[0]).id != keys.check(secrets[1]).id
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(secret.split("_", 2)[2].encode() in stored for secret in secrets)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("shown", ["good", "leaklab_00000000_x", "nonsense"])
def test_secrets_are_compared_in_constant_time_whether_the_key_exists_or_not(tmp_path, monkeypatch, shown):
    calls = []
    real = hmac.compare_digest
    monkeypatch.setattr("leaklab.server.keys.hmac.compare_digest", lambda a, b: calls.append((a, b)) or real(a, b))
    with Keys(tmp_path / "s.sqlite") as keys:
        secret = keys.add("a")
        assert (keys.check(secret if shown == "good" else shown) is not None) == (shown == "good")
    assert len(calls) == 1 and all(len(part) == 32 for part in calls[0])


@pytest.mark.parametrize("how", [{"name": ""}, {"budget": -1}, {"budget": 1.5}, {"rate": 0}, {"rate": 1e-310},
                                 {"rate": float("nan")}, {"budget": 2**62 + 1}, {"name": "\udcff"},
                                 {"hardening": None}, {"hardening": "round=2"}, {"hardening": "rounded"},
                                 {"hardening": "labels=1"}, {"hardening": "noisy=-1"}, {"hardening": "topk=0"},
                                 {"hardening": "topk=" + 25 * "9"}, {"hardening": ",,,"}, {"hardening": " "},
                                 {"hardening": ",".join(11 * ["labels"])}])
def test_bad_keys_are_refused(tmp_path, how):
    with Keys(tmp_path / "s.sqlite") as keys, pytest.raises(ValueError):
        keys.add(**{"name": "a"} | how)
    with Keys(tmp_path / "s.sqlite") as keys:
        assert keys.all() == []


@pytest.mark.parametrize("spec, said", [("noisy=0.5", "kind='gaussian'"), ("laplace=0.5", "kind='laplace'")])
def test_a_seed_fixes_the_noise_and_every_wrapped_access_has_noise_of_its_own(spec, said):
    def answers(rng):
        harden = parse_hardening(spec, rng=rng)
        assert said in repr(harden(small_model()))
        return [harden(small_model()).probabilities(X) for _ in range(2)]

    (first, second), again, other, unseeded = (answers(rng) for rng in (0, 0, 1, None))
    np.testing.assert_array_equal([first, second], again)
    assert not np.allclose(first, second) and not np.allclose(first, other[0])
    assert not np.allclose(unseeded[0], answers(None)[0]), "a server's noise is not to be foretold"
    with pytest.raises(ValueError, match="rng="):
        parse_hardening(spec, rng="0")


def test_hardening_is_applied_from_left_to_right():
    hardened = parse_hardening("topk=1, rounded=1")(small_model())
    assert repr(hardened).startswith("Rounded(TopK(BlackBox")
    assert parse_hardening("topk=9")(small_model()).probabilities(X).shape == (40, 3)


def test_two_keys_see_their_own_answers_budgets_and_nothing_else(server, raw):
    plain, labels = server.keys.add("plain", budget=30), server.keys.add("labels", budget=20, hardening="labels")
    ids = [server.keys.check(s).id for s in (plain, labels)]
    with RemoteApi(server.url, plain) as a, RemoteApi(server.url, labels) as b:
        assert (a.offers, b.offers) == (Offers.SCORES, Offers.LABELS)
        np.testing.assert_allclose(a.probabilities(X[:10]), softmax(X[:10]))
        np.testing.assert_array_equal(b.probabilities(X[:7]), np.eye(3)[softmax(X[:7]).argmax(axis=1)])
    spent = {key.id: key.spent for key in server.keys.all()}
    assert [spent[i] for i in ids] == [10, 7]
    request = f"GET /v1/models/model/metadata HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {labels}\r\n\r\n"
    _, about = raw.send(request.encode())
    assert about["leaklab"]["left"] == 13 and ids[0] not in json.dumps(about)


def test_a_budget_ends_with_what_was_answered_counted(server, raw):
    secret = server.keys.add("short", budget=10)
    with RemoteApi(server.url, secret, batch=3) as api:
        api.probabilities(X[:6])
        with pytest.raises(BudgetSpent) as error:
            api.probabilities(X[:5])  # 3 are answered, 2 more would be 11
    assert (error.value.spent, error.value.left, error.value.asked, api.queries) == (9, 1, 2, 9)
    status, answer = raw.post(body(2), secret)
    assert status == 403 and answer["left"] == 1 and raw.post(body(1), secret)[0] == 200


def test_revocation_is_seen_at_once(server, raw):
    secret = server.keys.add("gone")
    assert raw.post(body(1), secret)[0] == 200
    with Keys(server.log) as elsewhere:
        elsewhere.revoke(elsewhere.check(secret).id)
    assert raw.post(body(1), secret)[0] == 401


def test_too_fast_is_told_when_to_come_back(server, raw):
    secret = server.keys.add("slow", rate=20)
    assert raw.post(body(30), secret)[0] == 200  # more than a second's worth: 10 to be waited for
    status, answer = raw.post(body(1), secret)
    assert status == 429 and int(answer["headers"]["retry-after"]) == 1 and 0 < answer["retry_after"] <= 0.55
    with RemoteApi(server.url, secret) as api:  # waits, and is answered
        np.testing.assert_allclose(api.probabilities(X[:1]), softmax(X[:1]))


def wait(limit, count=1, **how):
    """Seconds for which a key of 4 a second is refused; 0 if it is not."""
    try:
        limit.take("a", 4, count, **how)
    except Problem as problem:
        return problem.more["retry_after"]
    return 0.0


def test_the_bucket_refills_at_its_rate():
    now = [0.0]
    limit = RateLimit(clock=lambda: now[0])
    assert wait(limit) == 0 == wait(limit, 11, begun=True)  # a second's worth was there: 8 are owed
    for now[0], seconds in ((0.0, 2.25), (2.0, 0.25), (2.25, 0.0), (99.0, 0.0)):
        assert wait(limit) == seconds
    assert wait(limit, 3) == 0  # a second's worth is all that gathers
    assert wait(limit) == 0.25


def test_one_large_request_runs_into_debt_and_those_beside_it_wait():
    limit = RateLimit(clock=lambda: 0.0)
    assert [wait(limit) for _ in range(4)] == [0] * 4  # four begin
    assert wait(limit, 999, begun=True) == 0
    assert all(wait(limit, 999, begun=True) > 200 for _ in range(3))


def test_the_log_holds_what_was_asked_as_sketches(server):
    secret = server.keys.add("logged")
    with RemoteApi(server.url, secret) as api:
        api.probabilities(X)
    asked = read_log(server.log, model="model").of(server.keys.check(secret).id)
    np.testing.assert_allclose(asked.sketches, sketch_of(server.log, (2, 2))(X), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(asked.labels, softmax(X).argmax(axis=1))


def test_many_at_once_spend_exactly_the_budget(server, raw):
    from concurrent.futures import ThreadPoolExecutor
    secret = server.keys.add("crowd", budget=25)
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: raw.post(body(2), secret)[0], range(40)))
    assert (statuses.count(200), statuses.count(403)) == (12, 28)
    assert server.keys.check(secret).spent == 24
