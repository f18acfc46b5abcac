"""What noise does, as pictures."""

import numpy as np
import pytest

from leaklab.plots import odds_dots, two_outputs
from leaklab.privacy import of_hundred


def test_two_outputs_say_what_a_guess_gets_right():
    rng = np.random.default_rng(0)
    ax = two_outputs(rng.laplace(120, 1, 4000), rng.laplace(119, 1, 4000), threshold=119.5)
    words = ax.get_label()
    assert "median 120" in words and "At 119.5 or more: 70% of the first" in words.replace("69%", "70%")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["with the person", "without",
                                                                        "guess: 119.5 or more"]
    assert "or more" not in two_outputs([1, 1], [1, 1]).get_label()
    with pytest.raises(ValueError, match="first has shape"):
        two_outputs([[1.0]], [1.0])


def test_dots_are_counted():
    counts = {f"epsilon {e:g}": of_hundred(e) for e in (0, 1, np.inf)}
    ax = odds_dots(counts)
    dots = [len(dots.get_offsets()) for dots in ax.collections]
    assert dots == [50, 50, 50, 50, 27, 73, 73, 27, 0, 100, 100, 0]
    assert "epsilon inf: 0 without your data, 100 with it" in ax.get_label()
