"""General instruction data: conversations from JSON Lines, whose last turn the student learns to say."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tutelage.core.errors import CorpusError
from tutelage.core.records import Example, Provenance
from tutelage.core.signatures import content_key
from tutelage.corpora.files import decoded, read_lines
from tutelage.corpora.json_text import parse_json
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.paths import corpus_files
from tutelage.methods.radis.settings import InstructionSettings
from tutelage.storage.digests import file_digest


class Turn(BaseModel):
    """One turn; what else a line says of it is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


class Conversation(BaseModel):
    """One line of a file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    messages: tuple[Turn, ...]


def read_conversations(path: str | tuple[str, ...]) -> Iterator[Example]:
    """Each conversation as an example, streaming; CorpusError with file, line and reason for one that is none."""
    for file in corpus_files(path):
        for number, line in enumerate(read_lines(file.path), start=1):
            if line.strip():
                yield _example(line, where=f"{file.path}:{number}", name=f"{file.name}:{number}")


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations that a recipe mixes in, as a stage reads them."""

    settings: InstructionSettings

    @property
    def key(self) -> str:
        """Of the settings and of the files' names and contents."""
        files = [Path(file.path) for file in corpus_files(self.settings.path)]
        return content_key(
            self.settings.model_copy(update={"path": ""}), [(file.name, file_digest(file)) for file in files]
        )

    def draw(self, *, pairs: int, seed: int) -> list[Example]:
        """As many as make up the share beside so many pairs, drawn by hash; all if the files hold no more."""
        wanted = round(pairs * self.settings.share / (1 - self.settings.share))
        ranked = (
            (short_hash(str(seed), example.id), place, example)
            for place, example in enumerate(read_conversations(self.settings.path))
        )
        drawn = heapq.nsmallest(wanted, ranked, key=lambda entry: entry[:2])
        return [example for _, _, example in sorted(drawn, key=lambda entry: entry[1])]


def _example(line: bytes, *, where: str, name: str) -> Example:
    try:
        turns = Conversation.model_validate(parse_json(decoded(line))).messages
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise _bad_line(f"{place or 'the line'}: {fault['msg'].lower()}", where) from None
    except ValueError as error:
        raise _bad_line(str(error), where) from None
    if len(turns) < 2 or turns[-1].role != "assistant" or not turns[-1].content.strip():
        raise _bad_line("messages must end with a turn of the assistant that answers another turn", where)
    return Example(
        id=f"instruction:{name}",
        task="chat",
        source_lang="",
        target_lang="",
        source="",
        target=turns[-1].content.strip(),
        kind="instruction",
        provenance=Provenance(origin=where),
        messages=tuple((turn.role, turn.content) for turn in turns[:-1]),
    )


def _bad_line(reason: str, where: str) -> CorpusError:
    fix = 'A line is {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}.'
    return CorpusError(f"this is no conversation: {reason}.", where=where, fix=fix)
