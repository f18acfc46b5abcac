"""The handout's parts by name, and the folder that it is written to. Nothing here waits for TensorFlow."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

QUESTIONS = {
    "face": ("Can a face be stolen from a file of numbers?", "a stolen face"),
    "api": ("And if one can only ask?", "the prediction API"),
    "patient": ("Can a program give away who was a patient?", "an exposed patient"),
    "exposed": ("Who is exposed most?", "who is exposed"),
    "private": ("Can a program learn from people and keep their secret?", "a private model"),
    "promise": ("Is the promise kept?", "is the guarantee true"),
}
"""Each part's heading, and what the console calls it."""
MARK = '<meta name="leaklab-handout" content="'
"""What follows names the parts of a page: by this a later run knows what it would replace."""
WHOLE, PARTIAL = "index.html", "partial.html"


def check_folder(folder: str | Path) -> Path:
    """The folder that `write` may write to, made if need be; or an error, before any work is lost.

    Raises
    ------
    ValueError, OSError
    """
    target = Path(folder).absolute()
    if target.exists() and not target.is_dir():
        raise ValueError(f"out={str(folder)!r}: must be a folder, but is a file. Name another folder.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        probe = target / f".{WHOLE}.partial"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(f"out={str(folder)!r}: cannot be written ({error.strerror or error}). Name a folder that you may "
                      "write to.") from error
    for page in (target / WHOLE, target / PARTIAL):
        if page.exists() and parts_of(page) is None:
            raise ValueError(f"out={str(folder)!r}: holds a page {page.name} of another origin. Name another folder.")
    return target


def parts_of(page: Path) -> set[str] | None:
    """Which parts a handout has; None if it is none."""
    if not page.is_file():
        return None
    text = page.read_text(encoding="utf-8", errors="replace")
    if MARK in text:
        return set(text.partition(MARK)[2].partition('"')[0].split())
    return set() if "<title>Leaklab: the demonstration</title>" in text[:300] else None  # as earlier versions wrote it


def write(folder: Path, parts: Collection[str], text: str, slides: Mapping[str, bytes]) -> Path:
    """Write the page and its pictures for slides, at no moment in halves.

    A page with more parts is not replaced: this one is then written beside it.
    """
    target = folder / WHOLE
    if (parts_of(target) or set()) > set(parts):
        target = folder / PARTIAL
    else:
        for earlier in (folder / PARTIAL, (folder / PARTIAL).with_suffix(".pdf")):
            earlier.unlink(missing_ok=True)
    target.with_suffix(".pdf").unlink(missing_ok=True)  # of an earlier page
    files: dict[Path, bytes] = {target: text.encode("utf-8", errors="backslashreplace")}
    files |= {folder / f"{name}.png": data for name, data in slides.items()}
    for path, data in files.items():
        fresh = path.with_name(f".{path.name}.partial")
        fresh.write_bytes(data)
        os.replace(fresh, path)
    return target
