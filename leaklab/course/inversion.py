"""A face forming: a person, an attack, and the path of frames that it took."""

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks import FaceInversion, Inversion, MIFace, Prior, Recovered

GREY, WARM, PRIOR = "MI-Face, from grey", "MI-Face, from the mean public face", "with a public prior"


def attacks_with(prior: Prior) -> dict[str, Inversion]:
    """What there is to choose from, where nothing else is asked for."""
    return {GREY: MIFace(step_size=1.0), WARM: MIFace(step_size=1.0, start=prior), PRIOR: FaceInversion(prior=prior)}


class InversionRun:
    """One person attacked at a time, in a way that one chooses.

    Parameters
    ----------
    access : Access
        The recogniser under attack.
    names : sequence of str (people,)
    truth : float array (people, height, width)
        What the people look like; only ever shown, never given to an attack.
    attacks : dict of str to Inversion
        The attacks to choose from, such as `attacks_with` a prior; the last one is chosen at first.

    Attributes
    ----------
    name, attack : str
        Who and what is chosen.
    recovered : Recovered or None
        What the attack found; None before it has run.
    frame : int
        Which frame of its path is looked at.
    """

    def __init__(self, access: Access, *, names, truth, attacks: dict[str, Inversion]):
        self.access, self.names = access, tuple(names)
        self.truth = v.array("truth", truth, ndim=3, length=len(self.names))
        self.attacks = dict(attacks)
        self.choose(self.names[0], list(self.attacks)[-1])

    def choose(self, name: str, attack: str) -> None:
        """Set the person and the attack; what ran before is forgotten."""
        self.name = v.one_of("name", name, self.names)
        self.attack = v.one_of("attack", attack, tuple(self.attacks))
        self.recovered: Recovered | None = None
        self.frame = 0

    def turn(self, frame: int) -> None:
        """Look at another frame."""
        self.frame = v.integer("frame", frame, low=0, high=self.frames - 1)

    @property
    def person(self) -> int:
        """The chosen person's place among the names."""
        return self.names.index(self.name)

    def run(self, progress: v.Progress | None = None) -> Recovered:
        """Attack the chosen person; returns the path without keeping it, so that a stopped run leaves nothing."""
        return self.attacks[self.attack](self.access, self.access.classes[self.person], progress=progress)

    @property
    def frames(self) -> int:
        """How many frames there are to show; 1, plain grey, before the attack has run."""
        return 1 if self.recovered is None else len(self.recovered.path)

    def says(self) -> str:
        """The frame in words."""
        if self.recovered is None:
            return f"Ready to ask the model for {self.name}."
        found = self.recovered
        step, sure = found.path_steps[self.frame], found.path_confidence[self.frame, 0]
        return f"{self.name}, step {step}: the model is {sure:.0%} sure. {found.queries} queries in all."
