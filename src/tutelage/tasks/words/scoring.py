"""Students and files of hypotheses scored on a word list, and compared with the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError
from tutelage.core.evidence import Comparison, SystemScores
from tutelage.core.protocols import Progress
from tutelage.core.signatures import content_key
from tutelage.corpora.reading import read_pairs
from tutelage.evaluation.term_accuracy import compare_words, mark_by_text, score_words
from tutelage.evaluation.term_matching import make_matcher
from tutelage.evaluation.word_lists import WordItem
from tutelage.students.naming import open_student
from tutelage.tasks.evaluation import translate_all
from tutelage.tasks.words.files import direction_of, read_word_list

DEFAULT_MATCHES = ("substring", "word")


@dataclass(frozen=True, slots=True)
class WordComparison:
    """One system against the first, by group and way of matching."""

    system: str
    baseline: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class WordScores:
    """Term accuracy of every system by group (the `test` of each), and the paired comparisons with the first."""

    items: int
    systems: tuple[SystemScores, ...]
    comparisons: tuple[WordComparison, ...]


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    signature: str
    outputs: dict[str, str]
    """By item id."""


def score_word_list(
    words: Path | str,
    *,
    students: Sequence[str] = (),
    hypotheses: Sequence[str] = (),
    matches: Sequence[str] = DEFAULT_MATCHES,
    decoding: Decoding | None = None,
    engine: str = "auto",
    compute_type: str = "float32",
    seed: int = 1,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> WordScores:
    """Term accuracy with 95 % intervals of students, and of files with a translation under each item's id."""
    if not students and not hypotheses:
        raise UsageError("there is nothing to score.", fix="Name a student with --student, or a file by --hypotheses.")
    items = read_word_list(words)
    markings = [mark_by_text(make_matcher(match, lang=direction_of(items).target)) for match in matches]
    systems = [
        *(_hypotheses(file, items) for file in hypotheses),
        *_students(students, items, decoding or Decoding(), engine, compute_type, progress),
    ]
    scored = [
        score
        for one in systems
        for score in score_words(
            items,
            one.outputs,
            markings=markings,
            system=one.name,
            system_signature=one.signature,
            seed=seed,
            resamples=resamples,
        )
    ]
    first = systems[0]
    compared = tuple(
        WordComparison(
            one.name,
            first.name,
            compare_words(items, first.outputs, after=one.outputs, markings=markings, seed=seed, resamples=resamples),
        )
        for one in systems[1:]
    )
    return WordScores(len(items), tuple(scored), compared)


def _hypotheses(file: str, items: Sequence[WordItem]) -> _System:
    """What `tutelage translate` made of the word list, or any bilingual text with the items' ids."""
    outputs = {pair.id: pair.target.text for pair in read_pairs(file, direction=direction_of(items))}
    return _System(file, f"file:{content_key(outputs)}", outputs)


def _students(
    students: Sequence[str],
    items: Sequence[WordItem],
    decoding: Decoding,
    engine: str,
    compute_type: str,
    progress: Progress | None,
) -> Iterator[_System]:
    """Each student's translations; a segment that several items share is translated once."""
    sources = list(dict.fromkeys(item.pair.source.text for item in items))
    for name in students:
        opened = open_student(name, direction=direction_of(items), engine=engine, compute_type=compute_type)
        texts = translate_all(sources, opened, name=name, decoding=decoding, progress=progress)
        translated = dict(zip(sources, texts, strict=True))
        outputs = {item.id: translated[item.pair.source.text] for item in items}
        yield _System(name, f"{opened.signature}|{decoding.signature}", outputs)
