"""Clients of TensorFlow Serving: one written after its public REST documentation, and where our answers differ.

Documentation: https://www.tensorflow.org/tfx/serving/api_rest
"""

import http.client
import json
import math

import numpy as np
import pytest
from raw_http import LIMITS, softmax

from leaklab.access import BlackBox
from leaklab.server import serve

X = np.random.default_rng(0).normal(size=(3, 2, 2)).round(3)
ROWS = X.tolist()
NAMED = [{"x": row} for row in ROWS]


class Client:
    """The status, metadata and predict calls of the documentation; of Leaklab's it knows the key alone."""

    def __init__(self, url: str, model: str, *, version: int | None = None, label: str | None = None,
                 key: str | None = None):
        self.host = url.removeprefix("http://")
        which = f"/labels/{label}" if label else "" if version is None else f"/versions/{version}"
        self.path = f"/v1/models/{model}{which}"
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def call(self, verb: str, path: str, body=None) -> tuple[int, dict]:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(verb, path, data, self.headers)
            answer = connection.getresponse()
            assert answer.getheader("Content-Type") == "application/json"
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def status(self):
        return self.call("GET", self.path)

    def metadata(self):
        return self.call("GET", self.path + "/metadata")

    def predict(self, body, verb="predict"):
        return self.call("POST", f"{self.path}:{verb}", body)


@pytest.fixture(scope="module")
def server():
    with serve({"m": BlackBox(softmax, inputs=(2, 2), classes=3)}, limits=LIMITS) as running:
        yield running


@pytest.fixture(scope="module")
def key(server):
    return server.keys.add("a user")


@pytest.fixture(scope="module")
def client(server, key):
    return Client(server.url, "m", key=key)


@pytest.fixture(scope="module", params=[None, 1], ids=["latest", "version 1"])
def either(request, server, key):
    return Client(server.url, "m", version=request.param, key=key)


def test_status(either):
    status, answer = either.status()
    assert status == 200
    assert answer == {"model_version_status": [{"version": "1", "state": "AVAILABLE",
                                                "status": {"error_code": "OK", "error_message": ""}}]}


def test_metadata_names_inputs_outputs_and_shapes(either):
    status, answer = either.metadata()
    assert status == 200 and answer["model_spec"] == {"name": "m", "signature_name": "", "version": "1"}
    (name, signature), = answer["metadata"]["signature_def"]["signature_def"].items()
    assert (name, signature["method_name"]) == ("serving_default", "tensorflow/serving/predict")
    (taken, about), = signature["inputs"].items()
    assert (taken, about["dtype"]) == ("x", "DT_FLOAT")
    assert [dim["size"] for dim in about["tensor_shape"]["dim"]] == ["-1", "2", "2"]
    given, = signature["outputs"].values()
    assert [dim["size"] for dim in given["tensor_shape"]["dim"]] == ["-1", "3"]


@pytest.mark.parametrize("body, reply", [
    ({"instances": ROWS}, "predictions"), ({"instances": NAMED}, "predictions"), ({"inputs": ROWS}, "outputs"),
    ({"inputs": {"x": ROWS}}, "outputs"), ({"signature_name": "serving_default", "instances": ROWS}, "predictions"),
    ({"signature_name": "", "instances": NAMED}, "predictions"),
    ({"inputs": {"x": ROWS}, "signature_name": "serving_default"}, "outputs")])
def test_predict_by_rows_and_by_columns(either, body, reply):
    status, answer = either.predict(body)
    assert status == 200 and list(answer) == [reply]
    np.testing.assert_allclose(answer[reply], softmax(X), atol=1e-6)


def test_what_metadata_names_can_be_asked(either):
    """A generic client fills in the names and shapes that it was told."""
    signatures = either.metadata()[1]["metadata"]["signature_def"]["signature_def"]
    (signature, about), = signatures.items()
    (name, tensor), = about["inputs"].items()
    shape = [max(1, int(dim["size"])) for dim in tensor["tensor_shape"]["dim"]]
    body = {"signature_name": signature, "inputs": {name: np.zeros(shape).tolist()}}
    assert either.predict(body)[1] == {"outputs": [[1 / 3] * 3]}


@pytest.mark.parametrize("path", ["/V1/Models/m", "/v1/MODELS/m", "/V1/models/m/Versions/1", "/v1/models/m/METADATA",
                                  "/v1/Models/m/versions/1/Metadata"])
def test_paths_are_read_in_any_case(client, path):
    assert client.call("GET", path)[0] == 200
    assert client.call("POST", "/V1/models/m:PREDICT", {"instances": ROWS})[0] == 200


def test_names_of_models_are_not(client):
    assert client.call("GET", "/v1/models/M")[0] == 404


@pytest.mark.parametrize("body, words", [
    ({"signature_name": "nope", "instances": ROWS}, ['Serving signature name: "nope" not found']),
    ({"signature_name": 5, "instances": ROWS}, ["signature_name", "string"]),
    ({"signature_name": None, "instances": ROWS}, ["signature_name", "string"]),
    ({"instances": ROWS, "inputs": ROWS}, ["instances"]), ({}, ["instances"]), ([], ["instances"]),
    ({"signature_name": "serving_default"}, ["instances"]), ({"instances": []}, ["instances"]),
    ({"instances": {"x": ROWS}}, ["instances"]), ({"instances": 1.0}, ["instances"]), ({"inputs": 1.0}, ["inputs"]),
    ({"inputs": {}}, ["inputs"]), ({"inputs": {"x": ROWS, "y": ROWS}}, ["inputs"]),
    ({"inputs": {"y": ROWS}}, ["inputs"]), ({"inputs": {"x": []}}, ["inputs"]), ({"instances": [{}]}, ["nstance"]),
    ({"instances": [{"y": ROWS[0]}]}, ["nstance"]),
    ({"instances": [{"x": ROWS[0], "y": 1}]}, ["nstance"]), ({"instances": [NAMED[0], {"x": [1]}]}, ["nstance"]),
    ({"instances": [{"b64": "AAAA"}]}, ["nstance"]), ({"instances": [{"x": {"b64": "AAAA"}}]}, ["nstance"]),
    ({"inputs": {"b64": "AAAA"}}, ["inputs"]), ({"instances": [["1", "2"], ["3", "4"]]}, ["nstance"]),
    (b"", ["JSON"]), (b"junk", ["JSON"]), (b'{"instances": [[[1, 2], [3, 4]]]', ["JSON"])],
    ids=lambda value: str(value)[:40] if isinstance(value, dict | bytes) else "")
def test_bad_requests_are_400_with_an_error(either, body, words):
    status, answer = either.predict(body)
    assert status == 400 and "predictions" not in answer and all(word in answer["error"] for word in words)


@pytest.mark.parametrize("verb", ["classify", "regress"])
def test_classify_and_regress_say_why_they_are_not_offered(either, verb):
    status, answer = either.predict({"examples": [{"x": ROWS[0]}]}, verb)
    assert status == 400 and verb in answer["error"] and "tensorflow/serving/predict" in answer["error"]


@pytest.mark.parametrize("verb, path", [
    ("POST", "/v1/models/m"), ("POST", "/v1/models/m/metadata"), ("POST", "/v1/models/m/versions/1"),
    ("GET", "/v1/models/m:predict"), ("GET", "/v1/models/m/versions/1:predict"), ("PUT", "/v1/models/m"),
    ("DELETE", "/v1/models/m"), ("PATCH", "/v1/models/m:predict"), ("PUT", "/v1/models/m:predict"),
    ("POST", "/v1/models/m:explain"), ("GET", "/v1/models/m/versions"), ("GET", "/v1/models/m/x"),
    ("GET", "/v1/nothing"), ("POST", "/v1/models/:predict"), ("GET", "/v1/models/m/")])
def test_malformed_requests_say_which(client, verb, path):
    status, answer = client.call(verb, path, b"{}" if verb != "GET" else None)
    assert (status, answer["error"]) == (400, f"Malformed request: {verb} {path}")


@pytest.mark.parametrize("which, found", [
    ({"model": "nope"}, "Latest(nope)"), ({"model": "m", "version": 2}, "Specific(m, 2)"),
    ({"model": "nope", "version": 1}, "Specific(nope, 1)"), ({"model": "m", "version": 0}, "Specific(m, 0)")])
def test_what_is_not_there_is_not_found(server, key, which, found):
    nobody = Client(server.url, key=key, **which)
    for status, answer in (nobody.status(), nobody.metadata(), nobody.predict({"instances": ROWS})):
        assert status == 404 and f"Servable not found for request: {found}" in answer["error"]


def test_there_are_no_labels_of_versions(server, key):
    stable = Client(server.url, "m", label="stable", key=key)
    for status, answer in (stable.status(), stable.metadata(), stable.predict({"instances": ROWS})):
        assert status == 404 and "stable" in answer["error"]


def test_a_request_must_name_a_model(client):
    assert client.call("GET", "/v1/models") == (400, {"error": "Missing model name in request."})


@pytest.mark.parametrize("path", ["", "/metadata", ":predict"])
def test_different_on_purpose_a_key_is_needed(server, path):
    """TensorFlow Serving knows no keys, and its clients must send one here."""
    nobody = Client(server.url, "m")
    status, answer = nobody.call("POST" if path == ":predict" else "GET", nobody.path + path, {"instances": ROWS})
    assert status == 401 and "Authorization: Bearer" in answer["error"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_different_on_purpose_numbers_must_be_finite(either, number):
    """TensorFlow Serving takes the tokens NaN and Infinity, which JSON does not have, and Leaklab does not."""
    body = {"instances": [[[1, 2], [3, number]]]}
    assert json.dumps(body).endswith(("NaN]]]}", "Infinity]]]}"))
    status, answer = either.predict(body)
    assert status == 400 and "NaN" in answer["error"]


@pytest.mark.parametrize("of", ["instances", "inputs"])
def test_different_on_purpose_a_request_has_a_limit_of_instances(either, of):
    """TensorFlow Serving takes any number; here the refusal says how many may be sent at a time."""
    most = LIMITS.instances
    assert either.predict({of: ROWS[:1] * most})[0] == 200
    status, answer = either.predict({of: ROWS[:1] * (most + 1)})
    assert status == 400 and answer["most_instances"] == most and str(most) in answer["error"]
