"""Where students are decoded, as the environment says; this machine has no GPU."""

import ctranslate2
import pytest

from tiny_students import EN_PT, make_tiny, make_tiny_causal
from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError, UsageError
from tutelage.students.engines.ctranslate2_opening import open_conversion
from tutelage.students.engines.device import VARIABLE
from tutelage.students.engines.opening import open_causal_engine, open_engine
from tutelage.students.loading import load_student

needs_no_gpu = pytest.mark.skipif(ctranslate2.get_cuda_device_count() > 0, reason="this machine has a GPU")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    make_tiny("nllb", folder)
    return folder


@needs_no_gpu
@pytest.mark.parametrize("engine", ["auto", "ctranslate2"])
def test_a_gpu_that_is_wanted_and_not_there_is_told(engine, folder, tmp_path, monkeypatch):
    """Also with `auto`, which must not fall back on another engine on the processor."""
    monkeypatch.setenv(VARIABLE, "cuda")
    with pytest.raises(UsageError, match="on a GPU, and this machine has none") as refused:
        open_engine(load_student(str(folder), direction=EN_PT), name=engine, cache=tmp_path)
    assert "nvidia-smi" in refused.value.paragraph()


@needs_no_gpu
def test_a_chat_student_by_transformers_is_told_the_same(tmp_path, monkeypatch):
    student = make_tiny_causal(tmp_path)
    monkeypatch.setenv(VARIABLE, "cuda")
    with pytest.raises(UsageError, match="on a GPU, and this machine has none"):
        open_causal_engine(student, name="transformers", cache=tmp_path)


@pytest.mark.parametrize("device", ["", "auto", "cpu"])
def test_without_a_gpu_all_else_decodes_on_the_processor(device, folder, tmp_path, monkeypatch):
    student = load_student(str(folder), direction=EN_PT)
    expected = list(open_engine(student, name="transformers", cache=tmp_path).translate(["a key"], decoding=Decoding()))
    monkeypatch.setenv(VARIABLE, device)
    assert list(open_engine(student, cache=tmp_path).translate(["a key"], decoding=Decoding())) == expected


def test_the_processor_is_taken_if_it_is_wanted_where_there_is_a_gpu(monkeypatch):
    """What CTranslate2 is told, on a machine that says it has two GPUs."""
    told = []
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 2)
    monkeypatch.setattr(ctranslate2, "Translator", lambda _folder, **settings: told.append(settings))
    for device in ("auto", "cuda", "cpu"):
        monkeypatch.setenv(VARIABLE, device)
        open_conversion("Translator", "folder", compute_type="float32", workers=8)
    assert [(one["device"], one["inter_threads"]) for one in told] == [("cuda", 1), ("cuda", 1), ("cpu", 8)]


def test_an_unknown_device_is_refused_with_a_suggestion(monkeypatch, folder, tmp_path):
    monkeypatch.setenv(VARIABLE, "cdua")
    with pytest.raises(UsageError, match="no device is called 'cdua'") as refused:
        open_engine(load_student(str(folder), direction=EN_PT), cache=tmp_path)
    assert "cuda" in refused.value.paragraph()


@needs_no_gpu
def test_an_arithmetic_that_the_processor_lacks_is_told_with_those_that_it_has(folder, tmp_path):
    known = ctranslate2.get_supported_compute_types("cpu")
    if "float16" in known:
        pytest.fail("this processor has float16: take another arithmetic for this test")
    with pytest.raises(StudentError, match="cannot be decoded in float16") as refused:
        open_engine(
            load_student(str(folder), direction=EN_PT), name="ctranslate2", compute_type="float16", cache=tmp_path
        )
    for name in known:
        assert name in refused.value.paragraph()
