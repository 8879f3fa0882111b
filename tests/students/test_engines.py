import copy
import dataclasses
import json
import os
import time

import pytest
import torch

from damages import DAMAGES
from tiny_students import FAMILIES, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.records import Example
from tutelage.students.engines import ctranslate2_engine, transformers_engine
from tutelage.students.engines.conversion import IN_INT8, Converted, convert_student
from tutelage.students.engines.ctranslate2_engine import CTranslate2Engine
from tutelage.students.engines.opening import open_engine
from tutelage.students.engines.transformers_engine import TransformersEngine
from tutelage.students.loading import load_student
from tutelage.students.student_folder import quiet_transformers, save_student

GREEDY = Decoding(max_target_tokens=20)
TEXTS = [*sentences(60, seed=5), "", "  ", "file</s> opens", "¿ñandú?"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("conversions")


@pytest.mark.parametrize("family", FAMILIES)
def test_both_engines_write_the_same(tiny_student, cache, family):
    student = tiny_student(family)
    slow = list(TransformersEngine(student).translate(TEXTS, decoding=GREEDY))
    fast = list(CTranslate2Engine(student, cache=cache, threads=1).translate(TEXTS, decoding=GREEDY))
    assert slow == fast
    assert len(set(slow)) > 3, "a test in which all outputs are equal tests little"
    assert slow[60:62] == ["", ""]


@pytest.mark.parametrize("family", FAMILIES)
def test_beam_search_runs_on_both(tiny_student, cache, family):
    student = tiny_student(family)
    decoding = dataclasses.replace(GREEDY, beam_size=3)
    for engine in (TransformersEngine(student), CTranslate2Engine(student, cache=cache, threads=1)):
        outputs = list(engine.translate(TEXTS[:9], decoding=decoding))
        assert len(outputs) == 9
        assert all("<" not in output for output in outputs)


@pytest.mark.parametrize("module", [ctranslate2_engine, transformers_engine])
def test_order_is_kept_over_windows_and_batches(tiny_student, cache, monkeypatch, module):
    student = tiny_student("t5_untied")
    engine = (
        TransformersEngine(student)
        if module is transformers_engine
        else CTranslate2Engine(student, cache=cache, threads=1)
    )
    texts = sentences(40, seed=8)
    expected = list(engine.translate(texts, decoding=GREEDY))
    monkeypatch.setattr(module, "WINDOW", 7)
    small = dataclasses.replace(GREEDY, batch_tokens=60)
    assert list(engine.translate(iter(texts), decoding=small)) == expected
    assert [next(engine.translate([text], decoding=GREEDY)) for text in texts[:8]] == expected[:8]


def test_engines_stream(tiny_student, cache, monkeypatch):
    monkeypatch.setattr(ctranslate2_engine, "WINDOW", 5)
    engine = CTranslate2Engine(tiny_student("marian"), cache=cache, threads=1)
    taken = []

    def endless():
        while True:
            taken.append("the file")
            yield "the file"

    outputs = engine.translate(endless(), decoding=GREEDY)
    assert next(outputs) == next(outputs)
    assert len(taken) <= 15


def test_int8_runs_and_says_so(tiny_student, cache):
    student = tiny_student("marian")
    engine = CTranslate2Engine(student, cache=cache, compute_type="int8", threads=1)
    assert len(list(engine.translate(TEXTS, decoding=GREEDY))) == len(TEXTS)
    assert engine.signature.startswith("ctranslate2-int8:")
    assert engine.signature != CTranslate2Engine(student, cache=cache, threads=1).signature


def test_the_models_own_generation_settings_do_not_lead(tiny_student):
    student = tiny_student("nllb")
    expected = list(TransformersEngine(student).translate(TEXTS[:20], decoding=GREEDY))
    led = dataclasses.replace(student, model=copy.deepcopy(student.model))
    own = led.model.generation_config
    own.num_beams, own.no_repeat_ngram_size, own.forced_eos_token_id, own.max_length, own.repetition_penalty = (
        4,
        1,
        2,
        5,
        9.0,
    )
    own.bad_words_ids = [[7]]
    assert list(TransformersEngine(led).translate(TEXTS[:20], decoding=GREEDY)) == expected
    assert led.model.generation_config is own


def test_padding_is_never_written(tiny_student, cache, tmp_path):
    student = dataclasses.replace(
        tiny_student("nllb"), origin=tmp_path, model=copy.deepcopy(tiny_student("nllb").model)
    )
    pad = student.tokenizer.pad_token_id
    with torch.no_grad():
        weight = student.model.get_output_embeddings().weight
        weight[pad] = 3 * weight[5]
    save_student(student, tmp_path)
    slow = list(TransformersEngine(student).translate(TEXTS[:20], decoding=GREEDY))
    assert list(CTranslate2Engine(student, cache=cache, threads=1).translate(TEXTS[:20], decoding=GREEDY)) == slow
    assert any(slow)


def test_a_trained_start_embedding_is_kept(tiny_student, cache):
    """Marian's padding row starts the decoder; CTranslate2 alone would start from zeros."""
    student = tiny_student("marian")
    row = student.model.get_input_embeddings().weight[student.model.config.pad_token_id]
    assert row.abs().sum() > 0
    slow = list(TransformersEngine(student).translate(TEXTS, decoding=GREEDY))
    from ctranslate2 import Translator
    from ctranslate2.converters import TransformersConverter

    with quiet_transformers():
        plain = TransformersConverter(str(student.origin)).convert(str(cache / "plain"))
    tokens = [student.tokenizer.convert_ids_to_tokens(ids) for ids in student.encode_sources(TEXTS, max_tokens=64)]
    outputs = Translator(plain, inter_threads=1).translate_batch(tokens, beam_size=1, max_decoding_length=20)
    ids = [student.tokenizer.convert_tokens_to_ids(output.hypotheses[0]) for output in outputs]
    assert student.decode_targets(ids) != slow


def test_sampling_differs_by_seed_and_repeats(tiny_student):
    engine = TransformersEngine(tiny_student("t5_untied"))
    one, again, two = (
        list(engine.translate(TEXTS[:10], decoding=Decoding(max_target_tokens=9, sampling_temperature=2.0, seed=seed)))
        for seed in (1, 1, 2)
    )
    assert one == again
    assert one != two


def test_a_conversion_is_made_once_and_whole(tiny_student, tmp_path):
    student = tiny_student("marian")
    folder = convert_student(student, tmp_path / "key")
    made = (folder / "model.bin").stat().st_mtime_ns
    assert convert_student(student, tmp_path / "key") == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("compute_type", IN_INT8)
def test_a_conversion_for_int8_is_smaller_and_writes_the_same(tiny_student, tmp_path, compute_type):
    student = tiny_student("marian")
    whole = convert_student(student, tmp_path / "float32")
    loaded = CTranslate2Engine(student, converted=Converted(whole, "key"), compute_type=compute_type, threads=1)
    engine = CTranslate2Engine(student, cache=tmp_path / "cache", compute_type=compute_type, threads=1)
    (model,) = (tmp_path / "cache").glob("*-int8/model.bin")
    assert model.stat().st_size < 0.7 * (whole / "model.bin").stat().st_size
    written, expected = (list(one.translate_scored(TEXTS, decoding=GREEDY)) for one in (engine, loaded))
    assert written == expected


@pytest.mark.parametrize("damage", ["truncate", "empty", "turn", "remove"])
def test_a_damaged_conversion_is_made_again(tiny_student, tmp_path, damage):
    student = tiny_student("marian")
    engine = CTranslate2Engine(student, cache=tmp_path, threads=1)
    before = list(engine.translate(TEXTS[:3], decoding=GREEDY))
    (folder,) = tmp_path.iterdir()
    DAMAGES[damage](folder / "model.bin")
    again = CTranslate2Engine(student, cache=tmp_path, threads=1)
    assert list(again.translate(TEXTS[:3], decoding=GREEDY)) == before
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_killed_conversion_left_is_removed_after_a_day(tiny_student, tmp_path):
    for name, age_seconds in (("key.1.new", 2 * 24 * 3600), ("key.2.new", 60)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age_seconds,) * 2)
    convert_student(tiny_student("marian"), tmp_path / "key")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key", "key.2.new"]


def test_the_engine_can_be_named(tiny_student, cache):
    student = tiny_student("marian")
    assert isinstance(open_engine(student, cache=cache).inner, CTranslate2Engine)
    assert isinstance(open_engine(student, name="transformers", cache=cache).inner, TransformersEngine)
    with pytest.raises(UsageError, match=r"no decoding engine is called 'ctranslate'.*'ctranslate2'"):
        open_engine(student, name="ctranslate", cache=cache)


def test_what_ctranslate2_cannot_convert_goes_to_transformers(tiny_student, tmp_path, cache):
    tiny = tiny_student("marian")
    save_student(tiny, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"activation_function": "mish"}))
    student = load_student(str(tmp_path), direction=tiny.direction)
    assert isinstance(open_engine(student, cache=cache).inner, TransformersEngine)
    with pytest.raises(StudentError, match=r"CTranslate2 cannot convert this student.*engine = 'transformers'"):
        open_engine(student, name="ctranslate2", cache=cache)


def test_sources_beyond_the_positions_are_cut(tiny_student, cache):
    student = tiny_student("marian")
    long = " ".join(["window"] * 200)
    for engine in (TransformersEngine(student), CTranslate2Engine(student, cache=cache, threads=1)):
        assert len(list(engine.translate([long, "the file"], decoding=Decoding(max_target_tokens=500)))) == 2
    assert len(student.encode_sources([long], max_tokens=student.max_tokens)[0]) == 64


@pytest.mark.parametrize("family", ["marian", "m2m", "bart"])
def test_an_example_longer_than_the_positions_is_cut_to_them(tiny_student, family):
    """Settings allow 256 tokens; one more than the student has positions ended training with an IndexError."""
    student = tiny_student(family)
    text = "file " * 3 * student.max_tokens
    example = Example("long", "translate", student.direction.source, student.direction.target, text, text)
    (encoded,) = student.encode_examples([example], max_source_tokens=10_000, max_target_tokens=10_000)
    assert len(encoded.true.source) <= student.max_tokens
    assert len(encoded.true.target) <= student.max_tokens
