import dataclasses
import random

import pytest

from tiny_students import make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.students.engines import causal_engine
from tutelage.students.engines.answers import Prompt, Request
from tutelage.students.engines.causal_engine import CausalEngine
from tutelage.students.engines.ctranslate2_causal import CTranslate2Continuation
from tutelage.students.engines.opening import open_engine
from tutelage.students.engines.transformers_causal import TransformersContinuation

GREEDY = Decoding(max_target_tokens=20)
TEXTS = [*sentences(40, seed=5), "", "  ", "file<|end|> opens", "¿ñandú?"]


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def continuations(student, tmp_path_factory):
    cache = tmp_path_factory.mktemp("conversions")
    return TransformersContinuation(student), CTranslate2Continuation(student, cache=cache, threads=1)


@pytest.fixture(scope="module")
def engines(student, continuations):
    return [CausalEngine(student, continuation) for continuation in continuations]


def test_both_engines_write_the_same(engines):
    slow, fast = (list(engine.translate(TEXTS, decoding=GREEDY)) for engine in engines)
    assert slow == fast
    assert len(set(slow)) > 10, "a test in which all outputs are equal tests little"
    assert slow[40:42] == ["", ""]


def test_batches_do_not_change_the_output(engines, monkeypatch):
    expected = list(engines[0].translate(TEXTS, decoding=GREEDY))
    monkeypatch.setattr(causal_engine, "WINDOW", 7)
    small = dataclasses.replace(GREEDY, batch_tokens=130)
    for engine in engines:
        assert list(engine.translate(iter(TEXTS), decoding=small)) == expected


def test_conversations_are_answered_alike_and_say_whether_they_ended(engines, student):
    prompts = [Prompt((("user", text),), start="the") for text in sentences(12, seed=2)]
    slow, fast = (list(engine.complete(prompts, decoding=GREEDY)) for engine in engines)
    assert slow == fast
    assert {answer.tokens for answer in slow} >= {20}
    assert all(answer.finished == (answer.tokens < 20) for answer in slow if answer.tokens != 20)


@pytest.mark.parametrize("which", [0, 1])
def test_each_row_stops_when_it_has_enough(continuations, student, which):
    """The watch of a row sees that row alone, in whatever order and batches rows are decoded."""
    rows = student.encode_sources([text for text in TEXTS if text.strip()], max_tokens=60)
    random.Random(1).shuffle(rows)
    whole = continuations[which].continue_batch([Request(ids) for ids in rows], decoding=GREEDY)
    limits = [1 + index % 5 for index in range(len(rows))]
    requests = [
        Request(ids, lambda written, limit=limit, own=own: list(written) == own[: max(limit, len(written))])
        for ids, limit, own in zip(rows, limits, whole, strict=True)
    ]
    small = dataclasses.replace(GREEDY, batch_tokens=400)
    stopped = continuations[which].continue_batch(requests, decoding=small)
    kept = [ids[:limit] for ids, limit in zip(stopped, limits, strict=True)]
    assert kept == [ids[:limit] for ids, limit in zip(whole, limits, strict=True)]
    assert max(len(ids) for ids in stopped) < 20


@pytest.mark.parametrize("which", [0, 1])
def test_beam_search_and_sampling_run(engines, which):
    beams = list(engines[which].translate(TEXTS[:6], decoding=dataclasses.replace(GREEDY, beam_size=3)))
    assert len(beams) == 6
    assert all("<|" not in text for text in beams)
    hot = dataclasses.replace(GREEDY, sampling_temperature=2.0, sampling_top_p=0.95)
    assert len(set(engines[which].translate(["the file"] * 8, decoding=hot))) > 1


def test_sampling_repeats_by_seed(engines):
    hot = [Decoding(max_target_tokens=9, sampling_temperature=2.0, seed=seed) for seed in (1, 1, 2)]
    one, again, two = (list(engines[0].translate(TEXTS[:8], decoding=decoding)) for decoding in hot)
    assert one == again
    assert one != two


def test_beams_find_a_likelier_text_than_greedy(student, engines):
    """Judged by the model itself."""
    import torch

    def likelihood(prompt, answer):
        ids = torch.tensor([prompt + answer])
        with torch.no_grad():
            logs = student.model(input_ids=ids).logits[0].log_softmax(-1)
        return sum(float(logs[len(prompt) - 1 + i, token]) for i, token in enumerate(answer))

    prompts = student.encode_sources(TEXTS[:10], max_tokens=60)
    totals = []
    for size in (1, 4):
        decoding = Decoding(max_target_tokens=6, beam_size=size, length_penalty=0.0)
        answers = TransformersContinuation(student).continue_batch([Request(ids) for ids in prompts], decoding=decoding)
        totals.append(sum(likelihood(p, a) for p, a in zip(prompts, answers, strict=True)))
    assert totals[1] > totals[0]


def test_signatures_name_engine_and_weights(engines, student, tmp_path):
    from tutelage.students.student_folder import student_signature

    key = student_signature(student.origin)
    assert [engine.signature for engine in engines] == [f"transformers:{key}", f"ctranslate2-float32:{key}"]


def test_the_engine_can_be_named(student, tmp_path):
    assert open_engine(student, cache=tmp_path).signature.startswith("ctranslate2-float32:")
    assert open_engine(student, name="transformers", cache=tmp_path).signature.startswith("transformers:")
    low = open_engine(student, name="transformers", compute_type="bfloat16", cache=tmp_path)
    assert low.signature.startswith("transformers-bfloat16:")
    student.model.float()
    with pytest.raises(
        UsageError, match=r"no decoding engine of causal students is called.*Did you mean 'ctranslate2'"
    ):
        open_engine(student, name="ctranslate", cache=tmp_path)
