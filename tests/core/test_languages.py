import subprocess
import sys

import pytest

from tutelage.core.errors import UsageError
from tutelage.core.languages import language_name, normalise_language, own_language_name

POSIX = [("sr@latin", "sr-Latn"), ("uz@cyrillic", "uz-Cyrl"), ("pt_BR.UTF-8", "pt-BR"), ("ca@valencia", "ca-valencia")]
MODELS = [("por_Latn", "pt"), ("zho_Hant", "zh-Hant"), (">>pob<<", "pt-BR"), ("en_XX", "en"), ("twi_Latn", "tw")]
OTHERS = [("fil", "fil"), ("tl", "fil"), ("iw", "he"), ("cmn", "zh"), ("yue", "yue"), ("zh-hk", "zh-HK")]
SAME = ("nb", "nn", "no", "es-419", "zh-Hans", "sr-Latn", "gu", "ceb", "de-AT")


@pytest.mark.parametrize(("given", "expected"), [*POSIX, *MODELS, *OTHERS, *((code, code) for code in SAME)])
def test_codes_of_any_kind_become_one(given, expected):
    assert normalise_language(given) == expected


@pytest.mark.parametrize("given", ["C", "x-foo", "en-x-foo", "zz", "en_US@nothing"])
def test_what_names_no_language_is_none(given):
    with pytest.raises(UsageError, match="not a language code"):
        normalise_language(given)


def test_a_language_by_its_name_is_answered_with_its_code():
    with pytest.raises(UsageError, match="Write 'pt-BR'"):
        normalise_language("Brazilian Portuguese")
    with pytest.raises(UsageError, match="Write 'de'"):
        normalise_language("deutsch")
    with pytest.raises(UsageError, match="Write 'pt-BR'"):
        normalise_language("ptbr")
    with pytest.raises(UsageError, match="Write 'pt'"):
        normalise_language("portugues")


def test_every_language_has_a_name():
    assert [language_name(code) for code in ("gu", "sr-Latn", "es-419")] == [
        *("Gujarati", "Serbian (Latin)", "Spanish (Latin America)"),
    ]
    assert own_language_name("sr-Latn") == "српски (латиница)"
    assert language_name("pt-BR") == "Brazilian Portuguese"


def test_usual_codes_need_no_table_of_all_languages():
    code = "import sys; from tutelage.core.languages import *; normalise_language('pt_BR'); language_name('de')"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'langcodes' not in sys.modules"], check=True)
