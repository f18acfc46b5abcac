"""The evaluator is kept where a folder is named for it: the same network, and the same random numbers after it."""

import numpy as np
import pytest

from leaklab.evaluation import train_evaluator

RNG = np.random.default_rng(0)
IMAGES, PERSON = RNG.random((12, 16, 16), np.float32), np.arange(12) % 3


def trained(images=IMAGES, person=PERSON, seed=0, copies=1):
    """An evaluator's answers, and the next number of its generator."""
    rng = np.random.default_rng(seed)
    model = train_evaluator(images, person, rng=rng, copies=copies)
    return model.predict(IMAGES[..., None], verbose=0), rng.random()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAKLAB_KEPT", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_nothing_is_kept_where_no_folder_is_named(folder, monkeypatch):
    monkeypatch.delenv("LEAKLAB_KEPT")
    trained()
    assert not folder.exists()


def test_the_second_is_the_first_and_is_not_trained(folder, monkeypatch):
    first = trained()
    monkeypatch.setattr("leaklab.evaluation.evaluator.augment", None)
    second = trained()
    assert np.array_equal(first[0], second[0]) and first[1] == second[1]
    for other in ({"seed": 1}, {"copies": 2}, {"images": IMAGES[::-1]}, {"person": PERSON[::-1]}):
        with pytest.raises(TypeError, match="NoneType"):
            trained(**other)


def test_a_file_cut_short_is_made_again(folder):
    first = trained()
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    assert np.array_equal(first[0], trained()[0])
    assert path.stat().st_size > 1000
