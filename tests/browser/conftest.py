"""JupyterLab as people meet it: a real server, a real browser, no network but the loopback."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import attempts
import nbformat
import pytest
from lesson_tools import CHECK, CHROMIUM, shown

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "build" / "screens"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]
TOKEN = "leaklab-tests"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The folder of that JupyterLab: a copy of the notebooks, the lessons with attempts in them, and ``lab.log``, the
    words of server and kernels."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    attempts.write(home / "attempts")
    return home


@pytest.fixture(scope="session")
def lab(home):
    """The address of a JupyterLab over the folder ``home``."""
    with serving(home) as url:
        yield url


@contextmanager
def serving(home):
    """A JupyterLab over a folder, with nobody's settings; its address."""
    port = free_port()
    settings = {f"{name}_DIR": str(home / name.lower()) for name in (
        "JUPYTER_CONFIG", "JUPYTER_DATA", "JUPYTER_RUNTIME", "JUPYTERLAB_SETTINGS", "JUPYTERLAB_WORKSPACES")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
               f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={home}",
               f"--IdentityProvider.token={TOKEN}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with open(home / "lab.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **settings}, cwd=home)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, home / "lab.log")
        yield url
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url, server, log, seconds=90):
    """Until the server answers; its own words if it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no chromium: install it, or name one in the variable CHROMIUM")
    with browsing() as browser:
        yield browser


@contextmanager
def browsing():
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


def listen(page):
    """Two lists that fill: the hosts outside that a page asks, and the errors in its console."""
    outside, errors = [], []

    def request(asked):
        if urlsplit(asked.url).hostname not in (None, "127.0.0.1"):
            outside.append(asked.url)

    page.on("request", request)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    return outside, errors


class Notebook:
    """A notebook opened in JupyterLab, and what went wrong in its page."""

    # The notebook in front, as JupyterLab's own object.
    FRONT = "window.jupyterapp?.shell.currentWidget"
    IDLE = f"{FRONT}.sessionContext?.session?.kernel?.status === 'idle'"

    def __init__(self, page, lab, path):
        self.page = page
        self.outside, self.page_errors = listen(page)
        # A workspace of its own: the tabs of another test are not opened again.
        page.goto(f"{lab}/lab/workspaces/{uuid4().hex}/tree/{path}?token={TOKEN}")
        self.wait_for(path)

    def wait_for(self, path):
        """Until this notebook is in front, its kernel ready."""
        self.page.wait_for_function(f"{self.FRONT}?.context?.path === '{path}'", timeout=90_000)
        self.page.wait_for_function(self.IDLE, timeout=90_000)

    def turn_to(self, path):
        """Another notebook in this one's place, in the same window."""
        self.page.evaluate(f"""async path => {{ const old = {self.FRONT};
            await old.sessionContext?.shutdown();
            old.dispose();
            window.jupyterapp.commands.execute('docmanager:open', {{ path, factory: 'Notebook' }}); }}""", path)
        self.wait_for(path)

    def run_all(self, seconds=180):
        """Run > Run All Cells, until the last cell has answered."""
        self.page.evaluate("""() => { window.leaklabDone = undefined;
            window.jupyterapp.commands.execute('notebook:run-all-cells').then(
                () => { window.leaklabDone = 'yes' }, error => { window.leaklabDone = String(error) }) }""")
        self.page.wait_for_function(f"window.leaklabDone && {self.IDLE}", timeout=seconds * 1000)

    def ask(self, source):
        """Run code in the kernel, beside the cells, and take what it prints for JSON."""
        said = self.page.evaluate(f"""async code => {{ let said = '';
            const asked = {self.FRONT}.sessionContext.session.kernel.requestExecute({{code, store_history: false}});
            asked.onIOPub = message => {{ said += message.content.text ?? message.content.traceback ?? ''; }};
            await asked.done; return said; }}""", source)
        try:
            return json.loads(said)
        except ValueError:
            raise AssertionError(said) from None

    def outputs(self):
        """The outputs of each code cell, in nbformat's terms."""
        return self.page.evaluate(f"""() => {self.FRONT}.content.widgets
            .filter(cell => cell.model.type === 'code').map(cell => cell.model.outputs.toJSON())""")

    def errors(self):
        """What failed: in cells, in the page, and any call for a host outside."""
        cells = [f"{output['ename']}: {output['evalue']}" for outputs in self.outputs() for output in outputs
                 if output["output_type"] == "error"]
        broken = ["a widget's view"] * self.page.get_by_text("javascript error").count()
        return cells + self.page_errors + self.outside + broken

    def close(self):
        """Let go of the kernel, which would hold its memory until the last test, and of the page."""
        self.page.evaluate(f"() => {self.FRONT}.sessionContext?.shutdown()")
        self.page.context.close()

    def screenshot(self, name, height=None):
        """A picture in build/screens/; with a height, of a window as tall as that."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        if height:
            self.page.set_viewport_size({"width": 1400, "height": height})
            self.page.evaluate("document.querySelectorAll('.jp-WindowedPanel-outer').forEach(e => { e.scrollTop = 0 })")
            self.page.wait_for_timeout(1000)  # cells are laid out as they come into view
        self.page.screenshot(path=SCREENS / f"{name}.png")
        return SCREENS / f"{name}.png"


@pytest.fixture
def open_notebook(lab, chromium):
    """``open_notebook("notebooks/student/NN_topic.ipynb")``: the :class:`Notebook`, kernel ready."""
    notebooks = []

    def opened(path):
        page = chromium.new_context(viewport={"width": 1400, "height": 900}).new_page()
        notebooks.append(Notebook(page, lab, path))
        return notebooks[-1]

    yield opened
    for notebook in notebooks:
        notebook.close()


@pytest.fixture
def lesson(home, open_notebook):
    """``lesson("NN_topic")``: the lesson, run by learners who do nothing, err, and are right. None met a traceback, and
    what its author wants to stay shows what it showed."""
    def run(name):
        cells = [cell for cell in nbformat.read(home / "attempts" / f"{name}.ipynb", as_version=4).cells
                 if cell.cell_type == "code"]
        notebook = open_notebook(f"attempts/{name}.ipynb")
        notebook.run_all(seconds=600)
        assert notebook.errors() == []
        texts = [shown({"outputs": outputs}) for outputs in notebook.outputs()]
        for cell, text in zip(cells, texts, strict=True):
            if "nbval-check-output" in cell.metadata.get("tags", []):
                assert text == shown(cell), cell.source
        for exercise in CHECK.findall((ROOT / "lessons" / name / "lesson.py").read_text(encoding="utf-8")):
            said = re.findall(rf"^{re.escape(exercise)}: (correct|not yet|not attempted)", "\n".join(texts), re.M)
            assert said[0] == "not attempted" and "not yet" in said and said[-1] == "correct", (exercise, said)
        return notebook

    return run


@pytest.fixture(scope="session")
def family(home, lab, chromium):
    """The page with every widget, run; its kernel serves all tests that ask for it."""
    with family_page(home, lab, chromium) as page:
        yield page


@contextmanager
def family_page(home, lab, chromium):
    """The same, without pytest."""
    from browser.family import Family, write

    write(home / "family.ipynb")
    (home / "beside.md").write_text("A second panel, beside the widgets.\n")
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    notebook = Notebook(page, lab, "family.ipynb")
    try:
        yield Family(notebook, home / "lab.log")
    finally:
        notebook.close()
