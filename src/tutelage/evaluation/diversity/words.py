"""The words that lexical measures count: case and punctuation changed alone make no paraphrase."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from tutelage.evaluation.translation import bleu_tokenizer


class Tokenizer(Protocol):
    """One of sacrebleu's."""

    def __call__(self, line: str) -> str:
        """The line with spaces between its tokens."""
        ...


def split_words(text: str, *, language: str = "") -> tuple[str, ...]:
    """Words in lower case, as BLEU splits that language, without punctuation; of punctuation alone, its marks."""
    tokens = load_tokenizer(bleu_tokenizer(language))(text).lower().split()
    return tuple(token for token in tokens if any(map(str.isalnum, token))) or tuple(tokens)


def words_signature(language: str = "") -> str:
    """How the words were split, for signatures."""
    from sacrebleu import __version__

    return f"tok:{bleu_tokenizer(language)}|case:lc|punctuation:no|version:{__version__}"


@lru_cache(maxsize=8)
def load_tokenizer(name: str) -> Tokenizer:
    """A tokenizer of sacrebleu by its name: 13a, zh, char."""
    from sacrebleu.metrics.bleu import BLEU

    tokenizer: Tokenizer = BLEU(tokenize=name).tokenizer
    return tokenizer
