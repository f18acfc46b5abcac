"""What the adversary holds: the access objects that every attack asks, and never reaches past."""

from leaklab.access.base import Access, Offers
from leaklab.access.blackbox import BlackBox
from leaklab.access.whitebox import WhiteBox

__all__ = ["Access", "BlackBox", "Offers", "WhiteBox"]
