"""The patient experiment: an overfitted model tells who was in its data, one stopped early hardly does."""

import pytest

from leaklab.data import load_patients
from leaklab.experiments import patients


@pytest.fixture(scope="module", params=["synthetic", "cdc"])
def pool(request, shared_data):
    if request.param == "cdc":
        if not shared_data:
            pytest.skip("needs the CDC records")
        return load_patients("cdc")
    return load_patients("synthetic", patients=40_000, rng=0)


@pytest.fixture(scope="module")
def halves(pool):
    return pool.sample(4000, balanced=True, rng=0).split(0.5, rng=0)


def test_an_overfitted_model_leaks(halves):
    found = patients.study(*halves, rng=0)
    assert found.member_accuracy.low > found.accuracy.high
    for signal in ("loss", "modified_entropy"):
        assert found.roc[signal].auc.low > 0.57
    assert "not resolvable" in str(found.roc["loss"].tpr_at(1e-4))


def test_stopped_early_it_hardly_does(halves):
    auc = patients.study(*halves, patients.stopped_early(), rng=0).roc["loss"].auc
    assert auc.low < 0.53 and auc.high < 0.56
