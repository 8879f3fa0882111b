"""Many segments in one question: numbered lines, each validated alone, the others asked again alone.

An instruction is paid for once in a group instead of once in a segment. A model that loses count gives a translation of
another segment, which no net sees by itself; what can be told of it: a line that is missing, two segments with one
translation, a number or a name that stands in the translation of another segment. Groups grow while nearly all of
their lines can be used, and shrink if many cannot.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tutelage.core.records import Rejection, Segment
from tutelage.labelling.roles.translation import TranslateMany, TranslateRole, Translation
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.tally import Tally
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.comparing.agreement import normalise
from tutelage.teachers.comparing.words import split_words
from tutelage.teachers.role import Answered

MAX_CHARACTERS = 400
"""Of a segment in a group; longer ones gain little by company, and models tire of long lists."""
FIRST_SIZE, FIRST_GROUPS, MOST_GROUPS = 4, 4, 64
"""Segments in the first groups, groups after which the size is looked at, and the most of them."""
BATCH_GROWTH = 64
"""As many times as many groups follow the first ones where they are asked about in batches."""
GROWS_BELOW, SHRINKS_ABOVE = 0.05, 0.2
"""Shares of segments in groups that had to be asked again alone."""
_NUMBERED = re.compile(r"\s*(\d{1,4})[.):]\s+(.*\S)\s*")


@dataclass(frozen=True, slots=True)
class Group:
    """Segments of one question."""

    segments: tuple[Segment, ...]

    @property
    def id(self) -> str:
        """Of its first segment, and how many there are."""
        return f"{self.segments[0].id}+{len(self.segments)}"


@dataclass(slots=True)
class GroupSize:
    """How many segments are asked about at once, as the model bears it; what was too many is not tried again."""

    most: int
    growth: int = 2
    """As many times as many groups are asked about next."""
    most_groups: int = MOST_GROUPS
    now: int = 0
    groups: int = FIRST_GROUPS

    def __post_init__(self) -> None:
        self.now = min(FIRST_SIZE, self.most)

    def learn(self, *, asked: int, again: int) -> None:
        """After so many segments in groups, of which so many had to be asked again alone."""
        self.groups = min(self.growth * self.groups, self.most_groups)
        if asked and again <= GROWS_BELOW * asked:
            self.now = min(2 * self.now, self.most)
        elif again > SHRINKS_ABOVE * asked:
            self.now = self.most = max(1, self.now // 2)


def first_group_size(most: int, *, batch_size: int | None) -> GroupSize:
    """Where groups of at most so many segments begin.

    With a `batch_size` they are asked about in batches, which may take a day for few groups as for many: few batches.
    """
    if batch_size is None:
        return GroupSize(most)
    return GroupSize(most, growth=BATCH_GROWTH, most_groups=batch_size)


def count_groups(segments: int, size: GroupSize) -> int:
    """How many questions so many segments make if no line of their answers is useless."""
    groups = 0
    while segments > 0:
        wave = min(segments, size.now * size.groups)
        groups += math.ceil(wave / size.now)
        segments -= wave
        size.learn(asked=wave, again=0)
    return groups


@dataclass(slots=True)
class GroupAsking:
    """Asks about segments in groups; iterating gives each segment's outcome in their order."""

    role: TranslateRole
    teacher: ChatTeacher
    ledger: Ledger
    most: int
    """Segments in one question."""
    tally: Tally = field(default_factory=Tally)
    """Of all questions so far, those about groups among them."""
    rejected: int = 0
    """Segments."""
    asked_again: int = 0
    """Segments that were in a group and had to be asked about alone."""

    @property
    def figures(self) -> dict[str, float]:
        """Segments rejected, tokens and money so far, for progress."""
        return {**self.tally.figures, "rejected": self.rejected}

    def ask(self, segments: Iterable[Segment]) -> Iterator[Answered | Rejection]:
        """One answer or rejection for each segment, streaming: up to the first that has to be asked again alone."""
        settings, stream = self.teacher.settings, iter(segments)
        size = first_group_size(self.most, batch_size=settings.batch_size if settings.batch else None)
        while wave := list(islice(stream, size.now * size.groups)):
            fit = [one for one in wave if fits_group(one)] if size.now > 1 else []
            groups = [Group(tuple(fit[at : at + size.now])) for at in range(0, len(fit), size.now)]
            groups = [group for group in groups if len(group.segments) > 1]
            answers: dict[str, Answered] = {}
            given = 0
            for usable in self._ask_groups(groups):
                answers |= usable
                while given < len(wave) and wave[given].id in answers:
                    yield answers[wave[given].id]
                    given += 1
            in_groups = sum(len(group.segments) for group in groups)
            self.asked_again += in_groups - len(answers)
            size.learn(asked=in_groups, again=in_groups - len(answers))
            alone = ask(
                self.role, [one for one in wave if one.id not in answers],
                teacher=self.teacher, ledger=self.ledger, ordered=True, tally=self.tally,
            )  # fmt: skip
            for one in wave[given:]:
                outcome = answers[one.id] if one.id in answers else next(alone)
                self.rejected += isinstance(outcome, Rejection)
                yield outcome

    def _ask_groups(self, groups: Sequence[Group]) -> Iterator[Mapping[str, Answered]]:
        """The usable answers of each group, in the order of the groups."""
        many = TranslateMany(self.role.direction, most=self.most, glossary=self.role.glossary)
        asking = ask(many, groups, teacher=self.teacher, ledger=self.ledger, ordered=True, tally=self.tally)
        for group, outcome in zip(groups, asking, strict=True):
            yield self._usable(group, outcome) if isinstance(outcome, Answered) else {}

    def _usable(self, group: Group, outcome: Answered) -> Mapping[str, Answered]:
        """The lines that can be translations of their segments."""
        answers = {}
        for number, text in trusted_lines(group, read_lines(outcome.answer.text), lang=self.role.direction.source):
            segment, answer = group.segments[number], Translation(translation=text)
            if self.role.verify(segment, answer) is None:
                provenance = dataclasses.replace(outcome.provenance, parents=(segment.id,))
                answers[segment.id] = Answered(segment.id, answer, provenance)
        return answers


def fits_group(segment: Segment) -> bool:
    """Whether the segment is one line, and not too long for company."""
    text = segment.text.strip()
    return bool(text) and len(text) <= MAX_CHARACTERS and len(text.splitlines()) == 1


def read_lines(answer: str) -> dict[int, str]:
    """The numbered lines of an answer, from 1; a number that comes twice is none, as is what has no number."""
    found = [match for line in answer.splitlines() if (match := _NUMBERED.fullmatch(line))]
    times = Counter(int(match[1]) for match in found)
    return {int(match[1]): match[2] for match in found if times[int(match[1])] == 1}


def trusted_lines(group: Group, lines: Mapping[int, str], *, lang: str) -> Iterator[tuple[int, str]]:
    """Lines by the place of their segment, from 0, without those that may be of another segment.

    If the answer has not exactly one line for each segment, only lines are trusted that are tied to their segment by
    a number or a name.
    """
    is_whole = set(lines) == set(range(1, len(group.segments) + 1))
    times = Counter(normalise(text) for text in lines.values())
    same_sources = Counter(normalise(segment.text) for segment in group.segments)
    for place, segment in enumerate(group.segments):
        text = lines.get(place + 1)
        if text is None or (times[normalise(text)] > 1 and same_sources[normalise(segment.text)] == 1):
            continue
        ties = find_ties(segment.text, lang=lang)
        is_tied = any(tie in text for tie in ties)
        others = (other for number, other in lines.items() if number != place + 1)
        is_elsewhere = bool(ties) and not is_tied and any(tie in other for other in others for tie in ties)
        if not is_elsewhere and (is_whole or is_tied):
            yield place, text


def find_ties(text: str, *, lang: str) -> frozenset[str]:
    """Words that a translation is likely to keep: with digits, with inner capitals, placeholders."""
    words = (word.text for word in split_words(text, lang=lang))
    return frozenset(word for word in words if len(word) > 1 and _is_kept(word))


def _is_kept(word: str) -> bool:
    return any(letter.isdigit() for letter in word) or any(map(str.isupper, word[1:])) or not word[0].isalnum()
