"""Connections that strangers hold, and HTTP as they write it, over real sockets."""

import gc
import itertools
import select
import socket
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest
from raw_http import Raw, child, read_answer, small_model, statuses

from leaklab.access import BlackBox
from leaklab.server import Limits, serve

ROW = np.full((1, 2, 2), 0.5)
WIDE = 1000
"""Classes of the model whose answers are larger than what the sockets' buffers take."""
GIVEN_UP = 8
"""Seconds after which a connection counts as held for ever; each limit of the server here is below half a second."""


def wide(x):
    return np.full((len(x), WIDE), 1 / WIDE)


@pytest.fixture(scope="module")
def hasty():
    """A server that waits for nobody."""
    limits = Limits(body=2_000_000, header_seconds=0.4, body_seconds=0.4, answer_seconds=0.4, idle_seconds=0.4,
                    linger_seconds=0.2)
    with serve({"model": small_model(), "wide": BlackBox(wide, inputs=(2, 2), classes=WIDE)}, limits=limits) as server:
        yield server


@pytest.fixture(scope="module")
def calm():
    """A server with the usual patience, and bodies of 2 MB at most."""
    with serve(small_model(), limits=Limits(body=2_000_000, json=2_000_000, instances=50)) as server:
        yield server


@pytest.fixture(scope="module")
def raw(calm):
    return Raw(calm)


@pytest.fixture(scope="module")
def secret(calm):
    return calm.keys.add("a user")


def head(secret, lines="", target="POST /v1/models/model:predict") -> bytes:
    auth = f"Authorization: Bearer {secret}\r\n" if secret else ""
    return f"{target} HTTP/1.1\r\nHost: x\r\n{auth}{lines}\r\n".encode()


GOOD = b'{"instances": [[[1, 2], [3, 4]]]}'
LENGTH = f"Content-Length: {len(GOOD)}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
LONG = "Content-Length: 100000000000\r\n"
DRIP = itertools.repeat
PHASES = {  # who holds a connection: whether with a key, what is sent at once, and what then, twenty times a second
    "silent": (False, lambda key: b"", ()),
    "half headers": (False, lambda key: b"POST /v1/models/mo", ()),
    "dripping headers": (False, lambda key: b"GET / HTTP/1.1\r\nX: ", DRIP(b"y")),
    "dripping header lines": (False, lambda key: b"GET / HTTP/1.1\r\n", DRIP(b"a: b\r\n")),
    "dripping empty lines": (False, lambda key: b"", DRIP(b"\r\n")),
    "401, then silence": (False, lambda key: head(key, "Content-Length: 9\r\n"), ()),
    "401, late byte": (False, lambda key: head(key, "Content-Length: 9\r\n"), [b"x"]),
    "401, late body": (False, lambda key: head(key, "Content-Length: 1\r\n"), [b"x"]),
    "401, drip": (False, lambda key: head(key, LONG), DRIP(b"x")),
    "401, flood": (False, lambda key: head(key, LONG), DRIP(bytes(65536))),
    "401, chunk": (False, lambda key: head(key, CHUNKED), [b"1\r\nx\r\n"]),
    "401, chunks": (False, lambda key: head(key, CHUNKED), DRIP(b"1\r\nx\r\n")),
    "401, more requests": (False, lambda key: head(key, target="GET /"), DRIP(head(None, target="GET /"))),
    "404, flood": (True, lambda key: head(key, LONG, "POST /v1/models/nope:predict"), DRIP(bytes(65536))),
    "400, drip": (True, lambda key: head(key, LONG, "PUT /v1/models/model"), DRIP(b"x")),
    "413, drip": (True, lambda key: head(key, LONG), DRIP(b"x")),
    "413, flood of chunks": (True, lambda key: head(key, CHUNKED), DRIP(b"10000\r\n" + bytes(65536) + b"\r\n")),
    "body never comes": (True, lambda key: head(key, "Content-Length: 16\r\n"), ()),
    "dripping body": (True, lambda key: head(key, "Content-Length: 9999\r\n"), DRIP(b"x")),
    "dripping chunks": (True, lambda key: head(key, CHUNKED), DRIP(b"1\r\nx\r\n")),
    "dripping chunk size": (True, lambda key: head(key, CHUNKED) + b"1;", DRIP(b"x")),
    "dripping trailers": (True, lambda key: head(key, CHUNKED) + b"0\r\n", DRIP(b"a: b\r\n")),
    "100 Continue, then silence": (True, lambda key: head(key, "Content-Length: 16\r\nExpect: 100-continue\r\n"), ()),
    "idle after an answer": (True, lambda key: head(key, target="GET /v1/models/model"), ()),
    "idle, empty lines": (True, lambda key: head(key, target="GET /v1/models/model"), DRIP(b"\r\n")),
    "second request dripping": (True, lambda key: head(key, target="GET /v1/models/model"), DRIP(b"G")),
}


def hold(address, opening: bytes, then, seconds=GIVEN_UP) -> bool:
    """Whether the server ends a connection that its client never would."""
    end, then = time.monotonic() + seconds, iter(then)
    with socket.create_connection(address, timeout=seconds) as s:
        s.sendall(opening)
        s.settimeout(0.05)
        while time.monotonic() < end:
            try:
                if not s.recv(65536):
                    return True
            except TimeoutError:
                pass
            except OSError:
                return True
            try:
                s.send(next(then, b""))
            except TimeoutError:
                pass
            except OSError:
                return True
    return False


def deaf(address) -> socket.socket:
    """A connection whose client takes next to nothing before it reads."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(GIVEN_UP)
    s.connect(address)
    return s


def never_read(address, request: bytes) -> bool:
    """Whether the server ends a connection on which requests follow each other and no answer is read."""
    end = time.monotonic() + GIVEN_UP
    with deaf(address) as s:
        s.settimeout(0.2)
        while time.monotonic() < end:
            try:
                s.send(100 * request)
            except TimeoutError:
                pass
            except OSError:
                return True
    return False


def read_bit_by_bit(address, request: bytes, whole: int) -> bool:
    """Whether an answer of ``whole`` bytes, read one byte at a time, was cut off."""
    with deaf(address) as s:
        s.sendall(request)
        received = 0
        try:
            for _ in range(40):
                received += len(s.recv(1))
                time.sleep(0.05)
            while part := s.recv(65536):
                received += len(part)
                if received >= whole:
                    return False
        except OSError:
            return received < whole
    return received < whole


@pytest.fixture(scope="module")
def ended(hasty):
    """Which phases the server ended, all tried at once, and the statuses of one who asks meanwhile."""
    raw, secret, other = Raw(hasty), hasty.keys.add("stranger"), hasty.keys.add("a user")
    get = head(secret, target="GET /v1/models/model/metadata")
    big = head(secret, f"Content-Type: application/octet-stream\r\nContent-Length: {16 * WIDE}\r\n",
               "POST /v1/models/wide:predict") + bytes(16 * WIDE)
    honest = []
    with ThreadPoolExecutor(len(PHASES) + 2) as pool:
        held = {name: pool.submit(hold, raw.address, opening(secret if keyed else None), then)
                for name, (keyed, opening, then) in PHASES.items()}
        held["answers never read"] = pool.submit(never_read, raw.address, get)
        held["an answer read byte by byte"] = pool.submit(read_bit_by_bit, raw.address, big, 8 * WIDE * WIDE)
        while not all(each.done() for each in held.values()):
            start = time.monotonic()
            honest += [raw.get("/v1/models/model", other)[0], raw.ask(ROW, other)[0]]
            honest.append(time.monotonic() - start)
            time.sleep(0.02)
    return {name: each.result() for name, each in held.items()} | {"honest": honest}


@pytest.mark.parametrize("phase", [*PHASES, "answers never read", "an answer read byte by byte"])
def test_no_phase_of_a_connection_lasts_for_ever(ended, phase):
    assert ended[phase]


def test_meanwhile_others_are_answered(ended):
    taken = ended["honest"][2::3]
    assert set(ended["honest"][::3] + ended["honest"][1::3]) == {200} and np.median(taken) < 1


CRAMPED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from raw_http import small_model
from leaklab.server import Limits, serve
server = serve(small_model(), limits=Limits(header_seconds=60, body_seconds=60))
print(server.url, server.keys.add("a user"), server.keys.add("stranger"), flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cramped(tmp_path_factory):
    """A server in a process of 256 descriptors: its raw client, two keys, and the file of its stderr."""
    errors = tmp_path_factory.mktemp("cramped") / "stderr"
    with errors.open("wb") as file:
        process = child(CRAMPED, stdin=subprocess.PIPE, stderr=file)
    with process:
        try:
            url, *secrets = process.stdout.readline().split()
            yield Raw(url), *secrets, errors
        finally:
            process.kill()


@pytest.mark.parametrize("keyed, opening, late", [
    (False, b"", b""), (False, b"POST /v1", b""), (False, head(None, "Content-Length: 2\r\n"), b"x"),
    (False, head(None, CHUNKED), b"1\r\nx\r\n"), (True, b"Content-Length: 99\r\n\r\n", b"x"),
    (True, b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", b""), (True, b"Content-Length: 0\r\n\r\n", b"")],
    ids=["silent", "half headers", "401 and a byte", "401 and a chunk", "body", "chunked body", "idle"])
def test_300_held_connections_leave_room_for_others(cramped, keyed, opening, late):
    raw, secret, stranger, errors = cramped
    before = len(errors.read_text())
    opening = head(stranger)[:-2] + opening if keyed else opening
    with ExitStack() as stack:
        held = []
        for _ in range(300):
            try:
                held.append(stack.enter_context(socket.create_connection(raw.address, timeout=2)))
                held[-1].sendall(opening)
            except OSError:  # refused at the door
                continue
        for s in held:
            try:
                s.settimeout(0.01)
                s.recv(1) if late else None
                s.sendall(late)
            except OSError:
                continue
        assert [raw.ask(ROW, secret)[0] for _ in range(5)] == [200] * 5
    written = errors.read_text()[before:]
    assert len(written) < 100_000 and written.count("Too many open files") <= 1


def test_who_is_being_answered_keeps_the_connection_when_others_crowd_in():
    asked, go_on = [], []

    def waits(x):
        asked.append(len(x))
        while x.flat[0] == 7 and not go_on:
            time.sleep(0.01)
        return np.full((len(x), 3), 1 / 3)

    limits = Limits(connections=20, header_seconds=60)
    with serve(BlackBox(waits, inputs=(2, 2), classes=3), limits=limits) as server, ThreadPoolExecutor(1) as pool:
        raw, secret = Raw(server), server.keys.add("a user")
        asked.clear()
        with ExitStack() as stack:
            answer = pool.submit(raw.ask, np.full((1, 2, 2), 7), secret)
            try:
                while not asked:
                    time.sleep(0.01)
                crowd = [stack.enter_context(socket.create_connection(raw.address, timeout=5)) for _ in range(60)]
                assert raw.get("/v1/models/model", secret)[0] == 200
                closed = select.select(crowd, [], [], 0)[0]
            finally:
                go_on.append(True)
            assert answer.result(10)[0] == 200
            assert 40 <= len(closed) < 60  # the oldest went, and nobody else


@pytest.mark.parametrize("chunk", [b"1\r\nx\r\n", b"01;a=b\r\nx\r\n"])
def test_bodies_in_tiny_chunks_stop_nobody(raw, calm, secret, chunk):
    """The event loop parses each chunk in Python: 200,000 of them on 8 connections once took it 12 s an answer."""
    body = head(calm.keys.add("stranger"), CHUNKED) + 200_000 * chunk
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(raw.until_closed, body, 60) for _ in range(8)]
        start, served = time.monotonic(), 0
        while not all(each.done() for each in sent) and served < 10:
            served += raw.get("/v1/models/model", secret)[0] == 200
        each = (time.monotonic() - start) / max(served, 1)
        answers = [statuses(one.result()) for one in sent]
    assert all(answer in ([400], [411], []) for answer in answers) and any(answers)
    assert each < 3


@pytest.mark.parametrize("who", [None, "spent", "good"])
def test_what_is_refused_unread_is_not_taken_apart(raw, calm, secret, who):
    """64 KiB of tiny chunks once cost 100 times as much as one chunk of that size, and no key was needed."""
    key = {None: None, "spent": calm.keys.add("spent", budget=0), "good": secret}[who]
    tiny, one = 10_000 * b"1\r\nx\r\n" + b"0\r\n\r\n", b"ea60\r\n" + bytes(60_000) + b"\r\n0\r\n\r\n"

    def fastest(body):
        taken = []
        for _ in range(8):
            start = time.monotonic()
            assert raw.send(head(key, CHUNKED) + body)[0] in (400, 401, 403, 411)
            taken.append(time.monotonic() - start)
        return min(taken)

    assert fastest(tiny) < 15 * fastest(one)


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_body_that_does_not_say_its_length_is_refused_by_name(raw, secret, size):
    parts = [GOOD[i:i + size] for i in range(0, len(GOOD), size)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    status, answer = raw.send(head(secret, CHUNKED) + chunks + b"0\r\nTrailer: x\r\n\r\n")
    assert status == 411 and "Content-Length" in answer["error"] and answer["headers"]["connection"] == "close"


SMUGGLED = b"GET /v1/models/model HTTP/1.1\r\nHost: x\r\n%s\r\n"


@pytest.mark.parametrize("version, lines", [
    ("1.1", "Content-Length: 4\r\n" + CHUNKED), ("1.1", CHUNKED + "Content-Length: 4\r\n"),
    ("1.1", "content-length: 0\r\ntransfer-encoding: CHUNKED\r\n"), ("1.1", "Transfer-Encoding: gzip, chunked\r\n"),
    ("1.1", CHUNKED + "Transfer-Encoding: identity\r\n"), ("1.1", CHUNKED + CHUNKED),
    ("1.1", "Transfer-Encoding: xchunked\r\n"), ("1.1", "Transfer-Encoding : chunked\r\n"),
    ("1.1", "Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n"), ("1.0", CHUNKED),
    ("1.1", "Content-Length: 4\r\nContent-Length: 5\r\n"), ("1.1", "Content-Length: 4, 5\r\n"),
    ("1.1", "Content-Length: +4\r\n"), ("1.1", "Content-Length: 0x4\r\n"), ("1.1", "Content-Length: -4\r\n"),
    ("1.1", "Content-Length: 4 4\r\n"), ("1.1", "Content-Length: \u0664\r\n"), ("1.1", "Content-Length: 4_0\r\n")])
def test_who_leaves_the_length_open_to_doubt_gets_one_refusal_and_no_more(raw, secret, version, lines):
    auth = f"Authorization: Bearer {secret}\r\n".encode()
    opening = head(secret, lines).replace(b"HTTP/1.1", b"HTTP/" + version.encode())
    received = raw.until_closed(opening + b"0\r\n\r\n" + SMUGGLED % auth)
    assert statuses(received) in ([400], [411], [501])
    assert b"connection: close" in received.lower()


PATHS = ["/", "/docs", "/openapi.json", "/v1", "/v1/models", "/v1/models/", "/v1/models/model", "/v1/models/model/",
         "/v1/models/nope", "/v1/models/model/metadata/", "//v1/models/model", "/v1/models/model/versions/1",
         "/v1/models/model:predict", "/favicon.ico", "/%2e%2e/", "http://x/v1/models/model"]


@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE", "OPTIONS", "BREW"])
def test_without_a_key_all_paths_are_one(raw, verb):
    answers = {raw.until_closed(head(None, "Content-Length: 0\r\n", f"{verb} {path}")) for path in PATHS}
    bodies = {answer.partition(b"\r\n\r\n")[2] for answer in answers}
    assert all(statuses(answer) == [401] for answer in answers) and len(bodies) == 1
    assert not any(b"\r\nlocation:" in answer.lower() for answer in answers)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_redirected_and_no_header_comes_back(raw, secret, path):
    request = head(secret, "Connection: close\r\n", f"GET {path}").replace(b"Host: x", b"Host: evil.example")
    received = raw.until_closed(request)
    assert statuses(received)[0] in (200, 400, 404) and b"evil" not in received
    assert b"\r\nlocation:" not in received.lower()


def test_accepted_connections_do_not_wait_for_acknowledgements(raw, secret):
    """Without TCP_NODELAY every answer on a kept-alive connection took 44 ms."""
    with socket.create_connection(raw.address, timeout=5) as s:
        s.sendall(head(secret, target="GET /v1/models/model"))
        assert read_answer(s)[0] == 200
        accepted = [each for each in gc.get_objects() if isinstance(each, socket.socket) and each.fileno() != -1
                    and each is not s and _peer(each) == s.getsockname()]
        assert len(accepted) == 1
        assert accepted[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def _peer(s):
    try:
        return s.getpeername()
    except OSError:
        return None


@pytest.mark.parametrize("before, target, body", [
    (b"", "GET http://x/v1/models/model", b""), (b"", "GET HTTP://other.example:80/v1/models/model/metadata", b""),
    (b"", "POST http://x:8501/v1/models/model:predict", GOOD), (b"", "GET http://[::1]:80/v1/models/model", b""),
    (b"", "GET https://x/v1/models/model?a=b", b""), (b"", "GET /v1/models/model?", b""),
    (b"\r\n", "GET /v1/models/model", b""), (b"\r\n\r\n", "POST /v1/models/model:predict", GOOD)])
def test_ways_to_write_a_request_that_the_standard_allows(raw, secret, before, target, body):
    assert raw.send(before + head(secret, f"Content-Length: {len(body)}\r\n", target) + body)[0] == 200


def test_empty_lines_between_requests_are_ignored(raw, secret):
    request = head(secret, LENGTH) + GOOD
    with socket.create_connection(raw.address, timeout=5) as s:
        for lines in (b"", b"\r\n", b"\r\n\r\n"):
            s.sendall(lines + request + b"\r\n")
            assert read_answer(s)[0] == 200


def test_who_breaks_off_in_a_body_leaves_no_place_taken():
    with serve(small_model(), limits=Limits(connections=8)) as server:
        raw, secret = Raw(server), server.keys.add("a user")
        for _ in range(20):
            with socket.create_connection(raw.address, timeout=5) as s:
                s.sendall(raw.head(secret, 100) + b"{")
                time.sleep(0.02)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed by a reset
        assert raw.ask(np.zeros((1, 2, 2)), secret)[0] == 200


def test_who_does_not_wait_for_an_answer_gets_no_second_one(raw, secret):
    request = head(secret, LENGTH) + GOOD
    assert statuses(raw.until_closed(request + request + request)) == [200]


EXPECT = "Expect: 100-continue\r\n"
DIGITS = "Content-Length: " + 6000 * "9" + "\r\n"


@pytest.mark.parametrize("who, lines, refused", [
    ("good", LONG, {413}), ("good", "Content-Length: 2000001\r\n", {413}), ("good", DIGITS, {400, 413}),
    ("good", LENGTH + "Content-Encoding: gzip\r\n", {415}), ("good", "Content-Length: many\r\n", {400}),
    (None, LONG, {401}), (None, LENGTH, {401}), (None, CHUNKED, {401, 411}), (None, DIGITS, {400, 401}),
    ("spent", LONG, {403, 413}), ("spent", LENGTH, {403}), ("spent", CHUNKED, {403, 411})],
    ids=lambda value: str(value).strip()[:30])
@pytest.mark.parametrize("expect", ["", EXPECT], ids=["", "Expect"])
def test_a_request_that_cannot_be_answered_is_refused_before_its_body(raw, calm, secret, who, lines, refused, expect):
    key = {"good": secret, None: None, "spent": calm.keys.add("spent", budget=0)}[who]
    received = raw.until_closed(head(key, lines + expect))
    assert len(statuses(received)) == 1 and set(statuses(received)) <= refused
    assert b"connection: close" in received.lower()


def test_who_asks_first_and_may_is_told_to_go_on(raw, secret):
    with socket.create_connection(raw.address, timeout=5) as s:
        s.sendall(head(secret, LENGTH + EXPECT))
        assert s.recv(4096).startswith(b"HTTP/1.1 100 ")
        s.sendall(GOOD)
        assert read_answer(s)[0] == 200


@pytest.mark.parametrize("media", ["application/json", "application/octet-stream"])
@pytest.mark.parametrize("size", [2_000_001, 8_000_000])
def test_who_sends_too_much_can_read_why(raw, secret, media, size):
    status, answer = raw.post(bytes(size), secret, media=media)
    assert status == 413 and "bytes" in answer["error"] and answer["headers"]["connection"] == "close"


def test_who_sends_too_many_chunks_can_read_why(raw, secret):
    status, answer = raw.send(head(secret, CHUNKED) + 100 * (b"10000\r\n" + bytes(65536) + b"\r\n") + b"0\r\n\r\n")
    assert status in (411, 413) and answer["error"]


@pytest.mark.parametrize("coding, status", [("gzip", 415), ("br", 415), ("deflate, gzip", 415), ("GZIP", 415),
                                            ("x", 415), ("identity", 200)])
def test_compressed_bodies_are_refused_by_name(raw, secret, coding, status):
    got, answer = raw.send(head(secret, LENGTH + f"Content-Encoding: {coding}\r\n") + GOOD)
    assert got == status and (status == 200 or "compressed" in answer["error"])
