"""New students: what their vocabulary holds, and which languages they can be asked for."""

import dataclasses
import json

import pytest

from tiny_students import TINY_MARIAN, sentences
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.students.fresh import make_student
from tutelage.students.loading import load_student
from tutelage.students.student_folder import save_student

EN_DE = Direction("en", "de")


def make(folder, *languages):
    shape = TINY_MARIAN.model_copy(update={"languages": languages})
    return make_student(folder, shape=shape, texts=sentences(400), direction=EN_DE, seed=1)


def test_a_student_of_many_languages_is_asked_by_a_token_that_stays_whole(tmp_path):
    student = make(tmp_path, "de", "pt-BR")
    vocabulary = json.loads((tmp_path / "vocab.json").read_text())
    assert {">>de<<", ">>pt-BR<<"} <= vocabulary.keys()
    assert student.says_direction
    (ids,) = student.encode_sources(["the file"], max_tokens=20)
    assert ids[0] == vocabulary[">>de<<"]
    assert student.source_prefix(student.tokenizer, Direction("en", "pt-BR")) == ">>pt-BR<< "
    with pytest.raises(StudentError, match="no target-language token for 'fr'"):
        student.source_prefix(student.tokenizer, Direction("en", "fr"))


def test_a_vocabulary_does_not_tell_where_it_was_trained(tmp_path):
    make(tmp_path)
    for name in ("source.spm", "target.spm"):
        assert str(tmp_path).encode() not in (tmp_path / name).read_bytes()
    assert not list(tmp_path.glob("joint*"))


def test_a_student_of_one_direction_is_told_none(tmp_path):
    student = make(tmp_path)
    assert not student.says_direction
    assert student.source_prefix(student.tokenizer, EN_DE) == ""


def test_a_saved_student_names_the_direction_that_it_has_now(tmp_path):
    student = make(tmp_path / "new")
    assert student.tokenizer.target_lang == "de"
    (tmp_path / "saved").mkdir()
    save_student(dataclasses.replace(student, direction=Direction("en", "en")), tmp_path / "saved")
    config = json.loads((tmp_path / "saved" / "tokenizer_config.json").read_text())
    assert (config["source_lang"], config["target_lang"]) == ("en", "en")
    assert load_student(str(tmp_path / "saved"), direction=EN_DE).encode_sources(["the file"], max_tokens=20) == (
        student.encode_sources(["the file"], max_tokens=20)
    )
