"""Contrastive decoding against plain greedy and beam search, and against the equation written out step by step."""

from dataclasses import replace

import pytest
import torch

from tiny_students import TINY_MARIAN, make_tiny, make_tiny_causal, sentences
from tutelage.core.contrast import Contrast
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.languages import Direction
from tutelage.students.engines.contrastive import ContrastiveEngine
from tutelage.students.engines.contrastive_causal import ContrastiveCausalEngine
from tutelage.students.engines.contrastive_scores import ContrastiveScores, contrast_scores
from tutelage.students.engines.opening import open_engine
from tutelage.students.engines.transformers_engine import TransformersEngine
from tutelage.students.fresh import make_student

GREEDY = Decoding(max_target_tokens=14)
TEXTS = [*sentences(14, seed=5), "", "  "]
DE_EN, EN_DE, DE_PT = Direction("de", "en"), Direction("en", "de"), Direction("de", "pt")
NEGLIGIBLE = 1e-9
"""Too small to change a token, and yet the rows of the contrasts are computed."""


def make_multilingual_marian(folder):
    """A Marian that is told the target by a token."""
    shape = TINY_MARIAN.model_copy(update={"languages": ("de", "en", "pt")})
    student = make_student(folder, shape=shape, texts=sentences(400), direction=DE_PT, seed=3)
    with torch.no_grad():
        for name, weight in student.model.named_parameters():
            if weight.dim() == 2:
                weight.normal_(0.0, 0.3 if "shared" in name or "embed" in name else 0.6)
    student.model.save_pretrained(folder)
    return student


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students")
    made = {name: make_tiny(name, folder / name) for name in ("nllb", "m2m", "mbart", "mbart50", "t5")}
    return {**made, "marian": make_multilingual_marian(folder / "marian")}


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    texts = ["Translate the following text from German to Portuguese and English."]
    return replace(make_tiny_causal(tmp_path_factory.mktemp("chat"), texts=texts), direction=DE_PT)


def test_wrong_languages_are_named_once_and_never_the_target():
    def languages(direction, *named, weight=0.1):
        return [one.target for one in Contrast(weight, named).wrong_directions(direction)]

    assert languages(DE_PT) == ["de", "en"]
    assert languages(DE_EN) == ["de"]
    assert languages(Direction("en", "fr")) == ["en"]
    assert languages(Direction("pt-BR", "de"), "pt", "pt_PT", "no", "nb", "de") == ["pt", "no"]
    assert languages(Direction("fr", "pt-BR"), "pt") == []
    assert languages(DE_PT, weight=0.0) == []
    assert all(one.source == "de" for one in Contrast().wrong_directions(DE_PT))


def test_a_contrast_that_pulls_or_names_no_language_is_refused():
    with pytest.raises(UsageError, match=r"the weight of contrastive decoding is -0.1, which would pull"):
        Contrast(weight=-0.1)
    with pytest.raises(UsageError, match="'enj' is not a language code"):
        Contrast(languages=("enj",))


def test_scores_by_hand():
    """Two rows of four tokens with two contrasts; the last token is excluded in all."""
    out = float("-inf")
    scores = torch.tensor(
        [
            [[-1.0, -2.0, -3.0, out], [-1.0, -1.5, -4.0, out]],
            [[-0.5, -9.0, -3.0, out], [-2.0, -2.0, -2.0, out]],
            [[-1.5, -5.0, -1.0, out], [-4.0, -0.5, -1.0, out]],
        ]
    )
    expected = torch.tensor([[-0.8, -0.6, -2.6, out], [-0.4, -1.25, -3.7, out]])
    assert torch.allclose(contrast_scores(scores, weight=0.1), expected)
    flat = ContrastiveScores(3, 0.1)(torch.zeros((6, 2)), scores.flatten(0, 1))
    assert torch.allclose(flat.view(3, 2, 4), expected.expand(3, 2, 4))
    first = ContrastiveScores(3, 0.1, first_ids=(2, 0, 1))(torch.zeros((6, 1)), scores.flatten(0, 1))
    assert first.argmax(dim=1).tolist() == [2, 2, 0, 0, 1, 1]


@pytest.mark.parametrize("name", ["marian", "nllb", "m2m", "mbart", "mbart50", "t5"])
@pytest.mark.parametrize("beam_size", [1, 3])
def test_without_weight_it_is_the_plain_search(students, name, beam_size):
    decoding = replace(GREEDY, beam_size=beam_size)
    plain = list(TransformersEngine(students[name]).translate(TEXTS, decoding=decoding))
    assert len(set(plain)) > 5, "a test in which all outputs are equal tests little"
    for weight in (0.0, NEGLIGIBLE):
        engine = ContrastiveEngine(students[name], contrast=Contrast(weight))
        assert list(engine.translate(TEXTS, decoding=decoding)) == plain
    assert plain[-2:] == ["", ""]


def decoded_by_hand(student, text, *, weight, wrong, start):
    """Greedy decoding by the equation: whole forward passes, one language at a time, no cache."""
    model, config, written = student.model, student.model.config, []
    prompts = [start(direction) for direction in (student.direction, *wrong)]
    sources = [
        student.encode_sources([text], max_tokens=student.max_tokens, direction=direction)
        for direction in (student.direction, *wrong)
    ]
    for _ in range(GREEDY.max_target_tokens - len(prompts[0]) + 1):
        logs = []
        for source, prompt in zip(sources, prompts, strict=True):
            with torch.no_grad():
                decoder = torch.tensor([[*prompt, *written]])
                logs.append(model(input_ids=torch.tensor(source), decoder_input_ids=decoder).logits[0, -1])
        true, *others = (one.log_softmax(dim=-1) for one in logs)
        score = true - weight * sum(others)
        score[config.pad_token_id] = float("-inf")
        if not written:
            score[config.eos_token_id] = float("-inf")
        written.append(int(score.argmax()))
        if written[-1] == config.eos_token_id:
            break
    return student.decode_targets([written])[0]


@pytest.mark.parametrize("name", ["marian", "nllb"])
def test_each_step_follows_the_equation(students, name):
    student, contrast = students[name], Contrast(0.7, ("en", "de"))
    wrong = contrast.wrong_directions(student.direction)
    assert len(wrong) == 2

    def start(direction):
        language = student.target_start(direction)
        first = student.model.config.decoder_start_token_id
        return [first] if language is None else [first, language]

    outputs = list(ContrastiveEngine(student, contrast=contrast).translate(TEXTS[:6], decoding=GREEDY))
    assert outputs == [decoded_by_hand(student, text, weight=0.7, wrong=wrong, start=start) for text in TEXTS[:6]]
    assert outputs != list(TransformersEngine(student).translate(TEXTS[:6], decoding=GREEDY))


@pytest.mark.parametrize("name", ["mbart", "mbart50", "m2m", "t5"])
def test_weight_changes_the_output_of_every_family(students, name):
    plain = list(TransformersEngine(students[name]).translate(TEXTS, decoding=GREEDY))
    assert list(ContrastiveEngine(students[name], contrast=Contrast(2.0)).translate(TEXTS, decoding=GREEDY)) != plain


def test_batches_do_not_change_the_output_and_beams_give_several(students):
    engine = ContrastiveEngine(students["marian"], contrast=Contrast(0.5))
    whole = list(engine.translate(TEXTS, decoding=GREEDY))
    assert list(engine.translate(TEXTS, decoding=replace(GREEDY, batch_tokens=40))) == whole
    several = list(engine.translate_several(TEXTS[:4], decoding=replace(GREEDY, beam_size=3, outputs=2)))
    assert [len(set(outputs)) for outputs in several] == [2] * 4
    best = list(engine.translate(TEXTS[:4], decoding=replace(GREEDY, beam_size=3)))
    assert [outputs[0] for outputs in several] == best


def test_causal_students_are_asked_in_the_wrong_languages_too(chat):
    from tutelage.students.engines.causal_engine import CausalEngine
    from tutelage.students.engines.transformers_causal import TransformersContinuation

    decoding = replace(GREEDY, max_target_tokens=8)
    plain = list(CausalEngine(chat, TransformersContinuation(chat)).translate(TEXTS, decoding=decoding))
    assert len(set(plain)) > 5
    for weight in (0.0, NEGLIGIBLE):
        engine = ContrastiveCausalEngine(chat, contrast=Contrast(weight))
        assert list(engine.translate(TEXTS, decoding=decoding)) == plain
        beams = replace(decoding, beam_size=2)
        expected = list(CausalEngine(chat, TransformersContinuation(chat)).translate(TEXTS, decoding=beams))
        assert list(engine.translate(TEXTS, decoding=beams)) == expected
    engine = ContrastiveCausalEngine(chat, contrast=Contrast(0.8))
    (request, *_) = engine._requests(TEXTS[:1])
    assert [chat.tokenizer.decode(ids).count(name) for ids, name in zip(request.contrasts, ("German", "English"),
            strict=True)] == [2, 1]  # fmt: skip
    expected = []
    for text in TEXTS[:6]:
        prompts = [chat.encode_sources([text], max_tokens=60, direction=one)[0]
                   for one in (DE_PT, *Contrast().wrong_directions(DE_PT))]  # fmt: skip
        expected.append(continued_by_hand(chat, prompts, weight=0.8, tokens=8))
    requests = engine._requests(TEXTS[:6])
    assert engine._continuation.continue_batch(requests, decoding=decoding) == expected
    beams = replace(decoding, beam_size=3, outputs=2)
    several = list(engine.translate_several(TEXTS[:6], decoding=beams))
    assert [outputs[0] for outputs in several] == list(engine.translate(TEXTS[:6], decoding=replace(beams, outputs=1)))
    plain = CausalEngine(chat, TransformersContinuation(chat)).translate_several(TEXTS[:6], decoding=beams)
    assert several != list(plain)
    one_by_one = engine._continuation.continue_batch(requests, decoding=replace(decoding, batch_tokens=10))
    assert one_by_one == expected


def continued_by_hand(student, prompts, *, weight, tokens):
    written = []
    while len(written) < tokens and (not written or written[-1] not in student.format.stop_ids):
        with torch.no_grad():
            logs = [student.model(input_ids=torch.tensor([[*p, *written]])).logits[0, -1].log_softmax(-1) for p in
                    prompts]  # fmt: skip
        written.append(int((logs[0] - weight * sum(logs[1:])).argmax()))
    return written


def test_signatures_name_the_contrast(students, chat, tmp_path):
    from tutelage.students.student_folder import student_signature

    key = student_signature(students["nllb"].origin)
    engine = open_engine(students["nllb"], cache=tmp_path, contrast=Contrast(0.25, ("de",)))
    assert engine.inner.signature == f"contrast0.25[de]:transformers:{key}"
    engine = open_engine(chat, cache=tmp_path, contrast=Contrast())
    assert engine.signature.startswith("contrast0.1[source+en]:transformers:")


def test_what_cannot_be_contrasted_is_told(students, chat, tmp_path):
    bart = make_tiny("bart", tmp_path / "bart")
    with pytest.raises(StudentError, match="cannot be told a language"):
        open_engine(bart, cache=tmp_path, contrast=Contrast())
    deaf = replace(chat, instruction="Translate: {source}")
    with pytest.raises(StudentError, match="instruction names no language"):
        open_engine(deaf, cache=tmp_path, contrast=Contrast())
    with pytest.raises(StudentError, match="done by transformers, not by ctranslate2"):
        open_engine(chat, name="ctranslate2", cache=tmp_path, contrast=Contrast())
    with pytest.raises(StudentError, match=r"no target-language token for 'fr'.*It has: >>de<<"):
        open_engine(students["marian"], cache=tmp_path, contrast=Contrast(languages=("fr",)))
    engine = ContrastiveEngine(students["marian"], contrast=Contrast())
    with pytest.raises(StudentError, match="it does not sample"):
        list(engine.translate(TEXTS[:1], decoding=replace(GREEDY, sampling_temperature=1.0)))


def test_languages_that_were_not_named_may_be_unknown_but_not_all_of_them(students, tmp_path):
    marian = replace(students["marian"], direction=Direction("fr", "de"))
    assert [one.target for one in ContrastiveEngine(marian, contrast=Contrast())._directions] == ["de", "en"]
    alone = replace(marian, direction=Direction("fr", "en"))
    with pytest.raises(StudentError, match="no target-language token for 'fr'"):
        open_engine(alone, cache=tmp_path, contrast=Contrast())
