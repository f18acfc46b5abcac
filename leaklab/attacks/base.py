"""What all attacks share: frozen settings, a declared need, and one check before they run."""

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

from leaklab import _validate as v
from leaklab.access import Access, Offers


@dataclass(frozen=True, kw_only=True)
class Attack(ABC):
    """An attack: settings in the constructor; access, data and ``rng`` in the call; a frozen result out."""

    needs: ClassVar[Offers]

    def _check(self, access: Access) -> None:
        if not isinstance(access, Access):
            v.fail("access", access, "must be an access object", "Wrap the model: WhiteBox(model) or BlackBox(model).")
        access.require(self.needs, type(self).__name__)
