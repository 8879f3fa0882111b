"""One error of each kind, put into a correct translation: where it goes, and what it puts there."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.protection.spans import find_placeholders
from tutelage.core.records import NOWHERE, Pair
from tutelage.evaluation.word_lists import group_terms

CONTENT_LETTERS = 4
"""Shorter words are mostly function words, whose loss or change is often no error."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w]|[.,]\d)")
_DRAWS = 20
"""Draws before a kind is given up for a sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """Character offsets of a word or number, and the text there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands at `start` to `end` of the reference is replaced; source offsets are -1 if they are not known."""

    kind: str
    start: int
    end: int
    replacement: str
    source_start: int = -1
    source_end: int = -1


@dataclass(frozen=True, slots=True)
class Sentence:
    """A correct pair with its words; those in placeholders are left out."""

    source: str
    reference: str
    source_words: tuple[Place, ...]
    words: tuple[Place, ...]

    @classmethod
    def of(cls, pair: Pair) -> Sentence:
        """The sentence of a pair."""
        source, reference = pair.source.text, pair.target.text
        return cls(source, reference, _places(_WORD, source), _places(_WORD, reference))

    @property
    def content(self) -> list[Place]:
        """The words of the reference that carry meaning, by their length."""
        return [word for word in self.words if len(word.text) >= CONTENT_LETTERS]


@dataclass(frozen=True, slots=True)
class Stock:
    """What wrong words are drawn from: the text's own words, and a glossary."""

    vocabulary: tuple[str, ...]
    known: frozenset[str]
    """Every word of the references in lower case: what a misspelt word must not be."""
    glossary: Glossary

    @classmethod
    def of(cls, pairs: Iterable[Pair], *, terms: Sequence[Term] = ()) -> Stock:
        """The words of the references."""
        known = frozenset(match.group().casefold() for pair in pairs for match in _WORD.finditer(pair.target.text))
        vocabulary = tuple(sorted(word for word in known if len(word) >= CONTENT_LETTERS))
        return cls(vocabulary, known, Glossary(terms))


Propose = Callable[[Sentence, Stock, random.Random], Edit | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of error: how it is made, and its MQM class."""

    propose: Propose
    category: str
    severity: str


def propose_wrong_term(sentence: Sentence, stock: Stock, generator: random.Random) -> Edit | None:
    """The translation of a glossary word becomes that of another."""
    found = _find_term(sentence, stock, generator)
    if found is None:
        return None
    word, place = found
    for _ in range(_DRAWS):
        other = generator.choice(stock.glossary.terms)
        if not (_has(sentence.source, other.source) or _has(sentence.reference, other.target)):
            return Edit(
                "wrong_term", place.start, place.end, _cased(other.target.strip(), place.text), word.start, word.end
            )
    return None


def propose_wrong_word(sentence: Sentence, stock: Stock, generator: random.Random) -> Edit | None:
    """A word becomes another of about its length, from elsewhere in the text; what it translated is not known."""
    if not sentence.content:
        return None
    word = generator.choice(sentence.content)
    for _ in range(_DRAWS):
        other = generator.choice(stock.vocabulary)
        if abs(len(other) - len(word.text)) <= 3 and not _has(sentence.reference, other):
            return Edit("wrong_word", word.start, word.end, _cased(other, word.text), *NOWHERE)
    return None


def propose_omission(sentence: Sentence, _stock: Stock, generator: random.Random) -> Edit | None:
    """One to three words are left out, with the space after or before them; at least three words stay."""
    most = min(3, len(sentence.words) - 3)
    if most < 1 or not sentence.content:
        return None
    for _ in range(_DRAWS):
        size = generator.randint(1, most)
        at = generator.randrange(len(sentence.words) - size + 1)
        run = sentence.words[at : at + size]
        start, end = run[0].start, run[-1].end
        joined = sentence.reference[start:end].split() == [word.text for word in run]
        if not (joined and any(len(word.text) >= CONTENT_LETTERS for word in run)):
            continue
        if sentence.reference[end : end + 1] == " ":
            return Edit("omission", start, end + 1, "", *NOWHERE)
        if sentence.reference[:start].endswith(" "):
            return Edit("omission", start - 1, end, "", *NOWHERE)
    return None


def propose_untranslated(sentence: Sentence, stock: Stock, generator: random.Random) -> Edit | None:
    """A source word stays where its translation was: a glossary's word, else the one at about the same place."""
    found = _find_term(sentence, stock, generator)
    if found is not None and found[0].text.casefold() not in stock.known:
        word, place = found
    else:
        foreign = [word for word in sentence.source_words if _is_foreign(word, stock)]
        if not foreign or not sentence.content:
            return None
        place = generator.choice(sentence.content)
        share = place.start / len(sentence.reference)
        word = min(foreign, key=lambda word: abs(word.start / len(sentence.source) - share))
    return Edit("untranslated", place.start, place.end, _cased(word.text, place.text), word.start, word.end)


def propose_wrong_number(sentence: Sentence, _stock: Stock, generator: random.Random) -> Edit | None:
    """A number in digits becomes another with as many digits, which the source does not have."""
    numbers = _places(_NUMBER, sentence.reference)
    if not numbers:
        return None
    number = generator.choice(numbers)
    for _ in range(_DRAWS):
        first = generator.choice("123456789")
        other = first + "".join(generator.choices("0123456789", k=len(number.text) - 1))
        if other != number.text and other not in sentence.source:
            place = _find_word(sentence.source, number.text)
            source = (place.start, place.end) if place else NOWHERE
            return Edit("wrong_number", number.start, number.end, other, *source)
    return None


def propose_wrong_language(sentence: Sentence, _stock: Stock, _generator: random.Random) -> Edit | None:
    """The second half of the translation is that of the source, untranslated."""
    words, source_words = sentence.words, sentence.source_words
    if len(words) < 6 or len(source_words) < 4:
        return None
    start, end = words[len(words) // 2].start, words[-1].end
    source_start, source_end = source_words[len(source_words) // 2].start, source_words[-1].end
    replacement = sentence.source[source_start:source_end]
    if find_placeholders(sentence.reference[start:end]) or find_placeholders(replacement):
        return None
    return Edit("wrong_language", start, end, replacement, source_start, source_end)


def propose_spelling(sentence: Sentence, stock: Stock, generator: random.Random) -> Edit | None:
    """Two letters inside a word change places, or one is lost or doubled; never so that it is another word."""
    long_words = [word for word in sentence.content if len(word.text) > CONTENT_LETTERS]
    if not long_words:
        return None
    word = generator.choice(long_words)
    for _ in range(_DRAWS):
        at = generator.randrange(1, len(word.text) - 2)
        first, second = word.text[at], word.text[at + 1]
        slip = word.text[:at] + generator.choice((second + first, second, first * 2 + second)) + word.text[at + 2 :]
        if slip != word.text and slip.casefold() not in stock.known:
            return Edit("spelling", word.start, word.end, slip, *NOWHERE)
    return None


KINDS: Mapping[str, Kind] = {
    "wrong_term": Kind(propose_wrong_term, "terminology/wrong-term", "major"),
    "wrong_number": Kind(propose_wrong_number, "accuracy/mistranslation", "major"),
    "wrong_word": Kind(propose_wrong_word, "accuracy/mistranslation", "major"),
    "omission": Kind(propose_omission, "accuracy/omission", "major"),
    "untranslated": Kind(propose_untranslated, "accuracy/untranslated", "major"),
    "wrong_language": Kind(propose_wrong_language, "accuracy/wrong-language", "critical"),
    "spelling": Kind(propose_spelling, "fluency/spelling", "minor"),
}
"""By name, the rarest first, since glossary words and numbers are in few sentences."""


def _find_term(sentence: Sentence, stock: Stock, generator: random.Random) -> tuple[Place, Place] | None:
    """A glossary word in the source and its translation in the reference."""
    found = [
        (word, place)
        for terms in group_terms(stock.glossary.find(sentence.source)).values()
        for term in terms
        if (word := _find_word(sentence.source, term.source)) and (place := _find_word(sentence.reference, term.target))
    ]
    return generator.choice(found) if found else None


def _find_word(text: str, word: str) -> Place | None:
    """The first place where the word or phrase stands whole, in any case and outside placeholders."""
    places = _places(re.compile(rf"(?<!\w){re.escape(word.strip())}(?!\w)", re.IGNORECASE), text)
    return places[0] if places else None


def _has(text: str, word: str) -> bool:
    """Whether the word is in the text, also inside a longer one: `arquivo` in `arquivos`."""
    return word.strip().casefold() in text.casefold()


def _is_foreign(word: Place, stock: Stock) -> bool:
    return len(word.text) >= CONTENT_LETTERS and word.text.casefold() not in stock.known


def _cased(text: str, model: str) -> str:
    """The text with the capital, or without, that the model begins with."""
    if model[:1].isupper():
        return text[:1].upper() + text[1:]
    return text[:1].lower() + text[1:]


def _places(pattern: re.Pattern[str], text: str) -> tuple[Place, ...]:
    taken = find_placeholders(text)
    found = (Place(match.start(), match.end(), match.group()) for match in pattern.finditer(text))
    return tuple(place for place in found if all(place.end <= span.start or place.start >= span.end for span in taken))
