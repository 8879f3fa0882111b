"""Subtitles, SRT and WebVTT: one text a cue, written in as many lines as it had."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, aligned_by_place, no_such_file

_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_NEXT = rf"[ \t]*(?:\d{{1,6}}[ \t]*\r?\n)?[ \t]*{_TIME}[ \t]*-->"
"""The beginning of a cue, which may lack the blank line before it."""
_CUE = re.compile(
    rf"^[ \t]*(?P<time>{_TIME}[ \t]*-->[ \t]*{_TIME})[^\n]*\n(?P<text>(?:(?!{_NEXT})[^\n]*\S[^\n]*(?:\n|\Z))*)",
    re.MULTILINE,
)
_OVERRIDE = re.compile(r"(?:\{\\[^{}\n]*\})+")
"""Where players put a cue, written before its text: `{\\an8}`."""
_SPEECH = re.compile(r"\s*(?:<[^>]*>)*\s*[-–—]")
"""The beginning of a line that one of several people says."""


class Subtitles(KeyedFormat):
    """A cue's lines are one text, since sentences run over them; lines of several people stay apart."""

    what = "a file of subtitles"

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every cue by its time."""
        found = previous = 0
        for cue in _CUE.finditer(text):
            found += 1
            start, end = cue.span("text")
            start += len(match.group()) if (match := _OVERRIDE.match(text, start)) else 0
            end = start + len(text[start:end].rstrip())
            blank = text.rfind("\n\n", previous, cue.start())
            whole = previous if blank < 0 else blank + 2
            previous = cue.end()
            yield Entry(cue["time"], _as_read(text[start:end]), start, end, whole, cue.end())
        if not found and text.strip() and text.strip() != "WEBVTT":
            raise no_such_file(self.what, "it has no line such as 00:00:01,000 --> 00:00:02,000", path)

    def aligned(self, target: KeyedText, source: KeyedText, path: Path | str) -> KeyedText:
        """By time; translators who have moved most times have kept the cues, or nobody can tell which are which."""
        shared = target.keys.keys() & source.keys.keys()
        return target if len(shared) * 2 >= len(target.entries) else aligned_by_place(target, source, path)

    def insertions(
        self, target: KeyedText, source: KeyedText, missing: Mapping[str, str], wanted: Sequence[Entry]
    ) -> dict[int, str]:
        """Cues with a blank line between them and their neighbours."""
        places = super().insertions(target, source, missing, wanted)
        first = target.entries[0].whole_start if target.entries else -1
        return {place: f"{new.strip()}\n\n" if place == first else new for place, new in places.items()}

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """In as many lines, of about the same length."""
        old = file.text[entry.start : entry.end]
        end = "\r\n" if "\r\n" in old else "\n"
        if "\n" in text:
            return text.replace("\n", end)
        return end.join(_balanced(text, old.count("\n") + 1))


def _as_read(raw: str) -> str:
    """The lines as one, except before one that somebody else says."""
    text = ""
    for line in raw.splitlines():
        text += line if not text else ("\n" if _SPEECH.match(line) else " ") + line
    return text


def _balanced(text: str, lines: int) -> list[str]:
    """The words in lines of about the same length."""
    words, found = text.split(" "), list[str]()
    while lines > 1 and len(words) > 1:
        size, line = len(" ".join(words)) / lines, words[:1]
        while len(words) > len(line) + 1 and len(" ".join(words[: len(line) + 1])) <= size + len(words[len(line)]) / 2:
            line = words[: len(line) + 1]
        found.append(" ".join(line))
        words, lines = words[len(line) :], lines - 1
    return [*found, " ".join(words)]
