"""What counts as off-target, output by output, with an identifier that knows a few words."""

import pytest

from tutelage.core.languages import Direction
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.evaluation.off_target.confusion import LanguageCount, count_languages
from tutelage.evaluation.off_target.judging import JudgedOutput, judge_outputs
from tutelage.evaluation.off_target.shares import off_target_statistics, told_statistics
from tutelage.evaluation.off_target.table import language_table

EN_PT, PT_EN = Direction("en", "pt-BR"), Direction("pt-BR", "en")
HINTS = {"the": "en", "não": "pt", "arquivo": "pt", "fichier": "fr", "файл": "ru"}


class WordIdentifier:
    """Knows a language by one word; abstains otherwise."""

    signature = "words:1"

    def __init__(self, confidence=0.99):
        self.confidence, self.asked = confidence, []

    def identify(self, text, *, among):
        self.asked.append((text, tuple(among)))
        for word in text.lower().split():
            if word in HINTS:
                return IdentifiedLanguage(HINTS[word], self.confidence)
        return None

    def knows(self, lang):
        return lang != "gn"

    def label(self, text):
        assert text.strip(), "an empty line is not asked about"
        return next((HINTS[word] for word in text.lower().split() if word in HINTS), "ceb")


def judge_whole(
    hypothesis, *, source="Open the selected file now", reference="Abra o arquivo agora", identifier=None, **more
):
    direction = more.pop("direction", EN_PT)
    return judge_outputs(
        [hypothesis],
        sources=[source],
        references=[reference],
        directions=[direction],
        identifier=identifier or WordIdentifier(),
        **more,
    )[0]


def judge(hypothesis, **more):
    return judge_whole(hypothesis, **more).judgement


@pytest.mark.parametrize(
    ("hypothesis", "expected"),
    [
        ("Abra o arquivo selecionado", "on target"),
        ("Open the archive", "language"),
        ("Ouvrez le fichier maintenant", "language"),
        ("", "empty"),
        (" \n", "empty"),
        ("open  THE selected file now", "echo"),
        ("Откройте выбранный", "script"),
        ("Sim", "unknown"),
        ("%1 / %2", "unknown"),
    ],
)
def test_judgement(hypothesis, expected):
    assert judge(hypothesis) == expected


def test_a_short_copy_may_be_a_name():
    assert judge("GNOME Shell Extensions", source="GNOME Shell Extensions") == "unknown"


def test_a_copy_is_right_where_the_reference_is_one():
    names = "Python Ruby Perl Java"
    assert judge(names, source=names, reference=names) == "unknown"
    assert judge(names, source=names, reference="outra coisa bem diferente") == "echo"


def test_unspaced_sources_are_measured_in_characters():
    direction = Direction("zh-CN", "ja")
    assert judge("打开文件", source="打开文件", reference="ファイルを開く", direction=direction) == "echo"
    assert judge("文件", source="文件", reference="書類", direction=direction) == "unknown"


def test_foreign_script_is_allowed_where_the_reference_has_it():
    russian = Direction("en", "ru")
    assert judge("KDE Plasma", reference="KDE Plasma", direction=russian) == "unknown"
    assert judge("KDE Plasma", reference="Рабочий стол", direction=russian) == "script"


def test_paraphrase_may_repeat_its_source():
    assert judge("open the selected file now", direction=Direction("en", "en")) != "echo"


def test_unsure_is_unknown():
    assert judge("Open the archive", identifier=WordIdentifier(confidence=0.4)) == "unknown"


def test_the_identifier_sees_prose_and_the_runs_languages():
    identifier = WordIdentifier()
    judge("o arquivo <b>%(name)s</b>", identifier=identifier, languages=("fr", "pt-PT"))
    ((text, among),) = identifier.asked
    assert "%" not in text and "<b>" not in text and "arquivo" in text
    assert among == ("en", "fr", "pt")


def test_english_is_always_asked_about():
    identifier = WordIdentifier()
    judge("o arquivo", direction=Direction("fr", "pt"), identifier=identifier)
    assert identifier.asked[0][1] == ("en", "fr", "pt")


@pytest.mark.parametrize(
    ("hypothesis", "direction", "expected"),
    [
        ("", EN_PT, JudgedOutput("language", None)),
        (" ", PT_EN, JudgedOutput("on target", None)),  # labelled English, as in the papers
        ("não", EN_PT, JudgedOutput("on target", "pt")),
        ("Sim", EN_PT, JudgedOutput("language", "ceb")),  # no floor: one word is judged
        ("the %1", PT_EN, JudgedOutput("on target", "en")),
        ("Open the selected file now", EN_PT, JudgedOutput("language", "en")),
    ],
)
def test_paper_mode_takes_the_first_label_of_every_line(hypothesis, direction, expected):
    assert judge_whole(hypothesis, direction=direction, mode="paper") == expected


def test_strict_mode_says_which_language_was_found():
    assert judge_whole("Ouvrez le fichier maintenant") == JudgedOutput("language", "fr")
    assert judge_whole("Откройте выбранный") == JudgedOutput("script", "und")
    assert judge_whole("Откройте файл") == JudgedOutput("script", "ru")
    assert judge_whole("open the selected file NOW") == JudgedOutput("echo", "en")
    assert judge_whole("Sim") == JudgedOutput("unknown", None)


def test_a_language_that_the_identifier_does_not_know_hides_no_other():
    english, more = "The weather is very nice today in the whole city.", {"reference": "O tempo está ótimo na cidade."}
    more |= {"source": "Das Wetter ist heute in der ganzen Stadt schön.", "identifier": LangidIdentifier()}
    for languages in ((), ("gn",), ("tet", "fr")):
        judged = judge_whole(english, direction=Direction("de", "pt-BR"), languages=languages, **more)
        assert judged == JudgedOutput("language", "en")
    # but text in a language of the direction itself, which the identifier would call by another name, stays untold
    assert judge(english, direction=Direction("de", "gn"), **more) == "unknown"
    identifier = WordIdentifier()
    judge("Ouvrez le fichier", identifier=identifier, languages=("gn", "fr"))
    judge("Ouvrez le fichier", identifier=identifier, direction=Direction("gn", "pt"))
    assert [among for _, among in identifier.asked] == [("en", "fr", "pt"), ("en", "gn", "pt")]


def test_a_macrolanguage_holds_its_members():
    class Norwegian(WordIdentifier):
        def identify(self, text, *, among):
            return IdentifiedLanguage("no", 1.0)

    assert judge("Åpne filen nå", identifier=Norwegian(), direction=Direction("en", "nb")) == "on target"
    assert judge("Opne fila no", identifier=Norwegian(), direction=Direction("en", "nn")) == "language"


def test_share_is_in_percent_and_lower_is_better():
    judged = [JudgedOutput(one, None) for one in ("on target", "unknown", "empty", "language")]
    statistics = off_target_statistics(judged, identifier=WordIdentifier())
    assert statistics.value == 50.0
    assert statistics.n == 4
    assert not statistics.higher_is_better
    assert statistics.signature == "off-target|mode:strict|lid:words:1"


def test_what_cannot_be_told_hides_no_wrong_language():
    # All in English; a fifth is too short to tell, and counts as on target in the ratio.
    judged = [JudgedOutput("language", "en")] * 80 + [JudgedOutput("unknown", None)] * 20
    ratio = off_target_statistics(judged, identifier=WordIdentifier())
    told, unknown = told_statistics(judged, identifier=WordIdentifier())
    assert (ratio.value, told.value, unknown.value) == (80, 100, 20)
    assert (told.name, unknown.name) == ("off_target_told", "unknown")
    assert not told.higher_is_better and not unknown.higher_is_better
    nothing, _ = told_statistics(judged[80:], identifier=WordIdentifier())
    assert nothing.value == 0
    assert told_statistics(judged, identifier=WordIdentifier(), mode="paper") == ()


ROWS = [
    ("Abra o arquivo", JudgedOutput("on target", "pt")),
    ("Ouvrez", JudgedOutput("language", "fr")),
    ("Open the file", JudgedOutput("language", "en")),
    ("Open the selected file now", JudgedOutput("echo", "en")),
    ("Abrir", JudgedOutput("language", "es")),
    ("Abrir ya", JudgedOutput("language", "es")),
    ("Открыть", JudgedOutput("script", "und")),
    ("", JudgedOutput("empty", None)),
    ("Ok", JudgedOutput("unknown", None)),
]


def count(direction, *, rows=ROWS):
    texts, judged = zip(*rows, strict=True)
    (found,) = count_languages(
        judged, hypotheses=texts, directions=[direction] * len(rows), system="after", test="domain"
    )
    return found


def test_languages_of_the_outputs_add_up():
    found = count(EN_PT)
    assert (found.target, found.source, found.english, found.empty, found.unknown) == (1, 2, 0, 1, 1)
    assert found.others == (LanguageCount("es", 2), LanguageCount("fr", 1), LanguageCount("und", 1))
    assert found.n == 9 == 1 + 2 + 1 + 1 + sum(one.count for one in found.others)
    assert found.off_target == 7


def test_english_is_named_apart_where_it_is_neither_source_nor_target():
    rows = [row for row in ROWS if row[1].judgement != "echo"]
    found = count(Direction("fr", "pt"), rows=rows)
    assert (found.source, found.english) == (1, 1)


def test_an_empty_output_is_shown_as_empty_in_paper_mode_too():
    found = count(PT_EN, rows=[("", JudgedOutput("on target", None)), ("the", JudgedOutput("on target", "en"))])
    assert (found.target, found.empty, found.off_target) == (1, 1, 0)


def test_the_table_leaves_out_what_is_nowhere():
    header, row = language_table([count(EN_PT)])
    assert header == (
        "system",
        "direction",
        "segments",
        "target",
        "source",
        "others",
        "empty",
        "unknown",
        "off-target",
        "of the told",
    )
    others = "4 (Spanish 2, French 1, another script 1)"
    assert row == ("after", "en→pt-BR", "9", "1", "2", others, "1", "1 (11 %)", "78 %", "88 %")
    (header, _) = language_table([count(EN_PT, rows=ROWS[:1])])
    assert header == ("system", "direction", "segments", "target")
