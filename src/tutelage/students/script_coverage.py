"""Whether a vocabulary can write the target language, measured on sample text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.core.errors import StudentError

MOST_UNKNOWN = 0.02
"""Share of unknown tokens above which training is refused: they come out as nothing."""
MANY_BYTES = 0.3
"""Share of tokens that spell only part of a character, above which the student is told to be a poor choice."""
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")


@dataclass(frozen=True, slots=True)
class ScriptCoverage:
    """How a vocabulary writes a sample: shares of its tokens, 0 to 1."""

    unknown: float
    bytes: float
    """Of tokens that are a part of a character only."""
    tokens_per_character: float


def measure_coverage(tokenizer: Any, texts: Sequence[str]) -> ScriptCoverage:
    """The coverage of sample texts by a tokenizer's vocabulary."""
    encoded = tokenizer(list(texts), add_special_tokens=False).input_ids if texts else []
    ids = [token for row in encoded for token in row]
    distinct = {token: _spells_part(tokenizer, token) for token in set(ids)}
    total, characters = max(len(ids), 1), max(sum(map(len, texts)), 1)
    unknown = 0 if tokenizer.unk_token_id is None else ids.count(tokenizer.unk_token_id)
    return ScriptCoverage(unknown / total, sum(distinct[token] for token in ids) / total, len(ids) / characters)


def check_coverage(coverage: ScriptCoverage, *, language: str) -> str:
    """A warning for progress, or nothing; StudentError if the vocabulary lacks the script."""
    if coverage.unknown > MOST_UNKNOWN:
        raise StudentError(
            f"{coverage.unknown:.0%} of the target's tokens are unknown to the student's vocabulary, so it cannot "
            f"write {language}.",
            where="student",
            fix="Take a model whose vocabulary covers the language.",
        )
    if coverage.bytes > MANY_BYTES:
        return (
            f"{coverage.bytes:.0%} of the target's tokens spell only part of a character "
            f"({coverage.tokens_per_character:.1f} tokens a character): {language} will be slow and hard to learn"
        )
    return ""


def _spells_part(tokenizer: Any, token: int) -> bool:
    return bool(_BYTE.fullmatch(tokenizer.convert_ids_to_tokens(token))) or "\ufffd" in tokenizer.decode([token])
