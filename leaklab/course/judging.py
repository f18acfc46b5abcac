"""What a judge needs: reads the numbers in a learner's answer in whatever form they come, or says why it cannot.

A judge compares what these functions return. Where they cannot read an answer they raise a `NotYet`, which the
exercise engine shows as the learner's reply.
"""

import math
import re
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Number
from typing import Any

import numpy as np

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Small numbers as a sentence says them, at their place."""


class NotYet(Exception):
    """Why an answer is not yet right, in a sentence for the learner; raised inside a judge, shown by the engine."""


def described(answer: Any) -> str:
    """What an answer is, in words for a learner rather than names of types.

    >>> described([1, 2, 3]), described("a lot"), described(np.eye(2)), described(print)
    ('a list of three', 'the text "a lot"', 'a table of shape (2, 2)', 'a function')
    """
    if isinstance(answer, str):
        return "an empty text" if not answer.strip() else f'the text "{_short(answer.strip())}"'
    if isinstance(answer, bool | np.bool_):
        return "True or False"
    if answer is None or answer is ...:
        return "nothing yet"
    if isinstance(answer, list | tuple | Set | Mapping):
        kinds = (Mapping, "dictionary"), (Set, "set"), (list, "list"), (tuple, "tuple")
        kind = next(name for of, name in kinds if isinstance(answer, of))
        many = WORDS[len(answer)] if len(answer) < len(WORDS) else len(answer)
        return f"a {kind} of {many}" if len(answer) else f"an empty {kind}"
    if callable(answer):
        return "a function"
    if isinstance(answer, Number):
        return f"the number {answer}"
    shape = getattr(answer, "shape", None)
    if isinstance(shape, tuple):
        return f"an array of {shape[0]} values" if len(shape) == 1 else f"a table of shape {shape}"
    return f"an object ({type(answer).__name__})"


def inside(answer: Any) -> Any:
    """What a wrapping of one holds: a list, tuple, set or array of one, an object with a value."""
    for _ in range(8):
        if isinstance(answer, list | tuple | Set) and len(answer) == 1:
            answer = next(iter(answer))
        elif hasattr(answer, "shape") and not isinstance(answer, np.generic) and np.size(answer) == 1:
            answer = np.asarray(answer).reshape(-1)[0]
        elif not isinstance(answer, type) and isinstance(getattr(answer, "value", None), Number):
            answer = answer.value
        else:
            break
    return answer


def number(answer: Any) -> float:
    """The one number in an answer: a number of any kind, a text or a percentage, or a list, tuple or array of one.

    What carries a ``.value`` (a `Rate`, an `Interval`) counts as that value.

    Raises
    ------
    NotYet
        If there is no number in it, or more than one.

    Examples
    --------
    >>> [number(form) for form in (0.357, "0.357", "35.7 %", [Fraction(1, 4)], np.array([[2]]), np.float32(0.38))]
    [0.357, 0.357, 0.357, 0.25, 2.0, 0.38]
    >>> number([1, 2])
    Traceback (most recent call last):
    ...
    leaklab.course.judging.NotYet: One number is wanted; yours is a list of two.
    """
    value = inside(answer)
    if isinstance(value, str | bytes):
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        value = _read(text)
        if value is None:
            raise NotYet(f"A number is wanted; yours is {described(text)}.")
    if isinstance(value, np.floating):
        value = str(value)  # np.float32(0.38) is 0.38, as the learner sees it, not 0.3799999952316284
    if isinstance(value, bool | np.bool_) or not isinstance(value, Number | str) or isinstance(value, complex):
        hint = " Call it, and hand in what it returns." if callable(value) else ""
        raise NotYet(f"One number is wanted; yours is {described(value)}.{hint}")
    try:
        found = float(value)  # type: ignore[arg-type]
    except (OverflowError, ValueError, TypeError):
        raise NotYet("That number is too large to be right.") from None
    if math.isnan(found):
        raise NotYet("That is NaN, not a number: somewhere 0 was divided by 0, or a mean taken of nothing.")
    return found


def whole(answer: Any, *, low: int = 0, high: int | None = None) -> int:
    """The one whole number in an answer, which must count exactly; also as 4.0 or "1,400".

    >>> whole(4.0), whole("1,400")
    (4, 1400)
    """
    found = number(answer)
    upper = math.inf if high is None else high
    if math.isinf(found) or found != round(found) or not low <= found <= upper:
        limits = f"from {low} on" if high is None else f"from {low} to {high}"
        raise NotYet(f"Answer with a whole number {limits}; yours is {found:.6g}.")
    return round(found)


def close(answer: Any, truth: float, *, digits: int | None = None, rtol: float = 1e-3, atol: float = 1e-9) -> bool:
    """Whether the number in an answer is the truth, or the truth rounded to the digits it shows, at least two.

    Compare with the truth before the usual slips: what is within a rounding of both is right.

    Parameters
    ----------
    answer : object
        Read by `number`.
    truth : float
    digits : int, optional
        Give it where so many significant digits matter: an answer that is rightly rounded to fewer raises a
        `NotYet` which says so. Not for comparisons with a slip.
    rtol, atol : float
        What counts as the same number however many digits are shown.

    Examples
    --------
    >>> [close(answer, 0.3801) for answer in (0.38009, 0.38, "38%", 0.4, 0.39)]
    [True, True, True, False, False]
    >>> close(0.38, 0.3812, digits=4)
    Traceback (most recent call last):
    ...
    leaklab.course.judging.NotYet: Right as far as it goes; give four digits.
    """
    found, truth = number(answer), float(truth)
    same = rtol if digits is None else min(rtol, 10.0 ** -(digits + 1))
    if found == truth or (math.isfinite(found * truth) and abs(found - truth) <= max(atol, same * abs(truth))):
        return True
    if not math.isfinite(found) or not math.isfinite(truth) or truth == 0 or found == 0:
        return False
    shown = -int(Decimal(repr(found)).normalize().as_tuple().exponent)  # decimals; negative: 1.2e6 shows two digits
    magnitude = math.floor(math.log10(abs(truth)))

    def within(least: int) -> bool:
        decimals = max(shown, least - 1 - magnitude)
        return abs(found - truth) <= 0.5 * 10.0 ** -decimals * (1 + 1e-9)

    if within(digits or 2):
        return True
    if digits is not None and within(1):
        raise NotYet(f"Right as far as it goes; give {WORDS[digits]} digits.")
    return False


def several(answer: Any, names: int | Sequence[str]) -> tuple[float, ...]:
    """The numbers in an answer that must hold several, in order: a tuple, list, array or text; a dict by these names.

    >>> several(["0.55", Fraction(1, 4)], 2), several("(0.55, 0.25)", ("on the sum", "on the mean"))
    ((0.55, 0.25), (0.55, 0.25))
    """
    many = names if isinstance(names, int) else len(names)
    wanted = f"{WORDS[many]} numbers" + ("" if isinstance(names, int) else f" ({', '.join(names)})")
    parts: Any = answer
    if isinstance(answer, Mapping):
        keyed = not isinstance(names, int) and set(names) <= set(answer)
        parts = [answer[name] for name in names] if keyed else list(answer.values())  # type: ignore[union-attr]
    elif isinstance(answer, str):
        between = r"[;\s]+" if ";" in answer else r"\s+|,(?!\d{3}\b)\s*|,\s+"  # with ";" a comma may be the decimal one
        parts = [part for part in re.split(between, answer.strip(" ()[]{}\n\t")) if part]
    elif isinstance(answer, Set):
        raise NotYet(f"A set has no order: give {wanted} as a tuple.")
    elif hasattr(answer, "shape"):
        parts = np.asarray(answer).ravel().tolist() if np.size(answer) == many else answer
    if not isinstance(parts, list | tuple):
        raise NotYet(f"As an answer {wanted} are wanted, as a tuple; yours is {described(answer)}.")
    if len(parts) == 1 and many > 1 and np.iterable(parts[0]) and not isinstance(parts[0], str):
        return several(parts[0], names)
    if len(parts) != many:
        raise NotYet(f"As an answer {wanted} are wanted, as a tuple; yours holds {len(parts)}.")
    return tuple(number(part) for part in parts)


def array_like(answer: Any, shape: tuple[int, ...], *, dtype: type = float, what: str = "") -> np.ndarray:
    """An answer as an array of this shape; a flat one of as many values, or one with axes of length one, is put so.

    Parameters
    ----------
    answer : object
    shape : tuple of int
    dtype : {float, bool, int}
        With ``bool``, 0 and 1 count as False and True.
    what : str
        What the axes are, for the learner: "one number for each pixel".

    Examples
    --------
    >>> array_like([[1, 2], [3, 4]], (2, 2)).shape, array_like([1, 0], (2,), dtype=bool)
    ((2, 2), array([ True, False]))
    """
    tail = f": {what}." if what else "."
    wanted = f"An array of shape {shape} is wanted{tail}"
    if isinstance(answer, str | bytes | Mapping | Set) or answer is None or callable(answer):
        raise NotYet(f"{wanted} Yours is {described(answer)}.")
    try:
        found = np.asarray(answer)
        if np.iscomplexobj(found):
            raise TypeError
        found = found if found.dtype == bool else found.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise NotYet(f"{wanted} Yours is {described(answer)}, and not all of it is numbers of equal rows.") from None
    if found.size == 1 and math.prod(shape) != 1:
        raise NotYet(f"{wanted} Yours is one number.")
    squeezed = tuple(side for side in found.shape if side != 1)
    if found.size != math.prod(shape) or squeezed not in (tuple(s for s in shape if s != 1), (found.size,)):
        turned = " Rows and columns have changed places." if found.shape == shape[::-1] else ""
        raise NotYet(f"{wanted} Yours has the shape {found.shape}.{turned}")
    if found.dtype != bool and np.isnan(found).any():
        raise NotYet(f"{wanted} Some of your values are NaN, not a number: somewhere 0 was divided by 0.")
    if dtype is bool and not np.isin(found, (0, 1)).all():
        raise NotYet(f"{wanted} Each value must be True or False (or 1 or 0).")
    return found.astype(dtype).reshape(shape)


def _read(text: str) -> float | None:
    """The number that a text states, or None: "0.357", "35.7%", "2.7 %", "0,357", "1,400", "19/221"."""
    text = text.strip().strip("\"'").strip()
    percent, text = text.endswith("%"), text.rstrip("% ").replace(" ", "")
    thousands = re.fullmatch(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", text)
    text = text.replace(",", "" if thousands else ".")
    try:
        if "/" in text:
            return float(Fraction(text))
        return float(Decimal(text) / 100 if percent else Decimal(text))
    except (InvalidOperation, ValueError, ZeroDivisionError, OverflowError):
        return None


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most - 1]}…"
