"""10,000 hostile requests to a live server; every answer is judged (`tests/server/hostile.py` says how).

    python benchmarks/hostile.py [--requests 10000]

One in twenty is made by hand, byte by byte; the others are drawn by Hypothesis from the server's OpenAPI, and sent
eight at a time. Ends with an error at the first answer that breaks a rule.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "server"))
from table import made_by
from test_hostile import attack


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    args = parser.parse_args()
    print(made_by())
    start = time.perf_counter()
    by_hand = -(-args.requests // (20 * 26))
    target = attack(drawn=args.requests - 26 * by_hand, by_hand=by_hand)
    print(f"{target.statuses.total():,} requests in {time.perf_counter() - start:.0f} s")
    print("by status (0: closed without an answer):", dict(sorted(target.statuses.items())))
    print(f"answered queries, each checked against its own question and key: {dict(target.received)}; "
          "as many are in the log and in the budgets; the server still answers")


if __name__ == "__main__":
    main()
