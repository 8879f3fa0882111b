"""llama.cpp as the engine of chat students: a GGUF file is decoded as it is, any other student is converted once."""

import shutil
import socket
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import xllamacpp

from tiny_gguf import write_tiny_gguf
from tiny_students import EN_PT, make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.recipe import StudentSettings
from tutelage.embedded import llama_cpp
from tutelage.students.decoder import Decoder
from tutelage.students.engines import llama_cpp_causal
from tutelage.students.engines.opening import open_causal_engine
from tutelage.students.exports.gguf_converter import VARIABLE
from tutelage.students.gguf import ORIGIN, dequantise, gguf_of
from tutelage.students.loading import load_student
from tutelage.students.naming import open_student
from tutelage.students.student_folder import save_student, student_signature

FEW = Decoding(max_target_tokens=8)
"""llama.cpp keeps keys and values in float16, so that random weights go their own ways after some tokens."""
TEXTS = sentences(12, seed=7)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("chat"))


@pytest.fixture(scope="module")
def file(student, tmp_path_factory):
    return write_tiny_gguf(student, tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture
def converted(file, tmp_path, monkeypatch):
    """The calls of a program in the converter's place, which has the file already."""
    program, told = tmp_path / "converter", tmp_path / "told"
    program.write_text(f'#!/bin/sh\necho "$5" >> {told}\ntest -f "$1/model.safetensors" && cp {file} "$3"\n')
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    return lambda: told.read_text().split() if told.exists() else []


@pytest.fixture
def no_converter(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))


def same(ours, theirs):
    return sum(mine == other for mine, other in zip(ours, theirs, strict=True))


def is_open(address):
    with socket.socket() as caller:
        return caller.connect_ex((address.hostname, address.port)) == 0


def test_a_gguf_file_is_decoded_as_it_is_without_a_dequantised_copy(student, file, no_converter, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened = open_student(str(file), direction=EN_PT, engine="llama.cpp")
    plain = open_causal_engine(student, name="transformers", cache=tmp_path)
    assert same(opened.translate(TEXTS, decoding=FEW), plain.translate(TEXTS, decoding=FEW)) >= 11
    digest = gguf_of(dequantise(file)).digest
    assert opened.signature.startswith(f"llama.cpp:file-{digest[:16]}:")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    open_student(str(file), direction=EN_PT, engine="llama.cpp")
    assert not list((tmp_path / "other").rglob("*.safetensors"))


def test_another_student_is_converted_once_for_its_compute_type(student, converted, tmp_path):
    greedy = open_causal_engine(student, name="llama.cpp", cache=tmp_path / "cache")
    plain = open_causal_engine(student, name="transformers", cache=tmp_path)
    assert same(greedy.translate(TEXTS, decoding=FEW), plain.translate(TEXTS, decoding=FEW)) >= 11
    key = student_signature(student.origin)
    assert greedy.signature == f"llama.cpp:f32:{key}"
    for compute_type in ("float32", "int8", "int8", "bfloat16"):
        engine = open_causal_engine(student, name="llama.cpp", cache=tmp_path / "cache", compute_type=compute_type)
    assert converted() == ["f32", "q8_0", "bf16"]
    assert engine.signature == f"llama.cpp:bf16:{key}"


def test_a_run_decodes_the_file_until_its_weights_are_others(file, tmp_path):
    student = load_student(str(file), direction=EN_PT)

    def decoder(folder, engine="llama.cpp"):
        return Decoder(folder, EN_PT, StudentSettings(engine=engine), FEW, tmp_path)

    assert decoder(student.origin).arithmetic == "llama.cpp-file"
    assert decoder(student.origin, "transformers").arithmetic == "transformers-float32"
    linked, copied, saved = (tmp_path / name for name in ("linked", "copied", "saved"))
    linked.mkdir()
    for one in student.origin.iterdir():
        (linked / one.name).hardlink_to(one)
    shutil.copytree(student.origin, copied)
    (copied / "model.safetensors").touch()
    save_student(student, saved)
    told = [decoder(folder).arithmetic for folder in (linked, copied, saved)]
    assert told == ["llama.cpp-file", "llama.cpp-float32", "llama.cpp-float32"]
    (copied / ORIGIN).unlink()
    assert student_signature(copied) == student_signature(student.origin), "the file's place is no part of the student"


def test_a_file_that_was_moved_or_changed_is_not_taken(file, tmp_path):
    own = tmp_path / "own.gguf"
    shutil.copy(file, own)
    folder = dequantise(own)
    assert gguf_of(folder).path == own
    own.write_bytes(file.read_bytes() + b"more")
    assert gguf_of(folder) is None
    own.unlink()
    assert gguf_of(folder) is None
    assert dequantise(file) == folder and gguf_of(folder).path == file


def test_samples_follow_their_seed_and_beams_are_refused(student, converted, tmp_path):
    engine = open_causal_engine(student, name="llama.cpp", cache=tmp_path / "cache")
    drawn = [replace(FEW, sampling_temperature=1.5, outputs=3, seed=seed) for seed in (5, 5, 6)]
    one, again, other = (list(engine.translate_several(TEXTS[:3], decoding=decoding)) for decoding in drawn)
    assert one == again != other
    with pytest.raises(StudentError, match=r"llama\.cpp decodes greedily or by sampling, not with a beam"):
        list(engine.translate(TEXTS, decoding=replace(FEW, beam_size=4)))


def test_what_cannot_be_converted_is_told(student, no_converter, tmp_path):
    with pytest.raises(StudentError, match="does not decode a student in int8_float16") as refused:
        open_causal_engine(student, name="llama.cpp", cache=tmp_path, compute_type="int8_float16")
    assert "float32, float16, bfloat16, int8" in refused.value.paragraph()
    with pytest.raises(StudentError, match=r"converter is not there.*convert-hf-to-gguf"):
        open_causal_engine(student, name="llama.cpp", cache=tmp_path)
    assert not list(tmp_path.glob("*/*.gguf"))


def test_the_server_has_the_cores_of_the_process_and_ends_with_its_engine(
    student, file, converted, tmp_path, monkeypatch
):
    given, start = [], llama_cpp_causal.start_server

    def started(*of, **settings):
        given.append(settings)
        server = start(*of, **settings)
        given.append(urlsplit(server.listening_address))
        return server

    monkeypatch.setattr(llama_cpp_causal, "start_server", started)
    monkeypatch.setattr(llama_cpp_causal, "usable_cores", lambda: 1)
    engine = open_causal_engine(student, name="llama.cpp", cache=tmp_path / "cache")
    settings, address = given
    assert settings["threads"] == 1 and settings["on_gpu"] is True and is_open(address)
    del engine
    assert not is_open(address)


def test_the_device_of_students_is_heeded(student, file, converted, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(llama_cpp_causal, "start_server", lambda *_of, **settings: given.append(settings))
    monkeypatch.setenv("TUTELAGE_DEVICE", "cpu")
    with pytest.raises(AttributeError):  # nothing was started
        open_causal_engine(student, name="llama.cpp", cache=tmp_path)
    assert given[0]["on_gpu"] is False
    monkeypatch.setenv("TUTELAGE_DEVICE", "cuda")
    with pytest.raises(UsageError, match="the installed xllamacpp is built without"):
        open_causal_engine(student, name="llama.cpp", cache=tmp_path)
    assert len(given) == 1


@pytest.mark.parametrize(("on_gpu", "layers"), [(True, -1), (False, 0)])
def test_without_a_gpu_no_layer_is_handed_to_one(on_gpu, layers, monkeypatch):
    class StartedError(Exception):
        pass

    def server(parameters):
        raise StartedError(parameters.n_gpu_layers, parameters.no_op_offload)

    monkeypatch.setattr("xllamacpp.Server", server)
    with pytest.raises(StartedError) as given:
        llama_cpp.start_server("model.gguf", threads=1, slots=1, context_tokens=8, on_gpu=on_gpu)
    assert given.value.args == (layers, not on_gpu)


def test_gpus_are_those_of_the_build(monkeypatch):
    kinds = xllamacpp.ggml_backend_dev_type
    devices = [kinds.GGML_BACKEND_DEVICE_TYPE_CPU, kinds.GGML_BACKEND_DEVICE_TYPE_GPU]
    monkeypatch.setattr("xllamacpp.get_device_info", lambda: [{"type": kind} for kind in devices])
    assert llama_cpp.count_gpus() == 1
