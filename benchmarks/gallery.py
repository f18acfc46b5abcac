"""A recognizer that is not trained on whom it recognizes: how often it is right, and what can be stolen from it.

    python benchmarks/gallery.py [recognize network stolen asked] [--faces synthetic olivetti] [--splits 3]

``recognize``: beside recognizers trained on the people. ``network``: faces drawn from the shipped file alone, by every
inversion attack. ``stolen``: faces drawn from a stolen gallery, by how templates are stored. ``asked``: faces drawn by
who may only ask. Olivetti is taken from the folder that LEAKLAB_DATA names, or downloaded. The settings of the template
inversion were chosen on split 0; splits count from 1.
"""

import argparse
import time

import numpy as np
from table import Table

from leaklab.access import Access, BlackBox, Offers, WhiteBox
from leaklab.attacks import Blueprint, FaceInversion, MIFace, TemplateInversion
from leaklab.data import load_faces
from leaklab.evaluation import accuracy
from leaklab.experiments.faces import VICTIMS, prepare
from leaklab.experiments.gallery import enrolled, steal, without_photographs
from leaklab.metrics import Rate, auc
from leaklab.models import (
    HashedTemplates,
    NoisyTemplates,
    PlainTemplates,
    RoundedTemplates,
    load_recognizer,
)
from leaklab.training.embedding import PEOPLE, PHOTOGRAPHS, SEED

PROTECTIONS = [PlainTemplates(), RoundedTemplates(bits=2), RoundedTemplates(bits=1), NoisyTemplates(scale=1.0),
               NoisyTemplates(scale=2.0), HashedTemplates(bits=32, secret="s"), HashedTemplates(bits=128, secret="s"),
               HashedTemplates(bits=512, secret="s")]


def pooled(rates) -> Rate:
    """Over splits, as if their people and photographs were different ones; some return, so it is a little narrow."""
    return Rate(sum(rate.successes for rate in rates), sum(rate.trials for rate in rates))


def recognize(sources, splits, network):
    table = Table("faces", "people", "recognizer", "right about unseen photographs:", "seconds to enroll or train:",
                  "seconds to erase one:")
    for source in sources:
        for people in (20, load_faces(source).people):
            stages = []
            for seed in splits:
                faces = load_faces(source)
                inside = faces if people == faces.people else faces.split_people(people, rng=seed)[0]
                stages.append(inside.split_photographs(7, rng=seed))
            row(table, source, people, "gallery", stages, lambda train: enrolled(train, network),
                lambda model, train: model.erase(train.names[0]))
            for name in ("MLP", "CNN") if people == 20 else ():
                fit = VICTIMS[name].fit
                row(table, source, people, name, stages, lambda t, fit=fit: fit(t.images, t.person, rng=1),
                    lambda _, t, fit=fit: fit(t.images[t.person > 0], t.person[t.person > 0] - 1, rng=1))


def row(table, source, people, name, stages, make, erase):
    rates, made, erased = [], [], []
    for train, test in stages:
        start = time.perf_counter()
        model = make(train)
        middle = time.perf_counter()
        made.append(middle - start)
        if not erased:
            erase(model, train)
            erased.append(time.perf_counter() - middle)
        label = np.array(train.names)[test.person] if name == "gallery" else test.person
        rates.append(accuracy(BlackBox(model), test.images, label))
    table.row(source, people, name, pooled(rates), f"{np.median(made):.2f}", f"{erased[0]:.2g}")


def network_alone(sources, splits, network):
    """Faces of names that nobody enrolled, and whether training people can be told from others."""
    table = Table("faces", "attack", "evaluator top-1 (chance 0.05):", "beyond the average face:")
    for source in sources:
        stages = [prepare(load_faces(source), rng=seed) for seed in splits]
        attacks = {"MIFace from grey": (lambda s: MIFace(step_size=1.0, max_steps=300), WhiteBox),
                   "MIFace from the mean public face": (lambda s: MIFace(step_size=1.0, max_steps=300, start=s.prior),
                                                        WhiteBox),
                   "FaceInversion, gradients": (lambda s: FaceInversion(prior=s.prior), WhiteBox),
                   "FaceInversion, scores": (lambda s: FaceInversion(prior=s.prior), BlackBox),
                   "FaceInversion, labels (2,000 queries)": (
                       lambda s: FaceInversion(prior=s.prior, queries=2000),
                       lambda model: BlackBox(model).only(Offers.LABELS)),
                   "TemplateInversion": (lambda s: TemplateInversion(prior=s.prior), WhiteBox)}
        for what, (attack, access) in attacks.items():
            found = []
            for seed, stage in zip(splits, stages, strict=True):
                gallery = without_photographs(stage.train.names, stage.public, network, rng=seed)
                known = Blueprint(network) if what == "TemplateInversion" else None
                recovered = attack(stage)(access(gallery), gallery.names, knowledge=known, rng=seed)
                found.append(stage.judge(recovered.images))
            table.row(source, what, pooled([one.top1 for one in found]),
                      f"{np.mean([one.beyond.mean() for one in found]):.2f}")
    members(network)


def members(network, people=60, photographs=12):
    """Whether the network was trained on somebody: how near photographs that nobody trained on lie to each other."""
    inside = load_faces("synthetic", people=people, photographs=photographs, rng=SEED)
    outside = load_faces("synthetic", people=people, photographs=photographs, rng=SEED + 1)
    score = []
    for faces in (inside, outside):
        fresh = faces.take(np.tile(np.arange(photographs) >= PHOTOGRAPHS, people))
        vectors = network(fresh.images).reshape(people, photographs - PHOTOGRAPHS, -1)
        score += [(v @ v.T)[np.triu_indices(len(v), 1)].mean() for v in vectors]
    found = auc(np.array(score), np.arange(2 * people) < people)
    table = Table("question about the shipped network", "AUC (guess 0.5):")
    table.row(f"did it learn from this person? {people} of its {PEOPLE} people, {people} others, "
              f"{photographs - PHOTOGRAPHS} new photographs each", found)


def stolen(sources, splits, network):
    table = Table("faces", "stored", "gallery right:", "top-1, secret guessed:", "top-1, secret known:",
                  "beyond the average face, known:")
    for source in sources:
        stages = [prepare(load_faces(source), rng=seed) for seed in splits]
        for protection in PROTECTIONS:
            found = [steal(stage, network, protection, rng=seed) for seed, stage in zip(splits, stages, strict=True)]
            table.row(source, protection, pooled([one.accuracy for one in found]),
                      pooled([one.guessed.top1 for one in found]), pooled([one.known.top1 for one in found]),
                      f"{np.mean([one.known.beyond.mean() for one in found]):.2f}")


def asked(sources, splits, network):
    table = Table("faces", "stored", "answers", "top-1, secret unknown:")
    for source in sources:
        stages = [prepare(load_faces(source), rng=seed) for seed in splits]
        for protection in (PlainTemplates(), HashedTemplates(bits=128, secret="s")):
            for offers, queries in ((Offers.SCORES, 1000), (Offers.LABELS, 2000)):
                found = []
                for seed, stage in zip(splits, stages, strict=True):
                    gallery = enrolled(stage.train, network, protection)
                    attack = FaceInversion(prior=stage.prior, queries=queries)
                    recovered = attack(Access(gallery, offers), gallery.names, rng=seed)
                    found.append(stage.judge(recovered.images).top1)
                table.row(source, protection, f"{offers.name.lower()}, {queries:,} queries a person", pooled(found))


PARTS = {"recognize": recognize, "network": network_alone, "stolen": stolen, "asked": asked}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--faces", nargs="+", default=["synthetic", "olivetti"], metavar="SOURCE")
    parser.add_argument("--splits", type=int, default=3)
    args = parser.parse_args()
    for part in args.parts:
        PARTS[part](args.faces, range(1, 1 + args.splits), load_recognizer())


if __name__ == "__main__":
    main()
