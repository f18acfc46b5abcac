"""Several releases about the same people: their losses add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from leaklab import _validate as v
from leaklab.privacy.release import Mechanism, ReleaseGuarantee

WAYS = {
    "basic composition": "epsilons and deltas are added (Dwork and Roth 2014, theorem 3.16)",
    "pld": "privacy loss distributions are convolved, by dp_accounting; needs a delta, and is far sharper for many",
}


@dataclass(frozen=True)
class Composition(Mechanism):
    """Several mechanisms asked about the same people, one after the other.

    Parameters
    ----------
    parts : sequence of Mechanism
        All about the same unit and change.
    accountant : {"basic composition", "pld"}
        How their losses are added up; a key of ``WAYS``.
    delta : float, optional
        With ``"pld"``: at which epsilon is told.

    Examples
    --------
    >>> from leaklab.privacy import LaplaceNoise
    >>> twenty = [LaplaceNoise.for_epsilon(0.1, sensitivity=1)] * 20
    >>> print(round(Composition(twenty).guarantee.epsilon, 2))
    2.0
    >>> print(round(Composition(twenty, accountant="pld", delta=1e-5).guarantee.epsilon, 2))
    1.59
    """

    parts: tuple[Mechanism, ...]
    accountant: str = "basic composition"
    delta: float | None = None

    def __post_init__(self):
        parts = tuple(self.parts)
        if not parts or not all(isinstance(part, Mechanism) for part in parts):
            v.fail("parts", parts, "must be at least one mechanism", "For example [LaplaceNoise(...)] * 3.")
        object.__setattr__(self, "parts", parts)
        v.one_of("accountant", self.accountant, WAYS)
        if self.accountant == "pld":
            v.number("delta", self.delta, low=0, high=1, open_low=True, open_high=True,
                     remedy="Privacy loss distributions tell epsilon at a delta.")
        elif self.delta is not None:
            v.fail("delta", self.delta, "is the sum of the parts' deltas", "Leave it out, or set accountant='pld'.")
        neighbours = {part.guarantee.neighbours for part in parts}
        if len(neighbours) > 1:
            raise v.Refused(f"parts promise about different changes ({v.listed(sorted(neighbours))}): their epsilons "
                            "cannot be added. State each part's sensitivity, unit and change for the same one.")

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What all releases together promise."""
        promises = [part.guarantee for part in self.parts]
        first, caveats = promises[0], tuple(dict.fromkeys(c for p in promises for c in p.caveats))
        if self.accountant == "pld":
            delta = float(self.delta)  # type: ignore[arg-type]
            epsilon = float(self.losses().get_epsilon_for_delta(delta))
        else:
            epsilon, delta = sum(p.epsilon for p in promises), sum(p.delta for p in promises)
            if delta >= 1:
                raise v.Refused(f"{len(promises)} parts: their deltas add up to {delta:g}, which promises nothing.")
        return ReleaseGuarantee(max(epsilon, 0.0), delta, first.unit, first.change, self.accountant, caveats)

    def release(self, value: Sequence, *, rng) -> tuple:
        """One answer of each part, to a value of its own."""
        rng = v.generator(rng)
        try:
            values = [] if isinstance(value, str) else list(value)
        except TypeError:  # one value
            values = []
        if len(values) != len(self.parts):
            v.fail("value", value, f"must hold {len(self.parts)} values, one for each part")
        return tuple(part.release(one, rng=rng) for part, one in zip(self.parts, values, strict=True))

    def losses(self):
        """The distribution of the sum of all privacy losses; equal parts next to each other are composed at once."""
        runs: list[tuple[Mechanism, int]] = []
        for part in self.parts:
            if runs and runs[-1][0] == part:
                runs[-1] = part, runs[-1][1] + 1
            else:
                runs.append((part, 1))
        each = (part.losses() if times == 1 else part.losses().self_compose(times) for part, times in runs)
        return reduce(lambda one, other: one.compose(other), each)
