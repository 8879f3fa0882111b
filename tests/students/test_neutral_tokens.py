"""Which tokens of a translation are not made unlikely under a wrong direction."""

import dataclasses

import pytest

from tiny_students import make_tiny_causal
from tutelage.core.records import Example
from tutelage.students.neutral_tokens import NeutralTokens, are_neutral

LIMITS = {"max_source_tokens": 200, "max_target_tokens": 200}
SOURCE = "Linux saves 3 files in %(folder)s: <b>café</b>"
TARGET = "O Linux grava 3 ficheiros em %(folder)s: <b>café</b>!"


@pytest.mark.parametrize(
    ("texts", "neutral"),
    [
        (["O", " Li", "nux", " grava", " 3", " fich"], [False, True, True, False, True, False]),
        ([" em", " %(", "fol", "der", ")s", ":", " ", ""], [False, True, True, True, True, True, True, True]),
        (["<b", ">", "ca", "f", "é", "</b>", "!"], [True] * 7),
        (["Linu", "xe", " LINUX"], [False, False, True]),
        ([b"\xc3", b"\xa3", "…"], [False, False, True]),
        (["caf", b"\xc3", b"\xa9"], [True, True, True]),
        ([b"\xa9", " 7"], [False, True]),
        ([], []),
    ],
)
def test_a_token_is_neutral_if_nothing_in_it_tells_the_language(texts, neutral):
    pieces = [text if isinstance(text, bytes) else text.encode() for text in texts]
    assert are_neutral(pieces, source=SOURCE) == neutral


def conflict_of(student, target=TARGET):
    source_lang, target_lang = student.direction.source, student.direction.target
    example = Example(
        "a", "translate", source_lang, target_lang, SOURCE, target, conflict=f"{target_lang}>{source_lang}"
    )
    (encoded,) = student.encode_examples([example], **LIMITS, conflicts=True)
    return encoded.conflict


def shown(student, sample, marks):
    """The text of the tokens that are pushed."""
    pushed = [token for token, spared in zip(sample.target, marks, strict=True) if not spared]
    return student.tokenizer.decode(pushed)


@pytest.fixture(scope="module")
def causal(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("neutral"))


def test_the_end_and_what_the_source_has_are_spared_by_a_byte_level_vocabulary(causal):
    """All of it was pushed down: placeholders fell from 94.5 to 71.8 % where the right language was asked for."""
    sample = conflict_of(causal)
    spared = NeutralTokens(causal.tokenizer).spare(sample, source=SOURCE)
    assert spared.target == sample.target and spared.spared[-1], "the end of the turn"
    assert "".join(shown(causal, sample, spared.spared).split()) == "Ogravaficheirosem"


def test_the_same_by_a_vocabulary_of_sentence_pieces(tiny_student):
    student = tiny_student("nllb")
    sample = conflict_of(student, "saves the new file 3!")
    spared = NeutralTokens(student.tokenizer).spare(sample, source=SOURCE)
    own = range(sample.unsupervised_first, len(sample.target) - sample.unsupervised_last)
    pieces = student.tokenizer.convert_ids_to_tokens([sample.target[place] for place in own])
    pushed = "".join(piece for piece, place in zip(pieces, own, strict=True) if not spared.spared[place])
    assert pushed.replace("▁", "") == "thenewfile"


def test_the_papers_pushes_all_and_the_first_tokens_can_be_pushed_alone(causal):
    sample = conflict_of(causal)
    assert NeutralTokens(causal.tokenizer, neutral="pushed").spare(sample, source=SOURCE) is sample
    all_pushed = NeutralTokens(causal.tokenizer).spare(sample, source=SOURCE)
    pushed = [place for place, spared in enumerate(all_pushed.spared) if not spared]
    first = NeutralTokens(causal.tokenizer, first_tokens=3).spare(sample, source=SOURCE)
    assert [place for place, spared in enumerate(first.spared) if not spared] == pushed[:3]
    paper = NeutralTokens(causal.tokenizer, neutral="pushed", first_tokens=3).spare(sample, source=SOURCE)
    assert paper.spared == (False,) * 3 + (True,) * (len(sample.target) - 3)


def test_a_conflict_of_which_nothing_is_left_is_dropped(causal):
    sample = conflict_of(causal, "Linux: 3")
    assert NeutralTokens(causal.tokenizer).spare(sample, source=SOURCE) is None
    rationale = dataclasses.replace(sample, rationale_tokens=len(sample.target) - 1)
    assert NeutralTokens(causal.tokenizer, neutral="pushed").spare(rationale, source=SOURCE) is rationale
