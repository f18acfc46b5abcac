"""A stolen face: from the file of a recognizer, and by asking alone."""

import time
from textwrap import fill

import numpy as np
from markupsafe import Markup

from leaklab.access import BlackBox, RemoteApi, WhiteBox
from leaklab.attacks import FaceInversion
from leaklab.course import KINDS, Customers, honest_visit
from leaklab.data import Faces
from leaklab.demo.part import Advice, Part, Rows, Shared, decimal, percent
from leaklab.demo.pictures import drawn
from leaklab.evaluation import Likeness, accuracy
from leaklab.experiments import VICTIMS, faces
from leaklab.metrics import Spread
from leaklab.plots import likeness_bars, portrait_grid, success_by_queries, traffic
from leaklab.server import Detector, serve, sketch_of

SHOWN, FEW = 8, 3
"""People whose portraits a page shows, and a phone."""
QUERIES = 1000
"""A person."""
HONEST = 6


def typical(photographs: Faces) -> np.ndarray:
    """For every person the photograph closest to their mean."""
    away = ((photographs.images - photographs.class_means()[photographs.person]) ** 2).sum(
        axis=tuple(range(1, photographs.images.ndim)))
    mine = np.where(photographs.person[None] == np.arange(photographs.people)[:, None], away, np.inf)
    return photographs.images[mine.argmin(axis=1)]


def portraits(name: str, rows: dict[str, np.ndarray], names, alt: str):
    """A grid of portraits that shows as many people as there is room for."""
    def draw(ax, wide):
        shown = slice(0, SHOWN if wide else FEW)
        ax.figure.set_layout_engine("none")
        ax.set_position((0, 0, 1, 1))
        portrait_grid({label: images[shown] for label, images in rows.items()}, names=names[shown], ax=ax)

    return drawn(name, alt, draw, height=0.3 + 1.05 * len(rows), low=0.3 + 1.05 * len(rows))


def bars(name: str, alt: str, found: dict[str, Likeness], attacks: list[str]):
    """How often each kind of face is recognized."""
    def draw(ax, wide):
        likeness_bars({label if wide else fill(label, 14): one for label, one in found.items()},
                      attacks=attacks if wide else [fill(label, 14) for label in attacks], ax=ax)
        ax.set_xlabel("recognized by an independent program" if wide else "recognized")
        for text in ax.texts:
            if not wide and text.xy[0] > 1:  # no room for the likeness, which the table has
                text.set_visible(False)
                text.set_in_layout(False)

    return drawn(name, alt, draw, height=1.6 + 0.65 * len(found), low=1.8 + 0.9 * len(found))


def likeness_rows(found: dict[str, Likeness]) -> list[tuple[str, str, str]]:
    return [(label, f"{one.top1.successes} of {one.top1.trials}: {percent(one.top1)}", decimal(Spread.of(one.beyond)))
            for label, one in found.items()]


def stolen_face(shared: Shared) -> Part:
    """Model inversion of a face recognizer, white box."""
    stage, lock = shared.stage, shared.recognizer
    start = time.perf_counter()
    recovered = FaceInversion(prior=stage.prior)(WhiteBox(lock), stage.people, rng=2, progress=shared.progress)
    seconds = time.perf_counter() - start
    right = accuracy(BlackBox(lock), stage.test.images, stage.test.person)
    face = stage.judge(recovered.images)
    found = {"recovered from the file": face, "the average face": stage.judge(faces.average_face(stage)),
             "a name without photographs": stage.judge(faces.never_trained(stage, VICTIMS["MLP"], rng=3))}
    _, average, never = (one.top1 for one in found.values())
    names, people = stage.train.names, len(stage.people)
    leak = face.top1.low > face.chance
    return Part(
        f"A door lock recognizes {people} people. It learned their faces from photographs, seven of each person; then "
        "the photographs were deleted, and only a file of numbers was kept. Somebody copies that file and asks it, "
        "name by name: what must a picture look like, so that you are as sure as can be that it shows this person?",
        Markup("Such a file is called a <dfn>model</dfn>. Whoever holds it can follow how each pixel of a picture "
               "changes the answer: this is called <dfn>white-box</dfn> access, and drawing from a model what it "
               "learned from is called <dfn>model inversion</dfn>. The attacker also has photographs of {} other "
               "people, from which they know what faces look like in general.").format(stage.public.people),
        (portraits("faces", {"photograph": typical(stage.train), "recovered": recovered.images}, names,
                   f"Two rows of portraits of {SHOWN} people: above, a photograph that the lock learned from; below, "
                   f"the face recovered from the file. The program that checks them recognizes {face.top1.successes} "
                   f"of all {people} recovered faces."),
         "Whether a recovered face is like the person is not judged by eye. Another program, which knows the people "
         "but which the attacker never sees, says whom it recognizes. Two other faces must do worse: the average of "
         "the other people's faces, and what the same attack draws for people whose names the lock has, but no "
         "photographs.",
         bars("likeness", f"Bars of how many faces are recognized: {percent(face.top1)} of those recovered from the "
              f"file; {percent(average)} where everybody gets the average face; {percent(never)} for names without "
              f"photographs. Guessing recognizes {face.chance:.0%}.", found, ["recovered from the file"]),
         Rows(f"Faces of {people} people, recovered in {seconds:.1f} seconds. Guessing is right for {face.chance:.0%}. "
              "Likeness is the correlation with the person's photographs after the average face was subtracted from "
              "both: 0 is nothing in common, 1 the same.",
              ("what was tried", "recognized", "likeness"), likeness_rows(found)),
         f"The lock itself is right about {percent(right)} of photographs that it never saw."),
        (Advice("Guard the file of a model as you guard the data that it was trained on." if leak else
                "Faces were not shown to be recoverable from this file; test your own before you share it.",
                f"From the file alone {face.top1.successes} of {people} faces were recovered in {seconds:.1f} seconds; "
                f"guessing is right for {face.chance:.0%}.", leak),))


def prediction_api(shared: Shared) -> Part:
    """The same faces by asking a server, with scores and with names only; and what the server's log shows."""
    stage, rng = shared.stage, np.random.default_rng(0)
    attack, people = FaceInversion(prior=stage.prior, queries=QUERIES), stage.people
    with serve(BlackBox(shared.recognizer)) as server:
        by_score, by_name = (attack(RemoteApi(server.url, server.keys.add(who, hardening=hardening)), people, rng=4,
                                    progress=shared.progress)
                             for who, hardening in (("attacker, scores", ""), ("attacker, names", "labels")))
        for i in range(HONEST):
            kind = KINDS[i % len(KINDS)]
            with RemoteApi(server.url, server.keys.add(f"legitimate {i + 1}")) as honest:
                honest.probabilities(honest_visit(stage.test, 300, kind=kind, rng=rng))
        sketch = sketch_of(server.log, stage.public.shape)
        visits = (honest_visit(stage.public, 200, kind=KINDS[i % len(KINDS)], rng=rng) for i in range(100))
        seen = Customers(server, Detector.fit([sketch(visit) for visit in visits], false_alarms=0.01)).seen()
    seen.sort(key=lambda one: one.name)
    found = {"by asking for scores": stage.judge(by_score.images),
             "by asking for names only": stage.judge(by_name.images)}
    scores, names = found.values()
    spent = [round(one.queries / len(people)) for one in (by_score, by_name)]
    attackers, honest_ones = ([one for one in seen if one.name.startswith(kind)] for kind in ("attacker", "legitimate"))
    caught, wronged = (sum(one.flagged is not None for one in group) for group in (attackers, honest_ones))
    first = min((one.flagged for one in attackers if one.flagged), default=None)
    alarm = f"the first at question {first}" if first else "no alarm at all"

    def climb(ax, wide):
        def on_the_way(one):
            asked = (one.path_steps + 1) / (one.path_steps[-1] + 1) * one.queries / len(people)
            return asked, [stage.judge(images).top1 for images in one.path]
        success_by_queries({"scores": on_the_way(by_score), "names only": on_the_way(by_name)}, chance=scores.chance,
                           ax=ax)
        ax.set(xlabel="questions asked for each person", ylabel="faces recognized" if wide else "recognized")
        ax.legend(loc="lower right", frameon=False)

    return Part(
        "The company takes its file back. Now the lock sends each picture to a server, and the server answers who it "
        "is. The attacker is a customer like all others. They ask about a picture, change it a little, ask again, and "
        "keep whatever makes the answer surer.",
        Markup("Such a server is called a <dfn>prediction API</dfn>, and a question to it a <dfn>query</dfn>. Whoever "
               "can only ask has <dfn>black-box</dfn> access. An answer holds a <dfn>score</dfn> for every name, which "
               "says how sure the server is; or, where the server is frugal, one name and nothing else."),
        (portraits("api", {"photograph": typical(stage.train), "by scores": by_score.images,
                           "by names": by_name.images}, stage.train.names,
                   f"Three rows of portraits of {SHOWN} people: a photograph, the face recovered by asking for scores, "
                   f"and the face recovered by asking for names only. Of all {len(people)} people "
                   f"{scores.top1.successes} are recognized by scores and {names.top1.successes} by names only."),
         drawn("queries", f"Two lines, faces recognized against questions asked for each person. By scores they "
               f"end at {scores.top1.value:.0%} after {spent[0]:,} questions, by names only at {names.top1.value:.0%} "
               f"after {spent[1]:,}. The dotted line of guessing is at {scores.chance:.0%}.", climb),
         Rows(f"The same {len(people)} people, recovered by asking a real server on this computer.",
              ("what was asked for", "recognized", "likeness", "questions a person"),
              [(*row, f"{asked:,}") for row, asked in zip(likeness_rows(found), spent, strict=True)]),
         "The server writes down who asks what, in a form from which no picture can be restored. The attack tries each "
         "small change in both directions, and this is seen in the log: a step, and a little later the same step "
         "backwards. Honest customers send photographs.",
         drawn("log", f"A lane for each of {len(seen)} customers, as long as their questions, the first 1,000 of them; "
               f"marked where they look like an attack. {caught} of {len(attackers)} attackers are marked, {alarm}; "
               f"and {wronged} of {len(honest_ones)} legitimate customers.",
               lambda ax, wide: traffic([(one.name, one.suspicion) for one in seen], ax=ax), height=4.6, low=4.4),
         Rows("What the log showed. The alarm is set so that at most 1 in 100 legitimate customers is called an "
              "attacker.",
              ("customer", "questions", "alarm"),
              [(one.name, f"{one.queries:,}", f"at question {one.flagged}" if one.flagged else "none")
               for one in attackers] + [(f"{HONEST} legitimate customers",
                                         f"{sum(one.queries for one in honest_ones):,}",
                                         f"{wronged} of {HONEST}")])),
        (Advice("Do not count on keeping a model behind a server." if max(scores.top1.low, names.top1.low) >
                scores.chance else "Asking alone did not get further than guessing here; test your own service.",
                f"By asking alone {scores.top1.successes} of {len(people)} faces were recovered with about "
                f"{spent[0]:,} questions each, and {names.top1.successes} where the answer was a name alone.",
                max(scores.top1.low, names.top1.low) > scores.chance),
         Advice("Keep a log and look at it: it shows the careless attacker.",
                f"{caught} of {len(attackers)} attackers raised an alarm, {alarm}; so did {wronged} of "
                f"{len(honest_ones)} legitimate customers. Who shuffles their questions is not seen.")))
