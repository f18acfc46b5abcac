"""Each way a request can be bad gets its 4xx, says so in JSON, gives nothing away, and leaves the server standing."""

import json
import socket
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_http import LIMITS, Raw, read_answer, small_model, softmax

from leaklab.access import BlackBox
from leaklab.server import Limits, serve

GOOD = {"instances": [[[1, 0.5], [0, 0]]]}


def dumped(value) -> bytes:
    return json.dumps(value).encode()


def test_a_good_request_is_answered_as_tensorflow_serving_does(raw, secret):
    x = np.array(GOOD["instances"])
    status, answer = raw.post(dumped(GOOD | {"signature_name": "serving_default"}), secret)
    assert status == 200
    np.testing.assert_allclose(answer["predictions"], softmax(x))
    status, answer = raw.post(dumped({"inputs": GOOD["instances"]}), secret)
    assert status == 200 and len(answer["outputs"]) == 1
    status, answer = raw.post(np.array(x, "<f4").tobytes(), secret, media="application/octet-stream")
    np.testing.assert_allclose(np.frombuffer(answer["octets"], "<f8"), softmax(x)[0])


def one(value) -> bytes:
    return dumped({"instances": [[[1, 2], [3, value]]]})


@pytest.mark.parametrize("body, word", [
    (b"", "JSON"), (b"{", "JSON"), (b"\xff\xfe", "JSON"), (b"[" * 9000, "JSON"),
    (b'{"instances": [[[NaN, 0], [0, 0]]]}', "JSON"), (b'{"instances": [[[Infinity, 0], [0, 0]]]}', "JSON"),
    (b'{"instances": [[[1e999, 0], [0, 0]]]}', ""), (b'{"instances": [[[1e39, 0], [0, 0]]]}', "finite"),
    (b"[]", "instances"), (b"1", "instances"), (b"null", "instances"), (b"{}", "instances"),
    (dumped({"instances": [], "inputs": []}), "instances"), (dumped({"instances": []}), "at least one"),
    (dumped({"instances": {"b64": "AAAA"}}), "at least one"), (dumped({"instances": [1, 2]}), "shape"),
    (dumped({"instances": [[[1, 2], [3]]]}), "shape"), (one("4"), "numbers"), (one(True), "numbers"),
    (one(None), "numbers"), (one([4]), "numbers"), (dumped({"instances": GOOD["instances"] * 51}), "50"),
    (b'{"instances": [[[1' + b"0" * 5000 + b", 2], [3, 4]]]}", ""),
])
def test_bad_bodies(raw, secret, body, word):
    status, answer = raw.post(body, secret)
    assert status == 400 and word in answer["error"]
    assert "Traceback" not in answer["error"] and ".py" not in answer["error"]


@pytest.mark.parametrize("body, status", [(b"", 400), (b"123", 400), (np.full(4, np.nan, "<f4").tobytes(), 400),
                                          (bytes(51 * 16), 413)])
def test_bad_octets(raw, secret, body, status):
    assert raw.post(body, secret, media="application/octet-stream")[0] == status


@pytest.mark.parametrize("wrong", [None, "", "x", "leaklab_", "leaklab_00000000_abc", "leaklab_é_x", "a" * 5000])
def test_without_a_good_key_there_is_no_answer(raw, secret, wrong):
    auth = "" if wrong is None else f"Authorization: Bearer {wrong}\r\n"
    for path in ("", "/metadata"):
        status, _ = raw.send(f"GET /v1/models/model{path} HTTP/1.1\r\nHost: x\r\n{auth}\r\n".encode())
        assert status == 401
    assert raw.post(dumped(GOOD), wrong)[0] == 401
    assert raw.post(dumped(GOOD), secret[:-1] + ("A" if secret[-1] != "A" else "B"))[0] == 401


def test_unknown_places(raw, secret):
    assert raw.post(dumped(GOOD), secret, model="other")[0] == 404
    assert raw.post(dumped(GOOD), secret, model="model/versions/2")[0] == 404
    for line, status in (("DELETE /v1/models/model", 400), ("GET /docs", 404)):
        assert raw.send(f"{line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())[0] == 401
        got, answer = raw.send(f"{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n".encode())
        assert got == status and answer["error"]


def test_too_large_is_heard_out_and_told(raw, secret):
    status, answer = raw.post(b" " * (LIMITS.body + 1), secret)
    assert status == 413 and "bytes" in answer["error"]
    endless = raw.head(secret, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert raw.send(endless + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 6 + b"0\r\n\r\n")[0] == 411


def test_bodies_on_their_way_in_count_as_waiting():
    with serve(small_model(), limits=Limits(waiting=40_000, body_seconds=0.5)) as server:
        raw, secret = Raw(server), server.keys.add("a")
        with socket.create_connection(raw.address, timeout=5) as first, \
                socket.create_connection(raw.address, timeout=5) as second:
            for s in (first, second):  # either would fit alone into the quarter that a key may have
                s.sendall(raw.head(secret, 9000) + b" " * 6000)
            answers = [read_answer(s) for s in (first, second)]
        assert sorted(status for status, _ in answers) == [408, 429]
        assert raw.post(dumped(GOOD), secret)[0] == 200


def test_what_is_not_http(raw):
    status, answer = raw.send(b"hello\r\n\r\n")
    assert status == 400 and answer["error"]


@pytest.mark.parametrize("begun", [b"", b"POST /v1", b"GET /v1/models/model HTTP/1.1\r\nHost:"])
def test_slow_headers_are_given_up(raw, begun):
    start = time.monotonic()
    status, answer = raw.send(begun)
    assert status == 408 and "headers" in answer["error"]
    assert time.monotonic() - start >= 0.9 * LIMITS.header_seconds


def test_slow_headers_of_a_second_request_are_given_up_too(raw, secret):
    request = f"GET /v1/models/model HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
    with socket.create_connection(raw.address, timeout=5) as s:
        s.sendall(request)
        assert read_answer(s)[0] == 200
        s.sendall(request[:20])
        assert read_answer(s)[0] == 408


def test_slow_body_is_given_up(raw, secret):
    status, answer = raw.send(raw.head(secret, 100) + b"{")
    assert status == 408 and answer["headers"]["connection"] == "close"


def test_half_closed_clients(raw, secret):
    body = dumped(GOOD)
    head = raw.head(secret, len(body))
    assert raw.send(head + body, half_close=True)[0] == 200
    assert raw.send(head + body[:5], half_close=True)[0] == 400
    assert raw.send(head[:30], half_close=True)[0] == 400
    assert raw.send(b"", half_close=True)[0] == 0


def test_a_model_that_fails_tells_the_operator_and_not_the_client(caplog):
    def broken(x):
        if x.any():
            raise RuntimeError("inside")
        return softmax(x)

    with serve(BlackBox(broken, inputs=(2, 2), classes=3)) as server:
        status, answer = Raw(server).post(dumped(GOOD), server.keys.add("a"))
    assert status == 500 and "inside" not in json.dumps(answer)
    assert "model 'model' failed" in caplog.text and "RuntimeError: inside" in caplog.text


def test_a_response_that_cannot_be_transformed_tells_the_operator(monkeypatch, caplog):
    def broken(spec):
        def harden(access):
            raise RuntimeError("inside")
        return harden

    with serve(small_model()) as server:
        secret = server.keys.add("a", hardening="rounded=2")
        monkeypatch.setattr("leaklab.server.worker.parse_hardening", broken)
        status, answer = Raw(server).post(dumped(GOOD), secret)
    assert status == 500 and "inside" not in json.dumps(answer)
    assert "failed on a request" in caplog.text and "RuntimeError: inside" in caplog.text


def test_a_log_that_cannot_be_written_tells_the_operator_and_answers_nothing(monkeypatch, caplog):
    with serve(small_model()) as server:
        secret = server.keys.add("a")
        monkeypatch.setattr("leaklab.server.log.Log._insert", lambda log, entry: 1 / 0)
        status, answer = Raw(server).post(dumped(GOOD), secret)
    assert status == 503 and "audit log" in answer["error"] and "predictions" not in answer
    assert "cannot be written" in caplog.text and "ZeroDivisionError" in caplog.text


def test_a_fault_of_the_server_itself_tells_the_operator(monkeypatch, caplog):
    with serve(small_model()) as server:
        secret = server.keys.add("a")
        monkeypatch.setattr("leaklab.server.app.most_bytes", lambda *settings: 1 / 0)
        status, answer = Raw(server).post(dumped(GOOD), secret)
    assert status == 500 and answer["error"] == "Internal server error."
    assert "ZeroDivisionError" in caplog.text


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
                    max_leaves=12)
BODIES = st.one_of(st.binary(max_size=200), JSON.map(dumped), JSON.map(lambda v: dumped({"instances": v})),
                   JSON.map(one))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODIES, media=st.sampled_from(["application/json", "application/octet-stream", "text/html", ""]),
       good=st.booleans())
def test_hostile_requests(raw, secret, body, media, good):
    status, answer = raw.post(body, secret if good else "leaklab_00000000_x", media=media)
    assert 200 <= status < 500 and (status == 200 or answer["error"])
    if not good:
        assert status == 401 and set(answer) == {"error", "headers"}
    if "predictions" in answer:
        np.testing.assert_allclose(np.sum(answer["predictions"], axis=1), 1)


def test_after_all_this_the_server_still_answers(raw, secret):
    assert raw.post(dumped(GOOD), secret)[0] == 200
