"""Epsilon in the words that people understand: so many of a hundred."""

import numpy as np

from leaklab.privacy.release import check_epsilon


def of_hundred(epsilon: float) -> tuple[float, float]:
    """Of 100 results, how many at most make one believe that a person took part: if they did not, and if they did.

    Somebody who thought both equally likely believes what the result makes likelier. At worst these are
    100 / (1 + e^epsilon) and 100 e^epsilon / (1 + e^epsilon): the largest difference that epsilon allows (Kairouz, Oh
    and Viswanath 2015, theorem 2.1), reached by randomized response.

    Examples
    --------
    >>> [round(n) for n in of_hundred(0.5)], [round(n) for n in of_hundred(2.0)], of_hundred(float("inf"))
    ([38, 62], [12, 88], (0.0, 100.0))
    """
    without = 100 / (1 + float(np.exp(min(check_epsilon(epsilon), 700)))) if epsilon != np.inf else 0.0
    return without, 100 - without


def odds_words(epsilon: float) -> str:
    """What an epsilon means for somebody who is asked for their data, delta aside.

    Odds as counts of a hundred, with and without the person's data: the kind of words from which 963 people judged
    the risk better than from others (Nanayakkara, Smart, Cummings, Kaptchuk and Redmiles 2023, "What are the
    chances?"). The sentences are Leaklab's.

    Examples
    --------
    >>> print(odds_words(1.0))  # doctest: +NORMALIZE_WHITESPACE
    If you do not share, 27 of 100 possible results would lead a suspicious reader to believe that you did.
    If you share, at most 73 of 100 would.
    """
    without, with_ = (_count(number) for number in of_hundred(epsilon))
    return (f"If you do not share, {without} of 100 possible results would lead a suspicious reader to believe that "
            f"you did. If you share, at most {with_} of 100 would.")


def _count(number: float) -> str:
    """A whole number, or where that would be 0 or 100 though it is not, two decimals; then 100 is still a bound."""
    whole = f"{number:.0f}"
    if whole not in ("0", "100") or number in (0, 100):
        return whole
    return {"0.00": "fewer than 0.01", "100.00": "100"}.get(f"{number:.2f}", f"{number:.2f}")
