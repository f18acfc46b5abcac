"""Was this patient in the data, who is exposed most, and what private training changes."""

import numpy as np
from markupsafe import Markup
from scipy.special import expit
from scipy.special import logit as log_odds

from leaklab.access import BlackBox
from leaklab.attacks import Threshold
from leaklab.data import load_patients, risk
from leaklab.demo.faces import portraits, typical
from leaklab.demo.part import Advice, Part, Rows, Shared, decimal, percent
from leaklab.demo.pictures import drawn, settle
from leaklab.evaluation import accuracy
from leaklab.experiments import (
    VICTIM,
    cohorts,
    face_point,
    patient_point,
    plan_for_people,
    private_mlp,
    stopped_early,
    take_turns,
)
from leaklab.metrics import Rate, exposure, over_targets, roc
from leaklab.plots import exposed, roc_curve, roc_spread, score_histograms
from leaklab.plots.private import tradeoff

CLINIC = 2000
"""Patients of a clinic, and as many others."""
TARGETS = 65
EPSILONS = (np.inf, 8.0, 2.0, 0.5)
FACE_EPSILON = 8.0
HEALTHY, EXPECTED, UNEXPECTED = "healthy", "ill, as expected", "ill, unexpectedly"
AREA = ("<dfn>AUC</dfn>: of one patient of the clinic and one other, how often the attack points at the right one; "
        "0.50 is a coin, 1.00 always")
RATES = ("the <dfn>true-positive rate</dfn> is the share of the clinic's patients who are found, the "
         "<dfn>false-positive rate</dfn> the share of others who are wrongly called patients")


def exposed_patient(shared: Shared) -> Part:
    """Membership inference by a threshold on the loss."""
    members, others = shared.patients.sample(2 * CLINIC, balanced=True, rng=1).split(0.5, rng=1)
    x, y = np.concatenate([members.x, others.x]), np.concatenate([members.label, others.label])
    member = np.arange(len(x)) < len(members)
    scores, curves, rows, right = {}, {}, [], {}
    for recipe in (VICTIM, stopped_early()):
        name = f"{recipe.epochs} passes"
        model = BlackBox(recipe.fit(members.x, members.label, rng=2, progress=shared.progress))
        scores[name] = Threshold(signal="loss")(model, x, y).score
        curve = curves[name] = roc(scores[name], member)
        right[name] = accuracy(model, others.x, others.label)
        rows.append((name, percent(accuracy(model, members.x, members.label)), percent(right[name]),
                     decimal(curve.auc), percent(curve.tpr_at(0.01))))
    (long, leaking), (short, early) = curves.items()
    losses = np.maximum(-scores[long], 1e-3)  # smaller is as good as none
    typical_loss = [np.median(losses[who]) for who in (member, ~member)]
    leak = leaking.auc.low > 0.5

    def humps(ax, wide):
        score_histograms(losses[member], losses[~member], ax=ax, log=True,
                         quantity="loss: surprise of the model (0.001: or less)" if wide else "loss")
        ax.xaxis.set_major_formatter("{x:g}")

    def curves_on(ax, wide):
        roc_curve({f"trained with {name}" if wide else name: curve for name, curve in curves.items()}, ax=ax)
        settle(ax, wide)

    return Part(
        f"A clinic wants to foretell diabetes. From the answers of {CLINIC:,} of its patients to 21 questions a "
        "program learns who fell ill. An insurer has the answers of somebody, and asks the program about them. If it "
        "went through its patients often enough to know them by heart, it is surer about them than about others, and "
        "that tells who was a patient of this clinic.",
        Markup("What a program has learned is called a <dfn>model</dfn>, and one pass over all patients an "
               "<dfn>epoch</dfn>. The <dfn>loss</dfn> says how much the model was surprised by what really became of a "
               "person. Whoever says “patient of this clinic” wherever the loss is small makes a <dfn>threshold "
               "attack</dfn>; to find out who was in the data is called <dfn>membership inference</dfn>, and those who "
               "were are <dfn>members</dfn>."),
        (drawn("losses", f"Two humps of how surprised the model is, after {long}, on a logarithmic axis. Half of the "
               f"members have a loss below {typical_loss[0]:.2f}, half of the others one below {typical_loss[1]:.2f}.",
               humps),
         Markup("Two measures say how far that leads: " + RATES + ". In one number, the " + AREA + "."),
         drawn("membership", "Curves of members found against others wrongly accused, on logarithmic axes. " + " ".join(
             f"After {name}, at 1% false positives the attack finds {percent(curve.tpr_at(0.01))} of the members, at "
             f"10% {percent(curve.tpr_at(0.1))}." for name, curve in curves.items()) + " Chance finds 1% and 10%.",
             curves_on, height=5, low=5),
         Rows(f"{CLINIC:,} patients of the clinic and {CLINIC:,} others, half of each ill. Chance: an AUC of 0.50, and "
              "1% of the members at 1% false positives.",
              ("training", "right on its patients", "right on others", "AUC", "members found at 1% false positives"),
              rows)),
        (Advice("Stop training before the model knows its people by heart." if leak else
                "No leak was shown on average; look at single people all the same.",
                f"After {long} the attack's AUC was {decimal(leaking.auc)}; after {short} it was {decimal(early.auc)}, "
                f"and the model was right about {percent(right[short])} of new people instead of "
                f"{percent(right[long])}.", leak),))


def most_exposed(shared: Shared) -> Part:
    """Shadow models: every one of 65 models takes its turn as the target."""
    asked = load_patients("synthetic").deduplicate().sample(1400, rng=0)
    turns = take_turns(asked, models=TARGETS, rng=1, progress=shared.progress)
    names = {"one threshold for all": "loss threshold", "LiRA": "LiRA", "RMIA": "RMIA"}
    attacks = {name: over_targets(turns.scores(attack), turns.trained_on) for name, attack in names.items()}
    scores, likely, ill = turns.scores("LiRA"), risk(asked.features), asked.label == 1
    kind = np.where(~ill, HEALTHY, np.where(likely >= 0.2, EXPECTED, UNEXPECTED))
    found = exposure(scores, turns.trained_on)
    marked = found.exposed()
    groups = {name: Rate(int(marked[kind == name].sum()), int((kind == name).sum()))
              for name in (HEALTHY, EXPECTED, UNEXPECTED)}
    plain, lira = (attacks[name].tpr_at(0.01) for name in ("one threshold for all", "LiRA"))
    worst, safest = max(groups, key=lambda name: groups[name].value), min(groups, key=lambda name: groups[name].value)

    def people(ax, wide):
        exposed(found, kind, ax=ax)
        ax.get_legend().set_title(None)
        for text in ax.get_legend().get_texts():
            text.set_text(text.get_text().removesuffix("" if wide else " exposed"))
        ax.set(xlabel="share of the group, the most exposed first" if wide else "share of the group",
               ylabel="advantage of the attack" if wide else "advantage")

    def spread(ax, wide):
        roc_spread({name: attacks[name] for name in ("one threshold for all", "LiRA")}, ax=ax)
        for text, name in zip(ax.get_legend().get_texts(), ("one threshold for all", "LiRA"), strict=False):
            text.set_text(f"{name}: AUC {attacks[name].auc.value:.2f}")
        settle(ax, wide)

    return Part(
        "An attack that is hardly better than a coin over all people may look harmless. But people are not alike: most "
        "hide in the crowd, and some stand where nobody else stands. A better attacker trains programs of their own, "
        "some with a certain person in the data and some without, and so learns what difference this one person makes.",
        Markup("What a program has learned is called a <dfn>model</dfn>; models that an attacker trains to compare "
               "with are <dfn>shadow models</dfn>. <dfn>LiRA</dfn> asks of "
               "each person which explains the answer better, the shadow models with them or those without. "
               f"Here {TARGETS} models, each trained on one half of {len(asked):,} people, take turns as the one under "
               "attack. A person's <dfn>advantage</dfn> is how much more often they are called a patient when they are "
               "one than when they are not: 0 if it makes no difference, 1 if the attack always tells. Whoever has "
               "more of it than luck explains is called <dfn>exposed</dfn>; of those so marked, at most 5% are by "
               "luck."),
        (drawn("exposed", "Each person's advantage, by rank within their group; large marks are those shown to be "
               "exposed: " + ", ".join(f"{rate.successes} of {rate.trials} {name}" for name, rate in groups.items())
               + ".", people, height=5, low=5),
         Rows(f"Who is exposed to LiRA, of {len(asked):,} people of whom {int(ill.sum())} are ill. “As expected”: by "
              "their answers the risk was 20% or more.",
              ("group", "exposed"),
              [(name, f"{rate.successes:,} of {rate.trials:,}: {percent(rate)}") for name, rate in groups.items()]),
         Markup("The attack as a whole, beside two others: the threshold of before, one for all, and <dfn>RMIA</dfn>, "
                "which compares a person with other people, and needs fewer shadow models. Those in the data are "
                "called <dfn>members</dfn>; " + RATES + "; " + AREA + "."),
         drawn("attacks", f"Curves on logarithmic axes, as bands over {TARGETS} models. At 1% false positives one "
               f"threshold for all finds {percent(plain)} of the members, LiRA {percent(lira)}.", spread, height=5,
               low=5),
         Rows("Three attacks on the same models. Chance: an AUC of 0.50, and 1% of the members.",
              ("attack", "AUC", "members found at 1% false positives"),
              [(name, decimal(one.auc), percent(one.tpr_at(0.01))) for name, one in attacks.items()]),
         "Not marked does not mean safe: it was not shown, with this attack and so many models. And the attacker here "
         "knows all 1,400 people; one who knows fewer finds somewhat less."),
        (Advice("Judge a leak by the people who are hit hardest, not by the average.",
                f"Exposed are {groups[worst].successes} of {groups[worst].trials} who are {worst}, and "
                f"{groups[safest].successes} of {groups[safest].trials} who are {safest}. At 1% false positives LiRA "
                f"finds {percent(lira)} of the members, one threshold for all {percent(plain)}.",
                isinstance(lira, Rate) and lira.low > 0.01),))


def private_model(shared: Shared) -> Part:
    """Training with DP-SGD: what it costs along epsilon, for many patients and for few faces."""
    pairs = cohorts(shared.patients, CLINIC, 2, rng=1)
    points = [patient_point(private_mlp(epsilon, CLINIC), pairs, epsilon=epsilon, rng=0, progress=shared.progress)
              for epsilon in EPSILONS]
    stage = shared.stage
    open_face, kept_face = (face_point(stage.train, stage.test, stage.public, epsilon=epsilon, rng=0,
                                       evaluator=stage.evaluator, batches=plan_for_people(stage.train.people))
                            for epsilon in (np.inf, FACE_EPSILON))
    plain, best = points[0], points[2]
    odds, belief = np.exp(best.epsilon), expit(log_odds(0.5) + best.epsilon)

    def curve(ax, wide):
        tradeoff(EPSILONS, {"right on\nnew people": [one.accuracy for one in points],
                            "attack\n(AUC)": [one.auc for one in points]}, chance=0.5, ax=ax, ylim=(0.45, 0.8))
        ax.set_xlabel("epsilon (stronger promise to the right)" if wide else "epsilon")

    def row(name, one):
        return name, percent(one.accuracy), decimal(one.auc), percent(one.tpr)

    return Part(
        "Tomorrow somebody may find a better attack. Can a program be trained so that no attack gets far, not even one "
        "that nobody has thought of? It can: while it learns, nobody may pull it further than a certain length, and "
        "dice are thrown on top, so that no one person's pull can be told from the dice.",
        Markup("To train so is called <dfn>DP-SGD</dfn>, and what it promises <dfn>differential privacy</dfn>. The "
               "promise has a number, <dfn>epsilon</dfn>: whatever somebody sees, their odds that a certain person "
               "took part grow at most by the factor e to the power of epsilon (but for a chance <dfn>delta</dfn>, "
               "here 1 in 100,000). Smaller is stronger: at epsilon {:g} the odds grow at most {:.1f}-fold, so that a "
               "belief of 50% becomes {:.0%} at most. The attack is the <dfn>threshold attack</dfn>, which calls "
               "everybody a patient about whom the program is unusually sure; " + AREA + ".").format(
                   best.epsilon, odds, belief),
        (drawn("private", "Two lines along epsilon. Not private: right on "
               f"{percent(plain.accuracy)} of new people, attack's AUC {decimal(plain.auc)}. "
               + " ".join(f"Epsilon {one.epsilon:g}: {percent(one.accuracy)}, AUC {decimal(one.auc)}."
                          for one in points[1:]) + " A coin's AUC is 0.50.", curve, height=4.8),
         Rows(f"Two clinics of {CLINIC:,} patients each. Chance: an AUC of 0.50, and 1% of the patients found while 1% "
              "of others are wrongly accused.",
              ("promise", "right on new people", "attack's AUC", "patients found"),
              [row("none" if np.isinf(one.epsilon) else f"epsilon {one.epsilon:g}", one) for one in points]),
         f"The same promise to {stage.train.people} people with all their photographs, of whom a door lock must know "
         "each one, is another matter: few people are a small crowd to hide in. This is left of the faces, and of the "
         "use.",
         portraits("private_faces", {"photograph": typical(stage.train), "no promise": open_face.images,
                                     f"epsilon {FACE_EPSILON:g}": kept_face.images}, stage.train.names,
                   f"Three rows of portraits: a photograph, the face recovered from a lock trained without a promise, "
                   f"and from one with epsilon {FACE_EPSILON:g}. Of all {stage.train.people} people "
                   f"{open_face.top1.successes} and {kept_face.top1.successes} are recognized."),
         Rows(f"A lock for {stage.train.people} people: guessing is right for {1 / stage.train.people:.0%}.",
              ("promise", "lock is right on new photographs", "recovered faces recognized"),
              [("none", percent(open_face.accuracy), percent(open_face.top1)),
               (f"epsilon {FACE_EPSILON:g}", percent(kept_face.accuracy), percent(kept_face.top1))])),
        (Advice("Where many people stand behind a model, train it with differential privacy." if
                best.accuracy.high >= plain.accuracy.low else
                "Weigh what differential privacy costs here against what it protects.",
                f"At epsilon {best.epsilon:g} the model was right about {percent(best.accuracy)} of new people, "
                f"without a promise about {percent(plain.accuracy)}; the attack's AUC fell from {decimal(plain.auc)} "
                f"to {decimal(best.auc)}.", plain.auc.low > 0.5),
         Advice("Where few people stand behind it, do not expect privacy and use at once: limit who holds the model."
                if kept_face.accuracy.high < open_face.accuracy.low else
                "Where few people stand behind it, measure what privacy costs, and limit who holds the model.",
                f"For {stage.train.people} faces at epsilon {FACE_EPSILON:g}, {kept_face.top1.successes} were "
                f"recovered instead of {open_face.top1.successes}, but the lock was right about "
                f"{percent(kept_face.accuracy)} instead of {percent(open_face.accuracy)}.",
                open_face.top1.low > 1 / stage.train.people)))
