"""The score-only face inversion in process and over HTTP on loopback: 20 people, 1,000 queries a person.

    python benchmarks/remote.py [--faces olivetti] [--victim MLP] [--rounds 3]
"""

import argparse
import time

import numpy as np

from leaklab.access import BlackBox, RemoteApi
from leaklab.attacks import FaceInversion
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, prepare
from leaklab.server import serve


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", default="olivetti")
    parser.add_argument("--victim", default="MLP", choices=VICTIMS)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    stage = prepare(load_faces(args.faces), rng=0)
    local = BlackBox(VICTIMS[args.victim].fit(stage.train.images, stage.train.person, rng=0))
    times = {"in process": [], "over HTTP": []}
    with serve(local) as server, RemoteApi(server.url, server.keys.add("adversary")) as remote:
        for _ in range(args.rounds + 1):  # the first warms up
            for name, access in (("in process", local), ("over HTTP", remote)):
                start = time.perf_counter()
                found = FaceInversion()(access, stage.people, public=stage.public.images, rng=1)
                times[name].append(time.perf_counter() - start)
                top1 = stage.judge(found.images).top1
                print(f"{name}: {times[name][-1]:.2f} s, {found.queries:,} queries, evaluator top-1 {top1}", flush=True)
    here, there = (np.median(t[1:]) for t in times.values())
    print(f"medians {here:.2f} s and {there:.2f} s: {there / here:.2f} times")


if __name__ == "__main__":
    main()
