"""How far paraphrases are from their sources, by the measures that students are judged by; all 0 to 100."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.protocols import Parser


def lexical_distance(source: str, paraphrase: str, *, lang: str) -> float:
    """100 − sentence BLEU of the paraphrase against its source, in words; higher is farther."""
    from tutelage.evaluation.diversity import lexical, words

    ours, theirs = (words.split_words(text, language=lang) for text in (paraphrase, source))
    return lexical.lexical_distance(ours, source=theirs)


class SyntacticDistances:
    """Distances of parse trees; what was compared once is known for all later pairs."""

    def __init__(self, parser: Parser) -> None:
        from tutelage.evaluation.diversity.syntactic import SyntacticDistance

        self._parser, self._distance = parser, SyntacticDistance()

    def between(self, sources: Sequence[str], paraphrases: Sequence[str]) -> list[float | None]:
        """The distance of each paraphrase from its source; `None` if one of the two has no parse."""
        texts = list(dict.fromkeys([*sources, *paraphrases]))
        trees = dict(zip(texts, self._parser.parse(texts), strict=True))
        distances: list[float | None] = []
        for source, paraphrase in zip(sources, paraphrases, strict=True):
            first, second = trees[source], trees[paraphrase]
            known = first is not None and second is not None
            distances.append(self._distance.between(first, second) if known else None)  # type: ignore[arg-type]
        return distances
