"""The stage `analogies`: words that the student may get wrong too, named by a chat teacher for each of its errors.

The paper's word analoger (arXiv 2403.09522, §3.3) names words along two aspects: of the same category, and of related
meaning or found together. Ours drops words that are errors already or were named before, and can check each pair by a
translator there and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.protocols import Progress
from tutelage.core.records import Feedback, Provenance, Rejection
from tutelage.core.signatures import content_key
from tutelage.core.stage import Stage, Work
from tutelage.labelling.back_translation import translate_texts
from tutelage.labelling.error_words import ErrorWord, contains_phrase, first_feedback
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.analogies import AnalogyQuestion, NameAnalogies, usable_analogies
from tutelage.labelling.teachers import AskedTeacher, Translator
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


@dataclass(frozen=True, slots=True)
class Namer:
    """Who names words beside an error, and how it is asked."""

    role: NameAnalogies
    teacher: AskedTeacher
    seed: int

    def name(
        self, errors: Sequence[ErrorWord], feedback: Iterable[Feedback], *, origin: str, progress: Progress
    ) -> Iterator[Analogy | Rejection]:
        """The words that the teacher names for each error, from the sentence in which it was wrong."""
        first, by_id = first_feedback(errors, feedback), {error.id: error for error in errors}
        questions = [analogy_question(error, first[error.feedback_ids[0]]) for error in errors]
        answers = inquire(
            questions, role=self.role, teacher=self.teacher, seed=self.seed, progress=progress,
            label="teacher names analogies", total=len(questions),
        )  # fmt: skip
        for question, outcome in answers:
            if isinstance(outcome, Rejection):
                yield outcome
                continue
            found, rejections = usable_analogies(question, outcome, used=self.role.asked)
            yield from rejections
            error = by_id[question.id]
            for aspect, source, target in found:
                named = f"analogy:{content_key(error.id, aspect, source, target)}"
                provenance = replace(outcome.provenance, origin=origin, parents=error.parents())
                yield Analogy(named, aspect, source, target, error.id, error.feedback_ids[0], error.example, provenance)


def analogy_question(error: ErrorWord, feedback: Feedback) -> AnalogyQuestion:
    """What is asked about an error word, with the sentence in which it was wrong."""
    return AnalogyQuestion(error.id, error.example, feedback.post_edit or "", error.source_form, error.target_form)


@dataclass(frozen=True, slots=True)
class AnalogiesInputs:
    """The errors for which words are named, by whom, and which of the words are used."""

    errors: StageTable[ErrorWord]
    feedback: StageTable[Feedback]
    namer: Namer
    per_aspect: int
    most: int | None
    there: Translator | None
    """With `back` a check of each pair; `None` does without."""
    back: Translator | None


def name_and_choose(inputs: AnalogiesInputs, work: Work) -> Iterator[Analogy | Rejection]:
    """The analogous words to be used."""
    errors = list(inputs.errors)
    named = list(inputs.namer.name(errors, inputs.feedback, origin=STAGE, progress=work.progress))
    words = [item for item in named if isinstance(item, Analogy)]
    confirmed = None
    if inputs.there is not None and inputs.back is not None:
        confirmed = _confirm(words, inputs.there, inputs.back, work.progress)
    yield from choose(named, errors=errors, confirmed=confirmed, per_aspect=inputs.per_aspect, most=inputs.most)


ANALOGIES = Stage(STAGE, 2, Analogy, name_and_choose)


def choose(
    named: Iterable[Analogy | Rejection],
    *,
    errors: Iterable[ErrorWord],
    confirmed: frozenset[str] | None,
    per_aspect: int,
    most: int | None,
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
    most: int | None,
) -> str | None:
    if item.source.lower() in known:
        return "known_word"
    if confirmed is not None and item.id not in confirmed:
        return "not_confirmed_by_round_trip"
    if used[item.error_id, item.aspect] >= per_aspect:
        return "enough_for_the_aspect"
    return "enough_words" if most is not None and used.total() >= most else None


def _confirm(words: Sequence[Analogy], there: Translator, back: Translator, progress: Progress) -> frozenset[str]:
    """The ids of those that a translator gives one way or the other: a synonym comes back only one way."""
    targets = {word.id: word.target for word in words}
    sources = {word.id: word.source for word in words}
    given = translate_texts(
        sources.items(), translator=there, progress=progress, label="teacher translates", total=len(words)
    )
    agreed = {word_id for word_id, text in given if contains_phrase(text, targets[word_id].lower())}
    left = [(word_id, text) for word_id, text in targets.items() if word_id not in agreed]
    returned = translate_texts(left, translator=back, progress=progress, label="translate back", total=len(left))
    return frozenset(
        agreed | {word_id for word_id, text in returned if contains_phrase(text, sources[word_id].lower())}
    )
