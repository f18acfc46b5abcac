"""The exercise engine on a small made-up lesson."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklab.course.engine import Board, Exercise, exercises, load
from leaklab.course.judging import NotYet
from leaklab.course.reply import Reply
from leaklab.course.student_code import solutions_in

LESSON = '''
# %%
### BEGIN SOLUTION
half = 0.5
### END SOLUTION
check("9.1", half)
# %%
def double(x):
    ### BEGIN SOLUTION
    y = x
    return y + y
    ### END SOLUTION

check("9.2", double)
# %%
check("9.3", 7, given=[7])
'''
EXERCISES = '''
from leaklab.course.engine import Cases, Exercise

def is_half(x):
    return None if abs(x - 0.5) < 1e-9 else f"{x} is not a half; <b>think</b> of a coin."

def doubles(f):
    return None if f(3) == 6 else "f(3) should be 6."

EXERCISES = [
    Exercise("9.1", is_half, ("Heads or tails.", "One in two.")),
    Exercise("9.2", doubles, ("Add.", "x + x")),
    Exercise("9.3", lambda x, given: None if x in given else "Not in it.", ("Look.", "Look again."),
             lambda rng: Cases(7, (7.0,), ((8, "Not in it"),), given=[7])),
]
'''


@pytest.fixture
def lessons(tmp_path):
    folder = tmp_path / "09_made_up"
    folder.mkdir()
    (folder / "lesson.py").write_text(LESSON)
    (folder / "exercises.py").write_text(EXERCISES)
    return tmp_path


@pytest.fixture
def board(lessons):
    return load("09", lessons=lessons)


def untouched(x):
    """A function as the student finds it."""
    ...


def half_done(x):
    y = x + 1
    y = ...
    return y


def finished(x):
    return np.asarray([x])[..., 0] * 2


def test_three_outcomes(board):
    assert board.check("9.1", 0.5).outcome == "correct"
    wrong = board.check("9.1", 0.6)
    assert wrong.outcome == "not yet" and "0.6 is not a half" in wrong.message
    for answer in (..., None, (1, ...), [...], {"a": ...}, untouched, half_done):
        assert board.check("9.1", answer).outcome == "not attempted", answer


def test_functions_are_answers(board):
    assert board.check("9.2", finished).outcome == "correct"  # x[..., 0] is no open place
    assert board.check("9.2", untouched).outcome == "not attempted"
    assert board.check("9.2", lambda x: x).outcome == "not yet"


def test_what_is_given_reaches_the_judge(board):
    assert board.check("9.3", 7, given=[7]).outcome == "correct"
    assert board.check("9.3", 8, given=[7]).outcome == "not yet"


@given(st.one_of(st.text(), st.binary(), st.floats(), st.lists(st.integers()), st.dictionaries(st.text(), st.none())))
def test_check_never_raises(answer):
    exercise = Exercise("1.1", lambda x: None if x + 1 > 0 else "no", ("a", "b"))
    reply = exercise.verdict(answer)
    assert reply.outcome in {"correct", "not yet"}
    assert isinstance(answer, float) or "could not be judged" in reply.message
    assert "Error" not in reply.message


def test_a_judge_must_say_why(caplog):
    caplog.set_level("DEBUG")
    assert Exercise("1.1", lambda x: False, ("a", "b")).verdict(1).outcome == "not yet"
    assert "must return None or a str, not False" in caplog.text


def test_a_diagnosis_is_the_reply():
    def judge(answer):
        raise NotYet("Count again.")

    assert repr(Exercise("1.1", judge, ("a", "b")).verdict(1)) == "1.1: not yet. Count again."


def test_a_forgotten_given_is_told(board):
    reply = board.check("9.3", 7)
    assert reply.outcome == "not attempted" and 'check("9.3", ..., given=...)' in reply.message


def test_a_given_that_nobody_asked_for_is_left_alone(board):
    assert board.check("9.1", 0.5, given=[1]).outcome == "correct"


def test_hints_open_by_steps(board):
    shown = [repr(board.hint("9.1")) for _ in range(3)]
    assert "(1 of 2) Heads" in shown[0] and "(2 of 2) One" in shown[1] and shown[2] == shown[1]
    assert "solution" not in shown[0] and 'solution("9.1", now=True)' in shown[1]


def test_solution_opens_after_three_tries_or_now(board):
    assert "0.5" in board.solution("9.1", now=True).code
    for _ in range(2):
        board.check("9.1", 0.7)
    board.check("9.1", ...)  # running an untouched cell is not a try
    assert board.solution("9.1").code == "" and "2 so far" in board.solution("9.1").message
    board.check("9.1", 0.8)
    assert board.solution("9.1").code == "half = 0.5"
    assert board.solution("9.2", now=True).code == "y = x\nreturn y + y"


def test_solutions_belong_to_the_next_check():
    begin, end = "### BEGIN SOLUTION\n", "### END SOLUTION\n"
    source = f'{begin}a = 1\n{end}{begin}b = 2\n{end}# check("0.0")\ncheck("1.1", a)\ncheck("1.2", 3)\n'
    assert solutions_in(source) == {"1.1": "a = 1\nb = 2"}


def test_unknown_names_list_what_there_is(board, lessons):
    for reply in (board.check("8.8", 1), board.hint("8.8"), board.solution("8.8")):
        assert "9.1, 9.2, 9.3" in reply.message
    with pytest.raises(FileNotFoundError, match=r"lesson='10'.*09"):
        exercises("10", lessons=lessons)


def test_html_escapes_and_says_the_word(board):
    page = board.check("9.1", 0.6)._repr_html_()
    assert "not yet" in page and "&lt;b&gt;think" in page and "<b>think" not in page
    assert "aria-hidden" in Reply("correct", "1.1")._repr_html_()


def test_kernels_do_not_share_tries(lessons):
    first, second = load("09", lessons=lessons), load("09", lessons=lessons)
    first.hint("9.1")
    assert "(1 of 2)" in second.hint("9.1").message


@pytest.mark.parametrize("name", [9.1, "9.1", " 9.1 ", np.float64(9.1), Fraction(91, 10), Decimal("9.1")])
def test_a_number_names_an_exercise(board, name):
    assert board.check(name, 0.5).outcome == "correct"
    assert "(1 of 2)" in board.hint(name).message
    assert board.solution(name, now=True).code == "half = 0.5"


def test_a_number_that_names_two_exercises_is_told():
    one, ten = (Exercise(name, lambda x: None, ("a", "b")) for name in ("2.1", "2.10"))
    board = Board({"2.1": one, "2.10": ten}, {})
    assert 'write "2.1" or "2.10"' in board.check(2.1, 1).message
    assert board.check("2.10", 1).exercise == "2.10"


@pytest.mark.parametrize("name", [8.8, None, [], object(), "nine", np.nan])
def test_what_names_no_exercise_is_told(board, name):
    for reply in (board.check(name, 1), board.hint(name), board.solution(name)):
        assert reply.outcome == "not attempted" and "9.1, 9.2, 9.3" in reply.message


CELLS = {"last line": "check('9.1', 0.5)", "in the middle": "check('9.1', 0.5)\nx = 1",
         "twice": "check('9.1', 0.5)\ncheck(9.1, 0.5)", "kept and named": "reply = check('9.1', 0.5)\nreply",
         "silenced": "check('9.1', 0.5);", "in a branch": "if True:\n    check('9.1', 0.5)"}


@pytest.fixture(scope="module")
def shell():
    """An IPython of our own, put away afterwards: other tests must not find it running."""
    from IPython.core.interactiveshell import InteractiveShell

    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("code", CELLS.values(), ids=CELLS)
def test_a_check_shows_itself_once_wherever_it_stands(shell, board, code):
    from IPython.utils.capture import capture_output

    shell.user_ns["check"] = board.check
    with capture_output() as seen:
        shell.run_cell(code, store_history=True)
    told = [output.data["text/plain"] for output in seen.outputs]
    assert told == ["9.1: correct"] * (2 if code == CELLS["twice"] else 1) and "9.1" not in seen.stdout
    assert all("role='status'" in output.data["text/html"] for output in seen.outputs)


def test_a_kept_reply_shows_again_in_another_cell(shell, board):
    from IPython.utils.capture import capture_output

    shell.user_ns["check"] = board.check
    shell.run_cell("reply = check('9.1', 0.5)", store_history=True)
    with capture_output() as seen:
        shell.run_cell("reply", store_history=True)
    assert [output.data["text/plain"] for output in seen.outputs] == ["9.1: correct"]
