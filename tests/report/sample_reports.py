"""Reports made by hand, for the tests of the page and for looking at it."""

import numpy as np
import pandas as pd

from leaklab.metrics import roc
from leaklab.report.findings import Curve, Finding, GroupLeak, Measure, Recommendation, Report

HOSTILE = ('<script>alert("x")</script><img src=x onerror=alert(1)> $\\frac{1} & "quoted" \'=1+1\' Žluťoučký 名前 '
           '\u202egnp.exe')
UNTESTED = ("Properties of the training data as a whole", "Reconstruction by somebody who knows all other records",
            "What several models trained on the same people reveal together")


def auc(value, half=0.03, least=0.56, p=0.3):
    return Measure("AUC", value, max(value - half, 0.0), min(value + half, 1.0), 0.5, p, least)


def rates(tpr, ppv, least=0.04):
    return (Measure("TPR at 1% FPR", tpr, tpr * 0.6, min(tpr * 1.5, 1.0), 0.01, 0.2, least),
            Measure("PPV", ppv, ppv * 0.7, min(ppv * 1.25, 1.0), 0.1))


def curve(title, access, shift, rng, n=500):
    found = roc(np.append(rng.normal(shift, 1, n), rng.normal(0, 1, n)), np.repeat([1, 0], n))
    return Curve(title, access, tuple(found.fpr.tolist()), tuple(found.tpr.tolist()))


def table(rng, n=400, exposed=0, attacks=("loss", "lira")):
    scores = {name: rng.normal(0, 1, n).round(4) for name in attacks}
    return pd.DataFrame({"file": "patients.csv", "row": np.arange(2, n + 2), "member": np.arange(n) < n // 2,
                         **scores, "exposed": np.arange(n) < exposed})


def report(**change):
    """A clean small model: a logistic regression on a table of patients."""
    rng = np.random.default_rng(0)
    findings = (
        Finding("comparison", "Members and others look alike", "clean",
                "A classifier that sees only the records, not the model, cannot tell members from others.",
                measures=(auc(0.51),)),
        Finding("utility", "Accuracy on unseen records", "information",
                "Right on 81% of members and on 80% of others: the model hardly knows its own records better.",
                measures=(Measure("accuracy, members", 0.81, 0.78, 0.84),
                          Measure("accuracy, others", 0.80, 0.77, 0.83))),
        Finding("structure", "The file holds no training records", "clean",
                "12 numbers: a coefficient for each column and an intercept.", access="file"),
        Finding("membership", "Loss threshold", "clean", "No better than guessing.", "scores", "nothing else",
                (auc(0.515), *rates(0.014, 0.13))),
        Finding("membership", "Calibrated loss", "clean", "No better than guessing.", "scores",
                "records from the same source", (auc(0.522), *rates(0.016, 0.15))),
        Finding("membership", "Right or wrong", "clean", "No better than guessing.", "labels", "nothing else",
                (auc(0.505), *rates(0.011, 0.11))),
        Finding("guarantee", "No guarantee was stated", "untested",
                "The model's maker states no differential privacy. Ask for epsilon, delta and the unit."),
    )
    base = {
        "created": "2026-11-30T10:12:45+00:00", "version": "0.1.0", "seconds": 252.4,
        "model": {"name": "diabetes_v3.joblib", "kind": "scikit-learn Pipeline (StandardScaler, LogisticRegression)",
               "classes": ["no", "yes"], "parameters": 12, "sha256": "9f86d081884c7d659a2feaa0c55ad015" * 2},
        "data": {"members": 200, "others": 200, "columns": 11, "source": "patients.csv, holdout.csv",
              "notes": ["3 rows stood in both files and were left out.", "The column id was not shown to the model."]},
        "settings": {"seed": 0, "prior": 0.1, "shadow models": 32, "confidence": 0.95},
        "policy": {"name": "standard", "share": "no leak at any access", "least": 0.6},
        "findings": findings,
        "curves": (curve("Calibrated loss", "scores", 0.05, rng), curve("Loss threshold", "scores", 0.04, rng),
                curve("Right or wrong", "labels", 0.0, rng)),
        "groups": (),
        "recommendation": Recommendation(
            "share", "", "Nothing in this audit speaks against giving the file away.",
            ("No attack on any access found members better than guessing (rule: share only without a leak).",
             "The test would have seen an AUC of 0.56 or more (rule: at most 0.60)."), UNTESTED),
        "records": table(rng)}
    return Report(**{**base, **change})


def leaking():
    """A k-NN model with groups, exposed records and five accesses."""
    rng = np.random.default_rng(1)
    outcomes = {"file": ("Nearest stored record", 1.0, 1.0, 0.98), "scores": ("LiRA", 0.83, 0.21, 0.7),
                "rounded=2": ("LiRA", 0.79, 0.16, 0.64), "topk=1,rounded=1": ("Confidence", 0.68, 0.06, 0.4),
                "labels": ("Right or wrong", 0.57, 0.013, 0.13)}
    membership = [Finding("membership", title, "leak" if value > 0.6 else "caution",
                          f"Finds {100 * tpr:.0f}% of members while one in a hundred others is taken for a member.",
                          access, "records from the same source", (auc(value, 0.02, p=1e-9), *rates(tpr, ppv)))
                  for access, (title, value, tpr, ppv) in outcomes.items()]
    membership += [Finding("membership", "Loss threshold", "leak", "Members are answered better.", "scores", "nothing",
                           (auc(0.74), *rates(0.05, 0.36))),
                   Finding("membership", "Gradient norm", "untested",
                           "The model has no gradient: it is not trained by descent.", "file")]
    others = [
        Finding("comparison", "Members and others differ in age", "caution",
                "A classifier on the records alone tells them a little: part of what follows may be drift.",
                measures=(auc(0.55, p=0.01),)),
        Finding("utility", "Accuracy on unseen records", "information", "Right on 93% of members and 74% of others.",
                measures=(Measure("accuracy, members", 0.93, 0.91, 0.95),
                          Measure("accuracy, others", 0.74, 0.71, 0.77))),
        Finding("structure", "The file contains its training records", "leak",
                "KNeighborsClassifier stores all 200 training records, as they are. Whoever holds the file holds them.",
                access="file", measures=(Measure("training records found in the file", 200, 200, 200, 0),)),
        Finding("groups", "The oldest are told best", "leak", "People over 80 are exposed most.",
                measures=(auc(0.95, 0.04),)),
        Finding("attributes", "Diagnosis", "clean", "No better for members than for others.", "scores",
                "the other columns", (Measure("accuracy, members less others", 0.01, -0.03, 0.05, 0.0, 0.4, 0.06),)),
    ]
    groups = tuple(GroupLeak(column, value, members, others_, Measure("AUC", v, v - h, min(v + h, 1), 0.5))
                   for column, value, members, others_, v, h in
                   (("age", "over 80", 12, 15, 0.95, 0.05), ("age", "60 to 80", 60, 58, 0.86, 0.05),
                    ("age", "under 60", 128, 127, 0.80, 0.03), ("sex", "female", 104, 99, 0.84, 0.04),
                    ("sex", "male", 96, 101, 0.82, 0.04), ("smoker", "yes", 21, 17, 0.64, 0.17)))
    return report(
        model={"name": "readmission-knn.pkl", "kind": "scikit-learn KNeighborsClassifier", "classes": ["0", "1"]},
        findings=(*others, *membership), groups=groups, records=table(rng, 1200, 43, ("loss", "lira", "confidence")),
        curves=tuple(curve(title, access, shift, rng, 1000) for (access, (title, *_)), shift in
                     zip(outcomes.items(), (4, 1.35, 1.1, 0.6, 0.2), strict=True)),
        recommendation=Recommendation(
            "serve", "labels", "Do not give the file away. Serve its labels only, and count what is asked.",
            ("The file contains its training records (rule: a file with records in it is kept like the data).",
             "With all scores LiRA finds 21% of members at 1% false positives (rule: at most 2%).",
             "With labels only no attack passes the rule's limits: AUC 0.57 [0.55, 0.59] (rule: at most 0.60)."),
            UNTESTED))


def faces():
    """A face recogniser, with recovered pictures."""
    rng = np.random.default_rng(2)
    down, across = np.mgrid[-1:1:56j, -1:1:46j]

    def face(i):
        head = np.exp(-((across / 0.62) ** 2 + (down / 0.85) ** 2) ** 3)
        eyes = sum(np.exp(-((across - s * 0.27) ** 2 + (down + 0.2 + 0.02 * i) ** 2) / 0.01) for s in (-1, 1))
        mouth = np.exp(-((across / (0.3 + 0.03 * i)) ** 2 + ((down - 0.45) / 0.07) ** 2))
        return np.clip(0.15 + (0.55 + 0.05 * (i % 3)) * head - 0.4 * eyes - 0.3 * mouth, 0, 1)

    pictures = tuple((np.clip(face(i) + rng.normal(0, 0.07, (56, 46)), 0, 1), face(i), f"Person {i + 1}")
                     for i in range(5))
    findings = (
        Finding("inversion", "Faces from names", "leak",
                "The recovered pictures resemble the people: an independent network recognizes 17 of 20.", "file",
                "the class names", (Measure("recognized, of 20", 0.85, 0.62, 0.97, 0.05, 1e-12),)),
        Finding("membership", "Loss threshold", "leak", "Photographs in training are answered more surely.", "scores",
                "nothing else", (auc(0.71), *rates(0.04, 0.3))),
        Finding("inversion", "Faces from scores", "untested", "The budget of queries was used up. Allow 200000.",
                "scores"))
    return report(model={"name": "door-recognizer.keras", "kind": "Keras Sequential", "classes": 20}, findings=findings,
                  pictures=pictures, curves=(curve("Loss threshold", "scores", 0.8, rng),),
                  recommendation=Recommendation("keep", "", "Keep the model as you keep the photographs.",
                                                ("Faces can be recovered from the file (rule: none).",), UNTESTED))


def hostile(findings=200):
    """Strings that try to be something else, and far too much of everything."""
    rng = np.random.default_rng(3)
    long = "a_very_long_column_name_" * 12
    many = tuple(Finding(section, f"{HOSTILE} {i}", outcome, f"{HOSTILE} {long}", access, HOSTILE,
                         (Measure(long, 0.5, float("nan"), float("inf"), None, 1e-12), auc(0.6)))
                 for i, (section, outcome, access) in enumerate(
                     (s, o, a) for s in ("comparison", "utility", "structure", "membership", "groups", "attributes",
                                         "inversion", "guarantee")
                     for o in ("leak", "clean", "caution", "untested", "information")
                     for a in ("file", "scores", "rounded=2", "topk=1,rounded=1", "labels")))
    groups = tuple(GroupLeak(long if i % 2 else HOSTILE, f"{HOSTILE} {i}", i, 40 - i, auc(0.3 + i / 60, 0.1))
                   for i in range(40))
    records = table(rng, 300, 100).rename(columns={"loss": long, "lira": HOSTILE})
    records["file"] = HOSTILE
    return report(model={"name": HOSTILE, long: {HOSTILE: [HOSTILE, {"deep": long}]}, "none": None, "flag": True},
                  data={HOSTILE: HOSTILE}, settings={}, policy={HOSTILE: [HOSTILE] * 3},
                  findings=many[::200 // findings], groups=groups, records=records,
                  pictures=((np.full((4, 4), np.nan), np.ones((4, 4, 1)), HOSTILE),),
                  curves=tuple(curve(f"{HOSTILE} {i}", access, 0.3, rng) for i, access in enumerate(
                      ("file", "scores", "rounded=2", "topk=1,rounded=1", "labels") * 2)),
                  recommendation=Recommendation("undecided", "", HOSTILE, (HOSTILE, long), (long, HOSTILE)))


def untested():
    """Nothing could be looked at."""
    says = "The model could not be asked. Give a file that loads."
    findings = tuple(Finding(section, f"The {section}", "untested", says)
                     for section in ("comparison", "membership", "inversion"))
    return report(findings=findings, curves=(), records=pd.DataFrame(), model={}, data={}, policy={}, settings={},
                  recommendation=Recommendation("undecided", "", "This audit does not decide.", (), UNTESTED))


SAMPLES = {"clean": report, "leaking": leaking, "faces": faces, "hostile": hostile, "untested": untested}
