"""Checks of a recipe's texts: whether they are there, parse, hold anything, and are kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import chain, islice

from tutelage.core.counts import counted
from tutelage.core.errors import UserError, did_you_mean
from tutelage.core.evidence import LEAST_SEGMENTS
from tutelage.core.recipe import Recipe, TextSettings, TextsSettings
from tutelage.core.records import Segment
from tutelage.corpora.bad_lines import BadLineCount, shown
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.held_back import USES
from tutelage.corpora.paths import corpus_files
from tutelage.corpora.texts import Texts
from tutelage.stages.checks.text_sizes import MONOLINGUAL, TextSize, measure_text
from tutelage.storage.objects import is_address

MEASURED_ON = ("test", "general")
HELD_BACK = USES
TRAINED_ON = ("pool", "parallel", "post_edits", "rehearsal")
CHOSEN_BY = ("dev", "general_dev")
COUNTED = ("pool", "post_edits")
"""Read to their end: what a step asks about or learns."""
FIRST_LINES = 200
"""Segments read of the other texts."""
SHOWN = 40
"""Characters of a text that its facts show."""
SMALL_POOL = 1000
"""Below, published results of tuning on in-domain text are mixed; above 5,000 they are good."""
SMALL_TEST = 100
"""Below, a 95 % interval of chrF is several points wide."""


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What was seen of one text."""

    use: str
    segments: int
    """Blank ones are not counted."""
    words: int
    whole: bool
    """Whether it was read to its end."""
    problems: tuple[str, ...] = ()
    bad_lines: str = ""
    """How many of the lines read are bad but allowed, and the first of them; nothing if none is."""
    tokens: int = 0
    """Of a large model, about."""
    first: str = ""
    """The first source, and its translation if that is read too: it shows which columns were taken for them."""

    @property
    def size(self) -> TextSize:
        """Of what was read."""
        return TextSize(self.segments, self.words, self.tokens)


def survey_texts(recipe: Recipe) -> tuple[TextFacts, ...]:
    """The facts of every text that the recipe names; what cannot be read becomes a problem."""
    uses = [use for use in TextsSettings.model_fields if getattr(recipe.text, use) is not None]
    return tuple(_survey(recipe, use) for use in uses)


def missing_text_problems(recipe: Recipe) -> list[str]:
    """Texts whose files are not there; none is read, and none is fetched from object storage."""
    named = (use for use in TextsSettings.model_fields if getattr(recipe.text, use) is not None)
    return [problem for use in named for problem in _missing(recipe, use)]


def _missing(recipe: Recipe, use: str) -> Iterator[str]:
    try:
        paths = [path for path in Texts(recipe.text, recipe.direction.direction).paths(use) if not is_address(path)]
        if paths:
            corpus_files(paths)
    except UserError as error:
        yield f"text.{use}: {error}"


def known_sizes(texts: Iterable[TextFacts]) -> dict[str, TextSize]:
    """The sizes by use of the texts that were counted whole, a limit included."""
    return {facts.use: facts.size for facts in texts if facts.use in COUNTED}


def overlap_problems(recipe: Recipe) -> list[str]:
    """Texts to train on or choose by that are the files of texts to measure on, with nothing that keeps them apart."""
    return [
        f"text.{used}: it is the same text as text.{held_back}, so the student would be measured on what it was {how}. "
        "Give other files, or different parts of one split (part and shares)."
        for uses, how, measured_on in (
            (TRAINED_ON, "trained on", HELD_BACK),
            (CHOSEN_BY, "chosen by", MEASURED_ON),
        )
        for used in uses
        for held_back in measured_on
        if _is_one_text(recipe, used, held_back)
    ]


def text_notes(texts: Iterable[TextFacts]) -> list[str]:
    """Texts that may be too small to help or to measure with."""
    notes = []
    for facts in texts:
        if facts.bad_lines:
            notes.append(f"text.{facts.use}: {facts.bad_lines}.")
        if facts.problems or not facts.whole:
            continue
        if facts.use in COUNTED and facts.segments < SMALL_POOL:
            notes.append(
                f"text.{facts.use}: only {counted(facts.segments, 'segment')}; so little text often does not help."
            )
        if facts.use in ("test", "general") and facts.segments < SMALL_TEST:
            too_few = facts.segments < LEAST_SEGMENTS
            means = f"no rule holds on fewer than {LEAST_SEGMENTS}" if too_few else "the intervals will be wide"
            notes.append(f"text.{facts.use}: only {counted(facts.segments, 'segment')}; {means}.")
    return notes


def _survey(recipe: Recipe, use: str) -> TextFacts:
    settings: TextSettings = getattr(recipe.text, use)
    unknown = [name for name in settings.fields if name not in _FIELD_NAMES]
    if unknown:
        return _unreadable(use, *(f"text.{use}.fields.{name}: {_no_such_field(name)}" for name in unknown))
    try:
        return _count(recipe, use)
    except UserError as error:
        return _unreadable(use, f"text.{use}: {error}")
    except OSError as error:
        return _unreadable(use, f"text.{use}: {error.filename or 'a file'} cannot be read ({error.strerror}).")


def _count(recipe: Recipe, use: str) -> TextFacts:
    bad = BadLineCount()
    wanted = _rows(recipe, use, bad)
    first = list(islice(wanted, FIRST_LINES))
    sources = [row.source for row in first]
    if use in COUNTED:
        size, whole = measure_text(chain(sources, (row.source for row in wanted))), True
    else:
        known = sources[: getattr(recipe.text, use).limit]
        size, whole = measure_text(known), len(known) < FIRST_LINES
    problems = () if size.segments else (f"text.{use}: nothing is in it{_why_empty(getattr(recipe.text, use))}",)
    seen = first[0].shown if first else ""
    return TextFacts(use, size.segments, size.words, whole, problems, bad.note(), size.tokens, seen)


@dataclass(frozen=True, slots=True)
class _Row:
    source: Segment
    target: str = ""
    """Empty if no translation is read."""

    @property
    def shown(self) -> str:
        sides = filter(None, (self.source.text, self.target))
        return " → ".join(f"'{shown(_shortened(side))}'" for side in sides)


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}…"


def _rows(recipe: Recipe, use: str, bad: BadLineCount) -> Iterator[_Row]:
    """The source segments, with their translations where the use needs these."""
    named = recipe.text
    if use not in COUNTED:  # a limit is drawn from the whole text, but the first lines are enough here
        settings: TextSettings = getattr(named, use)
        named = named.model_copy(update={use: settings.model_copy(update={"limit": None})})
    texts = Texts(named, recipe.direction.direction)
    if use in MONOLINGUAL or (use in MEASURED_ON and recipe.direction.direction.is_paraphrase):
        return map(_Row, texts.segments(use, bad_line=bad))
    return (_Row(pair.source, pair.target.text) for pair in texts.pairs(use, bad_line=bad))


def _is_one_text(recipe: Recipe, first: str, second: str) -> bool:
    one, other = getattr(recipe.text, first), getattr(recipe.text, second)
    return bool(one and other) and _share_files(recipe, first, second) and not _kept_apart(one, other)


def _share_files(recipe: Recipe, first: str, second: str) -> bool:
    texts = Texts(recipe.text, recipe.direction.direction)
    try:
        files = [{file.path for file in corpus_files(texts.paths(use))} for use in (first, second)]
    except UserError:  # told already as a problem of the text itself
        return False
    return bool(files[0] & files[1])


def _kept_apart(first: TextSettings, second: TextSettings) -> bool:
    """Whether no row can be in both: different parts of the same split, or rows chosen by different values."""
    same_split = _split(first) == _split(second)
    if same_split and None not in (first.part, second.part) and first.part != second.part:
        return True
    return _choose_different(first, second) or _choose_different(second, first)


def _split(settings: TextSettings) -> tuple[object, ...]:
    return (settings.shares, settings.split_by, settings.split_seed)


def _choose_different(first: TextSettings, second: TextSettings) -> bool:
    for name, values in first.only.items():
        if name in second.only and not set(values) & set(second.only[name]):
            return True
        if set(values) <= set(second.without.get(name, ())):
            return True
    return False


def _why_empty(settings: TextSettings) -> str:
    chosen = [name for name in ("part", "only", "without") if getattr(settings, name)]
    if not chosen:
        return "."
    whole = settings.part and settings.split_by != "segment"
    cure = ' Documents stay whole: give more of them, or split_by = "segment".' if whole else ""
    return f" after choosing by {' and '.join(chosen)}.{cure}"


def _no_such_field(name: str) -> str:
    return f"unknown key. {did_you_mean(name, _FIELD_NAMES)}"


def _unreadable(use: str, *problems: str) -> TextFacts:
    return TextFacts(use, 0, 0, whole=False, problems=problems)


_FIELD_NAMES = tuple(field.name for field in fields(FieldNames))
