import copy
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from tiny_students import make_tiny_causal
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.settings import LoraSettings
from tutelage.students.adapters import add_adapter
from tutelage.students.blended import blend_folders
from tutelage.students.known_words import collect_known_words, read_known_words, write_known_words
from tutelage.students.loading import load_student
from tutelage.students.student_folder import save_student
from tutelage.training.blending import Weights, blend

EN_PT = Direction("en", "pt-BR")


@pytest.fixture
def two_states(tiny_student, tmp_path):
    """A function that writes a student, what a training could have made of it, and what `train.blend = 0.3` makes."""

    def make(family, *, lora=False, half=False):
        kept = make_tiny_causal(tmp_path / "tiny") if family == "causal" else tiny_student(family)
        student = load_student(str(kept.origin), direction=kept.direction)
        save_student(student, tmp_path / "before", half=half)
        if lora:
            student = add_adapter(student, LoraSettings(rank=2))
        before = Weights.of(student.model)
        torch.manual_seed(1)
        with torch.no_grad():
            for name, weight in student.model.named_parameters():
                if weight.requires_grad and "lora_A" not in name:
                    weight.add_(0.1 * torch.randn_like(weight))
        # merging an adapter changes the model, so that each needs its own
        save_student(replace(student, model=copy.deepcopy(student.model)), tmp_path / "after", half=half)
        blend(student.model, before, share=0.3)
        save_student(student, tmp_path / "in-training", half=half)
        return tmp_path / "before", tmp_path / "after"

    return make


def blended(before, after, folder, **settings):
    folder.mkdir()
    blend_folders(before, after, folder, **settings)
    return load_file(folder / "model.safetensors")


@pytest.mark.parametrize("family", ["marian", "nllb", "t5", "causal"])
def test_a_blend_afterwards_is_that_of_training(two_states, tmp_path, family):
    before, after = two_states(family)
    made = blended(before, after, tmp_path / "made", share=0.3)
    wanted = load_file(tmp_path / "in-training" / "model.safetensors")
    assert made.keys() == wanted.keys()
    for name, weight in wanted.items():
        torch.testing.assert_close(made[name], weight)
    load_student(str(tmp_path / "made"), direction=EN_PT)


@pytest.mark.parametrize("family", ["marian", "causal"])
def test_an_adapter_that_was_merged_goes_back_as_it_does_in_training(two_states, tmp_path, family):
    before, after = two_states(family, lora=True)
    made = blended(before, after, tmp_path / "made", share=0.3)
    moved = 0
    for name, weight in load_file(tmp_path / "in-training" / "model.safetensors").items():
        torch.testing.assert_close(made[name], weight, atol=1e-5, rtol=1e-4)
        moved += not torch.equal(weight, load_file(before / "model.safetensors")[name])
    assert moved


def test_the_ends_of_the_way_are_the_two_students(two_states, tmp_path):
    before, after = two_states("marian")
    for share, end in ((0.0, before), (1.0, after)):
        made = blended(before, after, tmp_path / f"made-{share:g}", share=share)
        for name, weight in load_file(end / "model.safetensors").items():
            assert torch.equal(made[name], weight), name


def test_weights_stay_in_the_type_that_they_are_stored_in(two_states, tmp_path):
    before, after = two_states("marian", half=True)
    made = blended(before, after, tmp_path / "made", share=0.5)
    kinds = {name: weight.dtype for name, weight in load_file(after / "model.safetensors").items()}
    assert {name: weight.dtype for name, weight in made.items()} == kinds
    assert torch.float16 in kinds.values()


def test_weights_in_several_files_stay_in_several(two_states, tmp_path):
    before, after = two_states("causal")
    whole = blended(before, after, tmp_path / "whole", share=0.5)
    student = load_student(str(after), direction=EN_PT)
    student.model.save_pretrained(tmp_path / "shards", max_shard_size="100KB")
    (after / "model.safetensors").unlink()
    for path in (tmp_path / "shards").glob("model*"):
        shutil.copyfile(path, after / path.name)
    (tmp_path / "made").mkdir()
    blend_folders(before, after, tmp_path / "made", share=0.5)
    files = sorted(path.name for path in (tmp_path / "made").glob("model*"))
    assert len(files) > 2 and files == sorted(path.name for path in after.glob("model*"))
    again = load_student(str(tmp_path / "made"), direction=EN_PT).model.state_dict()
    for name, weight in whole.items():
        torch.testing.assert_close(again[name], weight)


def test_what_else_a_student_is_comes_from_the_trained_one(two_states, tmp_path):
    before, after = two_states("marian")
    (after / "training.json").write_text("{}")
    write_known_words(collect_known_words(["the file opens"]), after)
    blended(before, after, tmp_path / "made", share=0.5)
    assert read_known_words(tmp_path / "made") == read_known_words(after) is not None
    assert not (tmp_path / "made" / "training.json").exists()  # the story of another student
    assert (tmp_path / "made" / "config.json").read_text() == (after / "config.json").read_text()


def test_two_that_are_no_states_of_one_model_are_told(two_states, tiny_student, tmp_path):
    before, after = two_states("marian")
    save_student(tiny_student("t5"), tmp_path / "t5")
    with pytest.raises(StudentError, match="a marian is not what a t5 becomes"):
        blended(tmp_path / "t5", after, tmp_path / "one", share=0.5)
    weights = load_file(before / "model.safetensors")
    weights["model.shared.weight"] = weights["model.shared.weight"][:-1].clone()
    save_file(weights, before / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(StudentError, match=r"model\.shared\.weight is 300 × 16 here and 299 × 16 in the old weights"):
        blended(before, after, tmp_path / "two", share=0.5)
    del weights["model.shared.weight"]
    save_file(weights, before / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(StudentError, match=r"the old weights have no model\.shared\.weight"):
        blended(before, after, tmp_path / "three", share=0.5)
    (before / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(StudentError, match="cannot be read"):
        blended(before, after, tmp_path / "four", share=0.5)
