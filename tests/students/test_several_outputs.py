import dataclasses

import pytest

from tiny_students import FAMILIES, make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.students.engines.causal_engine import open_with_ctranslate2
from tutelage.students.engines.contrastive_causal import open_with_transformers
from tutelage.students.engines.ctranslate2_engine import CTranslate2Engine
from tutelage.students.engines.transformers_engine import TransformersEngine
from tutelage.students.naming import open_student

TEXTS = [*sentences(8, seed=5), "", "the file"]
GREEDY = Decoding(max_target_tokens=12)
BEAM = dataclasses.replace(GREEDY, beam_size=4, outputs=3)
SAMPLES = dataclasses.replace(GREEDY, outputs=3, sampling_temperature=1.0, sampling_top_p=0.9, seed=1)
DIVERSE = dataclasses.replace(GREEDY, outputs=3, diversity_penalty=2.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("conversions")


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("chat"))


@pytest.fixture
def open_named(tiny_student, chat, folder):
    def open_one(name):
        if name.startswith("chat"):
            make = open_with_ctranslate2 if name.endswith("ctranslate2") else open_with_transformers
            return make(chat, cache=folder, compute_type="float32")
        student = tiny_student(name.partition(" ")[0])
        slow = name.endswith("transformers")
        return TransformersEngine(student) if slow else CTranslate2Engine(student, cache=folder, threads=2)

    return open_one


def several(engine, decoding, texts=TEXTS):
    return list(engine.translate_several(texts, decoding=decoding))


NAMES = [f"{family} {engine}" for family in ("marian", "nllb", "chat") for engine in ("ctranslate2", "transformers")]


@pytest.mark.parametrize("name", NAMES)
def test_one_output_is_the_translation(open_named, name):
    engine = open_named(name)
    for decoding in (GREEDY, dataclasses.replace(GREEDY, beam_size=3)):
        assert several(engine, decoding) == [(text,) for text in engine.translate(TEXTS, decoding=decoding)]


@pytest.mark.parametrize("name", NAMES)
def test_beams_give_different_outputs_the_best_first(open_named, name):
    engine = open_named(name)
    outputs = several(engine, BEAM)
    assert {len(texts) for texts in outputs} == {3}
    best = dataclasses.replace(BEAM, outputs=1)
    assert [texts[0] for texts in outputs] == list(engine.translate(TEXTS, decoding=best))
    assert outputs[8] == ("", "", "")
    assert sum(len(set(texts)) > 1 for texts in outputs) > 5
    assert several(engine, dataclasses.replace(BEAM, window_sources=1, batch_tokens=30)) == outputs


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_samples_the_same(open_named, name):
    engine = open_named(name)
    outputs = several(engine, SAMPLES)
    assert {len(texts) for texts in outputs} == {3}
    assert several(engine, SAMPLES) == outputs
    assert several(engine, dataclasses.replace(SAMPLES, seed=2)) != outputs
    assert outputs[8] == ("", "", "")
    assert all(len(set(texts)) == 3 for index, texts in enumerate(outputs) if index != 8)


def test_ctranslate2_samples_the_same_in_one_translation_too(open_named):
    engine, one = open_named("marian ctranslate2"), dataclasses.replace(SAMPLES, outputs=1)
    outputs = list(engine.translate(TEXTS, decoding=one))
    assert list(engine.translate(TEXTS, decoding=one)) == outputs


def test_cold_sampling_is_greedy(open_named):
    cold = dataclasses.replace(SAMPLES, sampling_temperature=1e-6, sampling_top_p=1.0)
    for name in NAMES:
        engine = open_named(name)
        expected = [(text,) * 3 for text in engine.translate(TEXTS, decoding=GREEDY)]
        assert several(engine, cold) == expected, name


@pytest.mark.parametrize("family", FAMILIES)
def test_diverse_beams_begin_with_the_plain_search(open_named, family):
    engine = open_named(f"{family} transformers")
    outputs = several(engine, DIVERSE)
    assert [texts[0] for texts in outputs] == list(engine.translate(TEXTS, decoding=GREEDY))
    assert sum(len(set(texts)) for texts in outputs) > 20
    hardly = several(engine, dataclasses.replace(DIVERSE, diversity_penalty=1e-9))
    assert all(len(set(texts)) == 1 for texts in hardly)
    wide = dataclasses.replace(DIVERSE, outputs=2, beam_size=3)
    plain = dataclasses.replace(GREEDY, beam_size=3)
    assert [texts[0] for texts in several(engine, wide)] == list(engine.translate(TEXTS, decoding=plain))


def test_outputs_come_as_sources_are_read(open_named):
    for name in NAMES:
        taken = []

        def endless(taken=taken):
            while True:
                taken.append("the file")
                yield "the file"

        outputs = open_named(name).translate_several(
            endless(), decoding=dataclasses.replace(BEAM, window_sources=1, max_target_tokens=4)
        )
        assert next(outputs) == next(outputs)
        assert len(taken) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"outputs": 2}, "greedy decoding gives one output, and 2 were asked for"),
        ({"outputs": 5, "beam_size": 4}, "a beam of 4 cannot give 5 outputs"),
        ({"outputs": 0}, "0 outputs cannot be given"),
        ({"diversity_penalty": -1.0}, "penalty of -1"),
        ({"outputs": 2, "sampling_temperature": 1.0, "beam_size": 2}, "sampling has no beams"),
        ({"outputs": 2, "sampling_temperature": 1.0, "diversity_penalty": 1.0}, "no diversity penalty"),
        ({"outputs": 2, "sampling_temperature": 1.0, "sampling_top_p": 0.0}, "top-p of 0"),
    ],
)
def test_what_cannot_be_is_told_by_every_engine(open_named, changes, told):
    for name in NAMES:
        with pytest.raises(StudentError, match=told):
            several(open_named(name), dataclasses.replace(GREEDY, **changes))


def test_diverse_beams_are_refused_where_there_are_none(open_named):
    with pytest.raises(StudentError, match=r"CTranslate2 has no diverse beam search.*engine = 'transformers'"):
        several(open_named("marian ctranslate2"), DIVERSE)
    for name in ("chat ctranslate2", "chat transformers"):
        with pytest.raises(StudentError, match="a causal student has no diverse beam search"):
            several(open_named(name), DIVERSE)


@pytest.mark.parametrize(
    ("decoding", "signature"),
    [
        (Decoding(), "greedy,max256"),
        (Decoding(beam_size=4), "beam4,lp1,max256"),
        (Decoding(sampling_temperature=0.7, sampling_top_p=0.9, seed=3), "sample:t0.7,p0.9,s3,max256"),
        (BEAM, "beam4,lp1,max12,n3"),
        (SAMPLES, "sample:t1,p0.9,s1,max12,n3"),
        (DIVERSE, "diverse3x1,d2,lp1,max12"),
        (dataclasses.replace(BEAM, window_sources=1, batch_tokens=9), "beam4,lp1,max12,n3"),
    ],
)
def test_signatures(decoding, signature):
    assert decoding.signature == signature


@pytest.mark.parametrize("decoding", [GREEDY, BEAM, dataclasses.replace(BEAM, length_penalty=0.3)])
def test_scores_are_the_mean_of_the_tokens_and_change_no_output(decoding):
    engine = open_student("embedded:en-pt", direction=Direction("en", "pt-BR")).inner
    texts = ["Open the file.", "Close the window that you opened before."]
    scored = list(engine.translate_scored(texts, decoding=decoding))
    assert [tuple(one.text for one in outputs) for outputs in scored] == several(engine, decoding, texts)
    for source, outputs in zip(texts, scored, strict=True):
        (whole,) = engine.score([source], [outputs[0].text], decoding=decoding)
        tokens = whole / outputs[0].log_probability
        assert round(tokens) in (6, 11), "with the end of each"
        assert abs(tokens - round(tokens)) < 0.01
