"""All checks that need no widget, in their order."""

from leaklab.checks import data, environment, ports
from leaklab.checks.base import Check
from leaklab.checks.kernel import kernel
from leaklab.checks.speed import speed

CHECKS = (
    Check("environment", "Python", environment.python),
    Check("environment", "packages", environment.packages),
    Check("environment", "TensorFlow", environment.tensorflow, slow=True),
    Check("environment", "processor", environment.processors),
    Check("environment", "memory", environment.memory),
    Check("environment", "disk", environment.disk),
    Check("environment", "widgets in JupyterLab", environment.front_end),
    Check("environment", "Voila", environment.voila),
    Check("kernel", "kernel", kernel, slow=True),
    *ports.CHECKS,
    Check("data", "faces", data.faces),
    Check("data", "patients", data.patients),
    Check("data", "lessons", data.lessons, slow=True, needs="TensorFlow"),
    Check("data", "optional data sets", data.optional),
    Check("speed", "speed", speed, slow=True, needs="TensorFlow"),
)
"""Every check that needs no widget, in its order."""
