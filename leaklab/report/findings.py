"""What an audit found, as numbers and sentences: pages, JSON and recommendations are made of this one thing."""

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v

SCHEMA = "leaklab-audit-1"
OUTCOMES = ("leak", "clean", "caution", "untested", "information")
"""Leak: shown. Clean: looked for and not shown. Caution: a fact to weigh. Untested: not looked for, and why."""
SECTIONS = ("comparison", "utility", "structure", "membership", "groups", "attributes", "inversion", "guarantee")
LIMITS = {"file": "the file itself", "scores": "all scores", "rounded=2": "scores, two decimals",
          "topk=1,rounded=1": "the first class with its score, one decimal", "labels": "labels only"}
"""What the holder of an access has, from most to least: by the names that `leaklab keys add --hardening` takes."""


@dataclass(frozen=True)
class Measure:
    """A measured number between its limits.

    Attributes
    ----------
    name : str
    value, low, high : float
        With a 95% interval, unless the finding says otherwise.
    chance : float, optional
        What guessing gives.
    p_value : float, optional
        One-sided: that it is no more than chance.
    least : float, optional
        The smallest value that this test would have told from chance four times in five.
    """

    name: str
    value: float
    low: float
    high: float
    chance: float | None = None
    p_value: float | None = None
    least: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    section : str
        One of ``SECTIONS``.
    title : str
    outcome : str
        One of ``OUTCOMES``.
    says : str
        What was found, in words; for "untested" the reason and the remedy.
    access : str
        What the adversary holds: a key of ``LIMITS``, or empty where that does not matter.
    knowledge : str
        What else the adversary knows.
    measures : tuple of Measure
    """

    section: str
    title: str
    outcome: str
    says: str
    access: str = ""
    knowledge: str = ""
    measures: tuple[Measure, ...] = ()

    def __post_init__(self):
        v.one_of("section", self.section, SECTIONS)
        v.one_of("outcome", self.outcome, OUTCOMES)
        v.one_of("access", self.access, ("", *LIMITS))


@dataclass(frozen=True)
class Curve:
    """The ROC curve of one attack; `Finding.title` and `Finding.access` name it."""

    title: str
    access: str
    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


@dataclass(frozen=True)
class GroupLeak:
    """How well members of one group are told from others of it, by the attack that the section's finding names."""

    column: str
    value: str
    members: int
    others: int
    auc: Measure


@dataclass(frozen=True)
class Recommendation:
    """What the policy's rules make of the findings.

    Attributes
    ----------
    decision : {"share", "serve", "keep", "undecided"}
        Share the file; serve it with ``limits``; keep it like the data; not decided by this audit.
    limits : str
        For "serve": as `leaklab keys add --hardening` takes it; empty for all scores.
    says : str
        The decision in a sentence.
    reasons : tuple of str
        Each with the rule that it comes from.
    untested : tuple of str
        What nobody tested.
    """

    decision: str
    limits: str
    says: str
    reasons: tuple[str, ...]
    untested: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Report:
    """The model privacy report: findings, and what to do with the model.

    Attributes
    ----------
    created : str
        Day and time, ISO 8601, UTC.
    version : str
        Of Leaklab.
    seconds : float
    model, data, settings, policy : dict
        What was audited, on which records, how, and by whose rules: words and numbers by name.
    findings : tuple of Finding
    curves : tuple of Curve
    groups : tuple of GroupLeak
    recommendation : Recommendation
    records : pandas.DataFrame
        A row for every record: where it stands, whether it is a member, each attack's score, whether it is exposed.
    pictures : tuple of (float array (height, width, ...), float array, str)
        For image models: recovered, true mean, name.
    """

    created: str
    version: str
    seconds: float
    model: dict[str, Any]
    data: dict[str, Any]
    settings: dict[str, Any]
    policy: dict[str, Any]
    findings: tuple[Finding, ...]
    curves: tuple[Curve, ...]
    groups: tuple[GroupLeak, ...]
    recommendation: Recommendation
    records: pd.DataFrame = field(repr=False)
    pictures: tuple = field(default=(), repr=False)

    @property
    def clean(self) -> bool:
        """Whether membership was tested, and no attack showed a leak, on any access. What lies in the file is apart."""
        attacked = [f for f in self.findings if f.section in ("membership", "attributes", "inversion", "guarantee")]
        return any(f.section == "membership" and f.outcome == "clean" for f in attacked) and all(
            f.outcome != "leak" for f in attacked)

    def save(self, folder: Any) -> list:
        """Write the report as HTML, PDF, JSON and CSV: see `leaklab.report.save.save`."""
        from leaklab.report.save import save  # which draws pages, and those know what a report is

        return save(self, folder)

    def of(self, section: str) -> list[Finding]:
        """The findings of one section."""
        return [finding for finding in self.findings if finding.section == section]

    def __repr__(self) -> str:
        return f"Report({self.recommendation.says})"

    def to_dict(self) -> dict[str, Any]:
        """All of it but records and pictures, for JSON: see ``schema.json`` beside this module."""
        found = {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name not in ("records", "pictures")}
        return {"schema": SCHEMA, **found}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if np.isfinite(value) else None  # JSON knows no other
    return value if value is None or isinstance(value, str | int | bool) else str(value)
