"""Was this record in the training data? Every registered attack, on every access that the model could be given with."""

from dataclasses import dataclass
from types import NoneType

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, Offers
from leaklab.attacks import ATTACKS, GradientNorm, MembershipAttack, scores_in_turns
from leaklab.attacks.in_turns import Recorded
from leaklab.metrics import (
    NotResolvable,
    Rate,
    Verdicts,
    auc,
    auc_p_value,
    exposure,
    least_auc,
    least_tpr,
    over_targets,
    roc,
    tpr_p_value,
)
from leaklab.report.budget import Budget
from leaklab.report.findings import LIMITS, Curve, Finding, Measure
from leaklab.report.retrain import Answers
from leaklab.report.sample import Sample
from leaklab.server.hardening import parse_hardening

LEVEL = 0.01
"""Chance that an audit of a model that does not leak finds one all the same: all of its tests together."""
LOW_FPR = 0.01
EXPOSED_BY = "LiRA"
"""The attack that says who is exposed, chosen beforehand."""


@dataclass(frozen=True, eq=False)
class Inference:
    """What the membership attacks gave.

    Attributes
    ----------
    findings : tuple of Finding
    curves : tuple of Curve
    scores : dict of str to float array (units,)
        By attack, with all scores or the file; higher for members.
    turns : dict of str to float array (1 + k, units)
        The same for the shadow models too, each in its turn the target; empty without shadow models.
    exposed : bool array (units,) or None
    """

    findings: tuple[Finding, ...]
    curves: tuple[Curve, ...]
    scores: dict[str, np.ndarray]
    turns: dict[str, np.ndarray]
    exposed: np.ndarray | None
    __repr__ = summary


def infer(access: Access, sample: Sample, answers: Answers, budget: Budget, limits: list[str], *, prior: float
          ) -> Inference:
    """Attack the model on every access, and test all that was found together.

    Parameters
    ----------
    limits : list of str
        What the access can be given with: see `limits_of`.
    prior : float
        Share of members among those whom an adversary asks about, for the positive predictive value.
    """
    column, member = access.encode(sample.y), sample.member[sample.first]
    by_access: dict[str, dict[str, np.ndarray]] = {limit: {} for limit in LIMITS}
    turns: dict[str, np.ndarray] = {}
    untested: dict[str, str] = {}
    if access.offers >= Offers.PARAMETERS:
        budget.tell("gradient norms")
        by_access["file"]["gradient norm"] = sample.by_unit(GradientNorm()(access, sample.x, sample.y).score)
    for limit in limits:
        seen = hardened(answers.p, limit)
        for name, attack in ATTACKS.items():
            budget.tell(f"{name}, {LIMITS[limit]}")
            try:
                found = sample.by_unit(_scores(attack, seen, column, answers))
            except v.Refused as error:
                untested[name] = str(error)
                continue
            by_access[limit][name] = found[0]
            if limit == limits[0]:
                turns[name] = found
    findings = _tested(by_access, member, prior, _knows(answers))
    findings += [Finding("membership", name, "untested", f"Not tested: {why}") for name, why in untested.items()]
    curves = tuple(Curve(name, limit, *_points(score, member)) for limit, found in by_access.items()
                   for name, score in found.items() if limit in ("file", limits[0], "labels"))
    scores = {**by_access[limits[0]], **by_access["file"]}
    if not answers.shadows:
        return Inference(tuple(findings), curves, scores, {}, None)
    told, exposed = _recipe(turns[EXPOSED_BY], answers.trained_on[:, sample.first])
    return Inference((*findings, *told), curves, scores, turns, exposed)


def limits_of(access: Access, p: np.ndarray | None = None) -> list[str]:
    """What this access can be given with, from most to least: keys of ``LIMITS`` but the file.

    Nothing finer than its answers ``p`` (n, classes), where these are given: a key's may have been rounded on the way,
    and what finer ones leak was not tested.
    """
    limits = [limit for limit in LIMITS if limit != "file"] if access.offers >= Offers.SCORES else ["labels"]
    while p is not None and len(limits) > 1 and np.allclose(hardened(p[None], limits[1])[0], p, atol=1e-6):
        limits = limits[1:]
    return limits


def _scores(attack: MembershipAttack, seen: np.ndarray, column: np.ndarray, answers: Answers) -> np.ndarray:
    """Scores (1 + k, n) of the brought model and the shadow models in turn; (1, n) where there are none."""
    if answers.shadows:
        return scores_in_turns(attack, seen, column, answers.trained_on)
    if NoneType not in attack.knows:
        raise v.Refused(f"{answers.how}.")
    return attack(Access(Recorded(seen[0])), np.arange(len(column))[:, None], column).score[None]


def hardened(p: np.ndarray, limit: str) -> np.ndarray:
    """Answers (m, n, classes) as an access with ``limit`` gives them; the adversary's own models go through it too."""
    if limit == "scores":
        return p
    harden, numbers = parse_hardening(limit), np.arange(p.shape[1])[:, None]
    return np.stack([harden(Access(Recorded(answers))).probabilities(numbers) for answers in p])


def _knows(answers: Answers) -> str:
    return f"{answers.shadows} shadow models" if answers.shadows else "nothing else"


def _tested(by_access, member: np.ndarray, prior: float, knows: str) -> list[Finding]:
    """A finding for every attack on every access; a leak where its p-value times all tests is below `LEVEL`."""
    tests = 2 * sum(map(len, by_access.values()))
    return [_finding(name, limit, score, member, prior, LEVEL / tests, knows)
            for limit, found in by_access.items() for name, score in found.items()]


def _finding(name, limit, score, member, prior, level, knows) -> Finding:
    members, others = int(member.sum()), int((~member).sum())
    area, curve = auc(score, member), roc(score, member)
    measures = [Measure("AUC", area.value, area.low, area.high, 0.5, auc_p_value(score, member),
                        least_auc(members, others, level=level))]
    found = curve.tpr_at(LOW_FPR)
    if not isinstance(found, NotResolvable):
        measures.append(Measure(f"TPR at {LOW_FPR:.0%} FPR", found.value, found.low, found.high, LOW_FPR,
                                tpr_p_value(found.successes, members, others, LOW_FPR),
                                least_tpr(members, others, LOW_FPR, level=level)))
        right = Verdicts(found, Rate(int(LOW_FPR * others + 1e-9), others)).precision(prior)
        name_of = f"PPV at {LOW_FPR:.0%} FPR, prior {prior:g}"
        measures.append(Measure(name_of, right.value, right.low, right.high, prior))
    leak = min(measure.p_value for measure in measures if measure.p_value is not None) <= level
    says = (f"Members are told from others: {measures[0]}." if leak else
            f"No leak shown: {measures[0]}, where guessing gives 0.50. An AUC of {measures[0].least:.2f} would have "
            "been seen four times in five.")
    knowledge = "nothing else" if name in ("gradient norm", "loss threshold") else knows
    return Finding("membership", name, "leak" if leak else "clean", says, limit, knowledge, tuple(measures))


def _points(score, member) -> tuple[tuple[float, ...], tuple[float, ...]]:
    curve = roc(score, member)
    kept = np.unique(np.linspace(0, len(curve.fpr) - 1, 400).astype(int))
    return tuple(curve.fpr[kept].tolist()), tuple(curve.tpr[kept].tolist())


def _recipe(turns: np.ndarray, inside: np.ndarray) -> tuple[list[Finding], np.ndarray | None]:
    """What models trained like this one leak, over all turns; and who is exposed by them."""
    asked = (inside.sum(axis=0) > 0) & (~inside).any(axis=0)
    found = over_targets(turns[:, asked], inside[:, asked])
    said = [Finding("membership", f"{EXPOSED_BY}, {len(turns)} models in turn", "information",
                    "What training in this way leaks on average: each model in its turn is the target, the others its "
                    "shadow models.", measures=(
                        Measure("AUC", found.auc.value, found.auc.low, found.auc.high, 0.5),))]
    try:
        who = exposure(turns[:, asked], inside[:, asked], fpr=0.05)
    except ValueError as error:
        return [*said, Finding("membership", "who is exposed", "untested", str(error))], None
    exposed = np.zeros(len(asked), bool)
    exposed[asked] = who.exposed()
    told = Finding("membership", "who is exposed", "information",
                   f"{exposed.sum():,} of {len(exposed):,} records are shown to be exposed by models trained in this "
                   "way (false discoveries at most 5%). A record that is not marked is not shown to be safe.")
    return [*said, told], exposed
