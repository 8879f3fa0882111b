"""Students whose direction is from a language to itself."""

import pytest
import torch

from tiny_students import make_tiny_causal, sentences
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import LoraSettings, TrainSettings
from tutelage.stages.tuning import tune_student
from tutelage.students.adapters import add_adapter, linear_layers
from tutelage.students.diversity import diversity_prefix
from tutelage.students.engines.transformers_engine import TransformersEngine
from tutelage.students.instructions import read_instruction
from tutelage.students.loading import load_student
from tutelage.students.student_folder import save_student

EN = Direction("en", "en")
SEQ2SEQ = ("marian", "m2m", "nllb", "mbart", "mbart50", "bart", "t5_untied", "mt5")


def paraphraser(tiny_student, family):
    return load_student(str(tiny_student(family).origin), direction=EN)


def examples(count=24):
    return [
        Example(str(index), "paraphrase", "en", "en", diversity_prefix({"lexical": "low"}) + text, text)
        for index, text in enumerate(sentences(count, seed=4))
    ]


@pytest.mark.parametrize("family", SEQ2SEQ)
def test_every_family_reads_and_writes_one_language(tiny_student, family):
    student = paraphraser(tiny_student, family)
    encoded = student.encode_examples(examples(3), max_source_tokens=60, max_target_tokens=60)
    assert all(one.true.source and one.true.target for one in encoded)
    outputs = list(TransformersEngine(student).translate(["the file opens"], decoding=Decoding(max_target_tokens=8)))
    assert len(outputs) == 1


@pytest.mark.parametrize(("family", "token"), [("nllb", "eng_Latn"), ("m2m", "__en__"), ("mbart50", "en_XX")])
def test_language_tokens_are_the_same_on_both_sides(tiny_student, family, token):
    student = paraphraser(tiny_student, family)
    for ids in (
        student.encode_sources(["the file"], max_tokens=50)[0],
        student.encode_targets(["the file"], max_tokens=50)[0],
    ):
        assert token in student.tokenizer.convert_ids_to_tokens(ids)
    assert student.tokenizer.convert_ids_to_tokens(student.target_start()) == token


def test_t5_is_asked_to_paraphrase(tiny_student):
    student = paraphraser(tiny_student, "t5_untied")
    plain = student.tokenizer("paraphrase: the file").input_ids
    assert student.encode_sources(["the file"], max_tokens=50) == [plain]


def test_a_chat_model_is_asked_to_paraphrase(tmp_path):
    origin = make_tiny_causal(tmp_path / "chat").origin
    student = load_student(str(origin), direction=EN)
    ((role, asked),) = student.conversation("The file {x} opens.")
    assert role == "user"
    assert asked.startswith("Write the following text in other words, in English.")
    assert asked.endswith("\n\nThe file {x} opens.")
    assert "Translate" in read_instruction(origin, direction=Direction("en", "pt"))
    save_student(student, tmp_path / "saved")
    assert read_instruction(tmp_path / "saved") == student.instruction


@pytest.mark.parametrize("family", ["t5", "t5_untied", "mt5", "bart", "marian"])
def test_the_default_adapter_lands_on_every_linear_layer(tiny_student, family):
    student = add_adapter(paraphraser(tiny_student, family), LoraSettings(rank=2))
    adapted = {name.split(".lora_A")[0].rpartition(".")[2] for name, _ in student.model.named_parameters()
               if "lora_A" in name}  # fmt: skip
    base = paraphraser(tiny_student, family)
    assert adapted == linear_layers(base.model)
    wanted = {"t5": {"q", "k", "v", "o", "wi", "wo"}, "t5_untied": {"q", "k", "v", "o", "wi_0", "wi_1", "wo"}}
    assert adapted == wanted.get(family, adapted)


@pytest.mark.parametrize("family", ["t5_untied", "bart"])
def test_an_adapter_is_trained_and_nothing_else(tiny_student, tmp_path, family):
    student = paraphraser(tiny_student, family)
    settings = TrainSettings(
        learning_rate=1e-2, batch_tokens=200, precision="float32", max_updates=1, warmup_share=0.0, schedule="constant",
        lora=LoraSettings(rank=2),
    )  # fmt: skip
    before = student.encode_sources(["the file"], max_tokens=40)
    tuned, summary = tune_student(
        student, examples(), dev=(), settings=settings, seed=1, checkpoints=tmp_path, progress=Silence()
    )
    assert summary.updates == 1
    moved = {
        name: float(weight.detach().abs().sum()) for name, weight in tuned.model.named_parameters() if "lora_B" in name
    }
    assert moved and all(moved.values()), "B begins at zero"
    kept = paraphraser(tiny_student, family).model.state_dict()
    frozen = {name.removeprefix("base_model.model.").replace(".base_layer", ""): weight
              for name, weight in tuned.model.state_dict().items() if "lora_" not in name}  # fmt: skip
    assert set(frozen) == set(kept)
    assert all(torch.equal(frozen[name], kept[name]) for name in kept)
    assert tuned.encode_sources(["the file"], max_tokens=40) == before
