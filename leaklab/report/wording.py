"""Numbers, times and the text of strangers, as the report writes them."""

import re
from datetime import UTC, datetime
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np
from markupsafe import Markup

from leaklab.report.findings import Measure

PERCENT = ("tpr", "ppv", "accuracy", "share")
"""What the names of measures begin with that are read in percent."""
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, what turns the direction of our own words after a stranger's, and bytes that are no text."""


def number(value: Any) -> str:
    """A number in a table; words as they are.

    >>> [number(x) for x in (0.8312, 0.0123, 0.00004, 200.0, 12345, float("nan"), None, True, "a")]
    ['0.83', '0.012', '4e-05', '200', '12,345', '–', '–', 'yes', 'a']
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{value:,}"
    if value is None or (isinstance(value, Real) and not isfinite(value)):
        return "–"
    if not isinstance(value, Real):
        return str(value)
    size = abs(float(value))
    if size >= 100 or (size >= 2 and size == int(size)):
        return f"{value:,.0f}"
    return f"{value:.2f}" if size >= 0.1 or size == 0 else f"{value:.3f}" if size >= 0.001 else f"{value:.0e}"


def amount(value: float | None, one: Measure) -> str:
    """One of a measure's numbers: rates and accuracies in percent, all else as it is.

    >>> rate = Measure("TPR at 1% FPR", 0.213, 0.0961, 0.3, 0.0087)
    >>> [amount(x, rate) for x in (rate.value, rate.low, rate.chance, None)]
    ['21%', '9.6%', '0.9%', '–']
    """
    if value is None or not isfinite(value) or not one.name.lower().startswith(PERCENT):
        return number(value)
    percent = 100 * abs(value)
    return f"{100 * value:{'.0f' if percent >= 9.95 else '.2g' if percent >= 0.95 else '.1g'}}%"


def day(created: str) -> str:
    """
    >>> day("2026-11-03T09:05:00+00:00"), day("yesterday")
    ('3 November 2026, 09:05 UTC', 'yesterday')
    """
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return created
    when = when.astimezone(UTC) if when.tzinfo else when
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def duration(seconds: float) -> str:
    """
    >>> duration(4.2), duration(252.4), duration(7300)
    ('4 s', '4 min 12 s', '2 h 1 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def visible(value: Any) -> Any:
    """Text of strangers with what is `UNSAFE` as Python writes it; what the template has made already, as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
