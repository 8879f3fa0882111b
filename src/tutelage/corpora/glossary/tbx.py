"""Terms out of TBX (ISO 30042), version 2 and 3: entries with terms by language, read as a stream.

The parser is Expat, which loads nothing from outside; a file that declares entities is refused, since they can blow up
to any size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction, base_language
from tutelage.corpora.files import opened_for_reading
from tutelage.corpora.glossary.tables import is_forbidden_status
from tutelage.storage.limits import MAX_LINE_BYTES

ENTRY, LANGUAGE, TERM = {"termEntry", "conceptEntry"}, {"langSet", "langSec"}, "term"
_NOTES = {"partOfSpeech", "administrativeStatus", "normativeAuthorization", "doNotTranslate"}
"""What is told of the term before it: `<termNote type="partOfSpeech">`, or `<min:partOfSpeech>`."""
_LANG = "xml:lang"
CHUNK_BYTES = 256 * 1024
"""Given to Expat at once."""
MAX_TERM_CHARACTERS = 1_000
"""A term is some words; without a limit one element could fill the memory."""
MAX_ENTRY_TERMS = 1_000
"""Every source term of an entry goes with every target term; a concept has a dozen in all its languages."""


def read_tbx(path: Path | str, *, direction: Direction) -> Iterator[Term]:
    """Every source term of an entry with every target term of it; CorpusError if the file is not sound XML."""
    reader = _Reader(path)
    with opened_for_reading(path) as stream:
        reader.parse(stream)
    for entry in reader.entries:
        sources, targets = _terms(entry, direction.source), _terms(entry, direction.target)
        for source in sources:
            if source.is_kept:
                yield Term(source.text, source.text, source.part_of_speech, is_kept=True, match_case=True)
            else:
                yield from (
                    Term(source.text, target.text, target.part_of_speech or source.part_of_speech, target.is_forbidden)
                    for target in targets
                )


@dataclass(slots=True)
class _Named:
    """A term of an entry in one language, and what its notes say."""

    lang: str
    text: str
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def part_of_speech(self) -> str:
        return self.notes.get("partOfSpeech", "")

    @property
    def is_forbidden(self) -> bool:
        return any(is_forbidden_status(self.notes.get(name, "")) for name in _NOTES)

    @property
    def is_kept(self) -> bool:
        return self.notes.get("doNotTranslate", "").casefold() in ("yes", "true", "1")


class _Reader:
    """Expat's callbacks: collects, for each entry, its terms in their order."""

    def __init__(self, path: Path | str) -> None:
        self.entries: list[list[_Named]] = []
        self._path, self._lang = path, ""
        self._bytes = 0
        self._pieces: list[str] = []
        self._characters_left = MAX_TERM_CHARACTERS
        self._reads = ""
        self._parser: Any = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse_entity

    def parse(self, stream: Any) -> None:
        """Read the whole stream."""
        try:
            while chunk := stream.read(CHUNK_BYTES):
                self._parser.Parse(chunk, False)
                self._bytes += len(chunk)
                self._check_progress()
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._refusal(f"not well-formed XML ({expat.ErrorString(error.code)})") from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or Expat cannot read
            raise self._refusal(f"XML in an encoding that cannot be read ({error})") from None

    def _check_progress(self) -> None:
        """Expat begins a tag or comment that is not whole yet anew with each chunk: quadratic in one without an end."""
        if self._bytes - self._parser.CurrentByteIndex > MAX_LINE_BYTES:
            raise self._refusal(f"a tag or comment of more than {MAX_LINE_BYTES:,} bytes")

    def _refusal(self, what: str, *, fix: str = "Mend the file.") -> CorpusError:
        return CorpusError(f"{what}.", where=f"{self._path}:{self._parser.CurrentLineNumber}", fix=fix)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name in ENTRY:
            self.entries.append([])
        elif name in LANGUAGE:
            self._lang = attributes.get(_LANG, "").replace("_", "-")
        if name == TERM or name in _NOTES or attributes.get("type") in _NOTES:
            self._reads = name if name == TERM or name in _NOTES else attributes["type"]
            self._pieces, self._characters_left = [], MAX_TERM_CHARACTERS

    def _end(self, _: str) -> None:
        read, self._reads = self._reads, ""
        text = " ".join("".join(self._pieces).split()) if read else ""
        if not text or not self._lang or not self.entries:
            return
        entry = self.entries[-1]
        if read != TERM:
            if entry:
                entry[-1].notes[read] = text
            return
        entry.append(_Named(self._lang, text))
        if len(entry) > MAX_ENTRY_TERMS:
            raise self._refusal(f"an entry with more than {MAX_ENTRY_TERMS:,} terms")

    def _characters(self, text: str) -> None:
        if self._reads:
            self._characters_left -= len(text)
            if self._characters_left < 0:
                raise self._refusal(f"a term of more than {MAX_TERM_CHARACTERS:,} characters")
            self._pieces.append(text)

    def _refuse_entity(self, name: str, *_facts: Any) -> None:
        raise self._refusal(
            f"the file declares an XML entity ('{name}'), which is refused for safety",
            fix="Write the text out in place of the entity.",
        )


def _terms(entry: list[_Named], lang: str) -> list[_Named]:
    """The terms of exactly this language, else those of the language without a region or with any, if none is asked."""
    for wanted in (lang, base_language(lang)):
        found = [term for term in entry if term.lang.lower() == wanted.lower()]
        if found:
            return found
    return [term for term in entry if base_language(term.lang).lower() == lang.lower()]
