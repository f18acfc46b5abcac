"""What every membership attack must be: one table of attacks, on a model that leaks and on one that cannot."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
import tensorflow as tf
from models_for_tests import Margin

from leaklab._validate import Refused
from leaklab.access import Access, Offers, WhiteBox
from leaklab.attacks import (
    RMIA,
    SIGNALS,
    AttackModel,
    GradientNorm,
    LabelOnlyMembership,
    LiRA,
    MembershipAttack,
    Outsiders,
    QuantileRegression,
    Shadow,
    Shadows,
    Threshold,
    check_attack,
    lira_turns,
    rmia_turns,
)
from leaklab.attacks.contract import FEATURES, RECORDS, draw, fit, ground
from leaklab.attacks.lira import logit
from leaklab.attacks.rmia import true_probability
from leaklab.metrics import roc

N, D = RECORDS, FEATURES
LAB = ground()
WITH_OUTSIDERS = replace(LAB.shadows, outsiders=LAB.outsiders)
# The attack, what it is told, and its queries for N records beyond one each.
TABLE = [
    *[(Threshold(signal=signal), None, 0) for signal in SIGNALS],
    (Margin(), None, 0),
    (Threshold(signal="modified_entropy"), Shadow, 0),
    (AttackModel(trees=20), Shadow, 0),
    (AttackModel(trees=20), Shadows, 0),
    (LiRA(), Shadows, 0),
    (LiRA(variance="per_record"), Shadows, 0),
    (LiRA(online=False), Shadows, 0),
    (LiRA(augment=lambda x: [x, 1.1 * x]), Shadows, N),
    (RMIA(), Shadows, 0),
    (RMIA(online=False), Shadows, 0),
    (RMIA(gamma=1.1), WITH_OUTSIDERS, N),
    (QuantileRegression(fpr=0.3), Outsiders, N),
    (LabelOnlyMembership(tries=15), None, 15 * N),
    (LabelOnlyMembership(tries=5), Shadow, 5 * N),
    (LabelOnlyMembership(by="boundary", scale=4.0, tries=10, steps=6), None, None),
    (GradientNorm(), None, 0),
    (GradientNorm(), Shadow, 0),
]
IDS = [re.sub(r"<function.* at \w+>", "two", f"{attack!r}-") + getattr(told, "__name__", type(told).__name__)
       for attack, told, _ in TABLE]
attacks = pytest.mark.parametrize(("attack", "told", "extra"), TABLE, ids=IDS)


def keras_twin(estimator):
    """The same regression as a Keras model."""
    model = tf.keras.Sequential([tf.keras.layers.Input((D,)), tf.keras.layers.Dense(2), tf.keras.layers.Softmax()])
    w, b = estimator.coef_[0], estimator.intercept_[0]
    model.set_weights([np.stack([0 * w, w], axis=1), np.array([0, b])])
    return model


@pytest.fixture
def lab():
    return LAB


def target():
    return WhiteBox(LAB.models[len(LAB.models) - 1])


def run(lab, attack, told, access, rng=0):
    known = lab.knowledge(told or type(None)) if told is None or isinstance(told, type) else told
    return attack(access, lab.x, lab.y, knowledge=known, rng=rng)


@attacks
def test_keeps_the_contract(attack, told, extra):
    """And finds members: all but those that cannot know the truth of an answer (`confidence`, `entropy`)."""
    found = check_attack(attack, told, rng=3)
    assert found.faults == ()
    assert found.members.low > 0.5 or getattr(attack, "signal", "") in ("confidence", "entropy")
    if extra is not None:
        assert found.queries == N + extra


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize(("turns", "signal"), [(lira_turns, logit), (rmia_turns, true_probability)])
def test_knowing_the_record_beats_one_threshold_for_all(lab, turns, signal, online):
    """All 32 shadow models as targets in turn: the AUC gains over the loss, by three standard errors of the mean."""
    shadows = lab.shadows
    told = turns(shadows.signals(signal), shadows.trained_on, online=online)
    plain = shadows.signals(true_probability)
    gain = [roc(a, kept).auc.value - roc(b, kept).auc.value
            for a, b, kept in zip(told, plain, shadows.trained_on, strict=True)]
    assert np.mean(gain) > 3 * np.std(gain, ddof=1) / np.sqrt(len(gain))


@attacks
def test_a_verdict_only_where_something_taught_a_threshold(lab, attack, told, extra):
    out = run(lab, attack, told, target())
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
        run(lab, attack, None, target())


@pytest.mark.parametrize("attack", [LiRA(), RMIA()], ids=repr)
def test_only_the_rows_of_the_table(lab, attack):
    with pytest.raises(Refused, match="are not the table of the shadow models"):
        attack(target(), lab.x[::-1], lab.y[::-1], knowledge=lab.shadows)


def test_offline_attacks_work_with_strangers_models_and_then_give_no_verdict(lab):
    """Shadow models that trained on nobody in the table: the records are scored, no threshold is learned."""
    rng = np.random.default_rng(9)
    strangers = Shadows([fit(*draw(rng, 200)) for _ in range(8)], lab.x, lab.y, np.zeros((8, N), bool))
    for attack in (LiRA(online=False), RMIA(online=False)):
        out = attack(target(), lab.x, lab.y, knowledge=strangers)
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
        call(lab.shadows)


def faulty(run, needs=Offers.SCORES):
    """An attack that somebody wrote."""
    @dataclass(frozen=True, kw_only=True)
    class Theirs(MembershipAttack):
        def run(self, access, x, y, knowledge, rng, progress):
            return run(access, x, y, rng)

    Theirs.needs = needs
    return Theirs()


def true_class(access, x, y):
    return access.probabilities(x)[np.arange(N), y]


@pytest.mark.parametrize(("run", "said"), [
    (lambda access, x, y, rng: -true_class(access, x, y), "turn the sign"),
    (lambda access, x, y, rng: true_class(access, x, y) + (np.random.default_rng(5).random(N) < 0.5),
     "in a model that never saw anybody"),
    (lambda access, x, y, rng: true_class(access, x, y) + 1e-6 * np.random.default_rng().random(N), "same rng"),
    (lambda access, x, y, rng: access._model.probabilities(x)[np.arange(N), y], "never reach past it")])
def test_says_what_breaks_the_contract(run, said):
    found = check_attack(faulty(run))
    assert len(found.faults) == 1 and said in found.faults[0] and said in str(found)


def test_an_attack_that_gets_less_than_it_needs_is_told(monkeypatch):
    monkeypatch.setattr(Access, "require", lambda self, needs, who: None)
    assert check_attack(Threshold()).faults == ("It runs with less access than it needs.",)


@pytest.mark.parametrize(("attack", "told", "message"), [
    (Threshold, None, "must be a membership attack"),
    (Threshold(), int, "told='int': is knowledge that is not to be had"),
    (Threshold(), Shadows, "Threshold needs None or Shadow"),
    (faulty(lambda access, x, y, rng: access.probabilities(x)), None, "must be .400,., one for each record"),
    (faulty(lambda access, x, y, rng: true_class(access, x, y) * np.nan), None, "must be finite"),
    (faulty(lambda access, x, y, rng: access.gradient(x, y)[0]), None, "gradient needs GRADIENTS; .* offers SCORES")])
def test_an_attack_that_cannot_be_checked_is_refused(attack, told, message):
    with pytest.raises(ValueError, match=message):
        check_attack(attack, told)
