"""The figure of the capstone says who won, in words too."""

import pytest

from leaklab.course import Result, Rules
from leaklab.metrics import Interval, Rate
from leaklab.plots import duel


def result(auc, accuracy=0.72):
    return Result(Rate(round(4000 * accuracy), 4000), Interval(auc, auc - 0.03, auc + 0.03), Rate(5, 500), 1000,
                  Rules())


def test_who_wins_is_said_and_drawn():
    ax = duel({"I": result(0.53), "II": result(0.7), "III": result(0.53, accuracy=0.6)})
    assert [text.get_text() for text in ax.texts] == ["blue wins", "red wins", "red wins"]
    words = ax.figure.get_label()
    assert "II: AUC 0.70 [0.67, 0.73]" in words and "I: AUC 0.53" in words and "0.64" in words
    faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() in ("o", "s") and len(
        line.get_xdata()) == 1]
    assert [face == "white" for face in faces] == [False, False, True, False, False, True]


def test_nothing_to_show_is_refused():
    with pytest.raises(ValueError, match="at least one result"):
        duel({})
