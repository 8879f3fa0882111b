import logging

import pytest
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

from tutelage.core.languages import normalise_language
from tutelage.students.kinds.codes import choose_code

M2M = ("ar", "az", "en", "fa", "no", "pt", "sr", "tl", "zh")
MBART = ("ar_AR", "en_XX", "fa_IR", "pt_XX", "sw_KE", "zh_CN")
NLLB = tuple(FAIRSEQ_LANGUAGE_CODES)
MARIAN = (">>por<<", ">>pob<<", ">>srp_Cyrl<<", ">>srp_Latn<<", ">>nno<<", ">>nob<<", ">>cmn_Hans<<", ">>cmn_Hant<<")


@pytest.mark.parametrize("codes", [M2M, MBART, NLLB, MARIAN])
def test_a_code_of_its_own_is_that_code(codes):
    assert [choose_code(codes, normalise_language(code)) for code in codes] == list(codes)


@pytest.mark.parametrize(
    ("codes", "wanted"),
    [
        (NLLB, {"ar": "arb_Arab", "fa": "pes_Arab", "sq": "als_Latn", "lv": "lvs_Latn", "ps": "pbt_Arab",
                "qu": "quy_Latn",
                "no": "nob_Latn", "zh": "zho_Hans", "zh-TW": "zho_Hant", "zh-HK": "zho_Hant", "fil": "tgl_Latn",
                "mn": "khk_Cyrl", "az": "azj_Latn", "ak": "aka_Latn", "tw": "twi_Latn", "ko": "kor_Hang"}),
        (MARIAN, {"pt": ">>por<<", "pt-BR": ">>pob<<", "pt-PT": ">>por<<", "sr": ">>srp_Cyrl<<",
                  "sr-Latn": ">>srp_Latn<<", "nb": ">>nob<<", "zh-TW": ">>cmn_Hant<<"}),
        (M2M, {"nb": "no", "sr-Latn": "sr", "zh-TW": "zh", "fil": "tl", "fa": "fa"}),
        (MBART, {"ar": "ar_AR", "pt-BR": "pt_XX", "zh": "zh_CN"}),
    ],
)  # fmt: skip
def test_languages_find_the_nearest_code(codes, wanted):
    assert {lang: choose_code(codes, lang) for lang in wanted} == wanted


def test_another_script_is_no_code():
    assert choose_code(NLLB, "sr-Latn") is None
    assert choose_code(NLLB, "uz-Cyrl") is None
    assert choose_code(M2M, "de") is None


def test_a_code_that_says_less_is_told_once(caplog):
    choose_code.cache_clear()
    with caplog.at_level(logging.WARNING, "tutelage.students"):
        for _ in range(3):
            choose_code(MARIAN, "pt-PT")
        for exact in ("pt", "pt-BR", "zh-TW"):
            choose_code(MARIAN, exact)
    (told,) = caplog.messages
    assert "no code for 'pt-PT' and is asked for '>>por<<'" in told and "also has: >>pob<<" in told
