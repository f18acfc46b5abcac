"""Servers that mean harm, byte by byte: each answer ends in time, within a size, and in a sentence without secrets."""

import copy
import json
import re
import socketserver
import threading
import time
from itertools import chain, repeat

import numpy as np
import pytest

from leaklab._validate import Refused
from leaklab.access import Offers, RemoteApi, Unreachable

KEY = "leaklab_0123_" + "s3cret" * 30
X = np.zeros((2, 3), np.float32)
ROWS = [[0.25, 0.75], [0.5, 0.5]]
OCTETS = np.array(ROWS, "<f8").tobytes()
FOREVER = 400  # pieces; 4 s


def dims(*sizes):
    return {"x": {"tensor_shape": {"dim": [{"size": size} for size in sizes]}}}


def about(inputs=None, outputs=None, **leaklab):
    told = {"metadata": {"signature_def": {"signature_def": {"serving_default": {
        "inputs": inputs or dims("-1", "3"), "outputs": outputs or dims("-1", "2")}}}}}
    return told | ({"leaklab": leaklab} if leaklab else {})


RAW = about(offers="SCORES", classes=[0, 1], octets=True, most_instances=1000, most_bytes=10**7)


def http(body, status="200 OK", *headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def drip(*pieces):
    """The first pieces at once, then the last one again every 10 ms."""
    yield b"".join(pieces[:-1])
    for _ in range(FOREVER):
        time.sleep(0.01)
        yield pieces[-1]


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm, timeout = True, 2

    def handle(self):
        while line := self.rfile.readline():
            length = 0
            while (header := self.rfile.readline()).strip():
                if header.lower().startswith(b"content-length"):
                    length = int(header.split(b":")[1])
            if self.server.reads:
                self.rfile.read(length)
            said = self.server.post if line.startswith(b"POST") else self.server.get
            for piece in ([said] if isinstance(said, bytes) else said()):
                self.wfile.write(piece)
            if not self.server.reads:
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, get, post, reads = True, http(RAW), http(OCTETS), True

    def handle_error(self, *args):
        """The client has gone."""


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.url = f"http://127.0.0.1:{running.server_address[1]}"
        yield running
        running.shutdown()
        thread.join()


def ask(server, x=X, key=KEY, **settings):
    with RemoteApi(server.url, key, **{"retries": 0, "timeout": 5.0} | settings) as api:
        return api.probabilities(x)


def refused(call, *args, kind=ValueError, **settings):
    """The sentence of a refusal: no raw exception, one printable line, and the key not in it."""
    with pytest.raises(kind) as caught:
        call(*args, **settings)
    assert isinstance(caught.value, Refused | Unreachable) or type(caught.value) is ValueError, repr(caught.value)
    text = str(caught.value)
    assert caught.value.__cause__ is None and (caught.value.__suppress_context__ or not caught.value.__context__)
    assert text.isprintable() and len(text) < 600 and KEY[:20] not in text, text
    return text


HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "header": (HEAD + b"X: ", b"x"),
    "headers": (HEAD, b"X: x\r\n"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (HEAD + b"Content-Length: 1000\r\n\r\n", b"{"),
    "body without a length": (HEAD + b"\r\n", b"{"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
    "a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n", b"{"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n"),
    "an error": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n", b"{"),
}


@pytest.mark.parametrize("pieces", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("where", ["get", "post"])
def test_bytes_do_not_renew_the_deadline(server, where, pieces):
    setattr(server, where, lambda: drip(*pieces))
    begun = time.monotonic()
    assert "TimeoutError" in refused(ask, server, timeout=0.3, kind=Unreachable)
    assert time.monotonic() - begun < 2


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE = b" " * 1_000_000
LONG = {
    "without a length": (HEAD + b"\r\n", MEGABYTE),
    "Content-Length": (HEAD + b"Content-Length: 1000000000000000000\r\n\r\n", MEGABYTE),
    "Content-Length of 5,000 digits": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", MEGABYTE),
    "chunks": (CHUNKED, b"f4240\r\n" + MEGABYTE + b"\r\n"),
    "a chunk": (CHUNKED + b"7fffffffffffffff\r\n", MEGABYTE),
    "a chunk of -1": (CHUNKED + b"-1\r\n", MEGABYTE),
    "extensions of chunks": (CHUNKED, b"1;" + b"x" * 60_000 + b"\r\n \r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X: " + b"x" * 60_000 + b"\r\n"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "headers of 100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n" + (b"X: " + b"x" * 60_000 + b"\r\n") * 90 + b"\r\n"),
}


@pytest.mark.parametrize("pieces", LONG.values(), ids=LONG)
@pytest.mark.parametrize("where", ["metadata", "octets", "json"])
def test_an_answer_beyond_its_limit_is_refused(server, where, pieces):
    server.get = http(RAW if where == "octets" else about())
    times = 20_000_000 // len(pieces[1])
    setattr(server, "get" if where == "metadata" else "post", lambda: chain(pieces[:1], repeat(pieces[1], times)))
    assert re.search(r"longer than [\d,]+ bytes", refused(ask, server, kind=Refused))


def changed(where, value):
    told = copy.deepcopy(RAW)
    told["leaklab"][where] = value
    return told


SHAPES = [(1.5,), (True,), ("٣",), (10**9,) * 3, (1,) * 40]
WRONG = [b"[" * 900 + b"]" * 900, b"<html>\x1b[2J" + KEY.encode(), [], 5, None, "no",
         about(inputs={"x": {"tensor_shape": {"unknown_rank": True}}}),
         *(about(inputs=dims("-1", *shape)) for shape in SHAPES), about(outputs=dims("-1", 10**7)),
         about(inputs={"\x1b[2J" + KEY: dims()["x"], "b\n": dims()["x"]}),
         RAW | {"leaklab": [1]}, RAW | {"leaklab": "x"},
         *(changed("classes", value) for value in (10**12, "ab", {}, [], [0], [0, 0], [0, None], [0, [1]], [1, True],
                                                    [1, "1"], [KEY, KEY])),
         *(changed("offers", value) for value in ("ALL", 3, None, [], {}, "\x1b[2J" + KEY)),
         *(changed("most_instances", value) for value in ("x", -5, 0, 1.5, None, True, [])),
         *(changed("most_bytes", value) for value in ("x", -5, 0, 1e300, None, {}))]


@pytest.mark.parametrize("told", WRONG, ids=lambda told: repr(told)[-60:])
def test_wrong_metadata_is_refused_in_a_sentence(server, told):
    server.get = http(told)
    assert re.search(r"metadata|the model has", refused(ask, server))


@pytest.mark.parametrize("offers", [Offers.GRADIENTS, Offers.PARAMETERS])
def test_no_server_raises_what_an_access_offers(server, offers):
    server.get = http(changed("offers", offers.name))
    with RemoteApi(server.url) as api:
        assert api.offers == Offers.SCORES


ANSWERS = [[["0.25", "0.75"], ["0.5", "0.5"]], [True, False], [[True, False], [False, True]],
           [[0.25, 0.75], [True, False]], [{}, {}], "01", {"0": [0.75, 0.5], "1": [[0.25, 0.5]]},
           {"0": ["1", "1"], "1": ["0", "0"]}, [{"0": "0.5", "1": "0.5"}] * 2, [{"0": True, "1": False}] * 2,
           [[1e308, 1e308]] * 2, [KEY, "\x1b]0;"], ["0\n", KEY * 3], {KEY: {"\x1b": KEY}}]
BODIES = [*({"predictions": answer} for answer in ANSWERS), b"<html>\x1b[2J" + KEY.encode() + b"</html>",
          b'{"predictions": ' + b'{"a":' * 1010 + b"1" + b"}" * 1011]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_wrong_answers_are_refused_in_a_sentence(server, body):
    server.get, server.post = http(about()), http(body)
    refused(ask, server)


@pytest.mark.parametrize("body", [b"[]", b"null", {"error": KEY}, {"predictions": ["0.25", "0.5"]}], ids=repr)
def test_what_the_readers_own_function_makes_of_it_is_refused_in_a_sentence(server, body):
    server.get, server.post = http(about()), http(body)
    refused(ask, server, read=lambda said: [float(p) if p < "0.3" else p for p in said["predictions"]])


@pytest.mark.parametrize("offers", ["SCORES", "LABELS"])
@pytest.mark.parametrize("answer", [OCTETS[:-8], OCTETS + bytes(8), OCTETS * 2, b"", np.array([9e307] * 4).tobytes()],
                         ids=len)
def test_wrong_octets_are_refused_in_a_sentence(server, answer, offers):
    server.get, server.post = http(changed("offers", offers)), http(answer)
    assert re.search("must be|are not", refused(ask, server))


@pytest.mark.parametrize("left", [True, -5, 1.5, 2, 10**18, "1", "x", [1], {"a": 1}, KEY], ids=repr)
def test_a_budget_that_makes_no_sense_is_a_plain_refusal(server, left):
    """Two were asked, and two left are enough."""
    said = http({"error": "spent", "left": left}, "403 Forbidden")
    server.post = said
    assert refused(ask, server, kind=Refused) == "The server answered 403: spent"
    server.get = said
    assert refused(ask, server, kind=Refused) == "The server answered 403: spent"


@pytest.mark.parametrize("wait", [[1], {"a": 1}, {}, [KEY]], ids=repr)
def test_a_wait_of_any_kind(server, wait):
    server.post = http({"error": "slower", "retry_after": wait}, "429 Too Many Requests")
    assert "answered 429: slower" in refused(ask, server, kind=Refused)


def test_an_answer_that_comes_late_is_not_taken_for_the_next(server):
    def hints():
        yield b"HTTP/1.1 103 Early Hints\r\n\r\n"
        time.sleep(0.1)
        yield http(bytes(8) + OCTETS[8:])

    with RemoteApi(server.url, retries=0) as api:
        server.post = hints
        assert "answered 103" in refused(api.probabilities, X)
        server.post = http(OCTETS)
        time.sleep(0.2)
        np.testing.assert_array_equal(api.probabilities(X), ROWS)


ECHO = "\x1b[31mno " + KEY + "\r\nX: \u202e" + "y" * 500
BROKEN = [b"\x00", b"SSH-2.0 " + KEY.encode() + b"\x1b[2J\r\n", b"HTTP/9 " + KEY.encode() * 300,
          b"HTTP/1.1 99 X\r\n\r\n", b"HTTP/1.1 1000 X\r\n\r\n", b"HTTP/1.1 x" + KEY.encode() + b"\x07\r\n\r\n",
          CHUNKED + b"-5\r\nabc", http({"error": ECHO}, "999 X"), http({"error": [ECHO]}, "503 X"),
          http({"error": {KEY: ECHO}}, "500 X")]


@pytest.mark.parametrize("said", BROKEN, ids=lambda said: repr(said)[:40])
def test_what_is_no_answer_is_told_without_the_key(server, said):
    server.reads, server.get = False, said
    assert "in 1 attempts" in refused(ask, server, kind=Unreachable)


def test_what_a_server_says_is_shown_printable_and_short(server):
    server.post = http({"error": ECHO}, "400 Bad")
    text = refused(ask, server, kind=Refused)
    assert text.startswith(r"The server answered 400: \x1b[31mno (the key)\r\nX: \u202eyyy") and len(text) < 240


@pytest.mark.parametrize("url", ["http://me:hunter2@127.0.0.1:1", "ftp://me:hunter2@h", "me:hunter2@h", "http://h:hunter2",
                                 "http://[hunter2", "http://me:hunter2@\u2100", "http://127.0.0.1:1?key=hunter2",
                                 "http://h\x7f:1", 5, "http://h:99999"])
def test_urls_are_checked_and_their_passwords_not_shown(url):
    text = refused(RemoteApi, url, inputs=(3,), classes=2)
    assert "url" in text and not (re.search("[@?]", str(url)) and "hunter2" in text)


@pytest.mark.parametrize("key", ["", "hunter2\n", " hunter2", "hunter2\r\nX: y", "hunter2\u20ac", "hunter2\x00",
                                 b"hunter2", 7])
def test_a_key_that_no_header_can_hold_is_refused_unshown(key):
    text = refused(RemoteApi, "http://127.0.0.1:1", key, inputs=(3,), classes=2)
    assert text.startswith("key (not shown here): must be") and "hunter2" not in text


def test_requests_are_sized_by_what_may_come_back(server):
    """Many classes make small requests, so that no server's claims make an answer's limit large."""
    classes = list(range(20_000))
    for octets, batch in ((True, 500), (False, 5)):
        server.get = http(about(classes=classes, octets=octets, most_instances=10**9))
        server.post = http(b"", "400 Bad")
        with RemoteApi(server.url, retries=0) as api:
            assert api._model._batch == batch


def test_a_refusal_before_all_was_sent_is_heard(server):
    server.reads, server.post = False, http({"error": "too much"}, "413 Too Large", "Connection: close")
    assert "413: too much" in refused(ask, server, np.zeros((900_000, 3)), inputs=(3,), classes=2, batch=900_000)


def test_a_503_that_says_when_is_waited_for(server):
    turns = iter([http({"error": "busy", "retry_after": 0.3}, "503 Busy"), http(OCTETS)])
    server.post = lambda: [next(turns)]
    begun = time.monotonic()
    np.testing.assert_array_equal(ask(server, retries=1), ROWS)
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize(("read", "answer"), [
    (lambda said: np.array(said["predictions"]), ROWS), (lambda said: tuple(map(np.array, said["predictions"])), ROWS),
    (lambda said: [np.float32(row[1]) for row in said["predictions"]], ROWS), (None, [[0.75], [0.5]]),
    (None, [0.75, 0.5]), (None, {"0": [[0.25], [0.5]], "1": [[0.75], [0.5]]})])
def test_honest_answers_are_still_read(server, read, answer):
    """In tiny chunks, after a 100 Continue."""
    body = json.dumps({"predictions": answer}).encode()
    server.get = http(about())
    server.post = b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n"
    np.testing.assert_allclose(ask(server, read=read), ROWS)


def test_booleans_are_labels_where_the_labels_are_booleans(server):
    server.get, server.post = http(about(classes=[True, False])), http({"predictions": [True, False]})
    np.testing.assert_array_equal(ask(server), [[1, 0], [0, 1]])


def test_what_was_answered_before_a_wrong_answer_is_counted(server):
    turns = iter([http(OCTETS), http(b"")])
    server.post = lambda: [next(turns)]
    with RemoteApi(server.url, batch=2) as api:
        with pytest.raises(ValueError, match="0 bytes to 2 instances"):
            api.probabilities(np.zeros((4, 3)))
        assert api.queries == 2
