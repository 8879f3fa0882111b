"""Files of every format that is read, damaged, through what the commands read and write them with.

An input is the name of the file in the first line, and its bytes after it.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from fuzz.corpus_changes import change_bytes, change_text
from fuzz.corpus_samples import PACKED, Sample, blind_set, pack, samples
from fuzz.driver import Target
from fuzz.odd_tables import odd_table
from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Segment
from tutelage.corpora.bad_lines import Allowance
from tutelage.corpora.filling import Filling
from tutelage.corpora.glossary.reading import read_glossary
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.evaluation.retention.harness_results import read_results
from tutelage.methods.paraphrase.faults import read_forbidden
from tutelage.methods.radis.conversations import read_conversations
from tutelage.storage.ledger.replay import read_replay
from tutelage.tasks.judge.folders import read_key
from tutelage.tasks.judge.imported import read_ratings
from tutelage.tasks.judge.outputs import read_outputs
from tutelage.tasks.translation import translate_document
from tutelage.tasks.words.files import read_word_list
from tutelage.teachers.prices import read_prices

EN_PT = Direction("en", "pt-BR")
ODD_TABLES = 0.05
"""Share of inputs that are sound Parquet tables with columns that nobody expects."""


def make_target() -> Target:
    """The target; its files lie in a temporary folder that is left when the process ends."""
    place = Path(tempfile.mkdtemp(prefix="fuzz-corpora-"))
    known = list(samples(place))
    return Target("corpora", ".input", partial(mutate, known=known), partial(attempt, place=place))


def mutate(generator: random.Random, known: Sequence[Sample]) -> bytes:
    """A sample with one to four changes, of its text or of its bytes, packed or not."""
    if generator.random() < ODD_TABLES:
        return _named("odd.parquet", odd_table(generator))
    sample = generator.choice(known)
    name, data = sample.name, sample.data
    packing = generator.choice(PACKED) if sample.may_be_packed and generator.random() < 0.25 else ""
    damaged = generator.random() < 0.5
    for _ in range(generator.choice((1, 1, 1, 2, 2, 3, 4))):
        if sample.is_text and ((packing and not damaged) or generator.random() < 0.7):
            data = change_text(generator, data)
        else:
            data = change_bytes(generator, data)
    data = pack(data, packing)
    return _named(name + packing, change_bytes(generator, data) if packing and damaged else data)


def attempt(data: bytes, place: Path) -> None:
    """Read the file in each way that a command reads it; UserError if every way ends in one."""
    line, _, content = data.partition(b"\n")
    name = line.decode()
    path = place / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    kind = name.partition("-")[0]
    ways = _WAYS[kind](path) if kind in _WAYS else _corpus_ways(path)
    refusals = []
    for way in ways:
        try:
            way()
        except UserError as error:
            refusals.append(error)
            _require_readable(error)
    if len(refusals) == len(ways):
        raise refusals[0]


def _named(name: str, data: bytes) -> bytes:
    return name.encode() + b"\n" + data


def _require_readable(error: UserError) -> None:
    text = str(error)
    text.encode()
    if len(text) > 5_000:
        raise AssertionError(f"a message of {len(text):,} characters: {text[:200]}")


def _corpus_ways(path: Path) -> list[Callable[[], None]]:
    """As pairs and as segments, strictly and with bad lines, and translated."""
    readings = [Reading(), Reading(max_bad_share=1)]
    pairs = [partial(_all_sound, lambda reading=reading: read_pairs(path, direction=EN_PT, reading=reading))
             for reading in readings]  # fmt: skip
    segments = [partial(_all_sound, lambda reading=reading: read_segments(path, lang="en", reading=reading))
                for reading in readings]  # fmt: skip
    return [*pairs, *segments, *(partial(_translate, path, share) for share in (0.0, 1.0))]


def _all_sound(read: Callable[[], Iterator[Pair | Segment]]) -> None:
    """What is read is text, whatever was in the file."""
    for item in read():
        for side in (item.source, item.target) if isinstance(item, Pair) else (item,):
            if "\0" in side.text or not isinstance(side.text, str):
                raise AssertionError(f"{side.text[:50]!r} was read as text")
            f"{side.text}{side.id}{side.document}".encode()


def _translate(path: Path, share: float) -> None:
    out = path.with_name(f"out-{path.name}")
    filling = Filling(lang="pt-BR", allowed=Allowance(share))
    translate_document(path, out, lambda sources: (source.upper() for source in sources), filling=filling)
    out.unlink()


def _exhaust(read: Callable[[], object]) -> None:
    for _ in read():  # type: ignore[attr-defined]
        pass


_WAYS: dict[str, Callable[[Path], list[Callable[[], object]]]] = {
    "glossary": lambda path: [lambda: read_glossary(path, direction=EN_PT)],
    "words": lambda path: [lambda: read_word_list(path)],
    "prices": lambda path: [lambda: read_prices(path)],
    "ratings": lambda path: [lambda: read_ratings([path], blind=blind_set(), allow_missing=1)],
    "outputs": lambda path: [lambda: read_outputs(path)],
    "key": lambda path: [lambda: (path.rename(path.with_name("key.json")), read_key(path.parent))],
    "conversations": lambda path: [lambda: _exhaust(lambda: read_conversations(str(path)))],
    "replay": lambda path: [lambda: _exhaust(lambda: read_replay(path))],
    "forbidden": lambda path: [lambda: read_forbidden(str(path))],
    "harness": lambda path: [lambda: read_results(path.parent, ["facts"])],
}
"""What reads the files whose names begin so."""
