"""Choose a person and watch the face form."""

from typing import ClassVar

from leaklab.course.film import PERSON
from leaklab.course.inversion import ATTACK, InversionRun
from leaklab.widgets.film import FilmView


class InversionStage(FilmView[InversionRun]):
    """The widget: choose a name and an attack, start, stop, go back and forth, and reveal the truth."""

    name = "inversion-stage"
    tips: ClassVar = {PERSON: "Whose face is wanted", ATTACK: "How the model is asked for it"}

    def portraits(self):
        return [self.truth(self.state.truth[self.state.person], f"{self.state.name}: the truth", "the truth")]
