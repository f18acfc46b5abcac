"""Leaklab: what machine-learned models leak of their training data, and what it costs to keep it."""

from leaklab._validate import Refused

__all__ = ["Refused"]
