import pytest

from tests.support.tiny_students import EN_PT, TINY_MARIAN, sentences
from tutelage.core.errors import StudentError
from tutelage.core.protection.masks import LETTERS, TOKENS, MaskForm
from tutelage.students.fresh import make_student
from tutelage.students.loading import load_student
from tutelage.students.mask_tokens import FILE, read_mask_form, write_mask_form
from tutelage.students.student_folder import save_student, student_signature


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    shape = TINY_MARIAN.model_copy(update={"masks": 12})
    return make_student(tmp_path_factory.mktemp("student"), shape=shape, texts=sentences(400), direction=EN_PT, seed=3)


def test_a_fresh_student_knows_every_mask_token_as_one_piece(fresh):
    text = "the file ⟦1⟧ opens ⟦12⟧, ⟦7⟧"
    (ids,) = fresh.encode_sources([text], max_tokens=64)
    tokens = fresh.tokenizer.convert_ids_to_tokens(ids)
    assert [token for token in tokens if "⟦" in token] == ["⟦1⟧", "⟦12⟧", "⟦7⟧"]
    assert fresh.decode_targets([ids]) == [text]
    assert fresh.mask_form == TOKENS


def test_the_declaration_goes_with_the_student_and_counts_in_its_signature(fresh, tmp_path):
    save_student(fresh, tmp_path / "saved")
    loaded = load_student(str(tmp_path / "saved"), direction=fresh.direction)
    assert loaded.mask_form == TOKENS
    before = student_signature(tmp_path / "saved")
    (tmp_path / "saved" / FILE).unlink()
    assert student_signature(tmp_path / "saved") != before
    assert load_student(str(tmp_path / "saved"), direction=fresh.direction).mask_form == LETTERS


def test_a_form_is_read_as_written(tmp_path):
    write_mask_form(LETTERS, tmp_path)
    assert not (tmp_path / FILE).exists() and read_mask_form(tmp_path) == LETTERS
    write_mask_form(MaskForm(("⟦1⟧",)), tmp_path)
    assert read_mask_form(tmp_path) == MaskForm(("⟦1⟧",))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tokens": []}', '{"tokens": [1]}', '{"tokens": "x"}'])
def test_a_damaged_declaration_is_told(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StudentError, match="mask tokens"):
        read_mask_form(tmp_path)
