"""What every membership attack must be: one table of attacks, on a model that leaks and on one that cannot."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from models_for_tests import Margin
from sklearn.linear_model import LogisticRegression

from leaklab._validate import Refused
from leaklab.access import Offers, WhiteBox
from leaklab.attacks import (
    RMIA,
    SIGNALS,
    AttackModel,
    GradientNorm,
    LabelOnlyMembership,
    LiRA,
    Outsiders,
    QuantileRegression,
    Shadow,
    Shadows,
    Threshold,
    lira_turns,
    rmia_turns,
)
from leaklab.attacks.lira import logit
from leaklab.attacks.rmia import true_probability
from leaklab.metrics import roc

N, D, K = 400, 50, 33
# The attack, what it is told (a name in `known` below), and its queries for N records beyond one each.
TABLE = [
    *[(Threshold(signal=signal), None, 0) for signal in SIGNALS],
    (Margin(), None, 0),
    (Threshold(signal="modified_entropy"), "shadow", 0),
    (AttackModel(trees=20), "shadow", 0),
    (AttackModel(trees=20), "shadows", 0),
    (LiRA(), "shadows", 0),
    (LiRA(variance="per_record"), "shadows", 0),
    (LiRA(online=False), "shadows", 0),
    (LiRA(augment=lambda x: [x, 1.1 * x]), "shadows", N),
    (RMIA(), "shadows", 0),
    (RMIA(online=False), "shadows", 0),
    (RMIA(gamma=1.1), "with_outsiders", N),
    (QuantileRegression(fpr=0.3), "outsiders", N),
    (LabelOnlyMembership(tries=15), None, 15 * N),
    (LabelOnlyMembership(tries=5), "shadow", 5 * N),
    (LabelOnlyMembership(by="boundary", scale=4.0, tries=10, steps=6), None, None),
    (GradientNorm(), None, 0),
    (GradientNorm(), "white_shadow", 0),
]
IDS = [re.sub(r"<function.* at \w+>", "two", f"{attack!r}-{known}") for attack, known, _ in TABLE]
attacks = pytest.mark.parametrize(("attack", "told", "extra"), TABLE, ids=IDS)


def draw(rng, n=N):
    x = rng.normal(size=(n, D)).astype(np.float32)
    return x, (x[:, 0] + rng.normal(size=n) > 0).astype(int)


def fit(x, y):
    return LogisticRegression(C=0.3, max_iter=500).fit(x, y)


def keras_twin(estimator):
    """The same regression as a Keras model."""
    model = tf.keras.Sequential([tf.keras.layers.Input((D,)), tf.keras.layers.Dense(2), tf.keras.layers.Softmax()])
    w, b = estimator.coef_[0], estimator.intercept_[0]
    model.set_weights([np.stack([0 * w, w], axis=1), np.array([0, b])])
    return model


@pytest.fixture(scope="module")
def lab():
    """33 overfit regressions, each on a random half of 400 noisy records of 50 features; the last is the target."""
    rng = np.random.default_rng(0)
    x, y = draw(rng)
    trained_on = rng.permuted(np.arange(K)[:, None].repeat(N, axis=1) < K // 2, axis=0)
    models = [fit(x[kept], y[kept]) for kept in trained_on]
    shadows = Shadows(models[:-1], x, y, trained_on[:-1])
    outsiders = Outsiders(*draw(rng))
    known = {None: None, "shadow": shadows[0], "shadows": shadows, "outsiders": outsiders,
             "white_shadow": Shadow(WhiteBox(models[0]), x, y, trained_on[0]),
             "with_outsiders": Shadows(shadows.models, x, y, trained_on[:-1], outsiders)}
    stranger = fit(*draw(rng))
    return SimpleNamespace(x=x, y=y, member=trained_on[-1], known=known, target=lambda: WhiteBox(models[-1]),
                           stranger=lambda: WhiteBox(stranger))


def run(lab, attack, told, access, rng=0):
    return attack(access, lab.x, lab.y, knowledge=lab.known[told], rng=rng)


@attacks
def test_chance_where_nobody_is_a_member(lab, attack, told, extra):
    """The model never saw the table; "members" are marked by a coin: the 99.9% interval of the AUC holds 0.5."""
    coin = np.random.default_rng(5).random(N) < 0.5
    area = roc(run(lab, attack, told, lab.stranger()).score, coin, confidence=0.999).auc
    assert area.low < 0.5 < area.high


@attacks
def test_members_score_higher_on_a_model_that_leaks(lab, attack, told, extra):
    """Above chance; those that cannot know the truth of an answer (`confidence`, `entropy`) at least not below."""
    area = roc(run(lab, attack, told, lab.target()).score, lab.member).auc
    assert area.high > 0.5 if getattr(attack, "signal", "") in ("confidence", "entropy") else area.low > 0.5


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize(("turns", "signal"), [(lira_turns, logit), (rmia_turns, true_probability)])
def test_knowing_the_record_beats_one_threshold_for_all(lab, turns, signal, online):
    """All 32 shadow models as targets in turn: the AUC gains over the loss, by three standard errors of the mean."""
    shadows = lab.known["shadows"]
    told = turns(shadows.signals(signal), shadows.trained_on, online=online)
    plain = shadows.signals(true_probability)
    gain = [roc(a, kept).auc.value - roc(b, kept).auc.value
            for a, b, kept in zip(told, plain, shadows.trained_on, strict=True)]
    assert np.mean(gain) > 3 * np.std(gain, ddof=1) / np.sqrt(len(gain))


@attacks
def test_same_rng_same_scores_and_every_query_counted(lab, attack, told, extra):
    access = lab.target()
    first = run(lab, attack, told, access, rng=3)
    spent = access.queries
    second = run(lab, attack, told, access, rng=3)
    np.testing.assert_array_equal(first.score, second.score)
    assert first.queries == spent == access.queries - second.queries
    assert first.score.shape == (N,) and np.isfinite(first.score).all()
    if extra is not None:
        assert spent == N + extra


@attacks
def test_a_verdict_only_where_something_taught_a_threshold(lab, attack, told, extra):
    out = run(lab, attack, told, lab.target())
    assert out.calibrated == (told is not None)
    if told is None:
        with pytest.raises(Refused, match="nothing says where members begin"):
            _ = out.guess
    else:
        assert out.guess[lab.member].mean() > out.guess[~lab.member].mean()


def less(needs):
    """An access that offers one level less than an attack needs."""
    model = keras_twin(fit(*draw(np.random.default_rng(0))))
    return WhiteBox(model).only(Offers(max(Offers.LABELS, needs - 1)))


@attacks
def test_refuses_too_little_access(lab, attack, told, extra):
    if attack.needs == Offers.LABELS:  # there is no less than labels, and labels do
        assert run(lab, attack, None, less(attack.needs)).queries >= N
        return
    access = less(attack.needs)
    message = f"{type(attack).__name__} needs {attack.needs.name}; this access offers {access.offers.name}"
    with pytest.raises(Refused, match=message):
        run(lab, attack, told, access)
    assert access.queries == 0


@pytest.mark.parametrize(("attack", "kind"), [
    (LiRA(), "Shadows"), (RMIA(), "Shadows"), (AttackModel(), r"Shadow\(...\) or Shadows"),
    (QuantileRegression(), "Outsiders")], ids=repr)
def test_says_what_it_must_be_told(lab, attack, kind):
    with pytest.raises(Refused, match=f"knowledge=NoneType: {type(attack).__name__} needs {kind}"):
        run(lab, attack, None, lab.target())


@pytest.mark.parametrize("attack", [LiRA(), RMIA()], ids=repr)
def test_only_the_rows_of_the_table(lab, attack):
    with pytest.raises(Refused, match="are not the table of the shadow models"):
        attack(lab.target(), lab.x[::-1], lab.y[::-1], knowledge=lab.known["shadows"])


def test_offline_attacks_work_with_strangers_models_and_then_give_no_verdict(lab):
    """Shadow models that trained on nobody in the table: the records are scored, no threshold is learned."""
    rng = np.random.default_rng(9)
    strangers = Shadows([fit(*draw(rng, 200)) for _ in range(8)], lab.x, lab.y, np.zeros((8, N), bool))
    for attack in (LiRA(online=False), RMIA(online=False)):
        out = attack(lab.target(), lab.x, lab.y, knowledge=strangers)
        assert not out.calibrated
        assert roc(out.score, lab.member).auc.low > 0.5


@pytest.mark.parametrize(("call", "message"), [
    (lambda s: Threshold()(None, s.x, s.y), "must be an access object"),
    (lambda s: Shadows(s.models, s.x, s.y, s.trained_on[:, 1:]), "trained_on has shape"),
    (lambda s: Shadows(s.models, s.x, s.y, s.trained_on / 2), "trained_on=0.5: must be True or False"),
    (lambda s: Shadows(s.models, s.x, s.y, ~s.trained_on), "contradicts what the models were trained on"),
    (lambda s: Shadows(list(s.models), s.x, s.y), "is needed with a list of models"),
    (lambda s: Shadow(s[0].access, s.x, s.y, s.trained_on[0][1:]), "member has shape"),
    (lambda s: Shadow(s[0].access, s.x, s.y, 0.2 * s.trained_on[0]), "member=0.2: must be True or False"),
    (lambda s: Shadow(s[0].access, s.x, list(s.y)[1:], s.trained_on[0]), "y has 399 rows: must have 400"),
    (lambda s: Threshold()(s[0].access, s.x, s.y, knowledge=s),
     r"For one of many shadow models: knowledge=shadows\[0\]"),
    (lambda s: GradientNorm()(WhiteBox(s.models[0]), s.x, s.y, knowledge=s[0]), r"shadow model\) needs PARAMETERS"),
    (lambda s: AttackModel()(s[0].access, s.x, s.y, knowledge=Shadow(s[0].access, s.x, s.y, s.trained_on[0] & False)),
     "members and non-members of every class"),
    (lambda s: QuantileRegression()(s[0].access, s.x, s.y, knowledge=Outsiders(s.x[:40], s.y[:40])),
     "fpr=0.05 cannot be set on 10 held-out outsiders.*at least 19"),
    (lambda s: LabelOnlyMembership(by="labels"), "by='labels': must be one of"),
])
def test_refusals(lab, call, message):
    with pytest.raises(ValueError, match=message):
        call(lab.known["shadows"])
