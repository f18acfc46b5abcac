"""What goes wrong around a small table and a tree: files and arguments for `leaklab audit`, and what it must say.

A scene is a function that changes the files in a folder and returns the arguments, beside what the one message says.
"""

import gzip
import os
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({name: RNG.normal(size=120).round(3) for name in "abc"}).assign(
    town=RNG.choice(["Ulm", "Bonn"], 120), outcome=RNG.choice(["ill", "well"], 120))
MEMBERS, OTHERS, X = FRAME[:60], FRAME[60:], ["a", "b", "c"]
TREE = DecisionTreeClassifier(random_state=0).fit(MEMBERS[X], MEMBERS["outcome"])
BY_PLACE = DecisionTreeClassifier(random_state=0).fit(MEMBERS[X].to_numpy(), MEMBERS["outcome"])
MARK = "ran"
"""A folder that code of strangers makes where it runs."""


class Mark:
    """What leaves `MARK` where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, (MARK,)


def lay(folder: Path) -> None:
    """The files that scenes begin with: all is well with them."""
    joblib.dump(TREE, folder / "tree.joblib")
    MEMBERS.to_csv(folder / "members.csv", index=False)
    OTHERS.to_csv(folder / "others.csv", index=False)


def args(*more, model="tree.joblib", trust=True, label="outcome"):
    return [model, *["--trust"] * trust, "--members", "members.csv", "--others", "others.csv",
            *(["--label", label] if label else []), *map(str, more)]


def given(*more, **how):
    """A scene of arguments alone."""
    return lambda folder: args(*more, **how)


def tables(change, *more, model=TREE):
    """A scene whose tables are ``change(members, others)``."""
    def build(folder):
        joblib.dump(model, folder / "tree.joblib")
        for name, table in zip(("members", "others"), change(MEMBERS.copy(), OTHERS.copy()), strict=True):
            table.to_csv(folder / f"{name}.csv", index=False)
        return args(*more)
    return build


def both(change, *more, **how):
    return tables(lambda members, others: (change(members), change(others)), *more, **how)


def one(change, *more, **how):
    """The others' table changed, that of the members not."""
    return tables(lambda members, others: (members, change(others)), *more, **how)


def cell(row, column, value):
    def change(table):
        table[column] = table[column].astype(object)
        table.iloc[row, table.columns.get_loc(column)] = value
        return table
    return change


def written(data, *more, name="members.csv", **how):
    """A scene in which a file holds these bytes, or what a function makes of those it held."""
    def build(folder):
        path = folder / name
        path.write_bytes(data(path.read_bytes()) if callable(data) else data)
        return args(*more, **how)
    return build


def pipe(*more, **how):
    """A scene with a pipe that nobody writes to."""
    return lambda folder: os.mkfifo(folder / "pipe") or args(*more, **how)


def sparse(folder):
    os.truncate(folder / "members.csv", 2 * 10**9)
    return args()


def copied(folder):
    shutil.copy(folder / "members.csv", folder / "others.csv")
    return args()


def program(text, *more, name="train.py", **how):
    return written(text.encode(), *(more or ("--fit", "train.py:fit")), name=name, **how)


ALSO = "every record is also among the members.*Give records"
REFUSED_TABLES = {
    "no label column in others": (one(lambda t: t.drop(columns="outcome")),
                                  "others.csv has no column 'outcome'.*the same columns"),
    "no label column": (both(lambda t: t.drop(columns="outcome")), "label='outcome'.*no such column.*are 'a'"),
    "other columns": (one(lambda t: t.rename(columns={"a": "z"})), "others.csv has no column 'a'"),
    "without a column of the model": (both(lambda t: t.drop(columns="a")), r"lacks the column\(s\) 'a', which the mod"),
    "more columns than the model": (both(lambda t: t, model=BY_PLACE), "has 4 features.*model takes 3.*--drop"),
    "a column twice in one": (written(lambda data: b"\n".join(
        line + b"," + line.split(b",")[0] for line in data.split()) + b"\n"), "has no column 'a.1'"),
    "text instead of numbers": (both(lambda t: t.drop(columns="a"), model=BY_PLACE), "'town' hold text"),
    "an unseen label": (one(cell(3, "outcome", "dead")), "'dead' in column 'outcome' is no label.*'ill', 'well'"),
    "a constant label": (both(lambda t: t.assign(outcome="ill")), "'outcome' holds only 'ill'.*two classes"),
    "a label of measurements": (both(lambda t: t.assign(outcome=t["a"])), "'outcome' holds 119 different.*Cut a"),
    "a label of gaps": (both(lambda t: t.assign(outcome=np.nan)), "'outcome' has 120 missing.*line 2 of members.csv"),
    "a gap": (one(cell(3, "b", np.nan), "--missing", "refuse"), "'b' has 1 missing.*line 5 of others.*--missing drop"),
    "an infinity": (one(cell(4, "b", "inf")), "'b' is infinite on line 6 of others.csv. Drop or fix"),
    "text in a column of numbers": (one(cell(4, "b", "lots")), "cannot answer about x.*'lots'"),
    "decimal commas in one file": (written(lambda data: data.replace(b",", b";").replace(b".", b",")), "'0,126'"),
    "1 record": (tables(lambda m, o: (m[:1], o)), "members: 1 remain.*fewer than 10.*Give more"),
    "9 records": (tables(lambda m, o: (m, o[:9])), "others: 9 remain.*fewer than 10.*Give more"),
    "no record": (tables(lambda m, o: (m, o[:0])), "others: no row is left of others.csv. Give"),
    "no record at all": (tables(lambda m, o: (m[:0], o[:0])), "has 0 rows.*needs rows"),
    "nothing": (written(b""), "members.csv.*it is empty. Save it"),
    "blank lines": (written(b"\n\n  \n"), "members.csv.*it is empty. Save it"),
    "a header without an end": (written(b"a,b,c,town,outcome"), "members: no row is left of members.csv"),
    "the same file": (given("--others", "members.csv"), "others='members.csv': is the members' own file.*Give"),
    "the same file by a link": (lambda folder: os.symlink("members.csv", folder / "link.csv") or args(
        "--others", "link.csv"), "is the members' own file"),
    "a copy": (copied, ALSO),
    "a shuffled copy": (tables(lambda m, o: (m, m.sample(frac=1, random_state=0))), ALSO),
    "others among members": (tables(lambda m, o: (m, m[:30])), "others: 0 remain.*Give more"),
    "members among others": (tables(lambda m, o: (m[:55], FRAME)), "members: 0 remain.*Give more"),
    "a row many times": (tables(lambda m, o: (pd.concat([m[:5]] * 12), o)), "members: 5 remain.*differ.*Give more"),
    "the same people": (both(lambda t: t.assign(who=np.arange(60)), "--person", "who"), ALSO),
    "2 GB": (sparse, "members.csv holds more than 1,000,000,000 bytes.*random sample"),
    "a bomb": (written(lambda data: gzip.compress(data + bytes(1_100_000_000), 1)), "members.csv holds more.*Take"),
    "a million columns": (written(lambda data: b",".join(b"x%d" % i for i in range(10**6)) + b"\n"),
                          "has 1,000,000 columns, and at most 50,000.*without"),
    "thousands of other columns": (written(lambda data: b",".join(b"x%d" % i for i in range(5000)) + b"\n"),
                                   r"others.csv has no column 'x0'.*\(5000 in all\)"),
    "garbage": (written(bytes(range(256)) * 40), "members.csv.*a zero byte, on line 1"),
    "a zero byte": (written(lambda data: data[:50] + b"\0" + data[50:]), "zero byte, on line 3. Save"),
    "gzip cut short": (written(lambda data: gzip.compress(data)[:100]), "members.csv: not a readable CSV.*again"),
    "a workbook": (written(b"PK\x03\x04" + bytes(50)), "members.csv.*Excel.*Save the table as CSV"),
    "a pickle": (written(pickle.dumps(Mark())), "members.csv.*Python pickle.*Save the table as CSV"),
    "Parquet": (written(b"PAR1" + bytes(50)), "members.csv.*Parquet.*Save the table as CSV"),
    "JSON": (written(b'[{"a": 1, "b": 2}]'), "members.csv.*JSON.*Save the table as CSV"),
    "a page": (written(b"<html><body>Sign in, please</body></html>"), "members.csv.*HTML.*Save the table as CSV"),
    "a mixture of separators": (written(lambda data: data.replace(b",", b";", 99)), r"members.csv: line \d+ has"),
    "an open quotation mark": (written(lambda data: data[:200] + b'\n"' + data[200:]), "line 9 opens a.*Close it"),
    "a row cut short": (written(lambda data: data + b"1,2\n"), r"members.csv: line 62 has 2 cell.*Mend the line"),
    "no header": (written(lambda data: data.split(b"\n", 1)[1]), "others.csv has no column '0.126'"),
    "a second header": (written(lambda data: data + data), "members.csv: line 62 repeats the header. Delete"),
    "a folder and a file": (given("--others", "."), "one is a folder and the other a file. Give"),
    "no such table": (given("--members", "nowhere.csv"), "members='nowhere.csv': does not exist"),
    "a device": (given("--members", "/dev/zero"), "/dev/zero: must be a file. Save"),
    "a pipe": (pipe("--others", "pipe"), "pipe: must be a file. Save"),
    "no label named": (given(label=None), "name the column.*--label COLUMN"),
    "no such label": (given(label="Outcome"), "label='Outcome'.*Its columns are 'a', 'b'"),
    "no such person": (given("--person", "patient"), "person='patient'.*Its columns are 'a', 'b'"),
    "the label as person": (given("--person", "outcome"), "person='outcome'.*beside the label"),
    "people without names": (both(lambda t: t.assign(who=np.nan), "--person", "who"), "'who' has 120 missing"),
    "no such group": (given("--groups", "height"), "groups='height': is no column.*have 'a', 'b', 'c'"),
    "the label as group": (given("--groups", "outcome"), "'outcome' is the label.*Leave it out of --groups"),
    "no such sensitive column": (given("--sensitive", "height"), "sensitive='height': is no column"),
    "the label as sensitive": (given("--sensitive", "outcome"), "'outcome' is the label.*Leave it out of"),
    "the person as group": (both(lambda t: t.assign(who=t.index), "--person", "who", "--groups", "who"), "'who' is"),
    "a needed column dropped": (given("--drop", "a"), "drop='a': is needed.*leave --drop out"),
    "the label dropped": (given("--drop", "outcome"), "drop='outcome': is needed"),
    "no such column dropped": (given("--drop", "height"), "drop='height': is no column.*has 'a'"),
    "all dropped": (both(lambda t: t, "--drop", *X, "town", model=BY_PLACE), "needs rows, and a column beside"),
}
ODD_TABLES = {
    "columns in another order": (one(lambda t: t[["outcome", "c", "town", "b", "a"]]), ""),
    "columns that the model has not": (both(lambda t: t.assign(extra=1)), ""),
    "a column twice": (both(lambda t: pd.concat([t, t["a"]], axis=1)), "'a' occurs more than once in the header"),
    "a column of gaps": (both(lambda t: t.assign(a=np.nan)), "120 missing values were kept"),
    "members given twice": (tables(lambda m, o: (pd.concat([m, m]), o)), "60 of 180 rows repeat an earlier row"),
    "members among the others": (tables(lambda m, o: (m, pd.concat([m[:20], o]))), "40 rows stand on both sides"),
    "a label with a gap": (one(cell(3, "outcome", np.nan)), "1 of 120 rows were left out for gaps"),
    "a person without a name": (both(lambda t: cell(2, "who", np.nan)(t.assign(who=t.index // 2)), "--person", "who"),
                                "2 of 118 rows|2 of 120 rows were left out"),
    "one label on one side": (one(lambda t: t[t["outcome"] == "ill"]), "differ|without the model"),
    "labels with spaces": (one(lambda t: t.assign(outcome=t["outcome"] + " ")), r"spaces around 60 value\(s\)"),
    "a very long cell": (one(cell(0, "town", "x" * 200_000), "--groups", "town"), ""),
    "UTF-16": (written(lambda data: data.decode().encode("utf-16")), "read as utf-16"),
    "gzip": (written(gzip.compress), ""),
}
REFUSED_OPTIONS = {
    "no minutes": (given("--minutes", 0), "minutes=0.0: must lie in"),
    "negative minutes": (given("--minutes", -1), "minutes=-1.0: must lie in"),
    "nan minutes": (given("--minutes", "nan"), "minutes=nan: must be a finite number"),
    "endless minutes": (given("--minutes", "inf"), "minutes=inf: must be a finite number"),
    "a negative epsilon": (given("--epsilon", -1), "epsilon=-1.0: must lie in"),
    "a delta of 2": (given("--epsilon", 1, "--delta", 2), "delta=2.0: must lie in"),
    "a delta of 2 without epsilon": (given("--delta", 2), "delta=2.0: must lie in"),
    "a negative seed": (given("--seed", -1), "rng=-1: must be a seed"),
    "a range from white to black": (given("--range", 1, 0), "range=.*LOW must be below HIGH"),
    "a range of nan": (given("--range", "nan", 1), "range=nan: must be a finite number"),
    "no such policy": (given("--policy", "nowhere.toml"), "nowhere.toml: not a readable policy.*TOML or JSON"),
    "a folder as policy": (given("--policy", "."), "must be a policy file, TOML or JSON"),
    "a pipe as policy": (pipe("--policy", "pipe"), "pipe: must be a policy file"),
    "a policy of code": (program("__import__('os').mkdir('ran')", "--policy", "p.toml", name="p.toml"),
                         "p.toml: not a readable policy file"),
    "a policy out of range": (program('{"prior": 7}', "--policy", "p.json", name="p.json"), "p.json: prior=7"),
    "a policy of other types": (program('{"must_compare": "no"}', "--policy", "p.json", name="p.json"),
                                "p.json: must_compare='no': must be true or false"),
    "a policy of lists": (program('{"who": {"share": [1]}}', "--policy", "p.json", name="p.json"), "must say in words"),
    "an unknown rule": (program('{"priority": 7}', "--policy", "p.json", name="p.json"), "knows name, prior.*not 'pri"),
    "a deep policy": (program("[" * 100_000, "--policy", "p.json", name="p.json"), "p.json: not a readable policy"),
    "a file for the report": (given("--out", "members.csv"), "must be a folder, but is a file. Name another"),
    "a report within a file": (given("--out", "members.csv/x"), "cannot be written.*Name a folder"),
    "a report among other files": (given("--out", "."), "must be new, empty.*holds members.csv.*Name another"),
    "a fit without a name": (given("--fit", "train.py"), "fit='train.py': must name a file and a function.*example"),
    "a fit that is not trusted": (program("import os; os.mkdir('ran')", "--fit", "train.py:fit", trust=False),
                                  "train.py is a program.*pass --trust"),
    "no such fit file": (given("--fit", "train.py:fit"), "train.py failed.*No such file"),
    "no such function": (program("x = 1"), "fit='train.py:fit': has no function 'fit'"),
    "a fit that is a number": (program("fit = 1"), "has no function 'fit'"),
    "a fit file that fails": (program("1 / 0"), "train.py failed: division by zero"),
    "a fit file that exits": (program("raise SystemExit(3)"), "train.py failed: 3"),
    "a fit file that is no Python": (program("def fit(:"), "train.py failed: .*line 1"),
    "too many classes": (given("--classes", "ill", "well", "dead"), "classes=.*must be 2 labels"),
    "too few classes": (given("--classes", "ill"), "classes=.*at least two different labels"),
    "a class twice": (given("--classes", "ill", "ill"), "classes=.*at least two different labels"),
}
ODD_OPTIONS = {
    "a fit that exits": (program("def fit(x, y, rng): raise SystemExit(3)"), "it failed"),
    "a fit that gives no model": (program("def fit(x, y, rng): return 'model'"), "it failed"),
    "a fit of other arguments": (program("def fit(x): return x"), "it failed .*3 were given"),
    "an epsilon of 0": (given("--epsilon", 0), "epsilon = 0"),
}
