import dataclasses

import pytest

from tiny_students import TINY_MARIAN, make_tiny_causal, sentences
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, name_conflict
from tutelage.students.directions import encode_by_direction
from tutelage.students.fresh import make_student

EN_DE, DE_EN, EN_PT, EN_FR = (Direction(*pair) for pair in (("en", "de"), ("de", "en"), ("en", "pt"), ("en", "fr")))
TOLD = ("nllb", "m2m", "mbart", "mbart50", "t5", "many", "causal")
LIMITS = {"max_source_tokens": 60, "max_target_tokens": 60}


@pytest.fixture(scope="module")
def student_of(tiny_student, tmp_path_factory):
    """The tiny student of a family; `many` is a Marian with target-language tokens."""
    made = {}

    def get(family):
        if family in made:
            return made[family]
        if family == "causal":
            made[family] = make_tiny_causal(tmp_path_factory.mktemp(family))
        elif family == "many":
            shape = TINY_MARIAN.model_copy(update={"languages": ("por", "deu", "eng")})
            made[family] = make_student(
                tmp_path_factory.mktemp(family), shape=shape, texts=sentences(400), direction=EN_PT, seed=3
            )
        else:
            made[family] = tiny_student(family)
        return made[family]

    return get


def example(direction, *, text="the file", **changes):
    return Example(text, "translate", direction.source, direction.target, text, "a line", **changes)


def directions_of(family):
    return (EN_DE, DE_EN, EN_FR) if family == "mbart" else (EN_DE, DE_EN, EN_PT)


def under(student, direction, text="the file"):
    """What the student's own encoding gives when the direction is its own."""
    own = dataclasses.replace(student, direction=direction)
    return own.encode_sources([text], max_tokens=60)[0], own.encode_targets(["a line"], max_tokens=60)[0]


@pytest.mark.parametrize("family", TOLD)
def test_examples_of_many_directions_are_each_asked_under_their_own(student_of, family):
    student = student_of(family)
    first, second, third = directions_of(family)
    mixed = [(first, "the file"), (second, "a menu"), (third, "the file"), (first, "key"), (second, "the file")]
    encoded = student.encode_examples([example(way, text=text) for way, text in mixed], **LIMITS)
    assert [(one.true.source, one.true.target) for one in encoded] == [under(student, *one) for one in mixed]
    assert all(one.conflict is None for one in encoded)
    assert len({tuple(one.true.source + one.true.target) for one in encoded}) == 5


@pytest.mark.parametrize("family", TOLD)
def test_a_conflict_is_the_same_under_the_wrong_direction(student_of, family):
    student = student_of(family)
    right, other, wrong = directions_of(family)
    examples = [example(right, conflict=name_conflict(wrong)), example(other), example(right)]
    first, *rest = student.encode_examples(examples, **LIMITS, conflicts=True)
    assert (first.true.source, first.true.target) == under(student, right)
    assert (first.conflict.source, first.conflict.target) == under(student, wrong)
    assert (first.conflict.source, first.conflict.target) != (first.true.source, first.true.target)
    assert [one.conflict for one in rest] == [None, None]
    ignored = student.encode_examples(examples, **LIMITS)
    assert [one.conflict for one in ignored] == [None] * 3


@pytest.mark.parametrize(
    ("family", "beginning", "end"),
    [("nllb", 1, 0), ("m2m", 1, 0), ("mbart50", 1, 0), ("mbart", 0, 1), ("t5", 0, 0), ("many", 0, 0), ("causal", 0, 0)],
)
def test_the_wrong_language_token_is_asked_for_and_not_made_unlikely(student_of, family, beginning, end):
    student = student_of(family)
    right, _, wrong = directions_of(family)
    (one,) = student.encode_examples([example(right, conflict=name_conflict(wrong))], **LIMITS, conflicts=True)
    assert (one.conflict.unsupervised_first, one.conflict.unsupervised_last) == (beginning, end)
    assert (one.true.unsupervised_first, one.true.unsupervised_last) == (0, 0)
    if beginning + end:
        token = dataclasses.replace(student, direction=wrong).target_start()
        assert one.conflict.target[0 if beginning else -1] == token
        assert student.language_tokens == (beginning, end)


@pytest.mark.parametrize("family", ["nllb", "mbart", "mbart50"])
def test_the_tokenizer_is_left_in_the_students_own_direction(student_of, family):
    student = student_of(family)
    student.target_start()
    before = student.tokenizer.src_lang, student.tokenizer.tgt_lang
    right, _, wrong = directions_of(family)
    student.encode_examples([example(right, conflict=name_conflict(wrong))], **LIMITS, conflicts=True)
    assert (student.tokenizer.src_lang, student.tokenizer.tgt_lang) == before


@pytest.mark.parametrize("family", ["bart", "marian"])
def test_a_student_that_is_told_no_direction_has_only_its_own(student_of, family):
    student = student_of(family)
    assert not student.says_direction
    assert len(student.encode_examples([example(Direction("en", "pt"))], **LIMITS)) == 1, "a region is no direction"
    with pytest.raises(StudentError, match=r"cannot be told a direction, and example 'the file' asks for en→de.*NLLB"):
        student.encode_examples([example(EN_DE)], **LIMITS)
    with pytest.raises(StudentError, match=r"asks for en→fr where its own is en→pt-BR"):
        student.encode_examples([example(EN_PT, conflict="en>fr")], **LIMITS, conflicts=True)


def test_an_instruction_that_names_no_language_has_only_its_own(student_of):
    silent = dataclasses.replace(student_of("causal"), instruction="Translate: {source}")
    assert len(silent.encode_examples([example(EN_PT)], **LIMITS)) == 1
    with pytest.raises(StudentError, match=r"instruction names \{target_language\}"):
        silent.encode_examples([example(EN_PT, conflict="en>de")], **LIMITS, conflicts=True)


def test_a_conversation_has_no_other_direction(student_of):
    asked = example(EN_PT, messages=(("user", "hi"),), conflict="en>de")
    assert len(student_of("causal").encode_examples([asked], **LIMITS)) == 1
    with pytest.raises(StudentError, match=r"example 'the file' is a conversation, which cannot be asked for another"):
        student_of("causal").encode_examples([asked], **LIMITS, conflicts=True)


def test_a_conflict_that_is_no_direction():
    with pytest.raises(UsageError, match=r"'en-fr' of example 'the file' is no direction.*en>fr"):
        _ = example(EN_PT, conflict="en-fr").conflict_direction
    with pytest.raises(UsageError, match=r"'xx' is not a language code"):
        _ = example(EN_PT, conflict="en>xx").conflict_direction
    assert example(EN_PT, conflict="en>pt-br").conflict_direction == Direction("en", "pt-BR")
    assert name_conflict(Direction("en", "pt-BR")) == "en>pt-BR"


def test_the_parts_of_a_response_with_a_rationale(student_of):
    student = student_of("causal")
    whole = example(EN_PT, rationale="of the key", conflict="en>de")
    cut = dataclasses.replace(whole, cut=True)
    plain, first, second = student.encode_examples([example(EN_PT), whole, cut], **LIMITS, conflicts=True)
    end = student.format.end_id
    target, rationale = plain.true.target[:-1], student.tokenizer("of the key", add_special_tokens=False).input_ids
    separator = student.tokenizer("\n\n", add_special_tokens=False).input_ids
    assert first.true.target == [*target, *separator, *rationale, end]
    assert first.true.rationale_tokens == len(rationale) + 1
    assert second.true.target == [*target, *separator, *rationale]
    assert second.true.rationale_tokens == len(rationale)
    assert (first.conflict.target, first.conflict.rationale_tokens) == ([*target, end], 0)
    assert second.conflict.target == target
    limited = {"max_source_tokens": 60, "max_target_tokens": len(target) + len(separator)}
    assert student.encode_examples([whole], **limited)[0].true.rationale_tokens == 0


@pytest.mark.parametrize(("family", "end"), [("nllb", 1), ("mbart", 2), ("t5", 1)])
def test_no_end_is_learned_behind_a_cut_target(student_of, family, end):
    right, _, wrong = directions_of(family)
    cut = example(right, cut=True, conflict=name_conflict(wrong))
    (one,) = student_of(family).encode_examples([cut], **LIMITS, conflicts=True)
    assert one.true.unsupervised_last == one.conflict.unsupervised_last == end
    assert one.true.target[-end] == student_of(family).tokenizer.eos_token_id


@pytest.mark.parametrize("family", ["nllb", "mbart", "t5", "marian"])
def test_no_end_is_learned_where_a_target_was_too_long(student_of, family):
    student = student_of(family)
    data = [example(EN_PT if family == "marian" else EN_DE, text=text) for text in ("the file", "a menu")]
    data[1] = dataclasses.replace(data[1], target="a line of the file in the menu")
    end = student.tokenizer.eos_token_id
    whole = [one.true for one in student.encode_examples(data, **LIMITS)]
    longest = len(whole[1].target)
    for limit in (longest, longest - 1, len(whole[0].target)):
        limited = {"max_source_tokens": 60, "max_target_tokens": limit}
        short, long = (one.true for one in student.encode_examples(data, **limited))
        assert short == whole[0], "what fits learns its end"
        assert len(long.target) == limit
        learned = long.target[: limit - long.unsupervised_last]
        assert (end in learned) == (limit == longest)
        assert learned == whole[1].target[: len(learned)]


def test_texts_are_encoded_a_direction_at_a_time_and_come_back_in_their_order():
    calls = []

    def encode(texts, direction):
        calls.append((tuple(texts), str(direction)))
        return [[ord(text), len(direction.target)] for text in texts]

    assert encode_by_direction("abc", [EN_DE, DE_EN, EN_DE], encode) == [[97, 2], [98, 2], [99, 2]]
    assert calls == [(("a", "c"), "en→de"), (("b",), "de→en")]
    assert encode_by_direction([], [], encode) == []
