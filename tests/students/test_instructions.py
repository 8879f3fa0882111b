"""How causal students are asked: shipped templates, languages by their own names, demonstrations."""

import json
from dataclasses import replace

import pytest

from tiny_students import make_tiny_causal
from tutelage.core.errors import StudentError
from tutelage.core.languages import NAMES, OWN_NAMES, Direction, own_language_name, same_language
from tutelage.core.records import Example
from tutelage.students.extraction import extract_translation
from tutelage.students.instructions import (
    find_instruction,
    names_source,
    names_target,
    render_instruction,
    shipped_instructions,
)
from tutelage.students.loading import load_student
from tutelage.students.shots import NO_SHOTS, Shot, Shots, read_shots, write_shots
from tutelage.students.student_folder import save_student, student_signature

EN_DE, DE_PT = Direction("en", "de"), Direction("de", "pt-BR")


def rendered(name, direction=EN_DE):
    return render_instruction(find_instruction(name), "The {x} file.", direction=direction)


def test_each_language_has_its_own_name():
    assert OWN_NAMES.keys() == NAMES.keys()
    assert len(set(OWN_NAMES.values())) == len(OWN_NAMES)
    assert [own_language_name(code) for code in ("de", "pt", "fr", "de-AT")] == [
        "Deutsch", "português", "français", "Deutsch (Österreich)",
    ]  # fmt: skip


def test_same_language_goes_beyond_regions():
    assert same_language("pt", "pt-BR")
    assert same_language("no", "nb")
    assert same_language("nn", "no")
    assert not same_language("pt", "es")


def test_shipped_instructions():
    assert {"own-language", "post-instruction", "translate-1"} <= set(shipped_instructions())
    assert rendered("translate-1").startswith("Translate the following text from English to German.")
    assert rendered("translate-1").endswith("\n\nThe {x} file.")
    behind = rendered("post-instruction")
    assert behind.startswith("The {x} file.\n\n")
    assert "from English to German" in behind
    own = rendered("own-language", DE_PT)
    assert "from German to português do Brasil" in own
    for name in ("own-language", "post-instruction", "translate-1"):
        assert names_target(find_instruction(name)) and names_source(find_instruction(name))
    assert not names_source("{target_language_own}: {source}")
    assert not names_target("{source}")


def test_a_template_can_be_a_file(tmp_path):
    (tmp_path / "mine.txt").write_text("{source} => {target_language_own}\n", encoding="utf-8")
    assert find_instruction(str(tmp_path / "mine.txt")) == "{source} => {target_language_own}"
    (tmp_path / "bad.txt").write_text("{source} => {target}")
    with pytest.raises(StudentError, match=r"braces cannot be filled.*\{target_language_own\}"):
        find_instruction(str(tmp_path / "bad.txt"))
    (tmp_path / "blind.txt").write_text("Translate to {target_language}.")
    with pytest.raises(StudentError, match=r"does not name \{source\}"):
        find_instruction(str(tmp_path / "blind.txt"))
    (tmp_path / "latin.txt").write_bytes("{source} für {target_language}".encode("latin-1"))
    with pytest.raises(StudentError, match="not text in UTF-8"):
        find_instruction(str(tmp_path / "latin.txt"))
    with pytest.raises(StudentError, match="Did you mean 'post-instruction'"):
        find_instruction("post-instructions")


def test_a_label_in_the_languages_own_name_is_no_translation():
    assert extract_translation("Deutsch: Die Datei.", source="The file.", target_lang="de") == "Die Datei."


SHOTS = Shots(2, {EN_DE: (Shot("a", "ein"), Shot("b", "zwei"), Shot("c", "drei")), DE_PT: (Shot("x", "y"),)})


def test_a_text_is_not_shown_its_own_translation():
    def shown(text, direction=EN_DE):
        return [shot.source for shot in SHOTS.choose(direction, text=text)]

    assert shown("z") == ["a", "b"]
    assert shown(" b ") == ["a", "c"]
    assert shown("x", DE_PT) == []
    assert shown("z", Direction("de", "en")) == []


def test_demonstrations_fit_by_their_tokens():
    fitted = SHOTS.fitted(limit=9, measure=lambda _direction, shot: 4 if shot.source < "c" else 2)
    assert [shot.source for shot in fitted.by_direction[EN_DE]] == ["a", "b"]
    with pytest.raises(StudentError, match="demonstrations of en→de take more than 3 tokens"):
        SHOTS.fitted(limit=3, measure=lambda _direction, _shot: 4)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal"), texts=["German: Die Datei."])


def test_demonstrations_are_earlier_turns_and_travel_with_the_student(student, tmp_path):
    shots = Shots(1, {EN_DE: (Shot("the file", "die Datei"), Shot("the menu", "das Menü"))})
    asked = replace(student, direction=EN_DE, instruction="{target_language}: {source}").with_shots(shots)
    turns = (("user", "German: the file"), ("assistant", "die Datei"), ("user", "German: a key"))
    assert asked.conversation("a key", translating=True) == turns
    assert asked.conversation("a key") == turns[2:]
    assert replace(asked, shots=replace(shots, in_training=True)).conversation("a key") == turns
    (ids,) = asked.encode_sources(["a key"], max_tokens=50)
    assert "die Datei<|end|>" in student.tokenizer.decode(ids)
    example = Example(
        id="1", task="translate", source_lang="en", target_lang="de", source="a key", target="ein", kind="parallel"
    )  # fmt: skip
    (encoded,) = asked.encode_examples([example], max_source_tokens=50, max_target_tokens=50)
    assert len(encoded.true.source) < len(ids)

    save_student(asked, tmp_path)
    again = load_student(str(tmp_path), direction=EN_DE)
    assert again.shots == asked.shots
    assert again.instruction == asked.instruction
    assert student_signature(tmp_path) != student_signature(student.origin)
    before = student_signature(tmp_path)
    write_shots(replace(shots, count=2), tmp_path)
    assert student_signature(tmp_path) != before


def test_demonstrations_leave_half_of_the_context(student):
    known = tuple(Shot(f"open the {word} file", "die neue Datei " * 4) for word in ("new", "old", "big", "not"))
    plain = replace(student, direction=EN_DE)
    asked = plain.with_shots(Shots(3, {EN_DE: known}))
    kept = len(asked.shots.by_direction[EN_DE])
    assert 1 <= kept < 4
    limit = student.context_tokens // 2
    (whole,), (bare,) = (one.encode_sources(["file"], max_tokens=9) for one in (asked, plain))
    assert len(whole) - len(bare) <= limit
    assert asked.max_tokens < plain.max_tokens
    (cut,) = asked.encode_sources(["file " * 400], max_tokens=400)
    assert len(cut) < student.context_tokens


def test_a_file_of_demonstrations_that_is_damaged_is_told(tmp_path):
    assert read_shots(tmp_path) is NO_SHOTS
    (tmp_path / "shots.json").write_text(json.dumps({"count": 1}))
    with pytest.raises(StudentError, match=r"shots\.json: the student's demonstrations cannot be read"):
        read_shots(tmp_path)
