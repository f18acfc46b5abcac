"""What a guarantee costs: ``python benchmarks/private.py [--lesson | --dial]``.

Prints Markdown tables: accuracy and attacks along epsilon, for patients and for faces, and one run under three
accountings. Real data (CDC records, Olivetti faces) join where they are found: in the folder that LEAKLAB_DATA names,
or in ``../shared/data``. ``--lesson`` writes the precomputed runs of lesson 07 instead, ``--dial`` those of the
privacy dial. Some minutes on two cores.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if SHARED.is_dir():
    os.environ.setdefault("LEAKLAB_DATA", str(SHARED))

import numpy as np  # noqa: E402  (the variables above are read on import)
from table import Table  # noqa: E402

from leaklab.access import BlackBox  # noqa: E402
from leaklab.course.saved import save_runs  # noqa: E402
from leaklab.course.story import save_points, story_pool  # noqa: E402
from leaklab.data import load_faces, load_patients  # noqa: E402
from leaklab.evaluation import judge, train_evaluator  # noqa: E402
from leaklab.experiments import private as run  # noqa: E402
from leaklab.experiments import seeds_point as run_seeds  # noqa: E402
from leaklab.privacy import Batches, guarantee  # noqa: E402
from leaklab.training import MLP  # noqa: E402

ASKED = (np.inf, 8.0, 2.0, 0.5)
DIAL = (np.inf, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1)
MEMBERS, COHORTS = 2000, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", action="store_true", help="write the precomputed runs of lesson 07")
    parser.add_argument("--dial", action="store_true", help="write the precomputed seeds of the privacy dial")
    args = parser.parse_args()
    if args.dial:
        pool, victims = story_pool()
        save_points(run_seeds(pool, epsilon, victims, rng=2, progress=tell) for epsilon in DIAL)
        return
    if args.lesson:
        faces = synthetic_faces()
        save_runs(patient_points(synthetic_patients(), DIAL, tell), face_points(*faces, DIAL, tell),
                  faces[0].class_means(), made_by="python benchmarks/private.py --lesson")
        return
    print(accountings())
    patient_table("synthetic", synthetic_patients())
    face_table("synthetic, 100 photographs a person", *synthetic_faces())
    if "LEAKLAB_DATA" in os.environ:
        patient_table("CDC", load_patients("cdc"))
        face_table("Olivetti, 7 photographs a person", *olivetti_faces())


def tell(done: int, total: int, message: str) -> None:
    print(f"  {message}: {done} of {total}", file=sys.stderr, flush=True)


def patient_points(records, epsilons, progress=None):
    pairs = run.cohorts(records, MEMBERS, COHORTS, rng=12)
    return [run.patient_point(run.private_mlp(e, MEMBERS), pairs, epsilon=e, rng=13, progress=progress)
            for e in epsilons]


def synthetic_patients():
    return load_patients("synthetic", patients=60_000, rng=11)


def synthetic_faces():
    """20 private people, 100 photographs each to train with and 20 to test; the embedded 60 people are public."""
    train, test = load_faces("synthetic", people=20, photographs=120, rng=21).split_photographs(100, rng=0)
    return train, test, load_faces("synthetic")


def olivetti_faces():
    private, public = load_faces("olivetti").split_people(20, rng=0)
    return *private.split_photographs(7, rng=0), public


def judge_of(train, test):
    """An evaluator, from up to ten photographs a person of each half: more would not judge better, only later."""
    some = [np.concatenate([np.flatnonzero(f.person == i)[:10] for i in range(f.people)]) for f in (train, test)]
    images, person = (np.concatenate([getattr(f, name)[rows] for f, rows in zip((train, test), some, strict=True)])
                      for name in ("images", "person"))
    return BlackBox(train_evaluator(images, person, rng=14))


def face_points(train, test, public, epsilons, progress=None):
    evaluator, points = judge_of(train, test), []
    for done, e in enumerate(epsilons, start=1):
        points.append(run.face_point(train, test, public, epsilon=e, evaluator=evaluator, rng=15))
        if progress:
            progress(done, len(epsilons), "faces")
    return points


def patient_table(name, records):
    pairs = run.cohorts(records, MEMBERS, COHORTS, rng=12)
    early = run.patient_point(MLP(hidden=(64, 64), epochs=3, batch_size=64), pairs, epsilon=np.inf, rng=13)
    rows = [("none, 50 epochs", p) if np.isinf(p.epsilon) else (f"{p.epsilon:g}", p)
            for p in patient_points(records, ASKED)]
    print(f"\n**Patients, {name}** ({COHORTS} disjoint cohorts of {MEMBERS:,} members and as many others, half ill; "
          f"MLP 64-64; delta {run.DELTA:g}; neighbours: add or remove one record)")
    table = Table("epsilon", "noise multiplier", "test accuracy", "threshold attack, AUC", "TPR at 1% FPR")
    for label, p in [*rows, ("none, stopped after 3 epochs", early)]:
        table.row(label, f"{p.noise_multiplier:.2f}", p.accuracy, p.auc, percent(p.tpr))


def percent(rate):
    return f"{rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}]"


def face_table(name, train, test, public):
    print(f"\n**Faces, {name}** (20 people, 64 x 64, softmax regression on publicly centred pixels; "
          f"delta {run.DELTA:g}; neighbours: add or remove one *photograph*)")
    table = Table("epsilon", "noise multiplier", "test accuracy", "photograph's membership, AUC",
                  "face recovered, evaluator top-1", "likeness beyond the average face")
    for p in face_points(train, test, public, ASKED):
        label = "none" if np.isinf(p.epsilon) else f"{p.epsilon:g}"
        table.row(label, f"{p.noise_multiplier:.2f}", p.accuracy, p.auc, p.top1, p.beyond)
    average = np.repeat(public.images.mean(axis=0)[None], train.people, axis=0)
    like = judge(average, np.arange(train.people), evaluator=judge_of(train, test), truth=train.class_means(),
                 average=average[0])
    table.row("the average public face instead", "", "", "", like.top1, f"{like.beyond.mean():.2f}")


def accountings():
    """One run, three ways to count."""
    plan, settings = (60_000, 256, 60 * 60_000 // 256), {"noise_multiplier": 1.1, "delta": 1e-5}
    counted = [f"{guarantee(Batches(*plan), **settings, accountant=name).epsilon:.2f} ({words})" for name, words in (
        ("rdp-2017", "Renyi, conversion of 2017"), ("rdp", "Renyi, sharper conversion"),
        ("pld", "privacy loss distributions"))]
    replaced = guarantee(Batches(*plan, "fixed"), **settings).epsilon
    return ("60,000 records, batch 256, noise multiplier 1.1, 60 epochs, delta 1e-5. Poisson batches, neighbours add "
            f"or remove one record: epsilon {', '.join(counted)}. Fixed batches without replacement, neighbours "
            f"replace one record: {replaced:.2f} (Renyi).")


if __name__ == "__main__":
    main()
