"""What all attacks share: frozen settings, what they need and what they may know, and the one way to run them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.knowledge import Shadow, Shadows


@dataclass(frozen=True, kw_only=True)
class Attack(ABC):
    """An attack: settings in the constructor; access, target and knowledge in the call; a frozen result out.

    Attributes
    ----------
    needs : Offers
        What the access must offer, at least.
    knows : tuple of types
        What the adversary may know beside it: kinds of ``knowledge``. ``NoneType`` among them: it may be left out.
    """

    needs: ClassVar[Offers]
    knows: ClassVar[tuple[type, ...]] = (type(None),)

    @final
    def __call__(self, access: Access, *target: Any, knowledge: Any = None, rng=0,
                 progress: v.Progress | None = None) -> Any:
        """Run the attack.

        Parameters
        ----------
        access : Access
            The model under attack, as the adversary sees it.
        *target
            What is asked about: records and their labels, or people. See the kind of attack.
        knowledge : optional
            What the adversary knows beside it: one of ``knows``.
        rng : int or numpy.random.Generator
            The same ``rng`` gives the same result.
        progress : callable, optional
            ``progress(done, total, message)``; it may raise to stop.

        Returns
        -------
        object
            With ``queries``: those that were spent on the model under attack, all versions of it together.

        Raises
        ------
        ValueError
            (``Refused``) where the access offers too little, or the knowledge is of another kind.
        """
        if not isinstance(access, Access):
            v.fail("access", access, "must be an access object", "Wrap the model: WhiteBox(model) or BlackBox(model).")
        name = type(self).__name__
        access.require(self.needs, name)
        check_knowledge(name, knowledge, self.knows)
        target = self.target(access, *target)
        under_attack = [access, *getattr(knowledge, "under_attack", ())]
        before = sum(each.queries for each in under_attack)
        result = self.run(access, *target, knowledge, v.generator(rng), progress)
        return replace(self.wrap(result), queries=sum(each.queries for each in under_attack) - before)

    @abstractmethod
    def target(self, access: Access, *target: Any) -> tuple:
        """Check what is asked about, once, and return it as `run` takes it."""

    @abstractmethod
    def run(self, access: Access, *arguments: Any) -> Any:
        """The attack itself: ``run(access, *target, knowledge, rng, progress)``."""

    @abstractmethod
    def wrap(self, result: Any) -> Any:
        """What `run` returned, as the frozen result of this kind of attack, ``queries`` still 0."""


def check_knowledge(who: str, knowledge: Any, kinds: tuple[type, ...]) -> None:
    """Refuse knowledge of another kind, and say which would do."""
    if not isinstance(knowledge, kinds):
        names = " or ".join("None" if kind is type(None) else f"{kind.__name__}(...)" for kind in kinds)
        one = " For one of many shadow models: knowledge=shadows[0]." if (
            isinstance(knowledge, Shadows) and Shadow in kinds) else ""
        raise v.Refused(f"knowledge={type(knowledge).__name__}: {who} needs {names}.{one}")
