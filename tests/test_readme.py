"""What the pages tell people to open, click or type is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("*/README.md")), *sorted(ROOT.glob("lessons/*/plan.md"))]
LINK = re.compile(r"(?:\]\(|<img[^>]+src=[\"'])(?!https?:|#|mailto:|data:)([^)\"'#\s]+)")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pages
def test_links_lead_somewhere(page):
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert broken == []


@pages
def test_make_targets_exist(page):
    named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))
    assert named <= TARGETS


def test_help_lists_every_target_but_the_hidden():
    helped = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert helped == TARGETS


def test_run_times_name_every_lesson_and_target_that_takes_long():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    timed = set(re.findall(r"^\| lesson (\d\d) \| [^|]+ \| [^|]+ \|$", text, re.M))
    assert timed == {path.parent.name[:2] for path in ROOT.glob("lessons/[0-9]*/lesson.py")}
    assert all(re.search(rf"^\| `make {target}`", text, re.M) for target in ("demo", "test", "lab"))
