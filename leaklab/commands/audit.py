"""``leaklab audit``: a model, its members and others in; a report out."""

import argparse
import logging
import re
import sys
import warnings
from dataclasses import replace
from pathlib import Path

from leaklab import _validate as v
from leaklab._repr import printable

ABOUT = """Attack a model on its own training data, and write a report (HTML, PDF, JSON,
and a table of all records) that says by stated rules whether its file may be
shared, or with which limits it may be served."""
EXAMPLE = """examples:
  leaklab audit model.joblib --trust --members in.csv --others out.csv --label Status
  leaklab audit faces.keras --members trained_on/ --others held_back/
  leaklab audit http://127.0.0.1:8501 --name tree --members in.csv --others out.csv \\
    --label outcome

Members are records that the model was trained on; others were drawn like them,
and it was not trained on them: a random part that was held back. A table needs
--label; an endpoint's key is read from LEAKLAB_KEY.
"""
REMEDY = re.compile(r"""\b(missing_values|missing|drop|person|answers)=(?>(?:\('([^']*)',\)|['"]([^'"]*)['"])?)(?!:)""")


def add_audit(commands) -> None:
    """Add the command to a parser's subparsers."""
    one = commands.add_parser(
        "audit", help="attack a model on its own training data; write a report that says whether it may be shared",
        description=ABOUT, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter)
    one.add_argument("model", metavar="MODEL", help=".keras or .h5; with --trust also .joblib, .pkl or a SavedModel "
                                                    "folder; or the address of a prediction API")
    one.add_argument("--members", required=True, metavar="FILE",
                     help="CSV, or a folder with a subfolder of photographs for every person")
    one.add_argument("--others", required=True, metavar="FILE", help="the same of others")
    one.add_argument("--label", metavar="COLUMN", help="what the model predicts")
    one.add_argument("--person", metavar="COLUMN", help="whose row it is, where people have several")
    one.add_argument("--groups", nargs="+", default=[], metavar="COLUMN", help="tell the leak apart by their values")
    one.add_argument("--sensitive", nargs="+", default=[], metavar="COLUMN", help="infer these from the rest")
    one.add_argument("--drop", nargs="+", default=[], metavar="COLUMN", help="columns that the model does not take")
    one.add_argument("--missing", choices=("refuse", "drop", "keep"), help="rows with empty cells (default: keep where "
                                                                           "the model takes them, else refuse)")
    one.add_argument("--missing-values", nargs="+", metavar="TEXT", help="what else than an empty cell means that "
                                                                         "nothing was measured, e.g. None unknown")
    one.add_argument("--classes", nargs="+", metavar="LABEL", help="the model's labels in the order of its answers, "
                                                                   "where it does not tell")
    one.add_argument("--answers", choices=("auto", "probabilities", "logits"), default="auto",
                     help="what the model returns, where its last layer does not tell (default: %(default)s)")
    one.add_argument("--range", nargs=2, type=float, default=(0.0, 1.0), metavar=("LOW", "HIGH"),
                     help="what black and white of a photograph are to the model (default: 0 1)")
    one.add_argument("--name", dest="endpoint", metavar="NAME", help="of the model at the address, where it serves "
                                                                      "several")
    one.add_argument("--epsilon", type=float, help="what training promises, to hold against what is measured")
    one.add_argument("--delta", type=float, default=1e-5, help="of the promise (default: %(default)s)")
    one.add_argument("--fit", metavar="FILE.py:NAME",
                     help="how such models are trained: a function fit(x, y, rng) that returns one; needs --trust")
    one.add_argument("--policy", metavar="FILE", help="thresholds of the rules, TOML or JSON")
    one.add_argument("--minutes", type=float, default=3.0, help="what does not fit in is left out, and said (default: "
                                                                "%(default)g)")
    one.add_argument("--shadow-models", type=int, default=64, metavar="NUMBER",
                     help="at most so many, where time allows (default: %(default)s; 0 for none)")
    one.add_argument("--out", default="leaklab-report", metavar="FOLDER", help="default: %(default)s")
    one.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    one.add_argument("--trust", action="store_true",
                     help="run code from the files: a pickle or joblib file is a program, as are Lambda layers and "
                          "SavedModel folders; only for files whose author you trust with this machine")
    one.set_defaults(run=_audit)


def _audit(args) -> None:
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what strangers' training warns of, 64 times
        warnings.filterwarnings("always", category=UserWarning, module="leaklab")
        warnings.showwarning = _say
        try:
            _report(args)
        except ValueError as error:
            raise ValueError(_as_options(str(error))) from error


def _as_options(text: str) -> str:
    """A remedy in Python as the option of the same name.

    >>> _as_options("drop='x': is needed. Pass missing='drop', or drop=('id',).")
    "drop='x': is needed. Pass --missing drop, or --drop id."
    >>> _as_options("Pass missing_values=('None',) if it means not measured.")
    'Pass --missing-values None if it means not measured.'
    """
    return REMEDY.sub(lambda found: " ".join(filter(None, (
        f"--{found[1].replace('_', '-')}", found[2] or found[3]))), text)


def _say(message, category, filename, lineno, file=None, line=None) -> None:
    print(printable(f"note: {_as_options(str(message))}"), file=sys.stderr)


def _report(args) -> None:
    from leaklab.audit import Promise
    from leaklab.report import Policy, Scope, audit_model
    from leaklab.report.brought import Told, open_fit, open_model, open_records, people_in
    from leaklab.report.save import check_folder, save

    folder = check_folder(args.out)  # absolute: code that is run may go elsewhere
    policy = Policy() if args.policy is None else Policy.load(args.policy)
    told = Told(label=args.label, person=args.person, drop=tuple(args.drop), missing=args.missing,
                missing_values=tuple(args.missing_values) if args.missing_values else None,
                classes=tuple(args.classes) if args.classes else None, answers=args.answers, low=args.range[0],
                high=args.range[1], trust=args.trust)
    v.number("delta", args.delta, low=0, high=1, open_high=True)
    promise = None if args.epsilon is None else Promise(args.epsilon, args.delta, says="its owner",
                                                        unit="record" if args.person is None else "person")
    fit = open_fit(args.fit, args.trust)
    if told.classes is None and (people := people_in(args.members, args.others)):
        told = replace(told, classes=people)
    model = open_model(args.model, told, args.endpoint)
    members, others, notes = open_records(args.members, args.others, model, told, (*args.groups, *args.sensitive))
    scope = Scope(minutes=args.minutes, shadow_models=args.shadow_models, groups=tuple(args.groups),
                  sensitive=tuple(args.sensitive), promise=promise, notes=notes,
                  name=Path(args.model).name or args.model)
    tell = _Progress()
    report = audit_model(model, members, others, scope=scope, fit=fit, policy=policy, rng=args.seed, progress=tell)
    tell.end()
    files = save(report, folder)
    print(printable(report.recommendation.says))
    for reason in report.recommendation.reasons:
        print(printable(f"- {reason}"))
    print(printable(f"Report: {', '.join(str(file) for file in files)}"))


class _Progress:
    """One line on a terminal, rewritten; else a line for every tenth of the time."""

    def __init__(self):
        self._shown = -1

    def __call__(self, done: int, total: int, message: str) -> None:
        if sys.stderr is None:
            return
        line = f"{done} s, at most {total - done} s left: {message}"
        if sys.stderr.isatty():
            print(f"\r{printable(line)[:100]:100}", end="", file=sys.stderr, flush=True)
        elif 10 * done // max(total, 1) > self._shown:
            self._shown = 10 * done // max(total, 1)
            print(printable(line), file=sys.stderr, flush=True)

    def end(self) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            print(file=sys.stderr)
