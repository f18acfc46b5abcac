"""A click on each widget without a browser: made small over real state, its main action pressed, and looked at again.

`TRIED` is the table: every widget of the room has a line in it, how it is made small and what is pressed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import ipywidgets as w
import numpy as np

from leaklab.access import BlackBox, RemoteApi, WhiteBox
from leaklab.attacks import MIFace, Shadow
from leaklab.audit import CanaryAudit, PlainTrainer
from leaklab.checks import Check, Diagnosis, Examination, fault, ok
from leaklab.course import (
    Bench,
    Card,
    Customers,
    Desk,
    Dial,
    Door,
    Form,
    Game,
    InversionRun,
    Lineup,
    PrivacyStory,
    Step,
    Survey,
    Talk,
    Theater,
    room,
    saved_runs,
)
from leaklab.data import load_faces, load_patients
from leaklab.experiments import take_turns
from leaklab.experiments.faces import Stage
from leaklab.privacy import Batches
from leaklab.server import Detector, serve
from leaklab.training import DPSGD, MLP, SoftmaxRegression, halves
from leaklab.widgets.access import AccessDesk
from leaklab.widgets.audit import AuditBench
from leaklab.widgets.doctor import Doctor
from leaklab.widgets.epsilon import EpsilonDial
from leaklab.widgets.gallery import GalleryLock
from leaklab.widgets.game import GuessingGame
from leaklab.widgets.inversion import InversionStage
from leaklab.widgets.lineup import LineupTest
from leaklab.widgets.noise import NoiseBench
from leaklab.widgets.patient import PatientForm
from leaklab.widgets.person import PersonCard
from leaklab.widgets.presentation import Presentation
from leaklab.widgets.privacy import PrivacyDial
from leaklab.widgets.theater import FaceTheater
from leaklab.widgets.watch import Watch

WAIT_SECONDS = 60
SHOWN = ("said", "words", "picture")
"""Of a widget's `Readout`."""
REMEDY = "Run the lesson that has it, and read what it says; make lab repairs the environment."


@dataclass(frozen=True)
class Small:
    """How a widget is made small (what must be closed goes on the stack), and its main action."""

    make: Callable[[ExitStack], Any]
    press: Callable[[Any], Any]


@cache
def _stage() -> tuple[Stage, WhiteBox]:
    """Six people of the embedded portraits, and a recognizer that is its own judge."""
    faces = load_faces("synthetic", people=18, photographs=4)
    inside, public = faces.of(range(6)), faces.of(range(6, 18))
    train, test = inside.split_photographs(3, rng=0)
    model = SoftmaxRegression(epochs=15, batch_size=9).fit(train.images, train.person, rng=0)
    return Stage(train, test, public, BlackBox(model)), WhiteBox(model)


@cache
def _patients() -> tuple:
    """A model under attack, its members and others, and what the adversary knows: the same model's answers."""
    members, others = load_patients("synthetic").sample(80, balanced=True, rng=0).split(0.5, rng=0)
    access = BlackBox(MLP(hidden=(16,), epochs=30).fit(members.x, members.label, rng=0))
    known = np.concatenate([members.x, others.x]), np.concatenate([members.label, others.label])
    return (access, members, others), Shadow(access, *known, np.repeat([True, False], [len(members), len(others)]))


def _game(stack: ExitStack) -> GuessingGame:
    target, knowledge = _patients()
    return GuessingGame(Game(*target, knowledge=knowledge, rounds=5, rng=0))


def _form(stack: ExitStack) -> PatientForm:
    target, knowledge = _patients()
    return PatientForm(Form(*target, knowledge=knowledge, rng=0))


def _card(stack: ExitStack) -> PersonCard:
    people = load_patients("synthetic").sample(60, balanced=True, rng=0)
    turns = take_turns(people, MLP(hidden=(16,), epochs=10), trained_on=halves(17, len(people), rng=0), rng=0)
    return PersonCard(Card(turns, {"everybody": np.ones(len(people), bool)}, rng=0))


def _bench(stack: ExitStack) -> AuditBench:
    recipe = SoftmaxRegression(optimizer="sgd", learning_rate=0.01,
                               dp=DPSGD(2.0, batches=Batches(10, size=5, steps=4)))
    return AuditBench(Bench({"A": CanaryAudit(models=40)(PlainTrainer(), recipe, np.eye(10), np.arange(10) % 2,
                                                         rng=0)}))


def _inversion(stack: ExitStack) -> InversionStage:
    stage, model = _stage()
    run = InversionRun(model, names=stage.train.names, truth=stage.train.class_means(),
                       attacks={"MI-Face": MIFace(max_steps=5)})
    return InversionStage(run, pause=0.0)


def _desk(stack: ExitStack) -> AccessDesk:
    desk = Desk(*_stage())
    desk.queries = 100
    return AccessDesk(desk)


def _lineup(stack: ExitStack) -> LineupTest:
    stage, _ = _stage()
    return LineupTest(Lineup(stage.train.class_means(), stage.train.images[::3], rng=0))


def _watch(stack: ExitStack) -> Watch:
    server = stack.enter_context(serve(BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(4, 4), classes=2)))
    widget = Watch(Customers(server, Detector(10)))
    _ = widget.view  # nobody has asked yet
    with RemoteApi(server.url, server.keys.add("a customer")) as api:
        api.probabilities(np.zeros((3, 4, 4)))
    return widget


def _dial(stack: ExitStack) -> EpsilonDial:
    return EpsilonDial(Dial(saved_runs()))


def _lock(stack: ExitStack) -> GalleryLock:
    faces = load_faces("synthetic", people=30, photographs=4)
    recipe = MLP(hidden=(32,), activation="tanh", epochs=4, batch_size=12)
    return GalleryLock(Door.of(faces, recipe, visitors=6, choosing=12, photographs=2, rng=0))


def _doctor(stack: ExitStack) -> Doctor:
    return Doctor(Examination([Check("widgets", "an example", lambda: ok("well"))]))


def _talk(stack: ExitStack) -> Presentation:
    return Presentation(Talk("an example", [Step(5, "First."), Step(5, "Second.")]))


def _turned(dial: EpsilonDial | PrivacyDial) -> None:
    dial.slider.value = dial.state.runs.epsilons[-1]


TRIED: dict[type, Small] = {
    AccessDesk: Small(_desk, lambda desk: desk.start.click()),
    AuditBench: Small(_bench, lambda bench: setattr(bench.half, "value", True)),
    Doctor: Small(_doctor, lambda doctor: doctor.start.click()),
    EpsilonDial: Small(_dial, _turned),
    FaceTheater: Small(lambda stack: FaceTheater(Theater(_stage()[0])), lambda theater: theater.start.click()),
    GalleryLock: Small(_lock, lambda lock: lock.enrol.click()),
    GuessingGame: Small(_game, lambda game: game.member.click()),
    InversionStage: Small(_inversion, lambda stage: stage.start.click()),
    LineupTest: Small(_lineup, lambda lineup: lineup.choices[0].click()),
    NoiseBench: Small(lambda stack: NoiseBench(Survey(room(), rng=0)), lambda bench: bench.draw_anew.click()),
    PatientForm: Small(_form, lambda form: form.another.click()),
    PersonCard: Small(_card, lambda card: card.another.click()),
    Presentation: Small(_talk, lambda talk: talk.forwards.click()),
    PrivacyDial: Small(lambda stack: PrivacyDial(PrivacyStory()), _turned),
    Watch: Small(_watch, lambda watch: watch.once.click()),
}


def click(small: Small) -> Diagnosis:
    """Make a widget, press its main action, wait for its end, and see whether what it shows has changed."""
    with ExitStack() as stack:
        widget = small.make(stack)
        stack.callback(_close, widget.view)
        before = _shown(widget.view)
        small.press(widget)
        background = getattr(widget, "background", None)
        if background is not None and not background.wait(WAIT_SECONDS):
            background.stop()
            return fault(f"its work did not end within {WAIT_SECONDS} s", REMEDY)
        after, told = _shown(widget.view), _told(widget.view)
    if told:
        return fault(f"it says: {told}", REMEDY)
    if before == after:
        return fault("a click changes nothing", REMEDY)
    return ok("its main action changes what is shown")


def _tree(view: w.Widget) -> Iterator[w.Widget]:
    yield view
    for child in getattr(view, "children", ()):
        yield from _tree(child)


def _shown(view: w.Widget) -> list:
    """Words and pictures; not the controls, which change by the click itself."""
    return [getattr(part, name) for part in _tree(view) for name in SHOWN if part.has_trait(name)]


def _told(view: w.Widget) -> str:
    """What a widget says went wrong; empty where nothing did."""
    return " ".join(part.fault for part in _tree(view) if part.has_trait("fault")).strip()


def _close(view: w.Widget) -> None:
    for part in list(_tree(view)):
        part.close()


CHECKS = tuple(Check("widgets", kind.__name__, partial(click, small), slow=True) for kind, small in TRIED.items())
