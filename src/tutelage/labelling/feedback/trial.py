"""The three forms of feedback tried on the same hypotheses: what is usable, how good it is, what it costs.

`translated` shows the teacher the source alone, `edited` the source and the hypothesis, both answered in plain words;
`asked` has it name, place and explain the errors first. Which one suits is a property of the pair of teacher and
student: a small teacher may translate well and be misled by a bad draft, or write no valid list of errors at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress
from tutelage.core.records import Hypothesis, Pair, Rejection, Segment
from tutelage.labelling.chat_translator import ChatTranslator
from tutelage.labelling.feedback.choice import FORMS, LEAST_USABLE, Form, FormTrial, ReasonCount
from tutelage.labelling.feedback.edits import edit_pair
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.roles.feedback import GiveFeedback, make_feedback
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.comparing.agreement import measure_agreement, normalise
from tutelage.teachers.plain_text import between_space_of
from tutelage.teachers.role import Answered

FIRST = 10
"""Hypotheses after which a form without enough usable answers is not tried on the others."""
Grade = Callable[[Mapping[str, str]], dict[str, float]]
"""chrF (0 to 1) of texts by the ids of their segments; ids that cannot be graded are left out."""


@dataclass(frozen=True, slots=True)
class FormRoles:
    """How each form is asked."""

    translated: TranslateRole
    edited: EditRole
    asked: GiveFeedback

    @classmethod
    def of(cls, asked: GiveFeedback) -> FormRoles:
        """The roles in the direction of `asked`, as a run has them."""
        direction, glossary = asked.direction, asked.glossary
        return cls(TranslateRole(direction, glossary=glossary), EditRole(direction, glossary=glossary), asked)

    @property
    def direction(self) -> Direction:
        """From the source's language to the hypotheses'."""
        return self.asked.direction


@dataclass(frozen=True, slots=True)
class Panel:
    """Who is asked, and how."""

    roles: FormRoles
    teacher: ChatTeacher
    """Who edits and is asked."""
    ledger: Ledger
    progress: Progress
    seed: int = 0
    translator: ChatTeacher | None = None
    """Who translates; `None` means the same."""

    @property
    def translates(self) -> ChatTeacher:
        """Who translates, there and back."""
        return self.translator or self.teacher


@dataclass(slots=True)
class _Written:
    """What the teacher would write in one form, by segment id."""

    texts: dict[str, str] = field(default_factory=dict)
    segments: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def try_forms(
    hypotheses: Sequence[Hypothesis], *, panel: Panel, grade: Grade, forms: Sequence[Form] = FORMS
) -> list[FormTrial]:
    """Each form on all hypotheses, unless too few of its first answers are usable."""
    before = grade({one.id: one.text for one in hypotheses})
    return [_judge(form, _write(form, hypotheses, panel), hypotheses, before, grade) for form in forms]


def grade_by_references(references: Mapping[str, str]) -> Grade:
    """Against human translations by segment id."""

    def grade(texts: Mapping[str, str]) -> dict[str, float]:
        return {name: measure_agreement(text, references[name]) for name, text in texts.items() if name in references}

    return grade


def grade_by_return(panel: Panel, sources: Mapping[str, str]) -> Grade:
    """Against the source, after the teacher has translated the text back; the teacher judges its own work so."""
    back = Direction(panel.roles.direction.target, panel.roles.direction.source)

    def grade(texts: Mapping[str, str]) -> dict[str, float]:
        segments = (Segment(name, text, back.source) for name, text in texts.items() if text.strip())
        translator = ChatTranslator(panel.translates, ledger=panel.ledger)
        panel.progress.start("translate back", total=len(texts))
        returned = {}
        for outcome in translator.translate(segments, direction=back):
            panel.progress.advance(1, **translator.figures)
            if isinstance(outcome, Pair):
                returned[outcome.id] = measure_agreement(outcome.target.text, sources[outcome.id])
        panel.progress.finish()
        return returned

    return grade


def _write(form: Form, hypotheses: Sequence[Hypothesis], panel: Panel) -> _Written:
    """The answers to the first hypotheses, and to the others if enough of these are usable."""
    written = _Written()
    panel.progress.start(f"try feedback {form}", total=len(hypotheses))
    for part in (hypotheses[:FIRST], hypotheses[FIRST:]):
        if written.segments and len(written.texts) < LEAST_USABLE * written.segments:
            break
        _ask(form, part, panel, written)
    panel.progress.finish()
    return written


def _ask(form: Form, hypotheses: Sequence[Hypothesis], panel: Panel, written: _Written) -> None:
    role, teacher = getattr(panel.roles, form), panel.translates if form == "translated" else panel.teacher
    items, seed = _items(form, hypotheses), 0 if form == "translated" else panel.seed
    asking = ask(role, items, teacher=teacher, ledger=panel.ledger, seed=seed, ordered=True)
    for hypothesis, outcome in zip(hypotheses, asking, strict=True):
        panel.progress.advance(1, **asking.figures)
        text = outcome.reason if isinstance(outcome, Rejection) else None
        if isinstance(outcome, Answered):
            usable = _text(form, hypothesis, outcome, panel.roles)
            text = usable.reason if isinstance(usable, Rejection) else None
            if isinstance(usable, str):
                written.texts[hypothesis.id] = usable
        written.reasons.update([text] if text else [])
    written.segments += len(hypotheses)
    written.input_tokens += asking.tally.input_tokens
    written.output_tokens += asking.tally.output_tokens


def _items(form: Form, hypotheses: Sequence[Hypothesis]) -> Iterator[Any]:
    return (one.segment if form == "translated" else one for one in hypotheses)


def _text(form: Form, hypothesis: Hypothesis, answered: Answered, roles: FormRoles) -> str | Rejection:
    """What the student would learn to write: the hypothesis where the teacher finds it right."""
    if form == "translated":
        return between_space_of(hypothesis.segment.text, answered.answer.translation)
    if form == "edited":
        return edit_pair(hypothesis, answered, lang=roles.direction.target).target.text
    feedback, rejections = make_feedback(hypothesis, answered, direction=roles.direction, mode=roles.asked.mode)
    return rejections[-1] if feedback is None else feedback.post_edit or hypothesis.text


def _judge(
    form: Form, written: _Written, hypotheses: Sequence[Hypothesis], before: Mapping[str, float], grade: Grade
) -> FormTrial:
    after, drafts = grade(written.texts), {one.id: one.text for one in hypotheses}
    graded = [name for name in after if name in before]
    changed = [name for name, text in written.texts.items() if normalise(text) != normalise(drafts[name])]
    asked = [one.id for one in hypotheses[: written.segments]]
    return FormTrial(
        form=form,
        segments=written.segments,
        usable=len(written.texts),
        changed=len(changed),
        quality=100 * _mean([after[name] for name in graded]),
        before=100 * _mean([before[name] for name in graded]),
        gains=tuple(100 * (after[name] - before[name]) if name in graded else 0.0 for name in asked),
        input_tokens=written.input_tokens,
        output_tokens=written.output_tokens,
        reasons=tuple(ReasonCount(reason, count) for reason, count in written.reasons.most_common()),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
