"""Language-contrastive decoding: which languages a translation is pushed away from, and how hard.

Sennrich, Vamvas and Mohammadshahi 2024, "Mitigating Hallucinations and Off-target Machine Translation with
Source-Contrastive and Language-Contrastive Decoding" (EACL): each step takes log p(y | x, target language) −
λ Σ log p(y | x, wrong language), summed over the wrong languages. Their other contrast, a random source, is against
hallucination and is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.core.errors import UsageError
from tutelage.core.languages import Direction, normalise_language, same_language

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Contrast:
    """What a translation is to be improbable as; UsageError for a weight below 0 and a language that is not known."""

    weight: float = 0.1
    """λ, of each wrong language by itself; 0 is plain decoding. The paper takes 0.1 for translators, 0.5 for LLMs."""
    languages: tuple[str, ...] = ()
    """The wrong languages; `None` means the source's and English."""

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise UsageError(
                f"the weight of contrastive decoding is {self.weight:g}, which would pull towards the wrong language.",
                fix="Give 0 or more; 0.1 is usual.",
            )
        for lang in self.languages:
            normalise_language(lang)

    def wrong_directions(self, direction: Direction) -> tuple[Direction, ...]:
        """The same source into each wrong language, each once and never the target itself; may be empty."""
        kept: list[str] = []
        for lang in map(normalise_language, self.languages or (direction.source, ENGLISH)):
            if not any(same_language(lang, other) for other in (direction.target, *kept)):
                kept.append(lang)
        return tuple(Direction(direction.source, lang) for lang in kept) if self.weight else ()

    @property
    def signature(self) -> str:
        """Short form for signatures: `contrast0.1[source+en]`."""
        return f"contrast{self.weight:g}[{'+'.join(self.languages or ('source', ENGLISH))}]"
