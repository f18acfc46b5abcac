"""The demonstration without a screen: real runs, as one page to print, to hand out, and to show when all else fails.

    python -m leaklab.demo --out build/demo --only exposed
"""

from leaklab.demo.command import main

__all__ = ["main"]
