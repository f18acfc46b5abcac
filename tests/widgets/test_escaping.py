"""Whatever a data set, a customer or a file is called: it reaches a page as text, never as HTML."""

import re
from dataclasses import replace

import ipywidgets as w
import numpy as np
import pandas as pd
import pytest
from course_states import tiny_door
from markupsafe import escape
from tiny_stage import tiny_stage

from leaklab.access import BlackBox
from leaklab.attacks import Shadow
from leaklab.audit import hold
from leaklab.checks import Check, Examination, ok
from leaklab.course.bench import Bench
from leaklab.course.card import Card
from leaklab.course.customers import Customer
from leaklab.course.door import Door
from leaklab.course.engine import Reply
from leaklab.course.form import Form
from leaklab.course.game import Game
from leaklab.course.inversion import InversionRun
from leaklab.course.lineup import Lineup
from leaklab.course.presentation import Step, Talk
from leaklab.course.saved import Dial, saved_runs
from leaklab.course.story import PrivacyStory
from leaklab.course.survey import Survey
from leaklab.course.theater import Theater
from leaklab.data import Records
from leaklab.experiments.turns import Turns
from leaklab.metrics import Rate
from leaklab.privacy import Batches, Guarantee
from leaklab.widgets.access import AccessDesk
from leaklab.widgets.audit import AuditBench
from leaklab.widgets.base import Display
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
from leaklab.widgets.readout import Readout
from leaklab.widgets.theater import FaceTheater
from leaklab.widgets.watch import Watch

EVIL = "<img src=x onerror=alert(1)>"
SAFE = str(escape(EVIL))


def table():
    """A table whose columns, classes and outcome are all called so; no two rows are alike."""
    features = pd.DataFrame({EVIL: np.arange(60) % 7, f"{EVIL}2": np.arange(60)})
    return Records(features, np.arange(60) % 2, EVIL, (EVIL, EVIL + "!"), np.zeros(2), np.ones(2), EVIL)


def patients():
    people = table()
    access = BlackBox(lambda x: np.tile([0.4, 0.6], (len(x), 1)), inputs=(2,), classes=2)
    shadow = Shadow(access, people.x, people.label, np.arange(60) < 30)
    return (access, people.take(range(30)), people.take(range(30, 60))), shadow


def game():
    target, shadow = patients()
    widget = GuessingGame(Game(*target, knowledge=shadow, rounds=5, rng=0))
    assert widget.words().count(SAFE) == 4  # two columns, an outcome, and what the model foretells
    return widget


def form():
    target, shadow = patients()
    return PatientForm(Form(*target, knowledge=shadow, rng=0))


def card():
    rng = np.random.default_rng(0)
    trained_on = rng.random((20, 40)) < 0.5
    p = rng.uniform(0.1, 0.9, trained_on.shape)
    turns = Turns(trained_on, np.ones(40, int), np.stack([1 - p, p], axis=2), classes=(EVIL, EVIL))
    return PersonCard(Card(turns, {EVIL: np.ones(40, bool)}, rng=0))


def bench():
    rng, member = np.random.default_rng(0), np.arange(80) < 40
    promised = Guarantee(2.0, 1e-5, 1.0, Batches(30, 15, 16), "pld")
    return AuditBench(Bench({EVIL: hold(promised, rng.normal(size=80), member, rng=0)}))


def watch():
    return Watch(type("Log", (), {"seen": lambda self: [Customer(EVIL, 3, np.zeros(3))]})())


def inversion():
    access = BlackBox(lambda x: np.tile([0.4, 0.6], (len(x), 1)), inputs=(8, 8), classes=2)
    return InversionStage(InversionRun(access, names=(EVIL, "Bo"), truth=np.zeros((2, 8, 8)), attacks={EVIL: None}))


def theater():
    stage, _ = tiny_stage()
    names = tuple(f"{EVIL}{i or ''}" for i in range(6))
    return FaceTheater(Theater(replace(stage, train=replace(stage.train, names=names))))


def desk():
    """Without the experiment around it: a label and names are all the text that comes from outside."""
    class State:
        label, holds, decimals, classes, noise, queries = EVIL, "probabilities", None, None, 0.0, 500
        over_http, asks, server, rows, recovered = False, True, None, {EVIL: (Rate(1, 2), Rate(1, 2))}, None
        attacks, looks_at = 1, "all it gets"
        stage = type("Stage", (), {"train": type("Faces", (), {"names": (EVIL,) * 2}), "people": range(2)})

        def used(self):
            return type("Used", (), {"accuracy": Rate(1, 2), "stated": EVIL})

        def epsilon_per_query(self):
            return None

        def faces(self, shown, *, reveal):
            return {EVIL: np.zeros((2, 8, 8))}

        def attack(self, progress=None):
            raise OSError(EVIL)

    widget = AccessDesk(State())
    assert widget.view
    widget.start.click()
    assert widget.background.wait()
    return widget


def lineup():
    return LineupTest(Lineup(np.zeros((6, 8, 8)), np.zeros((6, 8, 8)), rng=0))


def doctor():
    examination = Examination([Check("ports", EVIL, lambda: ok(EVIL))])
    for one in examination.run():
        examination.keep(one)
    return Doctor(examination)


def talk():
    return Presentation(Talk("00_none", [Step(1, EVIL, title=EVIL)], title=EVIL))


def story():
    return PrivacyDial(PrivacyStory())


def dial():
    return EpsilonDial(Dial(saved_runs()))


def noise():
    return NoiseBench(Survey({EVIL: [True, False]}, names=(EVIL,), rng=0))


def lock():
    door = tiny_door()
    names = tuple(f"{EVIL}{i}" for i in range(6))
    widget = GalleryLock(Door(door.lock, replace(door.visitors, names=names), photographs=3, rng=0))
    widget.state.enroll()
    widget.state.recognize()
    return widget


WIDGETS = {GuessingGame: game, PatientForm: form, PersonCard: card, AuditBench: bench, Watch: watch,
           InversionStage: inversion, AccessDesk: desk, LineupTest: lineup, EpsilonDial: dial, PrivacyDial: story,
           Doctor: doctor, Presentation: talk, NoiseBench: noise, GalleryLock: lock, FaceTheater: theater}
SILENT = {AuditBench, LineupTest, EpsilonDial, PrivacyDial}
"""These show no text from outside."""


def pages(widget):
    """The HTML in a widget and everything inside it."""
    if isinstance(widget, w.HTML):
        yield widget.value
    if isinstance(widget, Readout):
        yield from (widget.said, widget.words, widget.picture, widget.fault)
    for child in getattr(widget, "children", ()):
        yield from pages(child)


@pytest.mark.parametrize("kind", WIDGETS)
def test_text_is_escaped(kind):
    widget = WIDGETS[kind]()
    html = "".join(pages(widget.view))
    tags = re.sub(">[^<]*<", "><", html.replace(SAFE, ""))  # within a chart long text is broken into lines
    assert EVIL not in html and "onerror" not in tags
    assert (SAFE in html) is (kind not in SILENT), "the text must be on the page, or this test sees nothing"


@pytest.mark.parametrize("kind", WIDGETS)
def test_what_is_refused_is_escaped_too(kind):
    widget = WIDGETS[kind]()
    assert widget.view

    def refuse():
        raise ValueError(EVIL)

    widget.act(refuse)
    told = "".join(pages(widget.view))
    assert SAFE in told and EVIL not in told


def test_every_widget_is_looked_at():
    def kinds(kind):
        return {kind}.union(*map(kinds, kind.__subclasses__()))

    concrete = {kind for kind in kinds(Display)
                if not kind.__abstractmethods__ and kind.__module__.startswith("leaklab.")}
    assert concrete == set(WIDGETS)


def test_descriptions_are_text():
    """ipywidgets escapes descriptions unless it is told not to."""
    def controls(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from controls(child)

    for make in WIDGETS.values():
        assert not any(getattr(one, "description_allow_html", False) for one in controls(make().view))


def test_an_exercises_reply_escapes():
    assert EVIL not in replace(Reply("hint", EVIL, EVIL), code=EVIL)._repr_html_()
