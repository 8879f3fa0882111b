"""Tags taken out of a text before a model sees it, and put into the translation where their words went.

A model that is given the bare words translates them as it would without tags; masks that touch words disturb it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tutelage.core.glossary.words import UNSPACED
from tutelage.core.protection.comparison import EMPTY_TAGS, span_key
from tutelage.core.protection.masks import Masked, MaskForm, mask, unmask
from tutelage.core.protection.patterns import LINK, TAG
from tutelage.core.protection.placement import PLACING, Placing, TagPlace, aligned_words, place_tags, words_of
from tutelage.core.protection.spans import ProtectedSpan, Protection, find_protected
from tutelage.core.protocols import Alignment

_FIRST_SIGN, _LAST_SIGN = 0xF0000, 0xFFFFD
_SIGNS = re.compile(f"[{chr(_FIRST_SIGN)}-{chr(_LAST_SIGN)}]+")
"""Private characters that stand for tags while a text is worked on, each tag by its own."""
_BREAKS = frozenset({"br", "wbr"})
"""Tags between words that stand for none; others without a partner, as `<img>` and `<x/>`, may stand for one."""
_BLOCKS = frozenset(
    {
        "html",
        "head",
        "body",
        "title",
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
    }
    | {"table", "thead", "tbody", "tfoot", "caption", "tr", "td", "th", "pre", "blockquote", "section", "article"}
    | {"header", "footer", "nav", "form", "fieldset", "legend", "option", "select", "hr", "center"}
)
"""Tags at whose ends a sentence ends, too."""
_NEAR = 200
"""Characters that are looked at on both sides of a line break, whatever the length of the text."""
_MAY_PART = re.compile(r"<[A-Za-z/]")
_LINE_END = re.compile(r"(?:^|[.!?:;…。！？])[\"')\]»”’]*$")
_TAGS_AROUND = re.compile(r"^(?:\s|<[^<>]*>)+|(?:\s|<[^<>]*>)+$")
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A text without the tags that hold words, and what is needed to put them back."""

    text: str
    """As the model is given it."""
    tags: tuple[str, ...]
    """From left to right."""
    places: tuple[TagPlace, ...]
    """Where they stood in the text."""
    parted: tuple[int, ...]
    """Tags that followed the one before them at once, where now a space parts two words."""
    masked: Masked
    """The text with masks, if the model is given any, and with signs in the tags' places."""

    @property
    def needs_alignment(self) -> bool:
        """Whether some tag stands between words; those around all words find their places without."""
        words = [place for place, sign in enumerate(self.text) if sign.isalnum()]
        return any(words[0] < place.at <= words[-1] for place in self.places)


def split_blocks(text: str, protection: Protection) -> list[tuple[str, str]]:
    """The stretches of a text between the tags that end sentences, each with the tags behind it.

    A line break is one of these unless it stands within a sentence.
    """
    parts, begun = list[tuple[str, str]](), 0
    for span in find_protected(text, protection) if _MAY_PART.search(text) else ():
        if span.kind == TAG and ((name := _name(span)) in _BLOCKS or (name in _BREAKS and _ends_line(text, span))):
            parts.append((text[begun : span.start], span.text))
            begun = span.end
    return [*parts, (text[begun:], "")]


def _name(tag: ProtectedSpan) -> str:
    return span_key(tag).lstrip("</")


def _ends_line(text: str, span: ProtectedSpan) -> bool:
    """Whether a sentence ends before the line break, or something other than a small letter follows."""
    near = text[max(0, span.start - _NEAR) : span.start], text[span.end : span.end + _NEAR]
    before, behind = (_TAGS_AROUND.sub("", part) for part in near)
    return _LINE_END.search(before) is not None or not behind[:1].islower()


def take_tags(text: str, form: MaskForm, protection: Protection, *, with_masks: bool) -> Tagged | None:
    """The text without its tags; `None` if none of them holds words, or if they cross or part a word."""
    if "</" not in text and "](" not in text:  # nothing is closed, so nothing is held
        return None
    spans = find_protected(text, protection)
    moved = _moved_tags(text, spans)
    if not moved or _SIGNS.search(text):
        return None
    order = sorted(moved)
    signed = _signed(text, [spans[place] for place in order])
    masked = mask(signed, form, protection) if with_masks else Masked(signed, (), form, protection)
    partners = [None if (one := moved[place]) is None else order.index(one) for place in order]
    bare = _without_signs(masked.text, partners)
    if bare is None:
        return None
    lead = len(bare.text) - len(bare.text.lstrip())
    core = bare.text.strip()
    places = tuple(
        TagPlace(
            min(max(bare.at[number] - lead, 0), len(core)),
            partner,
            space_before=_space_beside(masked.text, number, -1),
            space_behind=_space_beside(masked.text, number, 1),
        )
        for number, partner in enumerate(partners)
    )
    return Tagged(core, tuple(spans[place].text for place in order), places, tuple(bare.parted), masked)


def put_tags(answer: str, tagged: Tagged, alignment: Alignment | None, placing: Placing = PLACING) -> str | None:
    """The model's answer with the tags, and with the spans behind its masks; `None` if their places are not sure."""
    if _SIGNS.search(answer):
        return None
    source, target = (tagged.masked.form.finder.sub(_letters, text) for text in (tagged.text, answer))
    words = aligned_words(source, target, alignment) if alignment else (words_of(source), words_of(target))
    placed = place_tags(*words, tagged.places, placing)
    if placed is None:
        return None
    pieces, end = list[str](), 0
    for one in placed:
        pieces += [answer[end : one.start], one.before, _sign(one.tag), one.behind]
        end = one.end
    signed = "".join(pieces) + answer[end:]
    for number in tagged.parted:
        signed = signed.replace(f"{_sign(number - 1)} {_sign(number)}", _sign(number - 1) + _sign(number))
    whole = unmask(signed, tagged.masked)
    return None if whole is None else _SIGNS.sub(lambda run: "".join(tagged.tags[n] for n in _numbers(run)), whole)


def _moved_tags(text: str, spans: Sequence[ProtectedSpan]) -> dict[int, int | None]:
    """Tags that hold words, with their partners, and breaks beside them, by their places among the spans."""
    pairs = _pairs(spans)
    holding = [pair for pair in pairs or () if _holds_words(text, spans, *pair)]
    if not holding:
        return {}
    breaks = {place: None for place, span in enumerate(spans) if span.kind == TAG and _name(span) in _BREAKS}
    return breaks | dict(holding) | {closing: opening for opening, closing in holding}


def _pairs(spans: Sequence[ProtectedSpan]) -> list[tuple[int, int]] | None:
    """Opening tags with their closing ones; `None` if two pairs cross."""
    pairs: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    passed: set[str] = set()
    for place, span in enumerate(spans):
        if (name := _opened_name(span)) is not None:
            opened.append((name, place))
        elif (name := _closed_name(span)) is not None:
            depth = next((depth for depth in reversed(range(len(opened))) if opened[depth][0] == name), None)
            if depth is None and name in passed:
                return None
            if depth is not None:
                pairs.append((opened[depth][1], place))
                passed |= {inner for inner, _ in opened[depth + 1 :]}
                del opened[depth:]
    return pairs


def _opened_name(span: ProtectedSpan) -> str | None:
    """What the tag opens, if it opens anything."""
    if span.kind == LINK:
        return None if span.text.startswith("]") else LINK
    if span.kind != TAG or span.text.startswith("</") or span.text.endswith("/>"):
        return None
    name = span_key(span)[1:]
    return None if name in EMPTY_TAGS else name


def _closed_name(span: ProtectedSpan) -> str | None:
    """What the tag closes, if it closes anything."""
    if span.kind == LINK:
        return LINK if span.text.startswith("]") else None
    return span_key(span)[2:] if span.kind == TAG and span.text.startswith("</") else None


def _holds_words(text: str, spans: Sequence[ProtectedSpan], opening: int, closing: int) -> bool:
    """Whether there is a letter between the tags that no span covers."""
    between = pairwise(spans[opening : closing + 1])
    return any(sign.isalpha() for first, second in between for sign in text[first.end : second.start])


def _signed(text: str, tags: Sequence[ProtectedSpan]) -> str:
    """The text with a private character in place of each tag."""
    pieces, end = list[str](), 0
    for number, tag in enumerate(tags):
        pieces += [text[end : tag.start], _sign(number)]
        end = tag.end
    return "".join(pieces) + text[end:]


@dataclass(slots=True)
class _Bare:
    """A text without signs, where they stood, and which of them a space now parts from the one before."""

    text: str
    at: list[int]
    parted: list[int]


def _without_signs(text: str, partners: Sequence[int | None]) -> _Bare | None:
    """The text without the tags' characters; `None` if one is lost, or stands within a word."""
    bare, end = _Bare("", [], []), 0
    for run in _SIGNS.finditer(text):
        bare.text += text[end : run.start()]
        end = run.end()
        numbers = _numbers(run)
        closing = next((place for place, one in enumerate(numbers) if not _closes(one, partners)), len(numbers))
        bare.at += [len(bare.text)] * closing
        if _touch(bare.text[-1:], text[end : end + 1]):
            if closing == len(numbers) or (closing == 0 and partners[numbers[0]] is not None):
                return None
            bare.text += " "
            bare.parted += [numbers[closing]] if closing else []
        bare.at += [len(bare.text)] * (len(numbers) - closing)
    bare.text += text[end:]
    return bare if len(bare.at) == len(partners) else None


def _sign(number: int) -> str:
    return chr(_FIRST_SIGN + number)


def _numbers(run: re.Match[str]) -> list[int]:
    return [ord(sign) - _FIRST_SIGN for sign in run.group()]


def _closes(number: int, partners: Sequence[int | None]) -> bool:
    partner = partners[number]
    return partner is not None and partner < number


def _touch(before: str, behind: str) -> bool:
    """Whether two signs would become parts of one word."""
    return before.isalnum() and behind.isalnum() and not _UNSPACED.match(before) and not _UNSPACED.match(behind)


def _space_beside(text: str, number: int, side: int) -> bool:
    place = text.index(_sign(number)) + side
    return place >= 0 and text[place : place + 1].isspace()


def _letters(mask_found: re.Match[str]) -> str:
    """A word as long as the mask, so that no part of it is taken for a sign."""
    return "x" * len(mask_found.group())
