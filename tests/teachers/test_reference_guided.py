import pytest
import sacrebleu

from tutelage.core.records import Hypothesis, Pair, Provenance, Segment
from tutelage.labelling.feedback.reference import WITHOUT_DEV
from tutelage.teachers.comparing.agreement import measure_agreement, measure_threshold
from tutelage.teachers.comparing.error_spans import find_error_spans
from tutelage.teachers.comparing.reference_guided import feedback_from_translations, reference_guided_feedback
from tutelage.teachers.comparing.word_alignment import NOWHERE, WordAligner


def make_pair(number, source, target):
    segment = Segment(str(number), source, "en")
    return Pair(segment, Segment(str(number), target, "pt-BR"), Provenance(teacher="t"))


def make_hypothesis(number, source, text):
    return Hypothesis(Segment(str(number), source, "en"), text, student="s")


def spans(hypothesis, translation, **changes):
    settings = {"source": "", "source_lang": "en", "target_lang": "pt-BR", "aligner": None} | changes
    return find_error_spans(hypothesis, translation, **settings)


@pytest.mark.parametrize(
    ("hypothesis", "translation", "expected"),
    [
        ("O arquivo foi salvo.", "O arquivo foi salvo.", []),
        ("O gato foi salvo.", "O arquivo foi salvo.", [("gato", "arquivo", "accuracy/mistranslation", "major")]),
        ("O foi salvo hoje.", "O arquivo foi salvo hoje.", [("", "arquivo", "accuracy/omission", "major")]),
        ("O novo arquivo foi salvo.", "O arquivo foi salvo.", [("novo", "", "accuracy/addition", "major")]),
        ("O arquivo nao foi salvo.", "O arquivo não foi salvo.", [("nao", "não", "fluency/spelling", "minor")]),
        ("O Arquivo foi salvo.", "O arquivo foi salvo.", [("Arquivo", "arquivo", "fluency/spelling", "minor")]),
        ("O arquivo, foi salvo.", "O arquivo foi salvo.", [(",", "", "fluency/punctuation", "minor")]),
        ("", "Salvo agora", [("", "Salvo agora", "accuracy/omission", "critical")]),
        ("gato preto", "O arquivo", [("gato preto", "O arquivo", "accuracy/mistranslation", "critical")]),
        (
            "O gato preto foi aberto.",
            "O arquivo novo foi salvo.",
            [
                ("gato preto", "arquivo novo", "accuracy/mistranslation", "major"),
                ("aberto", "salvo", "accuracy/mistranslation", "major"),
            ],
        ),
    ],
)  # fmt: skip
def test_error_spans_by_hand(hypothesis, translation, expected):
    found = [
        (hypothesis[error.target_start : error.target_end], error.correction, error.category, error.severity)
        for error in spans(hypothesis, translation)
    ]
    assert found == expected


@pytest.mark.parametrize("hypothesis", ["um dois três", "dois um quatro %s", "a b c d e f", "", "%s <b>três</b> um!"])
def test_putting_the_corrections_in_gives_the_words_of_the_translation(hypothesis):
    translation = "um %s três, quatro"
    mended = hypothesis
    for error in reversed(spans(hypothesis, translation)):
        mended = f"{mended[: error.target_start]} {error.correction} {mended[error.target_end :]}"
    assert "".join(mended.split()) == "".join(translation.split())


def test_spans_over_twenty_words_are_dropped_and_the_feedback_stays():
    wrong, right = " ".join(f"a{n}" for n in range(21)), " ".join(f"b{n}" for n in range(21))
    assert spans(wrong, right) == ()
    feedback = reference_guided_feedback(make_hypothesis(1, "x", wrong), make_pair(1, "x", right), threshold=0.9)
    assert feedback.flagged
    assert feedback.post_edit == right


def test_unspaced_scripts_are_compared_by_character():
    [error] = spans("打开文本", "打开文件", target_lang="zh")
    assert (error.target_start, error.target_end, error.correction) == (3, 4, "件")


def test_agreement_is_sacrebleus_sentence_chrf():
    hypothesis, translation = "O arquivo foi aberto.", "O arquivo foi salvo."
    expected = sacrebleu.sentence_chrf(hypothesis, [translation]).score / 100
    assert measure_agreement(hypothesis, translation) == pytest.approx(expected)
    assert measure_agreement("o  arquivo", "O arquivo.") == 1.0
    assert measure_agreement("", "O arquivo.") == 0.0
    assert measure_agreement("?", "!") < 1.0


def test_threshold_decides_what_is_flagged():
    hypothesis, pair = (
        make_hypothesis(1, "Saved.", "O arquivo foi aberto."),
        make_pair(1, "Saved.", "O arquivo foi salvo."),
    )
    strict = reference_guided_feedback(hypothesis, pair, threshold=0.99)
    assert strict.post_edit == "O arquivo foi salvo."
    assert [error.correction for error in strict.errors] == ["salvo"]
    assert (strict.provenance.parents, strict.provenance.teacher) == (("1",), "t")
    lenient = reference_guided_feedback(hypothesis, pair, threshold=0.1)
    assert not lenient.flagged
    assert lenient.errors == ()
    assert lenient.quality == strict.quality


def test_same_but_for_case_and_final_point_passes_every_threshold():
    feedback = reference_guided_feedback(
        make_hypothesis(1, "x", "o arquivo"), make_pair(1, "x", "O arquivo."), threshold=1.5
    )
    assert not feedback.flagged


def test_join_is_by_id_and_rejected_translations_are_passed_over():
    pairs = {str(n): make_pair(n, f"s{n}", f"alvo {n}") for n in (2, 0)}
    hypotheses = [make_hypothesis(n, f"s{n}", f"alvo {n}") for n in range(3)]
    feedback = list(feedback_from_translations(hypotheses, pairs, threshold=0.9))
    assert [(one.id, one.flagged) for one in feedback] == [("0", False), ("2", False)]


def test_measured_threshold_by_hand():
    # right (hypothesis at least as good as teacher): agreements 0.9, 0.8, 0.4; wrong: 0.7, 0.3
    agreements = [0.9, 0.7, 0.8, 0.3, 0.4]
    threshold = measure_threshold(agreements, [50, 10, 60, 20, 70], [50, 40, 30, 90, 60])
    assert threshold.value == 0.8
    assert threshold.precision == 1.0
    assert threshold.recall == pytest.approx(2 / 3)
    assert threshold.youden == pytest.approx(2 / 3)
    assert threshold.n == 5


def test_threshold_where_nothing_separates():
    assert measure_threshold([0.5, 0.6], [1, 1], [2, 2]).value == 1.0
    assert measure_threshold([0.5, 0.6], [2, 2], [1, 1]).value == 0.0
    assert measure_threshold([0.5, 0.5], [2, 1], [1, 2]).youden == 0.0


def test_without_an_answer_only_what_agrees_wholly_is_right():
    assert measure_threshold([], [], []) == WITHOUT_DEV


def fitted():
    things = {"file": "arquivo", "folder": "pasta", "printer": "impressora", "screen": "tela"}
    verbs = {"Open": "Abra", "Close": "Feche", "Find": "Encontre"}
    pairs = [
        (f"{verb} the {thing} now", f"{alvo} o {coisa} agora")
        for verb, alvo in verbs.items()
        for thing, coisa in things.items()
    ]
    return WordAligner.fit(make_pair(number, *pair) for number, pair in enumerate(pairs))


def test_aligner_finds_what_meets_most():
    aligner = fitted()
    source = "Close the printer at once"
    assert aligner.locate(source, ["impressora"]) == (10, 17)
    assert aligner.locate(source, ["Feche"]) == (0, 5)
    assert aligner.locate(source, ["unheard"]) == NOWHERE
    assert aligner.locate(source, []) == NOWHERE
    assert aligner.association("file", "arquivo") == 1.0  # they always meet: 2·3 / (3 + 3)
    assert aligner.association("open", "arquivo") == 0.0  # met once only
    assert aligner.association("file", "agora") == pytest.approx(2 * 3 / (3 + 12))


def test_copies_align_to_themselves():
    aligner = WordAligner.fit([])
    assert aligner.locate("Install Debian 12 with %s", ["Debian", "12"]) == (8, 17)
    assert aligner.locate("Install Debian 12 with %s", ["%s"]) == (23, 25)
    assert aligner.locate("Install a file", ["a"]) == NOWHERE


def test_spans_carry_their_place_in_the_source():
    source = "Open the file now"
    [error] = spans("Abra o gato agora", "Abra o arquivo agora", source=source, aligner=fitted())
    assert source[error.source_start : error.source_end] == "file"
    [unknown] = spans("Abra o gato agora", "Abra o arquivo agora", source=source)
    assert (unknown.source_start, unknown.source_end) == NOWHERE
