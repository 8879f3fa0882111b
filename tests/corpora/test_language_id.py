from concurrent.futures import ThreadPoolExecutor

import pytest

from tutelage.core.scripts import is_written_in, main_script
from tutelage.corpora.language_id import LangidIdentifier

IDENTIFIER = LangidIdentifier()
EN = "The file could not be opened because it does not exist."
PT = "O arquivo não pôde ser aberto porque não existe."


@pytest.mark.parametrize(
    ("text", "among", "lang"),
    [
        (EN, ("en", "pt"), "en"),
        (PT, ("en", "pt-BR"), "pt"),
        ("Сохранить файл", ("en", "ru"), "ru"),
        ("ファイルを保存", ("en", "ja", "zh"), "ja"),
        ("无法打开所选文件进行写入", ("en", "ja", "zh"), "zh"),
        ("保存", ("en", "zh"), "zh"),
        ("Guardar", ("en", "es"), None),
        ("", ("en", "pt"), None),
        ("123 %", ("en", "pt"), None),
        ("保存", ("ja", "zh"), None),
        ("Файл не может быть открыт", ("en", "pt"), "und"),
        (EN, ("ru", "zh"), "und"),
        ("GitHub", ("ru", "zh"), None),
        (PT, ("xx", "pt", "en"), None),
        ("Filen kunne ikke åpnes fordi den ikke finnes.", ("en", "nb"), "nb"),
    ],
)
def test_identifies_or_abstains(text, among, lang):
    identified = IDENTIFIER.identify(text, among=among)
    assert (identified.lang if identified else None) == lang


def test_answer_does_not_depend_on_threads_or_on_languages_asked_before():
    work = [(EN, ("en", "pt")), (PT, ("en", "pt")), (PT, ("es", "pt")), (EN, ("de", "en"))] * 50
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda item: IDENTIFIER.identify(item[0], among=item[1]).lang, work))
    assert found == ["en", "pt", "pt", "en"] * 50


def test_main_script():
    assert main_script("Ωmega και") == "Greek"
    assert main_script("漢字かな") == "Kana"
    assert main_script("... 12") is None


def test_languages_are_written_in_scripts():
    assert is_written_in("sr", script="Latin") and is_written_in("sr", script="Cyrillic")
    assert is_written_in("pt", script="Latin") and not is_written_in("ru", script="Latin")


def test_a_label_needs_no_certainty():
    assert IDENTIFIER.label(EN) == "en" and IDENTIFIER.label("Guardar arquivo") != ""


def test_signature_names_version_and_floors():
    assert IDENTIFIER.signature.startswith("py3langid:0.") and ",words5,conf0.6," in IDENTIFIER.signature


def test_it_says_which_languages_it_knows():
    assert [lang for lang in ("en", "pt-BR", "nb", "hr", "gn", "tet") if not IDENTIFIER.knows(lang)] == ["gn", "tet"]
