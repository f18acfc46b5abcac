"""Is a clean model called clean, and a leaking one leaking? ``python benchmarks/report.py [--seeds 20]``.

Each seed draws members and others anew, trains a model, and audits it as an officer would. Models that cannot leak: a
constant; a network that stopped early; a forest that was trained on other people. Models that must: the nearest
neighbor; a tree with pure leaves. Prints a Markdown table.
"""

import argparse
import os
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from table import Table

from leaklab.data import load_patients
from leaklab.metrics import Rate
from leaklab.report import Scope, audit_model

MODELS = {
    "constant": (DummyClassifier(strategy="prior"), False),
    "stopped early": (make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=3)), False),
    "trained on other people": (RandomForestClassifier(100), False),
    "nearest neighbor": (make_pipeline(StandardScaler(), KNeighborsClassifier(1)), True),
    "tree with pure leaves": (DecisionTreeClassifier(), True)}
RECORDS = 300


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--shadow-models", type=int, default=64)
    args = parser.parse_args()
    scope = Scope(minutes=args.minutes, shadow_models=args.shadow_models)
    warnings.simplefilter("ignore", ConvergenceWarning)
    patients = load_patients()
    print(f"{RECORDS} members, {RECORDS} others")
    table = Table("model", "should leak", "called leaking:", "leak in its file:", "decisions", "largest AUC, mean:",
                  "seconds, mean:")
    for name, (estimator, leaks) in MODELS.items():
        reports, seconds = [], []
        for seed in range(args.seeds):
            drawn = patients.sample(3 * RECORDS, rng=seed)
            members, others, elsewhere = (drawn.take(np.arange(RECORDS) + i * RECORDS) for i in range(3))
            taught = elsewhere if name == "trained on other people" else members
            model = estimator.fit(taught.features, np.array(taught.classes)[taught.label])
            began = time.perf_counter()
            reports.append(audit_model(model, members, others, scope=scope, rng=seed))
            seconds.append(time.perf_counter() - began)
        found = Rate(sum(not report.clean for report in reports), len(reports))
        held = sum(any(f.outcome == "leak" for f in report.of("structure")) for report in reports)
        made = [report.recommendation.decision for report in reports]
        decisions = ", ".join(f"{made.count(each)} {each}" for each in dict.fromkeys(made))
        area = np.mean([max(f.measures[0].value for f in report.of("membership") if f.access) for report in reports])
        table.row(name, "yes" if leaks else "no", f"{found.successes} of {found.trials}", f"{held} of {found.trials}",
                  decisions, f"{area:.2f}", f"{np.mean(seconds):.0f}")


if __name__ == "__main__":
    main()
