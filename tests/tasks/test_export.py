import pytest

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.core.records import Example
from tutelage.corpora.reading import read_pairs
from tutelage.storage.tables import write_table
from tutelage.tasks.export import export_learned


def example(number, source, target, kind, *, task="translate", target_lang="pt-BR"):
    return Example(f"a:{number}", task, "en", target_lang, source, target, kind=kind)


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    (folder / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "pt-BR"\n')
    return folder


def put(run, place, *examples):
    (run / place).mkdir(parents=True)
    write_table(run / place / "examples.parquet", examples, Example)


def test_what_was_learned_is_there_once_and_what_was_rehearsed_is_not(run, tmp_path):
    put(run, "01-patching/round-1", example(1, "Open it", "Abra-o", "post-edit"), example(2, "Go", "Vá", "rehearsal"))
    put(
        run,
        "02-sequence_kd",
        example(3, "Open it", "Abra-o", "distilled"),
        example(4, "Close <b>", "Feche <b>", "distilled"),
        example(5, "Offen", "Aufmachen", "parallel", target_lang="de"),
    )
    out = tmp_path / "learned.tmx"
    assert export_learned(run, out) == 2
    pairs = list(read_pairs(str(out), direction=Direction("en", "pt-BR")))
    assert [(one.source.text, one.target.text) for one in pairs] == [("Open it", "Abra-o"), ("Close <b>", "Feche <b>")]
    assert '<prop type="x-origin">post-edit</prop>' in out.read_text()


def test_a_run_without_examples_or_another_suffix_is_told(run, tmp_path):
    with pytest.raises(UserError, match="the run has made no examples"):
        export_learned(run, tmp_path / "learned.tmx")
    with pytest.raises(UserError, match="a memory is written as TMX"):
        export_learned(run, tmp_path / "learned.tsv")
    with pytest.raises(UserError, match="there is no such run folder"):
        export_learned(tmp_path / "none", tmp_path / "learned.tmx")


def test_a_run_in_one_language_has_no_memory(run, tmp_path):
    (run / "recipe.toml").write_text('[direction]\nsource = "en"\ntarget = "en"\n')
    with pytest.raises(UserError, match="stays in one language"):
        export_learned(run, tmp_path / "learned.tmx")
