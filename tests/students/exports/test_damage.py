"""Whatever has happened to a file of an export, it is told in plain words."""

import shutil

import pytest

from damages import DAMAGES
from tiny_students import EN_PT
from tutelage.core.decoding import Decoding
from tutelage.core.errors import UserError
from tutelage.storage.manifest import MANIFEST, write_manifest
from tutelage.students.exports.export import FILE, Export, write_export
from tutelage.students.exports.registry import load_export_kind
from tutelage.students.naming import open_student
from tutelage.students.student_folder import student_signature

FILES = (FILE, MANIFEST, "model.bin", "shared_vocabulary.json", "tokenizer/config.json", "tokenizer/vocab.json")

GONE = ("remove", "become_folder")
CASES = [(name, damage) for name in FILES for damage in DAMAGES if name != FILE or damage not in GONE]


@pytest.fixture(scope="module")
def exported(tiny_student, tmp_path_factory):
    student, folder = tiny_student("marian"), tmp_path_factory.mktemp("out")
    load_export_kind("ctranslate2").write(student, folder, compute_type="int8")
    write_export(
        Export("ctranslate2", "int8", EN_PT, student_signature(student.origin), Decoding(), protect=True), folder
    )
    write_manifest(folder)
    return folder


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_file_is_told(name, damage, exported, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(exported, folder)
    DAMAGES[damage](folder / name)
    with pytest.raises(UserError, match=r"damaged"):
        open_student(str(folder), direction=EN_PT)


@pytest.mark.parametrize("name", GONE)
def test_without_its_own_word_it_is_told_as_what_it_looks_like(name, exported, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(exported, folder)
    DAMAGES[name](folder / FILE)
    with pytest.raises(UserError, match="converted for CTranslate2, which can be decoded but not trained"):
        open_student(str(folder), direction=EN_PT)
