"""Where lesson 03 finds `Verdicts`, which are arithmetic on counts and live in `leaklab.metrics`."""

from leaklab.metrics import Verdicts

__all__ = ["Verdicts"]
