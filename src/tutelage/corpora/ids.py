"""The ids that files give their rows: each once in its file, and told apart where two files have the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.paths import CorpusFile
from tutelage.corpora.rows import Row


@dataclass(slots=True)
class GivenIds:
    """The ids given so far, file by file; each is remembered by 8 bytes of its hash."""

    _file: CorpusFile = field(default_factory=lambda: CorpusFile("", ""))
    _earlier: set[int] = field(default_factory=set)
    """Of the files before this one."""
    _here: set[int] = field(default_factory=set)
    """Of this file, also of rows that nobody wants: what is chosen of a file changes no other file's ids."""
    _used: set[int] = field(default_factory=set)
    """Of the rows of this file that are wanted, told apart."""

    def begin(self, file: CorpusFile) -> None:
        """The next rows are this file's."""
        self._earlier |= self._here
        self._file, self._here, self._used = file, set(), set()

    def note(self, row: Row) -> None:
        """Remember the id of a row, wanted or not."""
        if row.id:
            self._here.add(short_hash(row.id))

    def own_id(self, row: Row) -> str:
        """The id of a row that is wanted: as given, or `file#id` where an earlier file gave it, or `file:number`.

        CorpusError where another row of the file has it.
        """
        if not row.id:
            return f"{self._file.name}:{row.number}"
        own_id = row.id
        while (key := short_hash(own_id)) in self._earlier:
            own_id = f"{self._file.name}#{own_id}"
        if key in self._used:
            raise CorpusError(
                f"the id '{shown(row.id)}' was already used in this file.",
                where=f"{self._file.path}:{row.number}",
                fix="Give every row an id of its own, or none.",
            )
        self._used.add(key)
        self._here.add(key)
        return own_id
