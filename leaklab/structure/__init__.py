"""What a model's file gives away as it is, before any attack: records, small groups, names, room to memorize."""

from leaklab.structure.finding import Structure
from leaklab.structure.inspection import inspect

__all__ = ["Structure", "inspect"]
