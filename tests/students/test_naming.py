import json

import pytest

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.students.naming import direction_of_run
from tutelage.students.promoted import promoted_student, require_run_folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("00-student/fresh", "01-patching/student"):
        (tmp_path / "runs" / "x" / name).mkdir(parents=True)
        (tmp_path / "runs" / "x" / name / "config.json").write_text("{}")
    return tmp_path / "runs" / "x"


@pytest.mark.parametrize("written", ["01-patching/student", "runs/x/01-patching/student"])
def test_the_promoted_student_is_found_from_the_run_or_from_here(run, tmp_path, written):
    (run / "run.json").write_text(json.dumps({"student": written}))
    assert promoted_student(run).resolve() == run / "01-patching" / "student"


@pytest.mark.parametrize("written", ["00-student/fresh", "/nowhere", "../../elsewhere"])
def test_a_student_that_no_step_made_was_not_promoted(run, tmp_path, written):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "config.json").write_text("{}")
    (run / "run.json").write_text(json.dumps({"student": written}))
    with pytest.raises(UserError, match="none was promoted"):
        promoted_student(run)


def test_damaged_and_missing_runs(run):
    with pytest.raises(UserError, match="not a run folder"):
        require_run_folder(run)
    with pytest.raises(UserError, match="no such run folder"):
        require_run_folder(run / "none")
    for written in ("{", "[]"):
        (run / "run.json").write_text(written)
        with pytest.raises(UserError, match="damaged"):
            promoted_student(run)
    with pytest.raises(UserError, match="--source and --target"):
        direction_of_run(run)
    (run / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "pt-BR"\n')
    assert direction_of_run(run) == Direction("en", "pt-BR")
