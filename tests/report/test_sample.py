"""Members and others as one table: what belongs together counts once, what stands on both sides is left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from leaklab.access import BlackBox
from leaklab.data import Faces, load_patients
from leaklab.report import sample as samples
from leaklab.report.retrain import BLOCK, draw
from leaklab.report.sample import row_numbers, sample


def coin(columns=2, classes=("ill", "well")):
    return BlackBox(lambda x: np.full((len(x), len(classes)), 1 / len(classes)), inputs=(columns,), classes=classes)


def rows(n, start=0):
    return np.arange(start, start + 2 * n, dtype=float).reshape(n, 2), np.array(["ill", "well"] * (n // 2))


def test_records_on_both_sides_are_left_out_and_said():
    (x, y), (z, w) = rows(30), rows(30, 40)
    found = sample(coin(), (x, y), (z, w), rng=0)  # the last ten members are the first ten others
    assert found.counts() == (20, 20) and len(found) == 40
    assert "20 rows stand on both sides" in found.notes[0]


def test_equal_rows_are_one_unit():
    x, y = rows(20)
    found = sample(coin(), (np.vstack([x, x]), np.tile(y, 2)), rows(20, 100), rng=0)
    assert found.counts() == (20, 20) and len(found) == 60
    assert "20 of 60 rows repeat an earlier row" in found.notes[0]
    assert found.by_unit(np.arange(60.0))[0] == 10  # rows 0 and 20


def test_rows_of_a_person_are_one_unit_and_people_on_both_sides_are_left_out():
    (x, y), (z, w) = rows(40), rows(40, 100)
    found = sample(coin(), (x, y, np.arange(40) // 2), (z, w, 19 + np.arange(40) // 2), rng=0)
    assert found.counts() == (19, 19) and len(found) == 76


@pytest.mark.parametrize("members, others, says", [
    (rows(30), rows(30), "every record is also among the members"),
    (rows(2), rows(30, 200), "members: 2 remain"),
    (rows(30), (np.zeros((0, 2)), []), "others is empty"),
    (rows(30), (np.full((30, 2), np.nan), ["ill"] * 30), "nan"),
    (rows(30), (np.zeros((30, 3)), ["ill"] * 30), "shape"),
    (rows(30), (rows(30, 200)[0], ["unheard"] * 30), "no label of this model"),
    (rows(30), "others.csv", "must be Records, Faces"),
    ((*rows(30), np.arange(30)), rows(30, 200), "person is known of one side alone"),
    ((*rows(30), np.arange(29)), (*rows(30, 200), np.arange(30)), "person has shape"),
    ((np.ones((30, 2)), ["ill"] * 30), rows(30, 200), "members: 1 remain"),
])
def test_what_cannot_be_tested_is_refused(members, others, says):
    with pytest.raises(ValueError, match=says):
        sample(coin(), members, others, rng=0)


def test_a_table_with_more_columns_keeps_them_for_groups():
    frame = pd.DataFrame({"a": np.arange(40.0), "b": 1.0, "town": ["x", "y"] * 20})
    access = coin(2)
    access.inputs = type(access.inputs)((2,), columns=("b", "a"))
    found = sample(access, (frame[:20], ["ill"] * 20), (frame[20:], ["well"] * 20), rng=0)
    assert found.x[0].tolist() == [1, 0] and list(found.table.columns) == ["a", "b", "town"]
    assert found.rows[0] == "members 0" and found.rows[-1] == "others 39"


def test_records_and_faces_are_taken():
    a, b = load_patients().sample(60, rng=0).split(30, rng=0)
    found = sample(coin(21, a.classes), a, b, rng=0)
    assert np.array_equal(found.x, np.concatenate([a.x, b.x])) and set(found.y) <= set(a.classes)
    faces = Faces(np.random.default_rng(0).random((40, 8, 8)), np.arange(40) % 2, ("Ada", "Bo"), "nowhere")
    access = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(8, 8), classes=("Ada", "Bo"))
    found = sample(access, faces.take(np.arange(40) < 20), faces.take(np.arange(40) >= 20), rng=0)
    assert found.pictures and found.y[:2].tolist() == ["Ada", "Bo"]


def test_records_meet_a_network_that_counts_their_classes():
    a, b = load_patients().sample(60, rng=0).split(30, rng=0)
    found = sample(coin(21, (0, 1)), a, b, rng=0)
    assert np.array_equal(found.y, np.concatenate([a.label, b.label]))
    with pytest.raises(ValueError, match="no label of this model"):
        sample(coin(21, (0, 1, 2)), a, b, rng=0)


def test_large_tables_are_thinned_by_whole_units(monkeypatch):
    monkeypatch.setattr(samples, "MOST", 50)
    (x, y), (z, w) = rows(200), rows(40, 1000)
    found = sample(coin(), (x, y, np.arange(200) // 4), (z, w, 1000 + np.arange(40)), rng=0)
    assert 46 <= found.member.sum() <= 50 and (~found.member).sum() == 40
    assert (np.bincount(found.unit)[:12] == 4).all() and "drawn at random" in found.notes[-1]


@given(hnp.arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)),
                  elements=st.sampled_from([0.0, 1.0, np.nan])))
def test_rows_are_equal_as_arrays_and_as_tables(x):
    y = np.zeros(len(x))
    of_table = row_numbers(pd.DataFrame(x), y)
    assert np.array_equal(of_table, row_numbers(x, y))
    assert len(np.unique(of_table)) == len(pd.DataFrame(x).drop_duplicates())


@given(st.lists(st.integers(0, 4), min_size=24, max_size=60), st.integers(0, 9))
def test_every_model_has_every_class_and_every_record_is_in_some_and_out_of_some(labels, seed):
    n = len(labels)
    y = np.array(labels)
    x = np.column_stack([np.arange(n), np.arange(n)]).astype(float)
    cut = n // 2
    found = sample(coin(2, (0, 1, 2, 3, 4)), (x[:cut], y[:cut]), (x[cut:], y[cut:]), rng=0)
    trained_on = draw(found, found.y, np.random.default_rng(seed))
    assert trained_on.shape == (BLOCK, n)
    for label in set(labels):
        of_class = trained_on[:, found.y == label]
        assert of_class.any(axis=1).all()
        if of_class.shape[1] > 1:
            assert of_class.any(axis=0).all() and (~of_class).any(axis=0).all()
        else:
            assert of_class.all()


def test_a_photograph_saved_again_on_the_other_side_is_left_out():
    images = np.random.default_rng(0).random((60, 16, 16)).astype(np.float32)
    again = np.clip(images[:5] + 0.004, 0, 1)
    access = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(16, 16, 1), classes=2)
    found = sample(access, (images[:30], np.arange(30) % 2), (np.concatenate([images[30:], again]), [0] * 35), rng=0)
    assert found.counts() == (25, 30) and "10 rows stand on both sides" in found.notes[0]
