"""DP-SGD's settings (Abadi et al. 2016): clipping norm, noise, and the plan that both hold for."""

from dataclasses import dataclass

from leaklab import _validate as v
from leaklab.privacy import Batches, Guarantee, guarantee, noise_for_epsilon


@dataclass(frozen=True)
class DPSGD:
    """Clipping by unit and Gaussian noise, for a recipe's ``dp=``.

    Parameters
    ----------
    noise_multiplier : float
        Standard deviation of the noise on the summed gradients, over ``clip``. 0: no noise, and no guarantee.
    clip : float
        Clipping norm: a unit's whole gradient, summed over its rows, is scaled down to at most this Euclidean length.
    batches : Batches
        The plan: what is drawn, from how many, how often, and whom it protects. It is stated beforehand and used
        whatever the table holds. May be left out without noise alone; then it follows the table.

    Examples
    --------
    >>> dp = DPSGD.for_epsilon(2.0, Batches.over_epochs(2000, size=256, epochs=20), delta=1e-5)
    >>> round(dp.noise_multiplier, 2), round(dp.guarantee(delta=1e-5).epsilon, 2)
    (3.38, 2.0)
    """

    noise_multiplier: float
    clip: float = 1.0
    batches: Batches | None = None

    def __post_init__(self):
        v.number("noise_multiplier", self.noise_multiplier, low=0)
        v.number("clip", self.clip, low=0, open_low=True)
        if self.batches is not None and not isinstance(self.batches, Batches):
            v.fail("batches", self.batches, "must be a Batches")
        if self.batches is None and self.noise_multiplier:
            v.fail("batches", None, "a private training states its plan before it sees the table",
                   "Pass batches=Batches.over_epochs(units, size=..., epochs=...).")

    @classmethod
    def for_epsilon(cls, epsilon: float, batches: Batches, *, delta: float, clip: float = 1.0) -> "DPSGD":
        """The least noise that guarantees ``epsilon`` at ``delta`` for this plan."""
        return cls(noise_for_epsilon(epsilon, batches, delta=delta), clip, batches)

    def guarantee(self, *, delta: float, caveats: tuple[str, ...] = ()) -> Guarantee:
        """What training by this plan guarantees; see `leaklab.privacy.guarantee`."""
        if self.batches is None:
            raise v.Refused("batches=None: without noise and plan there is no guarantee. Use DPSGD.for_epsilon.")
        return guarantee(self.batches, noise_multiplier=self.noise_multiplier, delta=delta, caveats=caveats)
