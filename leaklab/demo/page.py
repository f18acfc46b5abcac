"""The handout as one self-contained page: no network, no scripts, light and dark, on screens, phones and paper."""

from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

import leaklab
from leaklab.demo.folder import QUESTIONS
from leaklab.demo.part import Part
from leaklab.demo.pictures import Picture
from leaklab.report.wording import day, duration, visible


def html(parts: Mapping[str, Part], why: Mapping[str, str], *, seconds: float, created: str) -> str:
    """The page.

    Parameters
    ----------
    parts : mapping of str to Part
        Those that are done, by their keys in `QUESTIONS`.
    why : mapping of str to str
        Why each of the other parts is missing.
    """
    advice = [(name, one) for name, part in parts.items() for one in part.advice]
    return _environment().get_template("handout.html").render(
        parts=parts, missing={name: why.get(name, "it was not asked for") for name in QUESTIONS if name not in parts},
        questions=QUESTIONS, advice=advice, leaks=[name for name, one in advice if one.leak],
        mark=" ".join(parts), version=leaklab.__version__, created=day(created), took=duration(seconds))


def slides_of(parts: Mapping[str, Part]) -> dict[str, bytes]:
    """All pictures by name, as PNG."""
    return {one.name: one.slide for part in parts.values() for one in part.body if isinstance(one, Picture)}


def _kind(one: Any) -> str:
    return "picture" if isinstance(one, Picture) else "words" if isinstance(one, str) else "table"


def _environment() -> Environment:
    loader = ChoiceLoader([PackageLoader("leaklab", "demo"), PackageLoader("leaklab", "report")])  # page.css is there
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, finalize=visible, trim_blocks=True,
                       lstrip_blocks=True)
    made.filters["kind"] = _kind
    return made
