"""Hostile requests to a live server, drawn around its three operations and made by hand, and what must hold for every
answer.

Two keys see one model, whose answer is a known function of the input: one sees scores, the other labels and has a
budget. So every answer can be checked against the question it belongs to, and against the key it was asked with.
"""

import json
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from raw_http import Raw, read_answer, softmax

from leaklab.server import Keys, Limits, Server, read_log

LIMITS = Limits(body=20_000, instances=50, pause_seconds=0, header_seconds=0.3, body_seconds=0.3)
BUDGET = 10**6
MEDIA = ["application/json", "application/octet-stream"]
PATHS = [("GET", "/v1/models/{name}"), ("GET", "/v1/models/{name}/metadata"), ("POST", "/v1/models/{name}:predict")]
LIKE = [("POST", "/v1/models/{name}"), ("POST", "/v1/models/{name}:classify"), ("POST", "/V1/Models/{name}:Predict"),
        ("GET", "/v1/models/{name}/"), ("GET", "/v1/models"), ("GET", "/openapi.json"), ("GET", "/")]
MODELS = ["model"] * 24 + [
    "other", "", "..", "%2e%2e", "../model", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "model%00", "MODEL",
    "model/versions/1", "model/versions/1", "model/versions/2", "model/versions/01", "model/labels/x", "%ff", "model;x",
    "model%3Apredict", "model/../model", "m" * 3000, "'; DROP TABLE keys; --"]
AUTHORS = ["scores", "labels"] * 4 + ["revoked", "unknown", "mixed", "basic", "none", "text"]
NUMBERS = ["1", "-0.5", "1e-400", "1e400", "-1e39", "3.4e38", "NaN", "Infinity", "-Infinity", "1" + "0" * 400, "01",
           "+1", ".5", "true", "null", '"1"', "[]", "{}", '"\\ud800"', "0x10", "1_0"]


@dataclass(frozen=True)
class Sent:
    """Bytes for one connection, who signed them, and whether the client then closes its half."""

    data: bytes
    who: str
    verb: str = ""
    media: str = ""
    body: bytes = b""
    half_close: bool = False

    def __repr__(self):
        return f"Sent({self.data[:300]!r}... by {self.who})"


class Target:
    """A server, the keys that may ask and those that may not, and a tally of what came back."""

    def __init__(self, server: Server):
        self.server, self.raw, keys = server, Raw(server), server.keys
        self.secrets = {"scores": keys.add("scores"), "labels": keys.add("labels", budget=BUDGET, hardening="labels"),
                        "revoked": keys.add("revoked")}
        self.ids = {who: keys.check(secret).id for who, secret in self.secrets.items()}
        keys.revoke(self.ids["revoked"])
        self.statuses, self.received = Counter(), Counter()
        self.hidden = [*self.secrets.values(), *self.ids.values(), str(server.log.parent), "Traceback", 'File "', ".py",
                       "site-packages", "leaklab.server", "sqlite"]

    def shown(self, who: str) -> str:
        """The line that signs a request."""
        other = self.secrets["labels"].rsplit("_", 1)
        secret = {**self.secrets, "unknown": "leaklab_00000000_abc", "text": "\u00e9_\x7f_%00",
                  "mixed": f"{other[0]}_{self.secrets['scores'].split('_', 2)[2]}"}.get(who, "")
        kind = "Basic" if who == "basic" else "Bearer"
        return "" if who == "none" else f"Authorization: {kind} {secret or self.secrets['scores']}\r\n"

    def requests(self) -> st.SearchStrategy[Sent]:
        """Requests to the server's operations, and to what is like them."""
        verbs = ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW", "GET"]
        return st.builds(self._request, st.sampled_from(PATHS[-1:] * 8 + PATHS + LIKE),
                         st.sampled_from([""] * 27 + verbs), st.sampled_from(MODELS), st.sampled_from(AUTHORS),
                         st.sampled_from([*MEDIA * 3, "text/html", "", "application/json; charset=utf-16", "x" * 200]),
                         bodies(), st.sampled_from(FRAMES), st.sampled_from(EXTRAS))

    def _request(self, place, verb, model, who, media, body, frame, extra) -> Sent:
        verb, path = verb or place[0], place[1].replace("{name}", model).replace(" ", "%20")
        framing, sent, body, half_close = frame(body)
        head = f"{verb} {path} HTTP/1.1\r\nHost: x\r\n{self.shown(who)}Content-Type: {media}\r\n{extra}{framing}\r\n"
        kind = verb if verb == "HEAD" else path.rpartition(":")[2].lower()
        return Sent(head.encode("latin-1") + sent, who, kind, media, body, half_close)

    def ask(self, sent: Sent) -> None:
        """Send, and judge the answer."""
        status, answer = self.raw.send(sent.data, half_close=sent.half_close, bodiless=sent.verb == "HEAD")
        self.judge(sent, status, answer)

    def ask_together(self, many: list[Sent]) -> None:
        """All at the same time, so that the server answers them in one batch."""
        with ThreadPoolExecutor(len(many)) as pool:
            list(pool.map(self.ask, many))

    def leaks(self, answer: dict) -> list[str]:
        return [word for word in self.hidden if word in repr(answer)]

    def judge(self, sent: Sent, status: int, answer: dict) -> None:
        self.statuses[status] += 1
        if status == 0 and sent.half_close:  # not HTTP, and the refusal overtaken by the end of the connection
            return
        assert 200 <= status < 500, (status, answer, sent)
        assert not self.leaks(answer), (answer, sent)
        if status != 200:
            assert sent.verb == "HEAD" or answer.get("error") or status == 204, (status, answer, sent)
        else:
            assert sent.who in ("scores", "labels"), (answer, sent)
            if sent.verb == "predict":
                self._check_answer(sent, answer)
            elif "leaklab" not in answer:
                assert "model_version_status" in answer, (answer, sent)
            else:
                offers, left = answer["leaklab"]["offers"], answer["leaklab"]["left"]
                assert (offers, left is None) == {"scores": ("SCORES", True), "labels": ("LABELS", False)}[sent.who]

    def _check_answer(self, sent: Sent, answer: dict) -> None:
        if sent.media.startswith(MEDIA[1]):
            x, got = np.frombuffer(sent.body, "<f4"), np.frombuffer(answer["octets"], "<f8").reshape(-1, 3)
        else:
            x, reply = read_question(json.loads(sent.body))
            got = np.array(answer[reply])
        want = softmax(x.reshape(-1, 2, 2))
        np.testing.assert_allclose(got, want if sent.who == "scores" else np.eye(3)[want.argmax(axis=1)], atol=1e-6)
        self.received[sent.who] += len(want)

    def settle(self) -> None:
        """At the end: every answer is in the log and in the budget, and the server still answers."""
        with Keys(self.server.log) as keys:
            spent = {key.id: key.spent for key in keys.all()}
        log = read_log(self.server.log, model="model")
        for who in ("scores", "labels"):
            assert spent[self.ids[who]] == len(log.of(self.ids[who]).key) == self.received[who] > 0
        assert spent[self.ids["revoked"]] == 0
        for who in ("scores", "labels"):
            self.ask(self.good(who))

    def good(self, who: str, seed: int = 0) -> Sent:
        """An honest request."""
        x = np.random.default_rng(seed).normal(size=(2, 2, 2)).round(3)
        body = json.dumps({"instances": x.tolist()}).encode()
        head = (f"POST /v1/models/model:predict HTTP/1.1\r\nHost: x\r\n{self.shown(who)}"
                f"Content-Length: {len(body)}\r\n\r\n")
        return Sent(head.encode("latin-1") + body, who, "predict", "", body)


def read_question(asked: dict) -> tuple[np.ndarray, str]:
    """The inputs of a good JSON body, also where they are named, and the name of the answer."""
    if "instances" in asked:
        rows, reply = [row["x"] if isinstance(row, dict) else row for row in asked["instances"]], "predictions"
    else:
        rows, reply = asked["inputs"], "outputs"
    return np.array(rows["x"] if isinstance(rows, dict) else rows, np.float32), reply


def bodies() -> st.SearchStrategy[bytes]:
    """Good inputs, nearly good ones, any JSON, any bytes."""
    def square(number):
        return st.builds("[[{},{}],[{},{}]]".format, number, number, number, number)

    row = square(st.floats(-9, 9, width=32).map(repr))
    wrong = square(st.sampled_from(NUMBERS)) | st.sampled_from(["[[1,2],[3]]", "[1,2,3,4]", "[[[1,2],[3,4]]]"])
    named = row.map('{{"x": {}}}'.format)
    odd = named | row | st.sampled_from(['{"y": [[1,2],[3,4]]}', '{"x": [[1,2],[3,4]], "y": 1}', "{}"])
    name = st.sampled_from(["instances"] * 6 + ["inputs", "Instances", "instances\\u0000", "\u00e9\U0001f600"])
    value = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                         lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner,
                                                                                     max_size=3), max_leaves=8)
    asked = st.one_of(st.lists(row, min_size=1, max_size=3), st.lists(row | wrong, max_size=3),
                      st.lists(named, min_size=1, max_size=3), st.lists(odd, max_size=3),
                      st.just(["[[1,2],[3,4]]"] * 51), st.just(["[[1,2],[3,4]]"] * 1500))
    good = st.builds(lambda name, rows: f'{{"{name}": [{",".join(rows)}]}}', name, asked)
    column = st.builds('{{"inputs": {{"{}": [{}]}}}}'.format, st.sampled_from("xxxy"),
                       st.lists(row, max_size=3).map(",".join))
    signed = st.builds(lambda text, name: text[:-1] + f', "signature_name": {name}}}', good | column,
                       st.sampled_from(['"serving_default"', '"nope"', "5", "null", '""']))
    twice = st.builds(lambda a, b: a[:-1] + "," + b[1:], good, good)
    deep = st.sampled_from(["[" * 9000, '{"instances":' + "[" * 500 + "]" * 500 + "}",
                            '{"a":' * 1500 + "1" + "}" * 1500])
    octets = st.lists(st.floats(width=32), max_size=9).map(lambda v: np.array(v, "<f4").tobytes())
    fine = st.lists(st.floats(-9, 9, width=32), min_size=4, max_size=4).flatmap(
        lambda v: st.integers(1, 4).map(lambda n: np.array(n * v, "<f4").tobytes()))
    text = st.one_of(good, good, good, column, signed, twice, deep, value.map(json.dumps),
                     value.map(lambda v: json.dumps({"instances": v})))
    return st.one_of(text.map(lambda t: t.encode("utf-8", "replace")), octets, fine, st.binary(max_size=100),
                     good.map(lambda t: b"\xef\xbb\xbf" + t.encode()), good.map(lambda t: t.encode("utf-16")))


def _chunks(body, size=7, end=b"0\r\n\r\n"):
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def _length(value, seen=lambda body: body, half_close=True):
    return lambda body: (f"Content-Length: {value(len(body))}\r\n", body, seen(body), half_close)


def _coded(coding, wire, half_close=True):
    return lambda body: (f"Transfer-Encoding: {coding}\r\n", wire(body), body, half_close)


FRAMES = [_length(lambda n: n, half_close=False)] * 12 + [
    _length(lambda n: n + 5), _length(lambda n: max(0, n - 1), lambda body: body[:-1]), _length(lambda n: -1),
    _length(lambda n: "many"), _length(lambda n: f"{n}\r\nContent-Length: {n + 1}"), _length(lambda n: "9" * 30),
    _length(lambda n: f"+{n}"), lambda body: ("", body, b"", True), _coded("chunked", _chunks, half_close=False),
    _coded("chunked", lambda body: _chunks(body, 4096), half_close=False),
    _coded("chunked\r\nContent-Length: 3", _chunks), _coded("gzip", lambda body: body),
    _coded("chunked", lambda body: b"zz\r\n" + body), _coded("chunked", lambda body: b"f" * 30 + b"\r\n" + body)]
"""Ways to say how long a body is, true and false: the header, what is sent, what of it is the body, and whether the
client closes its half behind it."""
EXTRAS = [""] * 8 + [
    "Connection: close\r\n", "Expect: 100-continue\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n",
    "Content-Encoding: gzip\r\n", "X: " + "y" * 5000 + "\r\n", "X-HTTP-Method-Override: DELETE\r\n",
    "Authorization: Bearer x\r\n", "X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /v1/models/model\r\n"]


def by_hand(target: Target, rng: np.random.Generator) -> int:
    """What no list of paths yields, byte by byte; how many requests it was."""
    good, count = {who: target.good(who, int(rng.integers(10**6))) for who in ("scores", "labels")}, 0
    whole = good["scores"].data
    garbage = [rng.bytes(int(rng.integers(1, 300))), bytes.fromhex("16030100a5010000a10303") + rng.bytes(150),
               b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n\r\n", b"\r\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
               b"GET /v1/models/model HTTP/1.1\nHost: x\n\n", b"X" * 70_000, whole.replace(b"Host: x", b"Host: \0"),
               whole.replace(b"Host: x", b"no colon"), whole.replace(b"Host: x\r\n", b""),
               whole.replace(b"\r\n", b"\r\n" + b"A: b\r\n" * 20_000, 1), b"\xc3\x28" * 50 + whole,
               b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
               b"GET http://x/v1/models/model HTTP/1.1\r\nHost: x\r\n\r\n"]
    for data in garbage:
        status, answer = target.raw.send(data, half_close=True)
        assert status in (0, 400, 401, 404, 405, 431, 505), (status, data)  # 0: closed without a word
        target.statuses[status] += 1
        assert not target.leaks(answer), (answer, data)
    for cut in rng.integers(1, len(whole), 4):
        status, _ = target.raw.send(whole[:cut], half_close=True)  # truncated, and the half closed
        assert status == 400, (status, cut)
        target.statuses[status] += 1
    count += len(garbage) + 4
    for slow in (whole[:30], whole[:-3]):  # slow headers, slow body
        status, _ = target.raw.send(slow)
        assert status == 408
        target.statuses[status] += 1
        count += 1
    line = [good[who] for who in ("scores", "labels", "labels", "scores")]  # on one connection, each by its own key
    with socket.create_connection(target.raw.address, timeout=5) as s:
        for sent in line:
            s.sendall(sent.data)
            target.judge(sent, *read_answer(s))
        s.sendall(b"garbage\r\n\r\n")
        assert read_answer(s)[0] == 400
    with socket.create_connection(target.raw.address, timeout=5) as s:  # gone before the answer
        s.sendall(whole[:-1])
    return count + len(line) + 2
