"""What officers bring, from files to a report: real tables, photographs, an endpoint."""

import json
import os
from pathlib import Path

import joblib
import jsonschema
import numpy as np
import officers_files
import pandas as pd
import pytest
from real_data import SHARED
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

import leaklab.report
from leaklab.__main__ import main
from leaklab.access import BlackBox
from leaklab.server import Keys, serve

SCHEMA = json.loads(Path(leaklab.report.__file__).with_name("schema.json").read_text(encoding="utf-8"))


def audited(folder, *args):
    """The report's JSON after ``leaklab audit`` with little training."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert main(["audit", *args, "--minutes", "9", "--shadow-models", "8"]) == 0
    finally:
        os.chdir(before)
    report = json.loads((folder / "leaklab-report" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, SCHEMA)
    assert (folder / "leaklab-report" / "report.html").stat().st_size > 10_000
    return report


def outcomes(report, section, **wanted):
    return {f["outcome"] for f in report["findings"] if f["section"] == section and wanted.items() <= f.items()}


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real tables beside the checkout")
def test_a_pipeline_on_text_classes_and_gaps(tmp_path, capsys):
    report = audited(tmp_path, *officers_files.cirrhosis(tmp_path))
    assert report["recommendation"]["decision"] == "keep" and "leak" in outcomes(report, "membership", access="labels")
    assert report["model"]["class names"] == ["C", "CL", "D"] and report["data"]["rows"] == 418
    assert {group["value"] for group in report["groups"]} == {"F", "M"}
    assert {f["access"] for f in report["findings"] if f["title"] == "attribute Drug"} == {
        "scores", "rounded=2", "topk=1,rounded=1", "labels"}
    records = pd.read_csv(tmp_path / "leaklab-report" / "records.csv")
    assert records["record"].str.match(r"(members|others)\.csv line \d+").all() and len(records) == 418
    first = records.iloc[0]  # its line in the file is this record's
    lines = (tmp_path / first["record"].split()[0]).read_text(encoding="utf-8").splitlines()
    assert f",{first['label']}," in lines[int(first["record"].split()[-1]) - 1]
    assert "Keep the model like its training data" in capsys.readouterr().out


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real photographs beside the checkout")
def test_a_network_on_a_folder_of_photographs(tmp_path):
    report = audited(tmp_path, *officers_files.photographs(tmp_path, people=12))
    assert report["model"]["classes"] == 12 and report["model"]["class names"][:2] == ["s1", "s10"]
    assert (report["data"]["members"], report["data"]["others"]) == (60, 60)
    assert outcomes(report, "inversion", access="file") == {"leak"}
    assert report["recommendation"]["decision"] in ("keep", "undecided")
    assert outcomes(report, "comparison") == {"information"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real tables beside the checkout")
def test_a_private_network_on_visits_by_person(tmp_path):
    report = audited(tmp_path, *officers_files.visits(tmp_path))
    assert report["data"]["unit"] == "person" and report["data"]["rows"] > 5 * report["data"]["members"]
    assert "leak" not in outcomes(report, "membership") | outcomes(report, "guarantee")
    assert report["settings"]["shadow models"] == 8 and "epsilon = 8.00" in report["settings"]["promise"]


def test_an_endpoint(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(240, 4)).round(4), columns=list("abcd")).assign(ill=rng.integers(0, 2, 240))
    for name, part in (("members", table[:120]), ("others", table[120:])):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    model = DecisionTreeClassifier(random_state=0).fit(table[:120][list("abcd")].to_numpy(), table[:120]["ill"])
    with Keys(tmp_path / "keys.sqlite") as keys:
        monkeypatch.setenv("LEAKLAB_KEY", keys.add("an officer"))
    with serve({"tree": BlackBox(model)}, log=tmp_path / "keys.sqlite", port=0) as server:
        assert main(["audit", server.url, "--members", str(tmp_path / "members.csv"), "--others",
                     str(tmp_path / "others.csv"), "--label", "ill", "--out", str(tmp_path / "nothing")]) == 1
        assert "--name NAME" in capsys.readouterr().err and not (tmp_path / "nothing").exists()
        report = audited(tmp_path, server.url, "--name", "tree", "--members", "members.csv", "--others", "others.csv",
                         "--label", "ill")
    # a tree that learnt by heart is always sure: its scores are no finer than labels
    assert "leak" in outcomes(report, "membership", access="labels") and report["model"]["queries"] == 240
    assert outcomes(report, "structure") == {"untested"}


def test_what_else_means_missing_is_stated(tmp_path):
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"drug": rng.choice(["asa", "None"], 200), "dose": rng.normal(size=200).round(3),
                          "ill": rng.integers(0, 2, 200)})
    for name, part in (("members", table[:100]), ("others", table[100:])):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    train = pd.read_csv(tmp_path / "members.csv", na_values=["None"])
    model = make_pipeline(make_column_transformer((OneHotEncoder(), ["drug"]), remainder="passthrough"),
                          HistGradientBoostingClassifier()).fit(train[["drug", "dose"]], train["ill"])
    joblib.dump(model, tmp_path / "model.joblib")
    files = ["model.joblib", "--trust", "--members", "members.csv", "--others", "others.csv", "--label", "ill"]
    with pytest.raises(AssertionError):  # the text None is no category that the model knows
        audited(tmp_path, *files)
    report = audited(tmp_path, *files, "--missing-values", "None")
    assert any("missing" in note for note in report["settings"]["notes"])
