import json
import shutil

import pytest
import torch

from stub_models import write_stub_model
from tiny_students import sentences
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.settings import LoraSettings
from tutelage.storage import digests
from tutelage.students.adapters import add_adapter
from tutelage.students.kinds.marian import encode_marian
from tutelage.students.loading import load_student, locate_student
from tutelage.students.student_folder import save_student, student_signature

EN_PT = Direction("en", "pt-BR")


def logits_of(student):
    source = torch.tensor(student.encode_sources(["the file opens"], max_tokens=30))
    start = torch.tensor([[student.model.config.decoder_start_token_id]])
    with torch.no_grad():
        return student.model(input_ids=source, decoder_input_ids=start).logits


@pytest.mark.parametrize("family", ["marian", "nllb", "mbart50", "t5"])
def test_a_saved_student_is_the_same_again(tiny_student, tmp_path, family):
    student = tiny_student(family)
    save_student(student, tmp_path)
    again = load_student(str(tmp_path), direction=student.direction)
    assert torch.equal(logits_of(again), logits_of(student))
    assert student_signature(tmp_path) == student_signature(tmp_path)
    assert not list(tmp_path.glob("*.bin"))


def test_the_story_of_the_training_is_no_part_of_the_signature(tiny_student, tmp_path):
    """Its seconds made another student, and all that came of it anew, of the same weights."""
    save_student(tiny_student("marian"), tmp_path)
    before = student_signature(tmp_path)
    (tmp_path / "training.json").write_text('{"seconds": 12.5}')
    assert student_signature(tmp_path) == before
    (tmp_path / "generation_config.json").write_text("{}")
    assert student_signature(tmp_path) != before


def test_weights_are_read_once_for_all_signatures_and_again_when_they_change(tiny_student, tmp_path, monkeypatch):
    """Every stage asks for the signature, and weights of some gigabytes take seconds each time."""
    student, read = tiny_student("marian"), []
    save_student(student, tmp_path)
    digest = digests.read_digest
    monkeypatch.setattr(digests, "read_digest", lambda stream, name: read.append(stream.name) or digest(stream, name))
    monkeypatch.setattr(digests, "SETTLED_SECONDS", -1.0)  # what was written just now counts
    before = student_signature(tmp_path)
    assert student_signature(tmp_path) == before
    assert read.count(str(tmp_path / "model.safetensors")) == 1
    save_student(student, tmp_path, half=True)
    assert student_signature(tmp_path) != before


def test_half_halves_the_file(tiny_student, tmp_path):
    student = tiny_student("marian")
    save_student(student, tmp_path / "whole")
    save_student(student, tmp_path / "half", half=True)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.7 * sizes[1]
    again = load_student(str(tmp_path / "half"), direction=EN_PT)
    assert again.model.dtype == student.model.dtype == torch.float32
    torch.testing.assert_close(logits_of(again), logits_of(student), atol=0.05, rtol=0.05)


@pytest.mark.parametrize(("family", "targets"), [("marian", ("q_proj", "fc1")), ("t5", ("q", "wo"))])
def test_an_adapter_is_merged_when_saved(tiny_student, tmp_path, family, targets):
    kept = tiny_student(family)
    student = add_adapter(load_student(str(kept.origin), direction=EN_PT), LoraSettings(rank=2, targets=targets))
    trainable = [name for name, weight in student.model.named_parameters() if weight.requires_grad]
    assert trainable
    assert all("lora_" in name for name in trainable)
    with torch.no_grad():
        for name, weight in student.model.named_parameters():
            if "lora_B" in name:
                weight.normal_()
    adapted = logits_of(student)
    save_student(student, tmp_path)
    again = load_student(str(tmp_path), direction=EN_PT)
    torch.testing.assert_close(logits_of(again), adapted, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(adapted, logits_of(kept), atol=1e-3)
    assert not (tmp_path / "adapter_config.json").exists()


def test_a_wrong_layer_lists_the_right_ones(tiny_student):
    kept = tiny_student("t5")
    student = load_student(str(kept.origin), direction=EN_PT)
    with pytest.raises(StudentError) as caught:
        add_adapter(student, LoraSettings(targets=("q_proj", "fc1")))
    assert "no layer of this student is called q_proj or fc1" in str(caught.value)
    assert "Its layers: k, o, q, v, wi, wo." in str(caught.value)


def test_missing_folders(tmp_path):
    with pytest.raises(StudentError, match=r"there is no model folder './nowhere'"):
        locate_student("./nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudentError, match=r"this folder is empty"):
        locate_student(str(tmp_path / "empty"))
    with pytest.raises(StudentError, match="no embedded student is called 'en-xx'"):
        locate_student("embedded:en-xx")


def test_a_model_that_is_none(tmp_path):
    write_stub_model(tmp_path, "bert")
    with pytest.raises(StudentError, match="'bert' cannot be a student here"):
        load_student(str(tmp_path), direction=EN_PT)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(StudentError, match="not JSON"):
        load_student(str(tmp_path), direction=EN_PT)


@pytest.mark.parametrize("broken", ["model.safetensors", "vocab.json", "source.spm"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_broken_folder_is_one_paragraph(tiny_student, tmp_path, broken, content):
    folder = tmp_path / "student"
    shutil.copytree(tiny_student("marian").origin, folder)
    (folder / broken).unlink()
    if content is not None:
        (folder / broken).write_bytes(content)
    told = f"no weights|there is no {broken}" if content is None else "cannot be loaded"
    with pytest.raises(StudentError, match=told) as caught:
        load_student(str(folder), direction=EN_PT)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_pickled_weights_are_not_read(tiny_student, tmp_path):
    folder = tmp_path / "student"
    shutil.copytree(tiny_student("marian").origin, folder)
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(StudentError, match=r"no safetensors in this folder, only pytorch_model\.bin") as caught:
        load_student(str(folder), direction=EN_PT)
    assert "save_pretrained" in str(caught.value) and "docs/guide.md" in str(caught.value)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


def test_pickled_weights_beside_safetensors_do_no_harm(tiny_student, tmp_path):
    folder = tmp_path / "student"
    shutil.copytree(tiny_student("marian").origin, folder)
    (folder / "pytorch_model.bin").write_bytes(b"not read")
    assert torch.equal(logits_of(load_student(str(folder), direction=EN_PT)), logits_of(tiny_student("marian")))


def test_a_hub_model_without_safetensors_says_how_to_convert_it(monkeypatch, tmp_path):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(tmp_path))
    write_stub_model(tmp_path, "marian")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(StudentError, match=r"^someone/some-model: this model has no safetensors.*save_pretrained"):
        locate_student("someone/some-model")
    (tmp_path / "model-00001-of-00002.safetensors").write_bytes(b"")
    assert locate_student("someone/some-model") == tmp_path


def test_the_hub_out_of_reach_is_one_paragraph(monkeypatch):
    import huggingface_hub

    def fail(*_, **__):
        raise ConnectionError("no network\nat all")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(StudentError, match=r"the hub did not give it.*Check the name and the network") as caught:
        locate_student("someone/some-model")
    assert "\n" not in str(caught.value)


def test_loading_and_saving_print_nothing(tiny_student, tmp_path, capfd):
    student = load_student(str(tiny_student("marian").origin), direction=EN_PT)
    save_student(student, tmp_path)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_the_signature_follows_the_weights(tiny_student, tmp_path):
    shutil.copytree(tiny_student("marian").origin, tmp_path / "copy")
    before = student_signature(tmp_path / "copy")
    assert before == student_signature(tiny_student("marian").origin)
    (tmp_path / "copy" / "README.md").write_text("a card")
    assert student_signature(tmp_path / "copy") == before
    config = json.loads((tmp_path / "copy" / "config.json").read_text())
    (tmp_path / "copy" / "config.json").write_text(json.dumps(config | {"dropout": 0.5}))
    assert student_signature(tmp_path / "copy") != before


AWKWARD = [
    "",
    " ",
    "  the  file ",
    "a</s>b",
    "<pad>",
    ">>pt<< the file",
    ">> not a code",
    "ñandú 漢字 🙂",
    "the\nfile\tx",
    "<unk>",
]


@pytest.mark.parametrize("as_target", [False, True])
def test_marians_ids_are_those_of_its_tokenizer(tiny_student, as_target):
    tokenizer = tiny_student("marian").tokenizer
    texts = [*AWKWARD, *sentences(30, seed=2)]
    given = {"text_target": texts} if as_target else {"text": texts}
    for limit in (64, 5):
        expected = tokenizer(**given, truncation=True, max_length=limit).input_ids
        assert encode_marian(tokenizer, texts, max_tokens=limit, as_target=as_target) == expected
