"""The stage: what a step needs is found, the plans name cells that exist, and the notebooks give nothing away."""

import re

import nbformat
import pytest
from lesson_tools import LESSONS, NOTEBOOKS, build, present, slices, stage
from nbclient import NotebookClient

import leaklab.widgets
from leaklab.course.presentation import SHOWN

STAGED = [folder for folder in LESSONS if stage.section(build.plan_of(folder), "Stage")]
staged = pytest.mark.parametrize("folder", STAGED, ids=lambda folder: folder.name)


def cells(folder):
    return nbformat.read(NOTEBOOKS / "stage" / f"{folder.name}.ipynb", as_version=4).cells


LESSON = '''\
# %% [markdown]
# # A made-up lesson: about twice

# %%
import os
import math

os.environ["QUIET"] = "1"
unused = math.exp(40)

# %%
from widgets_of_another import Knob
from leaklab.widgets import Dial, Watch

start = 3
settings = {}
settings["by"] = 2

def twice(x):
    return x * settings["by"]

numbers = [1]
numbers.append(twice(start))

# %% [markdown]
# ## Exercise 9.1
#
# Something to do.

# %%
wanted = sum(numbers)
### BEGIN SOLUTION
secret = wanted + 1
### END SOLUTION
check("9.1", secret)

# %% [markdown] tags=["trainer"]
# Say aloud: forty-two.

# %% [markdown]
# ## The figure
#
# A paragraph with **weight**.
#
# | a | b |
# |---|---|
# | 1 | the cell |

# %%
for name in ("a", "b"):
    last = name
result = [wanted for last in numbers]
result

# %% [markdown]
# *The figure: two **bars**, one
# higher.*

# %%
dial = Dial(result)
dial

# %%
Knob(result)

# %%
dial.turn()
'''
PLAN = """
## Stage

| minutes | what is shown | what to say |
|---|---|---|
| 1 | | Words only. |
| 2.5 | `the cell` | A table. |
| 2.5 | `result = [wanted` | The result. |
| 4 | `dial = Dial(` | Turn it. |

## What to say
"""


@pytest.fixture
def lesson(tmp_path):
    folder = tmp_path / "lessons" / "09_made_up"
    folder.mkdir(parents=True)
    (folder / "lesson.py").write_text(LESSON)
    (folder / "plan.md").write_text(PLAN)
    return folder


def built(folder):
    return build.stage_notebook(folder, build.read_lesson(folder))


def test_a_step_has_what_it_needs_and_no_more(lesson):
    """In the lesson's order: what only the fourth needs, but stands before the third, comes with the third."""
    sources = [cell.source for cell in built(lesson).cells]
    assert sources[0].startswith("# A made-up lesson\n\nTo begin")
    assert sources[2] == "%%words 2\n| a | b |\n|---|---|\n| 1 | the cell |"
    assert sources[3] == "\n".join([
        "%%step 3", "import os", 'os.environ["QUIET"] = "1"', "from leaklab.widgets import Dial, Watch", "start = 3",
        "settings = {}", 'settings["by"] = 2', 'def twice(x):\n    return x * settings["by"]', "numbers = [1]",
        "numbers.append(twice(start))",
        "wanted = sum(numbers)", SHOWN, 'for name in ("a", "b"):', "    last = name",
        "result = [wanted for last in numbers]", "result"])
    assert sources[4] == "\n".join(
        ["%%step 4", SHOWN, "dial = Dial(result)", "dial"])
    assert len(sources) == 5 and "secret" not in "".join(sources) and "forty-two" not in "".join(sources)


def test_what_the_steps_say(lesson):
    steps = present.steps(built(lesson))
    assert [step.minutes for step in steps] == [1, 2.5, 2.5, 4] and steps[2].title == "The figure"
    first = built(lesson).cells[1].source
    assert "alt='two bars, one higher.'" in first and "Talk('09_made_up', [" in first
    compile(first, "stage", "exec")


def test_prepared_results_come_from_the_cell_its_neighbour_or_those_before(lesson):
    notebook = build.read_lesson(lesson)
    ids = {cell.source.splitlines()[-1]: cell.id for cell in notebook.cells if cell.cell_type == "code"}
    first = built(lesson).cells[1].source
    assert f"prepared=('{ids['result']}', '{ids['dial']}'," in first
    assert f"prepared=('{ids['dial']}', '{ids['result']}'," in first, "the next cell has no words of its own between"


@pytest.mark.parametrize("old, new, says", [
    ("| 1 | | Words", "| 2 | | Words", "take 11 minutes, not 10"),
    ("`the cell`", "`numbers`", "`numbers` of Stage stands in"),
    ("`the cell`", "`nowhere`", "stands in 0 cells"),
    ("`the cell`", "`wanted = sum(`", "in an exercise"),
    ("`the cell`", "`forty-two`", "for trainers"),
    ("| 1 | | Words", "| soon | | Words", "needs: | minutes |"),
    ("`the cell`", "`dial = Dial(`", "in the lesson's order"),
])
def test_a_table_that_cannot_be_followed_is_refused(lesson, old, new, says):
    (lesson / "plan.md").write_text(PLAN.replace(old, new, 1))
    with pytest.raises(build.BuildError, match=re.escape(says)) as refused:
        built(lesson)
    assert "09_made_up/plan.md" in str(refused.value)


def test_a_piece_that_is_a_whole_cell_is_found_among_others(lesson):
    (lesson / "lesson.py").write_text(LESSON + "\n# %%\nresult\n")
    (lesson / "plan.md").write_text(PLAN.replace("`dial = Dial(`", "`result`"))
    assert built(lesson).cells[-1].source == f"%%step 4\n{SHOWN}\nresult"


@pytest.mark.parametrize("line, kept", [
    ("a.append(1)", True), ("for i in b:\n    a[i] = 2", True), ("a |= {1}", True), ("del a[0]", True),
    ("with Connection(a.key()) as c:\n    c.ask()", True), ("print(a)", False), ("c = a.copy()", False),
    ("for i in a.rows():\n    print(i)", False), ("def f(a):\n    a.append(2)", False), ("if b: a = 3", True),
    ("Shown(a).draw()", False), ("import q\nq.setting = a", True), ("table.Frame(a)", False)])
def test_what_changes_a_value_is_needed(line, kept):
    lesson = slices.read("a, b = [], []", 0) + slices.read(line, 1) + slices.read("a", 2)
    assert {one.cell for one in slices.needed(lesson, {2})} == ({0, 1, 2} if kept else {0, 2})


def test_what_a_name_was_before_does_not_matter():
    lesson = slices.read("a = slow()", 0) + slices.read("a = 1\n%time a\n!ls", 1) + slices.read("a", 2)
    assert [one.text for one in slices.needed(lesson, {2})] == ["a = 1", "a"]


def test_a_lesson_without_a_stage_has_no_notebook(lesson):
    (lesson / "plan.md").write_text("## What to say\n")
    assert built(lesson) is None
    (lesson / "plan.md").unlink()
    assert built(lesson) is None


def test_build_and_check_know_the_stage(lesson, tmp_path, capsys):
    out = tmp_path / "notebooks"
    where = ["--lessons", str(lesson.parent), "--out", str(out)]
    assert build.main([*where, "--no-execute"]) == 0
    path = out / "stage" / "09_made_up.ipynb"
    first = path.read_bytes()
    build.main([*where, "--no-execute"])
    assert path.read_bytes() == first
    build.main([*where, "--check"])
    assert "stage" not in capsys.readouterr().err
    (lesson / "plan.md").write_text(PLAN.replace("Turn it.", "Turn it now."))
    build.main([*where, "--check"])
    assert "stage/09_made_up differs from its lesson and plan" in capsys.readouterr().err
    (lesson / "plan.md").write_text("")
    build.main([*where, "--check"])
    assert "stage/09_made_up.ipynb has no lesson" in capsys.readouterr().err


def test_cells_that_show_a_widget_cannot_be_cut_by_a_key(lesson):
    fast = [cell.source for cell in build.read_lesson(lesson).cells if cell.metadata.get("deletable") is False]
    assert fast == ["dial = Dial(result)\ndial"], "not of another package, nor a cell that shows something else"


def test_an_exercise_with_a_widget_stays_editable(lesson):
    (lesson / "lesson.py").write_text(LESSON.replace(
        "dial = Dial(result)\ndial", "### BEGIN SOLUTION\nturned = 3\n### END SOLUTION\ndial = Dial(result)\ndial"))
    assert not any("editable" in cell.metadata for cell in build.read_lesson(lesson).cells)


def test_an_executed_notebook_gets_its_marks_without_running(lesson, tmp_path):
    (lesson / "lesson.py").write_text("# %%\nfrom leaklab.widgets import Dial\n\n# %%\nDial(1)\n")
    (lesson / "plan.md").unlink()
    notebook = build.trainer_notebook(build.read_lesson(lesson))
    for number, cell in enumerate(notebook.cells, 1):
        cell.metadata, cell.execution_count = {}, number
    out = tmp_path / "notebooks"
    path = out / "trainer" / "09_made_up.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(build.text_of(notebook))
    (out / "student").mkdir()
    assert any("does not say of its cells" in fault for fault in build.check(lesson, out))
    build.build(lesson, out, run=False)
    assert build.check(lesson, out) == []
    assert nbformat.read(path, as_version=4).cells[1].metadata == {"deletable": False, "editable": False}


def test_what_a_widget_is_agrees_with_the_package():
    for kind in ("student", "trainer", "research"):
        for path in (NOTEBOOKS / kind).glob("*.ipynb"):
            for cell in nbformat.read(path, as_version=4).cells:
                last = cell.source.rsplit("\n", 1)[-1]
                shows = re.match(rf"({'|'.join(leaklab.widgets.__all__)})\(", last) and not last.endswith(".still()")
                if cell.cell_type == "code" and shows:
                    assert cell.metadata.get("editable") is False, f"{kind}/{path.name}: {last}"


@staged
def test_the_plan_can_be_followed(folder):
    path = stage.rows(build.plan_of(folder))
    assert 3 <= len(path) <= 6 and sum(row.minutes for row in path) == 10
    assert all(row.says.rstrip(".?!”\"") and len(row.says) <= 130 for row in path)


@staged
def test_stage_notebooks_give_nothing_away(folder):
    lesson = build.read_lesson(folder)
    shown = "\n".join(cell.source for cell in cells(folder))
    for cell in lesson.cells:
        if build.tagged(cell, "trainer"):
            assert cell.source not in shown
        for solution in build.SOLUTION.finditer(cell.source):
            assert len(solution["body"].strip()) < 20 or solution["body"].strip() not in shown
    assert "SOLUTION" not in shown and "check(" not in shown and "Trainer" not in shown


@staged
def test_stage_notebooks_hide_code_and_hold_fast(folder):
    for cell in cells(folder):
        assert cell.metadata["editable"] is False and cell.metadata["deletable"] is False
        assert cell.cell_type == "markdown" or (cell.metadata["jupyter"]["source_hidden"] and not cell.outputs)


@staged
def test_each_step_with_code_has_something_prepared(folder):
    trainer = {cell.id: cell.get("outputs") for cell in nbformat.read(
        NOTEBOOKS / "trainer" / f"{folder.name}.ipynb", as_version=4).cells}
    for ids in re.findall(r"prepared=\(([^)]*)\)", cells(folder)[2].source):
        assert any(trainer.get(name) for name in re.findall(r"'(\w+)'", ids))


def test_the_mark_is_the_same_on_both_sides():
    assert stage.SHOWN == SHOWN


@staged
def test_notes_say_all_that_the_speaker_needs(folder, tmp_path):
    copy = present.prepare(NOTEBOOKS / "stage" / f"{folder.name}.ipynb", tmp_path)
    page = copy.with_name(f"{folder.name}_notes.html").read_text()
    for part in ("0:00", "10:00", "What to say", "Numbers to expect", "When it fails", "Restart Kernel", "light dark"):
        assert part in page
    assert "src=" not in page and "http" not in page.replace("http-equiv", "")
    assert (NOTEBOOKS / "stage" / copy.name).read_bytes() == copy.read_bytes()
    assert "font" in next((tmp_path / "settings").rglob("themes.*")).read_text()


def test_times_on_the_clock():
    assert [present.at(minutes) for minutes in (0, 2.5, 10)] == ["0:00", "2:30", "10:00"]


def test_present_names_the_lessons_there_are(capsys):
    with pytest.raises(SystemExit):
        present.main([])
    assert ", ".join(folder.name[:2] for folder in STAGED) in capsys.readouterr().err


@pytest.fixture(scope="module")
def kernel():
    """One for all talks: TensorFlow is imported once."""
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=360, kernel_name="python3",
                            resources={"metadata": {"path": str(NOTEBOOKS / "stage")}})
    with client.setup_kernel():
        yield client


@pytest.mark.notebooks
@staged
def test_every_step_works(folder, kernel):
    """As in a talk, but nobody waits between the steps."""
    notebook = nbformat.v4.new_notebook(cells=cells(folder))
    first = notebook.cells[1]
    first.source = first.source.replace("Presentation(Talk(", "stage = Presentation(Talk(") + "\nstage"
    notebook.cells.append(nbformat.v4.new_code_cell(
        "assert stage.state.wait(300)\nprint({n: o.error for n, o in stage.state.outcomes.items() if o.error}, "
        "sorted(stage._views) == sorted(stage.state.outcomes))"))
    kernel.nb = notebook
    for number, cell in enumerate(notebook.cells):
        kernel.execute_cell(cell, number)
    assert notebook.cells[-1].outputs[0].text == "{} True\n"
