"""Forms of a text under which two segments count as the same."""

from __future__ import annotations

import re
from hashlib import blake2b

from tutelage.core.unicode_forms import normalised, without_unseen

_NOT_WORD = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """The text without differences of case, white space and Unicode form, and without what nobody sees."""
    return " ".join(_composed(text).casefold().split())


def bare(text: str) -> str:
    """The folded text without punctuation, digits kept; a text of punctuation alone stays as it is."""
    folded_text = _composed(text).casefold()
    return _NOT_WORD.sub(" ", folded_text).strip() or folded_text.strip()


def short_hash(*texts: str) -> int:
    """8 bytes of a hash of the texts, the same on every machine."""
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(joined, digest_size=8).digest())


def _composed(text: str) -> str:
    return without_unseen(normalised(text, "NFKC"))
