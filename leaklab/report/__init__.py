"""The audit of a model that somebody brings, and the report that says whether it may be shared."""

from leaklab.report.audit import Scope, audit_model
from leaklab.report.findings import Finding, Measure, Recommendation, Report
from leaklab.report.policy import Policy
from leaklab.report.scorer import make_privacy_scorer

__all__ = ["Finding", "Measure", "Policy", "Recommendation", "Report", "Scope", "audit_model",
           "make_privacy_scorer"]
