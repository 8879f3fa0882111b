"""Folders that are no student, each told by what it is and what to do; none of them is loaded."""

import json
import shutil

import pytest

from stub_models import write_stub_model
from tiny_students import make_tiny_causal
from tutelage.core.errors import StudentError, UsageError, UserError
from tutelage.core.languages import Direction
from tutelage.core.recipe import StudentSettings
from tutelage.embeddings.locating import locate_model
from tutelage.labelling.patcher import locate_patcher
from tutelage.stages.checks.student_checks import student_problems
from tutelage.students.adapter_folders import find_adapter, merge_adapter
from tutelage.students.engines.conversion import convert_student
from tutelage.students.loading import load_student, locate_student
from tutelage.students.student_folder import load_tokenizer

EN_PT = Direction("en", "pt-BR")


def told(folder):
    """What is said of the folder, by each of those who take a model's."""
    with pytest.raises(StudentError) as raised:
        locate_student(str(folder))
    message = str(raised.value)
    assert "\n" not in message and str(folder) in message
    for take in (locate_patcher, lambda name: load_student(name, direction=EN_PT)):
        with pytest.raises(UserError) as again:
            take(str(folder))
        assert str(again.value) == message
    return message


def test_an_empty_folder(tmp_path):
    assert "this folder is empty. Give the folder of a model" in told(tmp_path)


@pytest.mark.parametrize("config", ['{"base_model_name_or_path": "org/base"}', "{", "[]", '{"other": 1}'])
def test_an_adapter_alone_names_its_base(tmp_path, config):
    (tmp_path / "adapter_config.json").write_text(config)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    message = told(tmp_path)
    assert "this is an adapter (LoRA) without its base model. Give its base model" in message
    assert "as student.model, and this folder as student.adapter" in message
    assert ("'org/base'" in message) == ("org/base" in config)


def test_an_adapter_whose_folder_has_the_base_models_config(tmp_path):
    write_stub_model(tmp_path, "llama")
    (tmp_path / "model.safetensors").rename(tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text("{}")
    assert "this is an adapter" in told(tmp_path)


def test_a_conversion_for_ctranslate2(tiny_student, tmp_path):
    folder = convert_student(tiny_student("marian"), tmp_path / "converted")
    assert "this is a model converted for CTranslate2" in told(folder)


def test_gguf_weights_in_a_folder_name_the_file(tmp_path):
    (tmp_path / "small.Q4.gguf").write_bytes(b"GGUF")
    assert f"Give the file itself: {tmp_path}/small.Q4.gguf" in told(tmp_path)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("pytorch_model.bin", "only pytorch_model.bin, which can run code"),
        ("pytorch_model-00001-of-00002.bin", "only pytorch_model-00001-of-00002.bin, which can run code"),
        ("weights.pt", "only weights.pt, which can run code"),
        ("model.onnx", "only an ONNX model"),
        ("tf_model.h5", "only a TensorFlow model"),
        ("flax_model.msgpack", "only a Flax model"),
        ("model.npz", "only a model of Marian's own format"),
    ],
)
def test_other_weights_say_how_to_convert_them(tmp_path, name, what):
    write_stub_model(tmp_path, "marian")
    (tmp_path / "model.safetensors").rename(tmp_path / name)
    message = told(tmp_path)
    assert f"there are no safetensors in this folder, {what}" in message
    assert "save_pretrained" in message


def test_no_weights_at_all(tmp_path):
    write_stub_model(tmp_path, "marian")
    (tmp_path / "model.safetensors").unlink()
    assert "there are no weights (model.safetensors) in this folder. Is the download whole?" in told(tmp_path)


def test_a_run_and_a_folder_of_models(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    assert "there is no config.json in this folder. Is it a model folder?" in told(tmp_path)
    write_stub_model(tmp_path / "inner", "marian")
    assert f"Did you mean '{tmp_path}/inner'?" in told(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(UserError, match="this run is not finished"):
        locate_student(str(tmp_path))
    (tmp_path / "run.json").write_text('{"state": "done", "student": null}')
    with pytest.raises(UserError, match="no student of this run passed its gate"):
        locate_student(str(tmp_path))


@pytest.mark.parametrize("config", ["[]", "3", "{", "", "[" * 100_000])
def test_a_config_that_is_none(tmp_path, config):
    write_stub_model(tmp_path, "marian")
    (tmp_path / "config.json").write_text(config)
    assert f"{tmp_path}/config.json: this is " in told(tmp_path)


@pytest.mark.parametrize(
    ("kind", "missing", "what"),
    [
        ("marian", ["source.spm"], "there is no source.spm"),
        ("marian", ["vocab.json", "target.spm"], "there is no vocab.json and no target.spm"),
        ("llama", ["tokenizer.json", "vocab.json"], "there is no tokenizer.json, and no other vocabulary"),
    ],
)
def test_a_missing_tokenizer(tmp_path, kind, missing, what):
    write_stub_model(tmp_path, kind)
    for name in missing:
        (tmp_path / name).unlink()
    assert f"the tokenizer is not whole: {what}. Copy the tokenizer's files" in told(tmp_path)


INDICES = {
    "pickled": ({"a": "pytorch_model-00001.bin"}, "which is no safetensors file; pickled weights can run code"),
    "above": ({"a": "../other/model.safetensors"}, "which is no file of this folder"),
    "root": ({"a": "/etc/model.safetensors"}, "which is no file of this folder"),
    "inner": ({"a": "inner/model.safetensors"}, "which is no file of this folder"),
    "windows": ({"a": "..\\model.safetensors"}, "which is no file of this folder"),
    "number": ({"a": 3}, "which is no file of this folder"),
    "missing": ({"a": "model-00002-of-00002.safetensors"}, "which is not there; is the download whole?"),
    "list": (["model.safetensors"], "it is damaged"),
    "nested": ({"a": ["model.safetensors"]}, "it is damaged"),
}


@pytest.mark.parametrize("case", INDICES)
def test_an_index_that_may_not_be_followed(tmp_path, case):
    weights, what = INDICES[case]
    write_stub_model(tmp_path, "llama")
    (tmp_path / "pytorch_model-00001.bin").write_bytes(b"")
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    message = told(tmp_path)
    assert "model.safetensors.index.json: " in message and what in message
    with pytest.raises(UsageError, match=r"model\.safetensors\.index\.json"):
        locate_model(str(tmp_path))


def test_an_index_of_files_that_are_there_is_followed(tiny_student, tmp_path):
    student = tiny_student("marian")
    student.model.save_pretrained(tmp_path, max_shard_size="20KB")
    student.tokenizer.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors.index.json").is_file()
    assert locate_student(str(tmp_path)) == tmp_path
    load_student(str(tmp_path), direction=student.direction)


def test_a_part_of_an_embedding_model_that_is_pickled(tmp_path):
    write_stub_model(tmp_path, "bert")
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "2_Dense" / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UsageError, match=r"it has no safetensors, only pytorch_model\.bin, which can run code"):
        locate_model(str(tmp_path))


def test_what_is_no_adapter_says_what_it_is(tmp_path):
    write_stub_model(tmp_path, "llama")
    with pytest.raises(StudentError, match=r"It is a whole model: give it as student\.model"):
        find_adapter(str(tmp_path))
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.bin").write_bytes(b"")
    with pytest.raises(StudentError, match=r"adapter_model\.bin can run code when it is loaded and is not read"):
        find_adapter(str(tmp_path))


@pytest.mark.parametrize(
    "config", ["{", "[]", "{}", '{"peft_type": "LORA"}', '{"peft_type": "NONSENSE"}', "[" * 100_000]
)
def test_a_damaged_adapter_is_one_paragraph(causal_folder, tmp_path, config):
    from safetensors.numpy import save_file

    save_file({}, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text(config)
    with pytest.raises(StudentError) as raised:
        merge_adapter(causal_folder, find_adapter(str(tmp_path)))
    assert "\n" not in str(raised.value) and str(tmp_path) in str(raised.value)


def test_check_says_the_same(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    (problem,) = student_problems(StudentSettings(model=str(tmp_path)))
    assert problem.startswith("student.model: ") and "this is an adapter (LoRA)" in problem


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"model": {"type": "BPE"}}'])
def test_a_damaged_tokenizer_is_one_paragraph(causal_folder, tmp_path, content):
    folder = tmp_path / "copy"
    shutil.copytree(causal_folder, folder)
    (folder / "tokenizer.json").write_bytes(content)
    for load in (load_tokenizer, lambda path: load_student(str(path), direction=EN_PT)):
        with pytest.raises(StudentError) as raised:
            load(folder)
        assert "\n" not in str(raised.value) and str(folder) in str(raised.value)


@pytest.fixture(scope="module")
def causal_folder(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal")).origin
