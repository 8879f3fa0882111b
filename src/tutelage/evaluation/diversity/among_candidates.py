"""How much several paraphrases of one source differ from one another, whatever they have to do with the source."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from tutelage.evaluation.diversity.lexical import Words, sentence_bleu


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
