"""The audit of a model that somebody brings, and the report that says whether it may be shared."""

from leaklab.report.audit import Scope, audit_model
from leaklab.report.figures import roc_curves
from leaklab.report.findings import LIMITS, Finding, Measure, Recommendation, Report
from leaklab.report.policy import Policy, recommend
from leaklab.report.scorer import make_privacy_scorer

__all__ = ["LIMITS", "Finding", "Measure", "Policy", "Recommendation", "Report", "Scope", "audit_model",
           "make_privacy_scorer", "recommend", "roc_curves"]
