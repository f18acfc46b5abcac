"""The demonstration: what its page is made of, what is left of it when something goes wrong, and a quiet console."""

import os
import re
import signal
import subprocess
import sys
import time
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from markupsafe import Markup
from matplotlib.text import Text

from leaklab.demo import command, pictures
from leaklab.demo import parts as rooms
from leaklab.demo.folder import MARK, QUESTIONS, check_folder, parts_of
from leaklab.demo.page import html
from leaklab.demo.part import Advice, Part, Rows
from leaklab.plots.style import axes

VOID = {"meta", "img", "br", "source", "link", "input", "hr"}
JARGON = ("model", "epsilon", "shadow", "white-box", "black-box", "API", "query", "queries", "AUC", "loss", "epoch",
          "canary", "audit", "LiRA", "RMIA", "membership", "true-positive", "false-positive", "DP-SGD", "differential")
EVIL = "<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Tags in their order with the section they stand in, and each section's text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.section, self.text = [], [], "", {"": ""}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "section":
            self.section = attributes["id"]
            self.text[self.section] = ""
        self.tags.append((self.section, tag, attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.section = "" if tag == "section" else self.section

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text[self.section] += data

    def of(self, section, *tags):
        return [tag for own, tag, _ in self.tags if own == section and tag in tags]

    def all(self, *tags):
        return [attributes for _, tag, attributes in self.tags if tag in tags]


@cache
def small(name="a", leak=True, words="Plain words."):
    """A part made without any training."""
    picture = pictures.drawn(name, f"A line from 0 to 1, of {words}", lambda ax, wide: ax.plot([0, 1]), height=2, low=2)
    return Part(words, Markup("This is called a <dfn>model</dfn>."), (picture, Rows("Numbers", ("what", "much"), [
        (words, "1 [0, 2]")])), (Advice(f"Do {words}", "0.5 was measured.", leak),))


def shown(parts, **why):
    return html(parts, why, seconds=1.0, created="2026-11-30T10:00:00+00:00")


@pytest.fixture
def quick(monkeypatch):
    """The command with parts that take no time; a test may replace some."""
    made = {name: lambda shared, name=name: small(name) for name in QUESTIONS}
    monkeypatch.setattr(rooms, "PARTS", made)
    return made


def run(capfd, *argv):
    """Exit status, stdout and stderr."""
    status = command.main([str(one) for one in argv])
    return status, *capfd.readouterr()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The whole demonstration, as ``make demo`` runs it."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run([sys.executable, "-m", "leaklab.demo", "--out", str(folder)], text=True, capture_output=True,
                          env={name: text for name, text in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"})
    return folder, done, Page((folder / "index.html").read_text(encoding="utf-8"))


@pytest.mark.notebooks
def test_the_console_says_one_line_a_part_and_nothing_else(real):
    folder, done, _ = real
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert [re.sub(r" +[\d.]+ s$", "", line) for line in lines[:6]] == [
        f"{i}/6 {called}" for i, (_, called) in enumerate(QUESTIONS.values(), 1)]
    assert lines[-1].startswith(f"Open {folder / 'index.html'}") and len(lines) <= 8


@pytest.mark.notebooks
def test_each_part_has_words_then_a_picture_then_a_table(real):
    _, _, page = real
    for name in QUESTIONS:
        order = page.of(name, "h2", "dfn", "img", "table")
        assert order[:2] == ["h2", "dfn"] and "img" in order and "table" in order
        blocks = [tag for tag in order if tag in ("img", "table")]
        assert blocks[0] == "img" and ("table", "table") not in pairwise(blocks)
        assert page.of(name, "p").count("p") >= 2
    assert all(re.search(r"\d", one["alt"]) and len(one["alt"]) > 60 for one in page.all("img"))  # figures, not a title


@pytest.mark.notebooks
def test_words_come_before_jargon(real):
    """The lead of a part has none, and each term is explained where it first occurs."""
    folder, _, _ = real
    text = (folder / "index.html").read_text(encoding="utf-8")
    for name in QUESTIONS:
        section = re.search(rf'<section id="{name}".*?</section>', text, re.S)[0]
        lead = re.search(r'<p class="lead">(.*?)</p>', section, re.S)[1]
        assert 2 <= len(re.findall(r"[.?](?= |$)", lead)) <= 5
        assert [term for term in JARGON if re.search(rf"\b{term}", lead)] == []
        read = re.sub(r'<img [^>]*alt="([^"]*)"[^>]*>', r"\1", section)  # what a screen reader says, in its order
        read = re.sub(r"<(?!/?dfn)[^>]*>", "", read)
        for term in JARGON:
            if found := re.search(rf"\b{term}", read):
                before = read[:found.start()]
                assert before.count("<dfn>") > before.count("</dfn>"), f"{name}: {term}"


@pytest.mark.notebooks
def test_the_figures_are_those_of_the_lessons(real):
    _, _, page = real
    text = {name: " ".join(words.split()) for name, words in page.text.items()}
    assert re.search(r"recovered from the file (1[6-9]|20) of 20", text["face"])
    assert re.search(r"the average face 1 of 20: 5% \[0%, 25%\]", text["face"])
    assert text["promise"].count("broken") == 3 and text["promise"].count("not refuted") >= 2
    assert page.all("ol")[-1]["class"] == "advice" and len(page.of("advice", "li")) >= 6
    assert not page.all("script") and "missing" not in [one.get("id") for one in page.all("div")]


@pytest.mark.notebooks
def test_slides_and_paper_lie_beside_the_page(real):
    folder, _, _ = real
    assert {"faces.png", "api.png", "membership.png", "exposed.png", "private.png", "audit.png"} <= {
        path.name for path in folder.iterdir()}
    assert (folder / "index.pdf").read_bytes()[:5] == b"%PDF-"


def test_landmarks_heads_and_links():
    page = Page(shown({name: small(name) for name in QUESTIONS}))
    assert page.all("html") == [{"lang": "en"}]
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    ids = [one["id"] for _, _, one in page.tags if "id" in one]
    links = [one["href"].removeprefix("#") for one in page.all("a")]
    assert len(ids) == len(set(ids)) and set(links) <= set(ids) and {"main", *QUESTIONS, "advice"} <= set(links)
    assert all(one.get("scope") in ("col", "row") for one in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(one["src"].startswith("data:") for one in page.all("img"))  # it brings all it shows


def test_what_is_missing_is_said_and_not_linked():
    page = Page(shown({"api": small("api")}, face="it failed: <b>"))
    assert "This page is not whole" in page.text[""] and "it failed: <b>" in page.text[""]
    assert {one["href"] for one in page.all("a")} == {"#main", "#api", "#advice"}
    assert page.text[""].count("(missing)") == len(QUESTIONS) - 1


def test_the_decision_follows_from_what_was_measured():
    assert "Treat these programs" in shown({"face": small(leak=True)})
    calm = shown({"face": small(leak=False)})
    assert "Treat these programs" not in calm and "not a promise" in calm
    assert "Nothing was measured" in shown({})


def test_text_of_strangers_is_escaped():
    text = shown({"face": small(words=EVIL)}, api=EVIL)
    assert EVIL not in text and text.count("&lt;img") >= 5


def test_letters_are_large_enough_and_follow_the_theme():
    def draw(ax, wide):
        ax.plot([0, 1], color="#0072B2")
        ax.annotate("small", (0, 0), fontsize=5)

    ax = axes(size=(3, 2))
    draw(ax, True)
    pictures.readable(ax.figure)
    assert min(text.get_fontsize() for text in ax.figure.findobj(Text) if text.get_text()) >= pictures.POINTS
    made = pictures.drawn("one", "A line.", draw, height=2, low=2)
    assert len(set(made.urls.values())) == 4
    assert "#6cbcf0" in pictures.darkened('<svg ><path style="stroke: #0072b2"/></svg>')


def test_every_part_can_be_asked_for_alone(quick, tmp_path, capfd):
    status, told, errors = run(capfd, "--out", tmp_path, "--only", "promise", "--only", "face")
    assert (status, errors) == (0, "") and parts_of(tmp_path / "index.html") == {"face", "promise"}
    assert told.splitlines()[0].startswith("1/2 a stolen face")


@pytest.mark.parametrize("stop", ["api", "promise"])
def test_ctrl_c_leaves_what_is_done(stop, quick, tmp_path, capfd):
    def interrupted(shared):
        raise KeyboardInterrupt

    quick[stop] = interrupted
    status, told, errors = run(capfd, "--out", tmp_path)
    done = list(QUESTIONS)[:list(QUESTIONS).index(stop)]
    assert (status, errors) == (130, "") and parts_of(tmp_path / "index.html") == set(done)
    assert "Stopped. Missing: " in told and QUESTIONS[stop][1] in told
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("the run was stopped") == len(QUESTIONS) - len(done)


def test_ctrl_c_before_anything_is_done_writes_nothing(quick, tmp_path, capfd):
    def interrupted(shared):
        raise KeyboardInterrupt

    quick["face"] = interrupted
    status, told, _ = run(capfd, "--out", tmp_path)
    assert status == 130 and "Nothing was written" in told and list(tmp_path.iterdir()) == []


def test_a_part_that_fails_takes_no_other_with_it(quick, tmp_path, capfd):
    def broken(shared):
        raise ValueError(f"no data {EVIL}\x1b[2J")

    quick["api"] = broken
    status, told, errors = run(capfd, "--out", tmp_path)
    assert status == 1 and errors.startswith("the prediction API: it failed: no data") and "\x1b" not in errors + told
    assert parts_of(tmp_path / "index.html") == {*QUESTIONS} - {"api"}
    assert EVIL not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_whole_page_is_not_replaced_by_a_part_of_one(quick, tmp_path, capfd):
    run(capfd, "--out", tmp_path)
    before = (tmp_path / "index.html").read_bytes()
    _, told, _ = run(capfd, "--out", tmp_path, "--only", "api")
    assert (tmp_path / "index.html").read_bytes() == before and "partial.html" in told
    assert parts_of(tmp_path / "partial.html") == {"api"}
    run(capfd, "--out", tmp_path)
    assert not (tmp_path / "partial.html").exists() and not (tmp_path / "partial.pdf").exists()


@pytest.mark.parametrize("make, says", [
    (lambda at: at.write_text("mine"), "must be a folder, but is a file"),
    (lambda at: (at.mkdir(), (at / "index.html").write_text("mine")), "of another origin"),
    (lambda at: (at.parent / "file").write_text("x") and at.symlink_to(at.parent / "file" / "in"), "must|cannot"),
], ids=["file", "another page", "nowhere"])
def test_a_bad_folder_is_refused_before_any_work(make, says, quick, tmp_path, capfd):
    quick["face"] = lambda shared: pytest.fail("the work began")
    make(tmp_path / "out")
    status, told, errors = run(capfd, "--out", tmp_path / "out")
    assert (status, told) == (1, "") and re.search(says, errors) and errors.startswith("out=")
    assert "Name another" in errors or "Name a folder" in errors


def test_an_earlier_versions_page_may_be_replaced(tmp_path):
    (tmp_path / "index.html").write_text('<!doctype html><html lang="en"><meta charset="utf-8"><title>Leaklab: the '
                                         "demonstration</title>")
    assert check_folder(tmp_path) == tmp_path and parts_of(tmp_path / "index.html") == set()


def test_without_pango_a_sentence_says_so(quick, tmp_path, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    status, told, errors = run(capfd, "--out", tmp_path, "--only", "face")
    assert (status, errors) == (0, "") and "index.pdf is not written" in told and "Pango" in told
    assert not (tmp_path / "index.pdf").exists()


def test_what_native_libraries_write_is_kept_back_unless_the_run_fails(quick, tmp_path, capfd, monkeypatch):
    quick["face"] = lambda shared: (os.write(2, b"I0000 a library greets\n"), small("face"))[1]
    assert run(capfd, "--out", tmp_path, "--only", "face")[2] == ""
    monkeypatch.setattr(command, "write", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="full"):
        command.main(["--out", str(tmp_path), "--only", "face"])
    assert "a library greets" in capfd.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process")
def test_a_real_ctrl_c_in_a_real_process(tmp_path):
    """While TensorFlow is imported or the first part runs: it ends soon, without a traceback."""
    process = subprocess.Popen([sys.executable, "-m", "leaklab.demo", "--out", str(tmp_path)], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    maps = Path(f"/proc/{process.pid}/maps")
    for _ in range(600):  # until it is at work, however busy the machine
        if process.poll() is not None or (maps.exists() and "tensorflow" in maps.read_text()):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Stopped" in told and "Traceback" not in errors


def test_the_help_does_not_wait_for_tensorflow():
    code = ("import sys\nfrom leaklab.demo import main\n"
            "try: main(['--help'])\nexcept SystemExit: print('tensorflow' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], text=True, capture_output=True).stdout.endswith("False\n")


def test_the_typical_photograph_is_a_persons_own():
    from leaklab.data import load_faces
    from leaklab.demo.faces import typical

    faces = load_faces("synthetic", people=3)
    for person, image in enumerate(typical(faces)):
        assert any(np.array_equal(image, own) for own in faces.images[faces.person == person])


def test_the_mark_is_in_the_template():
    assert MARK in (Path(command.__file__).parent / "handout.html").read_text(encoding="utf-8")
