"""From findings to what to do with the model, by rules that an officer states: nothing is decided elsewhere."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from leaklab import _validate as v
from leaklab.report.findings import LIMITS, Finding, Recommendation

WHO = {"share": "anybody", "serve": "those who hold a key to the prediction API",
       "keep": "those who may hold the training data", "undecided": "those who may hold the training data"}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Thresholds of the rules, and who may hold what.

    Parameters
    ----------
    name : str
    prior : float in (0, 1)
        Share of members among those whom an adversary asks about, for the positive predictive value.
    must_see_auc : float in (0.5, 1]
        A membership attack that could not have seen so large a leak clears nothing.
    tolerated_auc, tolerated_tpr : float
        A leak that was shown is tolerated where the upper limits of AUC and of TPR at 1% FPR lie below. The defaults,
        0.5 and 0, tolerate none.
    group_size : int
        The smallest group of people that a file may hold figures about.
    must_compare, must_invert : bool
        Whether an access is only cleared where attacks with shadow models were run; where face inversion was, for a
        model of pictures.
    who : dict
        Decision -> who may hold the model.

    Examples
    --------
    >>> Policy(name="strict", group_size=20).group_size
    20
    """

    name: str = "Leaklab's default"
    prior: float = 0.1
    must_see_auc: float = 0.7
    tolerated_auc: float = 0.5
    tolerated_tpr: float = 0.0
    group_size: int = 10
    must_compare: bool = True
    must_invert: bool = True
    who: dict[str, str] = field(default_factory=lambda: dict(WHO))

    def __post_init__(self):
        v.number("prior", self.prior, low=0, high=1, open_low=True, open_high=True)
        v.number("must_see_auc", self.must_see_auc, low=0.5, high=1, open_low=True)
        v.number("tolerated_auc", self.tolerated_auc, low=0.5, high=1)
        v.number("tolerated_tpr", self.tolerated_tpr, low=0, high=1)
        v.integer("group_size", self.group_size, low=2)
        for name, kind in (("name", str), ("must_compare", bool), ("must_invert", bool)):
            if not isinstance(getattr(self, name), kind):
                v.fail(name, getattr(self, name), "must be text" if kind is str else "must be true or false")
        if not isinstance(self.who, dict) or (unknown := sorted(set(self.who) - set(WHO))):
            v.fail("who", self.who, f"must name decisions: {', '.join(WHO)}", f"Unknown: {unknown}." if isinstance(
                self.who, dict) else "")
        if not all(isinstance(who, str) for who in self.who.values()):
            v.fail("who", self.who, "must say in words who may hold the model")
        object.__setattr__(self, "who", {**WHO, **self.who})

    @classmethod
    def load(cls, path: str | Path) -> "Policy":
        """A policy from a TOML or JSON file of these names."""
        path = Path(path)
        if path.exists() and not path.is_file():  # of a pipe the end would be waited for
            raise ValueError(f"{path}: must be a policy file, TOML or JSON.")
        try:
            text = path.read_text(encoding="utf-8")
            given = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        except (OSError, ValueError, RecursionError) as error:
            raise ValueError(f"{path}: not a readable policy file ({error}). It is TOML or JSON.") from error
        names = [f.name for f in fields(cls)]
        if not isinstance(given, dict) or (unknown := [key for key in given if key not in names]):
            raise ValueError(f"{path}: a policy knows {', '.join(names)}"
                             + (f", and not {', '.join(map(repr, unknown))}." if isinstance(given, dict) else "."))
        try:
            return cls(**given)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Verdict:
    """What the rules say of one access: it may be given, it may not, or nobody can tell; and why."""

    limit: str
    allowed: bool | None
    reasons: tuple[str, ...]


def recommend(findings: Sequence[Finding], policy: Policy, *, pictures: bool, offered: Sequence[str]) -> Recommendation:
    """Apply the rules.

    1. A file that holds records, or figures about groups smaller than ``group_size``, is not shared.
    2. An access on which a leak of membership, attributes or faces was shown, and is not tolerated, is not given; nor
       is any that gives more.
    3. An access is not cleared where the best attack could not have seen ``must_see_auc``, or what the policy wants
       tested was not.
    4. Where members and others differ without the model, or the model is wrong about its own members, membership
       clears nothing and accuses of nothing.
    5. A promise that was found broken clears nothing.

    The access that gives most, of those cleared, is recommended: the file, or a prediction API with limits.

    Parameters
    ----------
    offered : sequence of str
        The keys of ``LIMITS`` that this model can be given with.
    """
    verdicts = [_judge(limit, findings, policy, pictures) for limit in LIMITS if limit in offered]
    cleared = next((verdict for verdict in verdicts if verdict.allowed), None)
    untested = tuple(f"{f.title}: {f.says}" for f in findings if f.outcome == "untested") + NEVER
    refused = verdicts if cleared is None else verdicts[:verdicts.index(cleared)]
    reasons = tuple(dict.fromkeys(reason for verdict in refused for reason in verdict.reasons))
    if cleared is None:
        kind = "undecided" if any(verdict.allowed is None for verdict in verdicts) else "keep"
        says = {"keep": "Keep the model like its training data.",
                "undecided": "Not decided: until it is, keep the model like its training data."}[kind]
        return Recommendation(kind, "", f"{says} Who may hold it: {policy.who[kind]}.", reasons, untested)
    if cleared.limit == "file":
        says = f"The file may be shared. Who may hold it: {policy.who['share']}."
        return Recommendation("share", "", says, cleared.reasons, untested)
    limit = "" if cleared.limit == "scores" else cleared.limit
    says = (f"Keep the file like the training data, and serve it with a limit: {LIMITS[cleared.limit]}. Who may ask: "
            f"{policy.who['serve']}.")
    return Recommendation("serve", limit, says, (*reasons, *cleared.reasons), untested)


NEVER = ("Adversaries who know more than the stated ones, ask in other ways, or combine this model with other "
         "releases; what the model tells about people in general; copies of the training data elsewhere.",)


def _judge(limit: str, findings: Sequence[Finding], policy: Policy, pictures: bool) -> _Verdict:
    name, order = LIMITS[limit], list(LIMITS)
    below = order[order.index(limit):]  # what this access gives, and what is made of it
    against = [f"{name}: {f.title[0].lower()}{f.title[1:]} (rule 1)" for f in findings
               if limit == "file" and f.section == "structure" and f.outcome == "leak"]
    against += [f"{name}: {f.title}, from {LIMITS[f.access]}: {f.says} (rule 2)" for f in findings
                if f.section in ("attributes", "inversion") and f.outcome == "leak" and f.access in below]
    against += [f"{f.title}: {f.says} (rule 5)" for f in findings if f.section == "guarantee" and f.outcome == "leak"]
    doubts = [f"{f.says} (rule 4)" for f in findings if f.section == "comparison" and f.outcome == "caution"]
    beyond = {f.title for f in findings if f.section in ("attributes", "inversion") and f.outcome == "leak"} - {
        f.title for f in findings if f.access in below}
    doubts += [f"{name}: {title} succeeds with more than this, and with this was not tested (rule 3)"
               for title in sorted(beyond)]
    attacks = [f for f in findings if f.section == "membership" and f.measures and f.access in below]
    shown = [f for f in attacks if f.outcome == "leak" and not _tolerated(f, policy)]
    if shown and not doubts:
        worst = max(shown, key=lambda f: f.measures[0].value)
        against.append(f"{name}: {worst.title} tells members from others, {worst.measures[0]} (rule 2)")
    own = [f for f in attacks if f.access == ("scores" if limit == "file" else limit)]
    least = min((f.measures[0].least or 1.0 for f in own), default=None)
    if least is None:
        doubts.append(f"{name}: membership was not tested (rule 3)")
    elif least > policy.must_see_auc:
        doubts.append(f"{name}: with so few records only a leak of AUC {least:.2f} or more would have been seen, and "
                      f"the policy asks for {policy.must_see_auc:g} (rule 3)")
    for what, asked, done in (
            ("no attack with shadow models was run", policy.must_compare, any("shadow" in f.knowledge for f in own)),
            ("face inversion was not tested", policy.must_invert and pictures, any(
                f.section == "inversion" and f.outcome != "untested" for f in findings))):
        if asked and not done:
            doubts.append(f"{what} (rule 3)")
    if against or doubts:
        return _Verdict(limit, False if against else None, tuple(against + doubts))
    clean = (f"{name}: no leak was shown by {len(attacks)} attacks on membership, of which the best would have seen an "
             f"AUC of {least:.2f} four times in five.")
    return _Verdict(limit, True, (clean,))


def _tolerated(finding: Finding, policy: Policy) -> bool:
    return all(measure.high <= (policy.tolerated_auc if measure.name == "AUC" else policy.tolerated_tpr)
               for measure in finding.measures if measure.p_value is not None)
