"""What `leaklab doctor` looks at: environment, kernel, ports, data and speed, each with what to do about it."""

from leaklab.checks.base import (
    FAULT,
    OK,
    SYMBOLS,
    WARNING,
    Check,
    Checkup,
    Diagnosis,
    count,
    examine,
    fault,
    ok,
    total,
    warn,
    worst,
)
from leaklab.checks.examination import Examination
from leaklab.checks.standard import CHECKS

__all__ = ["CHECKS", "FAULT", "OK", "SYMBOLS", "WARNING", "Check", "Checkup", "Diagnosis", "Examination", "count",
           "examine", "fault", "ok", "total", "warn", "worst"]
