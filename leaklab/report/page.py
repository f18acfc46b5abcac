"""The report as one self-contained page: no network, no scripts, light and dark, on screens, phones and paper.

What is shown is decided here, in words and numbers; how it looks, in ``page.html`` and ``page.css`` beside this module.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from operator import itemgetter
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from leaklab.plots.web import photograph
from leaklab.report import figures
from leaklab.report.findings import LIMITS, SECTIONS, Finding, GroupLeak, Measure, Report
from leaklab.report.questions import QUESTIONS, Question
from leaklab.report.wording import amount, day, duration, number, visible

AUC, TPR, PPV = "AUC", "TPR at 1% FPR", "PPV"
"""The names of the measures that the table of key figures shows; they may go on ("PPV at a prior of 1%")."""
WORDS = {"leak": "Leak shown", "caution": "To weigh", "clean": "No leak shown", "information": "For information",
         "untested": "Not tested"}
"""The outcomes in words, the worst first."""
INKS = {"leak": "#9c3500", "clean": "#006045", "caution": "#735000", "information": "#00588c", "untested": "#55585e"}
"""The symbols' colors on paper, as in ``page.css``, which the PDF's pictures cannot read."""
DECISIONS = {"share": ("The file may be shared", "clean"), "serve": ("Serve it; do not share the file", "caution"),
             "keep": ("Keep it as you keep the data", "leak"),
             "undecided": ("This audit does not decide", "untested")}
TITLES = {
    "comparison": "Are members and others comparable?", "utility": "What is the model good for?",
    "structure": "What does the file contain?", "membership": "Can somebody learn who was in the training data?",
    "groups": "Which groups are exposed most?", "attributes": "Can unknown attributes be inferred?",
    "inversion": "Can training data be recovered?", "guarantee": "Is there a privacy guarantee, and does it hold?"}
CARDS = 8
"""Attacks that are shown one by one; more are shown as a table."""
FACTS = {"model": "The model", "data": "The records", "settings": "Settings of the audit", "policy": "The policy"}
ROWS, COLUMNS, PORTRAITS = 20, 8, 12
"""Exposed records, their columns, and recovered pictures that the page shows; the files hold them all."""


@dataclass(frozen=True)
class KeyFigures:
    """A line of the table of key figures: what the strongest attack of the worst outcome achieves with one access."""

    access: str
    outcome: str
    attack: str = ""
    auc: Measure | None = None
    tpr: Measure | None = None
    ppv: Measure | None = None


def html(report: Report) -> str:
    """The whole page.

    Everything that comes from files (names of classes, columns, groups, paths) is escaped.

    Examples
    --------
    >>> from leaklab.report.findings import Recommendation
    >>> report = Report("2026-11-30T10:00:00+00:00", "0.1.0", 2.0, {"name": "<b>"}, {}, {}, {}, (), (), (),
    ...                 Recommendation("undecided", "", "Not decided.", (), ()), pd.DataFrame())
    >>> "<b>" in html(report), "&lt;b&gt;" in html(report)
    (False, True)
    """
    plain = report.to_dict()
    headline, tone = DECISIONS[report.recommendation.decision]
    return _environment().get_template("page.html").render(
        report=report, name=str(report.model.get("name") or "A model without a name"), headline=headline, tone=tone,
        created=day(report.created), took=duration(report.seconds), summary=summary(report),
        limits=LIMITS, words=WORDS, inks=INKS, key=key_figures(report), roc=_roc(report),
        sections=[(name, TITLES[name], *_laid_out(in_order(report.of(name)))) for name in SECTIONS],
        groups=report.groups, pictures=_pictures(report), more_pictures=max(0, len(report.pictures) - PORTRAITS),
        exposed=exposed(report.records), asked=[(asked, _spoken(report, asked)) for asked in QUESTIONS],
        facts=[(title, plain[name]) for name, title in FACTS.items()])


def key_figures(report: Report) -> list[KeyFigures]:
    """For each access, from most to least, the strongest attack on membership and the worst outcome."""
    lines = []
    looked_into = any(finding.access == "file" and finding.outcome != "untested" for finding in report.findings)
    for access in LIMITS:
        given = ("file", "scores", "labels") if access == "file" and looked_into else (access,)  # it answers, too
        found = [finding for finding in report.of("membership") if finding.access in given]
        worst = in_order(found)[0].outcome if found else "untested"
        if worst == "untested":
            lines.append(KeyFigures(access, worst))
            continue
        top = max((finding for finding in found if finding.outcome == worst), key=_strength)
        lines.append(KeyFigures(access, worst, top.title, *(measure(top, name) for name in (AUC, TPR, PPV))))
    return lines


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The worst outcome first."""
    return sorted(findings, key=lambda finding: list(WORDS).index(finding.outcome))


def measure(finding: Finding, name: str) -> Measure | None:
    """The finding's measure whose name begins so."""
    return next((one for one in finding.measures if one.name.startswith(name)), None)


def summary(report: Report) -> str:
    """What the audit comes to, in a few sentences; when clean, how small a leak it could have seen."""
    found = report.of("membership")
    tested = [finding for finding in found if finding.outcome in ("leak", "clean", "caution")]
    leaks = [finding for finding in tested if finding.outcome == "leak"]
    if not tested:
        says = "Whether membership leaks was not tested: this report says nothing about it."
    elif leaks:
        top = max(leaks, key=_strength)
        says = (f"The model leaks whose records trained it. The strongest attack is “{top.title}”, with "
                f"{LIMITS.get(top.access, 'any access')}.")
        if area := measure(top, AUC):
            says += (f" It ranks a member above one of the others in {100 * area.value:.0f} of 100 pairs; guessing "
                     "does so in 50.")
    else:
        weigh = any(finding.outcome == "caution" for finding in tested)
        says = ("No leak of membership was shown, but there is something to weigh." if weigh else
                "No attack showed whose records trained this model.") + f" {sensitivity(tested)}"
    doubts = [finding.says for finding in report.of("comparison") if finding.outcome == "caution"]
    if tested and doubts:
        says += f" Read this with care: {doubts[0]}"
    elsewhere = list(dict.fromkeys(f"“{finding.title}”" for finding in report.findings
                                   if finding.outcome == "leak" and finding.section != "membership"))
    return says + (f" {'Also shown' if leaks else 'But other leaks were shown'}: {', '.join(elsewhere[:3])}"
                   f"{f' and {len(elsewhere) - 3} more' if len(elsewhere) > 3 else ''}." if elsewhere else "")


def sensitivity(findings: Iterable[Finding]) -> str:
    """The smallest leak that all of the tests would have seen; they differ, so the largest of their smallest."""
    findings, seen = list(findings), []
    for name, says in ((AUC, "an AUC of {} (guessing: 0.50)"),
                       (TPR, "{} of members found at 1% false positives (guessing: 1%)")):
        least = [(one.least, one) for finding in findings if (one := measure(finding, name)) and one.least is not None]
        if least and isfinite(max(least, key=itemgetter(0))[0]):
            seen.append(says.format(amount(*max(least, key=itemgetter(0)))))
    if not seen:
        return "How small a leak these tests could have seen was not recorded."
    return (f"The smallest leak that these tests would have seen, four times in five: {', or '.join(seen)}. "
            "A smaller leak may exist.")


def exposed(records: pd.DataFrame) -> tuple[int, list[str], list[list[Any]], int]:
    """How many records are exposed, the columns to show, the first rows, and how many columns are left out."""
    if "exposed" not in records:
        return 0, [], [], 0
    rows = records[records["exposed"].eq(True)].drop(columns="exposed")
    columns = list(rows.columns[:COLUMNS])
    shown = rows[columns].head(ROWS).to_numpy(dtype=object).tolist()
    return len(rows), columns, shown, len(rows.columns) - len(columns)


def _laid_out(findings: list[Finding]) -> tuple[list[Finding], list[tuple[Finding, list[Measure | None]]]]:
    """Cards; and where they would be many, a table of those whose measures are the key figures alone."""
    rows = [(finding, [measure(finding, name) for name in (AUC, TPR, PPV)]) for finding in findings]
    rows = [(finding, found) for finding, found in rows
            if any(found) and all(any(one is key for key in found) for one in finding.measures)]
    if len(rows) <= CARDS:
        return findings, []
    return [finding for finding in findings if not any(finding is row for row, _ in rows)], rows


def _strength(finding: Finding) -> float:
    area = measure(finding, AUC)
    return area.value if area and isfinite(area.value) else 0.0


def _spoken(report: Report, asked: Question) -> list[tuple[str, int]]:
    """How many findings of each outcome speak to the question, the worst first."""
    found = Counter(finding.outcome for section in asked.sections for finding in report.of(section)
                    if finding.access in asked.accesses or not asked.accesses)
    return [(outcome, found[outcome]) for outcome in WORDS if found[outcome]]


def _roc(report: Report) -> tuple[str, str, str] | None:
    """The figure for light and for dark pages, and its words."""
    if not report.curves:
        return None
    light, dark = (_url(figures.svg(figures.roc_curves(report.curves, dark=dark)), "svg+xml") for dark in (False, True))
    return light, dark, figures.roc_words(report.curves)


def _pictures(report: Report) -> list[tuple[str, str, str, float | None]]:
    return [(_url(photograph(recovered), "png"), _url(photograph(truth), "png"), name,
             figures.alike(recovered, truth)) for recovered, truth, name in report.pictures[:PORTRAITS]]


def _url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


def _share(group: GroupLeak) -> dict[str, float] | None:
    """Where a group's interval stands, in percent of a line from 0 to 1."""
    one = group.auc
    if not all(map(isfinite, (one.low, one.value, one.high))):
        return None
    low, value, high = (100 * min(max(x, 0.0), 1.0) for x in (one.low, one.value, one.high))
    return {"low": low, "value": value, "width": high - low}


def _environment() -> Environment:
    made = Environment(loader=PackageLoader("leaklab", "report"), autoescape=True, undefined=StrictUndefined,
                       finalize=visible, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"number": number, "amount": amount, "share": _share}
    return made
