"""What each measure of paraphrase finds in one item, before anything is summed."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.evaluation.diversity.among_candidates import candidate_diversity, count_bytes, count_distinct
from tutelage.evaluation.diversity.combined import combined_score
from tutelage.evaluation.diversity.lexical import jaccard_distance, lexical_distance
from tutelage.evaluation.diversity.words import split_words


@dataclass(frozen=True, slots=True)
class ItemMeasures:
    """One source and its candidates; an item without output has 0 in everything. Counts are (part, whole)."""

    id: str
    has_output: bool
    meaning: float
    lexical: float
    jaccard: float
    syntactic: float | None
    """None where the source has no parse; 0 where only the candidate has none, so that a failure earns nothing."""
    candidates: float
    distinct_1: tuple[int, int]
    distinct_2: tuple[int, int]
    compression: tuple[int, int]
    combined: float


def measure_item(
    item_id: str,
    *,
    source: str,
    candidates: tuple[str, ...],
    meaning: float,
    syntactic: float | None,
    language: str = "",
) -> ItemMeasures:
    """All measures of one item; its first candidate is the one compared with the source."""
    first, written = first_candidate(candidates), [text for text in candidates if text.strip()]
    words = [split_words(text, language=language) for text in written]
    lexical = jaccard = 0.0
    if first:
        own, theirs = split_words(first, language=language), split_words(source, language=language)
        lexical, jaccard = lexical_distance(own, source=theirs), jaccard_distance(own, source=theirs)
    return ItemMeasures(
        id=item_id,
        has_output=bool(first),
        meaning=meaning,
        lexical=lexical,
        jaccard=jaccard,
        syntactic=syntactic,
        candidates=candidate_diversity(words),
        distinct_1=count_distinct(words, order=1),
        distinct_2=count_distinct(words, order=2),
        compression=count_bytes(written),
        combined=combined_score(meaning=meaning, lexical=lexical, syntactic=syntactic),
    )


def first_candidate(candidates: tuple[str, ...]) -> str:
    """The candidate that counts, or empty where there is no output."""
    return candidates[0].strip() if candidates else ""
