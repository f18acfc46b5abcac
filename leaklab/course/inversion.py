"""A face forming: a person, an attack, and the film of it."""

from functools import cache

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks import FaceInversion, Inversion, MIFace, Prior
from leaklab.course.film import PERSON, FilmedAttack

GREY, WARM, PRIOR = "MI-Face, from grey", "MI-Face, from the mean public face", "with a public prior"
ATTACK = "Attack"


def attacks_with(prior: Prior) -> dict[str, Inversion]:
    """What there is to choose from, where nothing else is asked for."""
    return {GREY: MIFace(step_size=1.0), WARM: MIFace(step_size=1.0, start=prior), PRIOR: FaceInversion(prior=prior)}


class InversionRun(FilmedAttack):
    """One person attacked at a time, in a way that one chooses.

    The first attack is chosen, and the person for whom it gets going soonest.

    Parameters
    ----------
    access : Access
        The recogniser under attack.
    names : sequence of str (people,)
    truth : float array (people, height, width)
        What the people look like; only ever shown, never given to an attack.
    attacks : dict of str to Inversion
        The attacks to choose from, such as `attacks_with` a prior.
    """

    def __init__(self, access: Access, *, names, truth, attacks: dict[str, Inversion]):
        self.access, self.attacks = access, dict(attacks)
        super().__init__({PERSON: names, ATTACK: attacks}, low=access.inputs.low, high=access.inputs.high)
        self.truth = v.array("truth", truth, ndim=3, length=len(self.choices[PERSON]))
        self._stands_still = cache(self._still_for)
        soonest = int(np.argmin(self._stands_still(self.chosen[ATTACK])))
        self.choose(PERSON, self.choices[PERSON][soonest])

    def run(self, seen, progress=None):
        asked = self.filmed(self.access, self.person, seen)
        return self.attacks[self.chosen[ATTACK]](asked, [self.access.classes[self.person]], progress=progress)

    def starts(self, name: str) -> bool:
        """Whether the chosen attack is expected to get going for a name, within its steps."""
        attack = self.attacks[self.chosen[ATTACK]]
        still = self._stands_still(self.chosen[ATTACK])[self.choices[PERSON].index(name)]
        return not isinstance(attack, MIFace) or bool(still < attack.max_steps)

    def options(self, what):
        """Those for whom the attack gets going come first; of the others it is said that they do not."""
        if what != PERSON:
            return super().options(what)
        labeled = [(name if self.starts(name) else f"{name} (does not start)", name) for name in self.choices[PERSON]]
        return sorted(labeled, key=lambda each: not self.starts(each[1]))

    def says(self):
        words = super().says()
        if self.found is None or self.starts(self.name) or self.frame is None or self.frame.confidence > 0.5:
            return words
        return (f"{words} It never started: where it begins, the model is sure that this is somebody else. Each step "
                f"has the probability of {self.name} as a factor, here nearly 0, so the picture stands still.")

    def _still_for(self, attack: str) -> np.ndarray:
        settings = self.attacks[attack]
        if isinstance(settings, MIFace) and self.access.offers >= Offers.GRADIENTS:
            try:
                return steps_to_start(self.access, settings)[:len(self.truth)]
            except ValueError:
                pass  # the attack will be refused in the same words, once it is started
        return np.zeros(len(self.truth))


def steps_to_start(access: Access, attack: MIFace) -> np.ndarray:
    """About how many steps MI-Face hardly moves for each class before it gets going, float (classes,); one query each.

    A step of lambda raises p by lambda |grad p|^2 = lambda p^2 |grad log p|^2. As long as the slope of log p stays what
    it is at the start, 1/p falls by lambda |grad log p|^2 each step: p is large after p / (lambda |grad p|^2) steps.
    """
    start = np.repeat(attack.start_image(access)[None], len(access.classes), axis=0)
    p, gradient = access.gradient(start, np.array(access.classes), of="probability")
    steep = attack.step_size * (gradient.reshape(len(p), -1).astype(float)**2).sum(axis=1)
    return np.where(1 - p <= attack.target_cost, 0.0, p / np.maximum(steep, np.finfo(float).tiny))
