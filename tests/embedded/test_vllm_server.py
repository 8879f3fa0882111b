"""vLLM's server as student's engine and as teacher, with a stand-in for the Python that has it.

vLLM itself is tried by `python -m benchmarks.speed.vllm`, since it needs an environment of its own.
"""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import stand_in_vllm
from tiny_students import EN_PT, make_tiny_causal
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, TeacherError, UsageError
from tutelage.core.records import Segment
from tutelage.core.teacher_settings import VllmSettings
from tutelage.embedded import vllm_server
from tutelage.embedded.vllm_server import VARIABLE, VllmServer
from tutelage.labelling.kinds.kind import Place
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.students.engines.answers import Request
from tutelage.students.engines.opening import open_causal_engine
from tutelage.students.engines.vllm_causal import VllmContinuation
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.role import Answered


class Told:
    """What the program was started with and asked, a line each."""

    def __init__(self, file):
        self._file = file

    def __call__(self):
        return [json.loads(line) for line in self._file.read_text().splitlines()]

    def environment(self):
        """Of the program that was started last."""
        return json.loads(self._file.with_suffix(".environment").read_text())


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What the program was started with and asked, once it stands in."""
    program, file = tmp_path / "vllm", tmp_path / "told.jsonl"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {stand_in_vllm.__file__} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(VARIABLE, f"{program} --gpu-memory-utilization 0.5")
    monkeypatch.setenv("STAND_IN_TOLD", str(file))
    return Told(file)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("student"))


def is_open(address):
    host, port = address.split(":")
    with socket.socket() as caller:
        return caller.connect_ex((host, int(port))) == 0


def test_a_window_is_one_question_by_token_ids_and_ends_where_the_student_does(told, student):
    engine = VllmContinuation(student)
    end = student.format.stop_ids[0]
    written = engine.continue_batch([Request([5, 6]), Request([8, 9, 4])], decoding=Decoding(max_target_tokens=9))
    assert written == [[6, 5, end], [4, 9, 8, end]]
    started, asked = told()
    assert started[:4] == ["-m", "vllm.entrypoints.openai.api_server", "--model", str(student.origin)]
    assert started[-2:] == ["--gpu-memory-utilization", "0.5"]
    assert started[started.index("--dtype") + 1] == "float32"
    assert (asked["temperature"], asked["n"], asked["max_tokens"]) == (0.0, 1, 9)
    assert asked["return_token_ids"] is True and asked["stop_token_ids"] == list(student.format.stop_ids)


def test_samples_of_a_prompt_stand_together(told, student):
    engine = VllmContinuation(student)
    decoding = Decoding(sampling_temperature=0.7, outputs=2, seed=3)
    written = engine.continue_several([Request([5]), Request([8])], decoding=decoding)
    end = student.format.stop_ids[0]
    assert written == [[[5, end], [5, end]], [[8, end], [8, end]]]
    asked = told()[-1]
    assert (asked["n"], asked["seed"], asked["temperature"]) == (2, 3, 0.7)


def test_the_server_ends_with_its_engine(told, student):
    engine = VllmContinuation(student)
    address = engine._server.address
    assert is_open(address)
    del engine
    assert not is_open(address)


def test_an_adapter_is_served_unmerged_with_room_for_its_rank(told, student, tmp_path):
    (tmp_path / "adapter_config.json").write_text('{"r": 24}')
    (tmp_path / "adapter_model.safetensors").write_bytes(b"x")
    engine = VllmContinuation(student, adapter=tmp_path)
    started = told()[0]
    assert started[started.index("--lora-modules") + 1] == f"student={tmp_path}"
    assert started[started.index("--max-lora-rank") + 1] == "32"
    assert engine.signature != VllmContinuation(student).signature


def test_what_vllm_does_not_decode_is_refused(told, student):
    with pytest.raises(StudentError, match="not with a beam"):
        VllmContinuation(student).continue_batch([Request([5])], decoding=Decoding(beam_size=4))
    with pytest.raises(StudentError, match="does not decode a student in int8"):
        VllmContinuation(student, compute_type="int8")
    with pytest.raises(StudentError, match="no room"):
        VllmContinuation(student).continue_batch([Request([5])], decoding=Decoding(max_target_tokens=1))


def test_the_device_of_students_is_that_of_their_server(told, student, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    seen = told.environment
    VllmContinuation(student)
    assert seen()["CUDA_VISIBLE_DEVICES"] == "3"
    monkeypatch.setenv("TUTELAGE_DEVICE", "cpu")
    VllmContinuation(student)
    assert seen()["CUDA_VISIBLE_DEVICES"] == "", "it sees no GPU"
    with kind_of(settings := VllmSettings(model="org/model")).chat(settings, Place(Path())):
        assert seen()["CUDA_VISIBLE_DEVICES"] == "3", "a teacher's GPU is its own"


def test_cuda_is_a_gpu_that_the_driver_lists_or_an_error(told, student, tmp_path, monkeypatch):
    monkeypatch.setenv("TUTELAGE_DEVICE", "cuda")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="on a GPU, and this machine has none"):
        VllmContinuation(student)
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H200 (UUID: GPU-1)'\n")
    driver.chmod(0o755)
    VllmContinuation(student)
    assert len(told()) == 1


def test_without_vllm_the_error_says_how_to_install_it(student, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    with pytest.raises(UsageError, match="there is no program") as refused:
        open_causal_engine(student, name="vllm", cache=tmp_path)
    assert "pip install vllm" in refused.value.paragraph()
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(vllm_server, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="vLLM is not installed"):
        open_causal_engine(student, name="vllm", cache=tmp_path)


def test_a_server_that_ends_is_told_with_the_end_of_its_log(told):
    with pytest.raises(RuntimeError, match="exit status 1: ValueError: this model cannot be served"):
        VllmServer("broken", name="x")
    settings = VllmSettings(model="broken")
    with pytest.raises(TeacherError, match="cannot be served"), kind_of(settings).chat(settings, Place(Path())):
        pass


def test_nobody_else_gets_the_port_before_the_server_has_it(told, monkeypatch):
    start = subprocess.Popen

    def started(command, **settings):
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", int(command[command.index("--port") + 1])))
        return start(command, **settings)

    monkeypatch.setattr(subprocess, "Popen", started)
    server = VllmServer("org/model", name="x")
    assert is_open(server.address)
    server.stop()
    assert not is_open(server.address)


def test_a_teacher_is_asked_by_the_name_that_its_weights_have_in_the_ledger(told, tmp_path):
    (tmp_path / "llm").mkdir()
    (tmp_path / "llm" / "model.safetensors").write_bytes(b"x")
    settings = VllmSettings(model=str(tmp_path / "llm"), compute_type="bfloat16", concurrency=2)
    kind, segments = kind_of(settings), [Segment("1", "A key.", "en")]
    with (
        Ledger.open(tmp_path / "ledger") as ledger,
        kind.chat(settings, Place(tmp_path)) as teacher,
    ):
        (answer,) = ask(TranslateRole(EN_PT), segments, teacher=teacher, ledger=ledger)
    assert isinstance(answer, Answered)
    started, asked = told()
    assert asked["model"] == kind.sign(settings) == started[started.index("--served-model-name") + 1]
    assert asked["response_format"]["type"] == "json_schema"
    (tmp_path / "llm" / "model.safetensors").write_bytes(b"other")
    assert kind.sign(settings) != asked["model"]


def test_what_is_wrong_with_the_table_is_told_before_anything_is_started(monkeypatch):
    monkeypatch.setenv(VARIABLE, "no-such-program")
    problems = list(kind_of(VllmSettings()).problems(VllmSettings(adapter="nowhere"), None))
    assert [problem.split(":")[0] for problem in problems] == [".model", "", ".adapter"]


def test_the_program_does_not_see_our_packages(told, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "ours")
    assert "PYTHONPATH" not in vllm_server._environment(on_gpu=True) and os.environ["PYTHONPATH"] == "ours"
