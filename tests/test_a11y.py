"""The rules of jupyterlab-a11y-checker's command line, on the sources of all notebooks: it is in no package index.

They are those of doc/rules.md in berkeley-dsep-infra/jupyterlab-a11y-checker: headings, images, tables, links; and what
it does not read, the figures that are stored in outputs.
"""

import re
from html.parser import HTMLParser
from itertools import pairwise

import mistune
import nbformat
import pytest
from lesson_tools import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.rglob("*.ipynb"))
VAGUE, SHORT = ("click", "here", "link", "more", "read"), 20


class Seen(HTMLParser):
    """Headings, links and tables with their text, and images."""

    def __init__(self, html):
        super().__init__()
        self.headings, self.links, self.tables, self.images, self._open = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "img":
            self.images.append(found)
        elif re.fullmatch("h[1-6]|a|table|th", tag):
            self._open.append([tag, found, ""])
            if tag == "th" and (table := self._inside("table")):
                table[1].setdefault("heads", []).append(found)

    def handle_data(self, data):
        for one in self._open:
            one[2] += data

    def handle_endtag(self, tag):
        if not self._inside(tag):
            return
        while True:
            name, found, text = self._open.pop()
            {"a": self.links, "table": self.tables}.get(name, self.headings if name[1:].isdigit() else []).append(
                (name, found, " ".join(text.split())))
            if name == tag:
                return

    def _inside(self, tag):
        return next((one for one in reversed(self._open) if one[0] == tag), None)


def findings(cells):
    """What the rules have against a notebook: rule, and where."""
    pages = [Seen(mistune.html(cell.source)) for cell in cells if cell.cell_type == "markdown"]
    headings = [(int(tag[1]), text) for page in pages for tag, _, text in page.headings]
    first = cells[0].source.lstrip() if cells and cells[0].cell_type == "markdown" else ""
    if not re.match(r"# |<h1", first):
        yield "heading-missing-h1: the first cell does not begin with one"
    yield from _order(headings)
    for page in pages:
        for image in page.images:
            if not (image.get("alt") or "").strip():
                yield f"image-missing-alt: {image.get('src', '')[:60]}"
        for _, found, text in page.links:
            words = (found.get("aria-label") or text).strip()
            vague = len(words) < SHORT and any(one in words.lower() for one in VAGUE)
            if not words or vague or re.match(r"https?://|www\.", words):
                yield f"link-discernible-text: {words!r} to {found.get('href')}"
        for _, found, text in page.tables:
            if not found.get("heads"):
                yield f"table-missing-header: {text[:60]}"


def _order(headings):
    if sum(level == 1 for level, _ in headings) > 1:
        yield "heading-multiple-h1"
    for level in (1, 2):
        texts = [text.lower() for at, text in headings if at <= 2 and (at == level or level == 2)]
        yield from (f"heading-duplicate: {text}" for text in {text for text in texts if texts.count(text) > 1})
    yield from (f"heading-empty: level {level}" for level, text in headings if not text)
    for (before, _), (level, text) in pairwise(headings):
        if level > before + 1:
            yield f"heading-wrong-order: {text!r}, level {level} after {before}"


def undescribed(cell):
    """Pictures in outputs: JupyterLab gives a PNG no alt text, so that they are HTML."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data and "text/html" not in data:
            yield f"image-missing-alt: a figure of {cell.source.strip().splitlines()[-1][:60]!r}"
        for image in Seen(data.get("text/html", "")).images:
            if not (image.get("alt") or "").strip():
                yield f"image-missing-alt: in the output of {cell.source.strip().splitlines()[-1][:60]!r}"


EACH = pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.name}")


@EACH
def test_sources_are_accessible(path):
    assert [*findings(nbformat.read(path, as_version=4).cells)] == []


@EACH
def test_figures_are_described(path):
    assert [one for cell in nbformat.read(path, as_version=4).cells for one in undescribed(cell)] == []


@pytest.mark.parametrize("rule, sources", [
    ("heading-missing-h1", ["Words first.\n\n# Title"]), ("heading-multiple-h1", ["# A", "# B"]),
    ("heading-duplicate", ["# A\n\n## B", "## B"]), ("heading-duplicate", ["# A\n\n## A"]),
    ("heading-empty", ["# A\n\n<h2> </h2>"]), ("heading-wrong-order", ["# A", "### C"]),
    ("image-missing-alt", ["# A\n\n![](a.png)"]), ("image-missing-alt", ["# A\n\n<img src='a.png'>"]),
    ("link-discernible-text", ["# A\n\n[click here](b)"]), ("link-discernible-text", ["# A\n\n<a href='b'></a>"]),
    ("link-discernible-text", ["# A\n\n[https://example.org](https://example.org)"]),
    ("table-missing-header", ["# A\n\n<table><tr><td>1</td></tr></table>"]),
])
def test_each_rule_can_find_something(rule, sources):
    assert [one.split(":")[0] for one in findings([nbformat.v4.new_markdown_cell(text) for text in sources])] == [rule]


def test_a_bare_figure_in_an_output_is_found():
    figure = nbformat.v4.new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"})
    cell = nbformat.v4.new_code_cell("plot()", outputs=[figure])
    assert [*undescribed(cell)] == ["image-missing-alt: a figure of 'plot()'"]
    figure.data["text/html"] = "<img src='data:image/png;base64,AAAA' alt='A curve that rises'>"
    assert [*undescribed(nbformat.v4.new_code_cell("plot()", outputs=[figure]))] == []
    figure.data["text/html"] = "<img src='data:image/png;base64,AAAA'>"
    assert [*undescribed(nbformat.v4.new_code_cell("plot()", outputs=[figure]))] == [
        "image-missing-alt: in the output of 'plot()'"]
