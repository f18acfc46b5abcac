"""The stage as a room meets it: in JupyterLab with a presenter's settings, and in Voila."""

import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from lesson_tools import present

from .conftest import SCREENS, TOKEN, free_port, wait_for

pytestmark = pytest.mark.browser
LATE = "Prepared beforehand; the live result is on its way."
SMALL = """least => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const words = walker.currentNode.data.trim(), parent = walker.currentNode.parentElement;
        const box = parent.getBoundingClientRect(), style = getComputedStyle(parent);
        if (!words || !box.width || !box.height || box.bottom < 0 || box.top > innerHeight || box.right < 0
            || style.visibility === 'hidden' || ['SCRIPT', 'STYLE'].includes(parent.tagName)) continue;
        const drawn = parent.closest('svg') && parent.getScreenCTM?.();
        const size = parseFloat(style.fontSize) * (drawn ? Math.hypot(drawn.a, drawn.b) : 1);
        if (size < least) found.push(`${size.toFixed(1)} px: ${words.slice(0, 40)}`);
    }
    return found;
}"""


@contextmanager
def served(command, home, port):
    """A server of ours, with nobody's settings but those of the command."""
    dirs = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    with open(home / "server.log", "w") as log:
        server = subprocess.Popen([sys.executable, "-m", *command], stdout=log, stderr=log, cwd=home,
                                  env={**present.environment(home), **dirs, "PYTHONPATH": str(present.ROOT)})
    try:
        yield server
    finally:
        server.terminate()
        server.wait(30)


class Watched:
    """A page in a window of 1280 x 800, and what went wrong in it."""

    def __init__(self, chromium):
        self.page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        self.wrong = []
        self.page.on("request", self._outside)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)

    def _outside(self, request):
        if urlsplit(request.url).hostname not in (None, "127.0.0.1"):
            self.wrong.append(request.url)

    def press(self, name):
        self.page.locator(".leaklab-presentation").get_by_role("button", name=name, exact=False).click()

    def said(self):
        return self.page.locator(".leaklab-presentation > .leaklab-readout .leaklab-said").first

    def at(self, step, seconds=30):
        self.page.wait_for_function(
            "step => document.querySelector('.leaklab-presentation .leaklab-said')?.innerText.startsWith(step)",
            arg=f"Step {step} ", timeout=seconds * 1000)

    def live(self, seconds=180):
        self.page.wait_for_function(
            "() => !document.querySelector('.leaklab-presentation .leaklab-said')?.innerText.includes('on its way')",
            timeout=seconds * 1000)

    def picture(self, name):
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=SCREENS / f"stage_{name}.png")


def test_a_talk_in_jupyterlab(chromium, tmp_path):
    copy = present.prepare(present.STAGE / "03_medical_membership.ipynb", tmp_path)
    before, port = copy.read_bytes(), free_port()
    more = ["--no-browser", "--allow-root", "--expose-app-in-browser", f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with served([*present.lab(copy, tmp_path), *more], tmp_path, port) as server:
        wait_for(f"http://127.0.0.1:{port}", server, tmp_path / "server.log")
        shown = Watched(chromium)
        page = shown.page
        page.goto(f"http://127.0.0.1:{port}/?token={TOKEN}")  # it leads to the document
        front = "window.jupyterapp?.shell.currentWidget"
        page.wait_for_function(f"{front}?.sessionContext?.session?.kernel?.status === 'idle'", timeout=90_000)
        assert "/doc/tree/03_medical_membership.ipynb" in page.url
        assert page.get_by_role("emphasis").get_by_text("Restart Kernel and Run All Cells").is_visible()
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
        shown.at(1, 60)
        page.get_by_text("applies for life insurance").wait_for()
        assert page.evaluate(SMALL, 16) == []
        assert not page.get_by_text("### SHOWN").is_visible(), "code is hidden"
        shown.press("Next step")
        shown.at(2)
        assert LATE in shown.said().inner_text() and page.locator(".leaklab-presentation img").first.is_visible()
        shown.picture("late")
        shown.live()
        drawn = page.locator(".leaklab-presentation svg[role=img]").first
        assert drawn.get_attribute("aria-label").startswith("up to 3 epochs both curves rise")
        assert page.evaluate(SMALL, 16) == []
        shown.picture("live")
        for step in (3, 4):
            shown.press("Next step")
            shown.at(step)
            shown.live()
            assert page.evaluate(SMALL, 16) == []
            shown.picture(f"step_{step}")
        assert page.get_by_text("7,000 patients, 5 epochs").first.is_visible()
        shown.press("Back")
        shown.at(3)
        for key in "3mx":
            page.keyboard.press(key)
            page.keyboard.press("Escape")  # what JupyterLab may say of a cell that is read-only
        shown.press("Reset step")
        shown.live()
        page.get_by_text("Patient 1 of").first.wait_for(timeout=60_000)  # a fresh game, in a cell that is still there
        shown.press("Start over")
        shown.at(1)
        assert page.get_by_text("0:00 of 10:00").is_visible()
        assert shown.wrong == []
        page.evaluate(f"() => {front}.sessionContext.shutdown()")
        page.context.close()
    assert copy.read_bytes() == before or b'"source_hidden": true' in copy.read_bytes()
    assert list((tmp_path / "kept").glob("*.pickle")), "what took long is kept for the next kernel"


def test_a_talk_in_voila(chromium, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with served([*present.voila(), "--no-browser", f"--port={port}"], tmp_path, port) as server:
        wait_until_answers(url, server, tmp_path / "server.log")
        shown = Watched(chromium)
        page = shown.page
        page.goto(url)
        page.get_by_role("link", name="07 · Private training").click()
        shown.at(1, 90)
        page.get_by_text("odds grow at most by").first.wait_for()
        assert page.get_by_text("Restart Kernel").count() == 0 and page.get_by_text("Trainer.").count() == 0
        shown.press("Next step")
        shown.at(2)
        shown.live()
        page.get_by_text("No noise, no promise").wait_for()
        shown.picture("voila")
        shown.press("Back")
        shown.at(1)
        assert page.evaluate(SMALL, 16) == []
        assert shown.wrong == []
        page.context.close()


def wait_until_answers(url, server, log, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"Voila did not start:\n{log.read_text()[-3000:]}")
