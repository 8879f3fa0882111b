"""What each measure of paraphrase finds in one item, before anything is summed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.evaluation.diversity.combined import combined_score
from tutelage.evaluation.diversity.lexical import Words, jaccard_distance, lexical_distance, sentence_bleu
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
    """None if the source has no parse; 0 if only the candidate has none, so that a failure earns nothing."""
    candidates: float
    distinct_1: tuple[int, int]
    distinct_2: tuple[int, int]
    compression: tuple[int, int]
    fluency: float | None
    """`None` if no language model told it."""
    combined: float


def measure_item(
    item_id: str,
    *,
    source: str,
    candidates: tuple[str, ...],
    meaning: float,
    syntactic: float | None,
    fluency: float | None = None,
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
        fluency=fluency,
        combined=combined_score(meaning=meaning, lexical=lexical, syntactic=syntactic, fluency=fluency),
    )


def first_candidate(candidates: tuple[str, ...]) -> str:
    """The candidate that counts, or empty if there is no output."""
    return candidates[0].strip() if candidates else ""


def candidate_diversity(candidates: Sequence[Words]) -> float:
    """100 − self-BLEU (Zhu et al. 2018), 0 to 100: the mean BLEU of each against all others; higher is more diverse.

    Fewer than two candidates are not diverse: 0.
    """
    if len(candidates) < 2:
        return 0.0
    others = [[*candidates[:place], *candidates[place + 1 :]] for place in range(len(candidates))]
    scores = [sentence_bleu(one, references=rest) for one, rest in zip(candidates, others, strict=True)]
    return 100.0 - sum(scores) / len(scores)


def count_distinct(candidates: Sequence[Words], *, order: int) -> tuple[int, int]:
    """Different n-grams of that order in all candidates, and all of them; distinct-n (Li et al. 2016) is the ratio."""
    ngrams = [words[start : start + order] for words in candidates for start in range(len(words) - order + 1)]
    return len({tuple(ngram) for ngram in ngrams}), len(ngrams)


def count_bytes(candidates: Sequence[str]) -> tuple[int, int]:
    """Bytes of the candidates, a line each, and when deflated: the compression ratio (Shaib et al. 2024) is theirs.

    The candidates of one source are deflated together, and without a header, which would count more than short text.
    """
    text = "\n".join(candidates).encode()
    deflate = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return len(text), len(deflate.compress(text) + deflate.flush()) if text else 0
