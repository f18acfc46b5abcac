"""Face inversion: how often and how closely the 20 private people's faces come back.

    python benchmarks/inversion.py [--faces synthetic olivetti] [--splits 3]

Olivetti is taken from the folder that LEAKLAB_DATA names, or downloaded. Prints a Markdown table, averaged over
random splits into private and public people; the spread is over splits.
"""

import argparse

import numpy as np
from table import Table

from leaklab.attacks import FaceInversion, MIFace
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, average_face, never_trained, prepare, study

ATTACKS = {"FaceInversion": lambda prior: FaceInversion(prior=prior), "MIFace from grey": lambda prior: MIFace(),
           "MIFace from the mean public face": lambda prior: MIFace(start=prior)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", nargs="+", default=["synthetic", "olivetti"], metavar="SOURCE")
    parser.add_argument("--splits", type=int, default=3)
    args = parser.parse_args()
    table = Table("faces", "victim", "accuracy:", "attack", "seconds:", "evaluator top-1:", "top-5:",
                  "beyond the average face:", "SSIM:")
    for source in args.faces:
        stages = [prepare(load_faces(source), rng=seed) for seed in range(args.splits)]
        for name, recipe in VICTIMS.items():
            for what, attack in ATTACKS.items():
                studies = [study(s, recipe, attack=attack(s.prior), rng=100 + i) for i, s in enumerate(stages)]
                row(table, source, name, what, studies)
        average = [s.judge(average_face(s)) for s in stages]
        print_likeness(table, source, "", "the mean public face for everybody", average)
        for name, recipe in VICTIMS.items():
            strangers = [s.judge(never_trained(s, recipe, rng=200 + i)) for i, s in enumerate(stages)]
            print_likeness(table, source, name, "names enrolled without photographs", strangers)


def row(table, source, victim, what, studies):
    accuracy = np.mean([s.accuracy.value for s in studies])
    seconds = np.median([s.attack_seconds for s in studies])
    likenesses = [s.likeness for s in studies]
    print_likeness(table, source, victim, what, likenesses, f"{accuracy:.2f}", f"{seconds:.1f}")


def print_likeness(table, source, victim, what, likenesses, accuracy="", seconds=""):
    def spread(values):
        return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"

    cells = [spread([li.top1.value for li in likenesses]), spread([li.top5.value for li in likenesses]),
             spread([li.beyond.mean() for li in likenesses]), f"{np.mean([li.ssim.mean() for li in likenesses]):.2f}"]
    table.row(source, victim, accuracy, what, seconds, *cells)


if __name__ == "__main__":
    main()
