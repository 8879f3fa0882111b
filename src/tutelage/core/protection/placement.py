"""Where the tags of a source go in its translation, by what the model looked at while it wrote (its cross-attention).

A pair of tags goes around the stretch of words whose attention lies most between the two in the source: the stretch
with the largest sum of attention inside less a threshold of all. Inner pairs are looked for within outer ones,
neighbours in what is left free, the surest first. So nesting is kept by construction, and order follows the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutelage.core.glossary.words import UNSPACED
from tutelage.core.protocols import Alignment


@dataclass(frozen=True, slots=True)
class Placing:
    """What tells where a tag goes, and what is not sure enough: see `docs/results/protection.md`."""

    threshold: float = 0.5
    """Share of a word's attention that must lie between two tags for it to stand between them."""
    least: float = 0.3
    """Share of the attention on what a pair holds that the words found must have, and of theirs that must lie there."""
    least_beside: float = 0.8
    """Share of the attention that must stay on its side of a tag that stands alone."""

    @property
    def signature(self) -> str:
        """Short form for signatures and keys."""
        return f"tags:{self.threshold:g},{self.least:g},{self.least_beside:g}"


PLACING = Placing()
_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_SPACE = re.compile(r"\s+")
_LIKE = ("\"'“”„«»‘’‹›「」『』", ":：", ".。", ",，、", "!！", "?？", "(（", ")）", "[【", "]】", ";；")


@dataclass(frozen=True, slots=True)
class TagPlace:
    """Where a tag stood in the source."""

    at: int
    partner: int | None = None
    """Number of the tag that closes or opens it; `None` for one that stands alone."""
    space_before: bool = False
    space_behind: bool = False
    """Whether there was white space beside a tag that stands alone, which it brings along."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """A tag in the translation, in place of the white space between `start` and `end`."""

    tag: int
    start: int
    end: int
    before: str = ""
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A text, and where its words are; of a translation also the attention [S] of each on the words of the source."""

    text: str
    spans: tuple[tuple[int, int], ...]
    attention: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Characters of the source, and the words and characters of the translation that stand for them."""

    source: tuple[int, int]
    words: tuple[int, int]
    target: tuple[int, int]


def place_tags(
    source: Words, target: Words, places: Sequence[TagPlace], placing: Placing = PLACING
) -> tuple[Insertion, ...] | None:
    """The tags in the translation, from left to right; `None` if the attention does not tell where they go.

    Without attention only tags are placed that hold all the words of those around them.
    """
    placement = _Placement(source, target, places, placing)
    whole = _Part((0, len(source.text)), (0, len(target.spans)), (0, len(target.text)))
    found = placement.place(whole, 0, len(places))
    return None if found is None else tuple(sorted(found, key=placement.order))


def words_of(text: str) -> Words:
    """The words of a text of which no tokens are known."""
    return Words(text, tuple(match.span() for match in _WORD.finditer(text)))


def aligned_words(source: str, target: str, alignment: Alignment) -> tuple[Words, Words]:
    """The words of the source, token by token, and those of the target with the mean attention of their tokens.

    Tokens without a letter are left out on both sides: what signs and ends of sentences look at tells nothing.
    """
    columns = [place for place, (start, end) in enumerate(alignment.source_tokens) if start < end]
    rows = [
        (start, end, tuple(weights[place] for place in columns))
        for (start, end), weights in zip(alignment.target_tokens, alignment.weights, strict=True)
        if start < end
    ]
    words, attention, first = words_of(target), list[tuple[float, ...]](), 0
    for start, end in words.spans:
        while first < len(rows) and rows[first][1] <= start:
            first += 1
        own = [weights for begun, _, weights in rows[first : first + end - start] if begun < end]
        attention.append(tuple(sum(one) / len(own) for one in zip(*own, strict=True)) if own else (0.0,) * len(columns))
    return (
        Words(source, tuple(alignment.source_tokens[place] for place in columns)),
        Words(target, words.spans, tuple(attention)),
    )


@dataclass(frozen=True, slots=True)
class _Placement:
    source: Words
    target: Words
    places: Sequence[TagPlace]
    placing: Placing

    def order(self, one: Insertion) -> tuple[int, int, int]:
        """At one place what closes comes first, then what stands alone, then what opens."""
        partner = self.places[one.tag].partner
        kind = 1 if partner is None else 0 if partner < one.tag else 2
        return one.start, kind, one.tag

    def place(self, around: _Part, first: int, last: int) -> list[Insertion] | None:
        """The tags from `first` until `last` within what stands for what holds them all."""
        if around.words[0] == around.words[1]:
            return None
        pairs, lone = self._siblings(first, last)
        found: list[Insertion] = []
        for opening, part in self._parts(around, pairs):
            closing = self.places[opening].partner
            inner = None if part is None or closing is None else self.place(part, opening + 1, closing)
            if part is None or closing is None or inner is None:
                return None
            start, end = part.target
            found += [Insertion(opening, start, start), *inner, Insertion(closing, end, end)]
        for tag in lone:
            cut = self._cut(around, tag)
            if cut is None:
                return None
            found.append(self._alone(around, tag, cut, found))
        return found

    def _siblings(self, first: int, last: int) -> tuple[list[int], list[int]]:
        """Opening tags, and tags that stand alone, that no other of them holds."""
        pairs, lone, tag = list[int](), list[int](), first
        while tag < last:
            partner = self.places[tag].partner
            (lone if partner is None else pairs).append(tag)
            tag = tag + 1 if partner is None else partner + 1
        return pairs, lone

    def _parts(self, around: _Part, pairs: Sequence[int]) -> Iterator[tuple[int, _Part | None]]:
        """For each pair what of the translation it holds, the surest first; `None` if that is not sure."""
        free = set(range(*around.words))
        stretches = {opening: self._stretch(around, self._held(opening), free) for opening in pairs}
        while stretches:
            opening = max(stretches, key=lambda one: stretches[one][0])
            _, stretch = stretches.pop(opening)
            free -= set(range(*stretch))
            for other, (_, (start, end)) in stretches.items():
                if start < stretch[1] and stretch[0] < end:
                    stretches[other] = self._stretch(around, self._held(other), free)
            held = self._held(opening)
            yield opening, self._part(around, held, stretch) if self._is_sure(around, held, stretch) else None

    def _held(self, opening: int) -> tuple[int, int]:
        closing = self.places[opening].partner
        assert closing is not None
        return self.places[opening].at, self.places[closing].at

    def _columns(self, stretch: tuple[int, int]) -> list[int]:
        """The words of the source that lie, by their middle, in a stretch of it."""
        return [
            place
            for place, (start, end) in enumerate(self.source.spans)
            if stretch[0] <= (start + end) / 2 < stretch[1]
        ]

    def _holds_all(self, around: _Part, held: tuple[int, int]) -> bool:
        return self._columns(held) == self._columns(around.source)

    def _stretch(self, around: _Part, held: tuple[int, int], free: set[int]) -> tuple[float, tuple[int, int]]:
        """The stretch of free words with the largest sum, and that sum."""
        if self._holds_all(around, held):
            return (1e9, around.words) if len(free) == around.words[1] - around.words[0] else (0.0, (0, 0))
        columns = self._columns(held)
        best, begun, total = (0.0, (0, 0)), 0, 0.0
        for word, row in enumerate(self.target.attention):
            if word not in free:
                total = 0.0
                continue
            if total <= 0:
                begun, total = word, 0.0
            total += sum(row[column] for column in columns) - self.placing.threshold * sum(row)
            if total > best[0]:
                best = total, (begun, word + 1)
        return best

    def _is_sure(self, around: _Part, held: tuple[int, int], stretch: tuple[int, int]) -> bool:
        """Whether the words look mostly at what the pair holds, and hardly any others do."""
        if self._holds_all(around, held):
            return stretch == around.words
        columns = self._columns(held)
        inside = [sum(row[column] for column in columns) for row in self.target.attention]
        there = sum(inside[slice(*stretch)])
        of_words, of_pair = sum(map(sum, self.target.attention[slice(*stretch)])), sum(inside)
        return there > 0 and min(there / of_words, there / of_pair) >= self.placing.least

    def _part(self, around: _Part, held: tuple[int, int], stretch: tuple[int, int]) -> _Part:
        """The stretch with the signs at its edges that the pair holds, too."""
        text, target = self.source.text, self.target.text
        start, end = self.target.spans[stretch[0]][0], self.target.spans[stretch[1] - 1][1]
        lead, trail = _signs_before(text[slice(*held)]), _signs_behind(text[slice(*held)])
        begins = not text[around.source[0] : held[0]].strip() and stretch[0] == around.words[0]
        ends = not text[held[1] : around.source[1]].strip() and stretch[1] == around.words[1]
        for sign in reversed(lead):
            start -= start > around.target[0] and _are_alike(target[start - 1], sign)
        for sign in trail:
            end += end < around.target[1] and _are_alike(target[end], sign)
        target_part = around.target[0] if begins else start, around.target[1] if ends else end
        return _Part(held, stretch, target_part)

    def _cut(self, around: _Part, tag: int) -> int | None:
        """Before which word a tag goes that stands alone; `None` if that is not sure."""
        at, (begin, end) = self.places[tag].at, around.words
        left, right = self._columns((around.source[0], at)), self._columns((at, around.source[1]))
        if not left or not right:
            return end if left else begin
        sums = [
            (sum(row[one] for one in left), sum(row[one] for one in right)) for row in self.target.attention[begin:end]
        ]
        fits = [
            sum(one for one, _ in sums[:cut]) + sum(other for _, other in sums[cut:]) for cut in range(len(sums) + 1)
        ]
        of_all = sum(map(sum, sums))
        best = max(range(len(fits)), key=fits.__getitem__)
        return begin + best if of_all > 0 and fits[best] / of_all >= self.placing.least_beside else None

    def _alone(self, around: _Part, tag: int, cut: int, found: Sequence[Insertion]) -> Insertion:
        """A tag before a word, with the white space that it had; of several at one place the first takes it away."""
        place, (first, last), text = self.places[tag], around.words, self.target.text
        start = self.target.spans[cut - 1][1] if cut > first else around.target[0]
        end = self.target.spans[cut][0] if cut < last else around.target[1]
        gap = _SPACE.search(text, start, end)
        if cut == first:
            start = end = around.target[0]
        elif cut == last or gap is None:
            start = end
        else:
            start, end = gap.span()
        if any(one.end == end and self.places[one.tag].partner is None for one in found):
            return Insertion(tag, end, end, "", " " * place.space_behind)
        return Insertion(tag, start, end, " " * (place.space_before and cut > first), " " * place.space_behind)


def _signs_before(text: str) -> str:
    """What touches the first word from before."""
    head = text[: next((place for place, sign in enumerate(text) if sign.isalnum()), 0)]
    return head.split()[-1] if head.strip() and not head[-1].isspace() else ""


def _signs_behind(text: str) -> str:
    """What touches the last word from behind."""
    return _signs_before(text[::-1])[::-1]


def _are_alike(first: str, second: str) -> bool:
    """Whether two signs do the same: languages have other quotation marks and colons."""
    return first == second or any(first in signs and second in signs for signs in _LIKE)
