"""A talk in steps: clock, order, results that come late or never, and values kept on disk."""

import threading
import time

import pytest

from leaklab.course import Step, Talk
from leaklab.course.kept import Kept, targets

STEPS = [Step(1, "First."), Step(2.5, "Second.", prepared=("abc",)), Step(6.5, "Third.")]


class Clock:
    seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def talk(tmp_path, monkeypatch):
    monkeypatch.delenv("LEAKLAB_KEPT", raising=False)
    return Talk("00_none", STEPS, now=Clock())


def test_next_and_back_stay_within_the_talk(talk):
    talk.back()
    assert talk.at == 0
    for _ in range(9):
        talk.next()
    assert talk.at == 2 and talk.step.says == "Third."


def test_the_clock_starts_once_and_goes_back_to_zero(talk):
    assert talk.clock() == "0:00 of 10:00"
    talk.next()
    talk.now.seconds += 61
    talk.start()
    talk.next()
    assert talk.clock() == "1:01 of 10:00" and talk.starts(2) == 3.5
    talk.over()
    assert (talk.at, talk.clock()) == (0, "0:00 of 10:00")


def test_steps_run_in_order_and_share_names(talk):
    talk.write(0, "a = 1\n### SHOWN\na + 1")
    talk.write(1, "print('unread')\n### SHOWN\nprint('seen', a)\nb = a + 2")
    talk.write(2, "### SHOWN\nb * 10")
    assert talk.wait(5)
    assert [talk.outcomes[n].value for n in range(3)] == [2, None, 30]
    assert [talk.outcomes[n].printed for n in range(3)] == ["", "seen 1\n", ""]


def test_giving_code_takes_no_time_and_the_result_is_late(talk):
    go, seen = threading.Event(), []
    talk.tells(seen.append)
    talk._names["go"] = go
    talk.write(0, "go.wait(10)\n### SHOWN\n1")
    talk.next()
    assert talk.waits(0) and not talk.waits(1) and seen == []
    go.set()
    assert talk.wait(5) and not talk.waits(0) and seen == [0]


def test_a_step_that_fails_is_told_and_the_next_one_runs(talk):
    talk.write(0, "### SHOWN\n1 / 0")
    talk.write(1, "### SHOWN\nraise ValueError('queries=0: at least 1.')")
    talk.write(2, "### SHOWN\n5")
    talk.wait(5)
    assert talk.outcomes[0].error == "ZeroDivisionError: division by zero"
    assert talk.outcomes[1].error == "queries=0: at least 1." and talk.outcomes[2].value == 5


def test_what_a_step_needs_may_fail_too_and_is_made_again(talk):
    talk.write(0, "x = made()\n### SHOWN\nx")
    talk.wait(5)
    assert "made" in talk.outcomes[0].error
    talk._names["made"] = lambda: 7
    talk.again(0)
    assert talk.wait(5) and talk.outcomes[0].value == 7


def test_reset_runs_the_cell_again_from_what_stood_before_it(talk):
    """A later step gave its names other values: the lesson does so all the time."""
    talk.write(0, "found = [1]\n### SHOWN\nfresh = list(found)\nfresh")
    talk.write(1, "### SHOWN\nfound = 'other'\nfound")
    talk.wait(5)
    first = talk.outcomes[0].value
    first.append("scribbled")
    talk.again(0)
    assert talk.wait(5) and talk.outcomes[0].value == [1] and talk.outcomes[1].value == "other"


def test_starting_over_makes_anew_what_could_have_been_changed(talk):
    talk.write(0, "class Widget:\n    view = 3\n### SHOWN\nWidget()")
    talk.write(1, "### SHOWN\nobject()")
    talk.wait(5)
    before = dict(talk.outcomes)
    talk.over()
    talk.wait(5)
    assert talk.outcomes[0] is not before[0] and talk.outcomes[1] is before[1]


def test_no_trainer_notebook_no_prepared_result(talk):
    assert talk.beforehand(1) == []


def test_a_prepared_result_is_the_first_that_has_one():
    shown = Talk("04_who_is_exposed", [Step(10, "Look.", prepared=("nowhere", "28caa65e"))])
    assert shown.beforehand(0) == [] or "exposed" in str(shown.beforehand(0))


def test_a_talk_has_steps_and_codes_have_theirs(talk):
    with pytest.raises(ValueError, match="steps"):
        Talk("00_none", [])
    with pytest.raises(ValueError, match="number=3"):
        talk.write(3, "1")


def run(folder, code, **names):
    names |= {"calls": []}
    Kept(folder, slow=0.02).run(code, names)
    return names


SLOW = "def slow(x):\n    calls.append(x)\n    import time; time.sleep(0.05)\n    return [x]\n"


def test_slow_values_are_kept_and_quick_ones_made_again(tmp_path):
    code = SLOW + "a = slow(1)\nb, (c, d) = a[0], slow(2) + [3]\ncalls.append('quick')"
    assert run(tmp_path, code)["calls"] == [1, 2, "quick"]
    again = run(tmp_path, code)
    assert again["calls"] == ["quick"] and (again["a"], again["b"], again["c"], again["d"]) == ([1], 1, 2, 3)


def test_other_code_before_it_makes_it_again(tmp_path):
    run(tmp_path, SLOW + "x = 1\na = slow(x)")
    assert run(tmp_path, SLOW + "x = 2\na = slow(x)")["a"] == [2]
    assert run(tmp_path, SLOW + "x = 1\na = slow(x)")["calls"] == []


def test_what_cannot_be_pickled_or_read_again_is_made_again(tmp_path):
    code = SLOW + "a = slow(1) and (lambda: 5)"
    run(tmp_path, code)
    assert list(tmp_path.iterdir()) == [] and run(tmp_path, code)["a"]() == 5
    good = SLOW + "a = slow(1)"
    run(tmp_path, good)
    next(tmp_path.iterdir()).write_bytes(b"cut short")
    assert run(tmp_path, good)["calls"] == [1] and run(tmp_path, good)["calls"] == []


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(None, SLOW + "a = slow(1)")
    assert list(tmp_path.iterdir()) == []


def test_a_talk_whose_kernel_died_is_ready_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAKLAB_KEPT", str(tmp_path / "kept"))
    code = "import time\n### SHOWN\na = time.sleep(1.1) or [4]\na"
    for limit in (5, 0.5):
        talk = Talk("00_none", STEPS[:1])
        began = time.monotonic()
        talk.write(0, code)
        assert talk.wait(5) and talk.outcomes[0].value == [4] and time.monotonic() - began < limit


@pytest.mark.parametrize("code, names", [
    ("a = 1", ["a"]), ("a.b = 1", []), ("a += 1", []), ("for a in b: pass", []), ("a[b] = c = 2", [])])
def test_only_plain_assignments_are_kept(code, names):
    import ast

    assert list(targets(ast.parse(code).body[0])) == names
