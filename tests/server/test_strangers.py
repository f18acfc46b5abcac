"""What one key's requests may do to another's: answers, budgets, memory, the model's thread, the waiting room."""

import gc
import json
import signal
import socket
import sqlite3
import threading
import time
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import numpy as np
import pytest
from raw_http import Raw, child, read_answer, slow, small_model, softmax, statuses

from leaklab.access import BlackBox
from leaklab.server import Detector, Keys, Limits, Sketch, parse_hardening, read_log, serve, sketch_of, worker
from leaklab.server.log import Log

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(4096, 20)).astype(np.float32)
PERSON = RNG.normal(size=(40, 64, 64)).astype(np.float32)
OVERFLOW, RAISE, SHORT, NOTHING, SYSTEM = 3e38, 7, 8, 9, 10
"""First numbers of inputs, all finite, on which the model below fails, each in its own way."""


def faces(x):
    """Softmax regression in float32, as fragile as models are."""
    first = x[:, 0, 0]
    if (first == RAISE).any():
        raise ValueError("a layer of the model is at fault")
    if (first == SYSTEM).any():
        raise SystemError("a library of the model is at fault")
    if (first == NOTHING).any():
        return None
    with np.errstate(all="ignore"):
        scores = x.reshape(len(x), -1) @ WEIGHTS
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        answers = scores / scores.sum(axis=1, keepdims=True)
    return answers[:-1] if (first == SHORT).any() else answers


def poison(kind, rows=1):
    x = np.full((rows, 64, 64), 0.5, np.float32)
    x[rows // 2] = kind * np.sign(PERSON[0]) if kind == OVERFLOW else x[rows // 2]
    x[rows // 2, 0, 0] = kind
    return x


@pytest.fixture(scope="module")
def server():
    with serve(BlackBox(faces, inputs=(64, 64), classes=20)) as running:
        yield running


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


def rows(server, secret):
    """Instances, status and number of sketches of each charged request of a key, in order."""
    key = server.keys.check(secret).id
    with closing(sqlite3.connect(f"file:{server.log}?mode=ro", uri=True)) as file:
        found = file.execute("SELECT instances, status, sketches FROM requests WHERE key = ? ORDER BY id", (key,))
        return [(count, status, len(sketches or b"") // 128) for count, status, sketches in found]


def doubles(answer, classes=20):
    return np.frombuffer(answer["octets"], "<f8").reshape(-1, classes)


@pytest.mark.parametrize("kind", [OVERFLOW, RAISE, SHORT, NOTHING, SYSTEM])
def test_answers_never_depend_on_who_else_asks(server, raw, kind):
    """Bits included: in one batch with others a row of a matrix product comes out differently."""
    secret, stranger = server.keys.add("a user"), server.keys.add("stranger", hardening="labels")
    parts = np.split(PERSON, [1, 2, 3, 5, 8, 15, 16, 17, 18, 25, 30, 31])
    alone = [doubles(raw.ask(part, secret)[1]) for part in parts]
    done = threading.Event()

    def attack():
        while not done.is_set():
            raw.ask(poison(kind, rows=3), stranger)

    with ThreadPoolExecutor(8) as pool:
        attacks = [pool.submit(attack) for _ in range(4)]
        try:
            answers = list(pool.map(lambda part: raw.ask(part, secret), 4 * parts))
        finally:
            done.set()
        [each.result() for each in attacks]
    assert [status for status, _ in answers] == 4 * len(parts) * [200]
    assert all(np.array_equal(doubles(answer), one) for (_, answer), one in zip(answers, 4 * alone, strict=True))
    assert len(read_log(server.log, model="model").of(server.keys.check(secret).id).key) == 5 * len(PERSON)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("kind", [OVERFLOW, RAISE, SHORT, NOTHING, SYSTEM])
def test_an_input_that_the_model_fails_on_is_charged_logged_and_sketched(server, raw, kind, count):
    secret, x = server.keys.add("stranger", budget=2 * count), poison(kind, count)
    answers = [raw.ask(x, secret) for _ in range(3)]
    assert [status for status, _ in answers] == [500, 500, 403]
    assert answers[2][1]["left"] == 0 and "fault" not in repr(answers)
    assert rows(server, secret) == 2 * [(count, 500, count)]
    key = server.keys.check(secret)
    assert key.spent == 2 * count == len(read_log(server.log, model="model").of(key.id).key)
    sketches = read_log(server.log, model="model").of(key.id).sketches[:count]
    usual = np.abs(x).max(axis=(1, 2)) < 1e6
    np.testing.assert_allclose(sketches[usual], sketch_of(server.log, (64, 64))(x[usual]), rtol=1e-3, atol=1e-3)


def test_no_input_blinds_the_detector(server, raw):
    """What overflows in the model overflows in a sketch too, and a log with a NaN in it stops the detector."""
    secret = server.keys.add("stranger", hardening="labels")
    for kind in (OVERFLOW, -OVERFLOW, 1e20):
        assert raw.ask(np.full((2, 64, 64), kind), secret)[0] == 200
    asked = read_log(server.log, model="model")
    assert np.isfinite(asked.sketches).all()
    with warnings.catch_warnings(record=True):
        assert Detector(3).alarms(asked.of(server.keys.check(secret).id)) == []


@pytest.mark.parametrize("hardening", ["labels", "rounded=2", "topk=1", "rounded=1,topk=2", "noisy=0.2"])
@pytest.mark.parametrize("kind", [OVERFLOW, RAISE, SHORT, NOTHING, SYSTEM])
def test_a_hardened_key_does_not_learn_that_the_model_failed(server, raw, kind, hardening):
    """Whether it overflows is a bit about its weights, and 22 such bits were a weight to six decimals."""
    secret = server.keys.add("stranger", hardening=hardening)
    (status, answer), (again, other) = (raw.ask(poison(kind, 3), secret) for _ in range(2))
    assert status == again == 200 and rows(server, secret) == 2 * [(3, rows(server, secret)[0][1], 3)]
    assert server.keys.check(secret).spent == 6
    uniform = BlackBox(lambda x: np.full((len(x), 20), 1 / 20), inputs=(64, 64), classes=20)
    got = doubles(answer)
    if "noisy" in hardening:
        assert got.shape == (3, 20) and (got >= 0).all() and len(np.unique(got[1])) > 2
        np.testing.assert_allclose(got.sum(axis=1), 1)
        assert not np.array_equal(got, doubles(other))
    else:
        np.testing.assert_array_equal(got[1], parse_hardening(hardening)(uniform).probabilities(poison(kind))[0])


BODY = 2_000_000
KINDS = {
    "lists": b'{"instances": [%s[]]}' % (b"[]," * (BODY // 3 - 10)),
    "deep lists": b'{"instances": [%s1]}' % ((b"[" * 900 + b"]" * 900 + b",") * (BODY // 1801 - 1)),
    "objects": b'{"instances": [%s{}]}' % (b"{}," * (BODY // 3 - 10)),
    "named objects": b'{"instances": [%s{}]}' % (b'{"x":[]},' * (BODY // 9 - 10)),
    "names": b'{%s"a":1}' % b"".join(b'"%x":1,' % i for i in range(200_000)),
    "names elsewhere": b'{"instances": [[[1,2],[3,4]]], "a": {%s"a":1}}' % b"".join(
        b'"%x":1,' % i for i in range(190_000)),
    "numbers": b'{"instances": [%s1]}' % (b"1e1," * (BODY // 4 - 10)),
    "numbers beside": b'{"instances": [[[1,2],[3,4]]], "signature_name": [%s1]}' % (b"1e1," * (BODY // 4 - 20)),
    "wholes": b'{"instances": [%s1]}' % (b"9999," * (BODY // 5 - 10)),
    "nulls": b'{"instances": [%s1]}' % (b"null," * (BODY // 5 - 10)),
    "texts for numbers": b'{"instances": [%s]}' % b",".join([b'["%s"]' % b'","'.join([b"a" * 30] * 1000)] * 50),
    "strings": b'{"instances": [%s""]}' % (b'"ab",' * (BODY // 5 - 10)),
    "columns": b'{"inputs": {"x": [%s[]]}}' % (b"[]," * (BODY // 3 - 10)),
    "one long string": b'{"instances": ["%s"]}' % (b"a" * (BODY - 30)),
    "one long name": b'{"%s": 1}' % (b"a" * (BODY - 30)),
    "one long number": b'{"instances": [[[%s, 1], [1, 1]]]}' % (b"1" * (BODY - 60)),
    "blanks": b'{"instances": %s[]}' % (b" " * (BODY - 30)),
    "line feeds": b"\n" * (BODY - 2),
    "no end": b'{"instances": ' + b"[[1,1]," * (BODY // 7 - 10),
    "no beginning": b"]" * BODY,
}


@pytest.fixture(scope="module")
def small():
    """Rows of a thousand numbers, so that 2 MB are no more than 50 of them may have."""
    limits = Limits(body=BODY, json=BODY, instances=50)
    with serve(BlackBox(thirds, inputs=(1000,), classes=3), limits=limits) as running:
        yield running


def thirds(x):
    return np.full((len(x), 3), 1 / 3)


def peak(ask) -> int:
    """Bytes that this process, the server in it, took at most."""
    tracemalloc.start()
    try:
        ask()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("media", ["application/json", "text/plain"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_body_costs_no_more_than_a_few_times_its_length(small, kind, media):
    """Parsed, one of 32 MB took a gigabyte and eight seconds; orjson itself sets aside twelve times the length."""
    raw, secret, got = Raw(small), small.keys.add("stranger"), []
    assert peak(lambda: got.append(raw.post(KINDS[kind], secret, media=media)[0])) < 16 * BODY
    assert got[0] in (400, 413) and rows(small, secret) == []


@pytest.mark.parametrize("kind", ["lists", "strings", "one long string"])
def test_what_is_refused_is_let_go_of(small, kind):
    """A refusal's traceback once held the parsed body until the event loop came round to it."""
    raw, secret, got = Raw(small), small.keys.add("stranger"), []

    def ask():
        with ThreadPoolExecutor(12) as pool:
            got.extend(pool.map(lambda _: raw.post(KINDS[kind], secret)[0], range(12)))

    assert peak(ask) < 12 * 3 * BODY + 16 * BODY
    assert set(got) <= {400, 413, 429}


@pytest.mark.parametrize("length, media, refused", [
    (BODY - 1, "application/json", [403]), (200_000, "application/json", [403]),
    (200_000, "application/octet-stream", [403]), (4004, "application/octet-stream", [403]),
    (10**11, "application/json", [413]), (10**11, "application/octet-stream", [413])])
def test_who_may_ask_once_need_not_send_much(small, length, media, refused):
    raw, secret = Raw(small), small.keys.add("stranger", budget=1)
    received = raw.until_closed(raw.head(secret, length, media=media))  # and no body
    assert statuses(received) == refused
    assert refused == [413] or b'"left":1' in received.replace(b" ", b"")
    assert small.keys.check(secret).spent == 0


@pytest.mark.parametrize("indent", [None, 4])
def test_who_may_ask_once_may_write_at_length(small, indent):
    raw, secret = Raw(small), small.keys.add("a user", budget=1)
    body = json.dumps({"signature_name": "serving_default", "instances": [[-1.2345678901234567e-30] * 1000]},
                      indent=indent)
    assert raw.post(body.encode(), secret)[0] == 200
    assert raw.ask(np.zeros((1, 1000)), secret)[0] == 403


def test_json_has_a_limit_of_its_own():
    limits = Limits(body=BODY, json=100_000, instances=50_000)
    with serve(BlackBox(thirds, inputs=(10,), classes=3), limits=limits) as server:
        raw, secret = Raw(server), server.keys.add("a user")
        for length in (100_001, BODY):
            received = raw.until_closed(raw.head(secret, length))
            assert statuses(received) == [413] and b"100,000" in received
        assert raw.post(json.dumps({"instances": [[0] * 10] * 3000}).encode(), secret)[0] == 200
        assert raw.ask(np.zeros((50_000, 10)), secret)[0] == 200


PLACES = {"model": (None, ""), "decode": (worker, "decode"), "encode": (worker, "encode"),
          "sketch": (Sketch, "__call__"), "insert": (Log, "_insert")}
FAULTS = [MemoryError, SystemError, RecursionError, ZeroDivisionError]
ENDS = [SystemExit, KeyboardInterrupt, GeneratorExit]
"""What ends a thread; the code of a model may raise it, ours does not."""


def answers_or_has_stopped(raw, secret) -> bool:
    """Whether an honest request is answered, or finds nobody there; silence is neither."""
    for _ in range(20):
        try:
            if raw.ask(np.zeros((1, 2, 2)), secret)[0] == 200:
                return True
        except ConnectionRefusedError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("place, fault", [(place, fault) for place in PLACES
                                          for fault in FAULTS + ENDS * (place == "model")])
def test_whatever_is_raised_nobody_waits_in_vain(monkeypatch, place, fault):
    armed = []

    def failing(work):
        def fails(*args, **settings):
            if armed:
                armed.pop()
                raise fault("inside")
            return work(*args, **settings)
        return fails

    if place != "model":
        owner, name = PLACES[place]
        monkeypatch.setattr(owner, name, failing(getattr(owner, name)))
    model = BlackBox(failing(softmax), inputs=(2, 2), classes=3)
    server = serve(model if place == "model" else small_model())
    try:
        raw, secret = Raw(server), server.keys.add("a user")
        armed.append(True)
        status, answer = raw.ask(np.zeros((1, 2, 2)), secret)
        assert status in (0, 500, 503) and "inside" not in repr(answer)
        armed.clear()
        assert answers_or_has_stopped(raw, secret)
    finally:
        server.close()


@pytest.mark.parametrize("strangers, uploads", [(1, 16), (3, 5), (6, 3)])
def test_strangers_cannot_hold_the_waiting_room(strangers, uploads):
    """Eight uploads that stop one byte short once filled it for all."""
    limits = Limits(body=2_000_000, instances=500, waiting=16_000_000, body_seconds=30)
    with serve(BlackBox(thirds, inputs=(1000,), classes=3), limits=limits) as server, ExitStack() as stack:
        raw, secret = Raw(server), server.keys.add("a user")
        for _ in range(strangers):
            head = raw.head(server.keys.add("stranger"), 2_000_000, media="application/octet-stream")
            for _ in range(uploads):
                s = stack.enter_context(socket.create_connection(raw.address, timeout=5))
                with suppress(OSError):  # refused, and closed
                    s.sendall(head + bytes(1_999_999))
                assert raw.get("/v1/models/model", secret)[0] == 200
        assert [raw.ask(np.zeros((n, 1000)), secret)[0] for n in 10 * [1] + 5 * [20]] == 15 * [200]
        if strangers == 1:
            assert raw.ask(np.zeros((500, 1000)), secret)[0] == 200


def test_one_key_may_not_hold_all_connections():
    limits = Limits(connections=40, body_seconds=30)
    with serve(small_model(), limits=limits) as server, ExitStack() as stack:
        raw, secret, stranger = Raw(server), server.keys.add("a user"), server.keys.add("stranger")
        held = []
        for _ in range(40):
            held.append(stack.enter_context(socket.create_connection(raw.address, timeout=5)))
            with suppress(OSError):
                held[-1].sendall(raw.head(stranger, 64, media="application/octet-stream") + b"x")
        refused = 0
        for s in held[10:]:
            s.settimeout(5)
            try:
                refused += read_answer(s)[0] in (0, 429, 503)
            except ConnectionResetError:
                refused += 1
        assert refused == 30
        assert [raw.ask(np.zeros((1, 2, 2)), secret)[0] for _ in range(10)] == 10 * [200]


def test_a_rate_holds_also_for_requests_at_once():
    """Each was let in while the others had not been counted yet."""
    with serve(BlackBox(slow, inputs=(2, 2), classes=3)) as server:
        raw, secret = Raw(server), server.keys.add("stranger", rate=10)
        with ThreadPoolExecutor(12) as pool:
            got = list(pool.map(lambda _: raw.ask(np.zeros((50, 2, 2)), secret), range(12)))
        assert {status for status, _ in got} == {200, 429}
        assert server.keys.check(secret).spent <= 100
        assert all(int(answer["headers"]["retry-after"]) >= 1 for status, answer in got if status == 429)


@pytest.mark.parametrize("rate", [1e-310, 1e-300, 5e-324, 1e-20])
def test_rates_that_are_none_are_refused(server, rate):
    with pytest.raises(ValueError, match="rate="):
        server.keys.add("a", rate=rate)


def test_a_slow_rate_is_refused_with_a_time():
    with serve(small_model()) as server:
        raw, secret = Raw(server), server.keys.add("a", rate=1e-6)
        got = [raw.ask(np.zeros((2, 2, 2)), secret) for _ in range(2)]
    assert [status for status, _ in got] == [200, 429] and got[1][1]["retry_after"] > 900_000


def test_a_spent_key_costs_one_look_at_the_file(server, raw, monkeypatch):
    secret = server.keys.add("spent", budget=1)
    raw.ask(PERSON[:1], secret)

    def everything(keys):
        raise AssertionError("all keys were read")

    monkeypatch.setattr(Keys, "all", everything)
    for count in (1, 2):
        status, answer = raw.ask(PERSON[:count], secret)
        assert (status, answer["left"]) == (403, 0)


def cannot(answers, classes=3):
    return lambda: BlackBox(answers, inputs=(2, 2), classes=classes)


def stopped(x):
    raise RuntimeError("no weights")


@pytest.mark.parametrize("make", [
    cannot(lambda x: np.full((len(x), 3), np.nan)), cannot(lambda x: np.full((len(x), 3), np.inf)),
    cannot(lambda x: np.tile([4.0, -2.0, 1.0], (len(x), 1))), cannot(lambda x: np.full((len(x), 3), 1.0)),
    cannot(lambda x: np.zeros((len(x), 3))), cannot(lambda x: np.full((len(x), 2), 0.5)),
    cannot(lambda x: np.full((len(x) + 1, 3), 1 / 3)), cannot(lambda x: [np.full((len(x), 3), 1 / 3)] * 2),
    cannot(lambda x: None), cannot(lambda x: np.full((len(x), 3), "a")),
    cannot(lambda x: np.full((len(x), 3, 1), 1 / 3)),
    cannot(lambda x: np.full((len(x), 1), 0.5), classes=1), cannot(stopped), cannot(lambda x: 1 / 0)],
    ids=["NaN", "infinity", "logits", "sums to 3", "sums to 0", "two classes", "another row", "two outputs", "nothing",
         "text", "three axes", "one class", "raises", "divides"])
def test_models_that_can_never_answer_are_not_served(tmp_path, make):
    before = threading.active_count()
    with pytest.raises(ValueError) as refused:
        serve({"model": small_model(), "broken": make()}, log=tmp_path / "server.sqlite").close()
    assert "\n" not in str(refused.value)
    assert threading.active_count() == before


def test_the_trial_answer_is_in_nobodys_budget_and_log(tmp_path):
    asked = []

    def model(x):
        asked.append(len(x))
        return softmax(x)

    with serve(BlackBox(model, inputs=(2, 2), classes=3), log=tmp_path / "server.sqlite") as server:
        assert asked == [1] and len(read_log(server.log, model="model").key) == 0


def ask_on(raw, secret, started) -> int:
    """How many answers arrive whole until there are no more."""
    for count in range(1000):
        try:
            if raw.ask(np.zeros((1, 2, 2)), secret)[0] != 200:
                return count
        except OSError:
            return count
        started.set()
    return 1000


def test_who_has_paid_gets_the_answer_when_the_server_is_closed(tmp_path):
    server = serve(BlackBox(slow, inputs=(2, 2), classes=3), log=tmp_path / "server.sqlite")
    raw, secret, started = Raw(server), server.keys.add("a user"), threading.Event()
    with ThreadPoolExecutor(16) as pool:
        got = [pool.submit(ask_on, raw, secret, started) for _ in range(16)]
        started.wait(10)
        server.close()
        got = sum(each.result() for each in got)
    gc.collect()  # a connection that was left open warns here
    with Keys(tmp_path / "server.sqlite") as keys:
        assert keys.check(secret).spent == got > 0


SERVE = """
import sys
import leaklab.models
from leaklab import __main__ as cli
from raw_http import slow
leaklab.models.load_model = lambda path, **how: leaklab.models.adapt(slow, inputs=(2, 2), classes=3)
sys.exit(cli.main(["serve", sys.argv[1], "--port", "0", "--log", sys.argv[2]]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_has_paid_gets_the_answer_when_the_process_is_told_to_stop(tmp_path, number):
    path = tmp_path / "server.sqlite"
    (tmp_path / "model.keras").touch()
    with Keys(path) as keys:
        secret = keys.add("a user")
    with child(SERVE, tmp_path / "model.keras", path) as process:
        try:
            raw, started = Raw(process.stdout.readline().split(" at ")[1].split(";")[0]), threading.Event()
            with ThreadPoolExecutor(16) as pool:
                got = [pool.submit(ask_on, raw, secret, started) for _ in range(16)]
                started.wait(10)
                process.send_signal(number)
                got = sum(each.result() for each in got)
            assert process.wait(20) == 0
        finally:
            process.kill()
    with Keys(path) as keys:
        assert keys.check(secret).spent == got > 0
