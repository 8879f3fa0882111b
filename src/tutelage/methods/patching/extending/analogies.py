"""The stage `analogies`: words that the student may get wrong too, named by a chat teacher for each of its errors.

The paper's word analoger (arXiv 2403.09522, §3.3) names words along two aspects: of the same category, and of related
meaning or found together. Ours drops words that are errors already or were named before, and can check each pair by a
translator there and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.records import Feedback, Provenance, Rejection
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord, contains_phrase
from tutelage.labelling.roles.analogies import AnalogyQuestion, NameAnalogies, usable_analogies
from tutelage.methods.patching.back_translation import translate_back, translate_there
from tutelage.methods.patching.errors import first_feedback
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import ask_about, teacher_key
from tutelage.storage.stages import StageTable

STAGE = "analogies"


@dataclass(frozen=True, slots=True)
class Analogy:
    """A word that a teacher named for an error, with its translation."""

    id: str
    aspect: str
    source: str
    target: str
    error_id: str
    feedback_id: str
    example: str
    """The source segment of the error."""
    provenance: Provenance

    def as_word(self) -> ErrorWord:
        """A word to find contexts for, whose causes are this analogy and its error."""
        causes = (self.id, self.error_id)
        source, target = self.source.lower(), self.target.lower()
        return ErrorWord(source, target, (self.feedback_id,), self.example, causes, self.source, self.target)


def analogies_stage(
    work: Round, *, errors: StageTable[ErrorWord], feedback: StageTable[Feedback]
) -> StageTable[Analogy] | None:
    """The analogous words to be used; none where the recipe wants none."""
    settings, recipe = work.settings.analogies, work.context.recipe
    if settings.per_aspect == 0:
        return None
    checked_by = settings.round_trip and teacher_key(recipe, settings.round_trip)
    key = content_key(
        STAGE, 1, errors.key, settings.per_aspect, settings.max_words, checked_by,
        teacher_key(recipe, work.settings.analogy_teacher), _role(work).prompt_version, work.seed,
    )  # fmt: skip
    produce = lambda: _produce(work, list(errors), feedback)  # noqa: E731
    return work.folder.table(STAGE, Analogy, key=key, produce=produce)


def choose(
    named: Iterable[Analogy | Rejection],
    *,
    errors: Iterable[ErrorWord],
    confirmed: frozenset[str] | None,
    per_aspect: int,
    most: int,
) -> Iterator[Analogy | Rejection]:
    """Each word once, none that is an error itself; `per_aspect` for each error and aspect, `most` altogether.

    `confirmed` are the ids that the way there and back speaks for; none asks for no such proof.
    """
    known = {error.source for error in errors}
    used: Counter[tuple[str, str]] = Counter()
    for item in named:
        if isinstance(item, Rejection):
            yield item
        elif reason := _fault(item, known, used, confirmed, per_aspect=per_aspect, most=most):
            yield Rejection(item.id, STAGE, reason, raw=f"{item.source} → {item.target}", provenance=item.provenance)
        else:
            known.add(item.source.lower())
            used[item.error_id, item.aspect] += 1
            yield item


def _fault(
    item: Analogy,
    known: set[str],
    used: Counter[tuple[str, str]],
    confirmed: frozenset[str] | None,
    *,
    per_aspect: int,
    most: int,
) -> str | None:
    if item.source.lower() in known:
        return "known_word"
    if confirmed is not None and item.id not in confirmed:
        return "not_confirmed_by_round_trip"
    if used[item.error_id, item.aspect] >= per_aspect:
        return "enough_for_the_aspect"
    return "enough_words" if used.total() >= most else None


def _produce(work: Round, errors: Sequence[ErrorWord], feedback: Iterable[Feedback]) -> Iterator[Analogy | Rejection]:
    settings = work.settings.analogies
    named = list(_name(work, errors, first_feedback(errors, feedback)))
    words = [item for item in named if isinstance(item, Analogy)]
    confirmed = None if settings.round_trip is None else _confirmed(work, words)
    yield from choose(
        named, errors=errors, confirmed=confirmed, per_aspect=settings.per_aspect, most=settings.max_words
    )


def _name(work: Round, errors: Sequence[ErrorWord], first: dict[str, Feedback]) -> Iterator[Analogy | Rejection]:
    questions = [
        AnalogyQuestion(
            error.id, error.example, first[error.feedback_ids[0]].post_edit or "", error.source_form, error.target_form
        )
        for error in errors
    ]
    by_id = {error.id: error for error in errors}
    answers = ask_about(
        work.context, questions, role=_role(work), teacher=work.settings.analogy_teacher, seed=work.seed,
        label="teacher names analogies", total=len(questions),
    )  # fmt: skip
    for question, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
            continue
        found, rejections = usable_analogies(question, outcome, used=_asked(work))
        yield from rejections
        for aspect, source, target in found:
            yield _analogy(by_id[question.id], aspect, source, target, outcome.provenance)


def _analogy(error: ErrorWord, aspect: str, source: str, target: str, provenance: Provenance) -> Analogy:
    analogy_id = f"analogy:{content_key(error.id, aspect, source, target)}"
    feedback_id = error.feedback_ids[0]
    asked = replace(provenance, origin=STAGE, parents=error.parents())
    return Analogy(analogy_id, aspect, source, target, error.id, feedback_id, error.example, asked)


def _confirmed(work: Round, words: Sequence[Analogy]) -> frozenset[str]:
    """The ids of those that a translator gives one way or the other: a synonym comes back only one way."""
    context, teacher = work.context, work.settings.analogies.round_trip
    targets = {word.id: word.target for word in words}
    sources = {word.id: word.source for word in words}
    there = translate_there(context, sources.items(), teacher=teacher, total=len(words))
    agreed = {word_id for word_id, text in there if contains_phrase(text, targets[word_id].lower())}
    left = [(word_id, text) for word_id, text in targets.items() if word_id not in agreed]
    back = translate_back(context, left, teacher=teacher, total=len(left))
    return frozenset(agreed | {word_id for word_id, text in back if contains_phrase(text, sources[word_id].lower())})


def _role(work: Round) -> NameAnalogies:
    return NameAnalogies(work.context.recipe.direction.direction, asked=_asked(work))


def _asked(work: Round) -> int:
    """One more than is used, as in the paper: some will be known already."""
    return work.settings.analogies.per_aspect + 1
