"""Pages of the operator's own beside the models: for keys alone, uncharged, and a fault of theirs is an answer too."""

import http.client
import json

import pytest
from raw_http import small_model

from leaklab.server import Limits, serve

PATH = "/v1/about"


def page(key, body):
    if body == b"refuse":
        raise ValueError("That will not do.")
    if body == b"break":
        raise RuntimeError("a secret of the operator's")
    return json.dumps({"who": key.name, "body": None if body is None else body.decode()}).encode()


@pytest.fixture(scope="module")
def paged():
    with serve(small_model(), pages={PATH: page}, limits=Limits(json=1000, pause_seconds=0.0)) as running:
        yield running


@pytest.fixture(scope="module")
def secret(paged):
    return paged.keys.add("Ada", budget=5)


def ask(server, secret, method="GET", body=None, path=PATH):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    connection.request(method, path, body, {"Authorization": f"Bearer {secret}"})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_a_page_answers_keys_and_costs_nothing(paged, secret):
    assert ask(paged, secret) == (200, {"who": "Ada", "body": None})
    assert ask(paged, secret, "POST", b"hello") == (200, {"who": "Ada", "body": "hello"})
    assert [key.spent for key in paged.keys.all()] == [0]


@pytest.mark.parametrize("method, body, status, word", [
    ("POST", b"refuse", 400, "will not do"), ("POST", b"break", 500, "Internal"), ("PUT", b"x", 400, "Malformed"),
    ("POST", b"x" * 1001, 413, "1,000")])
def test_what_a_page_refuses(paged, secret, method, body, status, word):
    found, said = ask(paged, secret, method, body)
    assert found == status and word in said["error"] and "secret" not in said["error"]


def test_no_key_no_page_and_other_paths_stay_as_they_are(paged, secret):
    assert ask(paged, "wrong")[0] == 401
    assert ask(paged, secret, path="/v1/other")[0] == 400
    assert ask(paged, secret, path="/v1/models/model")[0] == 200


def test_a_rate_holds_for_pages_too(paged):
    slow = paged.keys.add("slow", rate=0.001)
    assert 429 in [ask(paged, slow)[0] for _ in range(3)]
