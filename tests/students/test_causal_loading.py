import json
import sys

import peft
import pytest
import torch

from tiny_students import EN_PT, make_tiny_causal
from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.core.recipe import StudentSettings
from tutelage.stages.checks.student_checks import is_hub_name, student_problems
from tutelage.students import gguf
from tutelage.students.adapter_folders import adapter_mismatch, merge_adapter
from tutelage.students.causal_student import CausalStudent
from tutelage.students.kinds.registry import load_student_kind
from tutelage.students.loading import load_student, locate_student
from tutelage.students.script_coverage import ScriptCoverage, check_coverage, measure_coverage
from tutelage.students.student import Student


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def adapter(student, tmp_path_factory):
    """An adapter that changes something, as peft writes it."""
    folder = tmp_path_factory.mktemp("adapter")
    fresh = load_student(str(student.origin), direction=EN_PT)
    config = peft.LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["q_proj", "up_proj"], init_lora_weights=False)
    model = peft.get_peft_model(fresh.model, config)
    model.save_pretrained(folder)
    return folder, model.eval()


def test_an_adapter_is_merged_once(student, adapter):
    folder, adapted = adapter
    merged = locate_student(str(student.origin), adapter=str(folder))
    made = (merged / "model.safetensors").stat().st_mtime_ns
    assert locate_student(str(student.origin), adapter=str(folder)) == merged
    assert (merged / "model.safetensors").stat().st_mtime_ns == made
    ids = torch.arange(9)[None]
    with torch.no_grad():
        found = load_student(str(merged), direction=EN_PT).model(ids).logits
        torch.testing.assert_close(found, adapted(ids).logits, atol=1e-4, rtol=1e-4)
        assert not torch.allclose(found, student.model(ids).logits, atol=1e-2)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ({"hidden_size": 64}, r"its layer model\.layers\.0\.\S+ has 32 inputs, the model's has 64"),
        ({"num_hidden_layers": 1}, r"it changes the layer model\.layers\.1\.\S+, which this model does not have"),
    ],
)
def test_an_adapter_of_another_base_model_is_refused(adapter, tmp_path, shape, why):
    other = make_tiny_causal(tmp_path, **shape)
    with pytest.raises(StudentError, match=rf"belongs to another base model.*{why}"):
        merge_adapter(other.origin, adapter[0])


def test_mismatches_by_hand():
    layers = {"model.q_proj": (4, 6)}
    name = "base_model.model.model.q_proj.lora_{}.weight"
    assert adapter_mismatch({name.format("A"): (2, 4), name.format("B"): (6, 2)}, layers) == ""
    assert "has 5 inputs" in adapter_mismatch({name.format("A"): (2, 5)}, layers)
    assert "has 7 outputs" in adapter_mismatch({name.format("B"): (7, 2)}, layers)
    assert "does not have" in adapter_mismatch({"base_model.model.x.lora_A.weight": (2, 4)}, layers)


def test_what_is_no_adapter_is_a_problem_of_the_recipe(student, tmp_path):
    settings = StudentSettings(model=str(student.origin), adapter=str(tmp_path))
    (problem,) = student_problems(settings)
    assert problem.startswith("student.adapter:")
    assert "no adapter_config.json and no adapter_model.safetensors" in problem
    assert student_problems(StudentSettings(model=str(student.origin))) == []


def test_a_missing_template_is_a_problem_of_the_recipe(student, tmp_path):
    for name in ("config.json", "model.safetensors", "tokenizer_config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((student.origin / name).read_bytes())
    (problem,) = student_problems(StudentSettings(model=str(tmp_path)))
    assert "has no chat template" in problem
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config | {"chat_template": "{{ messages }}"}))
    assert student_problems(StudentSettings(model=str(tmp_path))) == []


def test_gguf_files_are_known_by_name(tmp_path):
    assert gguf.is_gguf("embedded:smollm2") and gguf.is_gguf("models/a.Q4_K_M.GGUF")
    assert not gguf.is_gguf("embedded:en-pt") and not gguf.is_gguf("org/model")
    assert not is_hub_name("models/a.gguf")
    (problem,) = student_problems(StudentSettings(model="models/a.gguf"))
    assert "there is no such GGUF file" in problem
    (tmp_path / "a.gguf").write_bytes(b"PK\x03\x04")
    (problem,) = student_problems(StudentSettings(model=str(tmp_path / "a.gguf")))
    assert "this is not a GGUF file" in problem
    assert student_problems(StudentSettings(model="embedded:smollm2")) == []
    assert gguf.find_gguf("embedded:smollm2").is_file()


def test_without_the_reader_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gguf", None)
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(gguf, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"'gguf'.*tutelage\[train\]"):
        gguf.dequantise(tmp_path / "a.gguf")


def test_unknown_kinds_of_models_are_refused():
    assert load_student_kind("llama") is load_student_kind("qwen3") is CausalStudent
    assert load_student_kind("bart") is Student
    with pytest.raises(StudentError, match="a model of type 'bert' cannot be a student"):
        load_student_kind("bert")


class Characters:
    """Knows ASCII; spells other Latin in bytes, and nothing else."""

    unk_token_id = 0

    def __call__(self, texts, add_special_tokens):
        class Encoded:
            input_ids = [[token for letter in text for token in self.ids(letter)] for text in texts]

        return Encoded

    def ids(self, letter):
        if letter.isascii():
            return [ord(letter)]
        return [1000 + byte for byte in letter.encode()] if ord(letter) < 0x250 else [0]

    def convert_ids_to_tokens(self, token):
        return f"<0x{token - 1000:02X}>" if token >= 1000 else chr(token)

    def decode(self, ids):
        return "".join(chr(one) for one in ids if one < 1000)


def test_coverage_by_hand():
    assert measure_coverage(Characters(), ["abc", "ã"]) == ScriptCoverage(0.0, 2 / 5, 5 / 4)
    assert measure_coverage(Characters(), ["ab", "文件"]) == ScriptCoverage(0.5, 0.0, 1.0)
    assert measure_coverage(Characters(), []) == ScriptCoverage(0.0, 0.0, 0.0)


def test_what_a_vocabulary_lacks_is_told_with_its_share():
    assert check_coverage(ScriptCoverage(0.0, 0.1, 0.3), language="Portuguese") == ""
    assert "40% of the target's tokens spell only part" in check_coverage(ScriptCoverage(0, 0.4, 1.2), language="Thai")
    with pytest.raises(StudentError, match=r"50% of the target's tokens are unknown.*cannot write Chinese"):
        check_coverage(ScriptCoverage(0.5, 0.0, 1.0), language="Chinese")
