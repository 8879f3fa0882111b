import json

import gguf
import numpy as np
import pytest
import torch

from tiny_students import CHAT_TEMPLATE, EN_PT, make_tiny_causal, sentences
from tutelage.core.errors import StudentError
from tutelage.students.loading import load_student, locate_student
from tutelage.students.student_folder import student_signature

NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def file(student, tmp_path_factory):
    """The tiny student as a GGUF file in float32, as llama.cpp's converter lays it out."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    config, writer = student.model.config, gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(config.vocab_size)
    _add_tokenizer(writer, student)
    for name, weight in student.model.state_dict().items():
        if name != "lm_head.weight":  # tied
            writer.add_tensor(*_tensor(name, weight.numpy(), config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer, student):
    vocabulary = json.loads((student.origin / "tokenizer.json").read_text())["model"]
    tokens = sorted(student.tokenizer.get_vocab().items(), key=lambda item: item[1])
    control = set(student.tokenizer.all_special_tokens)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([token for token, _ in tokens])
    kinds = (gguf.TokenType.CONTROL if token in control else gguf.TokenType.NORMAL for token, _ in tokens)
    writer.add_token_types(list(kinds))
    writer.add_token_merges([" ".join(pair) for pair in vocabulary["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensor(name, weight, config):
    parts = name.removesuffix(".weight").split(".")
    if parts[1] != "layers":
        return {"embed_tokens": "token_embd", "norm": "output_norm"}[parts[1]] + ".weight", weight
    kind = NAMES[".".join(parts[3:])]
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}.get(kind)
    if heads:  # llama.cpp rotates neighbours, transformers halves
        weight = weight.reshape(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)
    return f"blk.{parts[2]}.{kind}.weight", np.ascontiguousarray(weight)


def test_a_gguf_file_gives_the_same_student(student, file, capfd):
    found = load_student(str(file), direction=EN_PT)
    assert capfd.readouterr() == ("", "")
    texts = sentences(5, seed=4)
    assert found.encode_sources(texts, max_tokens=99) == student.encode_sources(texts, max_tokens=99)
    assert found.encode_targets(texts, max_tokens=99) == student.encode_targets(texts, max_tokens=99)
    ids = torch.tensor(student.encode_sources(texts[:1], max_tokens=99))
    with torch.no_grad():
        torch.testing.assert_close(found.model(ids).logits, student.model(ids).logits, atol=1e-4, rtol=1e-4)


def test_it_is_dequantised_once_for_its_content(file, tmp_path):
    folder = locate_student(str(file))
    made = (folder / "model.safetensors").stat().st_mtime_ns
    copy = tmp_path / "other.gguf"
    copy.write_bytes(file.read_bytes())
    assert locate_student(str(copy)) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == made
    assert student_signature(folder) == student_signature(locate_student(str(copy)))
    assert not list(folder.parent.glob("*.new"))


def test_a_torn_file_is_refused_and_leaves_nothing(file, tmp_path):
    torn = tmp_path / "torn.gguf"
    torn.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(StudentError, match=r"the GGUF file cannot be read as a student"):
        locate_student(str(torn))
    assert not list(locate_student(str(file)).parent.glob("*.new"))
