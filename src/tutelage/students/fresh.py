"""A new student with untrained weights: a small Marian with its own vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tutelage.core.languages import Direction
from tutelage.core.protection.masks import MaskForm, mask_tokens
from tutelage.core.settings import FreshSettings
from tutelage.students.diversity import CONTROL_PIECES
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.mask_tokens import write_mask_form
from tutelage.students.student_folder import quiet_transformers, read_student
from tutelage.students.vocabulary import train_vocabulary


def make_student(
    folder: Path, *, shape: FreshSettings, texts: Iterable[str], direction: Direction, seed: int
) -> AnyStudent:
    """Write a new student into `folder`: vocabulary from `texts` (all languages mixed), random weights from `seed`.

    That of a paraphraser, whose direction is from a language to itself, has the control words of diversity.
    """
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    tokens = tuple(f">>{lang}<<" for lang in shape.languages)
    control = CONTROL_PIECES if direction.source == direction.target else ()
    form = MaskForm(mask_tokens(shape.masks))
    train_vocabulary(texts, folder, size=shape.vocabulary, seed=seed, keep=(*tokens, *control, *form.tokens))
    write_mask_form(form, folder)
    with quiet_transformers():
        tokenizer = transformers.MarianTokenizer(
            source_spm=str(folder / "source.spm"),
            target_spm=str(folder / "target.spm"),
            vocab=str(folder / "vocab.json"),
            source_lang=direction.source,
            target_lang=direction.target,
            model_max_length=shape.max_tokens,
        )
    torch.manual_seed(seed)
    model = transformers.MarianMTModel(_config(shape, tokenizer))
    with quiet_transformers():
        tokenizer.save_pretrained(folder)
        model.save_pretrained(folder)
    return read_student(folder, direction=direction)


def _config(shape: FreshSettings, tokenizer: object) -> object:
    import transformers

    pad, end = tokenizer.pad_token_id, tokenizer.eos_token_id  # type: ignore[attr-defined]
    return transformers.MarianConfig(
        vocab_size=shape.vocabulary, d_model=shape.width, max_position_embeddings=shape.max_tokens,
        encoder_layers=shape.encoder_layers, decoder_layers=shape.decoder_layers,
        encoder_attention_heads=shape.heads, decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed_forward, decoder_ffn_dim=shape.feed_forward, activation_function="relu",
        dropout=shape.dropout, attention_dropout=0.0, activation_dropout=0.0, scale_embedding=True,
        share_encoder_decoder_embeddings=True, tie_word_embeddings=True, static_position_embeddings=True,
        pad_token_id=pad, eos_token_id=end, decoder_start_token_id=pad, forced_eos_token_id=end,
        init_std=0.02,
    )  # fmt: skip
