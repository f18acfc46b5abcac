"""Where the files outside the package are: the embedded data sets, and the lessons' exercises and saved runs."""

from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("leaklab")))
INSTALLED = PACKAGE / "_files"
"""Made by setup.py inside a wheel; a checkout, an editable install too, has none."""


def bundled(*parts: str) -> Path:
    """The path of a file or folder: in the checkout, or in the copy that an installed package carries.

    Examples
    --------
    >>> bundled("data", "faces.png").is_file()
    True
    """
    return (INSTALLED if INSTALLED.is_dir() else PACKAGE.parent).joinpath(*parts)


def restore(path: Path, command: str) -> str:
    """What to do where a file of `bundled` is missing: make it again in a checkout, else reinstall."""
    return f"{path} is missing. " + ("Reinstall leaklab." if INSTALLED.is_dir() else f"Make it again with: {command}")
