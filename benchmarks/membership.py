"""Membership inference on patients: ``python benchmarks/membership.py [PART ...]``.

    threshold   one model and the threshold attack; beside it models that leak less
    attacks     65 models, each in turn the target and the others its shadow models
    coarse      LiRA and RMIA where answers are exactly 0 or 1: a random forest, an MLP rounded to two decimals
    fresh       halves of one pool against fresh records beside the audited: the same 200 people in both designs
    null        models that know nothing of who was a member, under four designs: is nothing found?
    speed       training shadow models, against the peers that are installed, in turn, in one run

4,000 records, as many of each class, half of them members; MLP 64-64, 50 epochs of batch 64. The CDC records are taken
from the folder that LEAKLAB_DATA names, or downloaded; ``--patients`` chooses others. Prints Markdown tables.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
from peers import FLOP, PEERS, matrix_product_rate
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from table import Table

from leaklab.attacks import ATTACKS
from leaklab.attacks.lira import lira_turns, logit
from leaklab.attacks.membership import loss
from leaklab.attacks.rmia import rmia
from leaklab.data import load_patients
from leaklab.experiments.patients import VICTIM, stopped_early, study
from leaklab.experiments.turns import Turns, take_turns
from leaklab.metrics import Rate, Spread, auc, exposure, over_targets
from leaklab.training import Estimator, halves

COMPARED = ("loss threshold", "LiRA", "RMIA")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", default=[], help="all, when none is named")
    parser.add_argument("--patients", nargs="+", default=["synthetic", "cdc"], metavar="SOURCE")
    parser.add_argument("--seeds", type=int, default=5, help="of the tables threshold and fresh")
    parser.add_argument("--repeats", type=int, default=200, help="of the null table")
    parser.add_argument("--rounds", type=int, default=4, help="of the speed table, each trainer in turn")
    parser.add_argument("--peer-models", type=int, default=64, help="how many models a peer trains")
    args = parser.parse_args()
    parts = {"threshold": threshold, "attacks": attacks, "coarse": coarse, "fresh": fresh, "null": null, "speed": speed}
    for name in args.parts or parts:
        parts[name](args)


def pool_of(source):
    return load_patients(source) if source != "synthetic" else load_patients(source, patients=200_000, rng=1)


def threshold(args):
    table = Table("patients", "model", "accuracy, members:", "accuracy, others:", "AUC, loss threshold:",
                  "AUC over seeds:", "TPR at 1% FPR:", "TPR at 0.1% FPR:")
    for source in args.patients:
        pool = pool_of(source)
        few, many = 4000, 40_000
        threshold_row(table, source, "50 epochs", pool, few, VICTIM, args.seeds)
        threshold_row(table, source, "stopped after 3 epochs", pool, few, stopped_early(), args.seeds)
        threshold_row(table, source, "50 epochs, ten times the data", pool, many, VICTIM, args.seeds)


def threshold_row(table, source, what, pool, n, recipe, seeds):
    studies = []
    for seed in range(seeds):
        members, others = pool.sample(n, balanced=True, rng=seed).split(0.5, rng=seed)
        studies.append(study(members, others, recipe, rng=seed))
    first, aucs = studies[0], [s.roc["loss"].auc.value for s in studies]
    curve = first.roc["loss"]
    table.row(f"{source}, {n:,}", what, first.member_accuracy, first.accuracy, curve.auc,
              f"{np.mean(aucs):.3f} (sd {np.std(aucs, ddof=1):.3f})", curve.tpr_at(0.01), curve.tpr_at(0.001))


def attacks(args):
    table = Table("patients", "attack", "shadow models:", "AUC, mean over targets (sd):", "TPR at 1% FPR (sd):",
                  "at 0.1% (sd):", "seconds, all targets:")
    for source in args.patients:
        records = pool_of(source).deduplicate().sample(4000, balanced=True, rng=0)
        turns = take_turns(records, models=65, rng=0)
        for name in ATTACKS:
            start = time.perf_counter()
            scores = turns.scores(name)
            seconds = time.perf_counter() - start
            shadows = 0 if name == "loss threshold" else 64
            attack_row(table, source, name, shadows, scores, turns.trained_on, f"{seconds:.2f}")
        few_models(table, source, records, turns)
        own, other = turns.accuracy()
        table.row(source, f"*right about members {own:.2f}, about others {other:.2f}*")


def few_models(table, source, records, turns):
    """RMIA with 8 reference models, four pairs of opposite halves, against each of the 65 targets."""
    half = halves(4, len(records), rng=1)
    few = take_turns(records, trained_on=np.concatenate([half, ~half]), rng=1)
    signals, targets = np.exp(few.signals(loss)), np.exp(turns.signals(loss))
    start = time.perf_counter()
    scores = np.stack([rmia(target, signals, few.trained_on) for target in targets])
    attack_row(table, source, "RMIA", 8, scores, turns.trained_on, f"{time.perf_counter() - start:.2f}")


def attack_row(table, source, name, shadows, scores, trained_on, seconds):
    found = over_targets(scores, trained_on)
    rates = found.tprs([0.01, 0.001])
    table.row(source, name, shadows, f"{found.auc.value:.3f} ({found.auc.sd:.3f})",
              *(f"{rates[:, i].mean():.3f} ({rates[:, i].std(ddof=1):.3f})" for i in (0, 1)), seconds)


def coarse(args):
    table = Table("patients", "answers", "LiRA: AUC:", "TPR at 1% FPR:", "shown to be exposed:", "RMIA: AUC:",
                  "TPR at 1% FPR:", "shown to be exposed:")
    forest = Estimator(estimator=RandomForestClassifier(min_samples_leaf=5))
    for source in args.patients:
        records = pool_of(source).deduplicate().sample(4000, balanced=True, rng=0)
        mlp = take_turns(records, models=65, rng=0)
        answers = {"MLP": mlp, "MLP, two decimals": replace(mlp, answers=np.round(mlp.answers, 2)),
                   "random forest, leaves of 5": take_turns(records, forest, models=65, rng=0)}
        for name, turns in answers.items():
            cells = [source, name]
            for attack in ("LiRA", "RMIA"):
                scores = turns.scores(attack)
                found = over_targets(scores, turns.trained_on)
                exposed = exposure(scores, turns.trained_on).exposed().sum()
                cells += [found.auc, f"{found.tpr_at(0.01).value:.3f}", exposed]
            table.row(*cells)


def fresh(args):
    table = Table("patients", "attack", "AUC, halves of one pool:", "AUC, fresh records:", "halves minus fresh",
                  "TPR at 1% FPR, halves:", "TPR at 1% FPR, fresh:", "halves minus fresh")
    for source in args.patients:
        pool = pool_of(source).deduplicate()
        pool = pool.sample(2 * int(np.bincount(pool.label).min()), balanced=True, rng=0)
        found = [both_designs(pool, seed) for seed in range(args.seeds)]
        for name in COMPARED:
            figures = np.array([one[name] for one in found])  # (seeds, designs, [AUC, TPR])
            cells = [source, name]
            for figure in (0, 1):
                halved, anew = figures[:, :, figure].T
                cells += [f"{halved.mean():.3f}", f"{anew.mean():.3f}", gap(halved - anew)]
            table.row(*cells)


def both_designs(pool, seed):
    """For each attack [halves, fresh] of [AUC, TPR at 1% FPR], on 200 audited people and 64 models of 2,000 records."""
    pool = pool.take(np.random.default_rng(seed).permutation(len(pool)))
    audited, others = pool.take(range(200)), pool.take(range(200, len(pool)))
    designs = [take_turns(pool.take(range(4000)), models=64, rng=seed).take(slice(200)),
               take_turns(audited, models=64, fresh=others, size=2000, rng=seed)]
    found = {name: [over_targets(turns.scores(name), turns.trained_on) for turns in designs] for name in COMPARED}
    return {name: [[one.auc.value, one.tpr_at(0.01).value] for one in both] for name, both in found.items()}


def gap(differences):
    """Mean and Student's 95% interval over paired seeds."""
    found = Spread.of(differences)
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def pairs(k, n, rng):
    half = halves_apart(k // 2, n, rng)
    return np.concatenate([half, ~half])


def halves_apart(k, n, rng):
    return rng.permuted(np.arange(n) < n // 2 * np.ones((k, 1), int), axis=1)


DESIGNS = {"pairs": pairs, "balanced": lambda k, n, rng: halves(k, n, rng=rng), "independent": halves_apart,
           "fresh": lambda k, n, rng: rng.random((k, n)) < 0.5}


def null(args):
    """Nobody asked about is trained on: who is called a member of what is drawn beside those who are, by one design."""
    table = Table("models", "design", "attack", "AUC, mean over repeats (error):",
                  "its interval covers 0.5 (95% interval):")
    people = load_patients("synthetic", patients=100_000, rng=1)
    x, y = people.x, people.label
    for what, k, answer in (("32 regressions", 32, regressions), ("32 of noise", 32, noise), ("8 of noise", 8, noise),
                            ("4 of noise", 4, noise)):
        for name, design in DESIGNS.items():
            if k < 32 and name in ("independent", "fresh"):
                continue  # many records would be in all or none
            found = {attack: [] for attack in ATTACKS}
            for seed in range(args.repeats):
                rng = np.random.default_rng([seed, k])
                rows, trained_on = rng.permutation(len(x))[:3000], design(k, 3000, rng)
                turns = Turns(trained_on[:, 2000:], y[rows[2000:]], answer(trained_on[:, :2000], x[rows], y[rows], rng))
                for attack in ATTACKS:
                    found[attack].append(over_targets(turns.scores(attack), turns.trained_on).auc)
            for attack, aucs in found.items():
                values = np.array([auc.value for auc in aucs])
                error = values.std(ddof=1) / len(values)**0.5
                covered = Rate(sum(auc.low <= 0.5 <= auc.high for auc in aucs), len(aucs))
                table.row(what, name, attack, f"{values.mean():.4f} ({error:.4f})", covered)


def regressions(trained_on, x, y, rng):
    fits = (LogisticRegression(C=0.1, solver="newton-cholesky").fit(x[:2000][rows], y[:2000][rows])
            for rows in trained_on)
    return np.stack([fit.predict_proba(x[2000:]) for fit in fits])


def noise(trained_on, x, y, rng):
    ill = 1 / (1 + np.exp(-rng.normal(rng.normal(0, 2, len(x) - 2000), 1, (len(trained_on), len(x) - 2000))))
    return np.stack([1 - ill, ill], axis=-1)


def speed(args):
    source = args.patients[-1]
    records = pool_of(source).deduplicate().sample(4000, balanced=True, rng=0)
    x, y, trained_on = records.x, records.label, halves(256, len(records), rng=0)
    runs = {f"Leaklab, {k} models": lambda part, k=k: VICTIM.fit_many(x, y, trained_on[:k], rng=0).probabilities(x)
            for k in (64, 256)}
    parts = np.array_split(trained_on[:args.peer_models], args.rounds)  # a peer trains its models in as many rounds
    runs |= {name: lambda part, train=train: train(x, y, part) for name, train in PEERS.items()}
    seconds, answers = {name: [] for name in runs}, {name: [] for name in runs}
    for part in parts:
        for name, run in runs.items():
            start = time.perf_counter()
            found = list(run(part))
            seconds[name].append(time.perf_counter() - start)
            answers[name] = answers[name] + found if name in PEERS else found
    seconds = {name: sum(each) if name in PEERS else float(np.median(each)) for name, each in seconds.items()}
    base, peak = seconds["Leaklab, 64 models"] / 64, matrix_product_rate()
    print(f"\n{source}; seconds include asking every model about all 4,000 records; Leaklab's are the median of "
          f"{args.rounds} rounds, the first of which compiles; a peer's are all its models', a part in every round\n")
    print(f"matrix products here: {peak / 1e9:.0f} GFLOP/s\n")
    table = Table("trained by", "models:", "seconds:", "seconds a model:", "times Leaklab's:",
                  "share of the matrix-product rate:", "LiRA AUC over targets (sd):")
    for name in runs:
        k = len(answers[name])
        each = seconds[name] / k
        share = 50 * trained_on[:k].sum() * FLOP / seconds[name] / peak
        table.row(name, k, f"{seconds[name]:.1f}", f"{each:.3f}", f"{each / base:.1f}", f"{share:.1%}",
                  quality(answers[name], y, trained_on[:k]))


def quality(answers, y, trained_on):
    if len(trained_on) < 32:
        return "too few models"
    scores = lira_turns(np.stack([logit(answer, y) for answer in answers]), trained_on, variance="global")
    aucs = [auc(row, own).value for row, own in zip(scores, trained_on, strict=True)]
    return f"{np.mean(aucs):.3f} ({np.std(aucs, ddof=1):.3f})"


if __name__ == "__main__":
    main()
