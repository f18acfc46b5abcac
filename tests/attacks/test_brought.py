"""Five models of five kinds, none made by Leaklab, through the same three lines; and attacks of one's own."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from models_for_tests import Margin
from scipy.special import expit, softmax
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from leaklab._validate import Refused
from leaklab.access import BlackBox, Offers, RemoteApi
from leaklab.attacks import (
    ATTACKS,
    RMIA,
    Earlier,
    LabelOnlyMembership,
    LiRA,
    MembershipAttack,
    Shadow,
    Shadows,
    Threshold,
    lira,
    rmia,
)
from leaklab.experiments.turns import Turns
from leaklab.metrics import over_targets
from leaklab.models import Inputs, Trained
from leaklab.training import halves

K = 9
layers = tf.keras.layers


@dataclass
class Brought:
    """What somebody else has: their records, true labels as column numbers, k shadow models and who was in which."""

    access: object
    models: object
    x: object
    y: np.ndarray
    trained_on: np.ndarray
    answers: np.ndarray  # (1 + k, n, classes) computed by hand, the target's first
    column: np.ndarray


def numbers():
    data = load_breast_cancer()
    rows = np.random.default_rng(0).choice(len(data.data), 160, replace=False)
    x = (data.data[rows] - data.data.mean(0)) / data.data.std(0)
    return x[:, :6], data.target[rows]


def a_pipeline(shared):
    if not shared:
        pytest.skip("needs cirrhosis.csv")
    import os
    table = pd.read_csv(f"{os.environ['LEAKLAB_DATA']}/cirrhosis.csv").dropna(subset=["Status"])[:300]
    y = table.pop("Status").replace({"CL": "C"}).map({"C": "alive", "D": "dead"}).to_numpy()
    table = table.drop(columns="ID")
    text = [name for name, column in table.items() if column.dtype == object]
    rest = [name for name in table if name not in text]
    steps = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), text), (SimpleImputer(), rest))
    trained_on = halves(K + 1, len(y), rng=0)
    models = [make_pipeline(steps, RandomForestClassifier(20, random_state=0)).fit(table[rows], y[rows])
              for rows in trained_on]
    answers = np.stack([model.predict_proba(table) for model in models])
    return Brought(BlackBox(models[0]), models[1:], table, y, trained_on, answers, (y == "dead").astype(int))


def keras(last, loss):
    x, y = numbers()
    trained_on, models = halves(K + 1, len(y), rng=0), []
    for j, rows in enumerate(trained_on):
        tf.keras.utils.set_random_seed(j)
        model = tf.keras.Sequential([layers.Input((6,)), layers.Dense(16, "relu"), last()])
        model.compile(tf.keras.optimizers.Adam(0.02), loss)
        model.fit(x[rows], y[rows], epochs=15, verbose=0)
        models.append(model)
    return x, y, trained_on, models, np.stack([forward(model, x) for model in models])


def forward(model, x):
    """What comes before the last activation, in double precision."""
    w, b, v, c = (weight.astype(float) for weight in model.get_weights())
    return np.maximum(x @ w + b, 0) @ v + c


def one_sigmoid(shared):
    x, y, trained_on, models, z = keras(lambda: layers.Dense(1, "sigmoid"), "binary_crossentropy")
    return Brought(BlackBox(models[0]), models[1:], x, y, trained_on, expit(np.concatenate([-z, z], axis=2)), y)


def logits(shared):
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    x, y, trained_on, models, z = keras(lambda: layers.Dense(2), loss)
    return Brought(BlackBox(models[0], answers="logits"), Trained(models[1:], trained_on[1:], answers="logits"), x, y,
                   trained_on, softmax(z, axis=2), y)


def a_callable(shared):
    x, y = numbers()
    trained_on = halves(K + 1, len(y), rng=0)
    fitted = [LogisticRegression(C=100).fit(x[rows], y[rows]) for rows in trained_on]
    models = [lambda x, m=model: m.predict_proba(x)[:, 1] for model in fitted]
    named = np.where(y, "benign", "malignant")
    told = {"inputs": Inputs((6,), "float64"), "classes": ("malignant", "benign")}
    return Brought(BlackBox(models[0], **told), Trained(models[1:], trained_on[1:], **told), x, named, trained_on,
                   np.stack([model.predict_proba(x) for model in fitted]), y)


def an_endpoint(shared, server=None):
    brought = a_callable(shared)
    x, y = numbers()
    model = LogisticRegression(C=100).fit(x[brought.trained_on[0]], y[brought.trained_on[0]])
    Endpoint.model = model
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    brought.access = RemoteApi(f"http://127.0.0.1:{server.server_port}", inputs=Inputs((6,), "float64"),
                               read="risk", classes=["malignant", "benign"])
    return brought


class Endpoint(BaseHTTPRequestHandler):
    """Answers objects, by label."""

    model = None

    def log_message(self, *args):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        rows = [{"benign": b, "malignant": m} for m, b in self.model.predict_proba(np.array(asked)).tolist()]
        body = json.dumps({"risk": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.mark.parametrize("bring", [a_pipeline, one_sigmoid, logits, a_callable, an_endpoint])
def test_the_same_three_lines(bring, shared_data):
    b = bring(shared_data)
    shadows = Shadows(b.models, b.x, b.y, b.trained_on[1:])
    threshold = Threshold()(b.access, b.x, b.y).score
    ratio, robust = (attack(b.access, b.x, b.y, knowledge=shadows) for attack in (LiRA(variance="global"), RMIA()))

    p = np.concatenate([b.answers[:1], b.answers[1:].astype(np.float32)])  # as shadow models' answers are held
    true, rows = np.arange(len(b.y)), b.column
    floor = _floor(p)
    own, other = (np.maximum(p[:, true, column], floor) for column in (rows, 1 - rows))
    np.testing.assert_allclose(threshold, np.log(np.maximum(p[0, true, rows], 1e-30)), rtol=1e-4, atol=1e-5)
    odds = np.log(own) - np.log(other)
    by_hand = lira(odds[0], odds[1:], b.trained_on[1:], variance="global")  # but for the threshold of the verdict
    np.testing.assert_allclose(ratio.score - by_hand, np.median(ratio.score - by_hand), atol=1e-3)
    by_hand = rmia(own[0], own[1:], b.trained_on[1:])
    shift = robust.score - by_hand  # nearly equal ratios are parted by the last digit: a step or two of 1 / n
    np.testing.assert_allclose(shift, np.median(shift), atol=2.1 / len(b.y))
    assert ratio.queries == robust.queries == len(b.y)


def _floor(p):
    """Half of the lowest 5% of what others answered where one answered 0, as the attacks have it."""
    zero = p == 0
    if not zero.any():
        return 1e-30
    return np.quantile(p[zero.any(axis=0) & ~zero], 0.05, method="lower") / 2


# Attacks of one's own

@dataclass(frozen=True, kw_only=True)
class Surer(MembershipAttack):
    """How much surer the model became by the update."""

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple] = (Earlier,)

    def run(self, access, x, y, knowledge, rng, progress):
        now, before = (a.probabilities(x)[np.arange(len(y)), y] for a in (access, knowledge.access))
        return np.log(now) - np.log(before)


@dataclass(frozen=True, kw_only=True)
class Difficulty(MembershipAttack):
    """The target's answer beside the mean of the shadow models'."""

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple] = (Shadows,)

    def run(self, access, x, y, knowledge, rng, progress):
        p = knowledge.beside(access, x)[:, np.arange(len(y)), y]
        return p[0] - p[1:].mean(axis=0)


@pytest.fixture(scope="module")
def turns():
    b = a_callable(False)
    return Turns(b.trained_on, b.column, b.answers)


def test_an_attack_of_ones_own_in_turns(turns, monkeypatch):
    p = turns.answers[:, np.arange(len(turns.label)), turns.label]
    monkeypatch.setitem(ATTACKS, "margin", Margin())  # the line by which it enters the benchmarks
    np.testing.assert_array_equal(turns.scores("margin"), turns.scores(Margin()))
    np.testing.assert_allclose(turns.scores(Margin()), 2 * p - 1)  # of two classes
    assert over_targets(turns.scores(Difficulty()), turns.trained_on).auc.value > 0.5
    np.testing.assert_allclose(turns.scores(Threshold()), turns.scores("loss threshold"))
    np.testing.assert_allclose(turns.scores(LiRA(variance="global")), turns.scores("LiRA, one variance"))
    for attack, why in ((LabelOnlyMembership(tries=1), "must be whole numbers"), (Surer(), "needs Earlier")):
        with pytest.raises(Refused, match=f"cannot be scored in turns.*{why}"):
            turns.scores(attack)


def test_two_versions_of_a_model_and_all_their_queries():
    b = a_callable(False)
    before = BlackBox(b.models[0], inputs=Inputs((6,), "float64"), classes=("malignant", "benign"))
    found = Surer()(b.access, b.x, b.y, knowledge=Earlier(before))
    assert found.queries == 2 * len(b.y) == b.access.queries + before.queries
    with pytest.raises(Refused, match=r"knowledge=Shadow: Surer needs Earlier\(...\)"):
        Surer()(b.access, b.x, b.y, knowledge=Shadow(before, b.x, b.y, np.arange(len(b.y)) % 2 == 0))
