"""200 concurrent clients on loopback for a minute, then kill -9 while they ask; then the server again on the same file.

    python benchmarks/server_load.py [--clients 200] [--seconds 60] [--beside ../other-checkout]

Each client keeps one connection and asks one 64 x 64 image at a time, in JSON, as fast as it is answered. The model is
a softmax regression in numpy, so that what is measured is the server. Clients and server share the machine. One more
key has a budget of 50 and asks 40 before the kill; after it, it must get 10 and no more. Before them, one client alone:
what a question costs beyond the model's own time, on a kept connection.

``--beside`` measures this server and another checkout's in one run, in turn, so that both see the same machine. The
other runs on its own ``.venv``, where it has one.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from table import Table, made_by

import leaklab
from leaklab.access import BlackBox, BudgetSpent, RemoteApi
from leaklab.server import Keys, read_log, serve

CHILD = "import sys; sys.path.insert(0, sys.argv[1]); import server_load as s; s.child(sys.argv[2], int(sys.argv[3]))"
HERE = Path(leaklab.__file__).parents[1]
ALONE = 200


def model():
    weights = np.random.default_rng(0).normal(0, 0.05, (4096, 20)).astype(np.float32)

    def answer(x):
        scores = x.reshape(len(x), -1) @ weights
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)
    return BlackBox(answer, inputs=(64, 64), classes=20)


def child(path, clients):
    server = serve(model(), log=path)
    secrets = [server.keys.add(f"client {i}", budget=1_000_000) for i in range(clients)]
    print(json.dumps([str(Path(leaklab.__file__).parents[1]), server.url, secrets]), flush=True)
    time.sleep(3600)


def start(path, clients=0, tree=HERE):
    """The server of a checkout in its own process: the process, its address, and new keys of so many clients."""
    own = tree / ".venv" / "bin" / "python"  # another checkout may need other packages
    python = str(own) if tree != HERE and own.exists() else sys.executable
    command = [python, "-c", CHILD, str(Path(__file__).parent), str(path), str(clients)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tree, env=environment(tree))
    found, url, secrets = json.loads(running.stdout.readline())
    assert Path(found).samefile(tree), (found, tree)
    return running, url, secrets


def environment(tree=HERE):
    """That of a child process which imports ``leaklab`` from a checkout; numpy's idle threads would spin there."""
    return os.environ | {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1", "OPENBLAS_NUM_THREADS": "1"}


async def client(url, secret, body, seen):
    """Ask until the connection breaks; (status, seconds) of each answer."""
    host, port = url.removeprefix("http://").split(":")
    request = (f"POST /v1/models/model:predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
               f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    reader, writer = await asyncio.open_connection(host, int(port))
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            start = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            seen.append((int(head[9:12]), time.perf_counter() - start))
    writer.close()


async def crowd(url, secrets, seconds, kill):
    body = json.dumps({"instances": np.random.default_rng(1).random((1, 64, 64)).round(4).tolist()}).encode()
    seen = [[] for _ in secrets]
    asyncio.get_running_loop().call_later(seconds, kill)
    await asyncio.gather(*(client(url, s, body, mine) for s, mine in zip(secrets, seen, strict=True)))
    return seen


def load(running, url, secrets, seconds):
    """What the crowd saw until the server was killed: of each client, and the times of all good answers in ms."""
    seen = asyncio.run(crowd(url, secrets, seconds, running.kill))
    running.wait()
    return seen, 1000 * np.array([took for mine in seen for status, took in mine if status == 200])


def alone(url, secret):
    """Median time of one row asked by one client over a kept connection, beyond the model's own, in ms."""
    x, local = np.random.default_rng(2).random((1, 64, 64), np.float32), model()
    with RemoteApi(url, secret) as remote:
        far, near = ([_timed(access, x) for _ in range(2 * ALONE)][ALONE:] for access in (remote, local))
    return np.median(far) - np.median(near)


def _timed(access, x):
    start = time.perf_counter()
    access.probabilities(x)
    return 1000 * (time.perf_counter() - start)


def ask(url, secret, count):
    """How many of ``count`` single queries are answered."""
    with RemoteApi(url, secret) as api:
        try:
            for _ in range(count):
                api.probabilities(np.zeros((1, 64, 64)))
        except BudgetSpent as spent:
            print(f"refused: {spent.left} left")
        return api.queries


def compare(other, clients, seconds, rounds):
    """This server and another checkout's, in turn."""
    figures = {"this": [], "other": []}
    table = Table("server", "round:", "answers a second:", "p50, ms:", "p99, ms:", "one client, ms over the model:",
                  "not 200:")
    for turn in range(1, rounds + 1):
        for name, tree in (("this", HERE), ("other", other)):
            with tempfile.TemporaryDirectory() as folder:
                running, url, secrets = start(Path(folder) / "server.sqlite", clients, tree)
                one = alone(url, secrets[0])
                seen, times = load(running, url, secrets, seconds)
            figures[name].append([len(times) / seconds, *np.quantile(times, [0.5, 0.99]), one])
            table.row(name, turn, *_shown(figures[name][-1]), sum(map(len, seen)) - len(times))
    ratios = np.array(figures["this"]) / figures["other"]
    for name, of_all in figures.items():
        table.row(f"{name}, median", "", *_shown(np.median(of_all, axis=0)))
    table.row("this / other, median", "", *(f"{ratio:.2f}" for ratio in np.median(ratios, axis=0)))


def _shown(figures):
    return [f"{number:{how}}" for number, how in zip(figures, (",.0f", ".0f", ".0f", ".2f"), strict=True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--beside", type=Path, metavar="TREE", help="another checkout, to be measured in the same run")
    parser.add_argument("--rounds", type=int, default=3, help="with --beside: how many turns share the seconds")
    args = parser.parse_args()
    if args.beside:
        return compare(args.beside.resolve(), args.clients, args.seconds / args.rounds, args.rounds)
    print(made_by())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.sqlite"
        running, url, secrets = start(path, args.clients)
        with Keys(path) as keys:
            short = keys.add("nearly spent", budget=50)
            ids = [keys.check(secret).id for secret in secrets]
            print(f"one client alone: {alone(url, keys.add('alone')):.2f} ms a row over the model's own time")
        before = ask(url, short, 40)
        seen, times = load(running, url, secrets, args.seconds)
        statuses = Counter(status for mine in seen for status, _ in mine)
        p50, p99 = np.quantile(times, [0.5, 0.99])
        print(f"{len(times):,} answers in {args.seconds:g} s to {args.clients} clients; by status {dict(statuses)}")
        print(f"latency p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {times.max():.0f} ms")

        running, url, _ = start(path)
        logged = Counter(read_log(path, model="model").key)
        answered = {key: sum(status == 200 for status, _ in mine) for key, mine in zip(ids, seen, strict=True)}
        with Keys(path) as keys:
            spent = {key.id: key.spent for key in keys.all()}
        more = [logged[key] - answered[key] for key in ids]
        print(f"after kill -9: {sum(logged.values()):,} queries in the log; every answer is there: {min(more) >= 0}; "
              f"logged and not received: {sum(more)}, at most {max(more)} a client; "
              f"budgets equal the log: {spent == {key: logged[key] for key in spent}}")
        after = [ask(url, secret, 3) for secret in secrets]
        print(f"started again: all {len(after)} keys answered: {set(after) == {3}}; "
              f"the short key got {before} + {ask(url, short, 40)} of its 50")
        running.kill()
        running.wait()


if __name__ == "__main__":
    main()
