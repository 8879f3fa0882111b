"""Targets that keep the student's own words where the teacher's translations say that both mean the same."""

import pytest

from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.teachers.comparing.minimal import minimal_target
from tutelage.teachers.comparing.reference_guided import reference_guided_feedback
from tutelage.teachers.comparing.word_alignment import WordAligner

SOURCE = "Use the new file today"
TRANSLATION = "Use o arquivo novo hoje"
KNOWN = [
    ("Use the program", "Use o programa"), ("Use the menu", "Use o menu"), ("Use the folder", "Utilize o diretório"),
    ("Use it now", "Utilize isso agora"), ("Open a file", "Abra um arquivo"), ("Close a file", "Feche um arquivo"),
    ("Save files here", "Salve arquivos aqui"), ("Print files there", "Imprima arquivos ali"),
    ("Two files", "Dois arquivos"), ("The file", "O arquivo"), ("Come today", "Venha hoje"),
    ("Leave today", "Saia hoje"),
]  # fmt: skip


def pair(number, source, target):
    return Pair(Segment(str(number), source, "en"), Segment(str(number), target, "pt-BR"))


ALIGNER = WordAligner.fit(pair(number, *one) for number, one in enumerate(KNOWN))


def minimal(hypothesis, translation=TRANSLATION, source=SOURCE):
    return minimal_target(
        hypothesis, translation, source=source, source_lang="en", target_lang="pt-BR", aligner=ALIGNER
    )


@pytest.mark.parametrize(
    ("hypothesis", "target"),
    [
        ("Utilize o arquivo novo hoje", "Utilize o arquivo novo hoje"),
        ("Utilize o ficheiro novo hoje", "Utilize o arquivo novo hoje"),
        ("Use o arquivos novo hoje", TRANSLATION),
        ("Use o arquivo novo", TRANSLATION),
        ("Use o arquivo novo hoje hoje", TRANSLATION),
        ("", TRANSLATION),
        ("Venha o arquivo novo hoje", TRANSLATION),
    ],
    ids=["a synonym", "a synonym and an error", "a form", "an omission", "an addition", "nothing", "another word"],
)
def test_only_words_that_the_teacher_uses_for_the_same_are_kept(hypothesis, target):
    assert minimal(hypothesis) == target


def feedback(hypothesis, **changes):
    judged = Hypothesis(Segment("1", SOURCE, "en"), hypothesis, "s")
    return reference_guided_feedback(judged, pair(1, SOURCE, TRANSLATION), threshold=1.0, aligner=ALIGNER, **changes)


def test_another_wording_is_no_error_then_and_an_error_stays_one():
    assert feedback("Utilize o arquivo novo hoje").flagged
    assert not feedback("Utilize o arquivo novo hoje", minimal=True).flagged
    judged = feedback("Utilize o ficheiro novo hoje", minimal=True)
    assert judged.post_edit == "Utilize o arquivo novo hoje"
    assert [error.correction for error in judged.errors] == ["arquivo"]
    assert judged.quality > feedback("Utilize o ficheiro novo hoje").quality
