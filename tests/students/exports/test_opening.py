"""Every family of students decodes from an export without its own weights as it decodes from its folder."""

from dataclasses import replace

import pytest

from tiny_students import EN_PT, FAMILIES, make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.protection.masks import MaskForm
from tutelage.core.protection.spans import ALL
from tutelage.storage.manifest import write_manifest
from tutelage.students.engines.opening import open_engine
from tutelage.students.exports.export import Export, write_export
from tutelage.students.exports.opening import open_new_export
from tutelage.students.exports.registry import load_export_kind
from tutelage.students.naming import open_student
from tutelage.students.student_folder import read_student, save_student, student_signature

TEXTS = [*sentences(12, seed=5), "", "Open {name} at 10 %"]
SHORT = Decoding(max_target_tokens=20)


def export_of(student, folder, *, kind="ctranslate2", compute_type="float32", **changes):
    """The student exported without a gate, and how it says to be decoded."""
    folder.mkdir()
    load_export_kind(kind).write(student, folder, compute_type=compute_type)
    export = Export(kind, compute_type, student.direction, student_signature(student.origin), SHORT, protect=True)
    write_export(replace(export, **changes), folder)
    write_manifest(folder)
    return export


def outputs(engine):
    return list(engine.translate(TEXTS, decoding=SHORT))


@pytest.mark.parametrize("family", FAMILIES)
def test_an_encoder_decoder(family, tiny_student, tmp_path):
    student = tiny_student(family)
    export = export_of(student, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.safetensors"))
    theirs = open_engine(student, name="ctranslate2", cache=tmp_path / "cache")
    assert outputs(open_new_export(tmp_path / "out", export)) == outputs(theirs)


def test_a_chat_student_with_its_instruction(tmp_path):
    student = replace(make_tiny_causal(tmp_path / "chat"), instruction="Say in {target_language}: {source}")
    save_student(student, tmp_path / "asked")
    student = read_student(tmp_path / "asked", direction=EN_PT)
    export = export_of(student, tmp_path / "out")
    theirs = open_engine(student, name="ctranslate2", cache=tmp_path / "cache")
    assert outputs(open_new_export(tmp_path / "out", export)) == outputs(theirs)


def test_mask_tokens_come_with_it(tiny_student, tmp_path):
    form = MaskForm(("<a>", "<b>"))
    export = export_of(replace(tiny_student("marian"), mask_form=form), tmp_path / "out")
    assert load_export_kind("ctranslate2").load(tmp_path / "out", export).mask_form == form


def test_one_of_transformers_is_an_ordinary_folder_of_the_same_weights(tiny_student, tmp_path):
    save_student(tiny_student("marian"), tmp_path / "student")
    student = read_student(tmp_path / "student", direction=EN_PT)
    export_of(student, tmp_path / "out", kind="transformers")
    assert student_signature(tmp_path / "out") == student_signature(tmp_path / "student")
    assert open_student(str(tmp_path / "out"), direction=EN_PT).signature.startswith("ctranslate2-float32:")
    slow = open_student(str(tmp_path / "out"), direction=EN_PT, engine="transformers")
    assert slow.signature.startswith("transformers:")


def test_another_engine_than_its_own_is_refused(tiny_student, tmp_path):
    export_of(tiny_student("marian"), tmp_path / "out")
    with pytest.raises(UsageError, match="this export is decoded by ctranslate2, not by transformers"):
        open_student(str(tmp_path / "out"), direction=EN_PT, engine="transformers")
    assert open_student(str(tmp_path / "out"), direction=EN_PT, engine="ctranslate2")


def test_what_was_exported_without_protection_has_none(tiny_student, tmp_path):
    export_of(tiny_student("marian"), tmp_path / "out", protect=False)
    assert not any("{name}" in text for text in outputs(open_student(str(tmp_path / "out"), direction=EN_PT)))
    export_of(tiny_student("marian"), tmp_path / "other")
    opened = open_student(str(tmp_path / "other"), direction=EN_PT, protection=ALL)
    assert "{name}" in outputs(opened)[-1]


@pytest.mark.parametrize("compute_type", load_export_kind("ctranslate2").compute_types)
def test_every_arithmetic_that_it_can_be_stored_for_is_decoded_here(compute_type, tiny_student, tmp_path):
    export = export_of(tiny_student("marian"), tmp_path / "out", compute_type=compute_type)
    assert len(outputs(open_new_export(tmp_path / "out", export))) == len(TEXTS)
    assert f"{compute_type}" in open_new_export(tmp_path / "out", export).signature


def test_arithmetic_that_this_machine_cannot_do_is_told(tiny_student, tmp_path):
    export_of(tiny_student("marian"), tmp_path / "out", compute_type="float32")
    text = (
        (tmp_path / "out" / "tutelage.json").read_text().replace('"compute_type": "float32"', '"compute_type": "int3"')
    )
    (tmp_path / "out" / "tutelage.json").write_text(text)
    write_manifest(tmp_path / "out")
    with pytest.raises(StudentError, match="cannot be decoded in int3"):
        open_student(str(tmp_path / "out"), direction=EN_PT)
