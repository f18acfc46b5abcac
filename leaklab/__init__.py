"""Leaklab: what machine-learned models leak of their training data, and what it costs to keep it."""

import os
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from leaklab._validate import Refused

__all__ = ["Refused", "__version__", "audit_model", "make_privacy_scorer"]

if "tensorflow" not in sys.modules:  # its notes on this computer are not our subject; a level of your own stays
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    __version__ = version("leaklab")
except PackageNotFoundError:  # a checkout that is not installed
    _project = Path(__file__).parents[1] / "pyproject.toml"
    __version__ = tomllib.loads(_project.read_text(encoding="utf-8"))["project"]["version"]


def __getattr__(name: str):
    if name in ("audit_model", "make_privacy_scorer"):  # they need everything, for which `import leaklab` does not wait
        from leaklab import report

        return getattr(report, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
