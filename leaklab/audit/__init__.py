"""Is the guarantee true? Measured epsilon: lower bounds, valid at a stated confidence, to hold against the promise."""

from leaklab.audit.bounds import METHODS, epsilon_from_counts, lower_limits
from leaklab.audit.canaries import CanaryAudit, plant
from leaklab.audit.mechanism import MechanismAudit, audit_mechanism
from leaklab.audit.onerun import OneRun, one_run, one_run_epsilon
from leaklab.audit.planted import BUGS, PlainTrainer, curtain
from leaklab.audit.promise import AuditResult, Promise, hold
from leaklab.audit.scores import Measured, epsilon_lower_bound
from leaklab.audit.suspects import FLAWS, Suspect, suspects
from leaklab.privacy import gaussian_epsilon

__all__ = ["BUGS", "FLAWS", "METHODS", "AuditResult", "CanaryAudit", "Measured", "MechanismAudit", "OneRun",
           "PlainTrainer", "Promise", "Suspect", "audit_mechanism", "curtain", "epsilon_from_counts",
           "epsilon_lower_bound", "gaussian_epsilon", "hold", "lower_limits", "one_run", "one_run_epsilon", "plant",
           "suspects"]
