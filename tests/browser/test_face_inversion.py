"""Lesson 01 in a real browser: it runs from top to bottom, and its widget answers clicks and keys."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_lesson_runs_and_a_face_forms(lesson):
    from playwright.sync_api import expect

    notebook = lesson("01_face_inversion")
    page = notebook.page
    notebook.screenshot("inversion_whole", height=8500)
    page.set_viewport_size({"width": 1400, "height": 900})
    go_to(page, "InversionStage(")
    stage = page.locator(".leaklab-inversion-stage:visible").first
    stage.get_by_text("Press Start to ask the model").wait_for()
    assert notebook.errors() == []
    stage.get_by_label("Person").select_option(label="nobody 19")
    stage.get_by_label("Attack").select_option(label="with a public prior")
    the_picture_moves(page, stage)
    stage.get_by_text("sure after 151 queries").wait_for(timeout=60_000)
    assert stage.locator("img").count() == 1
    stage.get_by_label("Reveal the truth").check()
    expect(stage.get_by_role("img", name="nobody 19: the truth")).to_be_visible()
    notebook.screenshot("inversion_revealed")

    handle = stage.locator(".noUi-handle")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    expect(stage.locator(".leaklab-said")).to_contain_text("frame")

    stage.get_by_role("button", name="Replay").click()
    stage.get_by_role("button", name="Stop").click()
    expect(stage.locator(".leaklab-said")).to_contain_text("Stopped.", timeout=1000)
    assert stage.get_by_role("button", name="Start").is_enabled()

    stage.get_by_label("Attack").select_option(label="MI-Face, from grey")
    expect(stage.get_by_label("Person").locator("option").last).to_contain_text("does not start")
    stage.get_by_label("Person").select_option(index=19)
    stage.get_by_role("button", name="Start").dblclick()
    stage.get_by_text("It never started").wait_for(timeout=60_000)
    assert notebook.errors() == []

    go_to(page, "LineupTest(")
    answer_the_lineup(page, page.locator(".leaklab-lineup:visible"))
    notebook.screenshot("lineup")
    assert notebook.errors() == []


def go_to(page, source):
    """Bring a cell into view, as JupyterLab's table of contents does: it hides what is far from the window."""
    page.evaluate("""async source => { const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }""", source)


def the_picture_moves(page, stage):
    """Press Start: the face appears within a second, and moves fast enough to be a film."""
    page.evaluate("""box => { const seen = window.leaklabSeen = { frames: [] }; let last = null;
        box.addEventListener("click", () => { seen.click = performance.now() }, { capture: true, once: true });
        new MutationObserver(() => { const now = box.querySelector("img")?.src;
            if (now && now !== last) { last = now; seen.frames.push(performance.now()) }
        }).observe(box, { subtree: true, childList: true, attributes: true }) }""", stage.element_handle())
    stage.get_by_role("button", name="Start").click()
    stage.get_by_text("sure after 151 queries").wait_for(timeout=60_000)
    first, frames, seconds = page.evaluate("""() => { const { click, frames } = window.leaklabSeen;
        return [(frames[0] - click) / 1000, frames.length, (frames.at(-1) - frames[0]) / 1000] }""")
    print(f"first frame after {first:.2f} s; {frames} frames, {frames / seconds:.0f} a second")
    assert first < 1 and frames / seconds >= 15


def answer_the_lineup(page, lineup):
    """One face by mouse, the others by keyboard; the focus goes where it is wanted next, and the truth comes last."""
    from playwright.sync_api import expect

    said = lineup.locator(".leaklab-said")
    expect(said).to_have_text("Face 1 of 12.")
    expect(lineup.get_by_role("img", name="Photograph 5")).to_be_visible()
    lineup.get_by_role("button", name="None of them").click()
    expect(said).to_have_text("Face 1 of 12. Noted: none of them.")
    lineup.get_by_role("button", name="Undo").click()
    for face in range(1, 13):
        expect(lineup.get_by_role("button", name="1", exact=True)).to_be_focused()
        page.keyboard.press("Space")
        expect(said).to_have_text(f"Face {face} of 12. Noted: number 1.")
        expect(lineup.get_by_role("button", name="Next")).to_be_focused()
        page.keyboard.press("Space")
    expect(said).to_contain_text("more than luck, which takes 6")
    expect(lineup.locator(".leaklab-review")).to_have_count(12)
    expect(lineup.get_by_role("img", name=re.compile("How many were right.*the machine"))).to_be_visible()
    lineup.get_by_role("button", name="Again").click()
    expect(said).to_have_text("Face 1 of 12.")
