"""Template inversion: from what a stolen gallery holds of a person to a face."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.adam import Adam
from leaklab.attacks.base import Attack
from leaklab.attacks.inversion import check_prior
from leaklab.attacks.prior import Prior
from leaklab.attacks.recovered import Recovered, Trajectory
from leaklab.models import Embedding, PlainTemplates, TemplateProtection


@dataclass(frozen=True)
class Blueprint:
    """How a lock works, as a thief of its gallery knows it.

    Attributes
    ----------
    embedding : Embedding
        Its network, which is the same in every such lock.
    protection : TemplateProtection
        How it stores templates, secret included; or the thief's guess. That they are stored as they are, if left out.
    """

    embedding: Embedding
    protection: TemplateProtection = PlainTemplates()  # noqa: RUF009  (frozen)


@dataclass(frozen=True, kw_only=True)
class TemplateInversion(Attack):
    """Faces from templates: the face whose embedding has the least angle to a stolen template.

    Ascends, over whitened eigenface coefficients z, the cosine of the embedding of decode(z + smoothing u) and the
    template, less penalty |z|^2 / 2, with Adam, for all people in one batch; u is drawn anew for each step, and used in
    both directions. A picture that only this network takes for the person does not survive the u; a face does. To the
    same end Mai, Cao, Yuen and Jain (2018) train a network that answers at once, where this one climbs.
    What is stored in protected form is first turned into the template that it most likely came from
    (`TemplateProtection.estimate`).

    ``attack(access, names, knowledge=Blueprint(network))`` on a `leaklab.models.Gallery`; nothing is asked of the lock
    but, once, how sure it is of each result.

    Parameters
    ----------
    prior : Prior
        What the thief knows of faces: ``EigenfacePrior.fit(photographs of people who are not in the gallery)``.
    steps : int
    learning_rate : float
        Of Adam, in standard deviations of the coefficients.
    penalty : float
        Weight of the prior.
    smoothing : float
        Length of the steps aside, in standard deviations of the coefficients; without them the network is fooled.
    """

    needs: ClassVar[Offers] = Offers.PARAMETERS
    knows: ClassVar[tuple[type, ...]] = (Blueprint,)
    prior: Prior
    steps: int = 150
    learning_rate: float = 0.1
    penalty: float = 0.0005
    smoothing: float = 0.6

    def __post_init__(self):
        check_prior("prior", self.prior)
        v.integer("steps", self.steps)
        v.number("learning_rate", self.learning_rate, low=0, open_low=True)
        v.number("penalty", self.penalty, low=0)
        v.number("smoothing", self.smoothing, low=0)

    def target(self, access, people):
        people = np.atleast_1d(people)
        return people, access.encode(people, "people")

    def run(self, access, people, columns, knowledge, rng, progress):
        self.prior.check(access)
        network, stored = knowledge.embedding, access.parameters()[-1]
        size = knowledge.protection.size(network.width)
        if stored.ndim != 2 or len(stored) != len(access.classes):
            raise v.Refused("the model holds no templates. TemplateInversion is for a leaklab.models.Gallery.")
        if stored.shape[1] != size:
            v.fail("knowledge.protection", knowledge.protection, f"stores {size} numbers of a person, and the gallery "
                   f"holds {stored.shape[1]}", "HashedTemplates stores bits.")
        names = [access.classes[column] for column in columns]
        templates = np.stack([knowledge.protection.estimate(stored[column], name, network.width)
                              for column, name in zip(columns, names, strict=True)])
        z, adam = np.zeros((len(columns), self.prior.size), np.float32), Adam()
        trajectory = Trajectory(people, np.repeat(self.prior.center[None], len(columns), axis=0))
        trajectory.progress = progress
        for step in range(self.steps):
            aside = self.smoothing * rng.standard_normal(z.shape, dtype=np.float32)
            both = np.concatenate([z + aside, z - aside])
            similarity, gradient = network.gradient(self.prior.decode(both), np.tile(templates, (2, 1)))
            slope = self.prior.pull(gradient, both).reshape(2, *z.shape).mean(axis=0)
            trajectory.add(step, self.steps, self.prior.decode(z), similarity.reshape(2, -1).mean(axis=0))
            z = adam.ascend(z, slope - self.penalty * z, self.learning_rate)
        images = self.prior.decode(z)
        return trajectory.finished(images, access.probabilities(images)[np.arange(len(columns)), columns])

    def wrap(self, recovered: Recovered) -> Recovered:
        return recovered
