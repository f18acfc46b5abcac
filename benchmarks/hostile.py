"""What strangers can do: 20,000 hostile requests, each judged, and scenes in which an honest client asks beside them.

    python benchmarks/hostile.py [--requests 20000] [--seconds 1.5] [--rounds 2] [--only WORD] [--quick]

The requests go to a server in a thread of this process: one in twenty is made by hand, byte by byte; the others are
drawn by Hypothesis around the server's operations, and sent eight at a time (`tests/server/hostile.py` says how they
are judged). Each scene (`scenes.py`) has a new server in its own process, and an honest client in another, which asks
one row at a time: quiet and attack in turn. All share the machine, so the times tell what the attack costs there,
attacker included. Ends with an error if a rule is broken: the honest client is answered, 200, with the same bits as
ever, within a second; or refused, 503, while the log cannot be written; the server writes less than 1 MB on its
standard error; every answer is in the log and in its key's budget, and nothing else is.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "server"))
from honest import Honest, Played, play
from scenes import SCENES, Scene
from table import Table, made_by
from test_hostile import attack

QUICK = ("`[],`, budget 1", "16 ordinary", "byte a second", "16, budget 1", "8 connections, paying", "half headers",
         "locked log, and")
LONGEST, REFUSED, STDERR = 1.0, 1.5, 1_000_000


def broken(scene: Scene, played: Played) -> list[str]:
    """The rules that were broken, in words."""
    wrong, longest = list(played.stage.wrong), max((one.took for one in played.beside), default=0.0)
    good = {200, 503} if scene.log_fails else {200}
    if others := Counter(one.status for one in played.beside if one.status not in good):
        wrong.append(f"the honest client got {shown(others)}")
    if others := Counter(one.status for one in played.quiet if one.status != 200):
        wrong.append(f"and {shown(others)} when it was quiet again")
    if not played.quiet:
        wrong.append("it was never quiet again")
    if scene.log_fails:
        answered = sum(one.status == 200 and any(begun + 0.1 < one.begun and one.ended < end - 0.1
                                                 for begun, end in played.attacks) for one in played.beside)
        if answered:
            wrong.append(f"{answered:,} answers without a log")
    elif not any(one.status == 200 for one in played.beside):
        wrong.append("no honest answer")
    if longest > (REFUSED if scene.log_fails else LONGEST):
        wrong.append("too long a wait")
    if differ := sum(not one.same for one in played.beside + played.quiet):
        wrong.append(f"{differ:,} answers have other bits than before")
    if played.stage.noise > STDERR:
        wrong.append("too much on stderr")
    return wrong


def shown(statuses: Counter) -> str:
    return ", ".join(f"{count:,} × {status or 'none'}" for status, count in sorted(statuses.items())) or "-"


def row(scene: Scene, played: Played, wrong: list[str]) -> list[str]:
    """Cells of the table."""
    statuses = Counter(one.status for one in played.beside)
    quiet, good, refused = ([one.took for one in asked if one.status == status] for asked, status in (
        (played.quiet, 200), (played.beside, 200), (played.beside, 503)))
    times = f"{np.median(good) / np.median(quiet):.1f}" if good and quiet and not scene.log_fails else ""
    fast = f" in {1000 * np.median(refused):.0f} ms" if refused else ""
    others = sum(statuses.values()) - statuses[200] - statuses[503]
    strangers = shown(Counter(status for who, status, _ in played.stage.answers if who != "honest"))
    held = f"; {played.stage.held} held" if played.stage.held else ""
    return [scene.name, f"{statuses[200]:,}", f"{statuses[503]:,}{fast}", f"{others:,}", times,
            f"{max((one.took for one in played.beside), default=0.0):.2f}", strangers + held, f"{played.peak:,.0f}",
            f"{played.busy:.2f}", f"{played.stage.noise / 1000:,.0f}", "; ".join(wrong) or "kept"]


def beside(scenes: list[Scene], seconds: float, rounds: int) -> tuple[Counter, list[str]]:
    """Play the scenes; how many requests had which status, and the names of those where a rule was broken."""
    statuses, failed, honest = Counter(), [], Honest()
    table = Table("scene", "honest: 200:", "503:", "other:", "median / quiet:", "longest wait, s:", "strangers got",
                  "peak, MB over idle:", "processor:", "stderr, kB:", "rules")
    for scene in scenes:
        played = play(scene.attack, honest, seconds=seconds, rounds=rounds, files=scene.files,
                      new_connections=scene.new_connections, pause=1.5 if scene.log_fails else 0.3)
        wrong = broken(scene, played)
        table.row(*row(scene, played, wrong))
        statuses.update(status for _, status, _ in played.stage.answers)
        failed += [scene.name] * bool(wrong)
    honest.close()
    return statuses, failed


def judged(requests: int) -> Counter:
    """Requests drawn and made by hand; ends with an error at the first answer that breaks a rule."""
    start, by_hand = time.perf_counter(), -(-requests // (20 * 26))
    target = attack(drawn=requests - 26 * by_hand, by_hand=by_hand)
    print(f"\n{made_by()}\n\n{target.statuses.total():,} requests in {time.perf_counter() - start:.0f} s, by status "
          f"(none: closed without an answer): {shown(target.statuses)}")
    print(f"answered queries, each checked against its own question and key: {dict(target.received)}; "
          "as many are in the log and in the budgets; the server still answers")
    return target.statuses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000, help="drawn and made by hand; 0 for the scenes alone")
    parser.add_argument("--seconds", type=float, default=1.5, help="of an attack")
    parser.add_argument("--rounds", type=int, default=2, help="of quiet and attack in a scene")
    parser.add_argument("--only", default="", metavar="WORD", help="the scenes with this in their names")
    parser.add_argument("--quick", action="store_true", help="1,000 requests and a few short scenes")
    args = parser.parse_args()
    scenes = [scene for scene in SCENES if args.only in scene.name]
    if args.quick:
        args.requests, args.seconds, args.rounds = min(args.requests, 1000), 1.0, 1
        scenes = [scene for scene in scenes if any(word in scene.name for word in QUICK)]
    statuses, failed = beside(scenes, args.seconds, args.rounds)
    if args.requests:
        statuses += judged(args.requests)
    print(f"\n{statuses.total():,} requests in all: {shown(statuses)}")
    if failed:
        sys.exit(f"rules were broken in {len(failed)} of {len(scenes)} scenes: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
