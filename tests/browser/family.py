"""Every widget on one page, made small by `leaklab.widgets.tried`, and how a hand and an eye get at it."""

import re
from dataclasses import dataclass

import nbformat
from playwright.sync_api import expect

SETUP = """import json
from contextlib import ExitStack

from leaklab.widgets.runner import Runner
from leaklab.widgets.tried import TRIED

stack, shown = ExitStack(), {}
kinds = {kind.__name__: kind for kind in TRIED}

def show(name):
    shown[name] = TRIED[kinds[name]].make(stack)
    return shown[name]

def tree(view):
    yield view
    for child in getattr(view, "children", ()):
        yield from tree(child)

def control(name, words):
    return next(part for part in tree(shown[name].view) if getattr(part, "description", "") == words)
"""
ASK = """import numpy as np
from leaklab.access import RemoteApi

with RemoteApi(view.state.server.url, view.state.server.keys.add("another customer")) as api:
    api.probabilities(np.zeros((3, 4, 4)))"""
LOCKED = {"editable": False, "deletable": False}


@dataclass(frozen=True)
class Hand:
    """The words on the controls of a widget: its main action, a slider to drag, a bad value to type."""

    press: str
    role: str = "button"
    drag: str = ""
    bad: tuple[str, str] | None = None
    back: tuple[str, ...] = ()
    """What is pressed, in turn, until the main action can be pressed again."""
    first: str = ""
    """Code that the kernel runs before each test: it finds the widget in ``view``."""


FAMILY = {
    "AccessDesk": Hand("Start", drag="Decimals", first="view.settings['holds'].value = 'probabilities'"),
    "AuditBench": Hand("count on the other half", drag="Guessed members, %", first="view.half.value = False"),
    "Doctor": Hand("Check"),
    "EpsilonDial": Hand("Epsilon", "slider", drag="Epsilon"),
    "GuessingGame": Hand("● Member", back=("Reveal the truth", "Next", "Again")),
    "FaceTheater": Hand("Start", drag="Frame"),
    "GalleryLock": Hand("Another photograph"),
    "InversionStage": Hand("Start", drag="Frame"),
    "LineupTest": Hand("1", back=("Next", "Again")),
    "NoiseBench": Hand("New draw", drag="Epsilon", bad=("Hands: yes", "-5")),
    "PatientForm": Hand("Another one", drag="Body mass index"),
    "PersonCard": Hand("Another one", drag="Shadow models"),
    "Presentation": Hand("Next step", back=("Start over",)),
    "PrivacyDial": Hand("Epsilon", "slider", drag="Epsilon"),
    "Watch": Hand("Look now", first=ASK),
}
"""Every widget, one line each."""


def write(path):
    """The page as a notebook: what the kernel needs, and a cell for each widget that nobody can edit or delete."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [text("# The family of widgets"), code(SETUP)]
    for name in FAMILY:
        cells += [text(f"## {name}"), code(f"show({name!r})", metadata=LOCKED)]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=spec), path)


class Family:
    """The page, open and run. A widget is looked for by the name of its class."""

    def __init__(self, notebook, log):
        self.notebook, self.page, self.log = notebook, notebook.page, log
        self.read = log.stat().st_size
        notebook.run_all(seconds=300)
        self.viewport(1280, 800)
        self.names = notebook.ask("print(json.dumps({name: kinds[name].name for name in shown}))")
        self.runners = notebook.ask("print(json.dumps([n for n, view in shown.items() if isinstance(view, Runner)]))")

    def go_to(self, name, first=True):
        """The widget's own element, at the top of the window, after what its line in the table wants first."""
        if first and FAMILY[name].first:
            self.notebook.ask(f"view = shown[{name!r}]\n{FAMILY[name].first}\nprint(1)")
        self.page.evaluate("""async source => { const content = window.jupyterapp.shell.currentWidget.content;
            const at = content.widgets.findIndex(cell => cell.model.sharedModel.getSource() === source);
            content.activeCellIndex = at; content.mode = 'command'; await content.scrollToItem(at, 'start'); }""",
                           f"show({name!r})")
        widget = self.page.locator(f".leaklab-{self.names[name]}:visible")
        expect(widget).to_have_count(1)
        widget.evaluate("root => root.closest('.jp-Cell').scrollIntoView({ block: 'start' })")
        return widget

    def viewport(self, width, height):
        """The window's size, and the notebook given all of it but JupyterLab's own bars."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def theme(self, name):
        """JupyterLab Light or JupyterLab Dark."""
        light = str(name == "light").lower()
        self.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
                           f"JupyterLab {name.title()}")
        self.page.wait_for_selector(f"body[data-jp-theme-light={light}]", state="attached")

    def beside(self):
        """Open an empty notebook at the right: the widgets have half of the window."""
        self.page.evaluate("""async () => { const { shell, commands } = window.jupyterapp, ours = shell.currentWidget;
            await commands.execute('docmanager:open', { path: 'beside.md', factory: 'Editor',
                                                        options: { mode: 'split-right' } });
            shell.activateById(ours.id); }""")
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget.context.path === 'family.ipynb'")

    def alone(self):
        """Close what stands beside."""
        self.page.evaluate("""() => { for (const one of [...window.jupyterapp.shell.widgets('main')])
            if (one.context?.path === 'beside.md') one.close(); }""")

    def cells(self):
        """The type of each cell, and how many outputs it has."""
        return self.page.evaluate("""() => window.jupyterapp.shell.currentWidget.content.widgets.map(
            cell => [cell.model.type, cell.model.outputs?.length, cell.model.sharedModel.getSource()])""")

    def slow(self, name):
        """From now on its work reports a hundred times, for at most 10 s, before it begins."""
        self.notebook.ask(f"""
import time
view = shown[{name!r}]
if "unslowed" not in vars(view):
    view.unslowed = view.run
    def run(work, arrived, **words):
        def longer(progress):
            for i in range(100):
                progress(i, 100, "")
                time.sleep(0.1)
            return work(progress)
        view.unslowed(longer, arrived, **words)
    view.run = run
print(1)""")

    def quick(self, name):
        """Undo `slow`."""
        self.notebook.ask(f"view = shown[{name!r}]\nview.run = view.__dict__.pop('unslowed')\nprint(1)")

    def faults(self):
        """What went wrong since the page was opened: cells, page, console, hosts outside, the kernel's words."""
        said = self.log.read_text(errors="replace")[self.read:]
        return self.notebook.errors() + re.findall(r"^(?:Traceback.*|\w*(?:Error|Exception)\b.*|\[E .*)$", said, re.M)


def main(widget, hand):
    """The control of a widget's main action."""
    return slider(widget, hand.press) if hand.role == "slider" else widget.get_by_role(
        hand.role, name=words(hand.press))


def words(text):
    """A button's name: these words and no others; the sign before them is no word."""
    return re.compile(rf"^\W*{re.escape(text)}$")


def slider(widget, words):
    """The handle of the slider that has these words before it."""
    return widget.locator(".widget-slider, .widget-hslider", has_text=words).locator(".noUi-handle").first


def ready(widget, hand):
    """The control of the main action, after it has been pressed before."""
    for step in hand.back:
        if not main(widget, hand).is_enabled():
            widget.get_by_role("button", name=words(step)).click()
            widget.page.wait_for_timeout(300)
    expect(main(widget, hand)).to_be_enabled()
    return main(widget, hand)


def act(widget, hand):
    """The main action, as a hand does it."""
    ready(widget, hand)
    if hand.role == "slider":
        main(widget, hand).press("End")
        main(widget, hand).press("ArrowLeft")
    else:
        main(widget, hand).click()


def read(widget):
    """All that is to be read and seen, as HTML."""
    return widget.locator(".leaklab-readout").first.inner_html()


def settle(family, name, seconds=60):
    """Wait for the end of work, then for the page to have shown all that the kernel sent."""
    for _ in range(3):
        family.notebook.ask(f"""
background, view = getattr(shown[{name!r}], "background", None), shown[{name!r}]
print(json.dumps(background is None or background.wait({seconds})))""")
        family.page.wait_for_timeout(120)  # a drawing that was put off
    same = "[...document.querySelectorAll('.leaklab-readout')].map(node => node.innerHTML.length).join()"
    before = None
    while before != (now := family.page.evaluate(same)):
        before = now
        family.page.wait_for_timeout(150)


def shown(family, name):
    """The status line and words for pictures: in the page, as the kernel sent them, as the state is now."""
    sent = family.notebook.ask(f"""
view = shown[{name!r}]
from markupsafe import escape
print(json.dumps([[view.readout.said, view.readout.picture], [str(escape(view.said())), view._drawn()]]))""")
    page = family.page.evaluate("""name => ['said', 'picture'].map(
        part => document.querySelector(`.leaklab-${name} .leaklab-${part}`).innerHTML)""", family.names[name])
    return [family.page.evaluate("""([said, picture]) => { const at = document.createElement('div');
        at.innerHTML = picture;
        const words = [...at.querySelectorAll('img, svg[role=img]')].map(
            one => one.getAttribute('alt') ?? one.getAttribute('aria-label'));
        at.innerHTML = said; return [at.innerHTML, words]; }""", parts) for parts in (page, *sent)]
