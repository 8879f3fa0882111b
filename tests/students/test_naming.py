import json
import shutil

import pytest

from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UserError
from tutelage.core.languages import Direction
from tutelage.students.loading import locate_student
from tutelage.students.naming import direction_of_run, open_student
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


@pytest.mark.parametrize("direction", [Direction("de", "fr"), Direction("en", "fr"), Direction("pt", "en")])
def test_a_student_of_one_direction_is_not_asked_for_another(direction):
    with pytest.raises(StudentError, match=f"translates en→pt-BR, and cannot be told {direction}") as refused:
        open_student("embedded:en-pt", direction=direction)
    assert "--source en --target pt-BR" in refused.value.fix


@pytest.mark.parametrize("direction", [Direction("en", "pt"), Direction("en-GB", "pt-PT")])
def test_regions_are_no_other_direction(direction):
    engine = open_student("embedded:en-pt", direction=direction)
    assert list(engine.translate(["Open the file."], decoding=Decoding())) == ["Abra o arquivo."]


@pytest.mark.parametrize("said", [{"target_lang": "ROMANCE"}, {"target_lang": None}, {"target_lang": 3}])
def test_a_student_that_does_not_say_one_direction_is_asked(tmp_path, said):
    folder = tmp_path / "student"
    shutil.copytree(locate_student("embedded:en-pt"), folder)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(config | said))
    engine = open_student(str(folder), direction=Direction("en", "fr"))
    assert list(engine.translate(["Open the file."], decoding=Decoding())) == ["Abra o arquivo."]
