"""Rounds: which student translates which part of the pool, what each round gained, and when to stop.

The gain of a round is measured on the dev text, not on the test set, so that the gate's evidence stays untouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.languages import Direction
from tutelage.core.records import Segment
from tutelage.core.stage import Stage, ValuesStage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.normalising import short_hash
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import make_scorer
from tutelage.stages.outputs import OUTPUTS, OutputsInputs
from tutelage.storage.stages import StageFolder, StageTable

MEASURE = "chrf"


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a step: the student that translates, and where the stages go."""

    settings: PatchingSettings
    context: StepContext
    number: int
    """From 1."""
    student: Path
    folder: StageFolder

    @property
    def direction(self) -> Direction:
        """Of the recipe."""
        return self.context.recipe.direction.direction

    @property
    def filters(self) -> TextFilter | None:
        """What training text must be like in strict mode; `None` keeps all, as the paper does."""
        return self.context.text_filter() if self.settings.mode == "strict" else None

    @property
    def base_seed(self) -> int:
        """Of what is the same in every round."""
        return self.context.recipe.seed

    @property
    def seed(self) -> int:
        """Of what is sampled: another one in each round, so that new contexts are written for an old error."""
        return self.context.recipe.seed + self.number - 1


@dataclass(frozen=True, slots=True)
class RoundScore:
    """What one round came to, as `rounds.json` keeps it."""

    round: int
    student_in: str
    """Signature of the student that translated."""
    student_out: str
    segments: int
    """Of the pool."""
    flagged: int
    examples: int
    dev_before: float | None
    """chrF of the student that came in, on the dev text; none without one."""
    dev_after: float | None
    gain_low: float | None
    """Lower end of the 95 % interval of the gain (paired bootstrap)."""
    gain_high: float | None
    tells: bool = True
    """Whether the dev text has enough distinct segments for the gain to mean anything."""
    answers: int = 0
    """Of teachers, that the round's tables were made of, without those of earlier rounds."""

    @property
    def gain_per_thousand(self) -> float | None:
        """Points of dev chrF for a thousand answers; none if either is not known."""
        if self.dev_before is None or self.dev_after is None or not self.answers:
            return None
        return 1000 * (self.dev_after - self.dev_before) / self.answers

    @property
    def within_noise(self) -> bool:
        """Whether the gain may be chance, or is a loss, or no number."""
        return self.gain_low is not None and not (self.tells and self.gain_low > 0)


def open_round(settings: PatchingSettings, context: StepContext, *, number: int, student: Path) -> Round:
    """The round, with a folder of its own if there are several."""
    folder = context.folder if settings.rounds == 1 else context.folder.inner(f"round-{number}")
    return Round(settings, context, number, student, folder)


def round_pool(work: Round, pool: StageTable[Segment]) -> StageTable[Segment]:
    """The pool, or with `fresh` the part of it that is this round's; parts depend on ids and the seed alone."""
    settings, seed = work.settings, work.context.recipe.seed
    if settings.rounds == 1 or settings.pool_each_round == "same":
        return pool

    part = RoundPoolInputs(pool, parts=settings.rounds, part=work.number - 1, seed=seed)
    return work.folder.make(ROUND_POOL, part)


@dataclass(frozen=True, slots=True)
class RoundPoolInputs:
    """The pool, and which of how many parts of it is a round's."""

    pool: StageTable[Segment]
    parts: int
    part: int
    seed: int


def take_part_of_pool(inputs: RoundPoolInputs, _: Work) -> Iterator[Segment]:
    """The segments of one part."""
    place = str(inputs.seed)
    return (segment for segment in inputs.pool if short_hash(place, segment.id) % inputs.parts == inputs.part)


ROUND_POOL = Stage("pool", 2, Segment, take_part_of_pool)


@dataclass(frozen=True, slots=True)
class RoundScores:
    """What the rounds so far came to."""

    scores: tuple[RoundScore, ...]


def list_scores(inputs: RoundScores, _: Work) -> list[RoundScore]:
    """The rounds' scores, with the lineage of their students."""
    return list(inputs.scores)


ROUNDS = ValuesStage("rounds", 2, RoundScore, list_scores)


def score_round(
    work: Round, *, student: Path, segments: int, flagged: int, examples: int, answers: int = 0
) -> RoundScore:
    """The round's student against the one that came in, on the dev text if there is one."""
    context = work.context
    signatures = (context.signature(work.student), context.signature(student))
    counts = (segments, flagged, examples)
    if not context.texts.has("dev"):
        return RoundScore(work.number, *signatures, *counts, None, None, None, None, answers=answers)
    text = context.texts.text("dev")
    scorer = make_scorer(
        context.recipe,
        list(text.pairs()),
        test="dev",
        identifier=context.identifier,
        glossary=context.glossary,
    )
    measured = []
    for name, one in (("dev-before", work.student), ("dev-after", student)):
        outputs = work.folder.make(OUTPUTS.named(name), OutputsInputs(text, context.decoder(one)))
        measured.append(scorer.measure({output.id: output.text for output in outputs}))
    gain = next(one for one in scorer.compare(measured[0], after=measured[1]) if one.name == MEASURE)
    scores = (gain.before, gain.after, gain.low, gain.high)
    return RoundScore(work.number, *signatures, *counts, *scores, tells=gain.tells, answers=answers)


def stops_after(settings: PatchingSettings, score: RoundScore) -> bool:
    """Whether no further round follows this one."""
    return score.round == settings.rounds or stop_reason(settings, score) is not None


def stop_reason(settings: PatchingSettings, score: RoundScore) -> str | None:
    """Why another round is not expected to pay; `None` if it may."""
    if settings.stop_when_within_noise and score.within_noise:
        return "its gain on the dev text may be chance"
    each, least = score.gain_per_thousand, settings.least_gain
    if each is not None and least is not None and each < least:
        return f"it gained {each:.2f} chrF for a thousand answers, less than least_gain = {least:g}"
    return None


def describe_stop(settings: PatchingSettings, scores: Sequence[RoundScore]) -> Iterator[str]:
    """What ended the rounds before their number was reached, for the report."""
    if scores and scores[-1].round < settings.rounds:
        reason = stop_reason(settings, scores[-1]) or "nothing was left to correct"
        yield f"rounds: none followed round {scores[-1].round} of {settings.rounds}, since {reason}."


def best_round(settings: PatchingSettings, scores: Sequence[RoundScore]) -> int:
    """Place of the round whose student the step gives: the best on the dev text, or the last where none stops."""
    if not settings.stop_when_within_noise or scores[-1].dev_after is None:
        return len(scores) - 1
    return max(range(len(scores)), key=lambda place: (scores[place].dev_after or 0.0, place))
