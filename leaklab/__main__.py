"""leaklab serve MODEL [MODEL ...] | leaklab keys add|revoke|list: the prediction API from the command line."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

FILE = "leaklab-server.sqlite"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 on success, 1 with a message on stderr on failure."""
    args = _parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # tensorflow's greetings; read when it is imported
    try:
        args.run(args)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leaklab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--log", type=Path, default=Path(FILE), help="SQLite file of keys and audit log (%(default)s)")

    one = commands.add_parser("serve", parents=[shared], help="serve saved Keras models until interrupted")
    one.add_argument("models", nargs="*", type=Path, metavar="MODEL",
                     help="saved Keras models; each is served under its file's name")
    one.add_argument("--answers", choices=("auto", "probabilities", "logits"), default="auto",
                     help="what the models return, where their last layer does not tell (default: %(default)s)")
    one.add_argument("--demo", action="store_true", help="train a small recogniser on synthetic faces and serve it")
    one.add_argument("--host", default="127.0.0.1", help="default: %(default)s, this machine only; there is no TLS")
    one.add_argument("--port", type=int, default=8501)
    one.set_defaults(run=_serve)

    keys = commands.add_parser("keys", help="API keys").add_subparsers(required=True, metavar="COMMAND")
    add = keys.add_parser("add", parents=[shared], help="create a key; its secret is shown only once")
    add.add_argument("name", help="owner of the key")
    add.add_argument("--budget", type=int, help="lifetime query budget (default: unlimited)")
    add.add_argument("--rate", type=float, help="sustained queries per second (default: unlimited)")
    add.add_argument("--hardening", default="",
                     help="transformations applied to responses, e.g. rounded=2,topk=1 or labels")
    add.set_defaults(run=_add)
    revoke = keys.add_parser("revoke", parents=[shared], help="revoke a key immediately, also while a server runs")
    revoke.add_argument("id", help="id of the key, from `leaklab keys list`")
    revoke.set_defaults(run=_revoke)
    keys.add_parser("list", parents=[shared], help="list all keys, without their secrets").set_defaults(run=_list)
    return parser


def _serve(args) -> None:
    # Here and below: importing tensorflow takes seconds, and --help should not wait.
    from leaklab.access import BlackBox
    from leaklab.models import load_model
    from leaklab.server import serve

    if not args.models and not args.demo:
        raise ValueError("no model given. Name a saved Keras model, or pass --demo.")
    names = [path.stem for path in args.models] + ["faces"] * args.demo
    if len(set(names)) < len(names):
        raise ValueError(f"two models have one name: {', '.join(names)}. Rename a file.")
    models = {path.stem: BlackBox(load_model(path), answers=args.answers) for path in args.models}
    if args.demo:
        models["faces"] = BlackBox(_demo())
    with serve(models, log=args.log, host=args.host, port=args.port) as server:
        print(f"{', '.join(models)} at {server.url}; keys and audit log in {args.log}. Press Ctrl-C to stop.",
              flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            print("Stopping.")


def _demo():
    from leaklab.data import load_faces
    from leaklab.training import MLP

    faces, _ = load_faces("synthetic").split_people(20, rng=0)
    return MLP(hidden=(128,), epochs=30).fit(faces.images, faces.person, rng=0)


def _add(args) -> None:
    from leaklab.server import Keys

    with Keys(args.log) as keys:
        print(keys.add(args.name, budget=args.budget, rate=args.rate, hardening=args.hardening))
    print("This secret is shown only once. Send it as Authorization: Bearer <key>.", file=sys.stderr)


def _revoke(args) -> None:
    from leaklab.server import Keys

    with Keys(args.log) as keys:
        keys.revoke(args.id)


def _list(args) -> None:
    from leaklab.server import Keys

    print(f"{'id':10}{'name':24}{'spent':>12}{'budget':>12}{'rate':>8}  {'hardening':24}{'made':12}revoked")
    with Keys(args.log) as keys:
        for key in keys.all():
            print(f"{key.id:10}{key.name[:23]:24}{key.spent:>12}{_or(key.budget):>12}{_or(key.rate):>8}  "
                  f"{key.hardening or '-':24}{_day(key.created):12}{_day(key.revoked)}")


def _or(value) -> str:
    return "-" if value is None else f"{value:g}"


def _day(when: float | None) -> str:
    return "-" if when is None else time.strftime("%Y-%m-%d", time.localtime(when))


if __name__ == "__main__":
    sys.exit(main())
