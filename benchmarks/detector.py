"""Does the log tell the 1,000-query inversion from honest traffic, and how often is an honest key flagged?

    python benchmarks/detector.py [--faces olivetti] [--sessions 2000] [--length 200]

The 20 public people are split in two, so that reference and thresholds are of other people than the honest traffic
that false alarms are counted on, which is of the recogniser's own people. A third of the honest keys each send
independent photographs, send one person's photographs over and over, or send again what they sent before.
"""

import argparse

import numpy as np
from scipy import ndimage

from leaklab.access import BlackBox
from leaklab.attacks import FaceInversion
from leaklab.attacks.prior import EigenfacePrior
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, prepare
from leaklab.metrics import Rate
from leaklab.server import Detector, Sketch


def retaken(images, rng):
    """The same photographs, taken again: moved by up to 2 pixels, lighter or darker, with a little noise."""
    out = [ndimage.shift(image, rng.uniform(-2, 2, 2), order=1, mode="nearest") for image in images]
    out = np.array(out) * rng.uniform(0.85, 1.15, (len(out), 1, 1)) + rng.normal(0, 0.01, np.shape(out))
    return np.clip(out, 0, 1).astype(np.float32)


def honest(faces, kind, length, sketch, rng):
    """One honest key's queries, as the log keeps them."""
    pool = np.arange(len(faces.images))
    if kind == "one person":
        pool = pool[faces.person == rng.choice(faces.person)]
    chosen = rng.choice(pool, length)
    asked = retaken(faces.images[chosen], rng)
    if kind == "resent":
        again = rng.random(length) < 0.5
        for i in np.flatnonzero(again[1:]) + 1:
            asked[i] = asked[rng.integers(i)]
    return sketch(asked)


KINDS = ("independent", "one person", "resent")


class Recorded(BlackBox):
    """Keeps what it was asked."""

    def __init__(self, model):
        super().__init__(model)
        self.asked = []

    def _predict(self, x):
        self.asked.append(x)
        return super()._predict(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", default="olivetti")
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--length", type=int, default=200)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    stage = prepare(load_faces(args.faces), rng=0)
    known, calibration = stage.public.split_people(10, rng=1)
    sketch = Sketch.of_shape(stage.public.shape, seed=2)
    detector = Detector.fit(sketch(np.concatenate([retaken(known.images, rng) for _ in range(3)])), [
        honest(calibration, KINDS[i % 3], args.length, sketch, rng) for i in range(args.sessions)])
    print("thresholds", {why: round(t, 1) for why, t in detector.threshold.items()})
    for kind in KINDS:
        alarms = [detector.first_alarm(honest(stage.test, kind, args.length, sketch, rng))
                  for _ in range(args.sessions)]
        print(f"honest, {kind}: flagged {Rate(sum(a is not None for a in alarms), len(alarms))}")
    model = VICTIMS["MLP"].fit(stage.train.images, stage.train.person, rng=0)
    found = []
    for person in stage.people:
        access = Recorded(model)
        FaceInversion()(access, [person], public=stage.public.images, rng=int(person))
        found.append(detector.first_alarm(sketch(np.concatenate(access.asked)[:1000])))
    show("FaceInversion from scores, one person a key", found)
    prior = EigenfacePrior.fit(stage.public.images, 150)
    for radius in (0.05, 0.2, 0.5, 0.8, 1.0, 1.2, 1.5):
        show(f"a walk of radius {radius}", [detector.first_alarm(sketch(walk(prior, radius, rng))) for _ in range(50)])


def walk(prior, radius, rng, queries=1000, pairs=20):
    """Antithetic evolution strategies around a point that moves as if it were learning."""
    z, goal = np.zeros(len(prior.basis)), rng.normal(size=len(prior.basis))
    asked = []
    while sum(map(len, asked)) < queries:
        u = radius * rng.standard_normal((pairs, len(z)))
        asked.append(prior.decode(np.concatenate([z + u, z - u, z[None]]).astype(np.float32)))
        z = z + 0.1 * (goal - z)
    return np.concatenate(asked)[:queries]


def show(what, alarms):
    when = [a[0] for a in alarms if a]
    why = {w: sum(a[1] == w for a in alarms if a) for w in ("alike", "unlike")}
    early = Rate(sum(n < 200 for n in when), len(alarms))
    print(f"{what}: before query 200 {early}; median query {np.median(when) if when else '-'}; by {why}", flush=True)


if __name__ == "__main__":
    main()
