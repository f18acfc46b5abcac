"""The face theater: the same attack on the same person, by what the adversary holds and what the defender did."""

import threading
from typing import ClassVar

from markupsafe import Markup

from leaklab.course.film import PERSON
from leaklab.course.theater import DEFENSE, HOLDS, Theater
from leaklab.plots.web import face
from leaklab.widgets.controls import button
from leaklab.widgets.film import FilmView, unseen


class FaceTheater(FilmView[Theater]):
    """The widget: choose whom, what the adversary holds and the defense; watch, and compare what was tried."""

    name = "face-theater"
    tips: ClassVar = {PERSON: "Whose face is wanted", HOLDS: "What the adversary can ask, or has",
            DEFENSE: "What the defender did, to the answers or in training"}

    def controls(self):
        rows = super().controls()
        self.everybody = button("Attack everybody", "All people in this setting, without the film: how many are "
                                "recognised", icon="users")
        self.bind(self.everybody, self.attack_all)
        rows[2].append(self.everybody)
        threading.Thread(target=self.state.prepare, daemon=True).start()  # so that the first Start need not wait
        return rows

    def portraits(self):
        stage, person, nobody = self.state.stage, self.state.person, self.state.nobody
        photograph = stage.test.images[stage.test.person == person][0]
        never = "never trained"
        return [self.truth(photograph, f"{self.state.name}: a photograph", "a photograph"),
                self.truth(stage.train.class_means()[person], f"{self.state.name}: the mean of the training "
                           "photographs", "training mean"),
                unseen("The same attack on a name without photographs will be here", never) if nobody is None else
                face(nobody.image, f"The same attack on a name that was enrolled without photographs; the model is "
                     f"{nobody.confidence:.0%} sure", f"{never} ({nobody.confidence:.0%})")]

    def below(self):
        body = Markup("").join(
            Markup("<tr{}><th scope='row'>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
                Markup(" class='leaklab-now'") if setting == self.state.setting else "", *setting, row.accuracy,
                row.recognized, row.epsilon) for setting, row in self.state.rows.items() if row.tried)
        return body and Markup(
            "<table><thead><tr><th scope='col'>Adversary holds</th><th scope='col'>Defense</th><th scope='col'>"
            "Accuracy</th><th scope='col'>Recognised</th><th scope='col'>Epsilon</th></tr></thead>{}</table>"
        ).format(body)

    def attack_all(self) -> None:
        """Recover all faces in this setting, and count them."""
        self.run(self.state.everybody, self.all_arrived,
                 saying=f"Asking the model for everybody: {self.state.means()}.")

    def all_arrived(self, outcome) -> None:
        """Count them, and say how many."""
        self.state.keep(*outcome)
        self.done.value = 1.0
        self.say(f"{', '.join(outcome[0])}: the evaluator recognises {self.state.rows[outcome[0]].recognized} faces.")
