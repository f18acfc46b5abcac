"""The plan of a private training, stated before it begins: what is drawn, from how many, how often."""

from dataclasses import dataclass

import dp_accounting
import numpy as np

from leaklab import _validate as v

SAMPLING = {
    "poisson": "Poisson batches: each unit joins each batch on its own with probability size / units",
    "fixed": "fixed batches: size units drawn without replacement, independently at every step",
}
UNITS = {"record": "records", "person": "people"}


@dataclass(frozen=True)
class Batches:
    """What is drawn, from how many, how often. The plan is public: no part of it may be read off the private table.

    Training on a table that holds one unit more or less than planned draws at the same rate, for the same number of
    steps; else the size of the table would show in the model.

    Parameters
    ----------
    units : int
        Units (records, or people) that the plan counts on.
    size : int
        Units in a batch; for Poisson batches, on average.
    steps : int
        Batches in the whole training.
    sampling : {"poisson", "fixed"}
        How a batch is drawn; it decides which tables are neighbours. A key of ``SAMPLING``.
    unit : {"record", "person"}
        Whom the guarantee protects. With ``"person"``, people are drawn, and all rows of a person are clipped together.
    most : int, optional
        With ``unit="person"``: at most so many rows of a person are used, chosen at random before the training.

    Examples
    --------
    >>> plan = Batches.over_epochs(2000, size=256, epochs=20)
    >>> plan.steps, plan.rate, plan.neighbours
    (156, 0.128, 'add or remove one record')
    """

    units: int
    size: int
    steps: int
    sampling: str = "poisson"
    unit: str = "record"
    most: int | None = None

    def __post_init__(self):
        v.integer("units", self.units)
        v.integer("size", self.size, high=self.units, remedy="A batch is drawn from the units.")
        v.integer("steps", self.steps)
        v.one_of("sampling", self.sampling, SAMPLING, "Shuffled epochs have no such accounting.")
        v.one_of("unit", self.unit, UNITS)
        if self.most is not None:
            v.integer("most", self.most)
            if self.unit != "person":
                v.fail("most", self.most, "limits the rows of a person", "Set unit='person'.")

    @classmethod
    def over_epochs(cls, units: int, *, size: int, epochs: float, sampling: str = "poisson", unit: str = "record",
                    most: int | None = None) -> "Batches":
        """Enough steps that each unit is expected to take part ``epochs`` times; at least one."""
        v.integer("units", units)
        v.integer("size", size, high=units, remedy="A batch is drawn from the units.")
        v.number("epochs", epochs, low=0, open_low=True)
        return cls(units, size, max(1, round(epochs * units / size)), sampling, unit, most)

    @property
    def rate(self) -> float:
        """Each unit's chance of joining a batch."""
        return self.size / self.units

    @property
    def neighbours(self) -> str:
        """Which two tables the guarantee compares."""
        whose = " (all of their rows)" if self.unit == "person" else ""
        if self.sampling == "poisson":
            return f"add or remove one {self.unit}{whose}"
        return f"replace one {self.unit}{whose} by another"

    def check(self, present: int) -> None:
        """Refuse a table of ``present`` units from which these batches cannot be drawn as accounted."""
        if self.sampling == "fixed" and present != self.units:
            raise v.Refused(f"units={self.units:,}, but the table holds {present:,}: fixed batches protect against the "
                            "replacement of a unit, so the number of units is public and must be as planned. State "
                            "it, or draw Poisson batches.")

    def draw(self, rng: np.random.Generator, present: int | None = None) -> np.ndarray:
        """The units of one batch, numbers below ``present`` (``units`` when left out).

        A Poisson batch varies in size and may be empty. Its rate is ``size / units`` whatever ``present`` is.
        """
        present = self.units if present is None else present
        if self.sampling == "poisson":
            return np.flatnonzero(rng.random(present) < self.rate)
        self.check(present)
        return rng.choice(present, self.size, replace=False)

    def event(self, noise_multiplier: float) -> dp_accounting.DpEvent:
        """One step, as ``dp_accounting`` names it."""
        if self.sampling == "poisson":
            return dp_accounting.PoissonSampledDpEvent(self.rate, dp_accounting.GaussianDpEvent(noise_multiplier))
        # Replacing a unit moves the sum by two clipping norms: half the noise, in units of that sensitivity.
        return dp_accounting.SampledWithoutReplacementDpEvent(
            self.units, self.size, dp_accounting.GaussianDpEvent(noise_multiplier / 2))

    def __str__(self) -> str:
        rows = f", at most {self.most} rows each" if self.most else ""
        return (f"{self.sampling} batches of {self.size:,} from {self.units:,} {UNITS[self.unit]}{rows}, "
                f"{self.steps:,} steps")
