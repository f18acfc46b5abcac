"""The audit of a brought model: everything that its access and the time allow, in one report."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

import leaklab
from leaklab import _validate as v
from leaklab.access import Access, BlackBox, Offers, WhiteBox
from leaklab.audit import Promise
from leaklab.models import Model, adapt
from leaklab.privacy import Guarantee
from leaklab.report.attributes import infer_column
from leaklab.report.budget import Budget
from leaklab.report.comparison import compare, use
from leaklab.report.faces import recover
from leaklab.report.findings import LIMITS, Finding, Report
from leaklab.report.guarantee import keep_promise
from leaklab.report.membership import EXPOSED_BY, Inference, infer, limits_of
from leaklab.report.policy import Policy, recommend
from leaklab.report.retrain import Answers, ask_all, recipe_of
from leaklab.report.sample import Sample, sample
from leaklab.report.subgroups import by_groups
from leaklab.structure import Structure, inspect

TRAINING = 0.5
"""Share of the time that shadow models may take."""
OF_ANSWERS = ("few with the same answer", "certain answers")
"""Structural findings about what the model says, not about what its file holds."""
SEVERE = {"holds records": "leak", "small groups": "leak", "little room": "caution"}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an audit looks into, and for how long.

    Parameters
    ----------
    minutes : float
        What does not fit in is left out, and said.
    shadow_models : int
        At most so many are trained, where time allows; fewer than 8 show nothing, and none is trained.
    groups : tuple of str
        Columns by whose values the leak is told apart.
    sensitive : tuple of str
        Columns to infer.
    promise : Promise or Guarantee, optional
        An epsilon that the training states.
    name : str
        Of the model, for the title; that of its class where left out.
    notes : tuple of str
        What a reader should know of where model and records come from.
    """

    minutes: float = 3.0
    shadow_models: int = 64
    groups: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    promise: Promise | Guarantee | None = None
    name: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        v.number("minutes", self.minutes, low=0, open_low=True)
        v.integer("shadow_models", self.shadow_models, low=0)
        for name in ("groups", "sensitive"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))


def audit_model(model: Any, members: Any, others: Any, *, scope: Scope | None = None, fit: Any = None,
                policy: Policy | None = None, rng=0, progress: v.Progress | None = None) -> Report:
    """Attack a model on its own training data, and say by stated rules what may be done with it.

    Parameters
    ----------
    model : object
        A fitted scikit-learn classifier or pipeline, a Keras model, or whatever `leaklab.models.adapt` takes: then the
        file itself is judged too. Or an access object, such as `BlackBox(model)` or `RemoteApi(url)`: then only what it
        offers is.
    members, others : Records, Faces, or a tuple (x, y) or (x, y, person)
        Records in the training data, and others drawn like them that are not. ``y`` are labels as the model has them.
    scope : Scope, optional
    fit : callable, recipe, estimator or compiled Keras model, optional
        How such models are trained: ``fit(x, y, rng)`` returns one. A scikit-learn classifier is itself the recipe
        (`sklearn.base.clone`), and so is a Keras model with a compiled optimizer.
    policy : Policy, optional
    rng : int or numpy.random.Generator
        The same ``rng`` gives the same report, but for how many shadow models the time allows.
    progress : callable, optional
        ``progress(done, total, message)``, in seconds of the budget; it may raise to stop.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        Where nothing can be tested: too few records, all members among the others, records that the model refuses.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> x, y = load_breast_cancer(return_X_y=True)
    >>> model = KNeighborsClassifier(1).fit(x[:250], y[:250])
    >>> report = audit_model(model, (x[:250], y[:250]), (x[250:], y[250:]), scope=Scope(minutes=1))
    >>> report.clean, report.recommendation.decision
    (False, 'keep')
    """
    scope, policy, rng = scope or Scope(), policy or Policy(), v.generator(rng)
    budget = Budget(scope.minutes, progress)
    access = model if isinstance(model, Access) else _whole(model)
    says = getattr(model, "answers", "auto") if isinstance(model, Model) else "auto"
    model = model.original if isinstance(model, Model) else model
    budget.tell("reading the records")
    asked = sample(access, members, others, rng=rng)
    column = access.encode(asked.y)
    _check_columns(scope, asked)
    findings = [compare(asked, column, rng=rng), *_structure(model, access, asked, policy, budget)]
    recipe, how = recipe_of(model, fit, access.classes, int(asked.member.sum()), answers=says)
    answers = ask_all(access, asked, recipe, how, budget, seconds=TRAINING * budget.seconds,
                      most=scope.shadow_models, rng=rng)
    findings += use(answers.p[0], asked, column)
    file = not isinstance(model, Access)
    limits = limits_of(access, None if file else answers.p[0])
    found = infer(access, asked, answers, budget, limits, prior=policy.prior)
    findings += found.findings
    if limits[0] != limits_of(access)[0]:
        findings.append(Finding("membership", "finer answers", "untested", "Not tested: this access answers no finer "
                                f"than {LIMITS[limits[0]]}. To give more, audit the model, or all of its scores."))
    told, groups = by_groups(asked, scope.groups, found, answers)
    findings += told
    for name in scope.sensitive:
        budget.tell(f"attribute {name}")
        findings += infer_column(access, asked, name, len(scope.sensitive), limits, rng=rng)
    if not scope.sensitive:
        findings.append(Finding("attributes", "attribute inference", "untested", "Not tested: no sensitive column was "
                                "named."))
    faces, pictures = recover(access, asked, budget, rng=rng)
    findings += faces
    if scope.promise is not None:
        findings += keep_promise(scope.promise, recipe, asked, column, found.scores, budget, seconds=answers.seconds,
                                 rng=rng)
    offered = [*(["file"] if file else []), *limits]
    advice = recommend(findings, policy, pictures=asked.pictures, offered=offered)
    return Report(datetime.now(UTC).isoformat(timespec="seconds"), leaklab.__version__, round(budget.spent(), 1),
                  _about(model, access, scope), _data(asked), _settings(scope, answers), policy.to_dict(),
                  tuple(findings), found.curves, groups, advice, _records(asked, found, scope), pictures)


def _whole(model: Any) -> Access:
    adapted = adapt(model)
    return WhiteBox(adapted) if adapted.offers >= Offers.GRADIENTS else BlackBox(adapted)


def _check_columns(scope: Scope, asked: Sample) -> None:
    known = ", ".join(map(repr, asked.table.columns)) or "no names"
    for argument in ("groups", "sensitive"):
        for name in getattr(scope, argument):
            if name not in asked.table.columns:
                v.fail(argument, name, f"is no column of the records, which have {known}")


def _structure(model: Any, access: Access, asked: Sample, policy: Policy, budget: Budget) -> list[Finding]:
    if isinstance(model, Access):
        return [Finding("structure", "what lies in the file", "untested", "Not tested: only an access to the model was "
                        "given.", "file")]
    budget.tell("what lies in the file")
    rows, inside = np.flatnonzero(asked.member), asked.member
    x = asked.x.iloc[rows] if hasattr(asked.x, "columns") else asked.x[rows]
    found = inspect(model, x, asked.y[inside], group_size=policy.group_size,
                    people=None if asked.person is None else asked.person[inside])
    return [Finding("structure", each.title, _outcome(each),
                    each.says + (f" ({each.where})" if each.where else ""), "file") for each in found]


def _outcome(found: Structure) -> str:
    outcome = SEVERE.get(found.severity, "information")
    return "caution" if outcome == "leak" and found.kind in OF_ANSWERS else outcome


def _about(model: Any, access: Access, scope: Scope) -> dict[str, Any]:
    return {"name": scope.name or type(model).__name__, "kind": type(model).__name__,
            "offers": access.offers.name.lower(), "classes": len(access.classes),
            "class names": [str(name) for name in access.classes[:20]], "queries": access.queries}


def _data(asked: Sample) -> dict[str, Any]:
    members, others = asked.counts()
    return {"members": members, "others": others, "rows": len(asked), "rows of members": int(asked.member.sum()),
            "unit": "record" if asked.person is None else "person", "notes": list(asked.notes)}


def _settings(scope: Scope, answers: Answers) -> dict[str, Any]:
    return {"minutes": scope.minutes, "groups": list(scope.groups), "sensitive": list(scope.sensitive),
            "promise": None if scope.promise is None else str(scope.promise), "shadow models": answers.shadows,
            "shadow training": answers.how, "notes": list(scope.notes)}


def _records(asked: Sample, found: Inference, scope: Scope) -> pd.DataFrame:
    """A row for every unit, most exposed first."""
    first = asked.first
    table = pd.DataFrame({"record": asked.rows[first], "member": asked.member[first], "label": asked.y[first]})
    if asked.person is not None:
        table.insert(1, "person", asked.person[first])
    for name in dict.fromkeys((*scope.groups, *scope.sensitive)):
        table[name] = asked.table[name].iloc[first].to_numpy()
    for name, score in found.scores.items():
        table[f"score: {name}"] = score
    table["exposed"] = pd.NA if found.exposed is None else found.exposed
    best = EXPOSED_BY if EXPOSED_BY in found.scores else next(iter(found.scores))
    return table.sort_values(["exposed", f"score: {best}"], ascending=False, kind="stable", ignore_index=True)


