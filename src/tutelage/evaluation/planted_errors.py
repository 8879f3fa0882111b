"""Errors planted in correct translations, with known spans: what a teacher that finds errors is tested on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tutelage.core.errors import CorpusError, UsageError, did_you_mean
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import UNSPACED, base_language, language_name
from tutelage.core.records import ErrorSpan, Hypothesis, Pair
from tutelage.core.signatures import content_key
from tutelage.evaluation.planting import KINDS, Edit, Sentence, Stock


@dataclass(frozen=True, slots=True)
class PlantingSettings:
    """How many errors, and which."""

    share: float = 0.5
    """Of the texts that get errors; the others stay right, so that false alarms show."""
    max_errors: int = 1
    """Errors in one text at most; each text gets from one to so many."""
    kinds: tuple[str, ...] = tuple(KINDS)
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PlantedError:
    """One error; putting its span's correction in the place of the span takes it away."""

    kind: str
    """One of `planting.KINDS`."""
    span: ErrorSpan
    """An omission has an empty target span, and a correction with the space that went with the words."""


@dataclass(frozen=True, slots=True)
class PlantedText:
    """A translation with its errors, which may be none."""

    hypothesis: Hypothesis
    reference: str
    errors: tuple[PlantedError, ...]

    @property
    def id(self) -> str:
        """The id of the segment it translates."""
        return self.hypothesis.id


def plant_errors(
    pairs: Sequence[Pair], *, settings: PlantingSettings | None = None, terms: Sequence[Term] = ()
) -> list[PlantedText]:
    """Each pair's target as a hypothesis, a share of them with errors; the same pairs and seed give the same.

    Kinds are planted equally often if the text allows it: `wrong_term` needs `terms`, `wrong_number` digits. A text
    too short for any kind stays right. UsageError for a language without spaces or an unknown kind; CorpusError
    without pairs.
    """
    settings = settings or PlantingSettings()
    _check(pairs, settings)
    stock, counts = Stock.of(pairs, terms=terms), Counter[str]()
    made_by = f"planted:{content_key(settings, tuple(terms))}"
    wanted = _draw(pairs, settings)
    planted = []
    for pair in pairs:
        generator = random.Random(content_key(settings.seed, pair.id))
        edits = _edits(Sentence.of(pair), stock, settings, counts, generator) if pair.id in wanted else []
        counts.update(edit.kind for edit in edits)
        planted.append(_planted(pair, edits, made_by))
    return planted


def apply_corrections(text: str, errors: Iterable[ErrorSpan]) -> str:
    """The text with every target span replaced by its correction; the spans must not overlap."""
    for span in sorted(errors, key=lambda span: span.target_start, reverse=True):
        text = text[: span.target_start] + span.correction + text[span.target_end :]
    return text


def _draw(pairs: Sequence[Pair], settings: PlantingSettings) -> set[str]:
    """The ids of the texts that get errors: an exact share, drawn by hash."""
    ranked = sorted(pairs, key=lambda pair: content_key(settings.seed, "share", pair.id))
    return {pair.id for pair in ranked[: round(settings.share * len(pairs))]}


def _edits(
    sentence: Sentence, stock: Stock, settings: PlantingSettings, counts: Counter[str], generator: random.Random
) -> list[Edit]:
    """Edits that do not touch one another, the kinds planted least so far first."""
    number = generator.randint(1, settings.max_errors)
    edits: list[Edit] = []
    for kind in sorted(settings.kinds, key=lambda kind: (counts[kind], settings.kinds.index(kind))):
        edit = KINDS[kind].propose(sentence, stock, generator)
        if edit is not None and _changes(edit, sentence.reference) and all(_apart(edit, other) for other in edits):
            edits.append(edit)
        if len(edits) == number:
            break
    return sorted(edits, key=lambda edit: edit.start)


def _changes(edit: Edit, reference: str) -> bool:
    return edit.replacement != reference[edit.start : edit.end]


def _apart(edit: Edit, other: Edit) -> bool:
    return edit.end < other.start or other.end < edit.start


def _planted(pair: Pair, edits: Sequence[Edit], made_by: str) -> PlantedText:
    reference = pair.target.text
    text, end, errors = "", 0, []
    for edit in edits:
        text += reference[end : edit.start]
        errors.append(
            PlantedError(edit.kind, _span(edit, start=len(text), correction=reference[edit.start : edit.end]))
        )
        text, end = text + edit.replacement, edit.end
    return PlantedText(Hypothesis(pair.source, text + reference[end:], made_by), reference, tuple(errors))


def _span(edit: Edit, *, start: int, correction: str) -> ErrorSpan:
    kind = KINDS[edit.kind]
    return ErrorSpan(
        source_start=edit.source_start,
        source_end=edit.source_end,
        target_start=start,
        target_end=start + len(edit.replacement),
        category=kind.category,
        severity=kind.severity,
        correction=correction,
    )


def _check(pairs: Sequence[Pair], settings: PlantingSettings) -> None:
    for kind in settings.kinds:
        if kind not in KINDS:
            raise UsageError(f"no kind of planted error is called '{kind}'.", fix=did_you_mean(kind, KINDS))
    if not settings.kinds or not 0 <= settings.share <= 1 or settings.max_errors < 1:
        raise UsageError("planting needs at least one kind of error, a share from 0 to 1, and one error or more.")
    if not pairs:
        raise CorpusError("there is no pair to plant errors in.", fix="Give text with translations.")
    lang = pairs[0].target.lang
    if base_language(lang) in UNSPACED:
        raise UsageError(
            f"errors cannot be planted in {language_name(lang)}: words are told by the spaces between them.",
            fix="Choose a target language that is written with spaces.",
        )
