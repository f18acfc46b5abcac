"""What the adversary holds: the access objects that every attack asks, and never reaches past."""

from leaklab.access.base import Access
from leaklab.access.boxes import BlackBox, WhiteBox
from leaklab.access.hardened import BudgetSpent, Hardened, LabelOnly, Metered, Noisy, Rounded, TopK
from leaklab.access.remote import RemoteApi
from leaklab.access.wire import Unreachable
from leaklab.models import Offers

__all__ = ["Access", "BlackBox", "BudgetSpent", "Hardened", "LabelOnly", "Metered", "Noisy", "Offers", "RemoteApi",
           "Rounded", "TopK", "Unreachable", "WhiteBox"]
