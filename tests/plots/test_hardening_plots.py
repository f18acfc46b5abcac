"""Figures of hardened access: what is drawn, and what is refused."""

import numpy as np
import pytest

from leaklab.metrics import Rate
from leaklab.plots.hardening import both_sides, success_by_queries, traffic
from leaklab.plots.web import chart


def test_both_sides_draws_a_pair_a_row_and_its_notes():
    rows = {"scores": (Rate(19, 20), Rate(57, 60)), "a name that takes more than one line of text": (
        Rate(2, 20), Rate(30, 60))}
    ax = both_sides(rows, chance=0.05, notes={"scores": "told"})
    dots = [line for line in ax.lines if line.get_marker() in ("o", "s") and len(line.get_xdata())]
    assert [float(line.get_xdata()[0]) for line in dots] == [0.95, 0.95, 0.1, 0.5]
    assert "\n" in ax.get_yticklabels()[1].get_text() and "told" in [text.get_text() for text in ax.texts]
    for bad in ({}, {"notes": {"other": ""}, **rows}):
        notes = bad.pop("notes", None)
        with pytest.raises(ValueError, match="must"):
            both_sides(bad, chance=0.05, notes=notes)


def test_both_sides_draws_hollow_what_an_attack_reached_that_took_the_answers_as_they_came():
    rows = {"top class": (Rate(18, 20), Rate(57, 60)), "names": (Rate(17, 20), Rate(57, 60))}
    ax = both_sides(rows, chance=0.05, as_given={"top class": Rate(13, 20)})
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [float(line.get_xdata()[0]) for line in hollow] == [0.65]
    assert ax.get_legend().get_texts()[0].get_text() == "attack on answers as they come"
    assert "an attack that takes answers as they come 65%" in ax.figure.words()
    with pytest.raises(ValueError, match="as_given"):
        both_sides(rows, chance=0.05, as_given={"other": Rate(1, 20)})


def test_success_by_queries_has_a_band_and_a_line_each():
    rates = [Rate(1, 20), Rate(10, 20), Rate(19, 20)]
    ax = success_by_queries({"scores": ([41, 200, 1000], rates), "labels": ([50, 300, 1000], rates)}, chance=0.05)
    assert [line.get_label() for line in ax.lines] == ["scores", "labels", "chance, 5%"]
    assert len(ax.collections) == 2 and ax.get_xscale() == "log"
    with pytest.raises(ValueError, match="queries"):
        success_by_queries({"scores": ([1, 2], rates)}, chance=0.05)


def test_likeness_stands_beside_success_and_is_told():
    rates, likeness = [Rate(13, 20), Rate(19, 20)], np.array([0.55, 0.66])
    ax = success_by_queries({"names": ([20, 1000], rates)}, chance=0.05, likeness={"names": likeness})
    beside = ax.figure.axes[1]
    np.testing.assert_allclose(beside.lines[0].get_ydata(), likeness, atol=1e-6)
    assert "names from 0.55 to 0.66" in ax.figure.words() and "from 65% at 20 to 95% at 1,000" in ax.figure.words()
    for refused in ({"likeness": {"names": likeness[:1]}}, {"likeness": {"names": likeness}, "ax": ax}):
        with pytest.raises(ValueError, match="likeness"):
            success_by_queries({"names": ([20, 1000], rates)}, chance=0.05, **refused)


def test_traffic_marks_alarms_and_the_first_of_them():
    """Query n lies between n and n + 1."""
    ax = traffic([("calm", np.zeros(5)), ("wild", np.array([0.5, 1.2, 0.8, 1.1, 3.0])), ("calm", np.zeros(1))])
    assert [text.get_text() for text in ax.texts] == ["no alarm in 5", "⚑ query 2 of 5", "no alarm in 1"]
    calm, wild, _ = ax.collections
    assert len(calm.get_paths()) == 0
    assert [path.get_extents().intervalx.tolist() for path in wild.get_paths()] == [[2, 3], [4, 6]]
    assert ax.get_legend().get_texts()[0].get_text() == "queries" and ax.get_xscale() == "log"
    assert ax.get_xlim() == (1, 6) and [label.get_text() for label in ax.get_yticklabels()] == ["calm", "wild", "calm"]


def test_traffic_takes_any_name():
    names = ("a name of more than twenty-eight letters", "$\\frac$ <b>")
    ax = traffic([(name, np.array([0.0, 2.0])) for name in names])
    assert [len(label.get_text()) for label in ax.get_yticklabels()] == [28, 11]
    chart(ax, "drawn without mathematics")
