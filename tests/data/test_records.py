"""Records: standardising, sampling, and a member line that no duplicate straddles; loaders and their refusals."""

import io
import logging
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaklab.data import Records, cdc, fetch, load_patients

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_cdc = pytest.mark.skipif(not (SHARED / fetch.NPZ).is_file(), reason="the CDC table is not beside the repository")


def small(values, label):
    values = np.asarray(values, dtype=float).reshape(len(label), -1)
    d = values.shape[1]
    table = pd.DataFrame(values, columns=[f"f{j}" for j in range(d)])
    return Records(table, np.asarray(label), "ill", ("no", "yes"), np.zeros(d), np.ones(d), "test")


def rows(records):
    return list(map(tuple, np.column_stack([records.features, records.label])))


@pytest.fixture(scope="module")
def patients():
    return load_patients()


# What a Records is

def test_x_is_standardised_by_the_stored_numbers(patients):
    x = patients.x
    assert x.dtype == np.float32 and x.shape == (5000, 21)
    np.testing.assert_allclose(x * patients.scale + patients.center, patients.features, atol=1e-4)
    # Public constants are not this sample's own moments, but 5,000 patients come near: 5 standard errors.
    assert abs(x.mean(0)).max() < 5 / np.sqrt(5000) and abs(x.std(0) - 1).max() < 0.15


def test_public_scaling_does_not_move_with_the_members(patients):
    members, others = patients.split(100, rng=0)
    assert patients.public_scaling and members.public_scaling
    assert np.array_equal(members.center, others.center) and np.array_equal(members.scale, patients.scale)
    assert not load_patients("diabetes").public_scaling


def test_take_by_position_and_by_mask_keeps_the_index(patients):
    some = patients.take([7, 3])
    assert list(some.features.index) == [7, 3] and np.array_equal(some.label, patients.label[[7, 3]])
    assert len(patients.take(patients.label == 1)) == patients.label.sum()


@pytest.mark.parametrize("wrong", [[], [5000], [-1], [0.5], [[1]], np.zeros(5000, bool), np.ones(3, bool)])
def test_take_refuses(patients, wrong):
    with pytest.raises(ValueError, match="rows"):
        patients.take(wrong)


@pytest.mark.parametrize("change, message", [
    ({"features": np.zeros((2, 1))}, "DataFrame"),
    ({"features": pd.DataFrame({"a": [1.0, np.nan]})}, "finite"),
    ({"features": pd.DataFrame({"a": ["x", "y"]})}, "numbers"),
    ({"label": [0, 2]}, "label"),
    ({"label": [0]}, "label"),
    ({"scale": np.array([0.0])}, "constant column"),
    ({"center": np.zeros(2)}, "center"),
])
def test_records_refuse(change, message):
    right = {"features": pd.DataFrame({"a": [1.0, 2.0]}), "label": [0, 1], "label_name": "ill",
             "classes": ("no", "yes"), "center": np.zeros(1), "scale": np.ones(1), "source": "test"}
    Records(**right)
    with pytest.raises(ValueError, match=message):
        Records(**{**right, **change})


def test_repr_counts_the_classes():
    assert repr(small([1, 2, 3], [0, 1, 1])) == "Records(3 x 1 from 'test', ill: {no: 1, yes: 2})"


# Sampling

def test_sample_draws_different_rows_and_balances(patients):
    drawn = patients.sample(400, rng=0)
    assert drawn.features.index.is_unique and len(drawn) == 400
    even = patients.sample(400, rng=0, balanced=True)
    assert even.features.index.is_unique and list(np.bincount(even.label)) == [200, 200]
    assert 60 < even.label[:200].sum() < 140  # in random order, not class by class


def test_same_rng_same_sample(patients):
    a, b = patients.sample(50, rng=3), patients.sample(50, rng=np.random.default_rng(3))
    assert list(a.features.index) == list(b.features.index) != list(patients.sample(50, rng=4).features.index)


@pytest.mark.parametrize("n, balanced, message", [
    (5001, False, "only 5000"), (401, True, "divide"), (0, False, "n=0"),
    (2000, True, "'prediabetes or diabetes' has 705.*1410")])
def test_sample_refuses(patients, n, balanced, message):
    with pytest.raises(ValueError, match=message):
        patients.sample(n, rng=0, balanced=balanced)


# The member line

@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)), min_size=2, max_size=40), st.data())
def test_no_duplicate_straddles_the_line(people, data):
    records = small([p[:2] for p in people], [p[2] for p in people])
    size, seed = data.draw(st.integers(1, len(people) - 1)), data.draw(st.integers(0, 99))
    try:
        members, others = records.split(size, rng=seed)
    except ValueError as refusal:
        # Only where no group fits among the members.
        assert "groups" in str(refusal) and pd.Series(rows(records)).value_counts().min() > size
        return
    assert not set(rows(members)) & set(rows(others))
    assert sorted(rows(members) + rows(others)) == sorted(rows(records))
    # Short only if every group left outside was too large for what was free.
    free = size - len(members)
    assert free == 0 or (free > 0 and pd.Series(rows(others)).value_counts().min() > free)


def test_equal_features_with_another_label_are_another_record():
    assert len(small([1, 1, 1], [0, 1, 0]).deduplicate()) == 2


def test_split_is_exact_among_different_records_and_takes_shares(patients):
    records = patients.deduplicate()
    members, others = records.split(1234, rng=0)
    assert (len(members), len(others)) == (1234, len(records) - 1234)
    assert len(records.split(0.25, rng=0)[0]) == round(0.25 * len(records))


def test_split_is_fair(patients):
    # Each of 40 different records is a member in half of 400 splits, up to 5 standard deviations.
    records = patients.deduplicate().take(range(40))
    inside = sum(np.isin(records.features.index, records.split(20, rng=s)[0].features.index) for s in range(400))
    assert abs(inside - 200).max() < 5 * np.sqrt(400 / 4)


@pytest.mark.parametrize("members", [0, 5000, 0.0, 1.0, 1.5, -3, True, "half", float("nan")])
def test_split_refuses(patients, members):
    with pytest.raises(ValueError, match="members="):
        patients.split(members, rng=0)


def test_split_refuses_when_all_records_are_equal():
    with pytest.raises(ValueError, match="groups of equal ones"):
        small([1, 1, 1], [0, 0, 0]).split(2, rng=0)


def test_deduplicate_keeps_the_first_in_order():
    kept = small([3, 1, 3, 2, 1], [0, 1, 0, 0, 1]).deduplicate()
    assert list(kept.features.index) == [0, 1, 3] and len(kept.deduplicate()) == 3


# Several rows a person

def visits(values, label, person):
    return replace(small(values, label), person=np.asarray(person))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1), st.sampled_from("abcdefghijk")), min_size=2,
                max_size=40), st.data())
def test_nobody_stands_on_both_sides_of_the_line(table, data):
    records = visits([t[0] for t in table], [t[1] for t in table], [t[2] for t in table])
    try:
        members, others = records.split(data.draw(st.integers(1, len(table) - 1)), rng=data.draw(st.integers(0, 99)))
    except ValueError as refusal:
        assert "one person's, or equal" in str(refusal)
        return
    assert not set(members.person) & set(others.person) and not set(rows(members)) & set(rows(others))
    assert members.people + others.people == records.people
    for part in (members, others):  # each row keeps its own person
        assert all(records.person[i] == who for i, who in zip(part.features.index, part.person, strict=True))


def test_people_who_share_an_equal_row_stay_together():
    records = visits([1, 2, 2, 3, 4, 5], [0] * 6, ["a", "a", "b", "b", "c", "c"])
    for seed in range(20):
        parts = records.split(4, rng=seed)
        assert sorted(map(len, parts)) == [2, 4] and {"a", "b"} in [set(part.person) for part in parts]


def test_sample_draws_whole_people_and_no_row_twice():
    rng = np.random.default_rng(0)
    person = rng.integers(0, 40, 300)
    records = visits(np.arange(300), np.arange(300) % 2, person)
    drawn = records.sample(100, rng=1)
    assert 100 - np.bincount(person).min() < len(drawn) <= 100 and drawn.features.index.is_unique
    for who in set(drawn.person):
        assert (drawn.person == who).sum() == (person == who).sum()
    assert (np.diff(drawn.person) != 0).sum() == drawn.people - 1, "one person's rows are beside each other"
    assert len(records.sample(300, rng=0)) == 300
    with pytest.raises(ValueError, match="would separate the rows of one person"):
        records.sample(100, rng=0, balanced=True)
    with pytest.raises(ValueError, match="n=1: every person has more rows"):
        visits([1, 2, 3], [0, 1, 0], ["a", "a", "a"]).sample(1, rng=0)


def test_take_and_deduplicate_keep_the_person():
    records = visits([3, 1, 3, 2], [0, 1, 0, 0], ["x", "y", "z", "z"])
    assert records.people == 3 and list(records.take([3, 0]).person) == ["z", "x"]
    assert list(records.deduplicate().person) == ["x", "y", "z"]
    assert "4 x 1 of 3 people from" in repr(records) and small([1, 2], [0, 1]).people == 2


@pytest.mark.parametrize("person, message", [
    ([1, 2], "shape"), ([1, np.nan, 2, 3], "missing in row 1"), (["a", None, "b", "c"], "missing in row 1")])
def test_person_refused(person, message):
    with pytest.raises(ValueError, match=message):
        replace(small([1, 2, 3, 4], [0, 1, 0, 1]), person=person)


def test_csv_with_a_person_column(tmp_path):
    path = csv(tmp_path, "who,age,out\nann,30,well\nbob,50,ill\nann,31,well\n")
    records = load_patients(path, label="out", person="who")
    assert list(records.person) == ["ann", "bob", "ann"] and list(records.features) == ["age"]
    for wrong in ("out", "whom"):
        with pytest.raises(ValueError, match=f"person='{wrong}'.*no such column"):
            load_patients(path, label="out", person=wrong)
    with pytest.raises(ValueError, match=r"'who' has 1 missing.*line 3"):
        load_patients(csv(tmp_path, "who,age,out\nann,30,well\n,50,ill\n"), label="out", person="who")
    with pytest.raises(ValueError, match="needs rows, and a column beside the label and the person"):
        load_patients(csv(tmp_path, "who,out\nann,well\nbob,ill\n"), label="out", person="who")
    with pytest.raises(ValueError, match="every row is a person"):
        load_patients("diabetes", person="who")


# Sources

@pytest.mark.parametrize("source, shape, ill", [
    ("synthetic", (5000, 21), 705), ("breast-cancer", (569, 30), 212), ("diabetes", (442, 10), 221)])
def test_sources_without_network(source, shape, ill):
    records = load_patients(source)
    assert records.x.shape == shape and records.label.sum() == ill and records.source == source
    assert len(records.classes) == 2


def test_label_one_is_the_illness():
    tumours = load_patients("breast-cancer")
    sizes = tumours.features["mean radius"].groupby(tumours.label).mean()
    assert sizes[1] > 1.3 * sizes[0]


@pytest.mark.parametrize("source, label, kind, message", [
    ("nowhere.csv", "y", FileNotFoundError, "no such file.*'cdc'"), (3, None, ValueError, "source=3"),
    ("synthetic", "Age", ValueError, "has its own label")])
def test_source_refusals(source, label, kind, message):
    with pytest.raises(kind, match=message):
        load_patients(source, label=label)


def test_missing_embedded_file_names_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr("leaklab.data.patients.EMBEDDED", tmp_path / "patients.csv.gz")
    with pytest.raises(FileNotFoundError, match=r"python -m leaklab\.data"):
        load_patients()


# Any CSV

def csv(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_csv_with_text_classes_and_flags(tmp_path):
    records = load_patients(csv(tmp_path, "age,smoker,out\n30,True,well\n50,False,ill\n40,True,well\n"), label="out")
    assert records.classes == ("ill", "well") and list(records.label) == [1, 0, 1]
    assert list(records.features["smoker"]) == [1, 0, 1] and records.label_name == "out"
    np.testing.assert_allclose(records.x.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(records.x.std(0), 1, atol=1e-6)


@pytest.mark.parametrize("text, label, message", [
    ("a,y\n1,0\n2,1\n", None, "columns are 'a', 'y'"),
    ("a,y\n1,0\n2,1\n", "z", "label='z'.*columns are 'a', 'y'"),
    ("a,b,y\n1,2,0\n1,,1\n,3,1\n", "y", "column 'a' has 1 missing.*line 4"),
    ("a,b,y\n1,2,0\n1,,1\n2,3,1\n", "y", "column 'b' has 1 missing.*line 3"),
    ("a,y\n1,0\n2,\n", "y", "column 'y' has 1 missing.*line 3"),
    ("a,b,y\n1,?,0\n2,3,1\n", "y", "'b' has 1 missing.*line 2"),
    ("a,y\n1,0\ninf,1\n", "y", "column 'a' is infinite on line 3"),
    ("a,b,y\n1,5,0\n2,5,1\n", "y", "'b' has the same value"),
    ("a,y\n1,0\n2,0\n", "y", "only .*0.*two classes"),
    ("a,y\n" + "".join(f"{i},{i / 7}\n" for i in range(30)), "y", "30 different values.*median"),
    ("a,y\n", "y", "0 rows"),
    ("y\n0\n1\n", "y", "1 columns"),
    ("", "y", "not a readable CSV"),
])
def test_csv_refusals_name_the_place_and_the_remedy(tmp_path, text, label, message):
    with pytest.raises(ValueError, match=message):
        load_patients(csv(tmp_path, text), label=label)


# Public bounds

BOUNDED = "age,bmi,out\n30,20.5,well\n130,45.25,ill\n40,1,well\n"


def test_public_bounds_scale_and_clip_and_leave_no_caveat(tmp_path):
    path = csv(tmp_path, BOUNDED)
    records = load_patients(path, label="out", bounds={"bmi": (10, 60), "age": (0, 120)})
    assert records.public_scaling and records.caveats == ()
    np.testing.assert_allclose(records.features, [[30, 20.5], [120, 45.25], [40, 10]])
    np.testing.assert_allclose(records.x, [[-0.5, -0.58], [1, 0.41], [-1 / 3, -1]], atol=1e-6)
    assert len(records.take([0, 1]).caveats) == 0


def test_with_public_bounds_no_record_moves_the_others(tmp_path):
    bounds = {"age": (0, 120), "bmi": (10, 60)}
    one = load_patients(csv(tmp_path, BOUNDED), label="out", bounds=bounds).x
    other = load_patients(csv(tmp_path, BOUNDED.replace("130,45.25", "-9e9,0")), label="out", bounds=bounds).x
    assert np.array_equal(one[[0, 2]], other[[0, 2]]) and abs(other).max() <= 1


def test_own_scaling_is_a_caveat_and_public_scaling_is_none():
    own, = load_patients("diabetes").caveats
    assert "own mean and standard deviation" in own and "guarantee does not cover" in own
    assert load_patients().caveats == () == load_patients("synthetic", patients=5, rng=0).caveats
    span = dict.fromkeys(load_patients("diabetes").features, (0.0, 300.0))
    assert load_patients("diabetes", bounds=span).caveats == ()


@pytest.mark.parametrize("bounds, message", [
    ({"age": (0, 120)}, "every feature; missing: 'bmi'"),
    ({"age": (0, 120), "bmi": (0, 60), "out": (0, 1)}, "features of the table; unknown: 'out'"),
    ({"age": (0, 120), "bmi": (60, 60)}, r"bounds\['bmi'\]=60"),
    ({"age": (0, 120), "bmi": (0, float("inf"))}, r"bounds\['bmi'\]=inf.*finite"),
    ({"age": (0, 120), "bmi": 60}, "pair"),
])
def test_bounds_refused(tmp_path, bounds, message):
    with pytest.raises(ValueError, match=message):
        load_patients(csv(tmp_path, BOUNDED), label="out", bounds=bounds)


@pytest.mark.parametrize("more", [{}, {"patients": 5, "rng": 0}])
def test_bounds_are_not_for_published_constants(more):
    with pytest.raises(ValueError, match="published constants already"):
        load_patients("synthetic", bounds={}, **more)


# The CDC table

@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No data folder, an empty cache, and a network that is down."""
    monkeypatch.delenv("LEAKLAB_DATA", raising=False)
    monkeypatch.setattr(fetch, "cache_folder", lambda: tmp_path / "cache")

    def down(url, timeout):
        raise URLError("no route to host")

    monkeypatch.setattr(fetch, "urlopen", down)
    return tmp_path


def test_says_so_before_the_network_and_names_the_way_out(nowhere, caplog):
    with caplog.at_level(logging.WARNING, "leaklab"), pytest.raises(FileNotFoundError) as refusal:
        load_patients("cdc")
    assert fetch.URL in caplog.text
    for needed in (fetch.NPZ, "LEAKLAB_DATA", "synthetic", "no route to host"):
        assert needed in str(refusal.value)


def test_other_content_is_refused_whatever_its_name(nowhere, monkeypatch):
    monkeypatch.setenv("LEAKLAB_DATA", str(nowhere))
    file = nowhere / fetch.FILES[1]
    file.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not the CDC table"):
        load_patients("cdc")
    file.write_text(",".join([cdc.LABEL, *cdc.COLUMNS]) + "\n" + ",".join(["0"] * 22) + "\n")
    with pytest.raises(ValueError, match=r"has shape \(1, 22\)"):
        load_patients("cdc")


def test_one_changed_answer_is_noticed():
    with pytest.raises(ValueError, match="differs from the published"):
        fetch.sorted_and_checked(np.zeros((cdc.ROWS, 22), np.uint8), "here")


@needs_cdc
def test_cdc_is_the_published_table_without_duplicates(monkeypatch):
    monkeypatch.setenv("LEAKLAB_DATA", str(SHARED))
    records = load_patients("cdc")
    assert len(records) == 253_680 - 24_206 == len(records.deduplicate())
    assert records.public_scaling and records.features.shape[1] == 21
    # All rows, duplicates too, have the published moments; without the duplicates they stay near.
    assert abs(records.x.mean(0)).max() < 0.1 and abs(records.x.std(0) - 1).max() < 0.1


@needs_cdc
def test_published_constants_are_those_of_the_table():
    table = fetch._read(SHARED / fetch.NPZ)[:, 1:].astype(float)
    mean, sd = cdc.moments()
    assert (abs(mean - table.mean(0)) < 0.002 * table.std(0)).all()
    # Values that fewer than 13 people gave are left out: the tail of BMI narrows a little.
    assert (abs(sd / table.std(0) - 1) < 0.01).all()


@needs_cdc
def test_every_form_of_the_table_gives_the_same_records_and_is_kept(nowhere, monkeypatch):
    frame = pd.read_csv(SHARED / fetch.FILES[2])
    shuffled = frame[frame.columns[::-1]].sample(frac=1, random_state=0)
    shuffled.insert(0, "ID", range(len(frame)))
    answer = io.BytesIO(shuffled.to_csv(index=False).encode())
    monkeypatch.setattr(fetch, "urlopen", lambda url, timeout: answer)
    downloaded = load_patients("cdc")
    monkeypatch.setattr(fetch, "urlopen", None)
    cached = load_patients("cdc")
    monkeypatch.setenv("LEAKLAB_DATA", str(SHARED))
    found = load_patients("cdc")
    assert downloaded.features.equals(found.features) and cached.features.equals(found.features)
    assert np.array_equal(downloaded.label, found.label) and np.array_equal(cached.label, found.label)


def test_further_synthetic_patients_are_drawn_on_request():
    some, again = (load_patients("synthetic", patients=300, rng=4) for _ in range(2))
    assert len(some) == 300 and some.public_scaling
    assert list(some.features.columns) == list(load_patients().features.columns)
    pd.testing.assert_frame_equal(some.features, again.features)
    with pytest.raises(ValueError, match="has a fixed set of patients"):
        load_patients("diabetes", patients=10, rng=0)
    with pytest.raises(ValueError, match="rng=None"):
        load_patients("synthetic", patients=10)
