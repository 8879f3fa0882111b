"""What counts as off-target, output by output, with an identifier that knows a few words."""

import pytest

from tutelage.core.languages import Direction
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.evaluation.off_target import judge_outputs, off_target_statistics

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


def judge(
    hypothesis, *, source="Open the selected file now", reference="Abra o arquivo agora", identifier=None, **more
):
    direction = more.pop("direction", Direction("en", "pt-BR"))
    return judge_outputs(
        [hypothesis],
        sources=[source],
        references=[reference],
        direction=direction,
        identifier=identifier or WordIdentifier(),
        **more,
    )[0]


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


def test_share_is_in_percent_and_lower_is_better():
    statistics = off_target_statistics(["on target", "unknown", "empty", "language"], identifier=WordIdentifier())
    assert statistics.value == 50.0
    assert statistics.n == 4
    assert not statistics.higher_is_better
    assert statistics.signature == "off-target|mode:strict|lid:words:1"
