"""The auditor's bench, without a browser: halves stay apart, and peeking is remembered."""

import numpy as np
import pytest

from leaklab.audit import hold
from leaklab.course import Bench
from leaklab.privacy import Batches, Guarantee
from leaklab.widgets.audit import AuditBench


def audit(shift, n=2000):
    rng = np.random.default_rng(0)
    member = np.arange(n) < n // 2
    promised = Guarantee(2.0, 1e-5, 1.0, Batches(30, 15, 16), "pld")
    return hold(promised, rng.normal(size=n) + shift * member, member, rng=0)


@pytest.fixture
def bench():
    return Bench({"leaky": audit(20.0), "tight": audit(0.0)})


def test_at_the_audits_own_threshold_the_bench_reads_the_audits_own_figure(bench):
    for name, result in bench.results.items():
        bench.choose(name)
        bench.as_measured()
        bench.open()
        assert bench.valid and bench.count.epsilon == result.measured.epsilon


def test_halves_are_disjoint_and_counts_known(bench):
    first = bench.count
    bench.open()
    second = bench.count
    assert (first.tpr.trials, second.tpr.trials, first.fpr.trials) == (500, 500, 500)
    assert first.tpr.value == 1.0 and first.fpr.value == 0.0  # 20 deviations apart, half called
    assert second.fpr.successes == 0 and bench.broken
    assert second.epsilon.low == pytest.approx(np.log((second.tpr.low - 1e-5) / second.fpr.high))


def test_nothing_is_evidence_before_opening_and_peeking_spoils_for_good(bench):
    assert not bench.valid and not bench.broken
    bench.open()
    assert bench.valid
    bench.close()
    bench.move(49)
    bench.open()
    assert not bench.valid and not bench.broken
    bench.choose("tight")
    bench.open()
    assert bench.valid and not bench.broken


def test_a_bench_with_too_few_models_says_that_nothing_could_be_refuted():
    """20 of each kind are counted: an adversary who never errs proves 1.6; of 1,000, 5.6."""
    few, many = (AuditBench(Bench({"A": audit(0.0, n)})) for n in (80, 4000))
    for widget in (few, many):
        widget.state.open()
    assert few.state.result.most < 2.0 < many.state.result.most
    assert f"nor could it be: so few models prove epsilon {few.state.result.most:.2f} at most" in few.state.verdict
    assert f"could have proven epsilon {many.state.result.most:.2f}" in many.state.verdict


@pytest.mark.parametrize(("call", "message"), [
    (lambda b: b.choose("E"), "trainer='E'"),
    (lambda b: b.move(100), "percent=100"),
    (lambda b: Bench({}), "at least one audit"),
])
def test_refusals(bench, call, message):
    with pytest.raises(ValueError, match=message):
        call(bench)


def test_a_reset_forgets_what_was_seen(bench):
    bench.choose("tight")
    bench.open()
    bench.move(3)
    assert bench.verdict.startswith("Spoiled")
    bench.reset()
    assert (bench.trainer, bench.percent, bench.opened) == ("leaky", 50, False)
    bench.choose("tight")
    bench.open()
    assert bench.valid and bench.verdict.startswith("Not refuted")


def test_the_view_follows(bench):
    widget = AuditBench(bench)
    assert all(one.tooltip and one.description for row in widget.view.children[0].children for one in row.children)
    before, readout = widget.readout.picture, widget.readout
    assert "? Not yet evidence" in readout.said and "leaklab-verdict leaklab-grey" in readout.said
    widget.half.value = True
    assert "leaklab-red" in readout.said and "✗ The promise is broken: epsilon is at least" in readout.said
    assert readout.picture != before and "would prove" in before and "would prove" not in readout.picture
    widget.percent.value = 40
    assert "⚠ Spoiled" in readout.said and "broken" not in bench.verdict
    widget.trainer.value = "tight"
    assert widget.half.value is False and "Not yet evidence" in readout.said
    widget.half.value = True
    assert "leaklab-blue" in readout.said and "○ Not refuted" in readout.said
    widget.again.click()
    widget.half.value = True
    assert widget.trainer.value == "leaky" and "broken" in readout.said


def test_the_picture_says_what_is_seen_and_is_not_drawn_anew(bench, monkeypatch):
    widget = AuditBench(bench)
    assert widget.view
    monkeypatch.setattr("leaklab.plots.web.chart", lambda *args: 1 / 0)
    for percent in (1, 30, 99):
        widget.percent.value = percent
        assert f'aria-label="True-positive rate {bench.count.tpr}, false' in widget.readout.picture
        assert f"would prove: ≥ {bench.count.epsilon.low:.2f}" in widget.readout.picture
    assert widget.readout.fault == ""


def test_the_still_shows_pictures_where_no_script_runs(bench):
    assert AuditBench(bench).still().data.count("<img alt=") == 2
