"""The network that ships: small, readable, as good as one trained on the people, and made from nobody in the data."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.data import load_faces
from leaklab.data.portraits import render_portraits
from leaklab.evaluation import accuracy
from leaklab.experiments import enrolled
from leaklab.models import embedding_file, load_recognizer
from leaklab.training.embedding import PEOPLE, PHOTOGRAPHS, SEED

SHEET = (Path(__file__).resolve().parents[2] / "data" / "README.md").read_text(encoding="utf-8")


def test_the_file_is_small_and_the_datasheet_tells_its_digest():
    data = embedding_file.RECOGNIZER.read_bytes()
    assert len(data) < 1_000_000
    assert hashlib.sha256(data).hexdigest() in SHEET and "python tools/recognizer.py" in SHEET


def test_it_holds_no_layer_that_names_anybody():
    weights = load_recognizer().parameters()
    assert sum(w.size for w in weights) == 125_824
    assert not any(PEOPLE in w.shape for w in weights)


def test_photographs_of_another_range_are_refused():
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        load_recognizer()(255 * load_faces("synthetic").images[:1])


def test_it_is_right_about_people_it_never_saw():
    """All sixty at once, by seven photographs; the benchmark has it beside networks trained on them."""
    train, test = load_faces("synthetic").split_photographs(7, rng=0)
    gallery = enrolled(train, load_recognizer())
    right = accuracy(BlackBox(gallery), test.images, np.array(train.names)[test.person])
    assert right.trials == 180 and right.low > 0.95


def test_those_it_learned_from_are_not_in_the_data_set():
    theirs, _ = render_portraits(4, 2, rng=SEED)
    ours = load_faces("synthetic").images
    near = [np.abs(ours - one / 255).mean(axis=(1, 2)).min() for one in theirs]
    said = re.search(r"(\d+) rendered people, (\d+) photographs each", SHEET).groups()
    assert min(near) > 0.01 and tuple(map(int, said)) == (PEOPLE, PHOTOGRAPHS)


def test_it_is_worse_on_photographs_of_real_people(shared_data):
    """Where the design fails: the network must have learned from people of the right kind."""
    if not shared_data:
        pytest.skip("no real faces here")
    train, test = load_faces("olivetti").split_photographs(7, rng=0)
    right = accuracy(BlackBox(enrolled(train, load_recognizer())), test.images, np.array(train.names)[test.person])
    assert 0.5 < right.value < 0.95


def test_a_missing_file_says_how_to_make_it_again(monkeypatch, tmp_path):
    monkeypatch.setattr(embedding_file, "RECOGNIZER", tmp_path / "recognizer.npz")
    with pytest.raises(FileNotFoundError, match=r"recognizer.npz is missing.*python tools/recognizer.py"):
        load_recognizer()
