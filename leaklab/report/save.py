"""The report as files in a folder: written beside it first, and moved there when all of them are whole."""

import json
import shutil
import warnings
from pathlib import Path
from secrets import token_hex

import pandas as pd

from leaklab.report.findings import Report
from leaklab.report.page import html

PAGE, DATA, PAPER, RECORDS, EXPOSED = FILES = (
    "report.html", "report.json", "report.pdf", "records.csv", "exposed.csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so would be run by a spreadsheet."""


def check_folder(folder: str | Path) -> Path:
    """The folder that `save` may write to, or an error: to be called before an audit begins, lest its work be lost.

    Parameters
    ----------
    folder : path
        New, empty, or holding an earlier report, which `save` replaces. A folder with anything else in it is refused.

    Raises
    ------
    ValueError, OSError
    """
    folder = Path(folder)
    target = folder.resolve()
    if target.is_dir():
        others = sorted(path.name for path in target.iterdir() if path.name not in FILES)
        if others or (any(target.iterdir()) and not _is_report(target)):
            raise ValueError(f"folder={str(folder)!r}: must be new, empty, or hold an earlier report, but holds "
                             f"{', '.join(others[:3]) or 'files of another origin'}. Name another folder.")
        if target.is_mount():
            raise ValueError(f"folder={str(folder)!r}: must be replaceable as a whole, but a disk is mounted on it. "
                             "Name a folder inside it.")
    elif target.exists() or target.is_symlink():
        raise ValueError(f"folder={str(folder)!r}: must be a folder, but is a file. Name another folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(_beside(target))
    except OSError as error:
        raise OSError(f"folder={str(folder)!r}: cannot be written ({error.strerror or error}). Name a folder that you "
                      "may write to.") from error
    return target


def save(report: Report, folder: str | Path) -> list[Path]:
    """Write the report: the page, JSON, PDF, all records, and the exposed ones if there are any.

    An earlier report in the folder is replaced as a whole. Where anything fails, nothing of the new report remains, and
    the earlier one stands. Without Pango there can be no PDF: a warning says so, and all else is written.

    Returns
    -------
    list of Path
        Of the files, in the folder.
    """
    target = check_folder(folder)
    text = html(report)
    fresh = _beside(target)
    try:
        (fresh / PAGE).write_text(text, encoding="utf-8")
        (fresh / DATA).write_text(json.dumps(report.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n",
                                  encoding="utf-8", errors="backslashreplace")  # the escape of a surrogate is JSON
        write_pdf(text, fresh / PAPER)
        records = spreadsheet(report.records)
        records.to_csv(fresh / RECORDS, index=False, errors="backslashreplace")
        if "exposed" in records and (shown := records["exposed"].eq(True)).any():
            records[shown].to_csv(fresh / EXPOSED, index=False, errors="backslashreplace")
        _replace(target, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return [target / name for name in FILES if (target / name).exists()]


def write_pdf(text: str, path: Path) -> bool:
    """The page as PDF; where that cannot be made here, a warning that says why, and False."""
    try:
        import weasyprint  # loads Pango, which pip does not install
    except (ImportError, OSError) as error:
        warnings.warn(f"{path.name} is not written, because Pango, which sets its text, is missing here "
                      f"({str(error).splitlines()[0]}). Install it (Debian: apt install libpangoft2-1.0-0, macOS: brew "
                      f"install pango) and save again, or print {path.with_suffix('.html').name} from a browser.",
                      stacklevel=3)
        return False
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])  # the page brings all it shows
    weasyprint.HTML(string=text, url_fetcher=fetcher).write_pdf(path)
    return True


def spreadsheet(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before text that a spreadsheet would take for a formula.

    >>> spreadsheet(pd.DataFrame({"=a": ["=1+1", "b"], "n": [-1, 2]})).values.tolist()
    [["'=1+1", -1], ['b', 2]]
    """
    def safe(value):
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

    return table.map(safe).rename(columns=safe)


def _is_report(folder: Path) -> bool:
    try:
        return json.loads((folder / DATA).read_text(encoding="utf-8"))["schema"].startswith("leaklab-audit-")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _beside(target: Path) -> Path:
    """A new folder on the same disk, whose name says that it is none to keep."""
    folder = target.with_name(f".{target.name[:80]}-{token_hex(4)}.partial")
    folder.mkdir()
    return folder


def _replace(target: Path, fresh: Path) -> None:
    """Put the fresh folder in the place of the target, if there is one; or leave all as it was."""
    if not target.exists():
        fresh.rename(target)
        return
    earlier = target.rename(target.with_name(fresh.name + ".earlier"))
    try:
        fresh.rename(target)
    except BaseException:
        earlier.rename(target)
        raise
    shutil.rmtree(earlier, ignore_errors=True)
