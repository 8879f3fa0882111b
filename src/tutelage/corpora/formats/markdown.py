"""Markdown: the text of headings, paragraphs, lists and tables; code, front matter, HTML and link targets stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, aligned_by_place

_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\r?\n.*?^\1[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_HARD_BREAK = re.compile(r"(?: {2,}|\\)$")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_EMPHASES = {
    "**": re.compile(r"(?<![\\*\w])\*\*(?=[^\s*])([^*]*[^\s*\\])\*\*(?![*\w])"),
    "*": re.compile(r"(?<![\\*\w])\*(?=[^\s*])([^*]*[^\s*\\])\*(?![*\w])"),
    "__": re.compile(r"(?<![\\_\w])__(?=[^\s_])([^_]*[^\s_\\])__(?![_\w])"),
    "_": re.compile(r"(?<![\\_\w])_(?=[^\s_])([^_]*[^\s_\\])_(?![_\w])"),
}
"""Signs of emphasis, which are shown as tags, so that they are kept in pairs."""
_TAGS = {"**": "md-b", "*": "md-i", "__": "md-s", "_": "md-e"}
_OWN_LINE = re.compile(
    r"\[![A-Z]+\][-+]?\s*$|:{2,}.*$|\$\$.*$|\{%.*%\}\s*$|(?:\[\^[^\]\s]+\]:\s+|:\s+)(?P<text>\S.*)$", re.DOTALL
)
"""Lines that other kinds of Markdown read by themselves: alerts, containers, formulas, tags, notes, definitions."""
_LETTER = re.compile(r"[^\W\d_]")


class Markdown(KeyedFormat):
    """Texts by their places; the lines of a paragraph are one text, and are written as one line."""

    frameworks = frozenset({"markdown"})
    what = "Markdown"

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every text between hard line breaks."""
        del path
        from markdown_it import MarkdownIt

        front = _FRONT.match(text)
        plain = text if front is None else re.sub(r"[^\n]", " ", front.group()) + text[front.end() :]
        lines = _line_starts(plain)
        number, place, last = 0, 0, -1
        for token in MarkdownIt("commonmark").enable("table").parse(plain):
            if token.type != "inline" or not token.map:
                continue
            begun = lines[token.map[0]]
            place = max(place, begun) if begun == last else begun
            last = begun
            for start, end in _stretches(text, token.content, place):
                place = end
                if _LETTER.search(text[start:end]):
                    number += 1
                    raw = text[start:end]
                    if r"\|" not in token.content:
                        raw = raw.replace(r"\|", "|")  # of a table
                    line = _with_tags(_as_line(raw, token.content))
                    yield Entry(str(number), line, start, end, start, end)

    def aligned(self, target: KeyedText, source: KeyedText, path: Path | str) -> KeyedText:
        """By place, in documents of one structure."""
        return aligned_by_place(target, source, path)

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """On one line; in a table, what would part cells is escaped."""
        line = " ".join(text.split("\n"))
        for sign, tag in _TAGS.items():
            line = line.replace(f"<{tag}>", sign).replace(f"</{tag}>", sign)
        if _is_in_table(file.text, entry):
            line = re.sub(r"(?<!\\)\|", r"\\|", line)
        return line


def _stretches(text: str, content: str, place: int) -> Iterator[tuple[int, int]]:
    """Where the lines of a block's content stand, those without a hard break between them together."""
    begun = end = -1
    in_formula = False
    for line in content.split("\n"):
        bare = _HARD_BREAK.sub("", line).strip()
        found = text.find(bare, place) if bare else -1
        if found < 0 and "|" in bare:  # of a table
            bare = bare.replace("|", r"\|")
            found = text.find(bare, place)
        if found < 0:
            continue
        if begun >= 0 and _OWN_LINE.match(bare):
            yield begun, end
            begun = -1
        if in_formula and "$$" not in bare:
            place = found + len(bare)
            continue
        if whole := _OWN_LINE.match(bare):
            place = end = found + len(bare)
            in_formula ^= bare.count("$$") == 1
            if whole["text"] is None:
                continue
            found += whole.start("text")
            bare = bare[whole.start("text") :]
        begun = found if begun < 0 else begun
        place = end = found + len(bare)
        if _HARD_BREAK.search(line.rstrip("\r ") if line.rstrip().endswith("\\") else line):
            yield begun, end
            begun = -1
    if begun >= 0:
        yield begun, end


def _as_line(raw: str, content: str) -> str:
    """The text without what stands before its lines in the file, such as `>` and indentation."""
    if "\n" not in raw:
        return raw
    wanted = [line.strip() for line in content.split("\n")]
    kept = []
    for line in raw.split("\n"):
        bare = line.strip()
        kept.append(next((one for one in wanted if one and bare.endswith(one)), bare))
    return " ".join(kept)


def _with_tags(line: str) -> str:
    """Emphasis as tags, but not in code."""
    pieces, end = list[str](), 0
    for code in _CODE.finditer(line):
        pieces += [_emphasised(line[end : code.start()]), code.group()]
        end = code.end()
    return "".join((*pieces, _emphasised(line[end:])))


def _emphasised(text: str) -> str:
    for sign, pattern in _EMPHASES.items():
        text = pattern.sub(rf"<{_TAGS[sign]}>\1</{_TAGS[sign]}>", text)
    return text


def _is_in_table(text: str, entry: Entry) -> bool:
    start = text.rfind("\n", 0, entry.start) + 1
    end = text.find("\n", entry.end)
    around = text[start : entry.start] + text[entry.end : len(text) if end < 0 else end]
    return bool(re.search(r"(?<!\\)\|", around))


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]
