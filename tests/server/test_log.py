"""The server's file: what is in it, and what becomes of requests while it cannot be written, or is not ours."""

import hashlib
import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from raw_http import Raw, small_model

from leaklab.access import BlackBox
from leaklab.server import Keys, Limits, Sketch, read_log, serve, sketch_of

ROW = np.zeros((1, 2, 2))
LIMITS = Limits(body=2000, instances=50, pause_seconds=0, body_seconds=0.3, linger_seconds=0.2)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "server.sqlite"


@pytest.fixture
def server(path):
    with serve({"model": small_model(), "broken": BlackBox(_fails_on_7, inputs=(2, 2), classes=3)}, log=path,
               limits=LIMITS) as running:
        yield running


def _fails_on_7(x):
    return np.full((len(x), 3), np.nan if (x == 7).any() else 1 / 3)


def rows(path, sql):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return file.execute(sql).fetchall()


def until(true, seconds=10):
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while not (held := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def refused_in_all_ways(raw, keys):
    """By status, how often each key id was refused; "" for none."""
    good, spent, slow = keys.add("a"), keys.add("b", budget=0), keys.add("c", rate=1e-6)
    ids = {secret: keys.check(secret).id for secret in (good, spent, slow)}
    assert raw.ask(np.zeros((3, 2, 2)), slow)[0] == 200
    asked = [(None, lambda: raw.ask(ROW, None)), (None, lambda: raw.get("/v1/models/model", "leaklab_00000000_x")),
             (None, lambda: raw.get("/nowhere", None)), (good, lambda: raw.get("/v1/models/nope", good)),
             (good, lambda: raw.ask(ROW, good, model="nope")), (good, lambda: raw.post(b"{", good)),
             (good, lambda: raw.post(bytes(10), good, media="application/octet-stream")),
             (good, lambda: raw.send(raw.head(good, 10**9))), (good, lambda: raw.send(raw.head(good, 99) + b"x")),
             (good, lambda: raw.get("/v1/models", good)), (spent, lambda: raw.ask(ROW, spent)),
             (slow, lambda: raw.ask(ROW, slow))]
    want = {}
    for secret, ask in asked:
        for _ in range(3):
            what = ids.get(secret, ""), ask()[0]
            want[what] = want.get(what, 0) + 1
    return want


def test_refusals_are_counted_and_not_listed(server, path):
    before = rows(path, "SELECT count(*) FROM requests")[0][0]
    want = refused_in_all_ways(Raw(server), server.keys)
    assert {status for _, status in want} == {400, 401, 403, 404, 408, 413, 429}
    server.close()
    assert rows(path, "SELECT count(*), sum(status = 200) FROM requests") == [(before + 1, 1)]
    counts = rows(path, "SELECT key, status, sum(count) FROM refusals GROUP BY key, status")
    assert {(key, status): count for key, status, count in counts} == want


def test_who_has_no_key_does_not_fill_the_disk(server, path):
    raw = Raw(server)
    assert raw.get("/v1/models/model", None)[0] == 401
    time.sleep(0.2)
    size = sum(each.stat().st_size for each in path.parent.iterdir())
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda i: raw.get(f"/v1/models/{i}", f"leaklab_{i:08x}_x")[0], range(1000))) == {401}
    server.close()
    assert sum(each.stat().st_size for each in path.parent.iterdir()) < size + 60_000
    assert rows(path, "SELECT count(*), sum(count) FROM refusals") in ([(1, 1001)], [(2, 1001)])  # 2: the hour struck


def test_rows_are_what_was_charged(server, path):
    raw, secret = Raw(server), server.keys.add("a", budget=6)
    asked = [(2, 0, "model"), (3, 7, "broken"), (2, 0, "model"), (1, 7, "broken"), (1, 0, "model")]
    got = [raw.ask(np.full((n, 2, 2), value), secret, model=model)[0] for n, value, model in asked]
    assert got == [200, 500, 403, 500, 403]
    logged = "SELECT model, instances, status, length(sketches), length(labels) FROM requests ORDER BY id"
    assert rows(path, logged) == [
        ("model", 2, 200, 256, 8), ("broken", 3, 500, 384, 12), ("broken", 1, 500, 128, 4)]
    assert server.keys.check(secret).spent == 6


def test_a_locked_file_makes_nobody_wait_long(server, path):
    """One writer that never ends: all who wait are told so together, and all who come then at once."""
    raw, secret = Raw(server), server.keys.add("a", budget=1000)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(12) as pool:  # each would wait its turn, ten seconds in the past
            got = list(pool.map(lambda _: raw.ask(ROW, secret), range(12)))
            assert {status for status, _ in got} == {503}
            assert all(answer["headers"]["retry-after"] == "1" for _, answer in got)
        start = time.monotonic()
        assert [raw.ask(ROW, secret)[0] for _ in range(20)] == [503] * 20
        assert time.monotonic() - start < 10  # one second each would be twenty
        assert raw.get("/v1/models/model", secret)[0] == 200 and raw.ask(ROW, None)[0] == 401
        other.execute("ROLLBACK")
    assert until(lambda: raw.ask(ROW, secret)[0] == 200)
    spent = server.keys.check(secret).spent
    assert spent == len(read_log(path, model="model").key) == 1  # a 503 costs nothing


def test_refusals_without_a_key_keep_nobody_waiting_and_are_not_lost(server, path):
    raw, secret = Raw(server), server.keys.add("a")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda _: raw.get("/", None)[0], range(500))) == {401}
        assert raw.ask(ROW, secret)[0] == 503
        other.execute("ROLLBACK")
    assert until(lambda: raw.ask(ROW, secret)[0] == 200)
    server.close()
    assert rows(path, "SELECT sum(count) FROM refusals WHERE key = ''") == [(500,)]


def test_who_only_reads_disturbs_nobody(server, path):
    raw, secret = Raw(server), server.keys.add("a")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM requests").fetchall()
        assert [raw.ask(ROW, secret)[0] for _ in range(5)] == [200] * 5


def removed(path):
    path.unlink()


def moved(path):
    path.rename(path.with_suffix(".old"))


def folder_moved(path):
    path.parent.rename(path.parent.with_name("elsewhere"))


def replaced(path):
    shutil.copy(path, path.with_suffix(".new"))
    path.rename(path.with_suffix(".old"))
    path.with_suffix(".new").rename(path)


def emptied(path):
    moved(path)
    path.touch(0o600)


def linked(path):
    moved(path)
    shutil.copy(path.with_suffix(".old"), path.with_suffix(".new"))
    path.symlink_to(path.with_suffix(".new"))


@pytest.mark.parametrize("change", [removed, moved, folder_moved, replaced, emptied, linked])
def test_nothing_is_answered_into_a_file_that_is_not_there(tmp_path, change):
    path = tmp_path / "here" / "server.sqlite"
    path.parent.mkdir()
    with serve(small_model(), log=path) as server:
        raw, secret = Raw(server), server.keys.add("a")
        assert raw.ask(ROW, secret)[0] == 200
        change(path)
        got = [raw.ask(ROW, secret) for _ in range(3)]
        assert [status for status, _ in got] == [503] * 3
        assert "predictions" not in repr(got) and "octets" not in repr(got)


@pytest.mark.parametrize("change", [moved, folder_moved, replaced, emptied, linked])
def test_when_the_file_is_back_answers_go_on(tmp_path, change):
    path = tmp_path / "here" / "server.sqlite"
    path.parent.mkdir()
    with serve(small_model(), log=path) as server:
        raw, secret = Raw(server), server.keys.add("a")
        change(path)
        assert raw.ask(ROW, secret)[0] == 503
        if change is folder_moved:
            (tmp_path / "elsewhere").rename(path.parent)
        else:
            path.with_suffix(".old").replace(path)
        assert until(lambda: raw.ask(ROW, secret)[0] == 200)
        assert server.keys.check(secret).spent == len(read_log(path, model="model").key) == 1


OPENERS = [Keys, lambda path: serve(small_model(), log=path)]


@pytest.mark.parametrize("open_it", OPENERS, ids=["Keys", "serve"])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o620, 0o602, 0o777], ids=oct)
def test_a_file_that_others_may_use_is_refused(path, mode, open_it):
    Keys(path).close()
    path.chmod(mode)
    with pytest.raises(ValueError, match="chmod 600"):
        open_it(path).close()
    assert path.stat().st_mode & 0o777 == mode


def test_the_file_and_its_companions_are_the_owners_alone(server, path):
    Raw(server).ask(ROW, server.keys.add("a"))
    assert len(list(path.parent.iterdir())) >= 2
    assert {each.stat().st_mode & 0o077 for each in path.parent.iterdir()} == {0}


def alien(path, script):
    with closing(sqlite3.connect(path)) as file:
        file.executescript(script)
    path.chmod(0o600)


@pytest.mark.parametrize("open_it", [*OPENERS, lambda path: read_log(path, model="model")],
                         ids=["Keys", "serve", "read_log"])
@pytest.mark.parametrize("script", [
    "CREATE TABLE mail (id, text); INSERT INTO mail VALUES (1, 'dear');",
    "CREATE TABLE keys (id, door); INSERT INTO keys VALUES (1, 'front');",
    "CREATE TABLE keys (a); CREATE TABLE requests (b);", "CREATE TABLE settings (name TEXT PRIMARY KEY, value);",
    "PRAGMA application_id = 252006674; CREATE TABLE mail (id);", "PRAGMA application_id = 252006674; VACUUM;",
    "PRAGMA journal_mode = WAL; CREATE TABLE mail (id);", "PRAGMA user_version = 3; CREATE VIEW v AS SELECT 1;",
    "CREATE TABLE keys (a); CREATE TABLE requests (b); CREATE TABLE settings (c);"])
def test_another_programs_file_is_refused_and_not_touched(tmp_path, script, open_it):
    path = tmp_path / "other.sqlite"
    alien(path, script)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="not a Leaklab server file"):
        open_it(path).close()
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_empty_file_is_taken(path):
    path.touch(0o600)
    with serve(small_model(), log=path) as server:
        assert Raw(server).ask(ROW, server.keys.add("a"))[0] == 200


EARLIER = """
PRAGMA journal_mode = WAL;
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, budget INTEGER, spent INTEGER NOT NULL DEFAULT 0,
    rate REAL, hardening TEXT NOT NULL, created REAL NOT NULL, revoked REAL) STRICT;
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, key TEXT, model TEXT NOT NULL, instances INTEGER NOT NULL,
    status INTEGER NOT NULL, sketches BLOB, labels BLOB) STRICT;
CREATE INDEX requests_of_key ON requests (key, id);
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO settings VALUES ('sketch_seed', 12345);
INSERT INTO requests VALUES (2, 1.5, NULL, 'model', 0, 401, NULL, NULL);
INSERT INTO requests VALUES (3, 1.6, '12345678', 'model', 0, 400, NULL, NULL);
"""
"""A file as version 0.1.0 wrote it."""


def test_a_file_of_an_earlier_version_is_taken_over(path):
    secret, sketch = "leaklab_12345678_" + "a" * 43, Sketch.of_shape((2, 2), seed=12345)
    alien(path, EARLIER)
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO keys VALUES ('12345678', 'Ada', ?, 10, 3, NULL, 'rounded=2', 1.0, NULL)",
                     [hashlib.sha256(secret.encode()).digest()])
        file.execute("INSERT INTO requests VALUES (1, 1.0, '12345678', 'model', 3, 200, ?, ?)",
                     [sketch(np.ones((3, 2, 2))).tobytes(), np.array([0, 1, 2], "<i4").tobytes()])
        file.commit()
    for left in (7, 5):  # the second time it is a file of this version
        with serve(small_model(), log=path) as server:
            key = server.keys.check(secret)
            assert (key.name, key.left, key.hardening) == ("Ada", left, "rounded=2")
            assert Raw(server).ask(np.ones((2, 2, 2)), secret)[0] == 200 and Raw(server).ask(ROW, None)[0] == 401
    asked = read_log(path, model="model")
    assert asked.key.tolist() == 7 * ["12345678"] and asked.labels[:3].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(asked.sketches[:3], asked.sketches[3:6])
    assert np.array_equal(sketch_of(path, (2, 2)).matrix, sketch.matrix)
    assert rows(path, "PRAGMA application_id") != [(0,)]
    assert rows(path, "SELECT sum(count) FROM refusals WHERE key = ''") == [(2,)]
