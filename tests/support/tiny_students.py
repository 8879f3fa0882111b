"""Tiny students with random weights, one of each family, made on the spot without a network."""

import random
from pathlib import Path

from tutelage.core.languages import Direction
from tutelage.core.settings import FreshSettings
from tutelage.students.fresh import make_student
from tutelage.students.loading import load_student
from tutelage.students.student_folder import quiet_transformers

EN_PT = Direction("en", "pt-BR")
EN_DE = Direction("en", "de")
"""mBART-25 knows no Portuguese."""
WORDS = ["the", "a", "file", "window", "opens", "closes", "error", "when", "user", "saves"]
WORDS += ["new", "old", "not", "big", "small", "line", "text", "menu", "key", "of"]
FAMILIES = ("marian", "m2m", "nllb", "mbart", "mbart50", "bart", "t5", "t5_untied", "mt5")
SPREAD = 0.3
"""Standard deviation of random embeddings: wide enough that greedy decoding wanders instead of repeating."""


def sentences(count, *, seed=0):
    """Pseudo-English sentences of 1 to 12 words."""
    generator = random.Random(seed)
    return [" ".join(generator.choices(WORDS, k=generator.randint(1, 12))) for _ in range(count)]


def make_tiny(family, folder: Path, *, seed=3):
    """A tiny student of a family, saved into `folder` and loaded from there."""
    import torch

    direction = EN_DE if family == "mbart" else EN_PT

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    if family == "marian":
        student = make_student(folder, shape=TINY_MARIAN, texts=sentences(400), direction=EN_PT, seed=seed)
        model, tokenizer = student.model, student.tokenizer
    else:
        model, tokenizer = MAKERS[family](folder)
    _spread(model)
    with quiet_transformers():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return load_student(str(folder), direction=direction)


TINY_MARIAN = FreshSettings(
    width=16,
    feed_forward=32,
    heads=2,
    encoder_layers=1,
    decoder_layers=1,
    vocabulary=300,
    masks=0,
    dropout=0.0,
    max_tokens=64,
)
_BODY = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0,
    "max_position_embeddings": 128, "scale_embedding": True,
    "encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0,
}  # fmt: skip


def _spread(model):
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 2 and weight.requires_grad:
                wide = any(word in name for word in ("shared", "embed_tokens", "lm_head"))
                weight.normal_(0.0, SPREAD if wide else 0.6)
            elif name.endswith("bias"):
                weight.normal_(0.0, 0.1)


def _letters():
    return sorted(set("".join(WORDS)))


def _unigram_pieces():
    return [("▁", -2.0)] + [(letter, -3.0) for letter in _letters()] + [(f"▁{word}", -4.0) for word in WORDS]


def _m2m(folder):
    import json

    import sentencepiece
    import transformers
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences(400)), model_prefix=str(folder / "raw"), vocab_size=45, minloglevel=2
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "raw.model"))
    known = [pieces.id_to_piece(index) for index in range(3, pieces.get_piece_size())]
    vocab = {piece: index for index, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>", *known])}
    (folder / "raw.json").write_text(json.dumps(vocab))
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    tokenizer = transformers.M2M100Tokenizer(
        vocab_file=str(folder / "raw.json"), spm_file=str(folder / "raw.model"), extra_special_tokens=languages,
        num_madeup_words=0, model_max_length=120,
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    tokenizer = transformers.M2M100Tokenizer.from_pretrained(folder)
    for name in ("raw.json", "raw.model", "raw.vocab"):
        (folder / name).unlink()
    return _m2m_model(len(vocab) + 100), tokenizer


def _nllb(_folder):
    import transformers

    languages = ["eng_Latn", "por_Latn", "deu_Latn"]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *_letters(), *languages, "<mask>"]
    tokenizer = transformers.NllbTokenizer(
        vocab={piece: index for index, piece in enumerate(pieces)}, merges=[], extra_special_tokens=languages,
        model_max_length=120,
    )  # fmt: skip
    return _m2m_model(len(pieces)), tokenizer


def _m2m_model(vocabulary):
    import transformers

    config = transformers.M2M100Config(
        vocab_size=vocabulary, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, **_BODY
    )
    return transformers.M2M100ForConditionalGeneration(config)


def _mbart(_folder):
    import transformers
    from transformers.models.mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES

    tokenizer = transformers.MBartTokenizer(vocab=_bart_pieces(FAIRSEQ_LANGUAGE_CODES), model_max_length=120)
    return _mbart_model(tokenizer, tokenizer_class="MBartTokenizer"), tokenizer


def _mbart50(_folder):
    import transformers
    from transformers.models.mbart50.tokenization_mbart50 import FAIRSEQ_LANGUAGE_CODES

    tokenizer = transformers.MBart50Tokenizer(vocab=_bart_pieces(FAIRSEQ_LANGUAGE_CODES), model_max_length=120)
    return _mbart_model(tokenizer, tokenizer_class="MBart50Tokenizer", decoder_start_token_id=2), tokenizer


def _bart_pieces(languages):
    head = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return head + _unigram_pieces() + [(code, 0.0) for code in languages] + [("<mask>", 0.0)]


def _mbart_model(tokenizer, **settings):
    import transformers

    config = transformers.MBartConfig(
        vocab_size=len(tokenizer), bos_token_id=0, pad_token_id=1, eos_token_id=2, **_BODY, **settings
    )
    return transformers.MBartForConditionalGeneration(config)


def _bart(folder):
    import transformers
    from tokenizers import ByteLevelBPETokenizer

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        sentences(400), vocab_size=320, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False
    )
    trained.save_model(str(folder))
    tokenizer = transformers.BartTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=120
    )
    config = transformers.BartConfig(
        vocab_size=len(tokenizer), bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2,
        forced_bos_token_id=None, **_BODY,
    )  # fmt: skip
    return transformers.BartForConditionalGeneration(config), tokenizer


def _t5(_folder):
    return _t5_model("T5", feed_forward_proj="relu")


def _t5_untied(_folder):
    return _t5_model("T5", feed_forward_proj="gated-gelu", tie_word_embeddings=False)


def _mt5(_folder):
    return _t5_model("MT5", feed_forward_proj="gated-gelu", tie_word_embeddings=False)


def _t5_model(name, **settings):
    import transformers

    head = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = transformers.T5Tokenizer(vocab=head + _unigram_pieces(), extra_ids=0, model_max_length=120)
    config = getattr(transformers, f"{name}Config")(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_decoder_layers=1, num_heads=2,
        dropout_rate=0.0, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, **settings,
    )  # fmt: skip
    return getattr(transformers, f"{name}ForConditionalGeneration")(config), tokenizer


MAKERS = {
    "m2m": _m2m, "nllb": _nllb, "mbart": _mbart, "mbart50": _mbart50, "bart": _bart,
    "t5": _t5, "t5_untied": _t5_untied, "mt5": _mt5,
}  # fmt: skip

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|start|>' + message['role'] + '\n' + message['content'] + '<|end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|start|>assistant\n' }}{% endif %}"
)


def make_tiny_causal(folder: Path, *, seed=3, template=CHAT_TEMPLATE, texts=(), kind="Llama", spread=True, **shape):
    """A tiny chat model with a byte-level vocabulary (also of `texts`), saved into `folder` and loaded from there."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    tokenizer = _byte_level_tokenizer(template, texts)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(tokenizer), pad_token_id=None, bos_token_id=0, eos_token_id=1,
        **({"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "max_position_embeddings": 256, "tie_word_embeddings": True} | shape),
    )  # fmt: skip
    model = getattr(transformers, f"{kind}ForCausalLM")(config)
    if spread:
        _spread(model)
    with quiet_transformers():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return load_student(str(folder), direction=EN_PT)


def _byte_level_tokenizer(template, texts):
    import transformers
    from tokenizers import ByteLevelBPETokenizer

    trained = ByteLevelBPETokenizer()
    special = ["<|start|>", "<|end|>"]
    asking = "Translate the following text from English to Brazilian Portuguese.\n\nuser\nassistant\n"
    text = [*sentences(400), *texts, asking]
    trained.train_from_iterator(text, vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer, bos_token="<|start|>", eos_token="<|end|>", model_max_length=256
    )
    tokenizer.chat_template = template
    return tokenizer
