"""A promise to records, or to people who have several: ``python benchmarks/people.py [rows] [visits] [faces]``.

    rows     one attack counted by row and by person: a random forest on visits, real and drawn
    visits   pbcseq.csv, 1,945 visits of 312 patients: accuracy, attack on a person, and the promise to a person
    faces    a recogniser of 20 people from 100 photographs each, private for a photograph or for a person

Prints Markdown tables. The visits are looked for in the folder that LEAKLAB_DATA names, or in ``../shared/data``.
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pandas as pd
import private
from sklearn.ensemble import RandomForestClassifier
from table import Table

from leaklab.data import Records, load_patients
from leaklab.experiments.private import face_point, plan_for, plan_for_people
from leaklab.experiments.turns import take_turns
from leaklab.metrics import Spread, exposure, over_targets
from leaklab.privacy import Batches
from leaklab.training import DPSGD, MLP, Estimator

DELTA, MODELS, VISITS = 1e-4, 65, 16
BOUNDS = {  # what a clinic may measure at all, not what was measured here
    "trt": (1, 2), "age": (18, 90), "sex": (0, 1), "day": (0, 5500), "ascites": (0, 1), "hepato": (0, 1),
    "spiders": (0, 1), "edema": (0, 1), "bili": (0, 40), "chol": (50, 1000), "albumin": (1.5, 5.5),
    "alk.phos": (20, 5000), "ast": (5, 500), "platelet": (10, 600), "protime": (8, 20), "stage": (1, 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="all, when none is named")
    parts = {"rows": rows, "visits": visits, "faces": faces}
    for name in parser.parse_args().parts or parts:
        parts[name]()


def patients():
    """The visits; what was not measured is put in the middle of its bounds. The label is death in the trial."""
    folder = Path(os.environ.get("LEAKLAB_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    table = pd.read_csv(folder / "pbcseq.csv").drop(columns=["rownames", "futime"])
    table["died"], table["sex"] = (table.pop("status") == 2).astype(int), (table["sex"] == "m").astype(int)
    table = table.fillna({name: sum(ends) / 2 for name, ends in BOUNDS.items()})
    with tempfile.TemporaryDirectory() as kept:
        table.to_csv(Path(kept) / "pbcseq.csv", index=False)
        return load_patients(Path(kept) / "pbcseq.csv", label="died", person="id", bounds=BOUNDS)


def rows():
    table = Table("table", "attack", "AUC by row:", "by person:", "TPR at 1% FPR by row:", "by person:",
                  "exposed rows:", "exposed people:")
    forest = Estimator(estimator=RandomForestClassifier(min_samples_leaf=5))
    for name, records in (("drawn", drawn()), ("pbcseq", patients())):
        turns = take_turns(records, forest, models=64, rng=0)
        for attack in ("loss threshold", "LiRA", "RMIA"):
            scores = turns.scores(attack)
            both = [(scores, turns.trained_on), turns.by_person(scores)]
            found, shown = [over_targets(*one) for one in both], [exposure(*one).exposed() for one in both]
            table.row(f"{name}, {len(records):,} rows of {records.people}", attack, *(one.auc for one in found),
                      *(one.tpr_at(0.01) for one in found), *(f"{one.sum():,} of {len(one):,}" for one in shown))


def drawn(people=1000):
    """People of 4 to 8 visits each, whose outcome is theirs and whose measurements vary about their own."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(people), rng.integers(4, 9, people))
    own = rng.normal(size=(people, 8))
    ill = rng.random(people) < 1 / (1 + np.exp(-own[:, :3].sum(axis=1)))
    table = pd.DataFrame(own[person] + 0.5 * rng.normal(size=(len(person), 8)))
    return Records(table, ill[person].astype(int), "ill", ("no", "yes"), np.zeros(8), np.ones(8), "drawn", True, person)


def visits():
    records = patients()
    half = records.people // 2
    by_visit = Batches.over_epochs(len(records) // 2, size=128, epochs=20)
    by_person = Batches.over_epochs(half, size=32, epochs=20, unit="person", most=VISITS)
    print(f"\n{records!r}; {MODELS} models, each of half of the people; MLP 64-64; delta {DELTA:g}\n")
    table = Table("promise", "noise multiplier:", "right about visits of others (sd):",
                  "attack on a person, threshold: AUC:", "LiRA: AUC:", "LiRA: TPR at 1% FPR:", "epsilon for a visit:",
                  "for a person of 5 visits:", "for a person of 16:")
    table.row("*guessing the more frequent outcome*", "", f"{max(records.label.mean(), 1 - records.label.mean()):.3f}")
    row(table, "none, 50 epochs", records, MLP(), None)
    row(table, "none, 3 epochs", records, MLP(epochs=3), None)
    for epsilon in (8, 2):
        for plan in (by_visit, by_person):
            dp = DPSGD.for_epsilon(epsilon, plan, delta=DELTA)
            row(table, f"epsilon {epsilon} to a {'visit' if plan is by_visit else 'person'}", records,
                MLP(learning_rate=5e-3, dp=dp), dp)


def row(table, name, records, recipe, dp):
    turns = take_turns(records, recipe, models=MODELS, rng=0)
    right = turns.answers.argmax(axis=2) == turns.label
    accuracy = Spread.of([r[~own].mean() for r, own in zip(right, turns.trained_on, strict=True)])
    threshold, lira = (over_targets(*turns.by_person(turns.scores(attack))) for attack in ("loss threshold", "LiRA"))
    promise = ["inf"] * 3
    if dp:
        found = dp.guarantee(delta=DELTA, caveats=records.caveats)
        promise = [f"{found.epsilon:.1f}"] * 3
        if dp.batches.unit == "record":
            promise = [f"{found.for_groups_of(k).epsilon:.1f}" for k in (1, 5, VISITS)]
    table.row(name, f"{dp.noise_multiplier if dp else 0:.2f}", f"{accuracy.value:.3f} ({accuracy.sd:.3f})",
              *(f"{attack.auc.value:.3f} ({attack.auc.sd:.3f})" for attack in (threshold, lira)),
              lira.tpr_at(0.01), *promise)


def faces():
    train, test, public = private.synthetic_faces()
    evaluator = private.judge_of(train, test)
    print("\n20 people, 100 photographs each, softmax regression on publicly centred pixels; delta 1e-5\n")
    table = Table("unit", "epsilon", "noise multiplier", "test accuracy", "face recovered, evaluator top-1",
                  "likeness beyond the average face")
    for name, plan in (("photograph", plan_for(len(train))), ("person", plan_for_people(train.people))):
        for epsilon in (8.0, 2.0, 100.0, 1000.0)[:2 if name == "photograph" else 4]:
            p = face_point(train, test, public, epsilon=epsilon, evaluator=evaluator, rng=15, batches=plan)
            table.row(name, f"{epsilon:g}", f"{p.noise_multiplier:.2f}", p.accuracy, p.top1, p.beyond)
    table.row("*guessing*", "", "", f"{1 / train.people:.2f}")


if __name__ == "__main__":
    main()
