"""Records of tables as people have them: text, gaps, identifiers, several rows a person; from files and from memory."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_data import SHARED

from leaklab._validate import Refused
from leaklab.data import Records, load_patients, read_tables

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data")


def ward(n=40, rng=0):
    """Patients of a ward, with a column of each kind."""
    rng = np.random.default_rng(rng)
    return pd.DataFrame({"age": rng.integers(20, 90, n), "dose": rng.normal(size=n).round(2),
                         "drug": rng.choice(["asa", "none", "beta"], n), "smokes": rng.random(n) < 0.5,
                         "seen": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 99, n), unit="D"),
                         "outcome": rng.choice(["died", "home", "moved"], n)})


DRUGS = {"drug": ("asa", "none", "beta"), "seen": "days"}


def saved(folder, frame, name="ward.csv", **how):
    frame.to_csv(folder / name, index=False, **how)
    return folder / name


# Text, true and false, dates

def test_a_table_is_kept_as_it_is_and_its_numbers_are_refused(tmp_path):
    frame = ward()
    read = load_patients(saved(tmp_path, frame), label="outcome")
    pd.testing.assert_frame_equal(read.features, pd.read_csv(tmp_path / "ward.csv").drop(columns="outcome"))
    for records in (read, Records.of(frame, label="outcome")):
        assert list(records.outcome) == list(frame["outcome"]) and not records.all_numbers and records.caveats == ()
        assert records.features["smokes"].dtype == bool
        for ask in (lambda r: r.x, lambda r: r.encoded):
            with pytest.raises(Refused, match=r"'drug' holds text, such as '.*encode=.*drop=.*pipeline of your own"):
                ask(records)


def test_stated_categories_make_numbers_and_are_no_caveat(tmp_path):
    frame = ward()
    for records in (Records.of(frame, label="outcome", encode=DRUGS),
                    load_patients(saved(tmp_path, frame), label="outcome", encode=DRUGS)):
        assert list(records.encoded) == ["age", "dose", "drug=asa", "drug=none", "drug=beta", "smokes", "seen"]
        assert records.x.shape == (40, 7) and records.x.dtype == np.float32
        assert np.array_equal(records.x[:, 3], frame["drug"] == "none")
        assert records.encoded["seen"].iloc[0] == (frame["seen"][0] - pd.Timestamp(0)).days
        assert len(records.caveats) == 1 and "mean and standard deviation" in records.caveats[0]
        np.testing.assert_allclose(records.x[:, [0, 1, 5, 6]].mean(0), 0, atol=1e-5)
        assert np.array_equal(records.take([3, 1]).x, records.x[[3, 1]])


def test_public_bounds_and_categories_leave_no_caveat_and_those_of_the_table_one():
    bounds = {"age": (0, 100), "dose": (-1, 1), "seen": (18262, 18627)}
    public = Records.of(ward(), label="outcome", encode=DRUGS, bounds=bounds)
    assert public.public_scaling and public.caveats == () and abs(public.x).max() <= 1
    assert set(public.x[:, 5]) == {0, 1} and public.features["dose"].abs().max() == 1
    own = Records.of(ward(), label="outcome", encode="table", drop=["seen"], bounds={"age": (0, 100), "dose": (-1, 1)})
    caveat, = own.caveats
    assert "categories of text were taken from the table" in caveat
    assert own.encode == {"drug": ("asa", "beta", "none")} and any("taken from the table" in note for note in own.notes)
    assert own.split(0.5, rng=0)[0].encode == own.encode
    with pytest.raises(ValueError, match="must cover every feature; missing: 'dose'"):
        Records.of(ward(), label="outcome", encode=DRUGS, bounds={"age": (0, 100), "seen": (18262, 18627)})
    with pytest.raises(ValueError, match="unknown: 'drug'"):
        Records.of(ward(), label="outcome", encode=DRUGS, bounds={**bounds, "drug": (0, 1)})
    with pytest.raises(ValueError, match=r"bounds\['seen'\].*must span all dates"):
        Records.of(ward(), label="outcome", encode=DRUGS, bounds={**bounds, "seen": (0, 9)})


def test_an_unknown_category_is_named_with_its_line(tmp_path):
    frame = ward()
    frame.loc[7, "drug"] = "gin"
    with pytest.raises(ValueError, match=r"encode\['drug'\].*does not cover 'gin' on line 9"):
        load_patients(saved(tmp_path, frame), label="outcome", encode=DRUGS)
    with pytest.raises(ValueError, match="does not cover 'gin' on row 7"):
        Records.of(frame, label="outcome", encode=DRUGS)
    records = Records.of(ward(), label="outcome", encode=DRUGS)
    with pytest.raises(ValueError, match="does not cover 'gin' in row 7"):
        replace(records, features=frame.drop(columns="outcome"))


@pytest.mark.parametrize("encode, message", [
    ("tables", "must be a dict"), ({"drug": ("asa",)}, "at least two"), ({"drug": ("asa", "asa")}, "two different"),
    ({"pill": ("a", "b")}, "only features"),
    ({"drug": DRUGS["drug"], "age": ("old", "young")}, "'seen' holds dates, such as Timestamp"),
    ({"drug": "weeks"}, "or 'days'"), ({**DRUGS, "age": "days"}, "does not cover")])
def test_encodings_refused(encode, message):
    with pytest.raises(ValueError, match=message):
        Records.of(ward().assign(age=["old", "young"] * 20), label="outcome", encode=encode)


def test_numbers_that_are_categories():
    records = Records.of(ward().drop(columns=["drug", "seen"]).assign(ward=np.arange(40) % 3), label="outcome",
                         encode={"ward": (0, 1, 2)})
    assert list(records.encoded)[-3:] == ["ward=0", "ward=1", "ward=2"]


# Missing values

def gappy(n=40):
    frame = ward(n)
    frame.loc[5, "dose"], frame.loc[[5, 9], "drug"] = np.nan, None
    return frame


def test_gaps_are_refused_dropped_or_kept_and_said(tmp_path):
    for table, place in ((gappy(), "row 5"), (read_tables(saved(tmp_path, gappy())), "line 7")):
        with pytest.raises(ValueError, match=rf"'dose' has 1 missing.*first on {place}.*'drug' most: 2.*missing='drop' "
                                             r"to leave out the 2 of 40 rows.*missing='keep'"):
            Records.of(table, label="outcome")
        dropped = Records.of(table, label="outcome", missing="drop")
        assert len(dropped) == 38 and 5 not in dropped.features.index
        assert "2 of 40 rows were left out for gaps." in dropped.notes
        kept = Records.of(table, label="outcome", missing="keep", encode=DRUGS)
        assert len(kept) == 40 and kept.features.isna().sum().sum() == 3 and "3 missing values were kept." in kept.notes
        with pytest.raises(Refused, match=r"has 1 missing.*finite.*missing='drop'"):
            kept.take(range(10)).x  # noqa: B018
        with pytest.raises(Refused, match="no center and scale"):
            kept.take([0, 1]).x  # noqa: B018


def test_a_row_without_label_or_person_is_no_record():
    frame = gappy().assign(who=[f"p{i % 9}" for i in range(40)])
    frame.loc[0, "outcome"], frame.loc[1, "who"] = None, None
    with pytest.warns(UserWarning, match="2 of 40 rows were left out for gaps in label or person"):
        records = Records.of(frame, label="outcome", person="who", missing="keep")
    assert len(records) == 38 and records.people == 9 and records.features["drug"].isna().sum() == 2
    with pytest.raises(ValueError, match=r"'outcome' most: 40. All 40 rows have a gap: drop="):
        Records.of(frame.assign(outcome=np.nan), label="outcome", missing="drop")
    with pytest.raises(ValueError, match="missing='fill'"):
        Records.of(frame, label="outcome", missing="fill")


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([np.nan, 0.0, 1.5]),
                          st.sampled_from([True, False, None]), st.integers(0, 1)), min_size=4, max_size=30),
       st.integers(0, 99))
def test_rows_alike_stay_together_with_text_and_gaps(rows, seed):
    frame = pd.DataFrame(rows, columns=["text", "number", "flag", "y"]).astype({"text": object, "flag": object})
    empty = np.empty(0)
    records = Records(frame[["text", "number", "flag"]], frame["y"].to_numpy(), "y", (0, 1), empty, empty, "test")
    alike = {}
    for row, group in zip(rows, records.groups(), strict=True):
        key = tuple("gap" if pd.isna(value) else (type(value), value) for value in row)
        assert alike.setdefault(key, group) == group
    assert len(alike) == records.groups().max() + 1 == len(records.deduplicate())
    try:
        members, others = records.split(0.5, rng=seed)
    except ValueError as refusal:
        assert "groups" in str(refusal)
        return
    assert not set(members.features.index) & set(others.features.index)
    assert not np.intersect1d(*(records.groups()[part.features.index] for part in (members, others))).size


# Row numbers and identifiers

@pytest.mark.parametrize("name, values", [
    ("Unnamed: 0", range(40)), ("Unnamed: 3", range(1, 41)),
    ("Unnamed: 0", np.random.default_rng(0).permutation(99)[:40]),
    ("rownames", range(1, 41)), ("X", range(1, 41)), ("line", range(39, -1, -1)), ("ID", range(700, 740)),
    ("patient_id", range(5, 45)), ("patientID", range(5, 45)), ("Subject No", range(5, 45)),
    ("bed", [f"B-{i}x" for i in range(40)]), ("name", [f"Ann {i}th" for i in range(40)])])
def test_what_numbers_the_rows_is_left_out_with_a_warning(tmp_path, name, values):
    frame = ward().iloc[np.arange(40) // 2].assign(**{name: list(values)})  # every row twice
    for table in (frame, read_tables(saved(tmp_path, frame))):
        with pytest.warns(UserWarning, match=f"column '{name}' was left out"):
            records = Records.of(table, label="outcome")
        assert name not in records.features and len(records.deduplicate()) == 20
        assert any(name in note for note in records.notes)
        assert "20 of 40 rows equal an earlier one in all features and the label." in records.notes
        records = Records.of(table, label="outcome", drop=[name])
        assert f"left out as asked: {name!r}." in records.notes
        kept = Records.of(table, label="outcome", features=["age", name])
        assert list(kept.features) == ["age", name]


def test_a_separator_at_the_end_of_each_line_makes_no_feature(tmp_path):
    lines = saved(tmp_path, ward()).read_text().split("\n")[:-1]
    (tmp_path / "ward.csv").write_text(",\n".join(lines) + ",\n")
    with pytest.warns(UserWarning, match="'Unnamed: 6' was left out: it is empty"):
        assert list(load_patients(tmp_path / "ward.csv", label="outcome").features) == list(ward())[:-1]


def test_what_to_csv_leaves_is_left_out(tmp_path):
    ward().sample(30, random_state=0).to_csv(tmp_path / "half.csv")
    with pytest.warns(UserWarning, match="row numbers without a name"):
        assert "Unnamed: 0" not in load_patients(tmp_path / "half.csv", label="outcome").features


@pytest.mark.parametrize("name, values", [
    ("potassium", np.random.default_rng(0).normal(4, 1, 40)),
    ("platelets", np.random.default_rng(0).permutation(900)[:40]),
    ("covid", np.arange(40) % 2), ("uric_acid", np.random.default_rng(1).permutation(900)[:40]),
    ("thyroid", [f"grade {i % 30}" for i in range(40)]), ("site_id", np.arange(40) % 3),
    ("admitted", [f"2020-01-01 {i % 24:02}:{i:02}" for i in range(40)]), ("idle", np.arange(5, 85, 2)),
    ("month", np.arange(40) % 12)])
def test_a_measurement_is_no_identifier(name, values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert name in Records.of(ward().assign(**{name: values}), label="outcome").features


def test_an_identifier_that_repeats_is_asked_about(tmp_path):
    frame = ward(90).assign(patient=1, patient_id=np.arange(90) // 3)
    frame = frame.drop(columns="patient")
    for table in (frame, read_tables(saved(tmp_path, frame))):
        with pytest.raises(Refused, match=r"'patient_id' looks like an identifier and repeats: 30 values in 90.*"
                                          r"person='patient_id'.*drop=\('patient_id',\)"):
            Records.of(table, label="outcome")
        assert Records.of(table, label="outcome", person="patient_id").people == 30
        assert "patient_id" not in Records.of(table, label="outcome", drop=("patient_id",)).features
    with pytest.raises(Refused, match="'subject' looks like an identifier and repeats: 9 values"):
        Records.of(ward(90).assign(subject=[f"s{i % 9}" for i in range(90)]), label="outcome")
    assert "patient" in Records.of(ward().assign(patient=np.arange(40) % 2), label="outcome").features


# The label

@pytest.mark.parametrize("values", [[0, 1], [1.5, 2.5, 3.5], [True, False], ["None", "NA", "null"], ["0", "1"],
                                    list("abcdefghij")])
def test_classes_are_the_values_of_the_table(tmp_path, values):
    frame = ward().assign(outcome=[values[i % len(values)] for i in range(40)])
    for table in (frame, read_tables(saved(tmp_path, frame), label="outcome")):
        records = Records.of(table, label="outcome")
        if values != ["0", "1"] or table is frame:
            assert records.classes == tuple(sorted(values)) and list(records.outcome) == list(frame["outcome"])
            assert [type(value) for value in records.classes] == [type(value) for value in sorted(values)]
        assert f"outcome: {{{records.classes[0]}: " in repr(records)


def test_spaces_around_a_class_are_removed_and_case_is_asked_about(tmp_path):
    frame = ward()
    frame.loc[3, "outcome"] += " "
    for table in (frame, read_tables(saved(tmp_path, frame))):
        with pytest.warns(UserWarning, match=r"'outcome': spaces around 1 value\(s\) were removed"):
            assert Records.of(table, label="outcome").classes == ("died", "home", "moved")
    frame["outcome"] = ["Home" if i == 3 else "home" if i % 2 else "died" for i in range(40)]
    with pytest.raises(Refused, match=r"classes 'Home' and 'home' .*differ only by case.*Write them alike"):
        Records.of(frame, label="outcome")


def test_categories_that_differ_by_spaces_or_case_are_doubted():
    for odd in ("asa ", "ASA"):
        with pytest.warns(UserWarning, match=f"column 'drug': 'asa' and '{odd}' differ only by spaces or case"):
            records = Records.of(ward().assign(drug=["asa", odd, "beta", "beta"] * 10), label="outcome")
        assert set(records.features["drug"]) == {"asa", odd, "beta"}


def test_classes_that_differ_by_a_full_stop_are_asked_about(tmp_path):  # as in the test part of the Adult data
    tables = read_tables([saved(tmp_path, ward().assign(outcome=["<=50K", ">50K"] * 20), "train.csv"),
                          saved(tmp_path, ward().assign(outcome=["<=50K.", ">50K."] * 20), "test.csv")])
    with pytest.raises(Refused, match=r"classes '<=50K' and '<=50K\.' .*full stop.*line 2 of test\.csv"):
        Records.of(tables, label="outcome")
    with pytest.raises(Refused, match="classes 'A' and 'a'"):
        Records.of(ward().assign(outcome=["a", "A"] * 20), label="outcome")


def test_values_of_different_kinds_are_named():
    frame = ward()
    for column in ("age", "outcome"):
        mixed = frame.assign(**{column: [1 if i != 17 else "l" for i in range(40)]})
        with pytest.raises(ValueError, match=f"'{column}' holds text, 'l' on row 17 .*among values that are a number"):
            Records.of(mixed, label="outcome")
    for features in (None, ["age"]):
        with pytest.raises(ValueError, match=r"'age' holds list, \[1\] on row 0"):
            Records.of(frame.assign(age=[[1]] * 40), label="outcome", features=features)


# In memory

def test_types_of_pandas_give_the_same_records():
    plain = ward()
    frame = plain.astype({"age": "Int64", "dose": "Float32", "drug": "category", "smokes": "boolean",
                          "outcome": "category"})
    records = Records.of(frame, label="outcome", encode=DRUGS)
    same = Records.of(plain.astype({"dose": "float32"}), label="outcome", encode=DRUGS)
    assert records.features["drug"].dtype == "category" and records.classes == same.classes
    np.testing.assert_allclose(records.x, same.x, atol=1e-6)
    assert np.array_equal(records.groups(), same.groups()) and list(records.outcome) == list(same.outcome)
    text = plain.astype({"drug": "string", "outcome": "string"})
    assert np.array_equal(Records.of(text, label="outcome", encode=DRUGS).label, same.label)
    frame.loc[[1, 2], "age"], frame.loc[3, "smokes"] = pd.NA, pd.NA
    gaps = Records.of(frame, label="outcome", missing="keep")
    assert gaps.features.isna().sum().sum() == 3 and gaps.groups().max() == 39
    assert Records.of(frame, label="outcome", missing="drop", encode=DRUGS).x.shape == (37, 7)


def test_objects_that_are_numbers_are_numbers_and_the_index_is_kept():
    frame = ward()[["age", "dose", "outcome"]].astype(object).set_index(pd.Index([f"row{i}" for i in range(40)]))
    records = Records.of(frame, label="outcome")
    assert records.all_numbers and records.features.index[3] == "row3" and records.x.shape == (40, 2)


@pytest.mark.parametrize("how, message", [
    ({"label": "z"}, "label='z': the table has no such column"), ({"label": None}, "label=None: name the column"),
    ({"label": "outcome", "person": "z"}, "person='z'"),
    ({"label": "outcome", "drop": "age"}, r"drop='age'.*\('age',\)"),
    ({"label": "outcome", "drop": ("z",)}, "drop='z'"),
    ({"label": "outcome", "features": ("outcome",)}, "features='outcome'"),
    ({"label": "outcome", "features": ("age",), "drop": ("age",)}, "together")])
def test_names_refused(how, message):
    with pytest.raises(ValueError, match=message):
        Records.of(ward(), **how)


def test_a_constant_column_is_refused_unless_it_is_asked_for():
    frame = ward().assign(ward=1)
    with pytest.raises(ValueError, match=r"'ward' has the same value in every row.*drop=\('ward',\)"):
        Records.of(frame, label="outcome")
    assert set(Records.of(frame, label="outcome", features=["age", "ward"]).x[:, 1]) == {0}
    with pytest.raises(ValueError, match="'dose' is infinite on row 4"):
        Records.of(ward().assign(dose=[np.inf if i == 4 else i / 7 for i in range(40)]), label="outcome")
    with pytest.raises(ValueError, match="'age' occurs twice"):
        Records.of(pd.concat([frame, frame[["age"]]], axis=1), label="outcome")
    for wrong in ([], [frame], 3.5, "ward.csv"):
        with pytest.raises(ValueError, match=r"must be a pandas.DataFrame, or what read_tables gives"):
            Records.of(wrong, label="outcome")


# Several files

def test_members_and_others_are_one_table_of_two_parts(tmp_path):
    frame = ward(60)
    tables = read_tables([saved(tmp_path, frame[:25], "members.csv"), saved(tmp_path, frame[25:], "others.csv")])
    records = Records.of(tables, label="outcome", encode="table")
    assert records.source == "members.csv and others.csv" and len(records) == 60
    members = records.take(records.features.index < len(tables[0].frame))
    assert len(members) == 25 and np.array_equal(members.x, records.x[:25])
    for name in ("Unnamed: 0", "rownames", "X"):  # each file counts its own rows
        parts = [frame[:30].reset_index(drop=True), frame[30:].reset_index(drop=True)]
        both = read_tables([saved(tmp_path, part.rename_axis("" if "0" in name else name).reset_index(), f"{j}.csv")
                            for j, part in enumerate(parts)])
        with pytest.warns(UserWarning, match=f"column '{name}' was left out"):
            assert list(Records.of(both, label="outcome").features) == list(frame)[:-1]
    frame.loc[30, "drug"] = None
    tables = read_tables([saved(tmp_path, frame[:25], "members.csv"), saved(tmp_path, frame[25:], "others.csv")])
    with pytest.raises(ValueError, match=r"'drug' has 1 missing value\(s\), the first on line 7 of others\.csv"):
        Records.of(tables, label="outcome")


# Real tables

@needs_shared
def test_cirrhosis():
    path = SHARED / "cirrhosis.csv"
    with pytest.raises(ValueError, match=r"'Drug' has 106 missing.*line 314.*leave out the 142 of 418 rows"):
        load_patients(path, label="Status", drop=("ID", "N_Days"))
    kept = load_patients(path, label="Status", drop=("ID", "N_Days"), missing="keep")
    whole = pd.read_csv(path)
    pd.testing.assert_frame_equal(kept.features, whole.drop(columns=["ID", "N_Days", "Status"]))
    assert kept.classes == ("C", "CL", "D") and "1033 missing values were kept." in kept.notes
    with pytest.warns(UserWarning, match="column 'ID' was left out"):
        assert len(load_patients(path, label="Status", missing="drop")) == 276


@needs_shared
def test_visits_and_a_survey():
    with pytest.warns(UserWarning, match="'rownames' was left out"):
        visits = load_patients(SHARED / "pbcseq.csv", label="status", person="id", missing="keep")
    assert visits.people == 312 and visits.classes == (0, 1, 2)
    with pytest.raises(Refused, match="'id' looks like an identifier and repeats: 312 values in 1945 rows"):
        load_patients(SHARED / "pbcseq.csv", label="status", drop=("rownames",), missing="keep")
    drop = ("rownames", "respondent_id", "steak")
    survey = load_patients(SHARED / "steak_survey.csv", label="cheated", drop=drop, missing="drop", encode="table")
    complete = pd.read_csv(SHARED / "steak_survey.csv").drop(columns=list(drop)).dropna()
    assert survey.classes == (False, True) and list(survey.outcome) == list(complete["cheated"])
    assert len(survey.x) == len(complete) and set(np.unique(survey.encoded)) == {0, 1}
