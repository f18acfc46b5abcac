"""Does the log tell a face inversion from honest traffic, and how often is an honest key flagged?

    python benchmarks/detector.py [--faces olivetti] [--victim MLP] [--sessions 1000] [--length 200]

The threshold is of the public people's traffic, false alarms are counted on that of the recogniser's own people. A
third of the honest keys each send photographs of many people, of one person, or half of them once more
(`leaklab.course.traffic`).
"""

import argparse
from itertools import chain

import numpy as np
from table import made_by

from leaklab.access import BlackBox, LabelOnly, Metered
from leaklab.attacks import FaceInversion
from leaklab.course.traffic import KINDS, honest_visit
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, prepare
from leaklab.metrics import Rate
from leaklab.server import Detector, Sketch


class Recorded(BlackBox):
    """Keeps what it was asked, one array a question."""

    def __init__(self, model):
        super().__init__(model)
        self.asked = []

    def _ask(self, question, x):
        self.asked.append(np.array(x))
        return super()._ask(question, x)


def record(model, people, prior, rng, *, labels=False, most=1000):
    """The questions of a face inversion, cut off after ``most`` queries a person."""
    recorded = Recorded(model)
    access = LabelOnly(recorded) if labels else recorded
    FaceInversion(prior=prior)(Metered(access, most * len(people)), people, rng=rng)
    return recorded.asked


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", default="olivetti")
    parser.add_argument("--victim", default="MLP", choices=VICTIMS)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--length", type=int, default=200)
    args = parser.parse_args()
    print(made_by())
    rng = np.random.default_rng(0)
    stage = prepare(load_faces(args.faces), rng=0)
    sketch = Sketch.of_shape(stage.public.shape, seed=2)
    detector = Detector.fit([sketch(honest_visit(stage.public, args.length, kind=KINDS[i % 3], rng=rng))
                             for i in range(args.sessions)])
    print(detector, flush=True)

    for length, sessions in ((args.length, args.sessions // 3), (1000, args.sessions // 15)):
        visits = [[detector.first_alarm(sketch(honest_visit(stage.test, length, kind=kind, rng=rng)))
                   for _ in range(sessions)] for kind in KINDS]
        for kind, alarms in (*zip(KINDS, visits, strict=True), ("all", list(chain(*visits)))):
            flagged = Rate(sum(alarm is not None for alarm in alarms), len(alarms))
            print(f"honest, {kind}, {length} queries: flagged {flagged} of {len(alarms)}", flush=True)

    model = VICTIMS[args.victim].fit(stage.train.images, stage.train.person, rng=0)

    def show(what, walks):
        """What is flagged of the walks, one array of images a key."""
        alarms = [detector.first_alarm(sketch(walk)) for walk in walks]
        when = [alarm for alarm in alarms if alarm]
        early = Rate(sum(n < 200 for n in when), len(alarms))
        print(f"{what}: flagged {Rate(len(when), len(alarms))} of {len(alarms)}, before query 200 {early}; "
              f"median query {np.median(when) if when else '-'}, last {max(when, default='-')}", flush=True)

    single = [record(model, [person], stage.prior, int(person)) for person in stage.people]
    joined = [np.concatenate(asked) for asked in single]
    show("scores, one person a key", joined)
    together = record(model, stage.people, stage.prior, 1, most=250)
    show("scores, all people with one key", [np.concatenate(together)])
    show("scores, each question shuffled", [np.concatenate([rng.permutation(q) for q in asked]) for asked in single])
    for keys in (5, 20):
        show(f"scores, one person dealt to {keys} keys", [walk[i::keys] for walk in joined for i in range(keys)])
    for photographs in (1, 4):
        show(f"scores, {photographs} honest photographs after each query", [
            np.stack([walk[:400], *(honest_visit(stage.public, 400, rng=rng) for _ in range(photographs))],
                     axis=1).reshape(-1, *walk.shape[1:]) for walk in joined])
    show("labels, one person a key", [
        np.concatenate(record(model, [p], stage.prior, int(p), labels=True, most=2000)) for p in stage.people])


if __name__ == "__main__":
    main()
