"""The notebook builder on small made-up lessons."""

import nbformat
import pytest
from lesson_tools import build, running

LESSON = '''\
# %% [markdown]
# # A lesson

# %%
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    y = x + x
    return y
    ### END SOLUTION

# %% [markdown] tags=["trainer"]
# Say this aloud.

# %%
### BEGIN SOLUTION
step = 2
low, high = double(step), 9
### END SOLUTION
print(low, high)

# %% tags=["nbval-check-output"]
from pathlib import Path
print(Path.cwd() / "x", object())
'''


@pytest.fixture
def lesson(tmp_path):
    folder = tmp_path / "lessons" / "09_made_up"
    folder.mkdir(parents=True)
    (folder / "lesson.py").write_text(LESSON)
    return folder


def test_student_keeps_the_task_and_loses_the_answer(lesson):
    student = build.student_notebook(build.read_lesson(lesson))
    sources = [cell.source for cell in student.cells]
    assert sources[1] == 'def double(x):\n    """Twice x."""\n    ...'
    assert sources[2] == "low, high = ..., ...\nprint(low, high)"
    assert not any("SOLUTION" in source or "aloud" in source for source in sources)
    compile("\n".join(sources[1:]), "student", "exec")


@pytest.mark.parametrize("body, left", [
    ("x = 1\n", "x = ..."), ("x = 1\ny = x + 1\n", "y = ..."), ("    return 3\n", "..."), ("elif x:\n  pass\n", "..."),
    ("a[0] = 1\n", "..."), ("%time f()\n", "..."), ("# only a comment\n", "..."), ("a = b = 1\n", "..."),
])
def test_stub(body, left):
    assert build.stub(body) == left


def test_trainer_has_everything_but_the_markers(lesson):
    trainer = build.trainer_notebook(build.read_lesson(lesson))
    text = "\n".join(cell.source for cell in trainer.cells)
    assert "return y" in text and "aloud" in text and "SOLUTION" not in text


def test_ids_survive_the_edit_of_another_cell(lesson):
    before = [cell.id for cell in build.read_lesson(lesson).cells]
    (lesson / "lesson.py").write_text(LESSON.replace("# # A lesson", "# # A better lesson\n\n# %% [markdown]\n# New."))
    after = [cell.id for cell in build.read_lesson(lesson).cells]
    assert before[1:] == after[2:] and before[0] not in after
    assert len(set(after)) == len(after)


def test_unpaired_markers_are_refused(lesson):
    (lesson / "lesson.py").write_text(LESSON.replace("    ### END SOLUTION\n", "", 1))
    with pytest.raises(build.BuildError, match="09_made_up, cell 1: 1 BEGIN and 0 END"):
        build.read_lesson(lesson)


def test_check_tells_what_differs(lesson, tmp_path, capsys):
    out = tmp_path / "notebooks"
    where = ["--lessons", str(lesson.parent), "--out", str(out)]
    assert build.main([*where, "--no-execute"]) == 0
    assert build.main([*where, "--check"]) == 1
    assert "trainer/09_made_up.ipynb is not the executed form" in capsys.readouterr().err
    student = out / "student" / "09_made_up.ipynb"
    first = student.read_bytes()
    build.main([*where, "--no-execute"])
    assert student.read_bytes() == first
    student.write_text(student.read_text().replace("Twice x", "Thrice x"))
    (out / "student" / "77_old.ipynb").write_text("{}")
    assert build.main([*where, "--check"]) == 1
    said = capsys.readouterr().err
    assert "student/09_made_up.ipynb differs" in said and "77_old.ipynb has no lesson" in said


@pytest.fixture
def research(lesson):
    """Beside the lesson, a research notebook."""
    source = lesson.parent / "research" / "a_sweep.py"
    source.parent.mkdir()
    source.write_text("# %% [markdown]\n# # A sweep\n\n# %%\nprint(6 * 7)\n")
    return source


def test_a_research_notebook_has_one_form(research, tmp_path, capsys):
    out = tmp_path / "notebooks"
    where = ["--lessons", str(research.parents[1]), "--out", str(out)]
    assert build.main([*where, "--no-execute"]) == 0
    assert [path.name for path in out.rglob("*.ipynb")] == ["09_made_up.ipynb"], "it has no student's form"
    (out / "research").mkdir(exist_ok=True)
    (out / "research" / "an_old_one.ipynb").write_text("{}")
    (out / "student" / "a_sweep.ipynb").write_text("{}")
    assert build.main([*where, "--check"]) == 1
    said = capsys.readouterr().err
    assert "research/a_sweep.ipynb is not the executed form" in said
    assert "research/an_old_one.ipynb has no lesson" in said and "student/a_sweep.ipynb has no lesson" in said
    with pytest.raises(SystemExit):
        build.main([*where, "a_swep"])
    assert "no lesson a_swep; there are 09, research" in capsys.readouterr().err


@pytest.mark.notebooks
@pytest.mark.parametrize("named", ["research", "a_sweep"])
def test_research_notebooks_are_built_by_room_or_name(research, tmp_path, named):
    out = tmp_path / "notebooks"
    where = [named, "--lessons", str(research.parents[1]), "--out", str(out)]
    assert build.main(where) == 0 and build.main([*where, "--check"]) == 0
    notebook = nbformat.read(out / "research" / "a_sweep.ipynb", as_version=4)
    assert notebook.cells[1].outputs[0].text == "42\n" and not (out / "trainer").exists()


def test_unknown_lesson_lists_the_known(lesson, capsys):
    with pytest.raises(SystemExit):
        build.main(["42", "--lessons", str(lesson.parent)])
    assert "no lesson 42; there are 09" in capsys.readouterr().err


def test_anonymous_text():
    home = str(build.Path.home())
    text = f"File {build.ROOT}/leaklab/a.py, {home}/x, <object at 0x7f00aabbccdd>\nWall time: 3 s\nleft\n"
    assert running.anonymous(text) == "File leaklab/a.py, ~/x, <object at 0x...>\nleft\n"


@pytest.mark.notebooks
def test_executed_once_then_left_alone(lesson, tmp_path, capsys):
    out = tmp_path / "notebooks"
    where = ["--lessons", str(lesson.parent), "--out", str(out)]
    assert build.main(where) == 0
    trainer = out / "trainer" / "09_made_up.ipynb"
    notebook = nbformat.read(trainer, as_version=4)
    assert notebook.cells[3].outputs[0].text == "4 9\n"
    assert str(tmp_path) not in trainer.read_text() and "0x..." in trainer.read_text()
    assert build.main([*where, "--check"]) == 0
    first = trainer.read_bytes()
    capsys.readouterr()
    assert build.main(where) == 0 and "trainer as it was" in capsys.readouterr().out
    assert build.main([*where, "--force"]) == 0 and "executed in" in capsys.readouterr().out
    assert trainer.read_bytes() == first


@pytest.mark.notebooks
def test_a_cell_that_fails_names_its_lesson_and_writes_nothing(lesson, tmp_path, capsys):
    (lesson / "lesson.py").write_text(LESSON + "\n# %%\n1 / 0\n")
    out = tmp_path / "notebooks"
    assert build.main(["--lessons", str(lesson.parent), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "09_made_up: a cell failed" in said and "ZeroDivisionError" in said
    assert not (out / "trainer" / "09_made_up.ipynb").exists()


def test_outputs_keep_what_a_reader_without_a_kernel_can_use(capsys):
    output = nbformat.v4.new_output
    warning = output("stream", name="stderr", text="UserWarning: look")
    assert running.portable(warning) is None and "UserWarning: look" in capsys.readouterr().out
    view = output("display_data", {running.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "VBox(...)"})
    assert running.portable(view) is None
    figure = '<img alt="a figure" src="data:image/png;base64,aG/0xabcdef0/tmp/k=">'
    assert running.portable(output("display_data", {"text/html": f"{build.ROOT}/x{figure}"})).data == {
        "text/html": f"x{figure}"}
    picture = output("display_data", {"image/png": "aGk=", "text/plain": f"<{build.ROOT}/x at 0x7f00aabbccdd>"})
    assert running.portable(picture).data == {"image/png": "aGk=", "text/plain": "<x at 0x...>"}
