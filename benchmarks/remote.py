"""The score-only face inversion in process and over HTTP on loopback: 20 people, 1,000 queries a person.

    python benchmarks/remote.py [--faces olivetti] [--victim MLP] [--rounds 3]

Over HTTP twice: to a server in a thread of this process, as in a notebook, and to ``leaklab serve`` in its own.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from table import made_by

from leaklab.access import BlackBox, RemoteApi
from leaklab.attacks import FaceInversion
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, prepare
from leaklab.server import Keys, serve


@contextmanager
def own_process(model):
    """``leaklab serve`` of a saved model: its address and a key."""
    with tempfile.TemporaryDirectory() as folder:
        path, log = Path(folder) / "model.keras", Path(folder) / "server.sqlite"
        model.save(path)
        with Keys(log) as keys:
            secret = keys.add("adversary")
        command = [sys.executable, "-m", "leaklab", "serve", str(path), "--port", "0", "--log", str(log)]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield running.stdout.readline().split(" at ")[1].split(";")[0], secret
        finally:
            running.kill()
            running.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", default="olivetti")
    parser.add_argument("--victim", default="MLP", choices=VICTIMS)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print(made_by())
    stage = prepare(load_faces(args.faces), rng=0)
    model = VICTIMS[args.victim].fit(stage.train.images, stage.train.person, rng=0)
    local = BlackBox(model)
    with serve(local) as server, own_process(model) as (url, secret), \
            RemoteApi(server.url, server.keys.add("adversary")) as near, RemoteApi(url, secret) as far:
        ways = {"in process": local, "over HTTP, server in a thread": near, "over HTTP, own process": far}
        times = {name: [] for name in ways}
        for _ in range(args.rounds + 1):  # the first warms up
            for name, access in ways.items():
                start = time.perf_counter()
                found = FaceInversion(prior=stage.prior)(access, stage.people, rng=1)
                times[name].append(time.perf_counter() - start)
                top1 = stage.judge(found.images).top1
                print(f"{name}: {times[name][-1]:.2f} s, {found.queries:,} queries, evaluator top-1 {top1}", flush=True)
    base = np.array(times["in process"][1:])
    for name, took in times.items():
        print(f"{name}: median {np.median(took[1:]):.2f} s, median ratio {np.median(took[1:] / base):.2f}")


if __name__ == "__main__":
    main()
