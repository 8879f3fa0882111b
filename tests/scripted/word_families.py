"""From parallel text: which word translates which, and which words are used alike or together.

Ours, and simple: translations by mutual best Dice coefficient; words used alike by the cosine of positive pointwise
mutual information with their neighbours (Bullinaria and Levy 2007); words used together by the Dice coefficient of
occurring in one sentence.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from scripted.answer_key import KeyPair, KeyWord
from tutelage.core.records import Pair, Segment
from tutelage.teachers.comparing.word_alignment import WordAligner

MIN_LETTERS = 4
"""Shorter words are mostly function words."""
MIN_COUNT = 3
"""Sentences that a word must be in."""
MAX_SHARE = 0.03
"""Of the sentences; words in more of them name nothing."""
MIN_DICE = 0.4
"""From here on, most occurrences of two words are of one as the translation of the other."""
SAMPLE = 40
"""Sentences looked at for candidates of a translation."""
MIN_CANDIDATE_SHARE = 0.3
MAX_FEATURES, MAX_POSTINGS = 40, 300
"""Neighbours that tell most of a word; neighbours of more words than this tell nothing."""
NEAREST = 12
"""Words kept for each aspect."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def find_words(pairs: Sequence[KeyPair], *, source_lang: str, target_lang: str, most: int) -> list[KeyWord]:
    """The `most` frequent words with a sure translation, each with its families."""
    sentences = [_words(pair.source) for pair in pairs]
    translations = find_translations(pairs, sentences, source_lang=source_lang, target_lang=target_lang, most=most)
    entries = [KeyWord(source, target) for source, target in translations.items()]
    return add_families(entries, sentences)


def add_families(words: Sequence[KeyWord], sentences: Sequence[Sequence[str]]) -> list[KeyWord]:
    """The words with those used alike and together in the sentences; lists that are there already stay."""
    listed = {word.source.casefold() for word in words}
    alike = find_alike(listed, sentences)
    together = find_together(listed, sentences)
    return [
        KeyWord(
            word.source,
            word.target,
            word.category,
            word.same_category or tuple(alike.get(word.source.casefold(), ())),
            word.related or tuple(together.get(word.source.casefold(), ())),
        )
        for word in words
    ]


def find_translations(
    pairs: Sequence[KeyPair], sentences: Sequence[Sequence[str]], *, source_lang: str, target_lang: str, most: int
) -> dict[str, str]:
    """Source word → target word, where each is the other's best; in falling order of frequency."""
    aligner = WordAligner.fit(_as_pairs(pairs, source_lang=source_lang, target_lang=target_lang))
    best: dict[str, tuple[float, str]] = {}
    best_back: dict[str, tuple[float, str]] = {}
    for word, candidates in _candidates(pairs, sentences).items():
        for candidate in candidates:
            dice = aligner.association(word, candidate)
            best[word] = max(best.get(word, (0.0, "")), (dice, candidate))
            best_back[candidate] = max(best_back.get(candidate, (0.0, "")), (dice, word))
    sure = {
        word: target
        for word, (dice, target) in best.items()
        if dice >= MIN_DICE and best_back[target][1] == word and target != word
    }
    return dict(list(sure.items())[:most])


def find_alike(listed: set[str], sentences: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """For each listed word, those with the same neighbours, the nearest first."""
    neighbours: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        around = ["<", *sentence, ">"]
        for at, word in enumerate(sentence):
            if word in listed:
                neighbours[word].update((f"{around[at]} _", f"_ {around[at + 2]}"))
    weights = _weigh(neighbours)
    postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for word, features in weights.items():
        for feature, weight in features.items():
            postings[feature].append((word, weight))
    found = {}
    for word, features in weights.items():
        scores: dict[str, float] = defaultdict(float)
        for feature, weight in features.items():
            if len(postings[feature]) <= MAX_POSTINGS:
                for other, other_weight in postings[feature]:
                    scores[other] += weight * other_weight
        scores.pop(word, None)
        found[word] = _nearest(scores)
    return found


def find_together(listed: set[str], sentences: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """For each listed word, those met in its sentences more often than chance, the nearest first."""
    counts: Counter[str] = Counter()
    met: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        present = sorted(listed.intersection(sentence))
        counts.update(present)
        for word in present:
            met[word].update(other for other in present if other != word)
    found = {}
    for word, others in met.items():
        dice = {other: 2 * count / (counts[word] + counts[other]) for other, count in others.items() if count > 1}
        found[word] = _nearest(dice)
    return found


def split_sentence(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _words(text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _candidates(pairs: Sequence[KeyPair], sentences: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """For each source word, the most frequent first, the target words in many of its sentences."""
    holding: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(sentences):
        for word in set(sentence):
            holding[word].append(number)
    limit = max(MIN_COUNT, MAX_SHARE * len(pairs))
    usable = {w: n for w, n in holding.items() if len(w) >= MIN_LETTERS and MIN_COUNT <= len(n) <= limit}
    found = {}
    for word in sorted(usable, key=lambda word: (-len(usable[word]), word)):
        sample = usable[word][:: max(1, len(usable[word]) // SAMPLE)]
        targets = Counter(target for number in sample for target in set(_words(pairs[number].target)))
        needed = MIN_CANDIDATE_SHARE * len(sample)
        found[word] = sorted(target for target, count in targets.items() if count >= needed and len(target) > 2)
    return found


def _weigh(neighbours: Mapping[str, Counter[str]]) -> dict[str, dict[str, float]]:
    """Positive pointwise mutual information of words and features, as vectors of length 1."""
    features: Counter[str] = Counter()
    for counts in neighbours.values():
        features.update(counts)
    total = max(1, features.total())
    weights = {}
    for word, counts in neighbours.items():
        size = counts.total()
        information = {
            feature: math.log1p(count) * math.log(count * total / (size * features[feature]))
            for feature, count in counts.items()
            if features[feature] > 1
        }
        strongest = sorted(information.items(), key=lambda item: (-item[1], item[0]))[:MAX_FEATURES]
        positive = {feature: value for feature, value in strongest if value > 0}
        norm = math.sqrt(sum(value * value for value in positive.values())) or 1.0
        weights[word] = {feature: value / norm for feature, value in positive.items()}
    return weights


def _nearest(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda word: (-scores[word], word))[:NEAREST]


def _as_pairs(pairs: Iterable[KeyPair], *, source_lang: str, target_lang: str) -> Iterable[Pair]:
    for pair in pairs:
        yield Pair(Segment("", pair.source, source_lang), Segment("", pair.target, target_lang))
