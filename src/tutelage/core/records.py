"""The records that stages turn into one another: frozen, typed, joined by id and never by position."""

from __future__ import annotations

from dataclasses import dataclass, field

from tutelage.core.errors import UsageError
from tutelage.core.languages import Direction, normalise_language

CONFLICT_ARROW = ">"
"""Between the two languages of `Example.conflict`."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a record came from, so that every training example can be traced to the error that caused it."""

    origin: str = ""
    """File and line (`corpus.tsv:12`) of text that was read, or the name of the stage that made the record."""
    parents: tuple[str, ...] = ()
    """Ids of the records this one was made from."""
    role: str = ""
    """What the maker was asked to do: translate, feedback, contexts, …"""
    teacher: str = ""
    """Signature of the teacher (or student) that made it."""
    prompt_version: str = ""
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence or message in one language."""

    id: str
    text: str
    lang: str
    document: str = ""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Pair:
    """A source segment and its translation (human or a teacher's)."""

    source: Segment
    target: Segment
    provenance: Provenance = field(default_factory=Provenance)
    draft: str | None = None
    """What a machine had written, if a person made the target of it and the text still has it."""

    @property
    def id(self) -> str:
        """The id of the source: one pair has one source."""
        return self.source.id


@dataclass(frozen=True, slots=True)
class Paraphrases:
    """What a teacher wrote for one segment: other sentences of the same meaning, in its order."""

    source: Segment
    texts: tuple[str, ...]
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def id(self) -> str:
        """The id of the source."""
        return self.source.id


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a student made of a segment."""

    segment: Segment
    text: str
    student: str
    """Signature of the student and of its decoding."""

    @property
    def id(self) -> str:
        """The id of the segment it translates."""
        return self.segment.id


NOWHERE = (-1, -1)
"""Source offsets of an error that has no place in the source."""


@dataclass(frozen=True, slots=True)
class ErrorSpan:
    """One error: character offsets (start, end) into source and hypothesis, its MQM class, and its correction.

    Source offsets are `NOWHERE` of an addition, and of words that the teacher misquoted.
    """

    source_start: int
    source_end: int
    target_start: int
    target_end: int
    category: str
    severity: str
    correction: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A teacher's verdict on a hypothesis; `post_edit` is `None` if the hypothesis was found right."""

    hypothesis: Hypothesis
    errors: tuple[ErrorSpan, ...]
    post_edit: str | None
    quality: float | None
    """Agreement of the hypothesis with the post-edit, 0 to 1, if the teacher gives one; higher is better."""
    provenance: Provenance

    @property
    def id(self) -> str:
        """The id of the segment judged."""
        return self.hypothesis.segment.id

    @property
    def flagged(self) -> bool:
        """Whether the teacher found an error worth a correction."""
        return self.post_edit is not None


@dataclass(frozen=True, slots=True)
class Example:
    """One training item: what the student reads and what it should have written."""

    id: str
    task: str
    """translate, paraphrase, …"""
    source_lang: str
    target_lang: str
    source: str
    target: str
    weight: float = 1.0
    kind: str = ""
    """What made it: post-edit, context, rehearsal, distilled, parallel."""
    rationale: str | None = None
    """What a causal student writes behind the target; it rehearses what the student was."""
    conflict: str | None = None
    """A wrong direction, such as `en>fr`: asked under it, the same source must not give the same target. None: the
    example is a true sample only."""
    provenance: Provenance = field(default_factory=Provenance)
    messages: tuple[tuple[str, str], ...] = ()
    """Role and content of each turn before the target, instead of a source; for causal students only."""
    cut: bool = False
    """Whether target or rationale stop short, so that no end may be learned after them."""
    hypothesis: str | None = None
    """What the student wrote where the target corrects it, so that it is known which tokens are corrected."""

    @property
    def direction(self) -> Direction:
        """From the source's language to the target's."""
        return Direction(self.source_lang, self.target_lang)

    @property
    def conflict_direction(self) -> Direction | None:
        """The direction that `conflict` names; UsageError if it names none."""
        if self.conflict is None:
            return None
        source, arrow, target = self.conflict.partition(CONFLICT_ARROW)
        if not arrow:
            raise UsageError(
                f"the conflict '{self.conflict}' of example '{self.id}' is no direction.",
                fix="Write it as source>target, for instance en>fr.",
            )
        return Direction(normalise_language(source), normalise_language(target))


def name_conflict(direction: Direction) -> str:
    """The direction as `Example.conflict` writes it."""
    return f"{direction.source}{CONFLICT_ARROW}{direction.target}"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that was not used: counted, kept with its raw text, never scored as zero."""

    id: str
    stage: str
    reason: str
    raw: str = ""
    provenance: Provenance = field(default_factory=Provenance)
