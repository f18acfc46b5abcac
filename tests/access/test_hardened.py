"""Hardened answers: what each wrapper does by hand, what holds in any order, what noise promises, what is refused."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import laplace, norm

from leaklab._validate import Refused
from leaklab.access import BlackBox, BudgetSpent, LabelOnly, Metered, Noisy, Offers, Rounded, TopK, WhiteBox
from leaklab.training import SoftmaxRegression


def says(*rows):
    """An access that answers these rows, in order of the number asked."""
    rows = np.array(rows, float)
    return BlackBox(lambda x: rows[x[:, 0].astype(int)], inputs=(1,), classes=rows.shape[1])


def ask(access, n=1):
    return access.probabilities(np.arange(n)[:, None])


WRAP = {
    "rounded": lambda a: Rounded(a, 2),
    "topk": lambda a: TopK(a, 2),
    "labels": LabelOnly,
    "gaussian": lambda a: Noisy(a, 0.1, rng=0),
    "laplace": lambda a: Noisy(a, 0.1, kind="laplace", rng=0),
    "metered": lambda a: Metered(a, 1000),
}


@pytest.mark.parametrize(("wrap", "row", "answer"), [
    (lambda a: Rounded(a, 2), [0.123, 0.456, 0.421], [0.12, 0.46, 0.42]),
    (lambda a: Rounded(a, 0), [0.4, 0.35, 0.25], [1, 0, 0]),
    (lambda a: Rounded(a, 1), [1 / 3, 1 / 3, 1 / 3], [0.4, 0.3, 0.3]),
    (lambda a: TopK(a, 1), [0.2, 0.5, 0.3], [0.25, 0.5, 0.25]),
    (lambda a: TopK(a, 3), [0.2, 0.5, 0.3], [0.2, 0.5, 0.3]),
    (LabelOnly, [0.2, 0.5, 0.3], [0, 1, 0]),
    (lambda a: LabelOnly(TopK(a, 2)), [0.2, 0.3, 0.5], [0, 0, 1]),
    (lambda a: TopK(Rounded(a, 1), 1), [0.11, 0.56, 0.33], [0.2, 0.6, 0.2]),
    (lambda a: Rounded(TopK(a, 1), 1), [0.11, 0.56, 0.33], [0.2, 0.6, 0.2]),
])
def test_answers_by_hand(wrap, row, answer):
    np.testing.assert_allclose(ask(wrap(says(row)))[0], answer, atol=1e-9)


rows = st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda r: sum(r) > 0.1), min_size=1,
                max_size=5).map(lambda rs: np.array(rs) / np.array(rs).sum(axis=1, keepdims=True))


@settings(deadline=None, max_examples=60)
@given(rows=rows, order=st.lists(st.sampled_from(sorted(WRAP)), min_size=1, max_size=4))
def test_in_any_order_answers_are_probabilities_and_every_layer_counts(rows, order):
    layers = [says(*rows)]
    for name in order:
        layers.append(WRAP[name](layers[-1]))
    answers = ask(layers[-1], len(rows))
    assert answers.min() >= 0
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-9)
    assert [layer.queries for layer in layers] == [len(rows)] * len(layers)
    assert layers[-1].offers == (Offers.LABELS if "labels" in order else Offers.SCORES)


@settings(deadline=None, max_examples=60)
@given(rows=rows, decimals=st.integers(0, 4), k=st.integers(1, 4))
def test_rounding_and_top_k_keep_what_they_should(rows, decimals, k):
    rounded = ask(Rounded(says(*rows), decimals), len(rows))
    np.testing.assert_allclose(rounded * 10**decimals, np.rint(rounded * 10**decimals), atol=1e-6)
    assert np.abs(rounded - rows).max() < 10.0**-decimals + 1e-5
    np.testing.assert_allclose(ask(Rounded(says(*rounded), decimals), len(rows)), rounded, atol=1e-12)
    cut = ask(TopK(says(*rows), k), len(rows))
    np.testing.assert_allclose(np.sort(cut)[:, -k:], np.sort(rows)[:, -k:], atol=1e-9)
    np.testing.assert_array_equal(rows[np.arange(len(rows)), cut.argmax(axis=1)], rows.max(axis=1))


@settings(deadline=None, max_examples=100)
@example(shown=[0.7, 0.1], hidden=[0.3, 0.2, 0.1], size=9, order=list(range(9)))
@given(shown=st.lists(st.floats(0.05, 1), min_size=1, max_size=4), hidden=st.lists(st.floats(0, 1), min_size=3,
       max_size=3), size=st.integers(5, 20), order=st.permutations(range(20)))
def test_top_k_is_a_function_of_the_k_answers_alone(shown, hidden, size, order):
    """Two rows with the same k answers, alone or among others, however they lie in memory: one row, to the bit."""
    k, order = len(shown), [place for place in order if place < size]
    shown = np.array(shown) / (sum(shown) + 0.04)
    left, others = 1 - shown.sum(), np.resize([*hidden, 0.5], size - k) + 1
    flat, other = np.full(size - k, left / (size - k)), others / others.sum() * left
    if max(flat[0], other.max()) >= shown.min():  # else they would be among the k answers
        return
    rows = np.stack([np.concatenate([shown, part])[order] for part in (flat, other, other[::-1])])
    answers = ask(TopK(says(*rows), k), 3)
    assert len({row.tobytes() for row in (*answers, *ask(TopK(says(*rows[1:]), k)))}) == 1
    assert len({row.tobytes() for row in TopK(says(*rows), k)._harden(np.asfortranarray(rows))} | {
        answers[0].tobytes()}) == 1
    np.testing.assert_array_equal(np.sort(answers[0])[-k:], np.sort(shown))
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("row", [[0.33, 0.33, 0.33], [0.33, 0.34, 0.33], [0.67, 0.34, 0.0], [0.5, 0.5, 0.0], [1, 0, 0],
                                 [0.2, 0.3, 0.5], [1 / 3, 1 / 3, 1 / 3]])
@pytest.mark.parametrize("k", [1, 2])
def test_top_k_of_rounded_answers_keeps_the_label_and_sums_to_1(row, k):
    """Rows that sum to 0.99 or 1.01, beside one whose rest does not lie on their grid."""
    answers = ask(TopK(says(row, [0.35, 0.33, 0.32]), k), 2)
    assert answers.min() >= 0 and answers[0].argmax() == np.argmax(row)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(rows=rows, decimals=st.integers(0, 9))
def test_rounded_answers_and_labels_have_no_digits_beyond_those_shown(rows, decimals):
    """To the bit: an answer is the double nearest to a whole number of steps, 0 or 1."""
    rounded = ask(Rounded(says(*rows), decimals), len(rows))
    np.testing.assert_array_equal(rounded, np.rint(rounded * 10**decimals) / 10**decimals)
    assert set(ask(LabelOnly(says(*rows)), len(rows)).ravel()) <= {0.0, 1.0}


@pytest.mark.parametrize("wrap", WRAP.values(), ids=WRAP)
def test_no_wrapper_passes_on_gradients_or_weights(wrap):
    x = np.eye(3, dtype=np.float32)
    hard = wrap(WhiteBox(SoftmaxRegression(epochs=1, batch_size=3).fit(x, [0, 1, 2], rng=0)))
    assert hard.offers <= Offers.SCORES
    for call in (hard.parameters, lambda: hard.loss_gradient_norm(x, [0, 1, 2])):
        with pytest.raises(Refused, match="needs PARAMETERS"):
            call()
    with pytest.raises(Refused, match="gradient needs GRADIENTS"):
        hard.gradient(x, [0, 1, 2])
    assert type(hard).__name__ in repr(hard)


def test_a_question_beyond_the_budget_is_refused_whole_and_counted_nowhere():
    inner = says(*[[0.5, 0.5]] * 9)
    meter = Metered(inner, 7)
    outer = Rounded(meter, 1)
    ask(outer, 4)
    with pytest.raises(BudgetSpent, match="budget of 7 does not cover 5 more: 4 are spent, 3 left") as refusal:
        ask(outer, 5)
    assert (refusal.value.spent, refusal.value.left, refusal.value.asked) == (4, 3, 5)
    assert inner.queries == meter.queries == outer.queries == 4
    ask(outer, 3)
    assert meter.left == 0 and isinstance(refusal.value, Refused)


def test_a_tampered_question_costs_no_budget():
    meter = Metered(says([0.5, 0.5]), 5)
    with pytest.raises(ValueError, match="must be finite"):
        meter.probabilities([[np.nan]])
    assert meter.left == 5


@pytest.mark.parametrize("kind", ["gaussian", "laplace"])
def test_noise_is_fresh_and_has_the_scale_it_says(kind):
    """Around (1/2, 1/2) with a small scale nothing is clipped, and scaling halves the noise's difference."""
    noisy = Noisy(says(*[[0.5, 0.5]] * 4000), 0.01, kind=kind, rng=0)
    spread = (ask(noisy, 4000)[:, 0] - 0.5).std()
    sd = 0.01 * (1 if kind == "gaussian" else 2**0.5)
    assert spread == pytest.approx(sd / 2**0.5, rel=0.06)  # 4,000 draws: 1.1% (Gaussian), 1.8% (Laplace) a deviation
    same = Noisy(says(*[[0.5, 0.5]] * 4000), 0.01, kind=kind, rng=0)
    first = ask(same, 3)
    assert (first != ask(same, 3)).all()


def test_epsilon_of_laplace_noise_is_the_worst_log_ratio_of_densities():
    """(1, 0) against (0, 1): where the noise pushes outward in both coordinates the ratio is e^(2/b), nowhere more."""
    noisy = Noisy(says([0.5, 0.5]), 0.8, kind="laplace", rng=0)
    grid = np.linspace(-3, 4, 141)
    ratio = (laplace.logpdf(grid[:, None], 1, 0.8) + laplace.logpdf(grid, 0, 0.8)
             - laplace.logpdf(grid[:, None], 0, 0.8) - laplace.logpdf(grid, 1, 0.8))
    assert noisy.epsilon_per_query() == pytest.approx(ratio.max())
    assert noisy.epsilon_spent() == 0
    ask(noisy), ask(noisy)
    assert noisy.epsilon_spent() == pytest.approx(2 * ratio.max())


def test_epsilon_of_gaussian_noise_meets_its_delta():
    """P[L > eps] - e^eps P'[L > eps] = delta for the two Gaussians one sensitivity apart, by numerical integration."""
    noisy = Noisy(says(*[[0.5, 0.5]] * 5), 2.0, sensitivity=1.0, rng=0)
    ask(noisy, 5)
    for epsilon, mu in ((noisy.epsilon_per_query(1e-3), 0.5), (noisy.epsilon_spent(1e-3), 5**0.5 / 2)):
        t = np.linspace(-12, 12, 400_001)
        delta = np.maximum(norm.pdf(t, mu) - np.exp(epsilon) * norm.pdf(t), 0).sum() * (t[1] - t[0])
        assert delta == pytest.approx(1e-3, rel=1e-3)


def test_epsilon_after_so_many_answers_is_what_asking_them_would_spend():
    noisy = Noisy(says(*[[0.5, 0.5]] * 5), 2.0, rng=0)
    promised = noisy.epsilon_after(5)
    ask(noisy, 5)
    assert noisy.epsilon_spent() == promised > noisy.epsilon_per_query() == noisy.epsilon_after(1)
    assert noisy.epsilon_after(0) == 0
    with pytest.raises(ValueError, match="delta=0"):
        noisy.epsilon_after(5, delta=0)


@pytest.mark.parametrize(("call", "message"), [
    (lambda a: Rounded("model", 2), "Wrap the model first"),
    (lambda a: Rounded(a, -1), "decimals=-1"),
    (lambda a: TopK(a, 4), "There are no more classes"),
    (lambda a: TopK(a, 0), "k=0"),
    (lambda a: Noisy(a, 0, rng=0), "scale=0"),
    (lambda a: Noisy(a, 1, kind="uniform", rng=0), "kind='uniform'"),
    (lambda a: Noisy(a, 1, sensitivity=1.5, rng=0), "never further apart"),
    (lambda a: Noisy(a, 1, rng=None), "rng=None"),
    (lambda a: Metered(a, -1), "budget=-1"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(says([0.2, 0.3, 0.5]))
