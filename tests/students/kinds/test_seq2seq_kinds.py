import pytest
import torch

from tiny_students import FAMILIES, sentences
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.settings import LoraSettings
from tutelage.students.adapters import add_adapter
from tutelage.students.kinds.language_tokens import M2mStudent
from tutelage.students.kinds.marian import MarianStudent
from tutelage.students.kinds.registry import load_student_kind
from tutelage.students.kinds.t5 import T5Student
from tutelage.students.loading import load_student


def batch_of(student):
    sources = student.encode_sources(sentences(3, seed=4), max_tokens=20)
    targets = student.encode_targets(sentences(3, seed=5), max_tokens=20)
    pad = student.tokenizer.pad_token_id
    rows = [
        torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in side], True, pad) for side in (sources, targets)
    ]
    labels = rows[1]
    return {
        "input_ids": rows[0],
        "attention_mask": rows[0].ne(pad).long(),
        "decoder_input_ids": student.decoder_inputs(labels, student.model.config),
    }, labels


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_states_and_projection_give_the_models_logits(tiny_student, family, adapted):
    kept = tiny_student(family)
    student = load_student(str(kept.origin), direction=kept.direction)
    if adapted:
        targets = ("q", "wo") if family in {"t5", "t5_untied", "mt5"} else ("q_proj", "fc1")
        student = add_adapter(student, LoraSettings(rank=2, targets=targets))
        with torch.no_grad():
            for name, weight in student.model.named_parameters():
                if "lora_B" in name:
                    weight.normal_()
    batch, _ = batch_of(student)
    with torch.no_grad():
        output = student.decoder_states(student.model, batch)
        logits = output.states @ output.projection.T
        expected = student.model(**batch).logits
    torch.testing.assert_close(logits if output.bias is None else logits + output.bias, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_decoder_inputs_are_those_of_the_model(tiny_student, family):
    student = tiny_student(family)
    batch, labels = batch_of(student)
    model = student.model
    if hasattr(model, "prepare_decoder_input_ids_from_labels"):
        assert torch.equal(batch["decoder_input_ids"], model.prepare_decoder_input_ids_from_labels(labels))
    if family != "mbart":
        assert (batch["decoder_input_ids"][:, 0] == model.config.decoder_start_token_id).all()


@pytest.mark.parametrize(
    ("family", "source", "target"),
    [
        ("nllb", ["eng_Latn", "</s>"], ["por_Latn", "</s>"]),
        ("m2m", ["__en__", "</s>"], ["__pt__", "</s>"]),
        ("mbart50", ["en_XX", "</s>"], ["pt_XX", "</s>"]),
        ("mbart", ["</s>", "en_XX"], ["</s>", "de_DE"]),
        ("marian", ["</s>"], ["</s>"]),
        ("t5", ["</s>"], ["</s>"]),
    ],
)
def test_language_tokens(tiny_student, family, source, target):
    student = tiny_student(family)
    special = {*source, *target}

    def kept(rows):
        return [token for token in student.tokenizer.convert_ids_to_tokens(rows[0]) if token in special]

    assert kept(student.encode_sources(["the file"], max_tokens=50)) == source
    assert kept(student.encode_targets(["the file"], max_tokens=50)) == target
    assert kept(student.encode_sources(["the file"], max_tokens=50)) == source
    start = student.target_start()
    languages = [token for token in target if token != "</s>"]
    assert ([] if start is None else student.tokenizer.convert_ids_to_tokens([start])) == languages
    assert student.decode_targets(student.encode_targets(["the file"], max_tokens=50)) == ["the file"]


def test_an_unknown_language_lists_the_known_ones(tiny_student):
    tokenizer = tiny_student("nllb").tokenizer
    with pytest.raises(StudentError, match=r"does not know the language 'ja'.*deu_Latn"):
        M2mStudent.set_languages(tokenizer, Direction("en", "ja"))


class Coded:
    """A tokenizer that has these codes."""

    src_lang = tgt_lang = None

    def __init__(self, *codes):
        self.extra_special_tokens = list(codes)

    def convert_tokens_to_ids(self, token):
        return self.extra_special_tokens.index(token)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("zh-TW", "zho_Hant"), ("zh", "zho_Hans"), ("zh-CN", "zho_Hans"), ("pt-BR", "por_Latn"), ("sr", "srp_Cyrl")],
)
def test_scripts_are_told_apart(lang, expected):
    codes = ("eng_Latn", "srp_Latn", "zho_Hant", "zho_Hans", "por_Latn", "srp_Cyrl")
    assert codes[M2mStudent.set_languages(Coded(*codes), Direction("en", lang))] == expected


class ManyTargets:
    supported_language_codes = (">>por<<", ">>pt_BR<<", ">>fra<<")


def test_marian_prefixes():
    assert MarianStudent.source_prefix(ManyTargets, Direction("en", "pt-BR")) == ">>pt_BR<< "
    assert MarianStudent.source_prefix(ManyTargets, Direction("en", "pt")) == ">>por<< "
    assert MarianStudent.source_prefix(object(), Direction("en", "pt")) == ""
    with pytest.raises(StudentError, match="no target-language token for 'de'"):
        MarianStudent.source_prefix(ManyTargets, Direction("en", "de"))


def test_t5_is_told_the_task_in_words():
    assert T5Student.source_prefix(None, Direction("en", "de")) == "translate English to German: "


def test_only_models_that_translate_are_students():
    assert load_student_kind("m2m_100") is M2mStudent
    with pytest.raises(StudentError, match=r"'bert' cannot be a student.*marian"):
        load_student_kind("bert")
