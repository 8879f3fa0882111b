"""Finds in an answer key: the reference of a source, sentences with a word, the words beside a word."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable

from scripted.answer_key import AnswerKey, Frame, KeyPair, KeyWord
from tutelage.core.records import Pair, Segment
from tutelage.labelling.roles.containment import holds_word
from tutelage.teachers.comparing.word_alignment import MIN_TOGETHER, WordAligner
from tutelage.teachers.comparing.words import split_words

MIN_WORDS, MAX_WORDS = 3, 40
"""Of a sentence that is given as a context."""
MAX_CHARACTERS = 400
"""Of either side of it."""
NEAR = 85.0
"""Indel similarity (percent) from which on two sentences are as good as the same."""


class KeyLookup:
    """An answer key with its indexes."""

    def __init__(self, key: AnswerKey) -> None:
        self.key = key
        self._references = {_plain(pair.source): pair for pair in (*key.sentences, *key.references)}
        self._words = {word.source.casefold(): word for word in key.words}
        self._translations = {word.source.casefold(): word.target for word in reversed(key.words)}
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, pair in enumerate(key.sentences):
            for word in _words(pair.source, lang=key.source_lang):
                self._holding[word].append(number)
        self._aligner: WordAligner | None = None

    @property
    def aligner(self) -> WordAligner:
        """Which words of the key translate which; made when first wanted."""
        if self._aligner is None:
            self._aligner = WordAligner.fit(self._training_pairs())
        return self._aligner

    def reference(self, source: str) -> KeyPair | None:
        """The pair of a source."""
        return self._references.get(_plain(source))

    def translate(self, source: str) -> str:
        """The reference, or what the word list makes of the source, word by word."""
        pair = self.reference(source)
        return pair.target if pair is not None else re.sub(r"[^\W\d_]+", self._translate_word, source)

    def word(self, source: str) -> KeyWord | None:
        """The entry of a word."""
        return self._words.get(source.casefold())

    def sentences_with(self, source: str) -> list[KeyPair]:
        """The key's sentences that hold the source words, in the key's order."""
        numbers = [set(self._holding.get(word, ())) for word in _words(source, lang=self.key.source_lang)]
        found = [self.key.sentences[number] for number in sorted(set.intersection(*numbers))] if numbers else []
        return [pair for pair in found if _is_context(pair) and holds(pair.source, source)]

    def contexts(self, source: str, target: str, *, count: int, draw: random.Random) -> list[KeyPair]:
        """Up to `count` different pairs around a word pair.

        First sentences of the key in which the word is translated so, then those with another form of the translation,
        then frames.
        """
        sentences = self.sentences_with(source)
        exact = [pair for pair in sentences if holds(pair.target, target)]
        inflected = [
            pair
            for pair in sentences
            if not holds(pair.target, target)
            and holds_word(pair.target, target, lang=self.key.target_lang, inflected=True)
        ]
        frames = [frame.fill(source, target) for frame in self._frames_for(source)]
        ranked = [pair for group in (exact, inflected, frames) for pair in draw.sample(group, len(group))]
        return _choose_different(ranked, count)

    def same_category(self, source: str) -> list[KeyWord]:
        """Words used as the word is, the nearest first."""
        entry = self.word(source)
        if entry is None:
            return []
        if entry.same_category:
            return self._entries(entry.same_category)
        return [word for word in self.key.words if entry.category and word.category == entry.category and word != entry]

    def related(self, source: str) -> list[KeyWord]:
        """Words met beside the word, the nearest first."""
        entry = self.word(source)
        return self._entries(entry.related) if entry is not None else []

    def _frames_for(self, source: str) -> list[Frame]:
        entry = self.word(source)
        categories = {"", entry.category if entry is not None else ""}
        return [frame for frame in self.key.frames if frame.category in categories]

    def _entries(self, sources: Iterable[str]) -> list[KeyWord]:
        return [self._words[source.casefold()] for source in sources if source.casefold() in self._words]

    def _translate_word(self, match: re.Match[str]) -> str:
        found = self._translations.get(match.group().casefold())
        if found is None:
            return match.group()
        return found[:1].upper() + found[1:] if match.group()[:1].isupper() else found

    def _training_pairs(self) -> Iterable[Pair]:
        listed = [KeyPair(word.source, word.target) for word in self.key.words] * MIN_TOGETHER
        for pair in (*self.key.pairs(), *listed):
            source = Segment("", pair.source, self.key.source_lang)
            yield Pair(source, Segment("", pair.target, self.key.target_lang))


def holds(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words, in any case; an empty one always does."""
    return re.search(rf"(?<!\w){re.escape(phrase.casefold())}(?!\w)", text.casefold()) is not None


def _is_context(pair: KeyPair) -> bool:
    words, characters = len(pair.source.split()), max(len(pair.source), len(pair.target))
    return MIN_WORDS <= words <= MAX_WORDS and characters <= MAX_CHARACTERS


def _choose_different(pairs: Iterable[KeyPair], count: int) -> list[KeyPair]:
    """The first `count` pairs that are not nearly one of those before."""
    from rapidfuzz import fuzz

    chosen: list[KeyPair] = []
    for pair in pairs:
        if len(chosen) == count:
            break
        if all(fuzz.ratio(pair.source.casefold(), other.source.casefold()) < NEAR for other in chosen):
            chosen.append(pair)
    return chosen


def _plain(text: str) -> str:
    return " ".join(text.split())


def _words(text: str, *, lang: str) -> set[str]:
    return {word.text.casefold() for word in split_words(text, lang=lang) if not word.is_punctuation}
