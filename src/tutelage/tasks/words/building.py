"""A word list from a glossary, text, and what the student was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress, Silence, TranslationTeacher
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.core.records import Pair
from tutelage.corpora.files import require_folder_of
from tutelage.corpora.glossary.reading import read_glossary
from tutelage.corpora.leakage import LeakageIndex
from tutelage.corpora.normalising import bare, short_hash
from tutelage.corpora.texts import Texts
from tutelage.evaluation.term_matching import make_matcher
from tutelage.evaluation.word_lists import Exposure, WordItem, choose_items, find_items, group_items
from tutelage.tasks.words.files import write_word_list

PER_WORD = 4
"""Items of one word at most: the paper's lists are of words, and a few words are in most segments."""


@dataclass(frozen=True, slots=True)
class WordListReport:
    """What a word list holds, and what was left out of it."""

    items: int
    words: int
    groups: dict[str, int]
    """Items by group."""
    terms: int
    """Of the glossary."""
    training: int
    """Training segments, each source once."""
    left_out: dict[str, int]
    """Segments by reason: `in training`, `repeated`, `no translation`; items: `more of one word`."""


@dataclass(slots=True)
class _Count:
    """Segments left out, by reason."""

    reasons: Counter[str] = field(default_factory=Counter)


def build_word_list(
    out: Path | str,
    *,
    glossary: Path | str,
    text: str | Sequence[str],
    train: Sequence[str],
    direction: Direction,
    text_format: str | None = None,
    translator: TranslationTeacher | None = None,
    match: str = "word",
    per_word: int = PER_WORD,
    seed: int = 0,
    progress: Progress | None = None,
) -> WordListReport:
    """Write the word list `out`: segments of `text` with a word of the glossary whose translation the reference has.

    The references are the targets of `text`, or `translator`'s translations. `train` is every text that the student
    was trained on; segments that it holds too, exactly or nearly, are left out, and so are repeated ones. The same
    input gives the same list. CorpusError if nothing is left.
    """
    progress = progress or Silence()
    require_folder_of(out)
    matcher = make_matcher(match, lang=direction.target)
    terms = [term for term in read_glossary(glossary, direction=direction) if not term.forbidden]
    known = Glossary(terms)
    exposure, count = Exposure(known, matcher=matcher), _Count()
    progress.start("read the training text", total=None)
    index = LeakageIndex.of(_expose(_pairs(train, direction), exposure, progress))
    progress.finish()
    pairs = _fresh(_references(text, direction, text_format, known, translator, progress, count), index, count)
    found = list(find_items(pairs, glossary=known, matcher=matcher, exposure=exposure))
    items = choose_items(found, per_word=per_word, seed=seed)
    if not items:
        raise CorpusError(
            f"no segment is left to test a word of the glossary on{_reasons(count)}.",
            where=str(out),
            fix="Give more text, another glossary, or match by substring or lemma.",
        )
    write_word_list(out, items)
    count.reasons["more of one word"] = len(found) - len(items)
    return _report(items, len(terms), len(index), count)


def _pairs(paths: str | Sequence[str], direction: Direction, text_format: str | None = None) -> Iterator[Pair]:
    named = paths if isinstance(paths, str) else tuple(paths)
    settings = TextsSettings(parallel=TextSettings(path=named, format=text_format))
    return Texts(settings, direction).pairs("parallel")


def _expose(pairs: Iterable[Pair], exposure: Exposure, progress: Progress) -> Iterator[tuple[str, str]]:
    """The id and source of each training segment, counted in the exposure; a repeated source is one context."""
    met: set[int] = set()
    for pair in pairs:
        progress.advance()
        key = short_hash(bare(pair.source.text))
        if key not in met:
            met.add(key)
            exposure.add(pair.source.text, pair.target.text)
            yield pair.id, pair.source.text


def _references(
    text: str | Sequence[str],
    direction: Direction,
    text_format: str | None,
    glossary: Glossary,
    translator: TranslationTeacher | None,
    progress: Progress,
    count: _Count,
) -> Iterator[Pair]:
    """The pairs of the text; or its segments that have a word of the glossary, as the teacher translates them."""
    if translator is None:
        yield from _pairs(text, direction, text_format)
        return
    named = text if isinstance(text, str) else tuple(text)
    segments = Texts(TextsSettings(pool=TextSettings(path=named, format=text_format)), direction).segments("pool")
    wanted = (segment for segment in segments if glossary.find(segment.text))
    progress.start("teacher translates", total=None)
    for outcome in translator.translate(wanted, direction=direction):
        progress.advance()
        if isinstance(outcome, Pair):
            yield outcome
        else:
            count.reasons["no translation"] += 1
    progress.finish()


def _fresh(pairs: Iterable[Pair], training: LeakageIndex, count: _Count) -> Iterator[Pair]:
    """The pairs whose source is in no training segment and was not there before."""
    met: set[int] = set()
    for pair in pairs:
        key = short_hash(bare(pair.source.text))
        if key in met:
            count.reasons["repeated"] += 1
        elif training.find(pair.id, pair.source.text) is not None:
            count.reasons["in training"] += 1
        else:
            yield pair
        met.add(key)


def _report(items: Sequence[WordItem], terms: int, training: int, count: _Count) -> WordListReport:
    groups = {name: len(members) for name, members in group_items(items).items()}
    words = len({item.word.casefold() for item in items})
    left_out = {reason: number for reason, number in count.reasons.items() if number}
    return WordListReport(len(items), words, groups, terms, training, left_out)


def _reasons(count: _Count) -> str:
    told = ", ".join(f"{reason}: {number:,}" for reason, number in count.reasons.items())
    return f" ({told})" if told else ""
