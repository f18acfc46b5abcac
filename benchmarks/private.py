"""What a guarantee costs: ``python benchmarks/private.py [--lesson | --dial | --recipes | --price]``.

Prints Markdown tables: accuracy and attacks along epsilon, for patients and for faces, and one run under three
accountings. Real data (CDC records, Olivetti faces) join where they are found: in the folder that LEAKLAB_DATA names,
or in ``../shared/data``. ``--lesson`` writes the precomputed runs of lesson 07 instead, ``--dial`` those of the
privacy dial, ``--recipes`` compares what inversion draws from recogniser recipes with and without clipping and noise,
``--price`` how useful patients' models of few and of many people are. Some minutes on two cores.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if SHARED.is_dir():
    os.environ.setdefault("LEAKLAB_DATA", str(SHARED))

import numpy as np  # noqa: E402  (the variables above are read on import)
from table import Table  # noqa: E402

from leaklab.access import BlackBox, WhiteBox  # noqa: E402
from leaklab.attacks import EigenfacePrior, FaceInversion  # noqa: E402
from leaklab.course.saved import Runs, save_runs  # noqa: E402
from leaklab.course.story import save_points, story_pool  # noqa: E402
from leaklab.data import load_faces, load_patients  # noqa: E402
from leaklab.evaluation import accuracy, judge, train_evaluator  # noqa: E402
from leaklab.experiments import private as run  # noqa: E402
from leaklab.experiments import seeds_point as run_seeds  # noqa: E402
from leaklab.experiments import stopped_early  # noqa: E402
from leaklab.metrics import Spread, auc  # noqa: E402
from leaklab.privacy import Batches, guarantee  # noqa: E402
from leaklab.training import DPSGD, MLP, SoftmaxRegression  # noqa: E402

ASKED = (np.inf, 8.0, 2.0, 0.5)
DIAL = (np.inf, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1)
MEMBERS, COHORTS = 2000, 3
PHOTOGRAPHS = (1, 2, 4, 7, 20, 50, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", action="store_true", help="write the precomputed runs of lesson 07")
    parser.add_argument("--dial", action="store_true", help="write the precomputed seeds of the privacy dial")
    parser.add_argument("--recipes", action="store_true", help="faces by gradient descent with and without noise")
    parser.add_argument("--price", action="store_true", help="the price of privacy with few people and with many")
    args = parser.parse_args()
    if args.dial:
        pool, victims = story_pool()
        save_points(run_seeds(pool, epsilon, victims, rng=2, progress=tell) for epsilon in DIAL)
        return
    if args.lesson:
        save_runs(lesson_runs(synthetic_faces()))
        return
    if args.price:
        price_table(load_patients(patients=40_000, rng=1))
        return
    if args.recipes:
        recipe_table(*synthetic_faces())
        return
    print(accountings())
    patient_table("synthetic", synthetic_patients())
    face_table("synthetic, 100 photographs a person", *synthetic_faces())
    if "LEAKLAB_DATA" in os.environ:
        patient_table("CDC", load_patients("cdc"))
        face_table("Olivetti, 7 photographs a person", *olivetti_faces())


def tell(done: int, total: int, message: str) -> None:
    print(f"  {message}: {done} of {total}", file=sys.stderr, flush=True)


def lesson_runs(faces) -> Runs:
    """Patients and faces along the dial's epsilons; faces once more with people for the unit of privacy."""
    train, points = faces[0], face_points(*faces, DIAL, tell)
    people = face_points(*faces, DIAL[1:], tell, batches=run.plan_for_people(train.people))
    plan = run.plan_for(len(train))
    promised = [[guarantee(plan, noise_multiplier=p.noise_multiplier, delta=run.DELTA).for_groups_of(k).epsilon
                 for k in PHOTOGRAPHS] for p in points]
    return Runs(tuple(patient_points(synthetic_patients(), DIAL, tell)), tuple(points), (points[0], *people),
                PHOTOGRAPHS, np.array(promised), train.class_means(), "python benchmarks/private.py --lesson")


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


def face_points(train, test, public, epsilons, progress=None, batches=None):
    evaluator, points = judge_of(train, test), []
    for done, e in enumerate(epsilons, start=1):
        points.append(run.face_point(train, test, public, epsilon=e, evaluator=evaluator, rng=15, batches=batches))
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


def price_table(pool, models=8):
    """How often an ill person never seen gets a higher risk than a healthy one; people as they come."""
    test = pool.take(range(36_000, 40_000))
    recipes = {"stopped after 3 epochs": lambda people: stopped_early()} | {
        f"epsilon {e:g}": partial(run.private_mlp, e) for e in (8.0, 2.0, 0.5)}
    table = Table("people", *recipes)
    for people in (700, 2000, 4000):
        some, whose = pool.take(range(models * people)), np.repeat(np.eye(models, dtype=bool), people, axis=1)
        trained = [recipe(people).fit_many(some.x, some.label, whose, classes=2, rng=1) for recipe in recipes.values()]
        table.row(f"{people:,}", *(Spread.of([auc(answers[:, 1], test.label).value for answers in
                                              one.probabilities(test.x)]) for one in trained))


def recipe_table(train, test, public):
    """Which part of the private recipe draws cleaner faces: gradient descent, clipping or noise."""
    plan, evaluator = run.plan_for(len(train)), judge_of(train, test)
    descent = {"optimizer": "sgd", "learning_rate": 4.0}
    recipes = {"plain: Adam, batches of 64": run.private_softmax(np.inf, plan),
               "gradient descent, batches of 256": SoftmaxRegression(epochs=20, batch_size=256, **descent),
               "the same, clipped": SoftmaxRegression(dp=DPSGD(0.0, batches=plan), **descent),
               "the same, epsilon 8": run.private_softmax(8.0, plan)}
    average, everybody = public.images.mean(axis=0), np.arange(train.people)
    attack = FaceInversion(prior=EigenfacePrior.fit(public.images), penalty=run.PENALTY)
    table = Table("recipe", "test accuracy", "face recovered, evaluator top-1", "likeness beyond the average face")
    for name, recipe in recipes.items():
        access = WhiteBox(run.face_model(recipe, train, public, rng=15))
        like = judge(attack(access, everybody, rng=15).images, everybody, evaluator=evaluator,
                     truth=train.class_means(), average=average)
        table.row(name, accuracy(access, test.images, test.person), like.top1, run.mean_beyond(like))


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
