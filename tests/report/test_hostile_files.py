"""Whatever is given to `leaklab audit`: one clear message or an honest report, nothing run, nothing half written."""

import http.server
import json
import re
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hostile_models import CLEAN, ODD_MODELS, PHOTOGRAPHS, REFUSED_MODELS, SPOILS, photographs
from hostile_scenes import BY_PLACE, MARK, ODD_OPTIONS, ODD_TABLES, REFUSED_OPTIONS, REFUSED_TABLES, args, lay
from PIL import ImageFile

from leaklab.__main__ import main
from leaklab.access import BlackBox
from leaklab.report import save as saving
from leaklab.server import Keys, serve

REFUSED = {**REFUSED_TABLES, **REFUSED_OPTIONS, **REFUSED_MODELS, **PHOTOGRAPHS}
ODD = {**ODD_TABLES, **ODD_OPTIONS, **ODD_MODELS}
ASIDE = re.compile(r"note: |\d+ s, at most \d+ s left: ")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Sound files in the working folder, and a PDF that costs nothing."""
    monkeypatch.setattr(saving, "write_pdf", lambda text, path: path.write_bytes(b"%PDF-"))
    monkeypatch.chdir(tmp_path)
    lay(tmp_path)
    return tmp_path


def files(folder):
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*")}


def audit(capfd, arguments, minutes=9):
    """What the command returned, its messages, and what it said aside."""
    more = [*([] if "--minutes" in arguments else ["--minutes", str(minutes)]),
            *([] if "--out" in arguments else ["--out", "out"])]
    capfd.readouterr()
    before = np.geterr()
    code = main(["audit", *arguments, *more])
    assert np.geterr() == before
    err = capfd.readouterr().err
    assert "Traceback" not in err and "\x1b" not in err
    lines = err.splitlines()
    return code, [line for line in lines if not ASIDE.match(line)], [line for line in lines if line[:6] == "note: "]


def refused(capfd, folder, arguments, says):
    before = files(folder)
    code, messages, _ = audit(capfd, arguments)
    assert code == 1 and len(messages) == 1 and re.search(says, messages[0]), messages
    assert len(messages[0]) < 2500 and files(folder) == before


@pytest.mark.parametrize("name", REFUSED)
def test_one_message_and_nothing_else(name, folder, capfd):
    build, says = REFUSED[name]
    refused(capfd, folder, build(folder), says)


@pytest.mark.parametrize("name", ODD)
def test_what_is_merely_odd_is_said_in_the_report(name, folder, capfd):
    build, says = ODD[name]
    arguments = build(folder)
    code, messages, notes = audit(capfd, arguments)
    assert (code, messages) == (0, [])
    report = (folder / "out" / "report.json").read_text(encoding="utf-8")
    assert json.loads(report)["schema"] and re.search(says, " ".join([report, *notes]))
    assert {"report.html", "records.csv", "report.json", "report.pdf"} <= {p.name for p in (folder / "out").iterdir()}
    assert not (folder / MARK).exists() and not [p for p in folder.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("name", SPOILS)
def test_a_model_that_changes_its_input_gives_the_report_of_one_that_does_not(name, folder, capfd):
    found = []
    for build in (SPOILS[name], CLEAN[name]):
        assert audit(capfd, build(folder))[0] == 0
        report = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
        found.append([finding for finding in report["findings"] if finding["section"] in ("membership", "utility")])
    assert found[0] == found[1]


@pytest.fixture
def earlier(folder, capfd):
    assert audit(capfd, args())[0] == 0
    return folder


@pytest.mark.parametrize("where", ["leaklab.report.audit.compare", "leaklab.report.audit.ask_all",
                                   "leaklab.report.save.html", "leaklab.report.save.write_pdf"])
@pytest.mark.parametrize("error, code", [(KeyboardInterrupt(), 130), (OSError("No space left on device"), 1),
                                         (MemoryError(), None)])
def test_whatever_ends_it_the_earlier_report_stands(where, error, code, earlier, capfd, monkeypatch):
    def end(*_, **__):
        raise error

    before = files(earlier)
    monkeypatch.setattr(where, end)
    if code is None:  # a fault of the machine or of Leaklab's own is not dressed up
        with pytest.raises(MemoryError):
            audit(capfd, args())
    else:
        assert audit(capfd, args())[0] == code
    assert files(earlier) == before


def test_a_refusal_leaves_the_earlier_report(earlier, capfd):
    refused(capfd, earlier, args("--groups", "height"), "groups='height'")


@pytest.mark.parametrize("path", ["members.csv", "tree.joblib"])
def test_a_file_that_may_not_be_read(path, folder, capfd, monkeypatch):
    whole = Path.open

    def denied(self, *more, **how):
        if self.name == path:
            raise PermissionError(13, "Permission denied")
        return whole(self, *more, **how)

    monkeypatch.setattr(Path, "open", denied)
    refused(capfd, folder, args(), f"{path}.*Permission denied")


def test_a_folder_that_may_not_be_read(folder, capfd, monkeypatch):
    arguments = photographs()(folder)

    def denied(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", lambda self: denied(self) if self.name == "in" else iter(()))
    refused(capfd, folder, arguments, "Permission denied: 'in'")


def test_a_report_before_does_not_let_a_broken_photograph_pass(folder, capfd, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint, which sets the PDF, leaves it
    build, says = PHOTOGRAPHS["a broken photograph"]
    refused(capfd, folder, build(folder), says)
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_names_of_strangers_run_nowhere(folder, capfd):
    nasty = {"Ulm": "=cmd|' /C calc'!A0", "Bonn": "<script>alert(1)</script>"}
    wicked = {"town": "<img src=x onerror=alert(2)>", "outcome": "@out\x1b[2J"}
    for name in ("members", "others"):
        table = pd.read_csv(f"{name}.csv").replace({"town": nasty}).rename(columns=wicked)
        table.to_csv(f"{name}.csv", index=False)
    (folder / "tree.joblib").rename("<b>tree")
    code, messages, _ = audit(capfd, args("--groups", wicked["town"], model="<b>tree", label=wicked["outcome"]))
    assert (code, messages) == (0, [])
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "alert(1)" in page and not any(bad in page for bad in ("<script>alert", "<img src=x", "<b>tree", "\x1b"))
    records = (folder / "out" / "records.csv").read_text(encoding="utf-8")
    assert "'=cmd" in records and not re.search(r"(^|,)\"?[=@]", records)
    assert audit(capfd, args(label="a\x1b[2Jb"))[0] == 1  # `audit` asserts that no escape reaches the terminal


@pytest.fixture
def endpoint(folder):
    """The tree behind a key that may ask about 50 records."""
    with Keys(folder / "keys.sqlite") as keys:
        key = keys.add("an officer", budget=50)
    with serve({"tree": BlackBox(BY_PLACE)}, log=folder / "keys.sqlite", port=0) as server:
        yield server.url, key


@pytest.mark.parametrize("key, name, says", [(None, "tree", "key"), ("leaklab_0000_wrong", "tree", "key"),
                                             ("good", "oak", "oak|[Uu]nknown model|no model"),
                                             ("good", "tree", "50|budget")])
def test_an_endpoint_that_does_not_answer_all(key, name, says, endpoint, folder, capfd, monkeypatch):
    url, good = endpoint
    monkeypatch.delenv("LEAKLAB_KEY", raising=False)
    if key:
        monkeypatch.setenv("LEAKLAB_KEY", good if key == "good" else key)
    code, messages, _ = audit(capfd, args("--name", name, "--drop", "town", model=url))
    assert code == 1 and len(messages) == 1 and re.search(says, messages[0]), messages
    assert good not in messages[0] and not (folder / "out").exists()


class Rubbish(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[" * 10_000, b"\xff\xfe", b'{"metadata": null}'])
def test_an_endpoint_that_talks_rubbish(body, folder, capfd):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rubbish) as server:
        server.body = body
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            refused(capfd, folder, args(model=f"http://127.0.0.1:{server.server_port}"), "server|metadata")
        finally:
            server.shutdown()
