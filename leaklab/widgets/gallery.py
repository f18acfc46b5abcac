"""The gallery lock: enroll, recognize and erase people whom the recognizer itself never learns."""

import ipywidgets as w
from markupsafe import Markup

from leaklab.course.door import Door
from leaklab.plots.gallery import similarity_chart
from leaklab.plots.web import chart, face
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button, control


class GalleryLock(Display[Door]):
    """Somebody at a door: the camera's photograph, the similarity to all who are enrolled, and whether it opens."""

    name = "gallery-lock"

    def controls(self):
        door = self.state
        self.visitor = control(w.Dropdown, "At the door", "Who comes to the door", width="18em", label="7em",
                               options=list(door.names), value=door.name)
        self.photograph = button("Another photograph", "The camera takes another photograph of the same person",
                                 icon="camera")
        self.enrol = button("Enrol", "Put the person at the door into the gallery")
        self.recognise = button("Recognise", "Ask the lock who stands at the door", icon="search", primary=True)
        self.erase = button("Erase", "Delete the person at the door from the gallery", icon="trash")
        self.others = button("Enrol all others", "Put everybody into the gallery but the person at the door")
        for control_, call in ((self.visitor, door.come), (self.photograph, door.another), (self.enrol, door.enroll),
                               (self.recognise, door.recognize), (self.erase, door.erase),
                               (self.others, door.enroll_others)):
            self.bind(control_, call)
        return [[self.visitor, self.photograph], [self.enrol, self.recognise, self.erase, self.others]]

    def draw(self):
        door = self.state
        self.visitor.value = door.name
        self.enrol.disabled, self.erase.disabled = door.enrolled, not door.enrolled

    def said(self):
        door, many = self.state, len(self.state.lock.names)
        stands = "enrolled" if door.enrolled else "not enrolled"
        if door.match is None:
            gallery = "Nobody is enrolled yet." if not many else f"{many} enrolled in all."
            return f"{door.name} stands at the door, {stands}. {gallery} Press Recognise to ask the lock."
        if not many:
            return f"The door stays closed: nobody is enrolled, so {door.name} cannot be recognised."
        name, similarity = door.match
        beside = f"similarity {similarity:.3f}, threshold {door.lock.threshold:.3f}"
        if name is None:
            who = f"{door.name}, although enrolled," if door.enrolled else f"{door.name}, {stands},"
            return f"The door stays closed: {who} is not recognised ({beside})."
        if name == door.name:
            return f"The door opens: {name} is recognised ({beside})."
        return f"The door opens by mistake: {door.name}, {stands}, is taken for {name} ({beside})."

    def words(self):
        door, lock = self.state, self.state.lock
        symbol, sign, color = ("?", "The lock has not been asked", "grey") if door.match is None else (
            ("✓", "Door open", "blue") if door.match.name else ("✗", "Door closed", "red"))
        theft = "" if door.theft is None else Markup(
            "<li>Whoever steals the gallery and has a photograph can tell whether that person is enrolled: AUC {} "
            "(guess 0.5).</li>").format(door.theft)
        return Markup(
            "<div class='leaklab-verdict leaklab-{}'>{} {}</div>"
            "<details><summary>What the lock holds, and what can leak</summary><ul>"
            "<li>The network was trained on other people. It is {} before anybody was enrolled here (SHA-256 {}…), so "
            "its file holds nothing of anybody in the gallery.</li>"
            "<li>The gallery holds {} of {} numbers and a name, and no photograph.</li>{}"
            "<li>Erasing deletes the vector; nothing else was made of it. But two copies of the gallery, before and "
            "after, show who was erased.</li>"
            "<li>The threshold takes one person for one other in {:.1%} of comparisons (95% interval {:.1%} to {:.1%}, "
            "people it was chosen on). A stranger is compared with everybody enrolled, so mistakes add up: with {} of "
            "the visitors enrolled, {} are let in by their own name, and {} strangers.</li></ul></details>").format(
                color, symbol, sign, "byte for byte what it was" if door.untouched else "NOT what it was",
                door.before[:12], _vectors(len(lock.names)), lock.embedding.width, theft, lock.chosen.value,
                lock.chosen.low, lock.chosen.high, door.rates.enrolled, _of(door.rates.true_accept),
                _of(door.rates.false_accept))

    def picture(self):
        door, similarities = self.state, self.state.similarities
        seen = face(door.image, f"A photograph of {door.name}, at the door", door.name)
        if door.asked and similarities:
            best = sorted(similarities.items(), key=lambda item: -item[1])
            alt = (f"Similarity to {len(best)} enrolled, the threshold at {door.lock.threshold:.3f}. Most similar: "
                   + ", ".join(f"{name} {value:.3f}" for name, value in best[:3]) + ".")
            drawing = chart(similarity_chart(similarities, door.lock.threshold), alt)
            seen += Markup("<div style='flex:1 1 20em'>{}</div>").format(drawing)
        return Markup("<div class='leaklab-faces' style='--leaklab-face:10em'>{}</div>").format(seen)

    def key(self):
        door = self.state
        return door.person, door.image.tobytes(), tuple(door.similarities.items()) if door.asked else None


def _vectors(many: int) -> str:
    return "one vector" if many == 1 else f"{many} vectors, each"


def _of(rate) -> str:
    return f"{rate.successes} of {rate.trials} [{rate.low:.0%}, {rate.high:.0%}]"
