"""The demonstration, as ``make demo`` runs it: the page, its pictures and its numbers."""

import re
import sys

import pytest

from leaklab import demo


@pytest.mark.notebooks
def test_three_parts_with_pictures_and_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["demo", "--out", str(tmp_path)])
    demo.main()
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert [f.stem for f in sorted(tmp_path.glob("*.png"))] == ["faces", "likeness", "membership", "private"]
    assert page.count('<img alt="') == page.count("data:image/png;base64,") == 4
    found, average = (float(re.search(name + r".*?top-1 (\S+)", page)[1]) for name in ("recovered faces", "baseline"))
    assert found >= 0.8 and average == pytest.approx(0.05)
    assert "epsilon = 2.00 at delta = 1e-05" in page and "not resolvable with 2000 non-members" in page
    assert str(tmp_path) in capsys.readouterr().out
