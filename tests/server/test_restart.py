"""What outlives the process: a server started again on the same file, and one that was killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from raw_http import small_model, softmax

from leaklab.access import BlackBox, BudgetSpent, RemoteApi, Unreachable
from leaklab.server import Keys, read_log, serve, sketch_of

X = np.random.default_rng(0).normal(size=(40, 2, 2)).astype(np.float32)
SERVER = """
import sys, time
from raw_http import small_model
from leaklab.server import serve
server = serve(small_model(), log=sys.argv[1])
print(server.url, flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "server.sqlite"


def test_a_server_on_the_same_file_goes_on_with_keys_budgets_log_and_sketches(path):
    with serve(small_model(), log=path) as first:
        secret, gone = first.keys.add("a", budget=10), first.keys.add("b")
        first.keys.revoke(first.keys.check(gone).id)
        with RemoteApi(first.url, secret) as api:
            api.probabilities(X[:6])
    with serve(small_model(), log=path) as second:
        with RemoteApi(second.url, secret) as api:
            api.probabilities(X[6:9])
            with pytest.raises(BudgetSpent):
                api.probabilities(X[:2])
        with pytest.raises(ValueError, match="401"):
            RemoteApi(second.url, gone)
    asked = read_log(path, model="model")
    np.testing.assert_allclose(asked.sketches, sketch_of(path, (2, 2))(X[:9]), atol=1e-6)
    with Keys(path) as keys:
        assert keys.check(secret).spent == len(asked.key) == 9


def test_the_log_can_be_read_from_where_one_stopped(path):
    with serve(small_model(), log=path) as server, RemoteApi(server.url, server.keys.add("a")) as api:
        assert len(read_log(path, model="model").key) == 0
        api.probabilities(X[:4])
        seen = read_log(path, model="model")
        api.probabilities(X[4:7])
        new = read_log(path, model="model", after=seen.request[-1])
        assert len(read_log(path, model="other").key) == 0
    np.testing.assert_array_equal(new.labels, softmax(X[4:7]).argmax(axis=1))
    assert (np.diff(np.concatenate([seen.time, new.time])) >= 0).all() and new.request[0] > seen.request[-1]


def test_a_wrong_file_is_refused_and_none_is_made(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_log(tmp_path / "typo.sqlite", model="model")
    assert not list(tmp_path.iterdir())
    (tmp_path / "text.sqlite").write_text("not a database at all " * 100)
    (tmp_path / "text.sqlite").chmod(0o600)
    for ask in (lambda path: read_log(path, model="model"), Keys, lambda path: serve(small_model(), log=path)):
        with pytest.raises(ValueError, match="not a Leaklab server file"):
            ask(tmp_path / "text.sqlite")


def test_kill_9_while_clients_ask_loses_no_answer_and_no_count(path):
    with Keys(path) as keys:
        secrets = [keys.add(str(i), budget=100_000) for i in range(4)]
        ids = [keys.check(secret).id for secret in secrets]
    here = os.path.dirname(__file__)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}
    child = subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True, env=env)
    begun = threading.Barrier(len(secrets) + 1)

    def ask(secret):
        with RemoteApi(url, secret, retries=0) as api:
            api.probabilities(X[:1])
            begun.wait(30)
            try:
                while True:
                    api.probabilities(X[:3])
            except Unreachable:
                return api.queries

    try:
        url = child.stdout.readline().strip()
        with ThreadPoolExecutor(len(secrets)) as pool:
            asking = [pool.submit(ask, secret) for secret in secrets]
            begun.wait(30)
            while len(read_log(path, model="model").key) < 100:
                time.sleep(0.01)
            child.send_signal(signal.SIGKILL)
            answered = [each.result(30) for each in asking]
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    log = read_log(path, model="model")
    with serve(small_model(), log=path) as again:
        for secret, key, count in zip(secrets, ids, answered, strict=True):
            logged = len(log.of(key).labels)
            assert count <= logged <= count + 3  # what was logged and did not arrive: the last question at most
            assert again.keys.check(secret).spent == logged
            with RemoteApi(again.url, secret) as api:
                np.testing.assert_allclose(api.probabilities(X[:2]), softmax(X[:2]))


def test_stopping_does_not_wait_for_a_model_that_hangs(monkeypatch):
    monkeypatch.setattr("leaklab.server.run.GRACE", 0.1)
    asked, go_on = threading.Event(), threading.Event()

    def slow(x):
        if x.any():
            asked.set()
            go_on.wait(10)
        return softmax(x)

    server = serve(BlackBox(slow, inputs=(2, 2), classes=3))
    with ThreadPoolExecutor(1) as pool, RemoteApi(server.url, server.keys.add("a"), retries=0) as api:
        answer = pool.submit(api.probabilities, X[:1])
        asked.wait(10)
        threading.Timer(0.5, go_on.set).start()
        server.close()
        with pytest.raises(Unreachable):
            answer.result(10)
