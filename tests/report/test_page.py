"""The page: everything is there, nothing is run or fetched, and everybody can read it."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from sample_reports import HOSTILE, SAMPLES, auc, hostile, leaking, report, untested

from leaklab.plots.web import photograph
from leaklab.report import figures, page
from leaklab.report.findings import LIMITS, OUTCOMES, SECTIONS, Curve, Finding, GroupLeak
from leaklab.report.questions import QUESTIONS
from leaklab.report.wording import visible

ROOM = Path(page.__file__).parent
SCHEMA = json.loads((ROOM / "schema.json").read_text(encoding="utf-8"))
VOID = {"meta", "img", "br", "source", "path", "link", "input", "hr"}


class Page(HTMLParser):
    """What a page is made of; text is kept without tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    def all(self, *tags):
        return [attributes for tag, attributes in self.tags if tag in tags]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module", params=SAMPLES)
def sample(request):
    made = SAMPLES[request.param]()
    return made, page.html(made)


def test_tags_close_and_every_finding_appears(sample):
    made, text = sample
    shown = Page(text)
    assert shown.open == []
    for finding in made.findings:
        for words in (finding.title, finding.says):
            assert " ".join(visible(words).split()) in shown.text
    for words in (*made.recommendation.reasons, *made.recommendation.untested, made.recommendation.says):
        assert " ".join(visible(words).split()) in shown.text
    in_tables = sum(len(page._laid_out(made.of(name))[1]) for name in SECTIONS)
    assert len(shown.all("article")) + in_tables == len(made.findings)


def test_nothing_is_fetched_or_run(sample):
    shown = Page(sample[1])
    assert {tag for tag, _ in shown.tags} & {"script", "iframe", "object", "link", "form", "base"} == set()
    assert all(a["src"].startswith("data:image/") for a in shown.all("img"))
    assert all(a["srcset"].startswith("data:image/") for a in shown.all("source"))
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    css = (ROOM / "page.css").read_text(encoding="utf-8")
    assert "url(" not in css and "@import" not in css
    links = {a["href"] for a in shown.all("a")}
    assert {link for link in links if link.startswith("http")} == {one.url for one in QUESTIONS}
    ids = {attributes["id"] for _, attributes in shown.tags if "id" in attributes}
    assert {link[1:] for link in links if link.startswith("#")} <= ids


def test_readers_of_all_kinds(sample):
    shown = Page(sample[1])
    assert shown.all("html")[0]["lang"] == "en"
    assert all(len(a["alt"]) > 20 for a in shown.all("img"))
    assert all(a["scope"] in ("row", "col") for a in shown.all("th"))
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_names_of_strangers_are_text():
    text = page.html(hostile())
    assert "<script" not in text and "<img src=x" not in text
    assert text.count("&lt;script&gt;") > 200
    assert "\u202e" not in text and "\\u202e" in text  # else it would turn the words that follow it around


def test_bytes_that_are_no_text_become_visible():
    text = page.html(report(model={"name": "scan\udcff\x1b.pkl"}))
    assert "scan\\udcff\\x1b.pkl" in text
    text.encode("utf-8")


def test_a_clean_model_reads_clean_with_what_could_have_been_seen():
    text = Page(page.html(report())).text
    assert "The file may be shared" in text
    assert "No attack showed whose records trained this model. The smallest leak that these tests would have seen, " \
           "four times in five: an AUC of 0.56 (guessing: 0.50), or 4% of members found at 1% false positives" in text


def test_what_could_have_been_seen_is_what_every_test_would_have_seen():
    made = [Finding("membership", "a", "clean", "", measures=(auc(0.5, least=0.55),)),
            Finding("membership", "b", "clean", "", measures=(auc(0.5, least=0.61),))]
    assert "an AUC of 0.61 (" in page.sensitivity(made)
    assert "was not recorded" in page.sensitivity([Finding("membership", "c", "clean", "")])


@pytest.mark.parametrize("outcomes, says", [
    ((), "was not tested"), (("untested",), "was not tested"), (("information",), "was not tested"),
    (("clean", "untested"), "No attack showed"), (("caution", "untested"), "something to weigh"),
    (("clean", "caution"), "something to weigh"),
    (("clean", "leak"), "The model leaks")])
def test_the_summary_says_what_the_outcomes_are(outcomes, says):
    found = tuple(Finding("membership", f"attack {i}", outcome, "", "scores", "", (auc(0.7),))
                  for i, outcome in enumerate(outcomes))
    assert says in page.summary(report(findings=found))


def test_a_leak_without_an_auc_is_told():
    found = (Finding("membership", "Stored records", "leak", "All are in the file.", "file"),)
    assert "Stored records" in page.summary(report(findings=found))


def test_members_and_others_that_differ_put_a_caution_on_the_summary():
    caution = Finding("comparison", "They differ", "caution", "Others are younger.")
    for made in (report(), leaking()):
        says = page.summary(replace(made, findings=(caution, *made.findings)))
        assert "Read this with care: Others are younger." in says


def test_a_leak_elsewhere_is_not_hidden_behind_clean_membership():
    made = report()
    made = replace(made, findings=(*made.findings, Finding("structure", "Records in the file", "leak", "", "file")))
    assert made.clean and "But other leaks were shown: “Records in the file”." in page.summary(made)


def test_key_figures_show_the_strongest_of_each_access_and_the_worst_outcome():
    lines = {line.access: line for line in page.key_figures(leaking())}
    assert list(lines) == list(LIMITS)
    assert (lines["scores"].attack, lines["scores"].outcome) == ("LiRA", "leak")
    assert lines["file"].attack == "Nearest stored record"  # not the one that could not be tried
    assert lines["labels"].outcome == "caution" and lines["labels"].ppv.name == "PPV"
    assert {line.outcome for line in page.key_figures(untested())} == {"untested"}


def test_a_clean_attack_with_a_higher_auc_does_not_stand_for_a_leak():
    found = (Finding("membership", "luck", "clean", "", "scores", "", (auc(0.7, 0.3),)),
             Finding("membership", "sure", "leak", "", "scores", "", (auc(0.6, 0.01),)))
    line = page.key_figures(report(findings=found))[1]
    assert (line.attack, line.outcome) == ("sure", "leak")


def test_a_leak_without_numbers_is_not_hidden_behind_a_clean_attack():
    found = (Finding("membership", "measured", "clean", "", "file", "", (auc(0.5),)),
             Finding("membership", "stored", "leak", "", "file"))
    line = page.key_figures(report(findings=found))[0]
    assert (line.outcome, line.attack, line.auc) == ("leak", "stored", None)


@pytest.mark.parametrize("decision, limits, says", [
    ("serve", "", "Offer at most: all scores"), ("serve", "rounded=2", "--hardening rounded=2"),
    ("keep", "", "Keep it as you keep the data"), ("undecided", "", "This audit does not decide")])
def test_every_decision_has_its_words(decision, limits, says):
    made = report()
    made = replace(made, recommendation=replace(made.recommendation, decision=decision, limits=limits))
    assert says in Page(page.html(made)).text


def test_many_attacks_become_a_table_and_what_it_cannot_show_stays_a_card():
    many = [Finding("membership", f"attack {i}", "clean", "Nothing.", "scores", "", (auc(0.5),)) for i in range(9)]
    odd = [Finding("membership", "no numbers", "untested", "No."),
           Finding("membership", "more", "clean", "", "", "", (auc(0.5), replace(auc(0.5), name="epsilon")))]
    cards, rows = page._laid_out([*many, *odd])
    assert (cards, [finding for finding, _ in rows]) == (odd, many)
    assert page._laid_out([*many[1:], *odd]) == ([*many[1:], *odd], [])
    text = page.html(report(findings=(*many, *odd)))
    assert all(f"attack {i}" in text for i in range(9)) and "All attacks" in text


def test_all_outcomes_and_sections_have_words():
    assert set(page.WORDS) == set(OUTCOMES) == set(page.INKS)
    assert set(page.TITLES) == set(SECTIONS)
    assert {section for one in QUESTIONS for section in one.sections} <= set(SECTIONS)


def test_exposed_records_are_the_first_of_those_marked_true():
    records = pd.DataFrame({"row": range(60), "score": np.linspace(0, 1, 60), "exposed": [None, True, False] * 20})
    count, columns, rows, hidden = page.exposed(records)
    assert (count, columns, len(rows), hidden) == (20, ["row", "score"], 20, 0)
    assert [row[0] for row in rows[:3]] == [1, 4, 7]
    assert page.exposed(pd.DataFrame()) == (0, [], [], 0)
    assert "exposed.csv" not in page.html(report())


def test_facts_of_all_kinds_are_shown():
    facts = {"array": np.arange(3), "nested": {"pair": (1, 2), "none": None}, "path": Path("x.csv"), "empty": [],
             "long": [f"a rather long sentence, number {i}" for i in range(3)], "flag": np.bool_(True)}
    text = Page(page.html(report(data=facts))).text
    for words in ("array 0, 1, 2", "pair 1, 2", "none not stated", "path x.csv", "number 2", "flag yes"):
        assert words in text


def test_records_of_all_kinds_are_shown():
    odd = pd.DataFrame({"when": pd.to_datetime(["2020-01-01", None]), "group": pd.Categorical(["=a", "b"]),
                        "n": pd.array([12345, None], dtype="Int64"), ("a", "b"): [np.float32(0.5), np.inf],
                        "exposed": [1, 1]})
    text = Page(page.html(report(records=odd))).text
    assert "2020-01-01" in text and "12345" in text and "('a', 'b')" in text


def test_many_columns_are_cut_and_said():
    wide = pd.DataFrame({**{f"c{i}": [1] for i in range(11)}, "exposed": [True]})
    assert "3 more columns are in the file" in Page(page.html(report(records=wide))).text


# Contrast, from the variables of the style sheet.

def palettes():
    css = (ROOM / "page.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in
                   re.findall(r":root \{(.*?)\}", css, re.S))
    return {"light": light, "dark": dark}


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in (int(color[i:i + 2], 16) / 255 for i in (1, 3, 5))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_in_both_themes(theme):
    colors = palettes()[theme]
    assert colors.keys() == palettes()["light"].keys()
    pairs = [(text, ground) for text in ("ink", "muted", "link", *OUTCOMES) for ground in ("page", "surface")]
    pairs += [(text, f"{outcome}-tint") for outcome in OUTCOMES for text in ("ink", outcome)]
    assert {pair: round(found, 2) for pair in pairs
            if (found := contrast(colors[pair[0]], colors[pair[1]])) < 4.5} == {}


def test_colors_of_figures_and_symbols_are_those_of_the_style_sheet():
    colors = palettes()
    assert [figures.INK[dark] for dark in (False, True)] == [colors[theme]["ink"] for theme in ("light", "dark")]
    assert {name: colors["light"][name] for name in page.INKS} == page.INKS


def test_text_is_large_enough():
    css = (ROOM / "page.css").read_text(encoding="utf-8").split("@page")[0]  # paper has points
    assert "font: 17px" in css and min(float(size) for size in re.findall(r"font-size: ([\d.]+)rem", css)) >= 1


# Figures

@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_draws_the_best_of_each_access(dark):
    ax = figures.roc_curves(leaking().curves, dark=dark)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [label.split(":")[0] for label in labels] == ["chance", *LIMITS.values()]
    assert figures.svg(ax) == figures.svg(figures.roc_curves(leaking().curves, dark=dark))


def test_perfect_separation_is_drawn_and_told():
    curve = Curve("stored", "file", (0.0, 0.0, 0.5, 1.0), (0.0, 1.0, 1.0, 1.0))
    line = figures.roc_curves([curve]).lines[-1]
    assert line.get_ydata().min() == 1 and line.get_xdata().min() < 0.5
    assert "AUC 1.00, too few records" in figures.roc_words([curve])


@pytest.mark.parametrize("curve", [Curve("", "", (0.0, 1.0), (0.0, 1.0)), Curve(HOSTILE, "labels", (0, 1), (0, 0))])
def test_degenerate_curves_are_drawn(curve):
    assert figures.svg(figures.roc_curves([curve])).startswith(b"<?xml")


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 1), (4, 3, 3)])
def test_pictures_of_all_shapes(shape):
    image = np.random.default_rng(0).random(shape)
    assert photograph(image).startswith(b"\x89PNG")
    assert figures.alike(image, image) == 1
    assert figures.alike(image, np.ones(shape)) is None and figures.alike(image, np.ones((2, 2))) is None


# JSON

def test_json_keeps_to_its_schema(sample):
    Draft202012Validator.check_schema(SCHEMA)
    text = json.dumps(sample[0].to_dict(), allow_nan=False)
    Draft202012Validator(SCHEMA).validate(json.loads(text))


def test_numbers_survive_the_round_trip():
    odd = replace(auc(1 / 3), low=float("nan"), high=float("inf"))
    made = report(findings=(Finding("membership", "x", "leak", "", measures=(odd,)),),
                  settings={"n": np.int64(3), "x": np.float32(0.5)})
    read = json.loads(json.dumps(made.to_dict(), allow_nan=False))
    measure = read["findings"][0]["measures"][0]
    assert measure["value"] == 1 / 3 and measure["low"] is None and measure["high"] is None
    assert read["settings"] == {"n": 3, "x": 0.5}
    assert read["curves"][0]["fpr"] == list(made.curves[0].fpr)


@pytest.mark.parametrize("change", [{"schema": "leaklab-audit-2"}, {"more": 1}, {"findings": [{"section": "x"}]},
                                    {"groups": [{"column": "a"}]}])
def test_the_schema_refuses_what_is_no_report(change):
    assert not Draft202012Validator(SCHEMA).is_valid({**report().to_dict(), **change})


def test_no_groups_no_table_and_forty_fit():
    assert 'class="groups' not in page.html(report())
    groups = tuple(GroupLeak("site", str(i), 5, 5, auc(0.5)) for i in range(40))
    assert page.html(report(groups=groups)).count('class="dot"') == 40
