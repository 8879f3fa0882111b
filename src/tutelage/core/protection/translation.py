"""One text through a sentence-level model, whatever the model: cut into pieces, protected, and compared after it.

The work on a text is a generator: it yields stretches for the model, is sent their translations, and returns what came
of it. So one procedure serves an engine that is called for each stretch and a student that decodes thousands at once.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tutelage.core.glossary.filling import fill_terms
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.protection.accelerators import SIGNS, put_accelerator, take_accelerator
from tutelage.core.protection.comparison import emptied_tags, lost_spans, spans_kept
from tutelage.core.protection.masks import LETTERS, Masked, MaskForm, mask, restore, unmask
from tutelage.core.protection.messages import find_blocks
from tutelage.core.protection.placement import Placing
from tutelage.core.protection.spans import (
    PLACEHOLDERS,
    Protection,
    between,
    find_protected,
    frameworks_of,
    has_words,
    in_frameworks,
    simplify,
    with_spans,
)
from tutelage.core.protection.tags import Tagged, put_tags, split_blocks, take_tags
from tutelage.core.protocols import Scored, StudentInput
from tutelage.core.segmentation import LONGEST, Piece, join_pieces, split_text
from tutelage.core.segmentation import VERSION as PIECES

T = TypeVar("T")
VERSION = 4
"""Of what this file does to a text; part of signatures."""


@dataclass(frozen=True, slots=True)
class Guard:
    """How texts come through a model whole."""

    protection: Protection | None
    """What is protected; `None` only cuts long texts into pieces."""
    form: MaskForm = LETTERS
    masks_first: bool = True
    """Whether the model is given masks at once; else only for what it loses without."""
    around: bool = True
    """Whether what is lost both ways is translated around its spans, by which it keeps them all."""
    lang: str = "en"
    """Of the texts, for their sentences."""
    longest: int = LONGEST
    """Words of one piece."""
    fits: Callable[[str], bool] = lambda _: True
    """Whether the model can read a piece at all."""
    fills: TermKeeping | None = None
    """Terms in whose place their translations are put, to be protected; `None` means that none are."""
    placing: Placing | None = None
    """How tags that hold words go where these went; `None` for a model that does not tell what it looked at."""
    instructed: bool = False
    """Whether texts may open with an instruction that stands before each of their pieces, as a paraphraser's do."""

    @property
    def signature(self) -> str:
        """Short form for signatures and keys."""
        order = "first" if self.masks_first else "second"
        fills = "" if self.fills is None else f",{self.fills.signature}"
        tags = "" if self.placing is None or self.protection is None else f",{self.placing.signature}"
        return f"{guard_signature(self.protection)}:{self.longest},{self.form.signature}-{order}{fills}{tags}"


def guard_signature(protection: Protection | None) -> str:
    """What of a guard does not follow from the model: its procedure, and what is protected."""
    pieces = f"pieces{PIECES}"
    return pieces if protection is None else f"{protection.signature},masks{VERSION},{pieces}"


@dataclass(frozen=True, slots=True)
class Translated:
    """What came out, and which protected spans of the source it lacks."""

    text: str
    lost: tuple[str, ...] = ()
    log_probability: float | None = None
    """Mean of the tokens of all that the student wrote for it, in nats; `None` if its engine does not say."""


Asking = Generator[list[StudentInput], Sequence[Scored], T]
"""Yields stretches to be translated, is sent their translations, returns something."""
Rounds = Asking[Translated]


def translate_guarded(text: str, guard: Guard) -> Rounds:
    """The rounds of one text; white space around it is left out, and what has no words is its own translation."""
    core = text.strip()
    if guard.protection is not None and (frameworks := frameworks_of(text)):
        guard = replace(guard, protection=in_frameworks(guard.protection, frameworks))
    if guard.protection is not None and guard.fills is not None:
        terms = fill_terms(core, guard.fills.glossary, guard.protection)
        core, guard = terms.text, replace(guard, protection=terms.protection, fills=None)
    if guard.protection is not None:
        core = simplify(core, guard.protection)
    if guard.protection is None or not core:
        return (yield from _translate_pieces(core, guard))
    blocks = find_blocks(core)
    for number, block in reversed(list(enumerate(blocks))):
        core = core[: block.start] + _stand_in(number) + core[block.end :]
    taken = _stretches(core, guard.protection) if any(sign in core for sign in SIGNS) else ()
    label = take_accelerator(core, guard.protection.frameworks, taken)
    outcome = yield from _translate_pieces(label.text, guard)
    spans = _stretches(outcome.text, guard.protection)
    translation, lost = put_accelerator(outcome.text, label.accelerator, spans), list(outcome.lost)
    for number, block in enumerate(blocks):
        filled = yield from _translate_branches(block.branches, guard)
        translation = translation.replace(_stand_in(number), block.filled([one.text for one in filled]), 1)
        lost += [span for one in filled for span in one.lost]
    return Translated(translation, tuple(lost))


def _stand_in(number: int) -> str:
    """A placeholder in place of an ICU message."""
    return f"{{message-{number}}}"


def _translate_branches(branches: Sequence[str], guard: Guard) -> Asking[list[Translated]]:
    assert guard.protection is not None
    inside = replace(guard, protection=in_frameworks(guard.protection, frozenset({"icu"})))
    filled = []
    for branch in branches:
        core = branch.strip()
        outcome = yield from translate_guarded(core, inside)
        filled.append(replace(outcome, text=branch.replace(core, outcome.text, 1) if core else branch))
    return filled


def _translate_pieces(text: str, guard: Guard) -> Rounds:
    protection = guard.protection
    pieces = _pieces(text, guard)
    outputs = [piece.text for piece in pieces]
    asked = [place for place, one in enumerate(outputs) if _is_asked(one, protection)]
    found: dict[int, Translated] = {}
    if asked and protection is None:
        answers = yield [StudentInput(outputs[place]) for place in asked]
        found = {place: Translated(answer.text) for place, answer in zip(asked, answers, strict=True)}
    elif asked and protection is not None:
        found = yield from _translate_protected({place: outputs[place] for place in asked}, guard, protection)
    translations = [found[place].text if place in found else one for place, one in enumerate(outputs)]
    lost = tuple(span for place in asked for span in found[place].lost)
    whole = join_pieces(pieces, translations)
    if guard.placing and protection and "</" in text and not lost and lost_spans(text, whole, protection):
        return (yield from _translate_pieces(text, replace(guard, placing=None)))  # a pair that two pieces share
    return Translated(whole, lost)


def _pieces(text: str, guard: Guard) -> list[Piece]:
    """What is translated by itself; if tags can be moved, also parted at those that end a sentence."""
    protection = guard.protection
    parts = split_blocks(text, protection) if guard.placing and protection is not None else [(text, "")]
    pieces: list[Piece] = []
    for stretch, tag in parts:
        pieces += split_text(
            stretch,
            lang=guard.lang,
            longest=guard.longest,
            fits=guard.fits,
            spans_of=lambda one: _stretches(one, protection),
        )
        pieces += [Piece("", tag)] if tag else []
    return pieces


def _stretches(text: str, protection: Protection | None) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in find_protected(text, protection)] if protection else []


def _is_asked(text: str, protection: Protection | None) -> bool:
    return bool(text.strip()) if protection is None else has_words(text, protection)


def _translate_protected(texts: dict[int, str], guard: Guard, protection: Protection) -> Asking[dict[int, Translated]]:
    """Each text as the model is given it first; what that broke in the other way; what is broken still, around spans.

    Before that, what the model is asked first of a text whose tags hold words is the text without these, if they can be
    placed by what it looks at. Translated around its spans a text keeps them all, though not the order of words that
    the language may want.
    """
    masked = {place: mask(text, guard.form, protection) for place, text in texts.items()}
    tagged = _take_tags(texts, guard, protection) if guard.placing else {}
    order = (_WITH, _WITHOUT) if guard.masks_first else (_WITHOUT, _WITH)
    ways = {place: deque((_TAGS, *order) if place in tagged else order) for place in texts}
    found: dict[int, Translated] = {}
    while todo := [
        place for place in texts if ways[place] and (place not in found or (found[place].lost and masked[place].masks))
    ]:
        now = {place: ways[place].popleft() for place in todo}
        answers = yield [_stretch(now[place], texts[place], masked[place], tagged.get(place)) for place in todo]
        for place, answer in zip(todo, answers, strict=True):
            if now[place] == _TAGS:
                outcome = _outcome_with_tags(texts[place], answer, tagged[place], guard.placing)
            else:
                outcome = _outcome(texts[place], answer.text, masked[place], with_masks=now[place] == _WITH)
            if outcome is not None:
                found[place] = outcome if place not in found else _better(found[place], outcome, texts[place])
    for place in [place for place, outcome in found.items() if outcome.lost and guard.around]:
        found[place] = yield from _translate_around(texts[place], found[place], protection)
    return found


_TAGS, _WITH, _WITHOUT = "without tags", "with masks", "without"


def _take_tags(texts: dict[int, str], guard: Guard, protection: Protection) -> dict[int, Tagged]:
    """Those texts whose tags can be taken out."""
    taken = {
        place: take_tags(text, guard.form, protection, with_masks=guard.masks_first) for place, text in texts.items()
    }
    return {place: one for place, one in taken.items() if one is not None}


def _stretch(way: str, text: str, masked: Masked, tagged: Tagged | None) -> StudentInput:
    if way == _TAGS and tagged is not None:
        return StudentInput(tagged.text, aligned=tagged.needs_alignment)
    return StudentInput(masked.text if way == _WITH else text)


def _outcome_with_tags(text: str, answer: Scored, tagged: Tagged, placing: Placing | None) -> Translated | None:
    """The answer with the tags in it; `None` if it is not sure where they go, or if anything is lost."""
    if placing is None or (tagged.needs_alignment and answer.alignment is None):
        return None
    whole = put_tags(answer.text, tagged, answer.alignment, placing)
    return None if whole is None or lost_spans(text, whole, tagged.masked.protection) else Translated(whole)


def _outcome(text: str, answer: str, masked: Masked, *, with_masks: bool) -> Translated:
    """The answer with its masks put back as far as they came, and what is lost."""
    if not masked.masks:
        return Translated(answer)
    if with_masks:
        whole = unmask(answer, masked)
        if whole is not None:
            return Translated(whole, emptied_tags(text, whole, masked.protection))
        answer = restore(answer, masked)
    return Translated(answer, lost_spans(text, answer, masked.protection))


def _better(first: Translated, second: Translated, text: str) -> Translated:
    """The one that lost less: no placeholder, then the fewest spans; the first if they are alike."""

    def damage(one: Translated) -> tuple[bool, int]:
        return bool(one.lost) and not spans_kept(text, one.text, PLACEHOLDERS), len(one.lost)

    return second if damage(second) < damage(first) else first


_CLOSING = re.compile(r"\s*(?:[)\]}»”%]|[\"'’]+(?![A-Za-z]))+(?=[\s,.;:!?]|$)")
_OPENING = re.compile(r"(?<![^\s(])[(\[{«“‘\"'+#=/]+$")
"""Signs that belong to the span behind or before which they stand, such as its quotation marks."""


def _bare(stretch: str, *, behind_span: bool, before_span: bool) -> str:
    """What of a stretch is translated: without white space, and without the signs that belong to its spans."""
    closing = _CLOSING.match(stretch) if behind_span else None
    rest = stretch[closing.end() :] if closing else stretch
    opening = _OPENING.search(rest) if before_span else None
    bare = (rest[: opening.start()] if opening else rest).strip()
    return bare if any(map(str.isalpha, bare)) else stretch.strip()


def _like(stretch: str, core: str, translation: str) -> str:
    """The translation in place of the core, with some white space if a letter now touches a span."""
    start = stretch.index(core)
    before, behind = stretch[:start], stretch[start + len(core) :]
    before += " " * (not before and not core[0].isalnum() and translation[:1].isalnum())
    behind = " " * (not behind and not core[-1].isalnum() and translation[-1:].isalnum()) + behind
    return before + translation + behind


def _translate_around(text: str, found: Translated, protection: Protection) -> Rounds:
    """The stretches between the spans each by itself, and the spans between them."""
    spans = find_protected(text, protection)
    stretches = [text[start:end] for start, end in between(text, spans)]
    cores = {
        place: _bare(stretch, behind_span=place > 0, before_span=place < len(spans))
        for place, stretch in enumerate(stretches)
        if any(map(str.isalpha, stretch))
    }
    answers = yield list(map(StudentInput, cores.values()))
    for (place, core), answer in zip(cores.items(), answers, strict=True):
        stretches[place] = _like(stretches[place], core, answer.text.strip())
    kept = with_spans(stretches, spans)
    return _better(found, Translated(kept, lost_spans(text, kept, protection)), text)
