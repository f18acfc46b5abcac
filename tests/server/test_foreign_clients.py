"""A model and clients that are none of ours: a forest on a table of patients, asked by requests and by curl."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from leaklab.access import BlackBox, RemoteApi
from leaklab.server import serve

REAL = Path(__file__).parents[3] / "shared" / "data" / "cirrhosis.csv"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the real data are not here")


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(REAL)


@pytest.fixture(scope="module")
def forest(table):
    return make_pipeline(SimpleImputer(), RandomForestClassifier(20, random_state=0)).fit(
        table.select_dtypes("number"), table["Status"])


@pytest.fixture(scope="module")
def rows(table):
    return table.select_dtypes("number").fillna(0)[:5].astype(np.float32)


@pytest.fixture(scope="module")
def server(forest, rows):
    def asked(x):
        return forest.predict_proba(pd.DataFrame(x, columns=rows.columns))

    with serve(BlackBox(asked, inputs=(rows.shape[1],), classes=list(forest.classes_))) as running:
        yield running


@pytest.fixture(scope="module")
def session(server):
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {server.keys.add('requests')}"
        yield session


def url(server):
    return f"{server.url}/v1/models/model:predict"


def test_requests_is_answered_on_one_session(server, session, forest, rows):
    for _ in range(3):
        answer = session.post(url(server), json={"instances": rows.to_numpy().tolist()})
        np.testing.assert_allclose(answer.json()["predictions"], forest.predict_proba(rows))


@pytest.mark.parametrize("body, status", [
    (lambda: b" " * 40_000_000, 413), (lambda: iter([b'{"instances":', b"[]}"]), 411), (lambda: b"not JSON", 400)],
    ids=["40 MB", "without a length", "not JSON"])
def test_requests_can_read_why_it_is_refused(server, session, body, status):
    answer = session.post(url(server), data=body())
    assert answer.status_code == status and answer.json()["error"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here")
def test_curl_as_in_tensorflow_servings_documentation(server, forest, rows):
    command = ["curl", "-s", "-H", f"Authorization: Bearer {server.keys.add('curl')}", "-d",
               json.dumps({"instances": rows.to_numpy().tolist()}), "-X", "POST", url(server)]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
    np.testing.assert_allclose(answer["predictions"], forest.predict_proba(rows))


def test_remote_api_gives_the_patients_own_labels(server, forest, rows):
    with RemoteApi(server.url, server.keys.add("RemoteApi", hardening="labels")) as api:
        named = api.probabilities(rows.to_numpy()).argmax(axis=1)
        assert [api.classes[column] for column in named] == forest.predict(rows).tolist()


def test_a_model_that_wants_the_table_itself_is_refused_with_the_remedy(forest):
    with pytest.raises(ValueError, match="Wrap it in a function"):
        serve(BlackBox(forest))
