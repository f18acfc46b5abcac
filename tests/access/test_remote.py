"""Access over HTTP to a server that is not ours: a stub of TensorFlow Serving, with faults on order."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from leaklab._validate import Refused
from leaklab.access import BudgetSpent, Offers, RemoteApi, Unreachable

X = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)


def dims(*sizes):
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": str(s), "name": ""} for s in sizes]}}


class Stub(BaseHTTPRequestHandler):
    """Answers p = 1 / (1 + exp(-sum x)) for class 1, as one output; ``faults`` are served first."""

    protocol_version = "HTTP/1.1"
    faults, sizes = [], []

    def log_message(self, *args):
        pass

    def reply(self, status, value, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        signature = {"inputs": {"x": dims(-1, 3)}, "outputs": {"y": dims(-1, 1)}}
        self.reply(200, {"metadata": {"signature_def": {"signature_def": {"serving_default": signature}}}})

    def do_POST(self):
        x = np.array(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"])
        if self.faults:
            fault = self.faults.pop(0)
            if fault == "drop":
                self.close_connection = True
                return
            self.reply(*fault[:2], **(fault[2] if len(fault) > 2 else {}))
            return
        self.sizes.append(len(x))
        self.reply(200, {"predictions": (1 / (1 + np.exp(-x.sum(axis=1, keepdims=True)))).tolist()})


@pytest.fixture
def api():
    Stub.faults, Stub.sizes = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with RemoteApi(f"http://127.0.0.1:{server.server_port}/v1/models/m", retries=2, batch=3) as api:
        yield api
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_foreign_endpoint_is_understood_and_asked_in_batches(api):
    assert (api.shape, api.classes, api.offers) == ((3,), (0, 1), Offers.SCORES)
    p = api.probabilities(X)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-X.sum(axis=1))), rtol=1e-6)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert Stub.sizes == [3, 3, 1] and api.queries == 7


@pytest.mark.parametrize("fault", ["drop", (500, {}), (503, {"error": "busy"}), (429, {}, {"Retry_After": "0"})])
def test_faults_that_pass_are_outlasted(api, fault):
    Stub.faults = [fault, fault]
    assert len(api.probabilities(X[:2])) == 2 and api.queries == 2


def test_faults_that_stay_are_told_and_what_was_answered_is_counted(api):
    api.probabilities(X[:1])
    Stub.faults = []
    good = Stub.do_POST
    try:
        Stub.do_POST = lambda self: good(self) if len(Stub.sizes) < 2 else setattr(self, "close_connection", True)
        with pytest.raises(Unreachable, match="in 3 attempts"):
            api.probabilities(X)
    finally:
        Stub.do_POST = good
    assert api.queries == 4


def test_a_spent_budget_is_told_apart_from_other_refusals(api):
    Stub.faults = [(403, {"error": "spent", "left": 2})]
    with pytest.raises(BudgetSpent) as spent:
        api.probabilities(X[:3])
    assert (spent.value.spent, spent.value.left, spent.value.asked) == (0, 2, 3)
    for fault in ((401, {"error": "who?"}), (404, []), (429, {}), (429, {}, {"Retry_After": "9999"})):
        Stub.faults = [fault]
        with pytest.raises(Refused, match=f"answered {fault[0]}"):
            api.probabilities(X[:3])
    assert api.queries == 0


def test_nobody_there():
    with pytest.raises(Unreachable):
        RemoteApi("http://127.0.0.1:9", retries=0)
    with pytest.raises(ValueError, match="http://"):
        RemoteApi("127.0.0.1:8501")
