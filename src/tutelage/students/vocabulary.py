"""A joint SentencePiece vocabulary, trained from text, in Marian's file format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from tutelage.core.errors import MissingExtraError, StudentError

CHARACTER_COVERAGE = 0.9998


def train_vocabulary(texts: Iterable[str], folder: Path, *, size: int, seed: int, keep: tuple[str, ...] = ()) -> None:
    """Write `source.spm`, `target.spm` (the same unigram model) and `vocab.json` of `size` pieces into `folder`.

    `keep` are pieces that stay whole. Unknown characters fall back to bytes, so that nothing is lost.
    """
    try:
        import sentencepiece
    except ImportError as error:
        raise MissingExtraError("sentencepiece", extra="train") from error
    model = BytesIO()  # a file's name, which is the user's own, would be kept in it
    sentencepiece.set_random_generator_seed(seed)
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=model, model_type="unigram", vocab_size=size - 1,
            character_coverage=CHARACTER_COVERAGE, byte_fallback=True, bos_id=-1, eos_id=0, unk_id=1,
            user_defined_symbols=list(keep), input_sentence_size=400_000, shuffle_input_sentence=True,
            normalization_rule_name="identity", num_threads=2, minloglevel=2,
        )  # fmt: skip
    except RuntimeError as error:
        raise StudentError(
            f"the vocabulary cannot be trained: {error}", fix="Use more text or a smaller size."
        ) from error
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(model.getvalue())
    pieces = _pieces(model.getvalue())
    (folder / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(pieces)}, indent=0))


def _pieces(model: bytes) -> list[str]:
    """All pieces in the order of their ids, `</s>` first, as Marian has it, and `<pad>` last."""
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [processor.id_to_piece(index) for index in range(processor.get_piece_size())] + ["<pad>"]
