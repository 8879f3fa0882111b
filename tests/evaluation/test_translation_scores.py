"""BLEU and chrF are sacrebleu's, to the last digit."""

import pytest
from sacrebleu.metrics import BLEU, CHRF

from tutelage.evaluation import translation
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics

HYPOTHESES = ["O arquivo foi salvo .", "Reinicie a semente agora", "", "Abrir a pasta %s em uma nova janela", "não"]
REFERENCES = ["O arquivo foi salvo.", "Reinicie o kernel agora", "Fechar", "Abrir a pasta %s numa nova janela", "sim"]


def test_equal_to_sacrebleu_exactly():
    assert (
        bleu_statistics(HYPOTHESES, references=REFERENCES).value == BLEU().corpus_score(HYPOTHESES, [REFERENCES]).score
    )
    assert (
        chrf_statistics(HYPOTHESES, references=REFERENCES).value == CHRF().corpus_score(HYPOTHESES, [REFERENCES]).score
    )


def test_equal_across_chunks(monkeypatch):
    monkeypatch.setattr(translation, "_SEGMENTS_AT_ONCE", 2)
    statistics = chrf_statistics(HYPOTHESES, references=REFERENCES)
    assert statistics.n == len(HYPOTHESES)
    assert statistics.value == CHRF().corpus_score(HYPOTHESES, [REFERENCES]).score


def test_signatures_are_sacrebleus():
    metric = BLEU()
    metric.corpus_score(HYPOTHESES, [REFERENCES])
    assert bleu_statistics(HYPOTHESES, references=REFERENCES).signature == f"BLEU|{metric.get_signature()}"
    assert chrf_statistics(HYPOTHESES, references=REFERENCES).signature.startswith(
        "chrF2|nrefs:1|case:mixed|eff:yes|nc:6"
    )


@pytest.mark.parametrize(("language", "tokenizer"), [("pt-BR", "13a"), ("zh-CN", "zh"), ("ja", "char")])
def test_tokenizer_follows_the_language(language, tokenizer):
    signature = bleu_statistics(["文件"], references=["文件"], target_language=language).signature
    assert f"|tok:{tokenizer}|" in signature


def test_nothing_right_is_zero_and_all_right_is_a_hundred():
    assert chrf_statistics(["xyz"], references=["abc"]).value == 0
    assert bleu_statistics(REFERENCES, references=REFERENCES).value == pytest.approx(100)
