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
    assert "nor could it be" in few.verdict() and f"epsilon {few.state.result.most:.2f} at most" in few.verdict()
    assert f"could have proven epsilon {many.state.result.most:.2f}" in many.verdict()


@pytest.mark.parametrize(("call", "message"), [
    (lambda b: b.choose("E"), "trainer='E'"),
    (lambda b: b.move(100), "percent=100"),
    (lambda b: Bench({}), "at least one audit"),
])
def test_refusals(bench, call, message):
    with pytest.raises(ValueError, match=message):
        call(bench)


def test_the_view_follows(bench):
    widget = AuditBench(bench)
    trainer, percent, half, said, shown = widget.view.children[0].children
    assert all(control.description for control in (trainer, percent, half))
    before = shown.value
    half.value = True
    assert "The promise is broken" in said.value and shown.value != before
    percent.value = 40
    assert "Spoiled" in said.value and "broken" not in widget.verdict()
    trainer.value = "tight"
    assert half.value is False and "Not yet evidence" in said.value
