"""Audit a model, serve models over HTTP to clients that show a key and manage the keys, check this machine."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from leaklab import _validate as v
from leaklab._repr import printable
from leaklab.commands import add_audit, add_capstone, add_doctor
from leaklab.commands.ending import terminated

FILE = "leaklab-server.sqlite"
EXAMPLE = """where to start, in a checkout (leaklab doctor says whether all is ready):
  student       make lab; it opens notebooks/student/00_start_here.ipynb
  trainer       notebooks/trainer/, with speaker notes; each lesson's plan.md in lessons/
  researcher    notebooks/research/, made to be changed; the API in docs/api.md
  data officer  leaklab audit MODEL --members FILE --others FILE --label COLUMN

examples:
  leaklab audit model.joblib --trust --members patients.csv --others held_back.csv --label Status
  leaklab keys add "Ada Lovelace" --budget 10000 --rate 20 --hardening rounded=2,topk=3
  leaklab serve faces.keras --range 0 1
  leaklab keys list
  leaklab doctor

Every command has its own --help, for example: leaklab keys add --help
"""
TRUST = "If you trust its author with this machine, pass --trust."


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 on success, 1 with a message on stderr on failure, 130 when interrupted; or its own status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show ends nothing
    args = _parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # tensorflow's greetings; read when it is imported
    try:
        if "log" in args:
            args.log = _log(args.log)
        status = args.run(args)
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever reads our output has seen enough; what is left is not worth a word at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError) as error:
        print(printable(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status or 0


def _log(name: str) -> Path:
    if not name:
        v.fail("log", name, "must be the name of a file", f"For example {FILE}.")
    path = Path(name)
    if path.exists() and not path.is_file():  # of a pipe SQLite would wait for the other end
        raise ValueError(f"{path} is not a file: keys and audit log are kept in one. Choose another.")
    return path


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="leaklab", description=__doc__, epilog=EXAMPLE, formatter_class=raw)
    commands = parser.add_subparsers(required=True, title="commands", metavar="COMMAND")
    add_audit(commands)
    add_capstone(commands)
    add_doctor(commands)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--log", default=FILE, help="SQLite file of keys and audit log (%(default)s)")

    one = commands.add_parser(
        "serve", parents=[shared], help="serve saved Keras models until interrupted",
        description="Serve saved Keras models, each under its file's name, until Ctrl-C or SIGTERM; requests in "
                    "progress are answered first. Without --trust nothing runs from a file: it may describe layers of "
                    "Keras' own alone.")
    one.add_argument("models", nargs="*", metavar="MODEL", help=".keras or .h5 file; with --trust also a folder")
    one.add_argument("--answers", choices=("auto", "probabilities", "logits"), default="auto",
                     help="what the models return, where their last layer does not tell (default: %(default)s)")
    one.add_argument("--range", nargs=2, type=float, metavar=("LOW", "HIGH"),
                     help="least and greatest value in the models' inputs; requests with others are refused before a "
                          "model sees them (default: any finite number; of the demo: 0 1)")
    one.add_argument("--trust", action="store_true",
                     help="run code from the files: Lambda layers and custom classes are Python code, and a SavedModel "
                          "folder is a program of TensorFlow operations, some of which read and write files; only for "
                          "files whose author you trust with this machine")
    one.add_argument("--demo", action="store_true", help="train a small recognizer on synthetic faces and serve it")
    one.add_argument("--host", default="127.0.0.1", help="default: %(default)s, this machine only; there is no TLS")
    one.add_argument("--port", type=int, default=8501, help="default: %(default)s; 0 for a free one")
    one.set_defaults(run=_serve)

    keys = commands.add_parser("keys", help="create, revoke and list API keys: keys add | revoke | list"
                               ).add_subparsers(required=True, title="commands", metavar="COMMAND")
    add = keys.add_parser("add", parents=[shared], help="create a key; its secret is shown only once",
                          description="Create a key and print its secret, which is shown only once.")
    add.add_argument("name", help="owner of the key")
    add.add_argument("--budget", type=int, help="inputs that the key may have answered in its life, by all servers on "
                                                "the file together (default: unlimited)")
    add.add_argument("--rate", type=float, help="inputs per second, sustained; a second's worth may come at once, and "
                                                "a larger request is waited for afterwards. Each running server holds "
                                                "a rate of its own: two servers on one file give twice as much, and a "
                                                "restart forgets what was asked (default: unlimited; at least 1e-6)")
    add.add_argument("--hardening", default="",
                     help="transformations applied to responses, from left to right: rounded=DIGITS, topk=CLASSES, "
                          "noisy=SCALE, laplace=SCALE, labels; e.g. rounded=2,topk=1 (default: none)")
    add.set_defaults(run=_add)
    revoke = keys.add_parser("revoke", parents=[shared], help="revoke a key immediately, also while a server runs")
    revoke.add_argument("id", help="id of the key, from `leaklab keys list`")
    revoke.set_defaults(run=_revoke)
    keys.add_parser("list", parents=[shared], help="list all keys, without their secrets; writes nothing"
                    ).set_defaults(run=_list)
    return parser


def _serve(args) -> None:
    # Here and below: importing tensorflow takes seconds, and --help should not wait.
    from leaklab.access import BlackBox
    from leaklab.server import serve
    from leaklab.server.run import is_local

    if not args.models and not args.demo:
        raise ValueError("no model given. Name a saved Keras model, or pass --demo.")
    paths = [Path(name) for name in args.models]
    names = [path.stem for path in paths] + ["faces"] * args.demo
    if len(set(names)) < len(names):
        raise ValueError(f"two models have one name: {', '.join(names)}. Rename a file.")
    if not is_local(args.host, args.port):
        print(printable(f"warning: host={args.host}: anyone on the network can reach this server, and there is no TLS: "
                        "keys and answers can be read on the way. Put a TLS proxy in front of it."), file=sys.stderr)
    between = _range(args.range)
    with terminated():
        models = {path.stem: BlackBox(_limited(_load(path, args), *between)) for path in paths}
        if args.demo:
            models["faces"] = BlackBox(_limited(_demo(), 0, 1))
        with serve(models, log=args.log, host=args.host, port=args.port) as server:
            try:
                print(printable(f"{', '.join(models)} at {server.url}; keys and audit log in {args.log}. "
                            "Press Ctrl-C to stop."), flush=True)
                server.wait()
            except KeyboardInterrupt:
                print("Stopping.", flush=True)


def _range(between: Sequence[float] | None) -> tuple[float | None, float | None]:
    if between is None:
        return None, None
    low, high = (v.number("range", end) for end in between)
    if low >= high:
        v.fail("range", between, "LOW must be below HIGH")
    return low, high


def _load(path: Path, args):
    from leaklab.models import adapt, load_model
    from leaklab.models.contents import Untrusted

    if path.is_dir() and not args.trust:
        raise ValueError(f"{path} is a folder, and a SavedModel is a program of TensorFlow operations that can read "
                         f"and write files: it was not run. {TRUST} Or save the model as a .keras file.")
    try:
        model = load_model(path, run_code=args.trust)
    except Untrusted as error:
        raise ValueError(f"{error.found} {TRUST}") from None
    try:
        return adapt(model, answers=args.answers)
    except Exception as error:  # a model's own code, if it is trusted, fails as it likes
        raise ValueError(f"{path} cannot be served: {error or type(error).__name__}") from error


def _limited(model, low: float | None, high: float | None):
    """The model, which takes nothing outside; its own limits stay where they are narrower."""
    from leaklab.models import adapt

    model = adapt(model)
    lows, highs = ([end for end in ends if end is not None]
                   for ends in ((model.inputs.low, low), (model.inputs.high, high)))
    model.inputs = replace(model.inputs, low=max(lows, default=None), high=min(highs, default=None))
    return model


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
    from leaklab.server import Keys, list_keys

    list_keys(args.log)  # so that no file is made of a mistyped name
    with Keys(args.log) as keys:
        keys.revoke(args.id)


def _list(args) -> None:
    from leaklab.server import list_keys

    rows = [("id", "name", "spent", "budget", "rate", "hardening", "made", "revoked")]
    rows += [(printable(key.id), _short(printable(key.name)), f"{key.spent:,}", _number(key.budget), _number(key.rate),
              printable(key.hardening) or "-", _day(key.created), _day(key.revoked)) for key in list_keys(args.log)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:{'>' if 2 <= i <= 4 else '<'}{width}}" for i, (cell, width) in
                 enumerate(zip(row, widths, strict=True))]
        print("  ".join(cells).rstrip())


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[:most - 3] + "..."


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{int(value):,}" if isinstance(value, int) or (value.is_integer() and value < 1e15) else f"{value:g}"


def _day(when: float | None) -> str:
    return "-" if when is None else time.strftime("%Y-%m-%d", time.localtime(when))


if __name__ == "__main__":
    sys.exit(main())
