"""The audit of a scikit-learn model beside SACRO-ML's attacks, each in an environment of its own, on the same target.

    python benchmarks/sacro.py [--peer PYTHON] [--seeds 3] [--only forest]

PYTHON is the interpreter of an environment with ``pip install sacroml``; without it Leaklab's side is shown alone. Both
sides fit the target from the same records and seed, and their answers are compared. SACRO-ML's defaults are tried with
the first seed. CDC records and Cleveland heart data are taken from the folder that LEAKLAB_DATA names (the CDC records
are downloaded if they are not there). Prints Markdown tables, and what either side says of each target.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from table import Table

from leaklab.data import load_patients
from leaklab.metrics import NotResolvable, auc, roc
from leaklab.report import Scope, audit_model

SHADOWS = 64
NETWORK = {"hidden_layer_sizes": [64, 64], "alpha": 0, "batch_size": 64, "max_iter": 50}
TARGETS = {  # title: data, records, estimator, settings, whether it was trained on the members
    "forest": ("cdc", 4000, RandomForestClassifier, {}, True),
    "forest, min_samples_leaf=5": ("cdc", 4000, RandomForestClassifier, {"min_samples_leaf": 5}, True),
    "network 64-64": ("cdc", 4000, MLPClassifier, NETWORK, True),
    "boosting": ("heart", 297, GradientBoostingClassifier, {}, True),
    "forest trained on other people": ("cdc", 1000, RandomForestClassifier, {"n_estimators": 30}, False)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", metavar="PYTHON")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[""], metavar="WORD", help="targets whose title has such a word")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    found = defaultdict(list)
    own(*make("cdc", 300, RandomForestClassifier, {}, True, 0))  # all is loaded before it is timed; so does the peer
    table = Table("target", "seed:", "side", "best attack by AUC", "AUC", "best attack by TPR", "TPR at 1% FPR",
                  "accuracy, members / others", "answers differ by:")
    for seed in range(args.seeds):
        for title in (title for title in TARGETS if any(word in title for word in args.only)):
            sides = {"SACRO-ML": lambda job, first=not seed: peer(args.peer, first, *job),
                     "Leaklab": lambda job: own(*job)}
            job, each = make(*TARGETS[title], seed), {}
            for side in [*sides][::1 if seed % 2 else -1]:
                if side == "Leaklab" or args.peer:
                    each[side] = sides[side](job)
            for name, side, attacks in compared(each):
                apart = np.abs(each[side]["answers"] - each["Leaklab"]["answers"]).max()
                table.row(title, seed, name, *best(attacks), right(each[side]["answers"], job), f"{apart:.0e}")
            found[title].append(each)
    times(found)
    said(found)


def compared(each):
    """A row's name, its side, and its attacks: SACRO-ML's LiRA with as many shadow models as Leaklab's, and its own."""
    if theirs := each.get("SACRO-ML", {}).get("attacks"):
        yield f"SACRO-ML, {SHADOWS} shadow models", "SACRO-ML", without("default", theirs)
        if any("default" in title for title in theirs):
            yield "SACRO-ML, default", "SACRO-ML", without(str(SHADOWS), theirs)
    yield f"Leaklab, {SHADOWS} shadow models", "Leaklab", each["Leaklab"]["attacks"]


def without(word, runs):
    return {title: run for title, run in runs.items() if word not in title}


def make(source, records, estimator, settings, leaks, seed):
    """The estimator with its settings, and x, y, members of the records asked about, taught x, taught y."""
    rng = np.random.default_rng(seed)
    if source == "heart":
        file = Path(os.environ.get("LEAKLAB_DATA", ".")) / "processed.cleveland.data"
        rows = pd.read_csv(file, header=None, na_values="?").dropna().drop_duplicates().to_numpy()
        x, y = rows[:, :-1], (rows[:, -1] > 0).astype(int)
    else:
        wanted = records if leaks else records + records // 2
        drawn = load_patients(source).deduplicate().sample(wanted, balanced=True, rng=seed)
        x, y = drawn.x.astype(float), drawn.label
    order = rng.permutation(len(x))
    asked = order[:records]
    member = np.arange(len(asked)) < len(asked) // 2
    taught = asked[member] if leaks else order[records:]
    return estimator, {**settings, "random_state": seed}, x[asked], y[asked], member, x[taught], y[taught]


def own(estimator, settings, x, y, member, taught_x, taught_y):
    model = estimator(**settings).fit(taught_x, taught_y)
    wall, processor = time.perf_counter(), sum(os.times()[:4])
    report = audit_model(model, (x[member], y[member]), (x[~member], y[~member]), scope=Scope(minutes=20),
                         rng=settings["random_state"])
    seconds = {"wall": time.perf_counter() - wall, "processor": sum(os.times()[:4]) - processor}
    assert report.settings["shadow models"] == SHADOWS, report.settings
    attacks = {f.title: [(m.value, m.low, m.high) for m in (f.measures[0], f.measures[1])]
               for f in report.of("membership") if f.access == "scores" and f.measures}
    return {"answers": model.predict_proba(x), "attacks": attacks, "runs": {"the whole audit": seconds},
            "report": report}


def peer(python, every, estimator, settings, x, y, member, taught_x, taught_y):
    """What `sacro_peer.py` finds; its scores are measured as Leaklab's are."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/job.npz", x=x, y=y, member=member, taught_x=taught_x, taught_y=taught_y)
        job = {"estimator": f"{estimator.__module__}.{estimator.__qualname__}", "settings": settings,
               "shadows": SHADOWS, "every": every}
        Path(folder, "job.json").write_text(json.dumps(job))
        own_variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run([python, Path(__file__).with_name("sacro_peer.py"), folder], check=True, env=own_variables,
                       stdout=subprocess.DEVNULL)
        found = json.loads(Path(folder, "found.json").read_text())
        with np.load(f"{folder}/found.npz") as file:
            scores = dict(file)
    answers, parts = scores.pop("answers"), defaultdict(list)
    for name, (inside, score) in scores.items():
        parts[name.rpartition("/")[0]].append(measured(score, inside == 1))
    attacks = {title: np.mean(each, axis=0) for title, each in parts.items()}
    return {"answers": answers, "attacks": attacks, **found}


def measured(score, member):
    """AUC and TPR at 1% FPR, each with its interval; no TPR where there are too few others for 1%."""
    area, rate = auc(score, member), roc(score, member).tpr_at(0.01)
    unknown = (np.nan,) * 3
    return [(area.value, area.low, area.high),
            unknown if isinstance(rate, NotResolvable) else (rate.value, rate.low, rate.high)]


def best(attacks):
    """The strongest attack by each measure, and what it reached."""
    cells = []
    for i in range(2):
        title = max(attacks, key=lambda title: np.nan_to_num(attacks[title][i][0]))
        cells += [title, "{:.3f} [{:.3f}, {:.3f}]".format(*attacks[title][i])]
    return cells


def right(answers, job):
    y, member = job[3], job[4]
    hit = answers.argmax(axis=1) == y
    return f"{hit[member].mean():.2f} / {hit[~member].mean():.2f}"


def times(found):
    """Seconds, median over the seeds, and the median ratio within a seed to the whole audit."""
    table = Table("target", "what", "seeds:", "seconds:", "of processors:", "times Leaklab's audit:", "of processors:")
    for title, seeds in found.items():
        rows = defaultdict(list)
        for each in seeds:
            whole = each["Leaklab"]["runs"]["the whole audit"]
            runs = {"Leaklab: the whole audit": whole}
            if theirs := each.get("SACRO-ML", {}).get("runs"):
                lira = f"LiRA online, {SHADOWS} shadow models"
                runs |= {f"SACRO-ML: {lira}": theirs[lira],
                         f"SACRO-ML: all, LiRA with {SHADOWS}": together(without("default", theirs))}
                if any("default" in name for name in theirs):
                    runs["SACRO-ML: all, LiRA with its default of 100"] = together(without(str(SHADOWS), theirs))
            for name, run in runs.items():
                rows[name].append([(run[kind], run[kind] / whole[kind]) for kind in ("wall", "processor")])
        for name, runs in rows.items():
            (wall, longer), (processor, more) = np.median(runs, axis=0)
            table.row(title, name, len(runs), f"{wall:.1f}", f"{processor:.1f}", f"{longer:.2f}", f"{more:.2f}")


def together(runs):
    return {kind: sum(run[kind] for run in runs.values()) for kind in ("wall", "processor")}


def said(found):
    """What each side says of the targets, in its own words; of SACRO-ML the first seed alone."""
    for title, seeds in found.items():
        print(f"\n{title}")
        for seed, each in enumerate(seeds):
            report = each["Leaklab"]["report"]
            leaks = [f"{f.section}: {f.title}{f' ({f.access})' * bool(f.access)}" for f in report.findings
                     if f.outcome == "leak"]
            print(f"- Leaklab, seed {seed}: {report.recommendation.says} {'; '.join(leaks) or 'no leak'}")
        if "SACRO-ML" in seeds[0]:
            print(f"- {seeds[0]['SACRO-ML']['versions']}")
            for seed, each in enumerate(seeds):
                for name, run in each["SACRO-ML"]["runs"].items():
                    print(f"- SACRO-ML, seed {seed}, {name}: {run['says']}")


if __name__ == "__main__":
    main()
