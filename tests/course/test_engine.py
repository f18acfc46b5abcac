"""The exercise engine on a small made-up lesson."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklab.course.engine import Exercise, Reply, exercises, load, solutions_in

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
from leaklab.course.engine import Exercise

def is_half(x):
    return None if abs(x - 0.5) < 1e-9 else f"{x} is not a half; <b>think</b> of a coin."

def doubles(f):
    return None if f(3) == 6 else "f(3) should be 6."

EXERCISES = [
    Exercise("9.1", is_half, ("Heads or tails.", "One in two."), 0.6),
    Exercise("9.2", doubles, ("Add.", "x + x"), lambda: lambda x: x),
    Exercise("9.3", lambda x, given: None if x in given else "Not in it.", ("Look.", "Look again."), 8, [7]),
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
    exercise = Exercise("1.1", lambda x: None if x + 1 > 0 else "no", ("a", "b"), -5)
    reply = exercise.verdict(answer)
    assert reply.outcome in {"correct", "not yet"}
    assert isinstance(answer, float) or "could not be judged: TypeError" in reply.message


def test_a_judge_must_say_why(board):
    assert "must return None or a str" in Exercise("1.1", lambda x: False, ("a", "b"), 0).verdict(1).message


def test_hints_open_by_steps(board):
    shown = [repr(board.hint("9.1")) for _ in range(3)]
    assert "(1 of 2) Heads" in shown[0] and "(2 of 2) One" in shown[1] and shown[2] == shown[1]


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
