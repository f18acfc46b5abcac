"""200 concurrent clients on loopback for a minute, then kill -9 while they ask; then the server again on the same file.

    python benchmarks/server_load.py [--clients 200] [--seconds 60]

Each client keeps one connection and asks one 64 x 64 image at a time, in JSON, as fast as it is answered. The model is
a softmax regression in numpy, so that what is measured is the server. Clients and server share the machine. One more
key has a budget of 50 and asks 40 before the kill; after it, it must get 10 and no more.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from table import made_by

from leaklab.access import BlackBox, BudgetSpent, RemoteApi
from leaklab.server import Keys, read_log, serve

CHILD = "import sys; sys.path.insert(0, sys.argv[2]); import server_load as s; s.child(sys.argv[1])"


def model():
    weights = np.random.default_rng(0).normal(0, 0.05, (4096, 20)).astype(np.float32)

    def answer(x):
        scores = x.reshape(len(x), -1) @ weights
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)
    return BlackBox(answer, inputs=(64, 64), classes=20)


def child(path):
    print(serve(model(), log=path).url, flush=True)
    time.sleep(3600)


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


def start(path):
    running = subprocess.Popen([sys.executable, "-c", CHILD, str(path), str(Path(__file__).parent)],
                               stdout=subprocess.PIPE, text=True)
    return running, running.stdout.readline().strip()


def ask(url, secret, count):
    """How many of ``count`` single queries are answered."""
    with RemoteApi(url, secret) as api:
        try:
            for _ in range(count):
                api.probabilities(np.zeros((1, 64, 64)))
        except BudgetSpent as spent:
            print(f"refused: {spent.left} left")
        return api.queries


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    print(made_by())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.sqlite"
        with Keys(path) as keys:
            secrets = [keys.add(f"client {i}", budget=1_000_000) for i in range(args.clients)]
            short = keys.add("nearly spent", budget=50)
            ids = [keys.check(secret).id for secret in secrets]
        running, url = start(path)
        before = ask(url, short, 40)
        seen = asyncio.run(crowd(url, secrets, args.seconds, running.kill))
        running.wait()
        statuses = Counter(status for mine in seen for status, _ in mine)
        times = np.array([took for mine in seen for status, took in mine if status == 200])
        p50, p99 = np.quantile(times, [0.5, 0.99]) * 1000
        print(f"{len(times):,} answers in {args.seconds:g} s to {args.clients} clients; by status {dict(statuses)}")
        print(f"latency p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {times.max() * 1000:.0f} ms")

        running, url = start(path)
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
