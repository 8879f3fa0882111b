"""A promoted student is exported if it comes through as good as it was, and is refused if it does not."""

import json
import shutil
from pathlib import Path

import pytest

from promoted_runs import make_promoted_run
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.recipe import ExportSettings
from tutelage.runs.export.export import export_student
from tutelage.students.exports.export import read_export
from tutelage.students.exports.transformers_export import TransformersExport
from tutelage.students.known_words import read_known_words
from tutelage.students.naming import open_student

EN_PT = Direction("en", "pt-BR")
TEXTS = ["The file cannot be opened.", "Save <b>{name}</b> at https://example.org/a?b=1.", ""]
INT8 = ExportSettings(to="ctranslate2", compute_type="int8")


def ruin(write):
    """The weights of the export, rounded to a few steps as an arithmetic of two bits would."""

    def ruined(self, student, folder, *, compute_type):
        import torch

        with torch.no_grad():
            for weight in student.model.parameters():
                step = weight.abs().max() / 2
                weight.copy_((weight / step).round() * step)
        write(self, student, folder, compute_type=compute_type)

    return ruined


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_promoted_run(tmp_path_factory.mktemp("runs") / "manuals")


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    return export_student(run, tmp_path_factory.mktemp("exports") / "int8", settings=INT8)


def test_what_is_exported_in_int8_is_a_student_that_translates_as_the_promoted_one(run, exported, tmp_path):
    assert exported.accepted and exported.parity.changed < 6
    moved = tmp_path / "moved"
    shutil.copytree(exported.folder, moved)
    outputs = list(open_student(str(moved), direction=EN_PT).translate(TEXTS, decoding=Decoding()))
    promoted = list(open_student(str(run), direction=EN_PT).translate(TEXTS, decoding=Decoding()))
    assert outputs[0] == promoted[0] and outputs[2] == ""
    assert "<b>{name}</b>" in outputs[1] and "https://example.org/a?b=1" in outputs[1]
    assert (moved / "model.bin").stat().st_size < 0.3 * 4 * 7_580_000
    assert read_export(moved).test_set_readings == 1
    assert read_known_words(moved) == read_known_words(run / "01-patching" / "student") is not None


def test_the_card_tells_scores_gate_parity_and_licence_and_nothing_of_this_machine(run, exported):
    card = (exported.folder / "README.md").read_text()
    assert card.startswith("---\nlanguage: [en, pt-BR]\nlicense: apache-2.0\n")
    assert "| domain | chrF | 50.0 (48.0 to 52.0) | 53.0 (51.0 to 55.0) | 60 |" in card
    assert "`chrf: better`. chrF rose" in card and "`chrf: not worse by more than 0.3 (point estimate)`: held" in card
    assert "chrF2|version:2" in card and "What it must not be used for" in card
    assert "GNOME user documentation (CC-BY-SA-3.0)" in (exported.folder / "FIRST-STUDENT.md").read_text()
    assert str(run.parent) not in card + (exported.folder / "tutelage.json").read_text()


def test_the_same_export_is_not_made_twice_and_another_takes_its_place(run, exported):
    again = export_student(run, exported.folder, settings=INT8)
    assert again.accepted and again.parity is None
    whole = export_student(run, exported.folder.with_name("other"), settings=ExportSettings(to="transformers"))
    assert whole.accepted and whole.parity.changed <= 1  # a text with tags, which move on CTranslate2 alone
    replaced = export_student(run, whole.folder, settings=INT8)
    assert replaced.parity is not None and not (whole.folder / "model.safetensors").exists()


def test_a_damaged_export_is_refused_kept_aside_and_cannot_be_opened(run, tmp_path, monkeypatch):
    assert export_student(run, tmp_path / "out", settings=INT8).accepted
    monkeypatch.setattr(TransformersExport, "write", ruin(TransformersExport.write))
    result = export_student(run, tmp_path / "out", settings=ExportSettings(to="transformers"))
    assert not result.accepted and result.folder == tmp_path / "out-refused"
    assert result.told[0].startswith("export: refused")
    assert any("worse by more than the 0.3" in line for line in result.told)
    assert not read_export(result.folder).accepted
    assert "**Refused" in (result.folder / "README.md").read_text()
    with pytest.raises(StudentError, match="this export was refused"):
        open_student(str(result.folder), direction=EN_PT)
    assert read_export(tmp_path / "out").kind == "ctranslate2", "the earlier one stays"


def test_damage_is_told_and_an_edited_card_is_none(exported, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(exported.folder, folder)
    (folder / "README.md").write_text("Ours.")
    open_student(str(folder), direction=EN_PT)
    weights = bytearray((folder / "model.bin").read_bytes())
    weights[-1000] ^= 0xFF
    (folder / "model.bin").write_bytes(weights)
    with pytest.raises(StudentError, match=r"this export is damaged: model\.bin"):
        open_student(str(folder), direction=EN_PT)
    (folder / "tutelage.json").write_text(json.dumps({"kind": "ctranslate2"}))
    with pytest.raises(StudentError, match=r"this file is damaged"):
        open_student(str(folder), direction=EN_PT)


def test_what_else_lies_there_is_not_overwritten(run, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="there is something else in the place"):
        export_student(run, tmp_path, settings=INT8)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    (tmp_path / "out-refused").mkdir()
    (tmp_path / "out-refused" / "thesis.txt").write_text("mine too")
    with pytest.raises(UsageError, match="out-refused: there is something else in the place"):
        export_student(run, tmp_path / "out", settings=INT8)
    with pytest.raises(UsageError, match="this names no folder of its own"):
        export_student(run, Path(), settings=INT8)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ExportSettings(to="onnx"), "no kind of export is called 'onnx'"),
        (ExportSettings(compute_type="int3"), "ctranslate2 has no 'int3'. It has: int8"),
        (ExportSettings(rules=("chrf: perfect",)), "'perfect' is not a demand"),
        (ExportSettings(data_licences={"poole": "MIT"}), "no text is called 'poole'"),
    ],
)
def test_settings_that_cannot_be_are_told_before_anything_is_loaded(run, tmp_path, settings, said):
    with pytest.raises(UsageError, match=said):
        export_student(run, tmp_path / "out", settings=settings)


def test_too_few_segments_cannot_tell_so_nothing_is_exported(tmp_path):
    run = make_promoted_run(tmp_path / "short", text={"test": {"limit": 20}})
    result = export_student(run, tmp_path / "out", settings=INT8)
    assert not result.accepted and any("too little text to tell" in line for line in result.told)


def test_a_run_without_a_test_set_is_told(tmp_path):
    run = make_promoted_run(tmp_path / "untested")
    recipe = (run / "recipe.toml").read_text()
    (run / "recipe.toml").write_text(recipe.replace("[text.test]", "[text.general]"))
    with pytest.raises(UsageError, match=r"measured on text\.test, which the recipe does not name"):
        export_student(run, tmp_path / "out", settings=INT8)
