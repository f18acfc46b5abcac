"""``leaklab capstone``: harden a model and play against three prepared reds, serve it to a class, or attack it."""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from leaklab._repr import printable

EXAMPLE = """examples:
  leaklab capstone play --weight-decay 0.02 --answers noisy=0.2 --budget 1000
  leaklab capstone serve --red Ada --red Bo --epochs 10
  LEAKLAB_KEY=leaklab_... leaklab capstone attack http://127.0.0.1:8501 --by shadows
  leaklab capstone attack http://127.0.0.1:8501 --key leaklab_... --scores mine.txt

Blue wins against a red where the lower end of the accuracy reaches the floor and
the upper ends of the red's AUC and TPR at 1% FPR stay below their bars.
"""
FILE = "leaklab-capstone.sqlite"
SECRET = 2**40
"""The least seed of a served contest: fewer can be tried, one draw of the candidates each."""
BY = {"threshold": "I threshold", "shadows": "II shadow models", "patience": "III patience"}


def add_capstone(commands) -> None:
    """Add the command to a parser's subparsers."""
    raw = argparse.RawDescriptionHelpFormatter
    one = commands.add_parser("capstone", help="the red/blue game of lesson 10: capstone play | serve | attack",
                              epilog=EXAMPLE, formatter_class=raw)
    kinds = one.add_subparsers(required=True, title="commands", metavar="COMMAND")
    blue = argparse.ArgumentParser(add_help=False)
    blue.add_argument("--people", type=int, default=500, help="in the training table (default: %(default)s)")
    blue.add_argument("--epochs", type=int, default=50, help="of the training (default: %(default)s)")
    blue.add_argument("--weight-decay", type=float, default=0.0, help="of the training (default: %(default)s)")
    blue.add_argument("--epsilon", type=float, help="train by DP-SGD with this epsilon")
    blue.add_argument("--answers", default="", help="as `leaklab keys add --hardening` takes it (default: as they are)")
    blue.add_argument("--budget", type=int, help="questions a red may ask, at least one a candidate (default: no end)")
    blue.add_argument("--seed", type=int, help="of the lot; whoever knows it knows the members, and a small one is "
                                              "found by trying (default: a secret one)")

    alone = kinds.add_parser("play", parents=[blue], help="play alone, as blue, against the three prepared reds")
    alone.set_defaults(run=_play)
    host = kinds.add_parser("serve", parents=[blue], help="train blue's model and serve it to reds with keys",
                            description="Train blue's model, serve it, and print a key for each red; Ctrl-C ends the "
                                        "contest and prints the scoreboard. A key for a latecomer: leaklab keys add "
                                        "NAME, with the same --log and blue's --budget.")
    host.add_argument("--log", default=FILE, help="SQLite file of keys and audit log, a new one a round: one with "
                                                  "active keys is refused (default: %(default)s)")
    host.add_argument("--red", action="append", default=[], metavar="NAME", help="a player; may be given again")
    host.add_argument("--host", default="127.0.0.1", help="default: %(default)s, this machine only; there is no TLS")
    host.add_argument("--port", type=int, default=8501, help="default: %(default)s; 0 for a free one")
    host.set_defaults(run=_serve)
    attack = kinds.add_parser("attack", help="attack a served model, and hand in the scores")
    attack.add_argument("url", metavar="URL", help="of `leaklab capstone serve`")
    attack.add_argument("--key", default=os.environ.get("LEAKLAB_KEY", ""), help="default: LEAKLAB_KEY")
    what = attack.add_mutually_exclusive_group()
    what.add_argument("--by", choices=list(BY), default="threshold", help="a prepared red (default: %(default)s)")
    what.add_argument("--scores", type=Path, metavar="FILE",
                      help="hand in your own: a number a line, in the order of the candidates")
    attack.set_defaults(run=_attack)


def _blue(args):
    """Blue's settings, and the seed of the lot."""
    from leaklab.course.capstone import Defense

    return Defense(people=args.people, epochs=args.epochs, weight_decay=args.weight_decay, epsilon=args.epsilon,
                   answers=args.answers, budget=args.budget), secrets.randbits(53) if args.seed is None else args.seed


def _play(args) -> None:
    from leaklab.course.capstone import REDS, play

    defense, seed = _blue(args)
    _table(play(defense, REDS, seed=seed))


def _serve(args) -> None:
    from leaklab.commands.ending import terminated
    from leaklab.course.capstone import Arena, Contest
    from leaklab.server.run import is_local

    if not args.red:
        raise ValueError("no player given. Name each: --red NAME.")
    if args.seed is not None and args.seed < SECRET:
        raise ValueError(f"seed={args.seed}: a red could find it by trying, and with it the members. Leave it out, or "
                         f"keep a secret one of at least {SECRET}.")
    if not is_local(args.host, args.port):
        print(f"warning: host={args.host}: anyone on the network can reach this server, and there is no TLS.",
              file=sys.stderr)
    with terminated():
        defense, seed = _blue(args)
        with Arena(Contest(defense, seed=seed), log=args.log, host=args.host, port=args.port) as arena:
            try:
                print(f"the capstone at {arena.url}; keys and audit log in {printable(str(args.log))}", flush=True)
                for name in args.red:
                    print(f"{printable(name)}: {arena.enter(name)}", flush=True)
                print("The last scores that each hands in count. Press Ctrl-C to end.", flush=True)
                arena.wait()
            except KeyboardInterrupt:
                pass
            _table(arena.scoreboard())


def _attack(args) -> None:
    import numpy as np

    from leaklab.course.capstone import REDS, join

    if not args.key:
        raise ValueError("no key given. Pass --key, or set LEAKLAB_KEY.")
    scores = None if args.scores is None else _scores(args.scores)
    with join(args.url, args.key) as team:
        if scores is None:
            scores = REDS[BY[args.by]](team.challenge, np.random.default_rng())
        team.hand_in(scores)
        print(f"handed in {len(scores)} scores after {team.challenge.access.queries:,} queries")


def _scores(file: Path) -> list[float]:
    scores = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            scores.append(float(line))
        except ValueError:
            raise ValueError(f"{file}, line {number}: {line[:40]!r} is not a number. Write one score a line, in the "
                             "order of the candidates.") from None
    return scores


def _table(results: Mapping) -> None:
    if not results:
        print("Nobody handed in any scores.")
        return
    first = next(iter(results.values()))
    print(f"accuracy {first.accuracy}, its lower end must reach {first.rules.floor:.2f}: "
          f"{'reached' if first.useful else 'missed'} with {first.accuracy.low:.3f}")
    width = max(len(printable(name)) for name in results)
    for name, one in results.items():
        print(f"{printable(name):{width}}  AUC {one.auc}  TPR at 1% FPR {one.tpr}  {one.queries:,} queries  "
              f"{one.winner} wins", flush=True)
