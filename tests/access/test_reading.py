"""What services send back, each in its own way: read rightly, or refused with what came."""

import numpy as np
import orjson
import pytest

from leaklab.access.metadata import Metadata
from leaklab.access.reading import Reader, Shown

P = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
TWO = np.array([[0.75, 0.25], [0.5, 0.5]])
NAMES, PAIR = ("a", "b", "c"), ("well", "ill")
RIGHT = {
    "rows": (None, NAMES, {"predictions": P.tolist()}, P),
    "outputs": (None, NAMES, {"outputs": P.tolist()}, P),
    "another key": ("result", NAMES, {"result": P.tolist(), "predictions": "no"}, P),
    "columns by label": (None, NAMES, {"outputs": {"c": [0.7, 0.1], "a": [0.1, 0.6], "b": [0.2, 0.3]}}, P),
    "objects by label": (None, NAMES, {"predictions": [dict(zip("abc", row, strict=True)) for row in P.tolist()]}, P),
    "objects with one entry": (None, NAMES, {"predictions": [{"softmax": row} for row in P.tolist()]}, P),
    "one of several outputs": ("p", NAMES, {"predictions": [{"p": row, "embedding": [1.0] * 5} for row in P.tolist()]},
                               P),
    "one of several columns": ("p", NAMES, {"outputs": {"p": P.tolist(), "embedding": [[1.0]] * 2}}, P),
    "names": (None, NAMES, {"predictions": ["c", "a"]}, np.eye(3)[[2, 0]]),
    "names in lists": (None, NAMES, {"predictions": [["c"], ["a"]]}, np.eye(3)[[2, 0]]),
    "numbers as labels": (None, (0, 1, 2), {"predictions": [2, 0]}, np.eye(3)[[2, 0]]),
    "numbers as objects' keys": (None, (0, 1), {"predictions": [{"0": 0.75, "1": 0.25}, {"0": 0.5, "1": 0.5}]}, TWO),
    "one probability": (None, PAIR, {"predictions": [0.25, 0.5]}, TWO),
    "one probability in a list": (None, PAIR, {"predictions": [[0.25], [0.5]]}, TWO),
    "a function": (lambda said: [case["risk"] / 100 for case in said["cases"]], PAIR,
                   {"cases": [{"risk": 25}, {"risk": 50}]}, TWO),
}


@pytest.mark.parametrize("name", RIGHT)
def test_read_rightly(name):
    read, classes, said, expected = RIGHT[name]
    np.testing.assert_allclose(Reader(read, classes)(orjson.dumps(said), 2), expected)


@pytest.mark.parametrize(("read", "said", "message"), [
    (None, {"error": "busy"}, r"\{'error': 'busy'\}: there is no 'predictions' or 'outputs' in it\. Pass read="),
    ("score", {"answer": 1}, "there is no 'score' or 'predictions' or 'outputs'"),
    (None, {"predictions": ["d", "a"]}, r"\['d', 'a'\] to 2 instances.*classes=\[...\], its labels"),
    (None, {"predictions": [{"p": 1.0, "embedding": 2.0}] * 2}, r"must be a row of probabilities.*Pass read="),
    (None, {"predictions": [[0.1, 0.2, 0.7]]}, "to 2 instances"),
    (None, {"predictions": []}, "to 2 instances"), (None, {"predictions": None}, "to 2 instances"),
    (None, {"predictions": [[0.1, 0.9], [0.3]]}, "to 2 instances"), (None, [1, 2], "there is no 'predictions'")])
def test_what_came_is_said(read, said, message):
    with pytest.raises(ValueError, match=message):
        Reader(read, NAMES)(orjson.dumps(said), 2)
    with pytest.raises(ValueError, match=r"<html>.*must be JSON"):
        Reader(read, NAMES)(b"<html>busy</html>", 2)


def shape(told):
    return Metadata(orjson.dumps(told), Shown()).shape("inputs")


def about(inputs):
    def tensor(sizes):
        return {"tensor_shape": {"dim": [{"size": str(size)} for size in sizes]}}

    return {"metadata": {"signature_def": {"signature_def": {"serving_default": {
        "inputs": {name: tensor(sizes) for name, sizes in inputs.items()}}}}}}


@pytest.mark.parametrize(("told", "message"), [
    (about({"x": (-1, -1, 3)}), r"leaves the shape of its inputs open, \(-1, 3\). Pass inputs="),
    (about({"a": (-1, 3), "b": (-1, 2)}), "has 2 inputs: a, b. Pass inputs="), ({}, "does not tell the shape"),
    ({"metadata": []}, "does not tell the shape")])
def test_metadata_that_tells_too_little(told, message):
    with pytest.raises(ValueError, match=message):
        shape(told)


def test_metadata_read_rightly():
    assert shape(about({"x": (-1, 4, 4)})) == (4, 4) and shape(about({"x": (-1,)})) == ()
