"""A tiny chat student as a GGUF file in float32, as llama.cpp's converter lays it out."""

import json

import gguf
import numpy as np

from tiny_students import CHAT_TEMPLATE

NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip


def write_tiny_gguf(student, path):
    """The student's weights, tokenizer and template."""
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
