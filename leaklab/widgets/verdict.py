"""What an attack says of a person, in the words, marks and colors of all widgets."""

from markupsafe import Markup

SAYS = {True: ("●", "member", "blue"), False: ("○", "not a member", "red")}
"""Whether somebody was in the training data -> mark, words, and color in the page."""
CANNOT_TELL, NOTHING = ("○", "cannot tell", "red"), ("?", "nothing yet", "grey")


def verdict(mark: str, words: str, color: str, who: str = "The attack says:") -> Markup:
    """A verdict, large."""
    return Markup('<div class="leaklab-verdict leaklab-{}"><span aria-hidden="true">{}</span> {} <b>{}</b></div>'
                  ).format(color, mark, who, words)
