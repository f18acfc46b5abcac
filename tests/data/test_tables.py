"""Files as people save them: as `pandas.read_csv` reads what is ordinary; the rest is read rightly, or refused."""

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_data import SHARED

from leaklab._validate import Refused
from leaklab.data import Table, read_tables

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data")
CLEVELAND = ["age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca",
             "thal", "num"]


def file(folder, content, name="ward.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder, content, **how):
    table, = read_tables(file(folder, content), **how)
    return table


# What is ordinary

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), max_size=6).filter(
    lambda word: word.strip() not in {"?", "-", "--", ".", "NA", "N/A", "n/a", "None", "nan", "NaN", "null", "NULL"})
quoted = st.sampled_from(["two\nlines", 'a "word"', "a, b", "x;y", "TRUEish", "1 2"])
COLUMNS = {"whole": st.integers(-10**6, 10**18).map(str), "decimal": st.floats(allow_nan=False).map(repr),
           "flag": st.sampled_from(["TRUE", "FALSE"]), "Flag": st.sampled_from(["True", "False"]),
           "mixed": st.one_of(st.integers(0, 9).map(str), st.sampled_from(["TRUE", "x"])), "word": words,
           "quoted": quoted}


def as_csv(columns, rows):
    quote = lambda cell: '"' + cell.replace('"', '""') + '"' if set(cell) & set('",\n\r;') else cell  # noqa: E731
    return "\n".join(",".join(map(quote, row)) for row in [columns, *rows]) + "\n"


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.data())
def test_an_ordinary_file_is_what_pandas_makes_of_it(tmp_path_factory, data):
    kinds = data.draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=5))
    gaps = data.draw(st.booleans())
    cell = [st.one_of(st.just(""), COLUMNS[kind]) if gaps else COLUMNS[kind] for kind in kinds]
    rows = data.draw(st.lists(st.tuples(*cell).filter(any), min_size=1, max_size=12))
    path = file(tmp_path_factory.getbasetemp(), as_csv([f"{kind}{j}" for j, kind in enumerate(kinds)], rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that one word makes text
        table, = read_tables(path)
    pd.testing.assert_frame_equal(table.frame, pd.read_csv(path, low_memory=False))
    text = path.read_text().split("\n")
    for line, row in zip(table.lines, rows, strict=True):
        assert text[line - 1].lstrip('"').startswith(row[0].split("\n")[0].replace('"', '""'))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_a_file_in_two_parts_is_typed_as_the_whole(tmp_path_factory, data):
    kinds = data.draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=4))
    rows = data.draw(st.lists(st.tuples(*(COLUMNS[kind] for kind in kinds)).filter(any), min_size=2, max_size=9))
    cut, names = data.draw(st.integers(1, len(rows) - 1)), [f"{kind}{j}" for j, kind in enumerate(kinds)]
    folder = tmp_path_factory.getbasetemp()
    whole = file(folder, as_csv(names, rows), "whole.csv")
    order = data.draw(st.permutations(range(len(kinds))))
    parts = [file(folder, as_csv(names, rows[:cut]), "members.csv"),
             file(folder, as_csv([names[j] for j in order], [[row[j] for j in order] for row in rows[cut:]]), "b.csv")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        members, others = read_tables(parts)
    both = pd.concat([members.frame, others.frame], ignore_index=True)
    pd.testing.assert_frame_equal(both, pd.read_csv(whole, low_memory=False))
    assert (members.frame.dtypes == others.frame.dtypes).all()


@needs_shared
@pytest.mark.parametrize("name", ["cirrhosis.csv", "pbcseq.csv", "steak_survey.csv"])
def test_real_tables_are_what_pandas_makes_of_them(name):
    table, = read_tables(SHARED / name)
    pd.testing.assert_frame_equal(table.frame, pd.read_csv(SHARED / name))
    assert table.lines[-1] == len(table.frame) + 1


@needs_shared
def test_a_real_table_without_a_header():
    path = SHARED / "processed.cleveland.data"
    with pytest.raises(ValueError, match=r"first line holds only numbers \(63\.0.*names="):
        read_tables(path)
    table, = read_tables(path, names=CLEVELAND)
    pd.testing.assert_frame_equal(table.frame, pd.read_csv(path, names=CLEVELAND, na_values="?"))
    assert "column 'ca': '?' counted as missing (4 cells)." in table.notes and table.lines[0] == 1


@needs_shared
def test_a_large_table_is_what_pandas_reads():
    path = SHARED / "diabetes_binary_health_indicators_BRFSS2015.csv.gz"
    pd.testing.assert_frame_equal(read_tables(path)[0].frame, pd.read_csv(path))


# What is missing

@pytest.mark.parametrize("mark", ["?", "NA", "N/A", "NaN", "nan", "#N/A", "-", " ? ", "null", "None", "  "])
def test_among_numbers_and_flags_there_is_one_meaning(tmp_path, mark):
    table = read(tmp_path, f"pulse,smokes,ward\n71,TRUE,a\n{mark},FALSE,b\n80.5,{mark},a\n")
    assert table.frame["pulse"].dtype == float and table.frame["pulse"].isna().tolist() == [False, True, False]
    assert table.frame["smokes"].tolist()[:2] == [True, False] and pd.isna(table.frame["smokes"][2])
    assert f"column 'pulse': {mark!r} counted as missing (1 cells)." in table.notes


@pytest.mark.parametrize("mark", ["NA", "None", "null", "?"])
def test_among_text_it_is_kept_and_said_until_stated_otherwise(tmp_path, mark):
    text = f"drug,pulse\nasa,70\n{mark},71\nasa,72\n"
    table = read(tmp_path, text)
    assert table.frame["drug"].tolist() == ["asa", mark, "asa"]
    said, = table.notes
    assert f"{mark!r} kept as text" in said and f"missing_values=({mark!r},) if it means not measured" in said
    assert ("pandas.read_csv has a gap" in said) == (mark != "?")
    for stated in ((mark,), {"drug": [mark]}):
        assert read(tmp_path, text, missing_values=stated).frame["drug"].isna().tolist() == [False, True, False]
    assert read(tmp_path, text, missing_values={"pulse": [mark]}).frame["drug"].notna().all()


def test_what_is_missing_among_numbers_is_missing_in_the_table_but_for_words(tmp_path):
    table = read(tmp_path, "drug,pulse,liver\nNA,70,None\nasa,NA,None\nasa,None,big\n")
    assert table.frame["drug"].isna().sum() == 1 and table.frame["liver"].tolist() == ["None", "None", "big"]


def test_in_the_label_only_an_empty_cell_is_missing(tmp_path):
    text = "pulse,diagnosis\n70,None\nNA,NA\n72,\n73,null\n"
    table = read(tmp_path, text, label="diagnosis")
    assert table.frame["diagnosis"].tolist()[:2] == ["None", "NA"] and table.frame["diagnosis"].isna().sum() == 1
    assert any("kept as a class" in note for note in table.notes)
    assert read(tmp_path, text, label="diagnosis", missing_values=["None"]).frame["diagnosis"].isna().sum() == 1
    stated = read(tmp_path, text, label="diagnosis", missing_values={"diagnosis": ["None"]})
    assert stated.frame["diagnosis"].isna().sum() == 2


def test_a_number_can_mean_missing(tmp_path):
    table = read(tmp_path, "pulse,age\n70,40\n-99,41\n72,-99\n", missing_values={"pulse": ["-99"]})
    assert table.frame["pulse"].isna().tolist() == [False, True, False] and table.frame["age"].tolist() == [40, 41, -99]


def test_one_text_among_many_numbers_is_named_with_its_line(tmp_path):
    rows = [f"{i},{i % 7}" for i in range(1000)]
    rows[700] = "7o0,1"
    with pytest.warns(UserWarning, match="'dose' is text only because of 1 of 1000 values.*'7o0' on line 702"):
        table = read(tmp_path, "dose,ward\n" + "\n".join(rows))
    assert "'7o0' on line 702" in table.notes[-1]
    rows = [f"{i},{i % 2}" for i in range(1000)]
    rows[3] = "3,one"
    with pytest.warns(UserWarning, match="'ill' is text only because of .*'one' on line 5"):
        read(tmp_path, "dose,ill\n" + "\n".join(rows), label="ill")


# Separators, decimals, encodings

@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_decimal_commas(tmp_path, separator):
    text = "größe;gewicht;befund\n1,75;80;groß, schwer\n1,6;;klein\n".replace(";", separator)
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"):
        table = read(tmp_path, text.encode(encoding))
        assert table.frame["größe"].tolist() == [1.75, 1.6] and table.frame["gewicht"].isna().sum() == 1
        assert table.frame["befund"].tolist() == ["groß, schwer", "klein"]
        assert any("decimal commas" in note for note in table.notes)
        assert any("not UTF-8" in note for note in table.notes) == (not encoding.startswith("utf-8"))


def test_decimal_commas_in_quotation_marks(tmp_path):
    assert read(tmp_path, 'a,b\n"1,5",2\n"0,25",3\n').frame["a"].tolist() == [1.5, 0.25]


def test_a_comma_that_may_mean_thousands_is_asked_about(tmp_path):
    text = "income;age\n1,234;40\n56,789;50\n"
    with pytest.raises(Refused, match=r"'income': the comma of '1,234' may separate.*decimal=','"):
        read(tmp_path, text)
    assert read(tmp_path, text, decimal=",").frame["income"].tolist() == [1.234, 56.789]
    assert read(tmp_path, text, decimal=".").frame["income"].tolist() == ["1,234", "56,789"]
    settled = read(tmp_path, "income;dose\n1,234;0,5\n56,789;0,25\n")  # another column settles it
    assert settled.frame["income"].tolist() == [1.234, 56.789]


def test_line_ends_blank_lines_and_quoted_line_breaks_leave_the_lines_right(tmp_path):
    plain = b"a,b\n\n1,2\n  \n3,4\n\n"
    for end in (b"\n", b"\r\n", b"\r"):
        table = read(tmp_path, plain.replace(b"\n", end))
        assert table.frame["a"].tolist() == [1, 3] and table.lines.tolist() == [3, 5]
        assert "ward.csv: 3 blank line(s) were skipped." in table.notes
    table = read(tmp_path, 'note,b\n"one\ntwo",1\n\nplain,2\n"x\r\n\r\ny",3\nend,4\n')
    assert table.lines.tolist() == [2, 5, 6, 9] and table.frame["b"].tolist() == [1, 2, 3, 4]
    assert table.frame["note"].tolist()[0] == "one\ntwo"


def test_quotation_marks_inside_a_text(tmp_path):
    content = 'a,b\n1,a 5" pipe\n2,"x ""y"", z"\n3,\'\n'
    table = read(tmp_path, content)
    assert table.frame["b"].tolist() == ['a 5" pipe', 'x "y", z', "'"] and table.lines.tolist() == [2, 3, 4]


def test_a_first_line_with_numbers_is_doubted(tmp_path):
    with pytest.warns(UserWarning, match=r"the first line, taken for the header, holds numbers \('39', ' 77516'\)"):
        read(tmp_path, "39, State-gov, 77516\n50, Self-emp, 83311\n")


def test_packed_files_are_known_by_their_content(tmp_path):
    assert read(tmp_path, gzip.compress(b"a,b\n1,2\n", mtime=0)).frame["b"].tolist() == [2]


@pytest.mark.parametrize("content, message", [
    (b"", "not a readable CSV file: it is empty"),
    (b"\n \n", "it is empty"),
    (b"PK\x03\x04rest", "an Excel workbook.*Save the table as CSV"),
    (b"a,b\n1,\x00\n", "zero byte, on line 2"),
    (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], "not a readable CSV file"),
    (b"a,b\n1,2\n3\n", r"line 3 has 1 cell\(s\), and the header has 2"),
    (b"a,b\n1,2\n\n3,4,5\n", "line 4 has 3 cell.*header has 2"),
    (b"a,b\n1,2,9\n3,4,5\n", "line 2 has 3 cell"),  # pandas would take the first column for row names
    (b'a,b\n"x\ny",2\n3,4,5\n', "line 4 has 3 cell"),
    (b'a,b\n1,x\n2,"y\n3,z\n', "line 3 opens a quotation mark that is never closed"),
    (b"1,2\n3,4\n", "holds only numbers.*no names"),
    (b"a,b\n1,2\na,3\na,b\n", "line 4 repeats the header"),
    (b"a  b  c\n1  2  3\n", "separated by spaces"),
    (b'a,b\n1,a 5" pipe\n2,3,4\n', "line 3 has 3 cell"),
])
def test_what_is_no_table_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as refusal:
        read(tmp_path, content)
    assert "ward.csv" in str(refusal.value)


def test_counted_columns_are_a_header(tmp_path):
    assert read(tmp_path, pd.DataFrame(np.eye(3)).to_csv()).frame.columns.tolist() == ["Unnamed: 0", "0", "1", "2"]
    assert read(tmp_path, pd.DataFrame(np.eye(3)).to_csv(index=False)).frame.columns.tolist() == ["0", "1", "2"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_above_the_stated_size_is_refused(tmp_path, pack):
    path = file(tmp_path, pack(b"a,b\n" + b"1,2\n" * 1000))
    with pytest.raises(Refused, match=r"more than 4,000 bytes \(most_bytes\).*random sample of its rows"):
        read_tables(path, most_bytes=4000)
    table, = read_tables(path, most_bytes=4004)
    assert len(table.frame) == 1000


# Several files

def test_columns_are_matched_by_name_and_typed_together(tmp_path):
    members = file(tmp_path, "age,dose,sex\n30,1,f\n40,,m\n", "members.csv")
    others = file(tmp_path, "sex;age;dose\nf;50;0,5\nm;60;?\n", "others.csv")
    a, b = read_tables([members, others])
    assert isinstance(a, Table) and list(a.frame) == list(b.frame) == ["age", "dose", "sex"]
    assert b.frame["dose"].tolist()[0] == 0.5 and (a.frame.dtypes == b.frame.dtypes).all()
    assert repr(b) == "Table(2 x 3 from 'others.csv')" and b.frame.index.tolist() == [0, 1]


def test_codes_keep_their_zeros_where_the_other_file_has_letters(tmp_path):
    a, b = read_tables([file(tmp_path, "code,y\n007,1\n010,0\n", "a.csv"),
                        file(tmp_path, "code,y\nV57,1\nE1,0\n", "b.csv")])
    assert a.frame["code"].tolist() == ["007", "010"] and b.frame["code"].tolist() == ["V57", "E1"]


def test_a_column_in_one_file_alone_is_refused(tmp_path):
    one, more = file(tmp_path, "a,b\n1,2\n", "one.csv"), file(tmp_path, "a,b,c\n1,2,3\n", "more.csv")
    for pair in ([one, more], [more, one]):
        with pytest.raises(ValueError, match=r"one\.csv has no column 'c', which .*more\.csv has"):
            read_tables(pair)


def test_the_line_is_named_with_its_file(tmp_path):
    good = file(tmp_path, "dose,ill\n" + "1,0\n" * 50, "good.csv")
    bad = file(tmp_path, "dose,ill\n1,0\nhigh,1\n", "bad.csv")
    with pytest.warns(UserWarning, match=r"'high' on line 3 of bad\.csv"):
        read_tables([good, bad])


@pytest.mark.parametrize("how, message", [
    ({"label": "z"}, "label='z'.*columns are 'a', 'b'"), ({"missing_values": "?"}, r"pass \('\?',\)"),
    ({"missing_values": {"z": ["?"]}}, "missing_values='z'"), ({"decimal": ";"}, "decimal=';'"),
    ({"names": ("a", "b", "c")}, "line 1 has 2 cell.*list of names has 3")])
def test_settings_refused(tmp_path, how, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, "a,b\n1,2\n", **how)
    with pytest.raises(ValueError, match="at least one file"):
        read_tables([])


def test_a_name_that_occurs_twice_is_said(tmp_path):
    table = read(tmp_path, "a,a,b\n1,2,3\n")
    assert list(table.frame) == ["a", "a.1", "b"] and "more than once" in table.notes[0]
