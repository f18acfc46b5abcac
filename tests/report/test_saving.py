"""The report's files are written whole or not at all, and nothing else is touched."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from sample_reports import faces, hostile, leaking
from sample_reports import report as sample

from leaklab.report import save as saving
from leaklab.report.save import check_folder, save


def pango():
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def report(**change):
    """The clean sample without its figure, which costs a second."""
    return sample(**{"curves": (), **change})


needs_pango = pytest.mark.skipif(not pango(), reason="Pango, which sets the PDF's text, is not here")


@pytest.fixture
def quick(monkeypatch):
    """A PDF costs seconds; most tests are of files, not of what is in them."""
    def write(text, path):
        path.write_bytes(b"%PDF-")
        return True

    monkeypatch.setattr(saving, "write_pdf", write)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_all_files_are_written(tmp_path, quick):
    made = leaking()
    paths = save(made, tmp_path / "out")
    assert [path.name for path in paths] == ["report.html", "report.json", "report.pdf", "records.csv", "exposed.csv"]
    assert names(tmp_path) == ["out"] and names(tmp_path / "out") == sorted(path.name for path in paths)
    assert json.loads(paths[1].read_text(encoding="utf-8"))["recommendation"]["decision"] == "serve"
    assert pd.read_csv(paths[3]).equals(made.records)
    assert pd.read_csv(paths[4])["row"].tolist() == made.records["row"][made.records["exposed"]].tolist()


def test_without_exposed_records_there_is_no_such_file(tmp_path, quick):
    assert "exposed.csv" not in [path.name for path in save(report(), tmp_path / "out")]


def test_an_earlier_report_is_replaced_as_a_whole(tmp_path, quick):
    save(leaking(), tmp_path / "out")
    save(report(), tmp_path / "out")
    assert names(tmp_path / "out") == ["records.csv", "report.html", "report.json", "report.pdf"]
    assert "diabetes_v3" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert names(tmp_path) == ["out"]


def test_an_empty_folder_and_missing_parents_will_do(tmp_path, quick, monkeypatch):
    (tmp_path / "empty").mkdir()
    save(report(), tmp_path / "empty")
    save(report(), tmp_path / "a" / "b")
    monkeypatch.chdir(tmp_path)
    save(report(), "relative")
    assert all((tmp_path / name / "report.html").is_file() for name in ("empty", "a/b", "relative"))


@pytest.mark.parametrize("content", [{"notes.txt": "mine"}, {"report.html": "mine"},
                                     {"report.json": '{"schema": "of something else"}'}, {"report.json": "[]"},
                                     {"report.json": '{"schema": "leaklab-audit-1"}', "thesis.docx": "mine"}])
def test_a_folder_of_other_content_is_refused_and_kept(tmp_path, content):
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    for refuse in (check_folder, lambda folder: save(report(), folder)):
        with pytest.raises(ValueError, match=r"must be new, empty, or hold an earlier report, but holds .*\. Name"):
            refuse(tmp_path)
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == content


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="must be a folder, but is a file"):
        check_folder(tmp_path / "file")
    with pytest.raises(OSError, match=r"cannot be written \(.*\)\. Name a folder"):
        check_folder(tmp_path / "file" / "out")


def test_a_folder_that_cannot_be_written_is_told_before_the_audit(tmp_path, monkeypatch):
    def full(self, *arguments, **named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(OSError, match=r"folder='.*out': cannot be written \(Permission denied\)"):
        check_folder(tmp_path / "out")


def test_checking_leaves_nothing(tmp_path):
    assert check_folder(tmp_path / "out") == (tmp_path / "out").resolve()
    assert names(tmp_path) == []


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["html", "write_pdf", "spreadsheet", "_replace"])
def test_whatever_fails_leaves_what_was(tmp_path, quick, monkeypatch, where, error, earlier):
    if earlier:
        save(leaking(), tmp_path / "out")

    def fail(*arguments):
        raise error

    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    monkeypatch.setattr(saving, where, fail)
    with pytest.raises(type(error)):
        save(report(), tmp_path / "out")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_an_interrupt_between_the_two_moves_puts_the_earlier_report_back(tmp_path, quick, monkeypatch):
    save(leaking(), tmp_path / "out")
    rename = Path.rename

    def interrupted(self, target):
        if self.name.endswith(".partial"):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(report(), tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert "readmission" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_mounted_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "is_mount", lambda self: self == tmp_path)
    with pytest.raises(ValueError, match="Name a folder inside it"):
        check_folder(tmp_path)


def test_no_formula_reaches_a_spreadsheet(tmp_path, quick):
    made = report(records=pd.DataFrame({"=c": ["=HYPERLINK(1)", "@x", "a=b", None], "n": [-1, 2, 3, 4]}))
    save(made, tmp_path / "out")
    text = (tmp_path / "out" / "records.csv").read_text()
    assert text.splitlines() == ["'=c,n", "'=HYPERLINK(1),-1", "'@x,2", "a=b,3", ",4"]


def test_bytes_that_are_no_text_can_be_saved(tmp_path, quick):
    made = report(model={"name": "scan\udcff.pkl"}, records=pd.DataFrame({"file": ["x\udcff"]}))
    save(made, tmp_path / "out")
    read = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert read["model"]["name"] == "scan\udcff.pkl"


@pytest.mark.parametrize("missing", [None, "broken"])
def test_without_pango_all_else_is_written(tmp_path, monkeypatch, missing):
    if missing is None:
        monkeypatch.setitem(sys.modules, "weasyprint", None)  # not installed
    else:
        (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0\\nlong story')")
        monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
        monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(UserWarning, match=r"report\.pdf is not written, because .*\. Install .* print report\.html"):
        paths = save(report(), tmp_path / "out")
    assert [path.name for path in paths] == ["report.html", "report.json", "records.csv"]


@needs_pango
@pytest.mark.parametrize("made", [faces, lambda: hostile(findings=10)], ids=["faces", "hostile"])
def test_the_pdf_is_whole_and_nothing_is_fetched(tmp_path, monkeypatch, made):
    import socket

    def no_network(*arguments):
        raise AssertionError("the PDF must need no network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    paper = save(made(), tmp_path / "out")[2].read_bytes()
    assert paper.startswith(b"%PDF-") and paper.rstrip().endswith(b"%%EOF") and len(paper) > 20_000
