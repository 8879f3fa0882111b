"""A chat student as GGUF: llama.cpp writes what transformers writes, and what is missing is told."""

import json
import socket
from dataclasses import replace

import pytest

from promoted_runs import make_promoted_run
from tiny_gguf import write_tiny_gguf
from tiny_students import EN_PT, make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.recipe import ExportSettings
from tutelage.runs.export.export import export_student
from tutelage.students.engines.answers import Request
from tutelage.students.engines.llama_cpp_causal import LlamaCppContinuation
from tutelage.students.engines.transformers_causal import TransformersContinuation
from tutelage.students.exports.gguf_converter import VARIABLE
from tutelage.students.naming import open_student

SHORT = Decoding(max_target_tokens=24)
FEW = Decoding(max_target_tokens=8)
"""llama.cpp keeps keys and values in float16, so that random weights go their own ways after some tokens."""
GGUF = ExportSettings(to="gguf", compute_type="f32")


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("chat"))


@pytest.fixture(scope="module")
def file(student, tmp_path_factory):
    return write_tiny_gguf(student, tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="module")
def continuation(student, file):
    return LlamaCppContinuation(student, file, key="tiny")


@pytest.fixture
def converter(file, tmp_path, monkeypatch):
    """A program in the converter's place that has the file already."""
    program = tmp_path / "converter"
    program.write_text(f'#!/bin/sh\ntest -f "$1/config.json" && test "$5" = f32 && cp {file} "$3"\n')
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    return program


@pytest.fixture(scope="module")
def run(student, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    texts = sentences(60, seed=4)
    rows = (json.dumps({"source": text, "target": f"o {text}"}) + "\n" for text in dict.fromkeys(texts))
    (folder / "test.jsonl").write_text("".join(rows))
    test = {"path": str(folder / "test.jsonl"), "limit": 40}
    changes = {"text": {"test": test}, "evaluation": {"max_target_tokens": 24, "beam_size": 2}}
    return make_promoted_run(folder / "chat", student=student.origin, **changes)


def test_llama_cpp_writes_the_tokens_that_transformers_writes(student, continuation):
    requests = [Request(ids) for ids in student.encode_sources(sentences(12, seed=7), max_tokens=99)]
    theirs = TransformersContinuation(student).continue_batch(requests, decoding=FEW)
    ours = continuation.continue_batch(requests, decoding=FEW)
    assert sum(mine == other for mine, other in zip(ours, theirs, strict=True)) >= 11


def test_samples_follow_their_seed_and_beams_are_refused(student, continuation):
    requests = [Request(ids) for ids in student.encode_sources(["open the file"], max_tokens=99)]
    drawn = replace(SHORT, sampling_temperature=1.5, outputs=3, seed=5)
    (rows,) = continuation.continue_several(requests, decoding=drawn)
    assert continuation.continue_several(requests, decoding=drawn) == [rows]
    assert len({tuple(row) for row in rows}) > 1
    with pytest.raises(StudentError, match="not with a beam"):
        continuation.continue_batch(requests, decoding=replace(SHORT, beam_size=4))
    with pytest.raises(StudentError, match="by sampling only"):
        continuation.continue_several(requests, decoding=replace(SHORT, outputs=2))


def test_a_server_that_is_never_asked_ends(student, file):
    for _ in range(10):
        host, port = LlamaCppContinuation(student, file, key="unasked")._address.split(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=5)


def test_a_damaged_file_is_told(student, file, tmp_path):
    torn = tmp_path / "torn.gguf"
    torn.write_bytes(file.read_bytes()[:4000])
    with pytest.raises(StudentError, match=r"llama\.cpp cannot load the student"):
        LlamaCppContinuation(student, torn, key="torn")


def test_the_export_is_a_student_decoded_by_llama_cpp_without_a_beam(run, converter, tmp_path):
    rules = ("chrf: not worse by more than 30 (point estimate)",)  # the run decodes with a beam, of random weights
    result = export_student(run, tmp_path / "out", settings=GGUF.model_copy(update={"rules": rules}))
    assert result.accepted and result.parity.segments == 40
    assert (result.folder / "model-f32.gguf").is_file() and (result.folder / "tokenizer" / "tokenizer.json").is_file()
    opened = open_student(str(result.folder), direction=EN_PT)
    plain = open_student(str(run), direction=EN_PT, engine="transformers")
    texts = sentences(5, seed=9)
    ours, theirs = (list(engine.translate(texts, decoding=FEW)) for engine in (opened, plain))
    assert sum(mine == other for mine, other in zip(ours, theirs, strict=True)) >= 4
    assert "llama.cpp:f32:" in opened.signature


def test_a_converter_that_fails_or_is_missing_is_told(run, converter, tmp_path, monkeypatch):
    converter.write_text("#!/bin/sh\necho NotImplementedError: unknown tokenizer >&2\nexit 1\n")
    with pytest.raises(StudentError, match="cannot write this student: NotImplementedError: unknown tokenizer"):
        export_student(run, tmp_path / "out", settings=GGUF)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"llama\.cpp's converter is not there.*convert-hf-to-gguf.*TUTELAGE_GGUF"):
        export_student(run, tmp_path / "out", settings=GGUF)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["converter"]


def test_an_encoder_decoder_is_refused(converter, tmp_path):
    run = make_promoted_run(tmp_path / "marian")
    with pytest.raises(UsageError, match="gguf is for chat students; take ctranslate2"):
        export_student(run, tmp_path / "out", settings=GGUF)
